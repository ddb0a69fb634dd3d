"""The equations of the information bottleneck: a fixed point for one joint table.

The unknown is log p(t|x), rows of which are normalized. All of its entries stay finite:
a cluster that dies out has a probability that underflows.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo.channels import _loops
from jaxinfo.channels._simplex import matmul

__all__ = ["Problem", "Solution", "follow", "num_used", "solve"]

# The longest extrapolation, in steps of the iteration.
_LONGEST = 100.0


class Problem(NamedTuple):
    """The joint table, and what a unit of relevance is worth."""

    p_xy: jax.Array
    beta: jax.Array


class Solution(NamedTuple):
    """log p(t|x), what a step would change p(t|x) by at most, and the steps taken."""

    log_encoder: jax.Array
    residual: jax.Array
    iterations: jax.Array


class _Decoded(NamedTuple):
    """The clusters: p(t), and `log p(y|t) / p(y)`, shape `(T, Y)`."""

    mass: jax.Array
    log_ratio: jax.Array


def _conditional(p_xy: jax.Array) -> tuple[jax.Array, jax.Array]:
    """P(x), and p(y|x), 0 where x has no mass."""
    p_x = jnp.sum(p_xy, axis=1)
    some = p_x > 0
    return p_x, p_xy * jnp.where(some, 1.0 / jnp.where(some, p_x, 1.0), 0.0)[:, None]


def _decode(p_xy: jax.Array, log_encoder: jax.Array) -> _Decoded:
    """What the clusters say about y, through differences from p(y)."""
    p_x, given_x = _conditional(p_xy)
    p_y = jnp.sum(p_xy, axis=0)
    weight = p_x[:, None] * jnp.exp(log_encoder)
    mass = jnp.maximum(jnp.sum(weight, axis=0), numerics.tiny(weight))
    excess = matmul((weight / mass[None, :]).T, given_x - p_y[None, :])
    some = p_y > 0
    relative = jnp.where(some, excess / jnp.where(some, p_y, 1.0)[None, :], 0.0)
    return _Decoded(mass, numerics.log1p(jnp.maximum(relative, -1.0)))


def _step(problem: Problem, log_encoder: jax.Array) -> jax.Array:
    """One step of the iteration; of the divergences, what depends on the cluster."""
    _, given_x = _conditional(problem.p_xy)
    decoded = _decode(problem.p_xy, log_encoder)
    agreement = matmul(given_x, decoded.log_ratio.T)
    # Less the best before it is multiplied: what counts is then small, however large
    # beta is, and rounded alike wherever the compiler computes it anew.
    best = lax.stop_gradient(jnp.max(agreement, axis=-1, keepdims=True))
    logits = jnp.log(decoded.mass)[None, :] + problem.beta * (agreement - best)
    return jax.nn.log_softmax(logits, axis=-1)


def _objective(problem: Problem, log_encoder: jax.Array) -> jax.Array:
    """I(T; X) - b I(T; Y), to compare encoders by."""
    decoded = _decode(problem.p_xy, log_encoder)
    encoder = jnp.exp(log_encoder)
    weight = jnp.sum(problem.p_xy, axis=1)[:, None] * encoder
    complexity = jnp.sum(weight * (log_encoder - jnp.log(decoded.mass)[None, :]))
    relevance = jnp.sum(matmul(encoder.T, problem.p_xy) * decoded.log_ratio)
    return complexity - problem.beta * relevance


def solve(
    problem: Problem, start: jax.Array, tolerance: jax.Array, max_iterations: jax.Array
) -> Solution:
    """Iterates until a step changes nothing; see `follow` for derivatives."""
    problem = jax.tree.map(lax.stop_gradient, problem)
    infinity = jnp.full_like(problem.beta, jnp.inf)
    zero = jnp.zeros((), jnp.int32)

    begin = Solution(start, infinity, zero)
    operands = (problem, tolerance, max_iterations)
    return _loops.iterate(_going, _cycle, begin, *operands)


def _going(
    state: Solution, problem: Problem, tolerance: jax.Array, most: jax.Array
) -> jax.Array:
    # NaN ends it.
    return (state.residual > tolerance) & (state.iterations < most)


def _cycle(
    state: Solution, problem: Problem, tolerance: jax.Array, most: jax.Array
) -> Solution:
    """Two steps, the extrapolation of them if it is better, and one step more."""
    zeroth = state.log_encoder
    first = _step(problem, zeroth)
    second = _step(problem, first)
    far = jax.nn.log_softmax(_extrapolated(problem, zeroth, first, second))
    better = _objective(problem, far) < _objective(problem, second)
    chosen = jnp.where(better, far, second)
    last = _step(problem, chosen)
    residual = jnp.max(jnp.abs(jnp.exp(last) - jnp.exp(chosen)))
    return Solution(last, residual, state.iterations + 1)


def _extrapolated(
    problem: Problem, zeroth: jax.Array, first: jax.Array, second: jax.Array
) -> jax.Array:
    """Along the first two differences, as far as their norms say (SQUAREM, S3)."""
    change, again = first - zeroth, second - first
    bend = again - change
    weight = jnp.sum(problem.p_xy, axis=1)[:, None] * jnp.exp(second)

    def norm(x: jax.Array) -> jax.Array:
        return jnp.sqrt(jnp.sum(weight * x * x))

    curved = norm(bend) > 0
    ratio = norm(change) / jnp.where(curved, norm(bend), 1.0)
    length = jnp.clip(jnp.where(curved, ratio, 1.0), 1.0, _LONGEST)
    return zeroth + 2.0 * length * change + length * length * bend


@jax.custom_jvp
def follow(problem: Problem, log_encoder: jax.Array) -> jax.Array:
    """The fixed point, differentiated as what the problem makes it."""
    return log_encoder


@follow.defjvp
def _(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    """Solves (1 - J) u = b, which is symmetric under the weights p(x) p(t|x)."""
    problem = primals[0]
    fixed = follow(*primals)
    _, pushed = jax.jvp(lambda problem: _step(problem, fixed), (problem,), tangents[:1])

    def push(x: jax.Array) -> jax.Array:
        # Normalized first: the symmetry is that of changes which keep rows normalized.
        def step(x: jax.Array) -> jax.Array:
            return _step(problem, jax.nn.log_softmax(x, axis=-1))

        return jax.jvp(step, (fixed,), (x,))[1]

    root = jnp.sqrt(jnp.sum(problem.p_xy, axis=1)[:, None] * jnp.exp(fixed))
    some = root > numerics.tiny(root) ** 0.5
    inverse = jnp.where(some, 1.0 / jnp.where(some, root, 1.0), 0.0)

    def operator(x: jax.Array) -> jax.Array:
        return x - root * push(inverse * x)

    change = lax.custom_linear_solve(
        operator, root * pushed, _least_squares, symmetric=True
    )
    # Once more through the step: for what has no weight.
    return fixed, pushed + push(inverse * change)


class _Descent(NamedTuple):
    """The solution so far, what is left of the right side, and where to go next."""

    x: jax.Array
    rest: jax.Array
    direction: jax.Array
    size: jax.Array
    steps: jax.Array


def _least_squares(
    operator: Callable[[jax.Array], jax.Array], b: jax.Array
) -> jax.Array:
    """The shortest solution of a symmetric system, perhaps singular (CGLS).

    Where clusters coincide, the operator is zero along the changes that move mass from
    one to the other. A gradient, unlike a change, may point there.
    """
    eps = float(jnp.finfo(b.dtype).eps)
    most = jnp.asarray(4 * b.size, jnp.int32)
    first = operator(b)
    enough = (64.0 * eps) ** 2 * jnp.sum(first * first)

    def going(state: _Descent) -> jax.Array:
        return (state.size > enough) & (state.steps < most)

    def step(state: _Descent) -> _Descent:
        image = operator(state.direction)
        length = state.size / jnp.sum(image * image)
        rest = state.rest - length * image
        slope = operator(rest)
        size = jnp.sum(slope * slope)
        direction = slope + size / state.size * state.direction
        x = state.x + length * state.direction
        return _Descent(x, rest, direction, size, state.steps + 1)

    zero = jnp.zeros((), jnp.int32)
    start = _Descent(jnp.zeros_like(b), b, first, jnp.sum(first * first), zero)
    return lax.while_loop(going, step, start).x


def num_used(p_xy: jax.Array, encoder: jax.Array) -> jax.Array:
    """The number of clusters that have mass, and a p(y|t) unlike those before."""
    joint = matmul(encoder.T, p_xy)
    mass = jnp.sum(joint, axis=1)
    eps = float(jnp.finfo(mass.dtype).eps)
    alive = mass > eps
    given_t = joint / jnp.where(alive, mass, 1.0)[:, None]
    apart = jnp.max(jnp.abs(given_t[:, None, :] - given_t[None, :, :]), axis=-1)
    same = (apart <= eps**0.5) & alive[None, :] & alive[:, None]
    earlier = jnp.any(jnp.tril(same, -1), axis=1)
    return jnp.sum(alive & ~earlier, dtype=jnp.int32)
