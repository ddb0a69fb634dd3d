"""The accuracy suite: truth of sixty digits, and who reaches it."""

from jaxinfo.benchmarks._accuracy.cases import TruthCase, truth_cases
from jaxinfo.benchmarks._accuracy.run import Outcome
from jaxinfo.benchmarks._accuracy.suite import AccuracyReport, AccuracyRow, accuracy

__all__ = [
    "AccuracyReport",
    "AccuracyRow",
    "Outcome",
    "TruthCase",
    "accuracy",
    "truth_cases",
]
