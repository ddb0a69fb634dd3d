"""Optimal transport between centered normal distributions: the Bures distance.

The map T with T p T = q is the root of a product of the matrices; what it differs by
from the identity is got from p - q, so that it keeps its digits where p and q are
close.
"""

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo.families._matrices import (
    cholesky,
    finite_or,
    identity,
    matmul,
    solve,
    symmetric,
    transpose,
)

__all__ = ["squared_bures_distance"]


def _both_sides(of: jax.Array, a: jax.Array) -> jax.Array:
    """of^T a of."""
    return symmetric(matmul(matmul(transpose(of), a), of))


def _upper_solve(lower: jax.Array, b: jax.Array) -> jax.Array:
    """L^-T b."""
    return lax.linalg.triangular_solve(
        lower, b, left_side=True, lower=True, transpose_a=True
    )


@jax.custom_jvp
def _lyapunov(s: jax.Array, c: jax.Array) -> jax.Array:
    """The y with s y + y s = c, of symmetric matrices, s positive definite."""
    vectors, values = lax.linalg.eigh(finite_or(0.0, s), symmetrize_input=False)
    within = _both_sides(vectors, c)
    both = values[..., :, None] + values[..., None, :]
    return _both_sides(transpose(vectors), within / both)


@_lyapunov.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    (s, _), (along_s, along_c) = primals, tangents
    y = _lyapunov(*primals)
    turned = matmul(y, along_s)
    return y, _lyapunov(s, along_c - turned - transpose(turned))


def _root(of_p: jax.Array, of_q: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The root of L^T q L, with L the triangle of p, and the rotation to that of q."""
    cross = finite_or(0.0, matmul(transpose(of_q), of_p))
    left, sizes, right = jnp.linalg.svd(cross, full_matrices=False)
    root = matmul(transpose(right) * sizes[..., None, :], right)
    return symmetric(root), matmul(left, right)


def _rise(of_p: jax.Array, root: jax.Array, diff: jax.Array) -> jax.Array:
    """L^T (T - I) L, the root less L^T L.

    The difference of two roots solves a linear equation with their sum, which need be
    known to rounding only: it keeps all the digits of the difference of the squares.
    """
    total = root + _both_sides(of_p, identity(of_p))
    return _lyapunov(total, -2.0 * _both_sides(of_p, diff))


@jax.custom_jvp
def _excess(p: jax.Array, q: jax.Array, diff: jax.Array) -> jax.Array:
    """T - I."""
    of_p = cholesky(p)
    rise = _rise(of_p, _root(of_p, cholesky(q))[0], diff)
    return symmetric(_upper_solve(of_p, transpose(_upper_solve(of_p, rise))))


@_excess.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    p, q, diff = primals
    along_p, along_q, _ = tangents
    excess = _excess(p, q, numerics.as_if(diff, p - q))
    map_ = identity(p) + excess
    of_p = cholesky(p)
    # Of T p T = q, between L^T and L: y X + X y with X = L^T T L.
    known = _both_sides(of_p, along_q - _both_sides(map_, along_p))
    turn = _lyapunov(_both_sides(of_p, map_), known)
    return excess, symmetric(_upper_solve(of_p, transpose(_upper_solve(of_p, turn))))


def _distance_value(p: jax.Array, q: jax.Array, diff: jax.Array) -> jax.Array:
    """|L^-T (X - L^T L)|^2 where close, |L_p - L_q U|^2, U a rotation, elsewhere."""
    of_p, of_q = cholesky(p), cholesky(q)
    root, rotation = _root(of_p, of_q)
    close = _upper_solve(of_p, _rise(of_p, root, diff))
    apart = of_p - matmul(of_q, rotation)
    close, apart, size = (
        jnp.sum(x * x, axis=(-1, -2)) for x in (close, apart, jnp.abs(of_p) + of_q)
    )
    value = jnp.where(apart > 0.0625 * size, apart, close)
    return jnp.where(jnp.isnan(size), size, value)


@jax.custom_jvp
def _distance(p: jax.Array, q: jax.Array, diff: jax.Array) -> jax.Array:
    return _distance_value(p, q, diff)


@_distance.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    p, q, diff = primals
    along_p, along_q, _ = tangents
    excess = _excess(p, q, numerics.as_if(diff, p - q))
    # The inverse map less the identity is -(I + excess)^-1 excess, by symmetry
    # p (I + excess) q^-1 less it.
    of_q = cholesky(q)
    back = solve(of_q, matmul(identity(p) + excess, matmul(p, excess)))
    change = jnp.sum(symmetric(back) * along_q - excess * along_p, axis=(-1, -2))
    return _distance(*primals), change


def squared_bures_distance(p: jax.Array, q: jax.Array, diff: jax.Array) -> jax.Array:
    """`tr(p + q - 2 (p^1/2 q p^1/2)^1/2)`, smooth where p = q; `diff` is p - q."""
    return _distance(p, q, diff)
