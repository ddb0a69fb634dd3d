"""What is measured: one table of cases a room."""

from jaxinfo.benchmarks._cases import bounds, losses, measures
from jaxinfo.benchmarks._cases.case import Case, Shape

__all__ = ["SUITES", "Case", "Shape", "cases"]

SUITES: dict[str, tuple[Case, ...]] = {
    "measures": (*measures.PROBS, *measures.LOGITS),
    "losses": (*losses.DENSE, *losses.HEADS, *bounds.BOUNDS),
}


def cases(suite: str) -> dict[str, Case]:
    """The cases of a suite, `"measures"` or `"losses"`, by their names.

    Examples:
      >>> from jaxinfo import benchmarks
      >>> entropy = benchmarks.cases("measures")["probs.entropy"]
      >>> entropy.shapes["small"]
      ((256, 1000),)
    """
    return {case.name: case for case in SUITES[suite]}
