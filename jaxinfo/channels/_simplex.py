"""The maximum of a concave function of weights that sum to one, with its certificate.

A primal-dual interior-point method. For weights w, gains g (the slopes of the
function) and a level l it follows w_i (l - g_i) = m as m goes to zero. At any weights
the function is at most `max g - sum w g` below its maximum, however the weights were
found: this is the gap that Blahut and Arimoto stop at, and it is what is returned.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from jaxinfo._core import checks
from jaxinfo.channels import _loops

__all__ = [
    "Local",
    "Optimum",
    "as_tolerance",
    "equalizing_change",
    "matmul",
    "maximize",
    "over_batch",
    "uniform",
]

# Newton's method reaches all but a few of the digits of either type.
_TOLERANCE = {"float64": 1e-12, "float32": 4e-6}


class Local(NamedTuple):
    """A concave function of the weights around a point.

    Attributes:
      gain: Its slopes, up to a constant, shape `(n,)`.
      root: F, shape `(n, m)`: the Hessian is -F F^T on changes that sum to zero.
      scale: What the gap is compared with, a number.
    """

    gain: jax.Array
    root: jax.Array
    scale: jax.Array


class Optimum(NamedTuple):
    """Weights, how far from the maximum they are at most, and the steps taken."""

    weights: jax.Array
    gap: jax.Array
    iterations: jax.Array


class _Point(NamedTuple):
    """Weights with the dual variables of the method: `slack` is `level - gain`."""

    weights: jax.Array
    slack: jax.Array
    level: jax.Array


class _State(NamedTuple):
    """The point to look at next, and the best that was seen, with its shortfalls."""

    point: _Point
    best: jax.Array
    short: jax.Array
    gap: jax.Array
    scale: jax.Array
    iterations: jax.Array
    stalled: jax.Array


# Steps without a smaller gap after which rounding is all that is left.
_PATIENCE = 6
# How much of the way to the nearest zero a step may go.
_SHORT = 0.99


def matmul(a: jax.Array, b: jax.Array) -> jax.Array:
    """A product of matrices in the full precision of the dtype on every device."""
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def as_tolerance(tolerance: ArrayLike | None, dtype: str) -> jax.Array:
    """A relative tolerance, by default what the dtype can reach."""
    given = _TOLERANCE[dtype] if tolerance is None else tolerance
    return checks.as_scalar("tolerance", given, dtype)


def over_batch(
    fn: Callable[..., Any], *operands: tuple[jax.Array, int]
) -> tuple[jax.Array, ...]:
    """Maps a function of one problem over batch axes, which broadcast.

    Args:
      fn: Function of arrays without batch axes, which gives a tuple of arrays.
      operands: Arrays, each with the number of its trailing axes that are no batch.
    """
    shapes = [(x.shape[: x.ndim - n], x.shape[x.ndim - n :]) for x, n in operands]
    batch = jnp.broadcast_shapes(*(shape for shape, _ in shapes))
    flat = [
        jnp.broadcast_to(x, (*batch, *event)).reshape(math.prod(batch), *event)
        for (x, _), (_, event) in zip(operands, shapes, strict=True)
    ]
    return tuple(x.reshape(*batch, *x.shape[1:]) for x in jax.vmap(fn)(*flat))


def uniform(size: int, dtype: DTypeLike) -> jax.Array:
    """Equal weights."""
    return jnp.full((size,), 1.0 / size, dtype)


def maximize(
    local_at: Callable[[Any, jax.Array], Local],
    problem: Any,
    start: jax.Array,
    tolerance: jax.Array,
    max_iterations: jax.Array,
) -> Optimum:
    """Finds the weights of the maximum, to a gap of `tolerance` times the scale.

    Args:
      local_at: The function, by what it is around a point: of the problem and weights.
      problem: A tree of arrays.
      start: Weights to start from, all of them positive.
      tolerance: The relative gap to stop at.
      max_iterations: Number of steps after which to stop in any case.
    """
    zero, infinity = jnp.zeros((), jnp.int32), jnp.full((), jnp.inf, start.dtype)
    none = jnp.zeros_like(start)
    point = _Point(start, none, jnp.zeros_like(infinity))
    state = _State(point, start, none, infinity, infinity, zero, zero)

    def step(
        state: _State, problem: Any, tolerance: jax.Array, most: jax.Array
    ) -> _State:
        return _improved(state, local_at(problem, state.point.weights))

    operands = (problem, tolerance, max_iterations)
    end = _loops.iterate(_going, step, state, *operands)
    return _without_dust(functools.partial(local_at, problem), end, tolerance)


def _going(
    state: _State, problem: Any, tolerance: jax.Array, most: jax.Array
) -> jax.Array:
    wide = ~(state.gap <= tolerance * state.scale) | (state.iterations == 0)
    return wide & (state.iterations < most) & (state.stalled < _PATIENCE)


def _improved(state: _State, local: Local) -> _State:
    """The point is looked at, kept if it is the best, and left for the next one."""
    short = jnp.max(local.gain) - local.gain
    # What is left to gain, at most; summed from terms that are not negative.
    gap = jnp.sum(state.point.weights * short)
    point = _opened(state.point, local, gap, first=state.iterations == 0)
    better = gap < state.gap

    def kept(new: jax.Array, old: jax.Array) -> jax.Array:
        return jnp.where(better, new, old)

    return _State(
        point=_newton(point, local),
        best=kept(state.point.weights, state.best),
        short=kept(short, state.short),
        gap=kept(gap, state.gap),
        scale=kept(local.scale, state.scale),
        iterations=state.iterations + 1,
        stalled=jnp.where(better, 0, state.stalled + 1),
    )


def _opened(point: _Point, local: Local, gap: jax.Array, first: jax.Array) -> _Point:
    """The point, with dual variables that fit the first one."""
    level = jnp.where(first, jnp.max(local.gain) + gap, point.level)
    return _Point(
        point.weights, jnp.where(first, level - local.gain, point.slack), level
    )


def _newton(point: _Point, local: Local) -> _Point:
    """One step of Mehrotra's predictor and corrector, in variables scaled to ones."""
    w, s, level = point
    eps = float(jnp.finfo(w.dtype).eps)
    scale = jnp.sqrt(w / s)
    b = scale[:, None] * local.root
    matrix = matmul(b, b.T)
    # Directions along which the function is flat but for rounding are left alone.
    ridge = 1.0 + 4.0 * eps * w.size**0.5 * jnp.diagonal(matrix)
    factor = jnp.linalg.cholesky(matrix + jnp.diag(ridge))
    # What `w s` should be less what it is, along the residual of `s = level - gain`.
    residual = level - local.gain - s

    def aim(target: jax.Array) -> jax.Array:
        return scale * (target / w - s - residual)

    def solve(*columns: jax.Array) -> jax.Array:
        return jax.scipy.linalg.cho_solve((factor, True), jnp.stack(columns, axis=-1))

    def change(z: jax.Array, target: jax.Array) -> _Point:
        """The step after which `w s` is the target, to first order."""
        rise = jnp.sum(scale * z) / jnp.sum(scale * unit)
        dw = scale * (z - rise * unit)
        return _Point(dw, (target - w * s - s * dw) / w, rise)

    none = jnp.zeros_like(w)
    first, unit = solve(aim(none), scale).T
    dw, ds, _ = change(first, none)
    length = jnp.minimum(_reach(w, dw, 1.0), _reach(s, ds, 1.0))
    mean = jnp.mean(w * s)
    after = jnp.mean((w + length * dw) * (s + length * ds))
    target = mean * (after / mean) ** 3 - dw * ds
    dw, ds, rise = change(solve(aim(target))[:, 0], target)
    length = jnp.minimum(_reach(w, dw, _SHORT), _reach(s, ds, _SHORT))
    w = w + length * dw
    return _Point(w / jnp.sum(w), s + length * ds, level + length * rise)


def _reach(x: jax.Array, change: jax.Array, share: float) -> jax.Array:
    """The longest step, up to 1, that leaves x positive."""
    falling = change < 0
    ratio = jnp.where(falling, -x / jnp.where(falling, change, -1.0), jnp.inf)
    return jnp.minimum(share * jnp.min(ratio), 1.0)


def _without_dust(
    local_at: Callable[[jax.Array], Local], end: _State, tolerance: jax.Array
) -> Optimum:
    """Weights that only the method keeps above zero become zero, if nothing is lost."""
    cleaned = jnp.where(end.best * end.scale < end.short, 0.0, end.best)
    cleaned = cleaned / jnp.sum(cleaned)
    local = local_at(cleaned)
    short = jnp.max(local.gain) - local.gain
    gap = jnp.sum(jnp.where(cleaned == 0, 0.0, cleaned * short))
    eps = float(jnp.finfo(gap.dtype).eps)
    allowed = jnp.maximum(end.gap, tolerance * local.scale)
    worse = gap > allowed + 8.0 * eps * local.scale
    weights = jnp.where(worse, end.best, cleaned)
    return Optimum(
        jnp.where(jnp.isnan(gap), jnp.nan, weights),
        jnp.where(worse, end.gap, gap),
        end.iterations,
    )


def equalizing_change(
    weights: jax.Array, root: jax.Array, tilt: jax.Array
) -> jax.Array:
    """How the best weights change when the gains are tilted: the implicit derivative.

    Zero weights stay zero. Of several best weights it is the change of least length.

    Args:
      weights: The best weights, shape `(n,)`.
      root: As in `Local`.
      tilt: Change of the gains at fixed weights, shape `(n,)`.
    """
    n = weights.size
    some = (weights > 0).astype(weights.dtype)
    f = some[:, None] * root
    curve = matmul(f, f.T)
    size = jnp.trace(curve)
    curve = curve / jnp.where(size > 0, size, 1.0)
    corner = jnp.zeros((1, 1), weights.dtype)
    bordered = jnp.block([[curve, some[:, None]], [some[None, :], corner]])
    inverse = jnp.linalg.pinv(bordered, hermitian=True)[:n, :n]
    return matmul(inverse, some * tilt / jnp.where(size > 0, size, 1.0))
