"""Row statistics of logits: the mechanism on which every measure of logits rests.

With m the maximum of a row, e = exp(x - m) and S = sum(e), everything a measure needs
is an expectation under e / S. S - 1 is kept apart from S (the tail): near a one-hot row
it holds all the digits of the entropy, and S holds none of them.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.passes import mended, one_pass
from jaxinfo._core.rows import Rows

__all__ = [
    "Contrast",
    "Stats",
    "below_top",
    "centered",
    "contrast",
    "gap",
    "log_probabilities",
    "log_ratio",
    "log_sum_exp",
    "masses",
    "mean",
    "probabilities",
    "stats",
]

# A row whose sum of exponentials is below this is close to one-hot: no ties, and the
# tail is worth a pass of its own.
_SHARP = 1.5


class Stats(NamedTuple):
    """What a row of logits is reduced to; each with the axes kept.

    Attributes:
      top: The maximum, finite also where no outcome is left.
      total: The sum of exp(x - top); 1 where no outcome is left.
      tail: `total - 1` with all its digits.
      floor: A scalar that stands for -inf, where -inf would make a NaN.
    """

    top: jax.Array
    total: jax.Array
    tail: jax.Array
    floor: jax.Array

    @property
    def log_total(self) -> jax.Array:
        """The log-sum-exp, less the maximum."""
        return jnp.log1p(self.tail)


def below_top(x: jax.Array, s: Stats) -> jax.Array:
    """`x - top`, at least a large negative number: 0 times it is 0, not NaN."""
    return jnp.maximum(x - s.top, s.floor)


def masses(x: jax.Array, s: Stats) -> jax.Array:
    """The exponentials below the maximum: the softmax, times its total."""
    return jnp.exp(x - s.top)


def stats(rows: Rows, logits: jax.Array) -> Stats:
    """Maximum, sum of exponentials and tail of every row: two passes, rarely three."""
    logits = lax.stop_gradient(logits)
    top = one_pass(lambda x: rows.max(rows.load(x)[0]), logits)
    top = jnp.where(jnp.isneginf(top), 0.0, top)
    floor = jnp.asarray(-numerics.largest(top), rows.dtype)
    s = Stats(top, jnp.ones_like(top), jnp.zeros_like(top), floor)

    def total(x: jax.Array, s: Stats) -> jax.Array:
        return rows.sum(masses(rows.load(x)[0], s))

    def tail(x: jax.Array, s: Stats) -> jax.Array:
        # Not x == top: a compiler that computes x anew in this pass may round it
        # otherwise than in the pass before. In a sharp row nothing else is this near.
        (x,) = rows.load(x)
        return rows.sum(masses(x, s) * (1.0 - numerics.is_zero(s.top - 0.5 - x)))

    whole = one_pass(total, logits, s)
    rest = mended(
        whole < _SHARP, lambda: one_pass(tail, logits, s, turn=2), whole - 1.0
    )
    return s._replace(total=jnp.maximum(whole, 1.0), tail=jnp.maximum(rest, 0.0))


def log_sum_exp(s: Stats) -> jax.Array:
    """The log-sum-exp of the row."""
    return s.top + s.log_total


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def probabilities(rows: Rows, logits: jax.Array, s: Stats) -> jax.Array:
    """The softmax, as an elementwise function of logits and their statistics."""
    return masses(rows.load(logits)[0], s) / s.total


@probabilities.defjvp
def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
    # The statistics follow from the logits: their part is in this derivative.
    p = probabilities(rows, *primals)
    change = tangents[0].astype(rows.dtype)
    return p, p * (change - rows.sum(p * change))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def log_probabilities(rows: Rows, logits: jax.Array, s: Stats) -> jax.Array:
    """The log-softmax, likewise; a large negative number where an outcome is absent."""
    return below_top(rows.load(logits)[0], s) - s.log_total


@log_probabilities.defjvp
def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
    change = tangents[0].astype(rows.dtype)
    mean = rows.sum(probabilities(rows, *primals) * change)
    return log_probabilities(rows, *primals), change - mean


def mean(
    rows: Rows, term: Callable[..., jax.Array], x: jax.Array, s: Stats, *operands: Any
) -> jax.Array:
    """The expectation of `term(x, *operands)` under the softmax of x, as a constant."""

    def weighted(x: jax.Array, s: Stats, operands: tuple) -> jax.Array:
        return rows.sum(probabilities(rows, x, s) * term(x, *operands))

    return one_pass(weighted, *lax.stop_gradient((x, s, operands)))


def centered(
    rows: Rows,
    tilt: Callable[..., jax.Array],
    x: jax.Array,
    s: Stats,
    *operands: Any,
) -> jax.Array:
    """`p (g - E_p g)` with `g = tilt(x, *operands)`: how an expectation leans on x.

    Where one outcome has nearly all the mass, g there and the mean of g agree in nearly
    all their digits: in such rows g is counted from its value at that outcome.

    Args:
      rows: Where the outcomes are.
      tilt: Elementwise, built from pieces that differentiate, without selects.
      x: The logits of p.
      s: Their statistics.
      operands: The further arguments of the tilt.
    """

    def at_top(x: jax.Array, s: Stats, operands: tuple) -> jax.Array:
        (loaded,) = rows.load(x)
        chosen = numerics.is_zero(s.top - 0.5 - loaded)
        return rows.sum(chosen * tilt(x, *operands))

    def center(x: jax.Array, s: Stats, anchor: jax.Array, operands: tuple) -> jax.Array:
        p = probabilities(rows, x, s)
        return rows.sum(p * (tilt(x, *operands) - anchor))

    fixed = lax.stop_gradient((x, s, operands))
    anchor = mended(
        s.total < _SHARP, lambda: one_pass(at_top, *fixed), jnp.zeros_like(s.total)
    )
    lean = tilt(x, *operands) - anchor
    p = probabilities(rows, x, s)
    return p * (lean - one_pass(center, x, s, anchor, operands))


class Contrast(NamedTuple):
    """The row statistics of two sets of logits.

    Attributes:
      x: Statistics of the first.
      y: Statistics of the second.
      rise: The maximum of y less that of x.
      shift: `log_total` of y less that of x, accurate also where both are equal.
    """

    x: Stats
    y: Stats
    rise: jax.Array
    shift: jax.Array


def gap(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
    """`(y - x) - rise`: the difference of two logits, each below its maximum.

    The difference is taken before the maxima are subtracted: it is exact where the
    logits are close, and close logits are where it has to be.
    """
    floor = c.x.floor
    return (jnp.maximum(y, floor) - jnp.maximum(x, floor)) - c.rise


def contrast(rows: Rows, x: jax.Array, y: jax.Array, sx: Stats, sy: Stats) -> Contrast:
    """Both statistics, with an accurate difference of their log-sum-exps.

    The difference of two rounded log-sum-exps has no digits when the rows are nearly
    equal. A further pass sums exp(y) - exp(x) as (exp(y) + exp(x)) tanh(gap/2), which
    keeps them.
    """
    x, y = lax.stop_gradient((x, y))
    c = Contrast(sx, sy, sy.top - sx.top, jnp.log(sy.total / sx.total))

    def excess(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
        x, y = rows.load(x, y)
        mass = masses(x, c.x) + masses(y, c.y)
        return rows.sum(mass * jnp.tanh(0.5 * gap(x, y, c)))

    more = one_pass(excess, x, y, c)
    near = jnp.abs(more) < 0.25 * sx.total
    more = jnp.where(near, more / sx.total, 0.0)
    return c._replace(shift=jnp.where(near, jnp.log1p(more), c.shift))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def log_ratio(rows: Rows, x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
    """`log q - log p` of two softmaxes, as an elementwise function of the logits."""
    x, y = rows.load(x, y)
    return gap(x, y, c) - c.shift


@log_ratio.defjvp
def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
    x, y, c = primals
    dx, dy = (v.astype(rows.dtype) for v in tangents[:2])
    p, q = probabilities(rows, x, c.x), probabilities(rows, y, c.y)
    change = (dy - rows.sum(q * dy)) - (dx - rows.sum(p * dx))
    return log_ratio(rows, *primals), change
