"""Positive definite matrices, and gaps of their determinants.

By Cholesky, with what differs formed from the difference of the entries: nothing that
is 0 at equality is the rounded difference of two numbers that are not. A matrix that
is not positive definite gives NaN.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import curves, numerics

__all__ = [
    "cholesky",
    "congruent",
    "determinant_gap",
    "diagonal",
    "finite_or",
    "half_solve",
    "identity",
    "is_positive",
    "matmul",
    "of_diagonal",
    "quadratic",
    "solve",
    "symmetric",
    "trace",
    "transpose",
]

# The default of accelerators rounds the factors of products to 8 or 11 bits.
matmul = functools.partial(jnp.matmul, precision=lax.Precision.HIGHEST)


def transpose(a: jax.Array) -> jax.Array:
    """Of the last two axes."""
    return jnp.swapaxes(a, -1, -2)


def symmetric(a: jax.Array) -> jax.Array:
    """The symmetric part."""
    return 0.5 * (a + transpose(a))


def diagonal(a: jax.Array) -> jax.Array:
    """The diagonal along the last axis."""
    return jnp.diagonal(a, axis1=-2, axis2=-1)


def identity(like: jax.Array) -> jax.Array:
    """The identity, once for every matrix of a batch."""
    eye = jnp.eye(like.shape[-1], dtype=like.dtype)
    return jnp.broadcast_to(eye, like.shape)


def of_diagonal(x: jax.Array) -> jax.Array:
    """The matrix with the diagonal x."""
    wide = jnp.broadcast_to(x[..., None], (*x.shape, x.shape[-1]))
    return jnp.where(identity(wide) > 0, wide, 0.0)


def trace(a: jax.Array) -> jax.Array:
    """The sum of the diagonal."""
    return jnp.sum(diagonal(a), axis=-1)


def cholesky(a: jax.Array) -> jax.Array:
    """The lower triangle L with L L^T = a; NaN if there is none."""
    return lax.linalg.cholesky(a, symmetrize_input=False)


def is_positive(a: jax.Array) -> jax.Array:
    """Whether a symmetric matrix is positive definite."""
    pivots = diagonal(cholesky(lax.stop_gradient(a)))
    return jnp.all(pivots > 0, axis=-1)


def half_solve(lower: jax.Array, b: jax.Array) -> jax.Array:
    """L^-1 b."""
    return lax.linalg.triangular_solve(lower, b, left_side=True, lower=True)


def solve(lower: jax.Array, b: jax.Array) -> jax.Array:
    """(L L^T)^-1 b."""
    half = half_solve(lower, b)
    return lax.linalg.triangular_solve(
        lower, half, left_side=True, lower=True, transpose_a=True
    )


def congruent(lower: jax.Array, a: jax.Array) -> jax.Array:
    """L^-1 a L^-T of a symmetric matrix."""
    half = half_solve(lower, a)
    return symmetric(half_solve(lower, transpose(half)))


def quadratic(lower: jax.Array, x: jax.Array) -> jax.Array:
    """x^T (L L^T)^-1 x."""
    half = half_solve(lower, x[..., None])[..., 0]
    return jnp.sum(half * half, axis=-1)


def finite_or(instead: float, a: jax.Array) -> jax.Array:
    """A constant if an entry is not finite: what iterates might never end on it."""
    ok = jnp.all(jnp.isfinite(a), axis=(-1, -2), keepdims=True)
    return jnp.where(ok, a, instead)


def _gap_value(a: jax.Array, b: jax.Array, diff: jax.Array) -> jax.Array:
    """By the eigenvalues relative to b, or by triangles where one of them is small.

    The eigenvalues are right to the rounding of the largest, so that their logarithms
    lose digits where they are small. With K the triangle for which a = (L K)(L K)^T
    the gap is the sum of the squares below its diagonal and of gaps on it.
    """
    of_a, of_b = cholesky(a), cholesky(b)
    relative = congruent(of_b, diff)
    spread = jnp.linalg.eigvalsh(finite_or(0.0, relative), symmetrize_input=False)
    close = spread > -0.5
    spread = jnp.where(close, spread, 0.0)
    near = jnp.sum(curves.ratio_gap(1.0 + spread, jnp.ones_like(spread), spread), -1)
    k = half_solve(of_b, of_a)
    on = diagonal(k)
    below = jnp.sum(jnp.square(jnp.tril(k, -1)), axis=(-1, -2))
    gaps = curves.ratio_gap(on * on, jnp.ones_like(on), (on - 1.0) * (on + 1.0))
    far = below + jnp.sum(gaps, axis=-1)
    value = jnp.where(jnp.all(close, axis=-1), near, far)
    # The first form does not see whether `a` itself has a triangle.
    return jnp.where(jnp.isnan(far), far, value)


@jax.custom_jvp
def _determinant_gap(a: jax.Array, b: jax.Array, diff: jax.Array) -> jax.Array:
    return _gap_value(a, b, diff)


@_determinant_gap.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    a, b, diff = primals
    along_a, along_b, _ = tangents
    diff = numerics.as_if(diff, a - b)
    of_a, of_b = cholesky(a), cholesky(b)
    # Differences of inverses, b^-1 - a^-1, as products with the difference.
    inner = transpose(solve(of_b, diff))
    slope_a, slope_b = solve(of_a, inner), -solve(of_b, inner)
    change = jnp.sum(slope_a * along_a + slope_b * along_b, axis=(-1, -2))
    return _determinant_gap(*primals), change


def determinant_gap(
    a: jax.Array, b: jax.Array, diff: jax.Array | None = None
) -> jax.Array:
    """`tr(b^-1 a) - d - log det(b^-1 a)`; `diff` is a - b if it is known better.

    That is `ratio_gap` of matrices: twice the divergence of the centered normal
    distribution with covariance `b` from that with covariance `a`.
    """
    return _determinant_gap(a, b, a - b if diff is None else diff)
