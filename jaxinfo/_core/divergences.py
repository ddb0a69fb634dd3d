"""Divergences that are a sum over outcomes: one set of formulas for tables and logits.

Each takes a `Pair`, which knows the two masses of an outcome and, more accurately than
they do, their difference. Tables get the difference by subtraction, logits from the
difference of the logits, joint tables from error-free products of their marginals.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxinfo._core import numerics
from jaxinfo._core.passes import mended, one_pass, with_slopes
from jaxinfo._core.rows import Rows

__all__ = [
    "CHI_SQUARED",
    "JENSEN_SHANNON",
    "KULLBACK_LEIBLER",
    "SQUARED_HELLINGER",
    "TOTAL_VARIATION",
    "Divergence",
    "Pair",
    "chi_squared_divergence",
    "js_divergence",
    "kl_divergence",
    "pair_of_tables",
    "squared_hellinger_distance",
    "total_variation_distance",
]

Slopes = tuple[jax.Array, jax.Array]


class Pair(NamedTuple):
    """The masses of one outcome under two distributions, and how they differ.

    Attributes:
      p: Mass under the first.
      q: Mass under the second.
      diff: q - p.
      t: (q - p) / (q + p), 0 where both masses are 0.
      relative: (q - p) / q, 0 where both masses are 0, -inf where only q is.
    """

    p: jax.Array
    q: jax.Array
    diff: jax.Array
    t: jax.Array
    relative: jax.Array


class Divergence(NamedTuple):
    """One divergence: its terms and their partial derivatives.

    Attributes:
      terms: The summand, homogeneous of degree one in (p, q), without selects.
      slopes: Its derivatives in p and in q, one-sided at 0.
      tilts: Twice the same as functions of log(q/p), finite and without selects, up to
        a constant: each may be counted from its value at a point of reference.
    """

    terms: Callable[[Pair], jax.Array]
    slopes: Callable[[Pair], Slopes]
    tilts: Callable[[jax.Array, jax.Array], Slopes]


def pair_of_tables(p: jax.Array, q: jax.Array, diff: jax.Array | None = None) -> Pair:
    """The pair of two table entries; `diff` if it is known better than by q - p."""
    diff = q - p if diff is None else diff
    total = p + q
    # Where both are 0 the smallest normal number divides instead: 0 / tiny is 0.
    tiny = numerics.tiny(p)
    t = diff / jnp.maximum(total, tiny)
    return Pair(p, q, diff, t, diff / (q + tiny * numerics.is_zero(total)))


def _kl_terms(pair: Pair) -> jax.Array:
    """P log(p/q) - p + q: summed it is KL, and no term is negative."""
    p, q, diff, t, _ = pair
    near = (p + q) * numerics.kl_curve(numerics.clip(t, numerics.HALF))
    # Where p is 0, q/p is made 2 and the factor p makes its logarithm 0.
    shift = jnp.maximum(q, numerics.tiny(p)) * numerics.is_zero(p)
    far = diff - p * jnp.log((q + shift) / (p + shift))
    return near + numerics.outside(t, numerics.HALF) * (far - near)


def _kl_slopes(pair: Pair) -> Slopes:
    p, q, diff, t, _ = pair
    in_q = jnp.where(q > 0, diff / jnp.where(q > 0, q, 1.0), 1.0)
    return (
        numerics.one_sided(p, -numerics.log_ratio(p, q, t)),
        jnp.where((q == 0) & (p > 0), 0.0, in_q),
    )


def _js_terms(pair: Pair) -> jax.Array:
    """Half of p log(p/m) + q log(q/m), m = (p+q)/2, as a function of p+q and t."""
    return 0.25 * (pair.p + pair.q) * numerics.js_curve(pair.t)


def _js_slopes(pair: Pair) -> Slopes:
    p, q, _, t, _ = pair

    def half_log_share(mass: jax.Array, other: jax.Array, t: jax.Array) -> jax.Array:
        # Half of log(2p / (p+q)), which is log(1 + t) where the two are close. Where
        # only this mass is 0 it is infinite and given as 0.
        near = jnp.abs(t) < numerics.HALF
        some = mass > 0
        share = jnp.where(some, 2.0 * mass, 1.0) / jnp.where(some, mass + other, 1.0)
        close = numerics.log1p(jnp.where(near, t, 0.0))
        value = 0.5 * jnp.where(near, close, jnp.log(share))
        proxy = 0.5 * (numerics.safe_log(mass) - numerics.safe_log(mass + other))
        return jnp.where(some, numerics.as_if(value, proxy), 0.0)

    return half_log_share(p, q, -t), half_log_share(q, p, t)


def _js_tilts(u: jax.Array, base: jax.Array) -> Slopes:
    # Log(2p / (p+q)) is log 2 - softplus(u).
    rise = numerics.softplus_rise
    return -rise(u, base), -rise(-u, -base)


def _tv_slopes(pair: Pair) -> Slopes:
    sign = 0.5 * jnp.sign(pair.diff)
    return -sign, sign


def _tv_tilts(u: jax.Array, _: jax.Array) -> Slopes:
    sign = jnp.sign(u)
    return -sign, sign


def _hellinger_root(pair: Pair) -> jax.Array:
    """sqrt(q) - sqrt(p), as (q - p) / (sqrt(p) + sqrt(q))."""
    floor = numerics.tiny(pair.p) ** 0.5
    return pair.diff / jnp.maximum(jnp.sqrt(pair.p) + jnp.sqrt(pair.q), floor)


def _hellinger_terms(pair: Pair) -> jax.Array:
    """Half the squared difference of the roots."""
    root = _hellinger_root(pair)
    return 0.5 * root * root


def _hellinger_slopes(pair: Pair) -> Slopes:
    def slope(mass: jax.Array, other: jax.Array, diff: jax.Array) -> jax.Array:
        ok = mass > 0
        root, mate = (jnp.sqrt(jnp.where(ok, x, 1.0)) for x in (mass, other))
        # At 0 the slope is -inf, given as 0, or 1/2 where the other mass is 0 too.
        return jnp.where(
            ok, 0.5 * diff / (root * (root + mate)), jnp.where(other > 0, 0.0, 0.5)
        )

    return (
        slope(pair.p, pair.q, -pair.diff),
        slope(pair.q, pair.p, pair.diff),
    )


def _hellinger_tilts(u: jax.Array, _: jax.Array) -> Slopes:
    # Where the bound is met, the mass that the tilt multiplies has underflowed to 0.
    half = numerics.clip(0.5 * u, -0.5 * math.log(numerics.tiny(u)))
    return -jnp.expm1(half), -jnp.expm1(-half)


def _chi_slopes(pair: Pair) -> Slopes:
    p, q, diff, _, _ = pair
    ok = q > 0
    divisor = jnp.where(ok, q, 1.0)
    relative, ratio = diff / divisor, jnp.where(ok, p, 1.0) / divisor
    return (
        jnp.where(ok, -2.0 * relative, jnp.where(p > 0, jnp.inf, 0.0)),
        jnp.where(ok, relative * (1.0 + ratio), jnp.where(p > 0, 0.0, 1.0)),
    )


def _unused(u: jax.Array, _: jax.Array) -> Slopes:
    raise AssertionError("this divergence of logits has slopes of its own")


KULLBACK_LEIBLER = Divergence(_kl_terms, _kl_slopes, _unused)
JENSEN_SHANNON = Divergence(_js_terms, _js_slopes, _js_tilts)
TOTAL_VARIATION = Divergence(
    lambda pair: 0.5 * jnp.abs(pair.diff), _tv_slopes, _tv_tilts
)
SQUARED_HELLINGER = Divergence(_hellinger_terms, _hellinger_slopes, _hellinger_tilts)
CHI_SQUARED = Divergence(lambda pair: pair.diff * pair.relative, _chi_slopes, _unused)


def _plain_kl(p: jax.Array, q: jax.Array) -> jax.Array:
    """P log(p/q) - p + q, from two logarithms."""
    tiny = numerics.tiny(p)
    log_q = jnp.log(q + tiny * numerics.is_zero(p))
    return (q - p) - p * (log_q - jnp.log(jnp.maximum(p, tiny)))


Plain = Callable[[jax.Array, jax.Array], jax.Array]


def _table_divergence(
    kind: Divergence, plain: Plain | None = None, close: float = 0.0
) -> Callable[..., jax.Array]:
    """The divergence of two tables, a function of `(rows, p, q)`.

    Args:
      kind: The divergence.
      plain: A cheaper summand, right to rounding where the result is not below `close`
        times the mass of p.
      close: Below this the accurate form is worth its time.
    """

    def value(rows: Rows, *tables: jax.Array) -> tuple[jax.Array, tuple]:
        def terms(*tables: jax.Array) -> jax.Array:
            return rows.sum(kind.terms(pair_of_tables(*rows.load(*tables))))

        cheap = plain
        if cheap is None:
            return one_pass(terms, *tables), ()
        mass = one_pass(lambda p: rows.sum(rows.load(p)[0]), tables[0])
        result = one_pass(lambda *pq: rows.sum(cheap(*rows.load(*pq))), *tables)
        exact = functools.partial(one_pass, terms, *tables, turn=2)
        return mended(result < close * mass, exact, result), ()

    def slopes(rows: Rows, _: jax.Array, __: tuple, *tables: jax.Array) -> Slopes:
        p, q = rows.load(*tables)
        some = p + q > 0
        t = jnp.where(some, q - p, 0.0) / jnp.where(some, p + q, 1.0)
        return kind.slopes(Pair(p, q, q - p, t, t))

    return with_slopes(value, slopes)


chi_squared_divergence = _table_divergence(CHI_SQUARED)
js_divergence = _table_divergence(JENSEN_SHANNON)
# Below a quarter of the mass the digits of the logarithms are not enough.
kl_divergence = _table_divergence(KULLBACK_LEIBLER, _plain_kl, 0.25)
squared_hellinger_distance = _table_divergence(SQUARED_HELLINGER)
total_variation_distance = _table_divergence(TOTAL_VARIATION)
