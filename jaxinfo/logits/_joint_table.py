"""The step from joint logits to the joint table, on which the joint measures rest."""

from typing import Any

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, softmax
from jaxinfo._core.rows import AxisName

__all__ = ["Axis", "joint_table"]

Axis = int | tuple[int, ...]


def joint_table(
    name: str,
    logits: ArrayLike,
    where: ArrayLike | None,
    axis_name: AxisName,
    **blocks: Any,
) -> tuple[joint.Blocks, jax.Array]:
    """The joint table of the logits, and where its variables are."""
    layout, rows, x = checks.of_joint_logits(name, logits, where, axis_name, **blocks)
    return layout, softmax.probabilities(rows, x, softmax.stats(rows, x))
