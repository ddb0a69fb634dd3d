"""Benchmarks that users run on their own accelerator.

`python -m jaxinfo.benchmarks accuracy` compares every measure with values known to
sixty digits, beside what other libraries give on the same cases.
"""

from jaxinfo.benchmarks._accuracy import (
    Case,
    Outcome,
    Report,
    Row,
    accuracy,
    truth_cases,
)

__all__ = ["Case", "Outcome", "Report", "Row", "accuracy", "truth_cases"]
