"""Benchmarks that users run on their own accelerator.

`python -m jaxinfo.benchmarks accuracy` compares every measure with values known to
sixty digits, beside what other libraries give on the same cases.
"""

from jaxinfo.benchmarks._accuracy import Report, Row, accuracy
from jaxinfo.benchmarks._cases import Case, truth_cases
from jaxinfo.benchmarks._run import Outcome

__all__ = ["Case", "Outcome", "Report", "Row", "accuracy", "truth_cases"]
