"""Measures of joint logits: the softmax over all variables, then the joint table."""

from typing import Any, Literal

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, logit_divergences, softmax, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "conditional_entropy",
    "conditional_mutual_information",
    "joint_entropy",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "pointwise_mutual_information",
    "variation_of_information",
]

Axis = int | tuple[int, ...]
Normalization = Literal["arithmetic", "geometric", "min", "max", "joint"]


def _table(
    name: str,
    logits: ArrayLike,
    where: ArrayLike | None,
    axis_name: AxisName,
    **blocks: Any,
) -> tuple[joint.Blocks, jax.Array]:
    """The joint table of the logits, and where its variables are."""
    layout, rows, x = checks.of_joint_logits(name, logits, where, axis_name, **blocks)
    return layout, softmax.probabilities(rows, x, softmax.stats(rows, x))


@jitted("axis", "base", "axis_name")
def joint_entropy(
    logits_xy: ArrayLike,
    *,
    axis: Axis = (-2, -1),
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits_xy"], [logits_xy], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.entropy(rows, x)), base)


@jitted("axis", "given", "base", "axis_name")
def conditional_entropy(
    logits_xy: ArrayLike,
    *,
    axis: Axis = -1,
    given: Axis = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table("logits_xy", logits_xy, where, axis_name, given=given, axis=axis)
    return units.from_nats(joint.conditional_entropy(blocks, p), base)


@jitted("x_axis", "y_axis", "base", "axis_name")
def mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base", "axis_name")
def pointwise_mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.pointwise(blocks, p), base)


@jitted("x_axis", "y_axis", "z_axis", "base", "axis_name")
def conditional_mutual_information(
    logits_xyz: ArrayLike,
    *,
    x_axis: Axis = -3,
    y_axis: Axis = -2,
    z_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xyz",
        logits_xyz,
        where,
        axis_name,
        x_axis=x_axis,
        y_axis=y_axis,
        z_axis=z_axis,
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "normalization", "axis_name")
def normalized_mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    normalization: Normalization = "arithmetic",
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return joint.normalized_mutual_information(blocks, p, normalization)


@jitted("x_axis", "y_axis", "base", "axis_name")
def variation_of_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.variation_of_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base", "axis_name")
def lautum_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    blocks, p = _table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.lautum_information(blocks, p), base)
