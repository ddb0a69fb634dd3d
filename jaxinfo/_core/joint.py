"""Joint tables: marginals without rounding error, and dependence without cancellation.

Every measure of dependence compares a table with the product of its marginals. Near
independence the two agree in nearly all digits, so the marginals are kept as a sum of
two numbers, the products likewise, and the difference is formed from all of them.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import doubles, numerics, tables
from jaxinfo._core.divergences import Pair
from jaxinfo._core.passes import one_pass, with_slopes
from jaxinfo._core.rows import AxisName, Rows

__all__ = [
    "NORMALIZATIONS",
    "Blocks",
    "conditional_entropy",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "pointwise",
    "variation_of_information",
]

Axes = tuple[int, ...]

NORMALIZATIONS = ("arithmetic", "geometric", "min", "max", "joint")


class Blocks(NamedTuple):
    """Which axes of a joint table hold which block of variables; static.

    Attributes:
      x: Axes of the first block.
      y: Axes of the second.
      z: Axes of the condition; may be empty.
      dtype: What to compute in.
      sharded: The axis of the table that is sharded, if any.
      axis_name: The mesh axis it is sharded over.
    """

    x: Axes
    y: Axes
    z: Axes
    dtype: str
    sharded: int | None = None
    axis_name: AxisName = None

    def rows(self, axes: Axes) -> Rows:
        """The rows whose outcomes lie along the axes given."""
        name = self.axis_name if self.sharded in axes else None
        return Rows(axes, self.dtype, name)

    def sum(self, terms: jax.Array) -> jax.Array:
        """Sum over every outcome of the joint table."""
        return self.rows(self.all).sum(terms)

    def drop(self, row: jax.Array) -> jax.Array:
        """Removes the axes of the variables, of length one after a reduction."""
        return lax.squeeze(row, self.all)

    @property
    def all(self) -> Axes:
        """The axes of every variable."""
        return (*self.x, *self.y, *self.z)


class Factors(NamedTuple):
    """The marginals whose product a table would be if the variables were independent.

    Attributes:
      x: The marginal of x and z.
      y: That of y and z over that of z.
      log_y: The logarithm of `y`, finite.
    """

    x: doubles.Factor
    y: doubles.Factor
    log_y: jax.Array


def _factors(blocks: Blocks, table: jax.Array) -> Factors:
    over_xy = blocks.rows((*blocks.x, *blocks.y))
    xz = doubles.marginal(blocks.rows(blocks.y), table)
    yz = doubles.marginal(blocks.rows(blocks.x), table)
    y = doubles.quotient(yz, doubles.marginal(over_xy, table))
    log_y = jnp.log(jnp.maximum(y.high, numerics.tiny(y.high)))
    return Factors(doubles.factor(xz), doubles.factor(y), log_y)


def _compare(p: jax.Array, f: Factors) -> Pair:
    """A table and what it would be if independent, with their exact difference."""
    high, low = doubles.product(f.x, f.y)
    diff = (high - p) + low
    t = diff / jnp.maximum(p + high, numerics.tiny(p))
    return Pair(p, high, diff, t, t)


def _far_log_ratio(p: jax.Array, f: Factors, shift: jax.Array) -> jax.Array:
    """`log(q/p)`, where it is far from 0; a `shift` above 0 makes it finite at p = 0.

    Quotients of likes instead of a product, which could underflow.
    """
    return jnp.log((f.x.high + f.x.low + shift) / (p + shift)) + f.log_y


# What the curve of the series is where its argument is clipped.
_ENDS = tuple((1 - t) * math.atanh(-t) + t for t in (-numerics.HALF, numerics.HALF))


def _divergence(
    blocks: Blocks, table: jax.Array, f: Factors, *, reverse: bool
) -> jax.Array:
    """Divergence of the table from the product, or the reverse.

    Two passes, for the terms near independence and for what the others add: XLA:CPU
    fuses about a hundred operations, and writes out what is left over.
    """
    rows = blocks.rows(blocks.all)
    sign = -1.0 if reverse else 1.0
    middle, slope = 0.5 * (_ENDS[1] + _ENDS[0]), 0.5 * sign * (_ENDS[1] - _ENDS[0])

    def near(p: jax.Array, f: Factors) -> jax.Array:
        p, q, _, t, _ = _compare(rows.load(p)[0], f)
        return rows.sum(
            (p + q) * numerics.kl_curve(sign * numerics.clip(t, numerics.HALF))
        )

    def more(p: jax.Array, f: Factors) -> jax.Array:
        p, q, diff, t, _ = _compare(rows.load(p)[0], f)
        none = numerics.is_zero(p)
        # Where p is 0 the ratio is made finite.
        shift = none * jnp.maximum(f.x.high, numerics.tiny(p))
        ratio = _far_log_ratio(p, f, shift)
        far = q * ratio - diff if reverse else diff - p * ratio
        clipped = (p + q) * (middle + slope * jnp.sign(t))
        terms = numerics.outside(t, numerics.HALF) * (far - clipped)
        if reverse:
            # From the marginals: their product may underflow where neither is 0.
            some = (1.0 - numerics.is_zero(f.x.high)) * (
                1.0 - numerics.is_zero(f.y.high)
            )
            terms -= jnp.log(1.0 - none * some)
        return rows.sum(terms)

    first = one_pass(near, table, f)
    return jnp.maximum(first + one_pass(more, table, f, turn=2), 0.0)


def _dependence_value(blocks: Blocks, table: jax.Array) -> tuple[jax.Array, Factors]:
    f = _factors(blocks, table)
    return _divergence(blocks, table, f, reverse=False), f


def _log_ratio(blocks: Blocks, table: jax.Array, f: Factors) -> jax.Array:
    """`log(q/p)`, a table; +inf where p is 0."""
    p = table.astype(blocks.dtype)
    fixed = lax.stop_gradient(p)
    _, _, _, t, _ = _compare(fixed, f)
    one = jnp.ones_like(t)
    near = numerics.log_ratio(one - t, one + t, numerics.clip(t, numerics.HALF))
    shift = jnp.where(fixed == 0, 1.0, 0.0)
    ratio = jnp.where(jnp.abs(t) < numerics.HALF, near, _far_log_ratio(fixed, f, shift))
    ratio = jnp.where(fixed == 0, jnp.inf, ratio)
    x, y, xy = blocks.x, blocks.y, (*blocks.x, *blocks.y)
    margins = [numerics.safe_log(blocks.rows(axes).sum(p)) for axes in (y, x, xy)]
    proxy = margins[0] + margins[1] - margins[2] - numerics.safe_log(p)
    # An impossible cell stays impossible, whatever its neighbors do.
    return numerics.as_if(ratio, jnp.where(fixed == 0, 0.0, proxy))


def _dependence_slopes(
    blocks: Blocks, _: jax.Array, f: Factors, table: jax.Array
) -> tuple[jax.Array]:
    return (numerics.one_sided(table, -_log_ratio(blocks, table, f)),)


# Conditional mutual information of the blocks x and y given z, as the divergence of the
# table from p(x,z) p(y,z) / p(z). With z empty it is the mutual information. The two
# have the same mass, so that the result is that of the normalized table times its mass.
_dependence = with_slopes(_dependence_value, _dependence_slopes)


def pointwise(blocks: Blocks, table: jax.Array) -> jax.Array:
    """`log p(x,y) / (p(x) p(y))`, a table; -inf where p is 0."""
    return -_log_ratio(blocks, table, _factors(blocks, lax.stop_gradient(table)))


def _lautum_value(blocks: Blocks, table: jax.Array) -> tuple[jax.Array, Factors]:
    f = _factors(blocks, table)
    return _divergence(blocks, table, f, reverse=True), f


def _lautum_slopes(
    blocks: Blocks, result: jax.Array, f: Factors, table: jax.Array
) -> tuple[jax.Array]:
    ratio = _log_ratio(blocks, table, f)
    p = table.astype(blocks.dtype)
    over_y, over_x = blocks.rows(blocks.y), blocks.rows(blocks.x)
    px, py = over_y.sum(p), over_x.sum(p)
    mass = over_x.sum(px)

    def mean(rows: Rows, weight: jax.Array) -> jax.Array:
        ok = jnp.broadcast_to(weight > 0, ratio.shape)
        return rows.sum(jnp.where(ok, weight * jnp.where(ok, ratio, 0.0), 0.0))

    by_x, by_y = mean(over_y, py) / mass, mean(over_x, px) / mass
    both = mean(blocks.rows(blocks.all), px * py / mass) / mass
    divisor = jnp.where(p > 0, p, 1.0)
    excess = -_compare(lax.stop_gradient(p), f).diff / divisor
    excess = numerics.as_if(excess, 1.0 - px * py / mass / divisor)
    slope = by_x + by_y - jnp.where(jnp.isinf(both), 0.0, both) + excess
    return (jnp.where((p > 0) & jnp.isfinite(result), slope, 0.0),)


# The divergence of p(x) p(y) from the table: mutual information the other way round.
_lautum = with_slopes(_lautum_value, _lautum_slopes)


def _conditional_value(
    blocks: Blocks, table: jax.Array
) -> tuple[jax.Array, doubles.Double]:
    """H(Y|X), with p(x) / p(x,y) - 1 summed rather than subtracted.

    Where y follows from x almost surely, p(x) and the largest p(x,y) agree in all their
    digits, and the entropy is in the sum of the others.
    """
    over_y = blocks.rows(blocks.y)
    top = one_pass(lambda p: over_y.max(over_y.load(p)[0]), table)
    top = jnp.maximum(top, 0.0)

    # Not p == top: a compiler that computes p anew in this pass may round it otherwise.
    almost = 1.0 - 2.0 * float(jnp.finfo(blocks.dtype).eps)

    def ties(p: jax.Array, top: jax.Array) -> jax.Array:
        return over_y.sum(numerics.is_zero(top * almost - over_y.load(p)[0]))

    def others(p: jax.Array, top: jax.Array) -> jax.Array:
        (p,) = over_y.load(p)
        return over_y.sum(p * (1.0 - numerics.is_zero(top * almost - p)))

    count = one_pass(ties, table, top)
    rest = one_pass(others, table, top, turn=2) + (count - 1.0) * top
    rows = blocks.rows((*blocks.x, *blocks.y))

    def odds(p: jax.Array, top: jax.Array, rest: jax.Array) -> jax.Array:
        others = rest + jnp.maximum(top - p, 0.0)
        return others / jnp.maximum(p, numerics.tiny(p))

    def terms(p: jax.Array, top: jax.Array, rest: jax.Array) -> jax.Array:
        (p,) = rows.load(p)
        return rows.sum(p * jnp.log1p(odds(p, top, rest)))

    return one_pass(terms, table, top, rest), doubles.Double(top, rest)


def _conditional_slopes(
    blocks: Blocks, _: jax.Array, kept: doubles.Double, table: jax.Array
) -> tuple[jax.Array]:
    p = table.astype(blocks.dtype)
    fixed = lax.stop_gradient(p)
    odds = (kept.low + (kept.high - fixed)) / jnp.where(fixed > 0, fixed, 1.0)
    slope = jnp.log1p(jnp.where(fixed > 0, odds, 0.0))
    proxy = numerics.safe_log(blocks.rows(blocks.y).sum(p)) - numerics.safe_log(p)
    return (numerics.as_if(slope, proxy),)


# The entropy of the block y given x.
_conditional = with_slopes(_conditional_value, _conditional_slopes)


def mutual_information(blocks: Blocks, table: jax.Array) -> jax.Array:
    """I(X;Y), or I(X;Y|Z) if there are axes of Z."""
    return blocks.drop(_dependence(blocks, table))


def lautum_information(blocks: Blocks, table: jax.Array) -> jax.Array:
    """D(p(x) p(y) || p(x,y))."""
    return blocks.drop(_lautum(blocks, table))


def conditional_entropy(blocks: Blocks, table: jax.Array) -> jax.Array:
    """H(Y|X)."""
    return blocks.drop(_conditional(blocks, table))


def variation_of_information(blocks: Blocks, table: jax.Array) -> jax.Array:
    """H(Y|X) + H(X|Y): two sums of terms that are not negative."""
    # Cast first: both gradients are added before they are rounded.
    table = table.astype(blocks.dtype)
    swapped = blocks._replace(x=blocks.y, y=blocks.x)
    return blocks.drop(_conditional(blocks, table) + _conditional(swapped, table))


@jax.custom_jvp
def _share(part: jax.Array, whole: jax.Array) -> jax.Array:
    """Quotient, differentiated without a square that could underflow."""
    return part / whole


@_share.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    share = _share(*primals)
    return share, (tangents[0] - share * tangents[1]) / primals[1]


def normalized_mutual_information(
    blocks: Blocks, table: jax.Array, normalization: str
) -> jax.Array:
    """I(X;Y) over a mean of the entropies; 1 if both are 0, 0 if only one is.

    A table without mass has value 0.
    """
    # Cast first: gradients of the parts are added before they are rounded.
    table = table.astype(blocks.dtype)

    def entropy_of(variables: Axes, others: Axes) -> jax.Array:
        marginal = blocks.rows(others).sum(table.astype(blocks.dtype))
        raw = tables.entropy(blocks.rows(variables), marginal)
        # Given nothing, which is accurate also where the variable is nearly constant.
        # It is that of a table of mass one: right if the mass is one but for rounding.
        given_nothing = blocks._replace(x=(), y=variables, z=())
        mass = blocks.rows(variables).sum(lax.stop_gradient(marginal))
        whole = jnp.abs(mass - 1.0) < jnp.finfo(mass.dtype).eps ** 0.5
        value = jnp.where(whole, _conditional(given_nothing, marginal), raw)
        return numerics.as_if(value, raw)

    hx, hy = entropy_of(blocks.x, blocks.y), entropy_of(blocks.y, blocks.x)
    if normalization == "arithmetic":
        scale = 0.5 * (hx + hy)
    elif normalization == "geometric":
        scale = tables.square_root(hx) * tables.square_root(hy)
    elif normalization == "min":
        scale = jnp.minimum(hx, hy)
    elif normalization == "max":
        scale = jnp.maximum(hx, hy)
    else:
        scale = entropy_of(blocks.all, ())
    ok = scale != 0
    ratio = _share(_dependence(blocks, table), jnp.where(ok, scale, 1.0))
    some = lax.stop_gradient(blocks.sum(table.astype(blocks.dtype))) > 0
    constant = jnp.where((hx == 0) & (hy == 0) & some, 1.0, 0.0)
    return blocks.drop(jnp.where(ok, ratio, constant))
