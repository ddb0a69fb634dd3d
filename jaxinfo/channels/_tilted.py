"""The problem behind a point of a rate-distortion curve, for one source.

Minus the logarithm of `Z(x) = sum_y q(y) A(x, y)`, `A = exp(-b d)`, averaged over the
source, is convex in the distribution q of the reproductions, and its least value is
R + b D. Distortions are counted from the least one of each symbol, so that A is 1
somewhere in each row.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import divergences, numerics
from jaxinfo.channels import _simplex
from jaxinfo.channels._simplex import Local, Optimum

__all__ = [
    "Point",
    "Problem",
    "best_constant",
    "best_outputs",
    "follow",
    "point",
]

# What rounding adds to a bound, in units of the last place.
_ROUNDING = 8.0


class Problem(NamedTuple):
    """A source, the distortions above the least of each symbol, and the multiplier."""

    p: jax.Array
    excess: jax.Array
    multiplier: jax.Array


class Point(NamedTuple):
    """What a distribution of reproductions gives.

    Attributes:
      rate: Information between source and reproduction.
      excess: Mean distortion above the least one.
      dual: R + b D as the least value of a function of the reproductions.
      channel: Probabilities of the reproductions for every symbol.
      outputs: Their marginal.
      gap: How far `dual` is from its least value at most.
    """

    rate: jax.Array
    excess: jax.Array
    dual: jax.Array
    channel: jax.Array
    outputs: jax.Array
    gap: jax.Array


def _product(multiplier: jax.Array, excess: jax.Array) -> jax.Array:
    """`b d`, where 0 times infinity is 0 for a distortion of 0, else infinity."""
    endless, forbidden = jnp.isinf(multiplier), jnp.isinf(excess)
    plain = jnp.where(endless, 1.0, multiplier) * jnp.where(forbidden, 0.0, excess)
    never = forbidden | (endless & (excess > 0))
    return jnp.where(never, jnp.inf, jnp.where(endless, 0.0, plain))


class _Ratios(NamedTuple):
    """A / Z, that less 1, and log Z, accurate near A = 1 too."""

    share: jax.Array
    relative: jax.Array
    log_total: jax.Array


def _ratios(problem: Problem, q: jax.Array) -> _Ratios:
    product = _product(problem.multiplier, problem.excess)
    a, below = jnp.exp(-product), jnp.expm1(-product)
    total = jnp.maximum(_simplex.matmul(a, q[:, None]), numerics.tiny(q))
    change = _simplex.matmul(below, q[:, None])
    near = total > 0.5
    relative = jnp.where(near, below - change, a - total) / total
    close = jnp.log1p(jnp.where(near, change, 0.0))
    log_total = jnp.where(near, close, jnp.log(jnp.where(near, 1.0, total)))
    return _Ratios(a / total, relative, log_total[:, 0])


def _gains(problem: Problem, q: jax.Array) -> jax.Array:
    return jnp.sum(problem.p[:, None] * _ratios(problem, q).relative, axis=0)


def _local(problem: Problem, q: jax.Array) -> Local:
    ratios = _ratios(problem, q)
    gains = jnp.sum(problem.p[:, None] * ratios.relative, axis=0)
    # A reproduction that is best for every symbol has a least value of 0.
    eps = float(jnp.finfo(q.dtype).eps)
    scale = -jnp.sum(problem.p * ratios.log_total) + eps * jnp.max(jnp.abs(gains))
    return Local(gains, (jnp.sqrt(problem.p)[:, None] * ratios.relative).T, scale)


def best_constant(problem: Problem) -> tuple[jax.Array, jax.Array]:
    """The distortion of the best constant reproduction, and its distribution."""
    p = problem.p[:, None]
    means = jnp.sum(jnp.where(p > 0, p * problem.excess, 0.0), axis=0)
    constant = jnp.zeros_like(means).at[jnp.argmin(means)].set(1.0)
    return jnp.min(means), constant


def best_outputs(
    problem: Problem, tolerance: jax.Array, max_iterations: jax.Array
) -> Optimum:
    """The reproductions of the least value; their derivative is that of `follow`."""
    fixed = jax.tree.map(lax.stop_gradient, problem)
    start = _simplex.uniform(problem.excess.shape[1], problem.p.dtype)
    best = _simplex.maximize(_local, fixed, start, tolerance, max_iterations)
    # Without a price of distortion all reproductions are equally good: of these the one
    # that the curve begins with.
    _, constant = best_constant(fixed)
    free = fixed.multiplier == 0
    return best._replace(weights=jnp.where(free, constant, best.weights))


@jax.custom_jvp
def follow(problem: Problem, q: jax.Array) -> jax.Array:
    """The best reproductions q, differentiated as what the problem makes them."""
    return q


@follow.defjvp
def _(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    problem, q = primals[0], follow(*primals)
    _, tilt = jax.jvp(lambda problem: _gains(problem, q), (problem,), (tangents[0],))
    return q, _simplex.equalizing_change(q, _local(problem, q).root, tilt)


def point(problem: Problem, q: jax.Array) -> Point:
    """Evaluates the reproductions that come out of the reproductions q."""
    ratios = _ratios(problem, q)
    gains = jnp.sum(problem.p[:, None] * ratios.relative, axis=0)
    dual = -jnp.sum(problem.p * ratios.log_total)
    channel, outputs = q[None, :] * ratios.share, q * (1.0 + gains)
    pair = divergences.pair_of_tables(
        channel,
        jnp.broadcast_to(outputs[None, :], channel.shape),
        q[None, :] * (gains[None, :] - ratios.relative),
    )
    terms = divergences.KULLBACK_LEIBLER.terms(pair)
    finite = jnp.where(jnp.isinf(problem.excess), 0.0, problem.excess)
    excess = jnp.sum(problem.p[:, None] * channel * finite)
    multiplier = jnp.where(jnp.isinf(problem.multiplier), 0.0, problem.multiplier)
    rate = numerics.as_if(
        jnp.sum(problem.p[:, None] * terms), dual - multiplier * excess
    )
    gap = lax.stop_gradient(_gap(problem, ratios, q, gains, dual))
    channel = _completed(problem, channel)
    return Point(rate, excess, dual, channel, outputs, gap)


def _completed(problem: Problem, channel: jax.Array) -> jax.Array:
    """The channel, where a symbol that never comes has its nearest reproduction.

    It may be further than any exponential from all reproductions in use.
    """
    rows = jnp.arange(channel.shape[0])
    nearest = jnp.zeros_like(channel)
    nearest = nearest.at[rows, jnp.argmin(problem.excess, axis=1)].set(1.0)
    lost = jnp.sum(lax.stop_gradient(channel), axis=1) < 0.5
    return jnp.where((lost & (problem.p == 0))[:, None], nearest, channel)


def _gap(
    problem: Problem,
    ratios: _Ratios,
    q: jax.Array,
    gains: jax.Array,
    dual: jax.Array,
) -> jax.Array:
    """The largest log-gain less the mean one, and what rounding may add."""
    top = jnp.max(gains)
    outputs = q * (1.0 + gains)
    log_gains = jnp.log1p(jnp.where(q > 0, gains, 0.0))
    terms = outputs * (jnp.log1p(top) - log_gains)
    gap = jnp.sum(jnp.where(outputs > 0, terms, outputs))
    size = jnp.sum(problem.p[:, None] * jnp.abs(ratios.relative), axis=0)
    eps = float(jnp.finfo(q.dtype).eps)
    return gap + _ROUNDING * eps * (dual + jnp.max(jnp.where(q > 0, size, 0.0)))
