"""What the bounds are made of: numbers a row, and averages over the batch."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics, values
from jaxinfo._core.passes import one_pass
from jaxinfo.bounds._others import (
    Terms,
    own_entry,
    sum_exp_of_others,
    sum_of_others,
)
from jaxinfo.bounds._pairs import Pairs, Tile

__all__ = [
    "Contrasts",
    "Sums",
    "capped_exp",
    "contrasts",
    "finite",
    "gaps",
    "half",
    "infinite",
    "log_mean",
    "log_of",
    "mean_of_others",
    "mean_of_own",
    "row_sum",
    "settled",
    "softplus",
    "sums",
    "with_others",
]


class Contrasts(NamedTuple):
    """Each row, its own pair and the others; shape `(..., rows)`.

    Attributes:
      own: The score of the own pair; 0 if it is absent.
      number_own: 1 if it is present, else 0.
      number_off: The number of other pairs that are present.
      top: The largest score of these; -inf if there is none.
      log_total: The logarithm of the sum of their exponentials, less `top`.
    """

    own: jax.Array
    number_own: jax.Array
    number_off: jax.Array
    top: jax.Array
    log_total: jax.Array


class Sums(NamedTuple):
    """Each row, its own pair and a sum over the others; shape `(..., rows)`.

    Attributes:
      own: The score of the own pair; 0 if it is absent.
      number_own: 1 if it is present, else 0.
      number_off: The number of other pairs that are present.
      total: The sum over these.
    """

    own: jax.Array
    number_own: jax.Array
    number_off: jax.Array
    total: jax.Array


def _numbers(tile: Tile) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The score of the own pair, and how many own and other pairs are present."""
    own = tile.rows.drop(own_entry(tile.rows, tile.scores, tile.position))
    if tile.keep is None:
        one = jnp.ones_like(own)
        return own, one, one * (tile.scores.shape[-1] - 1)
    index = jnp.broadcast_to(tile.position, (*own.shape, 1))
    here = jnp.take_along_axis(tile.keep, index, axis=-1)
    here = tile.rows.drop(here).astype(jnp.int32)
    others = jnp.sum(tile.keep, axis=-1, dtype=jnp.int32) - here
    return own, here.astype(own.dtype), others.astype(own.dtype)


def log_of(x: jax.Array) -> jax.Array:
    """The logarithm of what is not negative; flat where it is -inf."""
    return jnp.where(x == 0, -jnp.inf, jnp.log(jnp.where(x == 0, 1.0, x)))


def finite(x: jax.Array) -> jax.Array:
    """A maximum as a constant to count from: 0 where it is -inf."""
    x = lax.stop_gradient(x)
    return jnp.where(jnp.isneginf(x), 0.0, x)


@jax.custom_jvp
def softplus(x: jax.Array) -> jax.Array:
    """`log(1 + e^x)`, in a form that is summed without a table."""
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@softplus.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    (x,), (change,) = primals, tangents
    return softplus(x), lax.logistic(x) * change


@jax.custom_jvp
def capped_exp(x: jax.Array) -> jax.Array:
    """The exponential; where it overflows its slope is large, but finite."""
    return jnp.exp(x)


@capped_exp.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    (x,), (change,) = primals, tangents
    cap = jnp.log(jnp.asarray(numerics.largest(x), x.dtype))
    return capped_exp(x), jnp.exp(jnp.minimum(x, cap)) * change


def _same(x: jax.Array) -> jax.Array:
    return x


def contrasts(tile: Tile, terms: Terms = _same, *numbers: jax.Array) -> Contrasts:
    """The row statistics that most bounds need.

    Args:
      tile: The scores.
      terms: `terms(x, *numbers)`, what stands for the scores of the others.
      numbers: Further arguments of the terms, that broadcast to a number a row.
    """
    x = tile.scores
    if tile.keep is not None:
        x = jnp.where(tile.keep, x, -jnp.inf)
    top, total = sum_exp_of_others(tile.rows, terms, x, tile.position, *numbers)
    top, total = map(tile.rows.drop, (top, total))
    return Contrasts(*_numbers(tile), top, log_of(total))


def gaps(c: Contrasts) -> jax.Array:
    """The log-sum-exp of the others less the score of the own pair.

    Maxima are subtracted before anything else: a constant added to all scores of a row
    changes nothing but their own rounding.
    """
    gap = (finite(c.top) - c.own) + c.log_total
    # Without any mass among the others the own pair wins, unless it has none either.
    alone = jnp.where(jnp.isneginf(c.own), jnp.inf, -jnp.inf)
    return jnp.where(jnp.isneginf(c.log_total), alone, gap)


def half(own: jax.Array, whole: jax.Array) -> jax.Array:
    """Where one of several terms, none negative, is more than half of their sum."""
    return (own > 0.5 * whole) | jnp.isposinf(own)


def infinite(own: jax.Array, whole: jax.Array) -> jax.Array:
    """Where a term cannot be taken off a sum: for sums that are added to the term."""
    return jnp.isinf(own)


def sums(
    tile: Tile,
    terms: Terms | None,
    much: Callable[[jax.Array, jax.Array], jax.Array] = half,
) -> Sums:
    """The row statistics of bounds that add up the terms of single pairs.

    Args:
      tile: The scores.
      terms: What is added up, a function of the score; `None` is nothing.
      much: `much(own, whole)`, where the own term is too much to be taken off.
    """
    numbers = _numbers(tile)
    total = jnp.zeros_like(numbers[0])
    if terms is not None:
        operands = tile.scores, tile.position, tile.keep
        total = tile.rows.drop(sum_of_others(tile.rows, terms, much, *operands))
    return Sums(*numbers, total)


def row_sum(tile: Tile, terms: Terms, *numbers: jax.Array) -> jax.Array:
    """The sum of `terms(x, *numbers)` over all pairs of a row, as a constant."""

    def total(x: jax.Array, keep: jax.Array | None, numbers: tuple) -> jax.Array:
        each = terms(x, *numbers)
        weight = 1.0 if keep is None else keep.astype(each.dtype)
        return tile.rows.sum(each * weight)

    operands = tile.scores, tile.keep, numbers
    return tile.rows.drop(one_pass(total, *lax.stop_gradient(operands)))


def with_others(c: Contrasts) -> Contrasts:
    """Leaves out the rows that have no other pair to be compared with."""
    return c._replace(number_own=jnp.where(c.number_off > 0, c.number_own, 0.0))


def mean_of_own(pairs: Pairs, c: Contrasts | Sums, terms: jax.Array) -> jax.Array:
    """The mean of one term a row, over the rows whose own pair is present."""
    total = pairs.rows.sum(jnp.where(c.number_own > 0, terms, 0.0))
    return total / jnp.maximum(pairs.rows.sum(c.number_own), 1.0)


def mean_of_others(pairs: Pairs, c: Contrasts | Sums, totals: jax.Array) -> jax.Array:
    """The mean over all other pairs, from the sum over those of each row."""
    return pairs.rows.sum(totals) / jnp.maximum(pairs.rows.sum(c.number_off), 1.0)


def settled(
    pairs: Pairs, c: Contrasts | Sums, value: jax.Array, *, others: bool = True
) -> jax.Array:
    """The bound, one number a batch; 0 if there is nothing left to average over."""
    some = pairs.rows.sum(c.number_own) > 0
    some &= (pairs.rows.sum(c.number_off) > 0) | (not others)
    values.report(~some, "no pair is left in batch {row}")
    return pairs.rows.drop(jnp.where(some, value, 0.0))


def log_mean(
    pairs: Pairs, c: Contrasts, shift: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The log of the mean of exp(score - shift) over all other pairs, in two parts.

    The first is the largest of the rows, a constant; the second what is added to it.
    """
    top = finite(pairs.rows.max(lax.stop_gradient(c.top - shift)))
    # Maxima are subtracted first: of huge scores the log of a sum would be lost.
    of_rows = ((finite(c.top) - shift) - top) + c.log_total
    total = pairs.rows.sum(jnp.exp(of_rows))
    number = jnp.maximum(pairs.rows.sum(c.number_off), 1.0)
    return top, log_of(total) - jnp.log(number)
