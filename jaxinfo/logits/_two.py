"""Measures of two sets of logits."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, divergences, logit_divergences, units
from jaxinfo._core import tables as roots
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_kl_divergence",
    "chi_squared_divergence",
    "cross_entropy",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "squared_hellinger_distance",
    "total_variation_distance",
]

Axis = int | tuple[int, ...]
_js = logit_divergences.logit_divergence(divergences.JENSEN_SHANNON)
_tv = logit_divergences.logit_divergence(divergences.TOTAL_VARIATION)
_hellinger = logit_divergences.logit_divergence(divergences.SQUARED_HELLINGER)


@jitted("axis", "base", "axis_name")
def cross_entropy(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(logit_divergences.cross_entropy(rows, x, y)), base)


@jitted("axis", "base", "axis_name")
def kl_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(logit_divergences.kl_divergence(rows, x, y)), base)


@jitted("base")
def binary_kl_divergence(
    logit_p: ArrayLike, logit_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    x, y = checks.of_single_logits(["logit_p", "logit_q"], [logit_p, logit_q])
    return units.from_nats(binary.kl_divergence_of_logits(x, y), base)


@jitted("axis", "base", "axis_name")
def jeffreys_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    there = logit_divergences.kl_divergence(rows, x, y)
    back = logit_divergences.kl_divergence(rows, y, x)
    return units.from_nats(rows.drop(there + back), base)


@jitted("axis", "base", "axis_name")
def js_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(_js(rows, x, y)), base)


@jitted("axis", "base", "axis_name")
def js_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    return roots.square_root(
        js_divergence(
            logits_p, logits_q, axis=axis, where=where, base=base, axis_name=axis_name
        )
    )


@jitted("axis", "axis_name")
def total_variation_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(_tv(rows, x, y))


@jitted("axis", "axis_name")
def squared_hellinger_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(_hellinger(rows, x, y))


@jitted("axis", "axis_name")
def hellinger_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    return roots.square_root(
        squared_hellinger_distance(
            logits_p, logits_q, axis=axis, where=where, axis_name=axis_name
        )
    )


@jitted("axis", "axis_name")
def bhattacharyya_coefficient(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(jnp.exp(-logit_divergences.bhattacharyya_distance(rows, x, y)))


@jitted("axis", "base", "axis_name")
def bhattacharyya_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    nats = logit_divergences.bhattacharyya_distance(rows, x, y)
    return units.from_nats(rows.drop(nats), base)


@jitted("axis", "axis_name")
def chi_squared_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(logit_divergences.chi_squared_divergence(rows, x, y))
