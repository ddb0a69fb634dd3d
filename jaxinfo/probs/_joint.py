"""Measures of joint probability tables."""

from typing import Literal

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, tables, units
from jaxinfo._core.jit import jitted

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


@jitted("axis", "base")
def joint_entropy(
    p_xy: ArrayLike,
    *,
    axis: Axis = (-2, -1),
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p,) = checks.of_tables(["p_xy"], [p_xy], axis, where)
    return units.from_nats(rows.drop(tables.entropy(rows, p)), base)


@jitted("axis", "given", "base")
def conditional_entropy(
    p_xy: ArrayLike,
    *,
    axis: Axis = -1,
    given: Axis = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, given=given, axis=axis)
    return units.from_nats(joint.conditional_entropy(blocks, p), base)


@jitted("x_axis", "y_axis", "base")
def mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base")
def pointwise_mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.pointwise(blocks, p), base)


@jitted("x_axis", "y_axis", "z_axis", "base")
def conditional_mutual_information(
    p_xyz: ArrayLike,
    *,
    x_axis: Axis = -3,
    y_axis: Axis = -2,
    z_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint(
        "p_xyz", p_xyz, where, x_axis=x_axis, y_axis=y_axis, z_axis=z_axis
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "normalization")
def normalized_mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    normalization: Normalization = "arithmetic",
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return joint.normalized_mutual_information(blocks, p, normalization)


@jitted("x_axis", "y_axis", "base")
def variation_of_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.variation_of_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base")
def lautum_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.lautum_information(blocks, p), base)
