"""Benchmarks that users run on their own accelerator.

`python -m jaxinfo.benchmarks all` measures speed, memory and accuracy of every measure
and loss, beside the machine's limits and beside other libraries.
"""

from jaxinfo.benchmarks._accuracy import (
    AccuracyReport,
    AccuracyRow,
    Outcome,
    TruthCase,
    accuracy,
    truth_cases,
)
from jaxinfo.benchmarks._cases import Case, cases
from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Entry, Row
from jaxinfo.benchmarks._suites import growth, suite

__all__ = [
    "AccuracyReport",
    "AccuracyRow",
    "Case",
    "Entry",
    "Outcome",
    "Results",
    "Row",
    "TruthCase",
    "accuracy",
    "cases",
    "growth",
    "suite",
    "truth_cases",
]
