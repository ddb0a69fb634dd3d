"""Entropy and divergences of Wishart distributions.

A Wishart distribution is a gamma distribution of matrices: the gap of the scales is
one of determinants, that of the degrees of freedom one of multivariate log-gamma
functions. A point is the degrees of freedom and the scale, an array.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo._core import curves, numerics, stirling
from jaxinfo._core.curves import constant, ratio_gap
from jaxinfo.families import _gaps, _matrices
from jaxinfo.families._gaps import Point

__all__ = ["bhattacharyya", "divergence", "entropy", "renyi"]

_NODES = {"float32": 6, "float64": 11}


def _log_determinant(a: jax.Array) -> jax.Array:
    pivots = _matrices.diagonal(_matrices.cholesky(a))
    return 2.0 * jnp.sum(jnp.log(pivots), axis=-1)


def _halves(x: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """The steps 0, 1/2, ... of the multivariate gamma function, and x less them."""
    steps = constant(0.5 * np.arange(size), x)
    return jnp.broadcast_to(steps, (size, *x.shape)), x[None] - steps


def entropy(p: Point) -> jax.Array:
    """Stirling's formula and what it leaves: no term is much larger than the sum."""
    df, scale = p
    size = scale.shape[-1]
    steps, a = _halves(0.5 * df, size)
    less = 0.5 * (size + 1) - steps
    terms = stirling.binet(a) - (a - less) * stirling.binet_slope(a)
    terms += (less - 0.5) * jnp.log(a) - 0.5 * less / a
    constants = size * (stirling.HALF_LOG_TWO_PI + 0.5)
    constants += 0.25 * size * (size - 1) * (1.0 + math.log(math.pi))
    constants += 0.5 * size * (size + 1) * math.log(2.0)
    scales = 0.5 * (size + 1) * _log_determinant(scale)
    return jnp.sum(terms, axis=0) + scales + constants


def _below(x: jax.Array, y: jax.Array, diff: jax.Array) -> jax.Array:
    """`x log(x/y) - x + y`."""
    return x * ratio_gap(y, x, -diff)


def _excess(x: jax.Array, y: jax.Array, diff: jax.Array, step: jax.Array) -> jax.Array:
    """What `_below` gains when both arguments lose a step: an integral over it.

    Far from the singularity by quadrature, since the difference would cancel.
    """
    near = 2.0 * step <= jnp.minimum(x, y)
    small = jnp.where(near, step, 0.0)
    s, w = curves.nodes(_NODES[x.dtype.name])
    at = constant(s, x) * small[None]
    wide = jnp.broadcast_to(diff[None], at.shape)
    slopes = ratio_gap(x[None] - at, y[None] - at, wide)
    close = small * jnp.sum(constant(w, x) * slopes, axis=0)
    far = _below(x - step, y - step, diff) - _below(x, y, diff)
    return jnp.where(near, close, far)


def _gamma_gap(x: jax.Array, y: jax.Array, diff: jax.Array, size: int) -> jax.Array:
    """`log Gamma_d(x) + d x - d x log x` above its tangent at y, `diff` = x - y."""
    steps, x_less = _halves(x, size)
    y_less = _halves(y, size)[1]
    x, y, diff = (jnp.broadcast_to(a[None], steps.shape) for a in (x, y, diff))
    gaps = stirling.lgamma_gap(x_less, y_less, diff)
    return jnp.sum(gaps + _excess(x, y, diff, steps), axis=0)


# Two points, the first less the second, and of the degrees of freedom the arguments of
# the gap and their difference.
Step = tuple[Point, Point, Point, Point]


def _total_gap(step: Step) -> jax.Array:
    """Half of df_q times the gap of the means df p, df q, and that of the freedom."""
    (n_p, of_p), (n_q, of_q), (n_change, scale_change), df = step
    ratio, rest = (x[..., None, None] for x in (n_p / n_q, n_change / n_q))
    diff = ratio * scale_change + rest * of_q
    means = 0.5 * n_q * _matrices.determinant_gap(ratio * of_p, of_q, diff)
    to, at, rise = (0.5 * x for x in df)
    return means + _gamma_gap(to, at, rise, of_p.shape[-1])


def _total_gaps(*steps: Step) -> jax.Array:
    """Of several, on a new leading axis: one program for all of them."""
    return _total_gap(jax.tree.map(lambda *x: jnp.stack(x), *steps))


def _change(p: Point, q: Point) -> Point:
    return p[0] - q[0], p[1] - q[1]


def _direct(p: Point, q: Point) -> Step:
    change = _change(p, q)
    return p, q, change, (q[0], p[0], -change[0])


def divergence(p: Point, q: Point) -> jax.Array:
    """Kullback-Leibler."""
    return _total_gap(_direct(p, q))


def _inner(p: Point, q: Point, alpha: jax.Array) -> tuple[Step, Step]:
    """For alpha up to 1: to q and to p from the distribution between them.

    Its inverse scale is the mixture of theirs, so that relative to one of them it is
    the other one relative to the crosswise mixture of the scales.
    """
    rest = 1.0 - alpha
    n, scale = _change(p, q)
    df, mixture = q[0] + alpha * n, q[1] + rest * scale
    to_q = alpha * n, alpha * scale
    to_p = -rest * n, -rest * scale
    return (
        ((df, p[1]), (q[0], mixture), to_q, (q[0], df, -alpha * n)),
        ((df, q[1]), (p[0], mixture), to_p, (p[0], df, rest * n)),
    )


def _outer(p: Point, q: Point, over: jax.Array) -> tuple[Step, jax.Array]:
    """For alpha from 1: from p to one on its far side, and whether that is there."""
    n, scale = _change(p, q)
    df, mixture = p[0] + over * n, q[1] - over * scale
    here = _matrices.is_positive(mixture) & (df > scale.shape[-1] - 1)
    inside = here[..., None, None]
    df, mixture = jnp.where(here, df, p[0]), jnp.where(inside, mixture, q[1])
    n = jnp.where(here, over * n, 0.0)
    scale = jnp.where(inside, -over * scale, 0.0)
    return ((p[0], mixture), (df, q[1]), (-n, scale), (df, p[0], n)), here


def _limit(p: Point, q: Point) -> jax.Array:
    """The logarithm of the largest ratio of densities."""
    size = p[1].shape[-1]
    n, scale = _change(p, q)
    finite = (n >= 0) & _matrices.is_positive(-scale)
    room = jnp.where(finite[..., None, None], -scale, _matrices.identity(scale))
    n = jnp.where(finite, n, 0.0)
    top = size * curves.xlogx(n) - n * _log_determinant(room)
    top -= n * size * (1.0 + math.log(2.0))
    scales = p[0] * _log_determinant(q[1]) - q[0] * _log_determinant(p[1])
    gammas = [stirling.lgamma(_halves(0.5 * x[0], size)[1]) for x in (q, p)]
    value = 0.5 * (top + scales) + jnp.sum(gammas[0] - gammas[1], axis=0)
    same = (p[0] == q[0]) & jnp.all(scale == 0, axis=(-1, -2))
    value = jnp.where(same & ~jnp.isnan(value), 0.0, value)
    return jnp.where(finite | same | jnp.isnan(value), value, jnp.inf)


def renyi(p: Point, q: Point, alpha: jax.Array) -> jax.Array:
    """Of any order."""
    low, high = _gaps.sides(alpha)
    beyond, here = _outer(p, q, high - 1.0)
    steps = _total_gaps(*_inner(p, q, low), beyond, _direct(p, q))
    inner = steps[0] + low * numerics.over(steps[1], 1.0 - low)
    outer = numerics.over(steps[2], high - 1.0) + steps[3]
    outer = jnp.where(here | jnp.isnan(outer), outer, jnp.inf)
    return _gaps.joined(inner, outer, alpha, _limit(p, q))


def bhattacharyya(p: Point, q: Point) -> jax.Array:
    """Half the Renyi divergence of order 1/2."""
    to_both = _total_gaps(*_inner(p, q, jnp.asarray(0.5, p[0].dtype)))
    return 0.5 * jnp.sum(to_both, axis=0)
