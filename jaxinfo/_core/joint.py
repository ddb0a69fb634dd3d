"""Joint tables: marginals without rounding error, and dependence without cancellation.

Every measure of dependence compares a table with the product of its marginals. Near
independence the two agree in nearly all digits, so the marginals are kept as a sum of
two numbers, the products likewise, and the difference is formed from all of them.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics, tables
from jaxinfo._core.passes import as_if, one_pass, with_slopes
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


class Double(NamedTuple):
    """A number as the unrounded sum of two."""

    high: jax.Array
    low: jax.Array


def _marginal(rows: Rows, table: jax.Array) -> Double:
    """The marginal of a table, with the error of the first sum as a second one.

    Adding and subtracting a power of two above twice the total cuts the entries to
    multiples of one unit, which add up without error; the remainders are tiny.
    """
    if not rows.axes:
        return Double(table.astype(rows.dtype), jnp.zeros(table.shape, rows.dtype))
    total = one_pass(lambda p: rows.sum(rows.load(p)[0]), table)
    _, exponent = jnp.frexp(total)
    unit = jnp.ldexp(jnp.ones_like(total), exponent + 1)

    def high(p: jax.Array, unit: jax.Array) -> jax.Array:
        return rows.sum((rows.load(p)[0] + unit) - unit)

    def low(p: jax.Array, unit: jax.Array) -> jax.Array:
        (p,) = rows.load(p)
        return rows.sum(p - ((p + unit) - unit))

    top = one_pass(high, table, unit)
    rest = one_pass(low, table, unit, after=top)
    both = top + rest
    return Double(both, rest - (both - top))


def _split(a: jax.Array) -> Double:
    """Two halves of the digits, so that products of halves are exact (Veltkamp)."""
    digits = (jnp.finfo(a.dtype).nmant + 2) // 2
    scaled = a * float(2**digits + 1)
    high = scaled - (scaled - a)
    return Double(high, a - high)


def _product(a: jax.Array, b: jax.Array) -> Double:
    """The product of two numbers and its rounding error (Dekker).

    Built from products of halves alone, which are exact: a compiler that fuses a
    multiplication with an addition changes nothing.
    """
    (ah, al), (bh, bl) = _split(a), _split(b)
    high = ah * bh + (ah * bl + al * bh)
    error = ((ah * bh - high) + ah * bl) + al * bh
    return Double(high, error + al * bl)


class _Product(NamedTuple):
    """A table, the product of marginals that it would be if independent, and more."""

    p: jax.Array
    q: jax.Array
    diff: jax.Array
    t: jax.Array
    far: jax.Array  # log(q/p) where that is far from 0; finite where p is 0


def _compare(table: jax.Array, xz: Double, yz: Double, z: Double) -> _Product:
    """Compares p(x,y,z) with p(x,z) p(y,z) / p(z)."""
    tiny = numerics.tiny(table)
    high, low = _product(xz.high, yz.high)
    base, base_low = _product(table, z.high)
    rest = (xz.high * yz.low + xz.low * yz.high) - table * z.low
    given = jnp.maximum(z.high, tiny)
    diff = ((high - base) + ((low - base_low) + rest)) / given
    q = high / given
    t = diff / jnp.maximum(table + q, tiny)
    # Two quotients of likes instead of one of products, which could underflow.
    shift = tiny * numerics.is_zero(table)
    far = jnp.log((xz.high + shift) / (table + shift)) + jnp.log(
        jnp.maximum(yz.high / given, tiny)
    )
    return _Product(table, q, diff, t, far)


def _compared(blocks: Blocks, table: jax.Array) -> tuple[Double, Double, Double]:
    return (
        _marginal(blocks.rows(blocks.y), table),
        _marginal(blocks.rows(blocks.x), table),
        _marginal(blocks.rows((*blocks.x, *blocks.y)), table),
    )


def _dependence_value(blocks: Blocks, table: jax.Array) -> tuple[jax.Array, tuple]:
    kept = _compared(blocks, table)
    rows = blocks.rows(blocks.all)

    def terms(table: jax.Array, *kept: Double) -> jax.Array:
        p, q, diff, t, far = _compare(rows.load(table)[0], *kept)
        near = (p + q) * numerics.kl_curve(numerics.clip(t, numerics.HALF))
        weight = numerics.outside(t, numerics.HALF)
        return rows.sum(near + weight * (diff - p * far - near))

    return jnp.maximum(one_pass(terms, table, *kept), 0.0), kept


def _log(x: jax.Array) -> jax.Array:
    """The logarithm, 0 and flat where x is 0: for derivatives alone."""
    return jnp.log(jnp.where(x > 0, x, 1.0))


def _log_ratio(blocks: Blocks, table: jax.Array, product: _Product) -> jax.Array:
    """`log(q/p)`, a table; +inf where p is 0."""
    p, _, _, t, far = product
    one = jnp.ones_like(t)
    near = numerics.log_ratio(one - t, one + t, numerics.clip(t, numerics.HALF))
    ratio = jnp.where(jnp.abs(t) < numerics.HALF, near, far)
    ratio = jnp.where(p > 0, ratio, jnp.inf)
    table = table.astype(blocks.dtype)
    x, y, xy = blocks.x, blocks.y, (*blocks.x, *blocks.y)
    over_y, over_x, over_xy = (
        _log(blocks.rows(axes).sum(table)) for axes in (y, x, xy)
    )
    return as_if(lax.stop_gradient(ratio), over_y + over_x - over_xy - _log(table))


def _dependence_slopes(
    blocks: Blocks, _: jax.Array, kept: tuple, table: jax.Array
) -> tuple[jax.Array]:
    product = _compare(lax.stop_gradient(table.astype(blocks.dtype)), *kept)
    ratio = _log_ratio(blocks, table, product)
    return (numerics.one_sided(table, -ratio),)


# Conditional mutual information of the blocks x and y given z, as the divergence of the
# table from p(x,z) p(y,z) / p(z). With z empty it is the mutual information. The two
# have the same mass, so that the result is that of the normalized table times its mass.
_dependence = with_slopes(_dependence_value, _dependence_slopes)


def pointwise(blocks: Blocks, table: jax.Array) -> jax.Array:
    """`log p(x,y) / (p(x) p(y))`, a table; -inf, with slope 0, where p is 0."""
    kept = _compared(blocks, lax.stop_gradient(table))
    product = _compare(lax.stop_gradient(table.astype(blocks.dtype)), *kept)
    return -_log_ratio(blocks, table, product)


def _lautum_value(blocks: Blocks, table: jax.Array) -> tuple[jax.Array, tuple]:
    kept = _compared(blocks, table)
    rows = blocks.rows(blocks.all)

    def terms(table: jax.Array, xz: Double, yz: Double, z: Double) -> jax.Array:
        p, q, diff, t, _ = _compare(rows.load(table)[0], xz, yz, z)
        near = (p + q) * numerics.kl_curve(numerics.clip(-t, numerics.HALF))
        # Infinite where p alone is 0, finite where both are.
        tiny = numerics.tiny(p)
        shift = tiny * numerics.is_zero(q)
        far = jnp.log((xz.high + shift) / (p + shift))
        far += jnp.log(jnp.maximum(yz.high / jnp.maximum(z.high, tiny), tiny))
        weight = numerics.outside(t, numerics.HALF)
        return rows.sum(near + weight * (q * far - diff - near))

    return jnp.maximum(one_pass(terms, table, *kept), 0.0), kept


def _lautum_slopes(
    blocks: Blocks, result: jax.Array, kept: tuple, table: jax.Array
) -> tuple[jax.Array]:
    product = _compare(lax.stop_gradient(table.astype(blocks.dtype)), *kept)
    ratio = _log_ratio(blocks, table, product)
    p = table.astype(blocks.dtype)
    over_y, over_x = blocks.rows(blocks.y), blocks.rows(blocks.x)
    px, py = over_y.sum(p), over_x.sum(p)
    mass = over_x.sum(px)

    def mean(rows: Rows, weight: jax.Array) -> jax.Array:
        ok = jnp.broadcast_to(weight > 0, ratio.shape)
        return rows.sum(jnp.where(ok, weight * jnp.where(ok, ratio, 0.0), 0.0))

    by_x, by_y = mean(over_y, py) / mass, mean(over_x, px) / mass
    both = mean(blocks.rows(blocks.all), px * py / mass) / mass
    q_over_p = px * py / mass / jnp.where(p > 0, p, 1.0)
    slope = by_x + by_y - jnp.where(jnp.isinf(both), 0.0, both) + 1.0 - q_over_p
    return (jnp.where((p > 0) & jnp.isfinite(result), slope, 0.0),)


# The divergence of p(x) p(y) from the table: mutual information the other way round.
_lautum = with_slopes(_lautum_value, _lautum_slopes)


def _conditional_value(blocks: Blocks, table: jax.Array) -> tuple[jax.Array, Double]:
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
    rest = one_pass(others, table, top, after=count) + (count - 1.0) * top
    rows = blocks.rows((*blocks.x, *blocks.y))

    def odds(p: jax.Array, top: jax.Array, rest: jax.Array) -> jax.Array:
        others = rest + jnp.maximum(top - p, 0.0)
        return others / jnp.maximum(p, numerics.tiny(p))

    def terms(p: jax.Array, top: jax.Array, rest: jax.Array) -> jax.Array:
        (p,) = rows.load(p)
        return rows.sum(p * jnp.log1p(odds(p, top, rest)))

    return one_pass(terms, table, top, rest), Double(top, rest)


def _conditional_slopes(
    blocks: Blocks, _: jax.Array, kept: Double, table: jax.Array
) -> tuple[jax.Array]:
    p = table.astype(blocks.dtype)
    fixed = lax.stop_gradient(p)
    odds = (kept.low + (kept.high - fixed)) / jnp.where(fixed > 0, fixed, 1.0)
    slope = jnp.log1p(jnp.where(fixed > 0, odds, 0.0))
    proxy = _log(blocks.rows(blocks.y).sum(p)) - _log(p)
    return (as_if(slope, proxy),)


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
    swapped = blocks._replace(x=blocks.y, y=blocks.x)
    return blocks.drop(_conditional(blocks, table) + _conditional(swapped, table))


def normalized_mutual_information(
    blocks: Blocks, table: jax.Array, normalization: str
) -> jax.Array:
    """I(X;Y) over a mean of the entropies; 1 if both are 0, 0 if only one is.

    A table without mass has value 0.
    """
    over_x, over_y = blocks.rows(blocks.x), blocks.rows(blocks.y)
    table = table.astype(blocks.dtype)
    # The marginal of a constant may round to more than one, its entropy below zero.
    hx = jnp.maximum(tables.entropy(over_x, over_y.sum(table)), 0.0)
    hy = jnp.maximum(tables.entropy(over_y, over_x.sum(table)), 0.0)
    if normalization == "arithmetic":
        scale = 0.5 * (hx + hy)
    elif normalization == "geometric":
        scale = tables.square_root(hx) * tables.square_root(hy)
    elif normalization == "min":
        scale = jnp.minimum(hx, hy)
    elif normalization == "max":
        scale = jnp.maximum(hx, hy)
    else:
        scale = tables.entropy(blocks.rows(blocks.all), table)
    ok = scale != 0
    ratio = _dependence(blocks, table) / jnp.where(ok, scale, 1.0)
    some = lax.stop_gradient(blocks.sum(table)) > 0
    constant = jnp.where((hx == 0) & (hy == 0) & some, 1.0, 0.0)
    return blocks.drop(jnp.where(ok, ratio, constant))
