"""Measures of one set of logits."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, logit_divergences, softmax, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "binary_entropy",
    "entropy",
    "hartley_entropy",
    "min_entropy",
    "normalized_entropy",
    "perplexity",
    "self_information",
]

Axis = int | tuple[int, ...]


@jitted("axis", "base", "axis_name")
def self_information(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    nats = -softmax.log_probabilities(rows, x, softmax.stats(rows, x))
    return units.from_nats(jnp.where(jnp.isneginf(x), jnp.inf, nats), base)


@jitted("axis", "base", "axis_name")
def entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.entropy(rows, x)), base)


@jitted("base")
def binary_entropy(logit: ArrayLike, *, base: float | None = None) -> jax.Array:
    (x,) = checks.of_single_logits(["logit"], [logit])
    return units.from_nats(binary.entropy_of_logit(x), base)


@jitted("axis", "axis_name")
def perplexity(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    return jnp.exp(entropy(logits, axis=axis, where=where, axis_name=axis_name))


@jitted("axis", "axis_name")
def normalized_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    count = rows.count(~jnp.isneginf(x))
    several = count > 1
    size = jnp.log(jnp.where(several, count, 2).astype(rows.dtype))
    nats = logit_divergences.entropy(rows, x)
    return rows.drop(jnp.where(several, nats / size, 0.0 * nats))


@jitted("axis", "base", "axis_name")
def min_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.min_entropy(rows, x)), base)


@jitted("axis", "base", "axis_name")
def hartley_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    x = jax.lax.stop_gradient(x)
    count = rows.count(~jnp.isneginf(x))
    nats = jnp.log(jnp.maximum(count, 1).astype(rows.dtype))
    nats = jnp.where(rows.count(jnp.isnan(x)) > 0, jnp.nan, nats)
    return units.from_nats(rows.drop(nats), base)
