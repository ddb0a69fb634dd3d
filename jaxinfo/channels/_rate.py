"""Rate-distortion functions of a discrete memoryless source."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, numerics, units, values
from jaxinfo._core.jit import jitted
from jaxinfo.channels import _distortion_root, _simplex, _tilted
from jaxinfo.channels._tilted import Point, Problem

__all__ = ["RateDistortion", "rate_at_distortion", "rate_distortion"]


class RateDistortion(NamedTuple):
    """A point of a rate-distortion curve, and what proves it.

    Attributes:
      rate: The rate R.
      distortion: The mean distortion D.
      multiplier: Minus the slope of the curve there, -dR/dD, in nats.
      channel: Probabilities q(y|x) of the reproductions for every symbol.
      outputs: The marginal distribution of the reproductions.
      gap: How far the curve at D is from `rate` at most, rounding included.
      iterations: Steps taken.
    """

    rate: jax.Array
    distortion: jax.Array
    multiplier: jax.Array
    channel: jax.Array
    outputs: jax.Array
    gap: jax.Array
    iterations: jax.Array


@jitted("base")
def rate_distortion(
    p: ArrayLike,
    distortion: ArrayLike,
    multiplier: ArrayLike,
    *,
    tolerance: ArrayLike | None = None,
    max_iterations: ArrayLike = 100,
    base: float | None = None,
) -> RateDistortion:
    r"""The point of a rate-distortion curve at a given slope, with a certificate.

    $$ \min_{q(y | x)} I(X; Y) + \beta \, E[d(X, Y)] = \min_q - \sum_x p(x) \log \sum_y
    q(y) \, e^{-\beta d(x, y)} $$

    Args:
      p: Probabilities of the source symbols, shape `(..., X)`.
      distortion: Distortion d of each symbol by each reproduction, shape `(..., X, Y)`;
        an infinite one is forbidden.
      multiplier: The multiplier, minus the slope of the curve in nats, at least 0 and
        perhaps infinite; shape `(...)`. Several are several points of the curve.
      tolerance: Gap to stop at, relative to R + multiplier D; may be traced. `None` is
        1e-12 in float64 and 4e-6 in float32.
      max_iterations: Number of steps to stop after in any case; may be traced.
      base: Base of the logarithm of rate and gap; `None` is nats, 2 is bits.

    Returns:
      A `RateDistortion`: numbers of the shape that the batch axes broadcast to, the
      channel with `(X, Y)` and the outputs with `(Y,)` behind; float32 or float64.

    Raises:
      TypeError: If `p`, `distortion` or `multiplier` is not a floating array,
        `tolerance` or `max_iterations` not a real scalar, or `base` not a number.
      ValueError: If shapes do not fit, or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> hamming = 1 - jnp.eye(2)
      >>> slopes = jnp.log(jnp.array([9.0, 4.0]))
      >>> curve = jaxinfo.channels.rate_distortion(
      ...     jnp.array([0.5, 0.5]), hamming, slopes, base=2
      ... )
      >>> print(curve.distortion.round(3), curve.rate.round(3))
      [0.1 0.2] [0.531 0.278]

    Notes:
      The convex problem in the marginal q of the reproductions is solved by an
      interior-point Newton method, in 5 to 15 steps of Y^2 X + Y^3 operations, and
      certified by Blahut's bounds: `gap` is in the rate at the distortion returned.
      Below the slope at which the curve begins, the rate is 0 and D the distortion of
      the best constant reproduction. Reproductions without use have probability 0.

      Where the curve has a straight piece, all of it has one slope, and a point in the
      middle of it is given. All but `gap` and `iterations` is differentiable, through
      the equations that the reproductions in use obey; which ones these are, is kept.
      A gradient in `p` is that of tables which sum to one, up to a constant.

    References:
      R. E. Blahut, "Computation of Channel Capacity and Rate-Distortion Functions",
      1972, theorems 5 and 6; I. Csiszar, "On the Computation of Rate-Distortion
      Functions", 1974; T. M. Cover and J. A. Thomas, "Elements of Information Theory",
      2nd ed., 2006, eq. (10.12) and section 10.8.

    See Also:
      `rate_at_distortion`, the point at a given distortion;
      `information_bottleneck`, where the distortion is a loss of information.
    """
    source, d, b, dtype = _checked(p, distortion, "multiplier", multiplier)
    within = _simplex.as_tolerance(tolerance, dtype)
    limit = checks.as_scalar("max_iterations", max_iterations, "int32")

    def of_one(p: jax.Array, d: jax.Array, multiplier: jax.Array) -> RateDistortion:
        least, problem = _counted(p, d, multiplier)
        best = _tilted.best_outputs(problem, within, limit)
        at = _tilted.point(problem, _tilted.follow(problem, best.weights))
        return RateDistortion(
            rate=units.from_nats(at.rate, base),
            distortion=least + at.excess,
            multiplier=multiplier,
            channel=at.channel,
            outputs=at.outputs,
            gap=units.from_nats(at.gap + _rounding(problem, least), base),
            iterations=best.iterations,
        )

    return RateDistortion(*_simplex.over_batch(of_one, (source, 1), (d, 2), (b, 0)))


@jitted("base")
def rate_at_distortion(
    p: ArrayLike,
    distortion: ArrayLike,
    max_distortion: ArrayLike,
    *,
    tolerance: ArrayLike | None = None,
    max_iterations: ArrayLike = 100,
    base: float | None = None,
) -> RateDistortion:
    r"""The rate-distortion function R(D), with a certificate.

    $$ R(D) = \min_{q(y | x) : E[d(X, Y)] \le D} I(X; Y) $$

    Args:
      p: Probabilities of the source symbols, shape `(..., X)`.
      distortion: Distortion d of each symbol by each reproduction, shape `(..., X, Y)`;
        an infinite one is forbidden.
      max_distortion: The mean distortion D allowed, shape `(...)`.
      tolerance: Relative accuracy of the distortion and of the problems solved on the
        way; may be traced. `None` is 1e-12 in float64 and 4e-6 in float32.
      max_iterations: Number of steps to stop each of them after; may be traced.
      base: Base of the logarithm of rate and gap; `None` is nats, 2 is bits.

    Returns:
      A `RateDistortion`: numbers of the shape that the batch axes broadcast to, the
      channel with `(X, Y)` and the outputs with `(Y,)` behind; float32 or float64.

    Raises:
      TypeError: If `p`, `distortion` or `max_distortion` is not a floating array,
        `tolerance` or `max_iterations` not a real scalar, or `base` not a number.
      ValueError: If shapes do not fit, or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> hamming = 1 - jnp.eye(2)
      >>> point = jaxinfo.channels.rate_at_distortion(
      ...     jnp.array([0.5, 0.5]), hamming, jnp.array([0.0, 0.11, 0.5]), base=2
      ... )
      >>> print(point.rate.round(3))
      [1.  0.5 0. ]

    Notes:
      The multiplier is found by a secant in a bracket, some ten problems like those of
      `rate_distortion`. From the distortion of the best constant reproduction upwards
      the rate is 0 exactly, and the distortion returned is that one; below the least
      distortion possible it is infinite, and `jaxinfo.checked` reports it. On a
      straight piece of the curve the reproductions at its ends are mixed.

      The gradient of the rate is minus the multiplier in D, the multiplier times
      p(x) q(y|x) in `distortion`, and in `p` that of tables which sum to one, up to a
      constant; 0 where the rate is 0 or the multiplier infinite. The other results but
      `gap` and `iterations` are differentiable too.

    References:
      C. E. Shannon, "Coding Theorems for a Discrete Source with a Fidelity Criterion",
      1959; T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed.,
      2006, eq. (10.12); R. E. Blahut, "Computation of Channel Capacity and
      Rate-Distortion Functions", 1972, theorem 6.

    See Also:
      `rate_distortion`, the point at a given slope, at a tenth of the cost;
      `channel_capacity`, the dual problem of transmission.
    """
    source, d, most, dtype = _checked(p, distortion, "max_distortion", max_distortion)
    within = _simplex.as_tolerance(tolerance, dtype)
    limit = checks.as_scalar("max_iterations", max_iterations, "int32")

    def of_one(p: jax.Array, d: jax.Array, allowed: jax.Array) -> RateDistortion:
        least, problem = _counted(p, d, jnp.zeros_like(allowed))
        target, possible = _target(allowed, least)
        dual = _distortion_root.solve(problem, target, within, limit)
        problem = problem._replace(multiplier=dual.multiplier)
        multiplier = _distortion_root.follow(problem, target, dual.outputs)
        problem = problem._replace(multiplier=multiplier)
        at = _tilted.point(problem, _tilted.follow(problem, dual.outputs))
        rate, gap = _at_target(problem, at, target)
        gap = gap + _rounding(problem, allowed)
        return RateDistortion(
            rate=units.from_nats(jnp.where(possible, rate, jnp.inf), base),
            distortion=least + at.excess,
            multiplier=multiplier,
            channel=at.channel,
            outputs=at.outputs,
            gap=units.from_nats(jnp.where(possible, gap, 0.0), base),
            iterations=dual.iterations,
        )

    operands = ((source, 1), (d, 2), (most, 0))
    return RateDistortion(*_simplex.over_batch(of_one, *operands))


def _checked(
    p: ArrayLike, distortion: ArrayLike, name: str, number: ArrayLike
) -> tuple[jax.Array, jax.Array, jax.Array, str]:
    """The source, the distortions and one number a problem, in one dtype."""
    _, (source,) = checks.of_tables(["p"], [p], -1, None)
    d = checks.as_floating("distortion", distortion)
    number = checks.as_floating(name, number)
    if d.ndim < 2 or d.shape[-2] != source.shape[-1] or 0 in d.shape[-2:]:
        raise ValueError(
            "`distortion` must have shape (..., X, Y) for `p` of shape (..., X), "
            f"got shapes {d.shape} and {source.shape}."
        )
    try:
        jnp.broadcast_shapes(source.shape[:-1], d.shape[:-2], number.shape)
    except ValueError:
        raise ValueError(
            f"The batch axes of `p`, `distortion` and `{name}` must broadcast, got "
            f"shapes {source.shape}, {d.shape} and {number.shape}."
        ) from None
    values.report(jnp.isnan(number), f"`{name}` is NaN in row {{row}}")
    wrong = jnp.any(jnp.isnan(d), axis=(-2, -1))
    values.report(wrong, "`distortion` is NaN in row {row}")
    if name == "multiplier":
        values.report(number < 0, "`multiplier` is negative in row {row}")
    dtype = checks.compute_dtype(source, d, number)
    return source.astype(dtype), d.astype(dtype), number.astype(dtype), dtype


def _counted(
    p: jax.Array, d: jax.Array, multiplier: jax.Array
) -> tuple[jax.Array, Problem]:
    """The least mean distortion, and the problem with distortions counted from it."""
    least = lax.stop_gradient(jnp.min(d, axis=1))
    return jnp.sum(p * least), Problem(p, d - least[:, None], multiplier)


def _rounding(problem: Problem, distortion: jax.Array) -> jax.Array:
    """What the rounding of a distortion is worth in rate."""
    most, _ = _tilted.best_constant(problem)
    size = jnp.abs(distortion) + most
    multiplier = jnp.where(jnp.isinf(problem.multiplier), 0.0, problem.multiplier)
    eps = float(jnp.finfo(size.dtype).eps)
    return lax.stop_gradient(4.0 * eps * multiplier * size)


def _target(allowed: jax.Array, least: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The distortion above the least one that is allowed, and whether there is any."""
    target = allowed - least
    # A distortion equal to the least one but for rounding is the least one.
    slack = 8.0 * float(jnp.finfo(target.dtype).eps) * jnp.abs(least)
    values.report(target < -slack, "`max_distortion` is below the least one possible")
    positive = jnp.where(target > slack, target, 0.0)
    positive = jnp.where(jnp.isnan(target), jnp.nan, positive)
    return positive, ~(target < -slack)


def _at_target(
    problem: Problem, at: Point, target: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The rate at the target, from a point next to it, and its gap."""
    endless = jnp.isinf(problem.multiplier)
    multiplier = jnp.where(endless, 0.0, problem.multiplier)
    most, _ = _tilted.best_constant(problem)
    over = jnp.where(endless | (target >= most), 0.0, at.excess - target)
    value = at.rate + multiplier * over
    proxy = at.dual - multiplier * jnp.where(target >= most, at.excess, target)
    # A little of the channel without distortion brings the distortion down to the
    # target; it costs no more than this.
    share = jnp.maximum(over, 0.0) / jnp.where(at.excess > 0, at.excess, 1.0)
    cost = share * math.log(max(problem.excess.shape[1], 2)) + multiplier * jnp.abs(
        over
    )
    return numerics.as_if(value, proxy), lax.stop_gradient(jnp.maximum(at.gap, cost))
