"""The multiplier at which a source is compressed to a given distortion."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo.channels import _loops, _tilted
from jaxinfo.channels._simplex import Optimum
from jaxinfo.channels._tilted import Problem

__all__ = ["Dual", "follow", "solve"]

# Bisection alone would need no more than the digits of the type and the doublings.
_STEPS = 100


class Dual(NamedTuple):
    """The reproductions and the multiplier that meet a distortion."""

    outputs: jax.Array
    multiplier: jax.Array
    iterations: jax.Array


class _End(NamedTuple):
    """One end of the bracket, with the height that the next secant goes through."""

    multiplier: jax.Array
    excess: jax.Array
    height: jax.Array
    outputs: jax.Array


class _State(NamedTuple):
    low: _End
    high: _End
    side: jax.Array
    steps: jax.Array
    iterations: jax.Array


def solve(
    problem: Problem,
    target: jax.Array,
    tolerance: jax.Array,
    max_iterations: jax.Array,
) -> Dual:
    """Finds the multiplier; `problem` comes with any, and has no derivative here.

    Distortion falls with the multiplier, almost exponentially: its logarithm is what
    the secant (Illinois) is drawn through. Where it jumps, the curve has a straight
    piece, and a mixture of the reproductions at both ends of the jump is the answer.
    """
    problem, target = lax.stop_gradient((problem, target))
    most, constant = _tilted.best_constant(problem)
    infinity = jnp.full_like(target, jnp.inf)
    zero = jnp.zeros((), jnp.int32)
    low = _End(jnp.zeros_like(target), most, jnp.log(most / target), constant)
    high = _End(infinity, jnp.zeros_like(target), -infinity, constant)
    begin = _State(low, high, zero, zero, zero)
    operands = (problem, target, most, tolerance, max_iterations)
    end = _loops.iterate(_going, _step, begin, *operands)
    edge = _tilted.best_outputs(
        problem._replace(multiplier=infinity), tolerance, max_iterations
    )
    return _chosen(end, target, most, edge)


def _going(
    state: _State,
    problem: Problem,
    target: jax.Array,
    most: jax.Array,
    tolerance: jax.Array,
    max_iterations: jax.Array,
) -> jax.Array:
    low, high = state.low, state.high
    eps = float(jnp.finfo(target.dtype).eps)
    # At least a few units more than the inner problem leaves open.
    close = jnp.maximum(tolerance, 4.0 * eps) * target
    near = (low.excess - target <= close) | (target - high.excess <= close)
    width = high.multiplier - low.multiplier
    tight = jnp.isfinite(width) & (width <= 4.0 * eps * high.multiplier)
    inside = (target > 0) & (target < most)
    return inside & ~near & ~tight & (state.steps < _STEPS)


def _step(
    state: _State,
    problem: Problem,
    target: jax.Array,
    most: jax.Array,
    tolerance: jax.Array,
    max_iterations: jax.Array,
) -> _State:
    multiplier = _next(state, most)
    now = problem._replace(multiplier=multiplier)
    best = _tilted.best_outputs(now, tolerance, max_iterations)
    excess = _tilted.point(now, best.weights).excess
    end = _End(multiplier, excess, jnp.log(excess / target), best.weights)
    return _narrowed(state, end, excess >= target, best)


def _next(state: _State, most: jax.Array) -> jax.Array:
    low, high = state.low, state.high
    doubled = jnp.where(low.multiplier > 0, 2.0 * low.multiplier, 1.0 / most)
    width = high.multiplier - low.multiplier
    share = low.height / (low.height - high.height)
    secant = low.multiplier + width * jnp.clip(share, 0.01, 0.99)
    middle = low.multiplier + 0.5 * width
    # Every fourth step halves the bracket, whatever the shape of the curve.
    inner = jnp.where((state.steps % 4 == 3) | ~(share >= 0), middle, secant)
    return jnp.where(jnp.isinf(high.multiplier), doubled, inner)


def _narrowed(state: _State, end: _End, above: jax.Array, best: Optimum) -> _State:
    """The bracket with one end moved; an end that stays twice counts for half."""
    side = jnp.where(above, 1, -1).astype(jnp.int32)
    again = side == state.side

    def moved(old: _End, new: jax.Array) -> _End:
        stays = old._replace(height=jnp.where(again, 0.5 * old.height, old.height))
        return jax.tree.map(lambda x, y: jnp.where(new, x, y), end, stays)

    return _State(
        moved(state.low, above),
        moved(state.high, ~above),
        side,
        state.steps + 1,
        state.iterations + best.iterations,
    )


def _chosen(end: _State, target: jax.Array, most: jax.Array, edge: Optimum) -> Dual:
    """Between the ends of the bracket, so that the distortion is met; or the edge."""
    low, high = end.low, end.high
    fall = low.excess - high.excess
    share = jnp.where(fall > 0, (target - high.excess) / fall, 1.0)
    share = jnp.where(jnp.isinf(high.multiplier), 1.0, jnp.clip(share, 0.0, 1.0))
    none = target >= most

    def between(x: jax.Array, y: jax.Array) -> jax.Array:
        mixed = share * x + (1.0 - share) * jnp.where(share < 1, y, 0.0)
        return jnp.where(none, x, mixed)

    outputs = between(low.outputs, high.outputs)
    multiplier = between(low.multiplier, high.multiplier)
    least = target <= 0
    return Dual(
        jnp.where(least & ~none, edge.weights, outputs),
        jnp.where(least & ~none, jnp.inf, multiplier),
        end.iterations + edge.iterations,
    )


@jax.custom_jvp
def follow(problem: Problem, target: jax.Array, outputs: jax.Array) -> jax.Array:
    """The multiplier of the problem, differentiated as what meets the target."""
    return problem.multiplier


@follow.defjvp
def _(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    problem, _, outputs = primals
    multiplier = follow(*primals)
    finite = jnp.isfinite(multiplier)
    fixed = problem._replace(multiplier=jnp.where(finite, multiplier, 0.0))

    def excess(problem: Problem) -> jax.Array:
        return _tilted.point(problem, _tilted.follow(problem, outputs)).excess

    none = jax.tree.map(jnp.zeros_like, fixed)
    still = tangents[0]._replace(multiplier=none.multiplier)
    _, moved = jax.jvp(excess, (fixed,), (still,))
    unit = none._replace(multiplier=jnp.ones_like(multiplier))
    _, fall = jax.jvp(excess, (fixed,), (unit,))
    some = finite & (fall < 0)
    rate = jnp.where(some, 1.0 / jnp.where(some, fall, 1.0), 0.0)
    return multiplier, rate * (tangents[1] - moved)
