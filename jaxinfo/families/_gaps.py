"""Divergences of the families, and what is built on a divergence alone.

Every function takes arrays of one dtype and shape and works in nats. They are written
as sums of gaps (`curves`, `stirling`), so that they are exactly 0 at equality and
keep their digits near it.
"""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import curves, numerics, stirling
from jaxinfo._core.tables import square_root

__all__ = [
    "EULER",
    "LOG_TWO_PI",
    "Point",
    "at_ends",
    "dirichlet",
    "exponential",
    "exponential_renyi",
    "extreme_value",
    "gamma",
    "halfway",
    "hellinger",
    "joined",
    "laplace",
    "normal",
    "normal_halfway",
    "normal_renyi",
    "poisson_halfway",
    "poisson_renyi",
    "sides",
    "skew",
    "spread_renyi",
    "squared_hellinger",
]

EULER = 0.57721566490153286
LOG_TWO_PI = math.log(2.0 * math.pi)

Point = tuple[jax.Array, ...]
# The divergence of q from p, given what q - p is in the coordinates of the family.
Gap = Callable[[Point, Point, Point], jax.Array]


def exponential(p: Point, q: Point, diff: Point) -> jax.Array:
    """Of exponential distributions, from their rates."""
    return curves.ratio_gap(q[0], p[0], diff[0])


def gamma(p: Point, q: Point, diff: Point) -> jax.Array:
    """Of gamma distributions, from concentrations and rates.

    Through the gamma distribution with the mean of p and the concentration of q: the
    projection, for which divergences add up.
    """
    (a_p, rate_p), (a_q, rate_q), (a_diff, rate_diff) = p, q, diff
    rate, shape = rate_q / rate_p, a_q / a_p
    relative = rate_diff / rate_p - a_diff / a_p
    means = a_q * curves.ratio_gap(rate, shape, relative)
    return means + stirling.lgamma_gap(a_q, a_p, a_diff)


def dirichlet(p: Point, q: Point, diff: Point) -> jax.Array:
    """Of Dirichlet distributions, from concentrations along the last axis.

    The gaps of the gamma function at the largest concentration and at the total nearly
    cancel where the others are tiny: of their leading terms only the difference is
    formed, of the means of that outcome.
    """
    (a_p,), (a_q,), (a_diff,) = p, q, diff
    total_p, total_q, total_diff = (
        jnp.sum(x, -1, keepdims=True) for x in (*p, *q, *diff)
    )
    first = jnp.argmax(a_p, axis=-1, keepdims=True)
    largest = lax.broadcasted_iota(first.dtype, a_p.shape, a_p.ndim - 1) == first
    mean_p, mean_q = a_p / total_p, a_q / total_q
    rest = jnp.where(largest, 0.0, (mean_p * total_diff - a_diff) / total_q)
    mean_diff = jnp.where(largest, -jnp.sum(rest, -1, keepdims=True), rest)
    terms = a_q * curves.ratio_gap(mean_p, mean_q, mean_diff)
    # rho(x/y) - rho(v), x/y the ratio of concentrations and v that of the totals.
    apart = curves.ratio_gap(mean_q, mean_p, -mean_diff)
    apart -= mean_diff / mean_p * (total_diff / total_p)
    own = curves.ratio_gap(a_q, a_p, a_diff)
    terms += 0.5 * jnp.where(largest, apart, own)
    x, y, d = (
        jnp.concatenate(z, -1)
        for z in ((a_q, total_q), (a_p, total_p), (a_diff, total_diff))
    )
    binet = stirling.binet_gap(x, y, d)
    return jnp.sum(terms + binet[..., :-1], axis=-1) - binet[..., -1]


def normal(p: Point, q: Point) -> jax.Array:
    """Of normal distributions, from means and standard deviations."""
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    spread = (scale_p - scale_q) / scale_q
    shift = (loc_p - loc_q) / scale_q
    scales = curves.ratio_gap(scale_p, scale_q)
    return scales + 0.5 * spread * spread + 0.5 * shift * shift


def laplace(p: Point, q: Point) -> jax.Array:
    """Of Laplace distributions, from locations and scales."""
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    shift = jnp.abs(loc_p - loc_q) / scale_p
    scales = curves.ratio_gap(scale_p, scale_q)
    return scales + scale_p / scale_q * curves.exp_gap(-shift)


def _lgamma_above_tangent(x: jax.Array, y: jax.Array, diff: jax.Array) -> jax.Array:
    return x * curves.ratio_gap(y, x, -diff) + stirling.lgamma_gap(x, y, diff)


def extreme_value(x: jax.Array, y: jax.Array, shift: jax.Array) -> jax.Array:
    """Of extreme-value distributions, with the ratio x/y of concentrations.

    With c = x/y it is e^u - 1 - u, u = shift + log Gamma(1 + c), plus the gap of
    log Gamma(c) to its tangent at 1.
    """
    ratio, rest = x / y, (x - y) / y
    one = jnp.ones_like(ratio)
    log_gamma = (1.0 - EULER) * rest
    log_gamma += _lgamma_above_tangent(1.0 + ratio, 2.0 * one, rest)
    return curves.exp_gap(shift + log_gamma) + _lgamma_above_tangent(ratio, one, rest)


def _scaled(diff: Point, factor: jax.Array | float) -> Point:
    return tuple(factor * d for d in diff)


def _at_once(gap: Gap, *triples: tuple[Point, Point, Point]) -> jax.Array:
    """Several gaps by one evaluation: half the program to compile for two of them."""
    stacked = jax.tree.map(lambda *x: jnp.stack(x), *triples)
    return jax.vmap(gap)(*stacked)


def halfway(gap: Gap, p: Point, q: Point, diff: Point) -> jax.Array:
    """Bhattacharyya's distance: the mean divergence of the midpoint from both."""
    middle = tuple(0.5 * (x + y) for x, y in zip(p, q, strict=True))
    to_p, to_q = (middle, p, _scaled(diff, -0.5)), (middle, q, _scaled(diff, 0.5))
    return 0.5 * jnp.sum(_at_once(gap, to_p, to_q), axis=0)


def _positive(point: Point, event: int) -> jax.Array:
    inside = jnp.stack([x > 0 for x in point]).all(0)
    return inside.all(tuple(range(-event, 0))) if event else inside


def sides(alpha: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The order where it is in [0, 1], and where it is from 1 on; else 1.

    Selected and not clipped: a clip halves the derivative where it sets in.
    """
    low = jnp.where((alpha >= 0) & (alpha <= 1), alpha, 1.0)
    return low, jnp.where((alpha >= 1) & jnp.isfinite(alpha), alpha, 1.0)


def skew(
    gap: Gap,
    p: Point,
    q: Point,
    diff: Point,
    alpha: jax.Array,
    limit: jax.Array,
    *,
    inside: Callable[[Point], jax.Array] | None = None,
    event: int = 0,
) -> jax.Array:
    """The Renyi divergence of an exponential family from its divergence.

    Both forms add terms of one sign. Of the derivative in alpha at 1 one has twice
    what it should be and the other nothing, so there the mean of both is taken.

    Args:
      gap: The divergence, of points that are affine in the natural parameters.
      p: The first point.
      q: The second point.
      diff: q - p.
      alpha: The order, a scalar.
      limit: The value at order infinity.
      inside: Whether a point is in the family; by default, if it is positive.
      event: How many trailing axes belong to one distribution.
    """
    inside = inside or functools.partial(_positive, event=event)
    low, high = sides(alpha)
    rest, far = 1.0 - low, high - 1.0
    # Up to 1: D(m, q) + alpha / (1 - alpha) D(m, p), m between p and q.
    middle = tuple(low * x + rest * y for x, y in zip(p, q, strict=True))
    # From 1 on: D(p, m) / (alpha - 1) + D(p, q), m on the far side of p.
    beyond = tuple(x - far * d for x, d in zip(p, diff, strict=True))
    here = inside(beyond)
    whole = here.reshape(here.shape + (1,) * event)
    safe = tuple(jnp.where(whole, b, x) for b, x in zip(beyond, p, strict=True))
    to_p, to_q, from_p, direct = _at_once(
        gap,
        (middle, p, _scaled(diff, -rest)),
        (middle, q, _scaled(diff, low)),
        (p, safe, _scaled(diff, -far)),
        (p, q, diff),
    )
    inner = to_q + low * numerics.over(to_p, rest)
    outer = jnp.where(here, numerics.over(from_p, far) + direct, jnp.inf)
    return joined(inner, outer, alpha, limit)


def joined(
    inner: jax.Array, outer: jax.Array, alpha: jax.Array, limit: jax.Array
) -> jax.Array:
    """A divergence from its forms for orders up to 1 and from 1, as `skew` has them."""
    value = jnp.where(alpha < 1, inner, outer)
    value = jnp.where(alpha == 1, 0.5 * (inner + outer), value)
    return at_ends(value, alpha, limit)


def at_ends(
    value: jax.Array,
    alpha: jax.Array,
    limit: jax.Array,
    none: jax.Array | float = 0.0,
) -> jax.Array:
    """A measure at the orders infinity and 0, and NaN where there is none."""
    value = jnp.where(alpha == 0, jnp.where(jnp.isnan(value), value, none), value)
    value = jnp.where(jnp.isposinf(alpha), limit, value)
    return jnp.where(alpha >= 0, value, jnp.nan)


def exponential_renyi(p: Point, q: Point, alpha: jax.Array) -> jax.Array:
    """Of exponential distributions, from their rates."""
    (rate_p,), (rate_q,) = p, q
    limit = jnp.where(rate_p < rate_q, jnp.inf, curves.log_ratio(rate_p, rate_q))
    return skew(exponential, p, q, (rate_q - rate_p,), alpha, limit)


def normal_renyi(p: Point, q: Point, alpha: jax.Array) -> jax.Array:
    """Of normal distributions, from means and standard deviations."""
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    spread = (scale_p - scale_q) / scale_q * ((scale_p + scale_q) / scale_q)
    shift = (loc_p - loc_q) / scale_q
    return spread_renyi((scale_p / scale_q) ** 2, spread, shift * shift, alpha)


def spread_renyi(
    square: jax.Array, spread: jax.Array, push: jax.Array, alpha: jax.Array
) -> jax.Array:
    """Of normal distributions: that of two exponentials, and the shift.

    Args:
      square: The variance of p over that of q.
      spread: `square - 1`.
      push: The squared distance of the means over the variance of q.
      alpha: The order, a scalar.
    """
    one, wider = jnp.ones_like(square), spread < 0
    room = jnp.where(wider, -spread, 1.0)
    limit = 0.5 * (push / room - jnp.log(jnp.where(wider, square, 1.0)))
    same = (spread == 0) & (push == 0)
    limit = jnp.where(wider, limit, jnp.where(same, 0.0, jnp.inf))
    scales = skew(exponential, (one,), (square,), (spread,), alpha, 2.0 * limit)
    # At order 0 a constant: its gradient is given as 0.
    finite = jnp.where(alpha == 0, 0.0, jnp.where(jnp.isposinf(alpha), 1.0, alpha))
    mixed = jnp.where(finite <= 1, finite + (1 - finite) * square, 0.0)
    mixed = jnp.where(finite <= 1, mixed, 1.0 + (1 - finite) * spread)
    mixed = jnp.where(mixed > 0, mixed, 1.0)
    shifted = jnp.where(jnp.isposinf(alpha), 0.0, finite * push / mixed)
    return 0.5 * (scales + shifted)


def poisson_renyi(rate_p: jax.Array, rate_q: jax.Array, alpha: jax.Array) -> jax.Array:
    """Of Poisson distributions, in the logarithm of the rate."""
    both = (rate_p > 0) & (rate_q > 0)
    p, q = jnp.where(both, rate_p, 1.0), jnp.where(both, rate_q, 1.0)
    u = curves.log_ratio(q, p)
    low, high = sides(alpha)
    rest = 1.0 - low
    to_p = numerics.over(curves.exp_gap(-rest * u), rest)
    inner = p * jnp.exp(rest * u) * (curves.exp_gap(low * u) + low * to_p)
    far = high - 1.0
    from_p = numerics.over(curves.exp_gap(-far * u), far)
    outer = p * (from_p + curves.exp_gap(u))
    value = jnp.where(alpha < 1, inner, outer)
    value = jnp.where(alpha == 1, 0.5 * (inner + outer), value)
    alone = jnp.where(alpha < 1, low * rate_p / jnp.where(rest > 0, rest, 1.0), jnp.inf)
    edge = jnp.where(rate_p > 0, alone, rate_q)
    limit = jnp.where(rate_p > rate_q, jnp.inf, rate_q - rate_p)
    edge = jnp.where(jnp.isnan(rate_p + rate_q), jnp.nan, edge)
    end = jnp.where((rate_p == 0) & (alpha == 0), rate_q, 0.0)
    return at_ends(jnp.where(both, value, edge), alpha, limit) + end


def normal_halfway(p: Point, q: Point) -> jax.Array:
    """Bhattacharyya's distance of normal distributions."""
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    size = jnp.maximum(scale_p, scale_q)
    x, y = scale_p / size, scale_q / size
    spread = (scale_p - scale_q) / size
    shift = (loc_p - loc_q) / size
    square = x * x + y * y
    # log((x^2 + y^2) / (2 x y)) / 2
    scales = 0.5 * numerics.log1p(0.5 * (spread / x) * (spread / y))
    return scales + 0.25 * (shift / square) * shift


def poisson_halfway(rate_p: jax.Array, rate_q: jax.Array) -> jax.Array:
    """Bhattacharyya's distance of Poisson distributions: of the roots of the rates."""
    both = (rate_p > 0) & (rate_q > 0)
    x, y = jnp.where(both, rate_p, 1.0), jnp.where(both, rate_q, 1.0)
    root = (x - y) / (jnp.sqrt(x) + jnp.sqrt(y))
    alone = jnp.where(rate_p == rate_q, 0.0, jnp.maximum(rate_p, rate_q))
    return 0.5 * jnp.where(both, root * root, alone)


def squared_hellinger(bhattacharyya: jax.Array) -> jax.Array:
    """The squared Hellinger distance from Bhattacharyya's."""
    return -curves.expm1(-bhattacharyya)


def hellinger(bhattacharyya: jax.Array) -> jax.Array:
    """The Hellinger distance from Bhattacharyya's."""
    return square_root(squared_hellinger(bhattacharyya))
