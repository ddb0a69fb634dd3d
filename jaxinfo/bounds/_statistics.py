"""What the bounds are made of: numbers a row, and averages over the batch."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics, values
from jaxinfo.bounds._pairs import Pairs, Tile

__all__ = [
    "Contrasts",
    "Sums",
    "capped_exp",
    "contrasts",
    "finite",
    "gaps",
    "log_mean",
    "log_of",
    "mean_of_others",
    "mean_of_own",
    "settled",
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


def _count(flags: jax.Array, like: jax.Array) -> jax.Array:
    """How many flags of each row are set, as a number of the dtype of `like`."""
    return jnp.sum(flags, axis=-1, dtype=jnp.int32).astype(like.dtype)


def log_of(x: jax.Array) -> jax.Array:
    """The logarithm of what is not negative; flat where it is -inf."""
    return jnp.where(x == 0, -jnp.inf, jnp.log(jnp.where(x == 0, 1.0, x)))


def finite(x: jax.Array) -> jax.Array:
    """A maximum as a constant to count from: 0 where it is -inf."""
    x = lax.stop_gradient(x)
    return jnp.where(jnp.isneginf(x), 0.0, x)


@jax.custom_jvp
def capped_exp(x: jax.Array) -> jax.Array:
    """The exponential; where it overflows its slope is large, but finite."""
    return jnp.exp(x)


@capped_exp.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    (x,), (change,) = primals, tangents
    cap = jnp.log(jnp.asarray(numerics.largest(x), x.dtype))
    return capped_exp(x), jnp.exp(jnp.minimum(x, cap)) * change


def contrasts(tile: Tile) -> Contrasts:
    """The row statistics that most bounds need."""
    others = jnp.where(tile.off, tile.scores, -jnp.inf)
    top = lax.stop_gradient(jnp.max(others, axis=-1))
    total = jnp.sum(jnp.exp(others - finite(top)[..., None]), axis=-1)
    return Contrasts(
        own=tile.of_own(tile.scores),
        number_own=_count(tile.own, total),
        number_off=_count(tile.off, total),
        top=top,
        log_total=log_of(total),
    )


def gaps(c: Contrasts) -> jax.Array:
    """The log-sum-exp of the others less the score of the own pair.

    Maxima are subtracted before anything else: a constant added to all scores of a row
    changes nothing but their own rounding.
    """
    gap = (finite(c.top) - c.own) + c.log_total
    # Without any mass among the others the own pair wins, unless it has none either.
    alone = jnp.where(jnp.isneginf(c.own), jnp.inf, -jnp.inf)
    return jnp.where(jnp.isneginf(c.log_total), alone, gap)


def sums(tile: Tile, terms: jax.Array | None) -> Sums:
    """The row statistics of bounds that add up the terms of single pairs."""
    own = tile.of_own(tile.scores)
    return Sums(
        own=own,
        number_own=_count(tile.own, own),
        number_off=_count(tile.off, own),
        total=jnp.zeros_like(own) if terms is None else tile.over_off(terms),
    )


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
