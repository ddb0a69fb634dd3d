"""Benchmarks that users run on their own accelerator.

`python -m jaxinfo.benchmarks all` measures speed, memory and accuracy of every measure
and loss, beside the machine's limits and beside other libraries.
"""

from jaxinfo.benchmarks._accuracy import Case, Outcome, Report, accuracy, truth_cases
from jaxinfo.benchmarks._accuracy import Row as AccuracyRow
from jaxinfo.benchmarks._rows import Entry, Row
from jaxinfo.benchmarks._suites import suite

__all__ = [
    "AccuracyRow",
    "Case",
    "Entry",
    "Outcome",
    "Report",
    "Row",
    "accuracy",
    "suite",
    "truth_cases",
]
