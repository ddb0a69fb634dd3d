"""Divergences of normal distributions of many coordinates, from a pair of them."""

import jax
import jax.numpy as jnp

from jaxinfo._core import numerics
from jaxinfo._core.tables import square_root
from jaxinfo.families import (
    _covariances,
    _gaps,
    _matrices,
    _transport,
)
from jaxinfo.families._covariances import Pair

__all__ = ["bhattacharyya", "divergence", "renyi", "wasserstein"]


def divergence(pair: Pair) -> jax.Array:
    """Kullback-Leibler."""
    kind, p, q, diff, shift = pair
    return 0.5 * (kind.gap(p, q, diff) + kind.quadratic(q, shift))


def bhattacharyya(pair: Pair) -> jax.Array:
    """Half the Renyi divergence of order 1/2: gaps to the mean of the covariances."""
    kind, p, q, diff, shift = pair
    half = jnp.asarray(0.5, shift.dtype)
    middle, from_p, from_q, p, q = kind.between(p, q, diff, half)
    pairs = (p, middle, from_p), (q, middle, from_q)
    gaps = kind.gap(*jax.tree.map(lambda *x: jnp.stack(x), *pairs))
    return 0.25 * jnp.sum(gaps, axis=0) + 0.125 * kind.quadratic(middle, shift)


def _scales(
    p: jax.Array, q: jax.Array, diff: jax.Array, alpha: jax.Array, limit: jax.Array
) -> jax.Array:
    """Twice the divergence of equal means; `limit` is what an infinite order adds.

    Up to order 1 by gaps of both to a mixture of the covariances, from there by a gap
    between q and what lies beyond it, seen from p.
    """
    low, high = _gaps.sides(alpha)
    rest, over = 1.0 - low, high - 1.0
    middle, beyond = q + rest * diff, q - over * diff
    here = _matrices.is_positive(beyond)
    inside = here[..., None, None]
    of = [p, q, jnp.where(inside, beyond, q), p]
    by = [middle, middle, q, q]
    step = [low * diff, -rest * diff, jnp.where(inside, -over * diff, 0.0), diff]
    gaps = _matrices.determinant_gap(*(jnp.stack(x) for x in (of, by, step)))
    inner = gaps[0] + low * numerics.over(gaps[1], rest)
    outer = numerics.over(gaps[2], over) + gaps[3]
    outer = jnp.where(here | jnp.isnan(outer), outer, jnp.inf)
    return _gaps.joined(inner, outer, alpha, gaps[3] + limit)


def _full_renyi(pair: Pair, alpha: jax.Array) -> jax.Array:
    """The gaps of the covariances, and the shift by the mixture of them.

    Beyond order 1 the mixture is divided by the order, which has a limit.
    """
    _, p, q, diff, shift = pair
    low, high = _gaps.sides(alpha)
    inverse = jnp.where(jnp.isposinf(alpha), 0.0, 1.0 / high)
    mixture = jnp.where(alpha <= 1, q + (1.0 - low) * diff, inverse * p - diff)
    here = _matrices.is_positive(mixture)
    safe = jnp.where(here[..., None, None], mixture, q)
    # At order 0 the slope is given as 0.
    push = jnp.where(alpha <= 1, jnp.where(alpha > 0, low, 0.0), 1.0)
    push *= _matrices.quadratic(_matrices.cholesky(safe), shift)
    # The largest ratio of the densities, where p has the lighter tails.
    room = _matrices.trace(_matrices.solve(_matrices.cholesky(q), -diff))
    same = jnp.all(diff == 0, axis=(-1, -2)) & jnp.all(shift == 0, axis=-1)
    limit = jnp.where(same, 0.0, jnp.where(here | jnp.isnan(room), room, jnp.inf))
    return 0.5 * (_scales(p, q, diff, alpha, limit) + jnp.where(here, push, 0.0))


def renyi(pair: Pair, alpha: jax.Array) -> jax.Array:
    """Of any order; the covariances are arrays or diagonals."""
    if pair.kind is _covariances.DIAGONAL:
        relative = pair.p / pair.q, pair.diff / pair.q
        push = pair.shift * (pair.shift / pair.q)
        return jnp.sum(_gaps.spread_renyi(*relative, push, alpha), axis=-1)
    return _full_renyi(pair, alpha)


def wasserstein(pair: Pair) -> jax.Array:
    """Of order 2; the covariances are arrays or diagonals."""
    if pair.kind is _covariances.DIAGONAL:
        total = jnp.sqrt(pair.p) + jnp.sqrt(pair.q)
        apart = pair.diff / jnp.where(total == 0, 1.0, total)
        return _length(jnp.concatenate([apart, pair.shift], -1))
    unit = _unit(jnp.maximum(_sizes(pair.p), _sizes(pair.q)))
    area = (unit * unit)[..., None, None]
    scaled = (x / area for x in (pair.p, pair.q, pair.diff))
    square = _transport.squared_bures_distance(*scaled)
    shift = pair.shift / unit[..., None]
    # Scaled again: the square of a small distance is too small for single precision.
    bures = jnp.sqrt(jax.lax.stop_gradient(square))
    longer = jnp.maximum(bures, jnp.max(jnp.abs(shift), axis=-1))
    scale = _unit(longer)
    shift = shift / scale[..., None]
    total = square / scale / scale + jnp.sum(shift * shift, axis=-1)
    return unit * scale * square_root(total)


def _sizes(a: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.max(jnp.abs(_matrices.diagonal(a)), axis=-1))


def _unit(size: jax.Array) -> jax.Array:
    size = jax.lax.stop_gradient(size)
    return jnp.where((size > 0) & jnp.isfinite(size), size, 1.0)


def _length(x: jax.Array) -> jax.Array:
    """The norm of vectors without underflow; slope 0 at 0."""
    unit = _unit(jnp.max(jnp.abs(x), axis=-1))
    scaled = x / unit[..., None]
    return unit * square_root(jnp.sum(scaled * scaled, axis=-1))
