"""Measures of two probability tables."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, divergences, tables, units
from jaxinfo._core.jit import jitted

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
_kl = divergences.table_divergence(divergences.KULLBACK_LEIBLER)
_js = divergences.table_divergence(divergences.JENSEN_SHANNON)
_tv = divergences.table_divergence(divergences.TOTAL_VARIATION)
_hellinger = divergences.table_divergence(divergences.SQUARED_HELLINGER)
_chi_squared = divergences.table_divergence(divergences.CHI_SQUARED)


@jitted("axis", "base")
def cross_entropy(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(tables.cross_entropy(rows, p, q)), base)


@jitted("axis", "base")
def kl_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(_kl(rows, p, q)), base)


@jitted("base")
def binary_kl_divergence(
    p: ArrayLike, q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    p, q = checks.of_probabilities(["p", "q"], [p, q])
    return units.from_nats(binary.kl_divergence(p, q), base)


@jitted("axis", "base")
def jeffreys_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(_kl(rows, p, q) + _kl(rows, q, p)), base)


@jitted("axis", "base")
def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(_js(rows, p, q)), base)


@jitted("axis", "base")
def js_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    return tables.square_root(js_divergence(p, q, axis=axis, where=where, base=base))


@jitted("axis")
def total_variation_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(_tv(rows, p, q))


@jitted("axis")
def squared_hellinger_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(_hellinger(rows, p, q))


@jitted("axis")
def hellinger_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    return tables.square_root(squared_hellinger_distance(p, q, axis=axis, where=where))


@jitted("axis")
def bhattacharyya_coefficient(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(tables.affinity(rows, p, q))


@jitted("axis", "base")
def bhattacharyya_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    affinity, squared = tables.affinity(rows, p, q), _hellinger(rows, p, q)
    # The affinity is the mean mass less the squared Hellinger distance. Masses that are
    # one but for rounding are taken as one: they hold no digits of the distance.
    mass = jax.lax.stop_gradient(affinity + squared)
    near = (squared <= 0.5) & (jnp.abs(mass - 1) < jnp.finfo(rows.dtype).eps ** 0.5)
    apart = jnp.where(near | (affinity == 0), 1.0, affinity)
    nats = jnp.where(
        near, -jnp.log1p(-jnp.where(near, squared, 0.0)), -jnp.log(apart)
    )
    nats = jnp.where(~near & (affinity == 0), jnp.inf, nats)
    return units.from_nats(rows.drop(nats), base)


@jitted("axis")
def chi_squared_divergence(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(_chi_squared(rows, p, q))
