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
from jaxinfo._core.passes import mended, one_pass, settled
from jaxinfo._core.rows import Rows

__all__ = [
    "Contrast",
    "Stats",
    "at_top",
    "below_top",
    "centered",
    "contrast",
    "depth",
    "fallen",
    "gap",
    "log_probabilities",
    "log_ratio",
    "log_sum_exp",
    "masses",
    "mean",
    "number",
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
      sharp: Exactly 1 where one outcome outweighs all others, else 0.
      floor: What stands for -inf, where -inf would make a NaN; its mass is 0.
    """

    top: jax.Array
    total: jax.Array
    tail: jax.Array
    sharp: jax.Array
    floor: jax.Array

    @property
    def empty(self) -> jax.Array:
        """Whether no outcome is left."""
        return (self.total == 1.0) & (self.sharp == 0.0)

    @property
    def log_total(self) -> jax.Array:
        """The log-sum-exp, less the maximum."""
        return jnp.log1p(self.tail)


def _whole(x: jax.Array, s: Stats) -> jax.Array:
    """`x`, rounded: no product of which the next subtraction takes a part.

    Logits that are computed, say divided by a temperature, may be computed anew in
    each pass. A fused multiply and add of the unrounded product and the rounded maximum
    would leave half a unit of the logits, which is much if they are huge.
    """
    return jnp.maximum(x, s.floor)


def below_top(x: jax.Array, s: Stats) -> jax.Array:
    """`x - top`, at least a large negative number: 0 times it is 0, not NaN."""
    lowest = float(jnp.finfo(x.dtype).min)
    return jnp.maximum(jnp.maximum(x, lowest) - s.top, lowest)


def at_top(x: jax.Array, s: Stats) -> jax.Array:
    """Exactly 1 at the maximum and what is close to it, 0 elsewhere.

    Not x == top: a compiler that computes x anew in each pass may round it otherwise
    in the next one. In a sharp row nothing but the maximum is this near.
    """
    return numerics.is_zero((s.top - _whole(x, s)) - 0.5)


def fallen(x: jax.Array, s: Stats) -> jax.Array:
    """How far a logit lies below the maximum, -inf as a large number: for its mass."""
    return s.top - _whole(x, s)


def depth(x: jax.Array, s: Stats) -> jax.Array:
    """How far a logit lies below the maximum; 0 at the top, finite."""
    return numerics.as_if(jnp.maximum(-below_top(x, s), 0.0), -x)


def masses(x: jax.Array, s: Stats) -> jax.Array:
    """The exponentials below the maximum: the softmax, times its total."""
    return jnp.exp(-fallen(x, s))


def _floor(top: jax.Array) -> jax.Array:
    """A number far below the maximum, that rounds away beside most others."""
    info = jnp.finfo(top.dtype)
    lowest = jnp.asarray(info.min, top.dtype)
    usual = lowest * 2.0 ** -(info.nmant + 2)
    return jnp.where(top > usual, usual, lowest)


def stats(rows: Rows, logits: jax.Array) -> Stats:
    """Maximum, sum of exponentials and tail of every row: two passes, rarely three."""
    logits = lax.stop_gradient(logits)
    top = one_pass(lambda x: rows.max(rows.load(x)[0]), logits)
    top = jnp.where(jnp.isneginf(top), 0.0, top)
    zero = jnp.zeros_like(top)
    s = Stats(top, zero, zero, zero, _floor(top))

    def total(x: jax.Array, s: Stats, speck: jax.Array) -> jax.Array:
        (x,) = rows.load(x)
        return rows.sum(jnp.exp((x + speck) - s.top))

    def tail(x: jax.Array, s: Stats) -> jax.Array:
        (x,) = rows.load(x)
        return rows.sum(masses(x, s) * (1.0 - at_top(x, s)))

    whole = one_pass(total, logits, s, _speck(top))
    sharp = (whole < _SHARP) & (whole > 0)
    rest = mended(sharp, lambda: one_pass(tail, logits, s, turn=2), whole - 1.0)
    # Selected, not a maximum: a long loop that takes it in would pass over NaN.
    return s._replace(
        total=jnp.where(whole < 1.0, 1.0, whole),
        tail=jnp.where(rest < 0.0, 0.0, rest),
        sharp=sharp.astype(rows.dtype),
    )


def _speck(top: jax.Array) -> jax.Array:
    """What is added to logits and rounds away, so that they are rounded before it.

    As `_whole`, in the one operation that passes NaN on: long loops of XLA:CPU (jaxlib
    0.10.2) take maxima that pass over it. `max(nan, 1)` is 1 there, in a reduction and
    entry by entry. It depends on the row, or the compiler would leave it out, or share
    it between two passes as a full table.
    """
    powers = (-100, -101) if top.dtype == "float32" else (-1000, -1001)
    return jnp.where(top > 0, *(jnp.asarray(2.0**n, top.dtype) for n in powers))


def number(rows: Rows, logits: jax.Array) -> jax.Array:
    """The number of outcomes that are present, as a float; NaN if a logit is."""

    def flags(x: jax.Array) -> jax.Array:
        (x,) = rows.load(x)
        # A maximum may pass over NaN: the sign does not.
        return rows.sum(numerics.present(x) + 0.0 * jnp.sign(x))

    return one_pass(flags, lax.stop_gradient(logits), turn=3)


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
    logits, s = primals
    p = probabilities(rows, logits, s)
    return p, p * _relative_change(rows, logits, s, tangents[0])


def _relative_change(
    rows: Rows, x: jax.Array, s: Stats, change: jax.Array
) -> jax.Array:
    """How the log-softmax changes with the logits.

    Changes are counted from that of the top, or where the top has nearly all of the
    mass, its own change and the mean would agree in nearly all their digits.
    """
    change = change.astype(rows.dtype)
    top = lax.stop_gradient(at_top(rows.load(x)[0], s))
    change -= rows.sum(top * change) / jnp.maximum(rows.sum(top), 1.0)
    return change - rows.sum(probabilities(rows, x, s) * change)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def log_probabilities(rows: Rows, logits: jax.Array, s: Stats) -> jax.Array:
    """The log-softmax, likewise; a large negative number where an outcome is absent."""
    return below_top(rows.load(logits)[0], s) - s.log_total


@log_probabilities.defjvp
def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
    logits, s = primals
    change = _relative_change(rows, logits, s, tangents[0])
    return log_probabilities(rows, logits, s), change


def mean(
    rows: Rows, term: Callable[..., jax.Array], x: jax.Array, s: Stats, *operands: Any
) -> jax.Array:
    """The expectation of `term(x, *operands)` under the softmax of x, as a constant."""

    def weighted(x: jax.Array, s: Stats, operands: tuple) -> jax.Array:
        return rows.sum(masses(rows.load(x)[0], s) * term(x, *operands))

    return one_pass(weighted, *lax.stop_gradient((x, s, operands))) / s.total


def centered(
    rows: Rows,
    tilt: Callable[..., jax.Array],
    x: jax.Array,
    s: Stats,
    *operands: Any,
    mean: jax.Array | None = None,
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
      mean: The mean of g if it is known, right to a rounding of the largest g.
    """

    def reference(x: jax.Array, s: Stats, operands: tuple) -> jax.Array:
        return rows.sum(at_top(rows.load(x)[0], s) * tilt(x, *operands))

    def center(x: jax.Array, s: Stats, anchor: jax.Array, operands: tuple) -> jax.Array:
        mass = masses(rows.load(x)[0], s)
        return rows.sum(mass * (tilt(x, *operands) - anchor))

    sharp = s.total < _SHARP
    fixed = lax.stop_gradient((x, s, operands))
    anchor = mended(sharp, lambda: one_pass(reference, *fixed), jnp.zeros_like(s.total))

    def computed() -> jax.Array:
        x, s, operands = fixed
        return one_pass(center, x, s, anchor, operands) / s.total

    rest = (
        computed() if mean is None else mended(sharp, computed, lax.stop_gradient(mean))
    )
    lean = tilt(x, *operands) - anchor
    p = probabilities(rows, x, s)
    # Differentiated, the mean is that of a changing g under a changing p.
    return numerics.as_if(p * (lean - rest), p * (lean - rows.sum(p * lean)))


class Contrast(NamedTuple):
    """The row statistics of two sets of logits.

    Attributes:
      x: Statistics of the first.
      y: Statistics of the second.
      rise: How much higher the maximum of y is.
      rest: What `rise` lost when it was rounded.
      shift: `log_total` of y less that of x, accurate also where both are equal.
    """

    x: Stats
    y: Stats
    rise: jax.Array
    rest: jax.Array
    shift: jax.Array

    @property
    def lift(self) -> jax.Array:
        """What all gaps have in common: the shift and the rest."""
        return self.shift + self.rest


def gap(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
    """The difference of two logits with the maxima of their rows level, plus `rest`.

    The difference is formed unrounded, before the maxima are made level: it is right to
    a rounding of its own however large the logits are, and however far one row lies
    above the other. The rest is the same for all outcomes: long passes do without the
    operation that would take it off.
    """
    difference, rest = numerics.difference(_whole(y, c.y), _whole(x, c.x))
    return (difference - c.rise) + rest


def contrast(
    rows: Rows,
    x: jax.Array,
    y: jax.Array,
    sx: Stats,
    sy: Stats,
    near: jax.Array | None = None,
) -> Contrast:
    """Both statistics, with an accurate difference of their log-sum-exps.

    The difference of two rounded log-sum-exps has no digits when the rows are nearly
    equal. A further pass sums exp(y) - exp(x) as (exp(y) + exp(x)) tanh(gap/2), which
    keeps them. If it is known which rows are `near`, only they are worth it.
    """
    x, y = lax.stop_gradient((x, y))
    # In sharp rows the tails have the digits, in others the quotient has more.
    sharp = (sx.sharp * sy.sharp) > 0
    shift = jnp.where(sharp, sy.log_total - sx.log_total, jnp.log(sy.total / sx.total))
    rise, rest = map(settled, numerics.difference(sy.top, sx.top))
    c = Contrast(sx, sy, rise, rest, shift)

    def excess(x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
        x, y = rows.load(x, y)
        mass = masses(x, c.x) + masses(y, c.y)
        return rows.sum(mass * jnp.tanh(0.5 * (gap(x, y, c) - c.rest)))

    def exact() -> jax.Array:
        more = one_pass(excess, x, y, c)
        small = jnp.abs(more) < 0.25 * sx.total
        return jnp.where(
            small, jnp.log1p(jnp.where(small, more / sx.total, 0.0)), shift
        )

    shift = exact() if near is None else mended(near, exact, shift)
    return c._replace(shift=settled(shift))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def log_ratio(rows: Rows, x: jax.Array, y: jax.Array, c: Contrast) -> jax.Array:
    """`log q - log p` of two softmaxes, as an elementwise function of the logits."""
    x, y = rows.load(x, y)
    return (gap(x, y, c) - c.rest) - c.shift


@log_ratio.defjvp
def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
    x, y, c = primals
    in_x = _relative_change(rows, x, c.x, tangents[0])
    in_y = _relative_change(rows, y, c.y, tangents[1])
    return log_ratio(rows, *primals), in_y - in_x
