"""Entropies and divergences of logits, from row statistics."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.blocks import by_blocks
from jaxinfo._core.divergences import (
    JENSEN_SHANNON,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
    Divergence,
    Pair,
    Slopes,
)
from jaxinfo._core.passes import mended, one_pass, settled, with_slopes
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import (
    Contrast,
    Stats,
    at_top,
    centered,
    contrast,
    depth,
    fallen,
    gap,
    log_probabilities,
    log_ratio,
    masses,
    mean,
    probabilities,
    stats,
)

__all__ = [
    "at_infinity",
    "bhattacharyya_distance",
    "chi_squared_divergence",
    "cross_entropy",
    "entropy",
    "js_divergence",
    "kl_divergence",
    "lean",
    "min_entropy",
    "squared_hellinger_distance",
    "total_variation_distance",
]

Summand = Callable[[jax.Array, jax.Array, jax.Array], jax.Array]
Both = tuple[Stats, Stats]
Result = tuple[jax.Array, Both]

# Below this KL the mean difference of two logits loses digits to what is taken from it.
_CLOSE = 0.5
# Below this JS its terms, each right to a rounding, lose digits in the sum.
_CLOSE_JS = 0.1


def _both(rows: Rows, x: jax.Array, y: jax.Array) -> Both:
    return stats(rows, x), stats(rows, y)


def _mean_depth(
    rows: Rows, x: jax.Array, y: jax.Array, sx: Stats, sy: Stats
) -> jax.Array:
    """How far y lies below its maximum, in expectation under the softmax of x."""

    def terms(x: jax.Array, y: jax.Array, sx: Stats, sy: Stats) -> jax.Array:
        x, y = rows.load(x, y)
        return rows.sum(masses(x, sx) * depth(y, sy))

    return one_pass(terms, x, y, sx, sy) / sx.total


def _depth(rows: Rows) -> Callable[[jax.Array, Stats], jax.Array]:
    """How far a logit lies below the maximum of its row."""
    return lambda x, s: depth(rows.load(x)[0], s)


def _own_depth(rows: Rows, x: jax.Array, s: Stats) -> jax.Array:
    """How far x lies below its maximum, in expectation under its own softmax."""

    def terms(x: jax.Array, s: Stats) -> jax.Array:
        fall = fallen(rows.load(x)[0], s)
        return rows.sum(jnp.exp(-fall) * fall)

    return jnp.maximum(one_pass(terms, x, s) / s.total, 0.0)


def _entropy_value(
    rows: Rows, x: jax.Array
) -> tuple[jax.Array, tuple[Stats, jax.Array]]:
    s = stats(rows, x)
    mean = _own_depth(rows, x, s)
    return s.log_total + mean, (s, mean)


def _entropy_slopes(
    rows: Rows, _: jax.Array, kept: tuple[Stats, jax.Array], x: jax.Array
) -> tuple[jax.Array]:
    s, mean = kept
    return (centered(rows, _depth(rows), x, s, s, mean=mean),)


entropy = with_slopes(_entropy_value, _entropy_slopes)


def _min_entropy_value(rows: Rows, x: jax.Array) -> tuple[jax.Array, Stats]:
    s = stats(rows, x)
    return s.log_total, s


def _min_entropy_slopes(
    rows: Rows, _: jax.Array, s: Stats, x: jax.Array
) -> tuple[jax.Array]:
    highest = (rows.load(x)[0] >= s.top).astype(rows.dtype)
    ties = jnp.maximum(rows.sum(highest), 1.0)
    # At a maximum that stands alone the slope is p - 1, which is -tail / total.
    alone = (highest == 1) & (ties == 1)
    p = probabilities(rows, x, s)
    return (numerics.as_if(jnp.where(alone, -s.tail / s.total, p - highest / ties), p),)


# The log-sum-exp less the maximum: minus the logarithm of the largest probability.
min_entropy = with_slopes(_min_entropy_value, _min_entropy_slopes)


def _support(rows: Rows, x: jax.Array, y: jax.Array) -> jax.Array:
    """0 where q has every outcome of p, 1 where it lacks some, 2 where it lacks all.

    Two more passes if an outcome is absent from q anywhere, else one.
    """
    lowest = one_pass(lambda y: rows.min(rows.load(y)[0]), y)
    none = rows.zeros(x, y)
    gaps = jnp.broadcast_to(jnp.isneginf(lowest), none.shape)

    def lacking(x: jax.Array, y: jax.Array) -> jax.Array:
        x, y = rows.load(x, y)
        return rows.max(numerics.present(x) * (1.0 - numerics.present(y)))

    def shared(x: jax.Array, y: jax.Array) -> jax.Array:
        x, y = rows.load(x, y)
        return rows.max(numerics.present(x) * numerics.present(y))

    def exact() -> jax.Array:
        lacks = jnp.maximum(one_pass(lacking, x, y), 0.0)
        return lacks * (2.0 - one_pass(shared, x, y, turn=2))

    return mended(gaps, exact, none)


def at_infinity(rows: Rows, x: jax.Array, y: jax.Array, slope: jax.Array) -> jax.Array:
    """The slope in x, or its limit in the rows where q lacks an outcome of p.

    As the last mass of q there vanishes, moving p towards what q lacks costs infinitely
    much and moving it away gains infinitely much. If p lies outside q altogether there
    is nowhere to move.
    """
    support = _support(rows, x, y)
    x, y = rows.load(x, y)
    limit = jnp.where(jnp.isneginf(y), jnp.inf, -jnp.inf)
    limit = jnp.where(jnp.isneginf(x) | (support == 2), 0.0, limit)
    return jnp.where(support > 0, limit, slope)


def _difference(rows: Rows, x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
    """Q - p, or 0 where p has no outcome: then there is nothing to encode."""
    p, q = probabilities(rows, x, c.x), probabilities(rows, y, c.y)
    u = log_ratio(rows, x, y, c)
    near = jnp.abs(u) < 1.0
    small = jnp.where(near, u, 0.0)
    close = p * (small + numerics.exp_excess(small))
    slope = numerics.as_if(jnp.where(near, close, q - p), q - p)
    return jnp.where(c.x.empty, 0.0, slope)


def _of_outcomes(
    rows: Rows, x: jax.Array, y: jax.Array, sx: Stats, value: jax.Array
) -> jax.Array:
    """The value, infinite where q lacks an outcome of p, 0 where p has none."""
    value = jnp.where(_support(rows, x, y) > 0, jnp.inf, value)
    return jnp.where(sx.empty, 0.0, value)


def _cross_entropy_value(
    rows: Rows, x: jax.Array, y: jax.Array
) -> tuple[jax.Array, tuple[Both, jax.Array]]:
    sx, sy = _both(rows, x, y)
    mean = _mean_depth(rows, x, y, sx, sy)
    result = _of_outcomes(rows, x, y, sx, sy.log_total + mean)
    return result, ((sx, sy), mean)


def _cross_entropy_slopes(
    rows: Rows,
    result: jax.Array,
    kept: tuple[Both, jax.Array],
    x: jax.Array,
    y: jax.Array,
) -> Slopes:
    (sx, sy), mean = kept
    entropy = sx.log_total + _own_depth(rows, *lax.stop_gradient((x, sx)))
    c = contrast(rows, x, y, sx, sy, near=result - entropy < _CLOSE)
    fall = _depth(rows)
    slope = centered(rows, lambda _, y, s: fall(y, s), x, sx, y, sy, mean=mean)
    return at_infinity(rows, x, y, slope), _difference(rows, x, y, c)


cross_entropy = with_slopes(_cross_entropy_value, _cross_entropy_slopes)


def _kl_value(rows: Rows, x: jax.Array, y: jax.Array) -> Result:
    sx, sy = _both(rows, x, y)

    def plain(x: jax.Array, y: jax.Array, sx: Stats, sy: Stats) -> jax.Array:
        x, y = rows.load(x, y)
        fall = fallen(x, sx)
        return rows.sum(jnp.exp(-fall) * (depth(y, sy) - fall))

    result = one_pass(plain, x, y, sx, sy) / sx.total + jnp.log(sy.total / sx.total)

    def exact() -> jax.Array:
        return _sum_of_pairs(rows, _kl_close, x, y, contrast(rows, x, y, sx, sy))

    result = mended(result < _CLOSE, exact, result)
    return _of_outcomes(rows, x, y, sx, result), (sx, sy)


def _sum_of_pairs(
    rows: Rows, summand: Summand, x: jax.Array, y: jax.Array, c: Contrast
) -> jax.Array:
    """The sum of `summand(p, q, log q/p)`, homogeneous in the two masses p and q."""

    def terms(
        x: jax.Array, y: jax.Array, c: Contrast, ratio: jax.Array, lift: jax.Array
    ) -> jax.Array:
        x, y = rows.load(x, y)
        p, q = masses(x, c.x), masses(y, c.y) * ratio
        return rows.sum(summand(p, q, gap(x, y, c) - lift))

    # Multiples of p and q: in a long pass every operation counts.
    ratio, lift = settled(c.x.total / c.y.total), settled(c.lift)
    return one_pass(terms, x, y, c, ratio, lift) / c.x.total


def _kl_close(p: jax.Array, q: jax.Array, u: jax.Array) -> jax.Array:
    """P (e^u - 1 - u), never negative: its sum is KL.

    The sum is of second order in an error that all u have in common.
    """
    close = numerics.exp_excess(numerics.clip(u, 1.0))
    far = q - p * (1.0 + u + close)
    return p * close + numerics.outside(u, 1.0) * far


def _kl_slopes(
    rows: Rows, result: jax.Array, both: Both, x: jax.Array, y: jax.Array
) -> Slopes:
    c = contrast(rows, x, y, *both, near=result < _CLOSE)

    # The shift of log q/p is the same for all outcomes: the slope does without it.
    def excess(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
        x, y = rows.load(x, y)
        return c.rest - gap(x, y, c)

    mean = jnp.where(jnp.isinf(result), 0.0, result - c.shift)
    slope = centered(rows, excess, x, c.x, y, c, mean=mean)
    return at_infinity(rows, x, y, slope), _difference(rows, x, y, c)


kl_divergence = with_slopes(_kl_value, _kl_slopes)


def _chi_value(rows: Rows, x: jax.Array, y: jax.Array) -> Result:
    both = _both(rows, x, y)
    c = contrast(rows, x, y, *both)

    def terms(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
        x, y = rows.load(x, y)
        log_p = log_probabilities(rows, x, c.x)
        p = masses(x, c.x) / c.x.total
        q = masses(y, c.y) / c.y.total
        u = (gap(x, y, c) - c.rest) - c.shift
        near = numerics.clip(u, 1.0)
        # Not expm1(u) times -expm1(-u): in sums of XLA:CPU (jaxlib 0.10.2) expm1, and
        # log1p, of u and of -u are taken for one and the same.
        rise = jnp.expm1(near)
        close = p * rise * rise * jnp.exp(-near)
        # p^2/q from logarithms: neither p^2 nor 1/q has to be a number.
        far = jnp.exp(log_p - u) - 2.0 * p + q
        return rows.sum(close + numerics.outside(u, 1.0) * (far - close))

    return one_pass(terms, x, y, c), both


def lean(
    rows: Rows, x: jax.Array, s: Stats, p: jax.Array, slope: jax.Array
) -> jax.Array:
    """A slope in log p made one in the logits: less p times its sum.

    At an outcome that has nearly all the mass that is what the others leave it.
    """
    top = s.sharp * at_top(rows.load(x)[0], s)
    rest = rows.sum((1.0 - top) * slope)
    others = -jnp.expm1(log_probabilities(rows, x, s))
    alone = slope * others - p * rest
    return jnp.where(top > 0, alone, slope - p * rows.sum(slope))


def _chi_slopes(
    rows: Rows, _: jax.Array, both: Both, x: jax.Array, y: jax.Array
) -> Slopes:
    c = contrast(rows, x, y, *both)
    p, q = probabilities(rows, x, c.x), probabilities(rows, y, c.y)
    u = log_ratio(rows, x, y, c)
    log_p = log_probabilities(rows, x, c.x)
    square = jnp.minimum(jnp.exp(log_p - u), numerics.largest(p))  # p^2/q
    near = jnp.abs(u) < 1
    falls = jnp.expm1(-jnp.where(near, u, 0.0))  # p/q - 1
    in_log_p = 2.0 * jnp.where(near, p * falls, square - p)
    in_log_q = jnp.where(near, -q * falls * (2.0 + falls), q - square)
    in_x = lean(rows, x, c.x, p, in_log_p)
    in_y = lean(rows, y, c.y, q, in_log_q)
    return at_infinity(rows, x, y, in_x), -at_infinity(rows, x, y, -in_y)


chi_squared_divergence = with_slopes(_chi_value, by_blocks(_chi_slopes, fill=8))


Plain = Callable[[jax.Array, jax.Array, jax.Array, jax.Array], jax.Array]


def _divergence(
    kind: Divergence, plain: Plain | None = None, close: float = math.inf
) -> Callable[..., jax.Array]:
    """The divergence of two sets of logits, a function of `(rows, x, y)`.

    Args:
      kind: The divergence.
      plain: A cheaper summand, a function of p, q and their logarithms, all up to a
        common factor: right to rounding where the result is not below `close`.
      close: Below this the accurate form is worth its time.
    """

    def value(rows: Rows, x: jax.Array, y: jax.Array) -> Result:
        sx, sy = both = _both(rows, x, y)

        def exact() -> jax.Array:
            return _sum_of_pairs(rows, terms, x, y, contrast(rows, x, y, *both))

        def terms(p: jax.Array, q: jax.Array, u: jax.Array) -> jax.Array:
            t = jnp.tanh(0.5 * u)
            return kind.terms(Pair(p, q, (p + q) * t, t, -jnp.expm1(-u)))

        cheap = plain
        if cheap is None:
            return exact(), both

        # Both summands are homogeneous: of multiples of p and q, as much larger.
        def simple(
            x: jax.Array, y: jax.Array, sx: Stats, sy: Stats, rise: jax.Array
        ) -> jax.Array:
            x, y = rows.load(x, y)
            log_p, log_q = -fallen(x, sx), -fallen(y, sy) - rise
            return rows.sum(cheap(jnp.exp(log_p), jnp.exp(log_q), log_p, log_q))

        rise = jnp.log(sy.total / sx.total)
        result = one_pass(simple, x, y, sx, sy, rise) / sx.total
        return mended(result < close, exact, result), both

    def slopes(
        rows: Rows, result: jax.Array, both: Both, x: jax.Array, y: jax.Array
    ) -> Slopes:
        near = None if plain is None else result < close
        c = contrast(rows, x, y, *both, near=near)

        def ratio(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
            return log_ratio(rows, x, y, c)

        def in_p(x: jax.Array, y: jax.Array, c: Contrast, base: jax.Array):
            return kind.tilts(ratio(x, y, c), base)[0]

        def in_q(y: jax.Array, x: jax.Array, c: Contrast, base: jax.Array):
            return kind.tilts(ratio(x, y, c), base)[1]

        base = mean(rows, ratio, x, c.x, y, c)
        other = mean(rows, lambda y, x, c: ratio(x, y, c), y, c.y, x, c)
        return (
            0.5 * centered(rows, in_p, x, c.x, y, c, base),
            0.5 * centered(rows, in_q, y, c.y, x, c, other),
        )

    return with_slopes(value, slopes)


def _plain_js(
    p: jax.Array, q: jax.Array, log_p: jax.Array, log_q: jax.Array
) -> jax.Array:
    """Half of p log(p/m) + q log(q/m), m = (p+q)/2."""
    middle = jnp.log(jnp.maximum(0.5 * (p + q), numerics.tiny(p)))
    return 0.5 * (p * (log_p - middle) + q * (log_q - middle))


js_divergence = _divergence(JENSEN_SHANNON, _plain_js, _CLOSE_JS)
squared_hellinger_distance = _divergence(SQUARED_HELLINGER)
total_variation_distance = _divergence(TOTAL_VARIATION)


def _bhattacharyya_value(rows: Rows, x: jax.Array, y: jax.Array) -> Result:
    sx, sy = both = _both(rows, x, y)

    def middle(x: jax.Array, y: jax.Array, sx: Stats, sy: Stats) -> jax.Array:
        x, y = rows.load(x, y)
        return 0.5 * ((x - sx.top) + (y - sy.top))

    def far() -> jax.Array:
        # From the log-sum-exp of the mean logits: the coefficient itself may underflow.
        top = one_pass(lambda *a: rows.max(middle(*a)), x, y, sx, sy)
        shift = jnp.where(jnp.isneginf(top), 0.0, top)

        def terms(shift: jax.Array, *a: Any) -> jax.Array:
            return rows.sum(jnp.exp(middle(*a) - shift))

        total = one_pass(terms, shift, x, y, sx, sy)
        return 0.5 * (sx.log_total + sy.log_total) - (top + jnp.log(total))

    squared = squared_hellinger_distance(rows, x, y)
    near = -jnp.log1p(-jnp.minimum(squared, 0.5))
    return mended(squared > 0.5, far, near), both


def _bhattacharyya_slopes(
    rows: Rows, result: jax.Array, both: Both, x: jax.Array, y: jax.Array
) -> Slopes:
    """Half of p - r and of q - r, where r is sqrt(p q) over the coefficient."""
    c = contrast(rows, x, y, *both)
    p, q = probabilities(rows, x, c.x), probabilities(rows, y, c.y)
    u = log_ratio(rows, x, y, c)
    finite = jnp.where(jnp.isinf(result), 0.0, result)
    log_p, log_q = log_probabilities(rows, x, c.x), log_probabilities(rows, y, c.y)
    r = jnp.exp(0.5 * (log_p + log_q) + finite)  # sqrt(p q) over the coefficient
    near = (jnp.abs(u) < 1) & (finite < 1)
    half = 0.5 * jnp.where(near, u, 0.0)
    finite = jnp.where(near, finite, 0.0)
    infinite = jnp.isinf(result)
    in_x = jnp.where(near, -p * jnp.expm1(finite + half), p - r)
    in_y = jnp.where(near, -q * jnp.expm1(finite - half), q - r)
    return jnp.where(infinite, 0.0, 0.5 * in_x), jnp.where(infinite, 0.0, 0.5 * in_y)


bhattacharyya_distance = with_slopes(_bhattacharyya_value, _bhattacharyya_slopes)
