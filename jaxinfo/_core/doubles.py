"""Numbers as unrounded sums of two, and marginals without rounding error."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from jaxinfo._core.passes import one_pass
from jaxinfo._core.rows import Rows

__all__ = [
    "Double",
    "Factor",
    "add",
    "factor",
    "marginal",
    "product",
    "quotient",
    "sum_of",
    "total",
    "zeros",
]


class Double(NamedTuple):
    """A number as the unrounded sum of two."""

    high: jax.Array
    low: jax.Array


def marginal(rows: Rows, table: jax.Array) -> Double:
    """The marginal of a table, with the error of the first sum as a second one.

    Adding and subtracting a power of two above twice the total cuts the entries to
    multiples of one unit, which add up without error; the remainders are tiny.
    """
    if not rows.axes:
        return Double(table.astype(rows.dtype), jnp.zeros(table.shape, rows.dtype))
    total = one_pass(lambda p: rows.sum(rows.load(p)[0]), table)
    share, _ = jnp.frexp(total)
    # A number over its mantissa is a power of two, exactly.
    unit = 2.0 * total / jnp.where(total > 0, share, 1.0)

    def high(p: jax.Array, unit: jax.Array) -> jax.Array:
        return rows.sum((rows.load(p)[0] + unit) - unit)

    def low(p: jax.Array, unit: jax.Array) -> jax.Array:
        (p,) = rows.load(p)
        return rows.sum(p - ((p + unit) - unit))

    top = one_pass(high, table, unit)
    rest = one_pass(low, table, unit, turn=2)
    return _renormalized(top, rest)


def _renormalized(high: jax.Array, low: jax.Array) -> Double:
    """The same sum, its first part rounded to nearest."""
    both = high + low
    return Double(both, low - (both - high))


def zeros(shape: tuple[int, ...], dtype: DTypeLike) -> Double:
    return Double(jnp.zeros(shape, dtype), jnp.zeros(shape, dtype))


def _two_sum(a: jax.Array, b: jax.Array) -> Double:
    """The rounded sum and what it lost (Knuth)."""
    both = a + b
    back = both - a
    return Double(both, (a - (both - back)) + (b - back))


def add(a: Double, b: Double) -> Double:
    """The sum of two, right to a few units of the last digit of the second parts.

    Where it is infinite or NaN there is nothing to make up for.
    """
    high, low = _two_sum(a.high, b.high), _two_sum(a.low, b.low)
    both = _renormalized(high.high, high.low + low.high)
    both = _renormalized(both.high, both.low + low.low)
    plain = high.high
    ok = jnp.isfinite(plain)
    return Double(jnp.where(ok, both.high, plain), jnp.where(ok, both.low, 0.0))


def sum_of(parts: Sequence[jax.Array]) -> Double:
    """The sum of a few finite numbers, the largest first."""
    high, low = parts[0], jnp.zeros_like(parts[0])
    for part in parts[1:]:
        high, lost = _two_sum(high, part)
        low = low + lost
    return _renormalized(high, low)


def total(
    x: jax.Array, reduce: Callable[[jax.Array], jax.Array], *, cuts: int = 2
) -> Double:
    """What a reduction by addition makes of `x`, whatever its order, in two parts.

    As in `marginal`, a large power of two cuts entries to multiples of one unit, whose
    sums are exact; so it goes on with the remainders.

    Args:
      x: Numbers of any sign.
      reduce: Adds up entries of an array; the axes stay, with length one.
      cuts: How often to cut; each gives the digits of the type, less two and less the
        logarithm of the number of entries.
    """
    # Computed once: a multiplication that one loop fuses with an addition and another
    # does not would be cut in two ways.
    x = lax.optimization_barrier(x)
    plain, rest = reduce(x), x
    parts, ok = [], jnp.isfinite(plain)
    for _ in range(cuts):
        mass = reduce(jnp.abs(rest))
        share, _ = jnp.frexp(mass)
        # The entries cut are at most twice as large as they were.
        unit = 4.0 * mass / jnp.where(mass > 0, share, 1.0)
        ok &= jnp.isfinite(unit)
        cut = (rest + unit) - unit
        parts.append(reduce(cut))
        rest = rest - cut
    result = sum_of([*parts, reduce(rest)])
    # Infinite or NaN, or almost: there is nothing to make up for.
    return Double(jnp.where(ok, result.high, plain), jnp.where(ok, result.low, 0.0))


def _split(a: jax.Array) -> Double:
    """Two halves of the digits, so that products of halves are exact (Veltkamp)."""
    digits = (jnp.finfo(a.dtype).nmant + 2) // 2
    scaled = a * float(2**digits + 1)
    high = scaled - (scaled - a)
    return Double(high, a - high)


class Factor(NamedTuple):
    """One marginal, cut up for exact products: `high + low + rest`."""

    high: jax.Array
    low: jax.Array
    rest: jax.Array


def factor(marginal: Double) -> Factor:
    high, low = _split(marginal.high)
    return Factor(high, low, marginal.low)


def product(a: Factor, b: Factor) -> Double:
    """The product of two numbers and its rounding error (Dekker).

    Built from products of halves, which are exact: a compiler that fuses a
    multiplication with an addition changes nothing.
    """
    cross, other = a.high * b.low, a.low * b.high
    high = a.high * b.high + (cross + other)
    error = ((a.high * b.high - high) + cross) + other
    rests = (a.high + a.low) * b.rest + (b.high + b.low) * a.rest
    return Double(high, (error + a.low * b.low) + rests)


def quotient(a: Double, b: Double) -> Double:
    """Quotient of two numbers, 0 where the second is 0."""
    ok = b.high != 0
    divisor = jnp.where(ok, b.high, 1.0)
    high = jnp.where(ok, a.high / divisor, 0.0)
    back = product(factor(Double(high, jnp.zeros_like(high))), factor(b))
    low = (((a.high - back.high) - back.low) + a.low) / divisor
    return _renormalized(high, jnp.where(ok, low, 0.0))
