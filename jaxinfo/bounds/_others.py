"""Reductions over the other pairs of each row, of which none writes a table of masks.

XLA:CPU writes a whole table out where it meets a select before a sum. So everything is
summed, and the own pair taken off; only if the own pair makes up much of the sum of
some row, whose other terms have lost digits then, a slower pass leaves it out by
arithmetic.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core.passes import apart, mended, numbers, one_pass, settled, with_slopes
from jaxinfo._core.rows import Rows

__all__ = ["own_entry", "sum_exp_of_others", "sum_of_others"]

Terms = Callable[..., jax.Array]


def _at(x: jax.Array, position: jax.Array) -> jax.Array:
    """The entry of each row at its position; the axis stays, with length one."""
    index = jnp.broadcast_to(position, (*x.shape[:-1], 1))
    return jnp.take_along_axis(x, index, axis=-1)


def _hit(x: jax.Array, position: jax.Array) -> jax.Array:
    return numbers(x, x.ndim - 1) == position


# The entry of each row at a position, a function of `(rows, x, position)`; the axis
# stays. Its slope is a comparison: a scatter would write a table.
own_entry = with_slopes(
    lambda rows, x, position: (_at(x, position), None),
    lambda rows, result, kept, x, position: (
        _hit(x, position).astype(x.dtype),
        jnp.zeros((), x.dtype),
    ),
)


def _squared_distance(x: jax.Array, position: jax.Array) -> jax.Array:
    """From the own pair: 0 there, at least 1 elsewhere."""
    columns = lax.broadcasted_iota(x.dtype, x.shape, x.ndim - 1)
    distance = columns - position
    return distance * distance


def _outcast(x: jax.Array, position: jax.Array) -> jax.Array:
    """`x`, but -inf at the own pair."""
    return jnp.minimum(x, (_squared_distance(x, position) - 0.5) * jnp.inf)


def _finite(x: jax.Array) -> jax.Array:
    return jnp.where(jnp.isinf(x), 0.0, x)


def _total_of_others(
    rows: Rows, terms: Terms, x: jax.Array, position: jax.Array, *numbers: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """A large one of the terms, and the sum of all their exponentials below it."""
    place = position.astype(rows.dtype)

    def highest(x: jax.Array, numbers: tuple) -> jax.Array:
        return rows.max(terms(x, *numbers))

    def masses(x: jax.Array, top: jax.Array, numbers: tuple) -> jax.Array:
        return rows.sum(jnp.exp(terms(x, *numbers) - top))

    def highest_other(x: jax.Array, place: jax.Array, numbers: tuple) -> jax.Array:
        return rows.max(_outcast(terms(x, *numbers), place))

    def others(x: jax.Array, place: jax.Array, top: jax.Array, numbers: tuple):
        return rows.sum(jnp.exp(_outcast(terms(x, *numbers), place) - top))

    top = one_pass(highest, x, numbers)
    level = settled(_finite(top))
    whole = one_pass(masses, x, level, numbers, turn=2)
    mine = jnp.exp(terms(_at(x, position), *numbers) - level)
    much = (mine > 0.5 * whole) | jnp.isposinf(mine)
    top = mended(much, lambda: one_pass(highest_other, x, place, numbers), top)
    level = settled(_finite(top))
    exact = functools.partial(one_pass, others, x, place, level, numbers, turn=2)
    return top, mended(much, exact, whole - mine)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def sum_exp_of_others(
    rows: Rows, terms: Terms, x: jax.Array, position: jax.Array, *numbers: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The sum of exponentials over all but one entry of each row.

    Args:
      rows: Where the entries are.
      terms: `terms(x, *numbers)`, what is summed, elementwise.
      x: The entries; -inf where one is absent.
      position: Which entry is left out.
      numbers: Further arguments of the terms, that broadcast to a number a row.

    Returns:
      A constant that is taken off the terms, -inf if nothing is left, and the sum; the
      axes stay.
    """
    return _total_of_others(rows, terms, *lax.stop_gradient((x, position, *numbers)))


@sum_exp_of_others.defjvp
def _(rows: Rows, terms: Terms, primals: tuple, tangents: tuple) -> tuple:
    top, total = sum_exp_of_others(rows, terms, *primals)
    x, position, *numbers = apart(*primals, turn=3)
    each, change = jax.jvp(terms, (x, *numbers), (tangents[0], *tangents[2:]))
    mass = jnp.where(_hit(x, position), 0.0, jnp.exp(each - _finite(top)))
    return (top, total), (jnp.zeros_like(top), rows.sum(mass * change))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def sum_of_others(
    rows: Rows,
    terms: Terms,
    much: Callable[[jax.Array, jax.Array], jax.Array],
    x: jax.Array,
    position: jax.Array,
    weight: jax.Array | None,
) -> jax.Array:
    """The sum of `terms(x)` over all but one entry of each row; the axes stay.

    Args:
      rows: Where the entries are.
      terms: What is summed, elementwise without selects; finite at 0.
      much: `much(own, whole)`, where the own term costs the sum of all digits.
      x: The entries; 0 where one is absent.
      position: Which entry is left out.
      weight: 1 where an entry is present, else 0; `None` if all are.
    """
    place = position.astype(rows.dtype)

    def weighed(terms: jax.Array, weight: jax.Array | None) -> jax.Array:
        return rows.sum(terms if weight is None else terms * weight.astype(rows.dtype))

    def everything(x: jax.Array, weight: jax.Array | None) -> jax.Array:
        return weighed(terms(x), weight)

    def others(x: jax.Array, place: jax.Array, weight: jax.Array | None) -> jax.Array:
        off = jnp.minimum(_squared_distance(x, place), 1.0)
        bound = off / (1.0 - off)  # 0 at the own pair, else infinite
        held = jnp.minimum(jnp.maximum(x, -bound), bound)
        return weighed(terms(held) * off, weight)

    whole = one_pass(everything, x, weight)
    mine = terms(_at(x, position))
    if weight is not None:
        mine = jnp.where(_at(weight, position), mine, 0.0)
    exact = functools.partial(one_pass, others, x, place, weight, turn=2)
    return mended(much(mine, whole), exact, whole - mine)


@sum_of_others.defjvp
def _(rows: Rows, terms: Terms, much: Callable, primals: tuple, tangents: tuple):
    x, position, weight = apart(*primals, turn=3)
    off = ~_hit(x, position)
    off = off if weight is None else off & weight
    held = jnp.where(off, x, 0.0)
    _, change = jax.jvp(terms, (held,), (tangents[0],))
    change = rows.sum(jnp.where(off, change, 0.0))
    return sum_of_others(rows, terms, much, *primals), change
