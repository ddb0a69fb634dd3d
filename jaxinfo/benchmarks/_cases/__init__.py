"""What is measured: one table of cases a room."""

from jaxinfo.benchmarks._cases import bounds, losses, measures
from jaxinfo.benchmarks._cases.case import Case, Shape

__all__ = ["SUITES", "Case", "Shape"]

SUITES: dict[str, tuple[Case, ...]] = {
    "measures": (*measures.PROBS, *measures.LOGITS),
    "losses": (*losses.DENSE, *losses.HEADS, *bounds.BOUNDS),
}
