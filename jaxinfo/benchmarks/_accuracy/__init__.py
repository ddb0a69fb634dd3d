"""The accuracy suite: truth of sixty digits, and who reaches it."""

from jaxinfo.benchmarks._accuracy.cases import Case, truth_cases
from jaxinfo.benchmarks._accuracy.run import Outcome
from jaxinfo.benchmarks._accuracy.suite import Report, Row, accuracy

__all__ = ["Case", "Outcome", "Report", "Row", "accuracy", "truth_cases"]
