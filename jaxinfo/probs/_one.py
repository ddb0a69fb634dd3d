"""Measures of one probability table."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, tables, units
from jaxinfo._core.jit import jitted

__all__ = [
    "binary_entropy",
    "entropy",
    "hartley_entropy",
    "min_entropy",
    "normalize",
    "normalized_entropy",
    "perplexity",
    "self_information",
]

Axis = int | tuple[int, ...]


@jitted("axis")
def normalize(counts_or_weights: ArrayLike, *, axis: Axis = -1) -> jax.Array:
    x = checks.as_weights("counts_or_weights", counts_or_weights)
    axes = checks.as_axes("axis", axis, x.ndim)
    total = jnp.sum(x, axis=axes, keepdims=True)
    checks.check_rows("counts_or_weights", x < 0, axes, "is negative")
    checks.check_rows("counts_or_weights", total == 0, axes, "sums to zero")
    return x / total


@jitted("base")
def self_information(p: ArrayLike, *, base: float | None = None) -> jax.Array:
    (p,) = checks.of_probabilities(["p"], [p])
    return units.from_nats(tables.self_information(p), base)


@jitted("axis", "base")
def entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    return units.from_nats(rows.drop(tables.entropy(rows, p)), base)


@jitted("base")
def binary_entropy(p: ArrayLike, *, base: float | None = None) -> jax.Array:
    (p,) = checks.of_probabilities(["p"], [p])
    return units.from_nats(binary.entropy(p), base)


@jitted("axis")
def perplexity(
    p: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    return jnp.exp(entropy(p, axis=axis, where=where))


@jitted("axis")
def normalized_entropy(
    p: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    count = rows.count(checks.as_mask(where, p.shape))
    several = count > 1
    size = jnp.log(jnp.where(several, count, 2).astype(rows.dtype))
    nats = tables.entropy(rows, p)
    return rows.drop(jnp.where(several, nats / size, 0.0 * nats))


@jitted("axis", "base")
def min_entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    top = jnp.max(p.astype(rows.dtype), axis=rows.axes, initial=0.0)
    top = jnp.where(top == 0, 1.0, top)
    return units.from_nats(-jnp.log(top), base)


@jitted("axis", "base")
def hartley_entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    p = jax.lax.stop_gradient(p)
    nats = jnp.log(jnp.maximum(rows.count(p > 0), 1).astype(rows.dtype))
    nats = jnp.where(rows.count(jnp.isnan(p)) > 0, jnp.nan, nats)
    return units.from_nats(rows.drop(nats), base)
