"""Covariances that are a factor beside a diagonal, without forming them.

A covariance is the pair of its factor `(..., d, r)` and its diagonal `(..., d)`. All
that is formed is of size d r and r r, by the formulas of Woodbury and Sylvester.
"""

import jax
import jax.numpy as jnp

from jaxinfo._core import curves, numerics
from jaxinfo.families._matrices import (
    cholesky,
    determinant_gap,
    diagonal,
    finite_or,
    half_solve,
    identity,
    matmul,
    of_diagonal,
    solve,
    symmetric,
    trace,
    transpose,
)

__all__ = [
    "between",
    "dense",
    "dense_difference",
    "gap",
    "half_log_determinants",
    "information",
    "quadratic",
]

Parts = tuple[jax.Array, jax.Array]


def _gram(a: jax.Array, b: jax.Array | None = None) -> jax.Array:
    return matmul(transpose(a), a if b is None else b)


def _plus_one(a: jax.Array) -> jax.Array:
    return a + identity(a)


def _scaled(factor: jax.Array, noise: jax.Array) -> jax.Array:
    return factor / jnp.sqrt(noise)[..., None]


def _capacitance(factor: jax.Array, noise: jax.Array) -> jax.Array:
    """The triangle of I + F^T A^-1 F."""
    return cholesky(_plus_one(_gram(_scaled(factor, noise))))


def dense(factor: jax.Array, noise: jax.Array) -> jax.Array:
    """The covariance as an array."""
    return matmul(factor, transpose(factor)) + of_diagonal(noise)


def dense_difference(p: Parts, q: Parts, diff: Parts) -> jax.Array:
    """What the arrays differ by, without forming them first."""
    step, rest = diff
    change = matmul(step, transpose(p[0])) + matmul(q[0], transpose(step))
    return symmetric(change) + of_diagonal(rest)


def half_log_determinants(parts: Parts) -> jax.Array:
    """Half the log-determinant less that of the diagonal."""
    return jnp.sum(jnp.log(diagonal(_capacitance(*parts))), axis=-1)


def _solve(parts: Parts, x: jax.Array) -> jax.Array:
    """The inverse times the columns of x."""
    factor, noise = parts
    plain = x / noise[..., None]
    within = solve(_capacitance(*parts), _gram(factor, plain))
    return plain - matmul(factor, within) / noise[..., None]


def quadratic(parts: Parts, x: jax.Array) -> jax.Array:
    """x^T (F F^T + A)^-1 x, as a sum of squares.

    What is left of x beside its fit by the factor, and the size of the fit.
    """
    factor, noise = parts
    n, y = _scaled(factor, noise), x / jnp.sqrt(noise)
    fit = solve(_capacitance(*parts), _gram(n, y[..., None]))
    rest = y - matmul(n, fit)[..., 0]
    return jnp.sum(rest * rest, -1) + jnp.sum(fit * fit, axis=(-1, -2))


def _gap_of_factors(a: Parts, b: Parts, diff: jax.Array) -> jax.Array:
    """The gap of two factors over one diagonal; first orders cancel on paper."""
    n_a, n_b, e = (_scaled(x, a[1]) for x in (a[0], b[0], diff))
    own, cross, square = _gram(n_b), _gram(n_b, e), _gram(e)
    triangle = cholesky(_plus_one(own))
    along = trace(matmul(square, solve(triangle, own)))
    half = half_solve(triangle, cross)
    step = cross + transpose(cross) + square
    rest = determinant_gap(_plus_one(_gram(n_a)), _plus_one(own), step)
    return along - jnp.sum(half * half, axis=(-1, -2)) + rest


def _gap_of_noises(
    factor: jax.Array, a: jax.Array, b: jax.Array, diff: jax.Array
) -> jax.Array:
    """The gap of two diagonals beside one factor."""
    caps = [_plus_one(_gram(_scaled(factor, noise))) for noise in (a, b)]
    step = -_gram(factor, (diff / a / b)[..., None] * factor)
    half = half_solve(cholesky(caps[1]), transpose(_scaled(factor, b)))
    leverage = jnp.sum(half * half, axis=-2)
    gaps = curves.ratio_gap(a, b, diff) - diff / a * (diff / b) * leverage
    return jnp.sum(gaps, axis=-1) + determinant_gap(caps[0], caps[1], step)


def gap(a: Parts, b: Parts, diff: Parts) -> jax.Array:
    """`determinant_gap` of two covariances, through one with a's diagonal, b's factor.

    The term of both differences has a sign; all terms are of second order.
    """
    (f_a, noise_a), (f_b, noise_b), (step, rest) = a, b, diff
    factors = _gap_of_factors(a, b, step)
    noises = _gap_of_noises(f_b, noise_a, noise_b, rest)
    of_between = _solve((f_b, noise_a), jnp.concatenate([step, f_b], -1))
    of_b = _solve(b, jnp.concatenate([f_a, step], -1))
    both = jnp.sum(rest[..., None] * of_between * of_b, axis=(-1, -2))
    return factors + noises + both


def between(p: Parts, q: Parts, diff: Parts, alpha: jax.Array) -> tuple[Parts, ...]:
    """The mixture alpha p + (1 - alpha) q, its distances to p and q, and p and q.

    The mixed products of the factors are those of the mixed factor and of a multiple
    of the difference, which is nothing at equality: p and q are padded to match.
    """
    (f_q, noise_q), (step, rest) = q, diff
    more = jnp.sqrt(alpha * (1.0 - alpha)) * step
    none = jnp.zeros_like(step)
    middle = jnp.concatenate([f_q + alpha * step, more], -1)
    to_p = jnp.concatenate([(1.0 - alpha) * step, -more], -1), (1.0 - alpha) * rest
    to_q = jnp.concatenate([-alpha * step, -more], -1), -alpha * rest
    padded = [(jnp.concatenate([f, none], -1), a) for f, a in (p, q)]
    return (middle, noise_q + alpha * rest), to_p, to_q, *padded


def _shares(scaled: jax.Array) -> jax.Array:
    """R with R^T R = N^T (I + N N^T)^-1 N: what the coordinates tell of the factors."""
    known = finite_or(0.0, jax.lax.stop_gradient(scaled))
    _, sizes, right = jnp.linalg.svd(known, full_matrices=False)
    return (sizes / jnp.sqrt(1.0 + sizes * sizes))[..., None] * right


def information(parts: Parts, num_x: int) -> jax.Array:
    """Between the first coordinates and the others, both seen through the factors."""
    scaled = _scaled(*parts)
    x, y = scaled[..., :num_x, :], scaled[..., num_x:, :]
    caps = [_plus_one(a) for a in (_gram(x), _gram(y), _gram(scaled))]
    logs = [jnp.sum(jnp.log(diagonal(cholesky(cap))), axis=-1) for cap in caps]
    plain = logs[0] + logs[1] - logs[2]
    # Canonical correlations are as far apart as factors are: near independence the
    # determinants lose what these keep.
    r_x, r_y = _shares(x), _shares(y)
    r = jnp.linalg.svd(matmul(r_x, transpose(r_y)), compute_uv=False)
    near = r < 0.5
    small = jnp.where(near, r, 0.0)
    close = -0.5 * jnp.sum(numerics.log1p(-small * small), axis=-1)
    value = jnp.where(jnp.all(near, axis=-1), close, plain)
    return numerics.as_if(jnp.where(jnp.isnan(plain), plain, value), plain)
