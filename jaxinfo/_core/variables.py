"""Joint tables of many variables, in one order: batch axes, then an axis a variable."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, softmax
from jaxinfo._core.rows import AxisName

__all__ = ["Axes", "Variables", "of_each", "of_logits", "of_table"]

Axes = int | tuple[int | tuple[int, ...], ...] | None


class Variables(NamedTuple):
    """A joint table in one order: batch axes, then one axis for each variable.

    Attributes:
      table: The probabilities, in the dtype to compute in.
      number: How many variables there are; static.
    """

    table: jax.Array
    number: int

    @property
    def batch(self) -> tuple[int, ...]:
        """The shape of the batch axes."""
        return self.table.shape[: self.table.ndim - self.number]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each variable has."""
        return self.table.shape[self.table.ndim - self.number :]

    @property
    def axes(self) -> tuple[int, ...]:
        """The axis of each variable."""
        return tuple(range(len(self.batch), self.table.ndim))


def _named(axes: Axes, ndim: int) -> list[tuple[int, ...]]:
    """The axes of each variable, counted from the front; none of them twice."""
    if axes is None:
        axes = tuple(range(ndim))
    given = axes if isinstance(axes, tuple) else (axes,)
    blocks = [block if isinstance(block, tuple) else (block,) for block in given]
    checks.as_axes("axes", sum(blocks, ()), ndim)
    return [checks.as_axes("axes", block, ndim) for block in blocks]


def _arranged(table: jax.Array, blocks: list[tuple[int, ...]]) -> Variables:
    """The table with its batch axes in front, and every block as one axis."""
    named = sum(blocks, ())
    batch = [axis for axis in range(table.ndim) if axis not in named]
    sizes = [math.prod(table.shape[axis] for axis in block) for block in blocks]
    moved = jnp.transpose(table, (*batch, *named))
    return Variables(moved.reshape(*moved.shape[: len(batch)], *sizes), len(blocks))


def of_table(
    name: str, table: ArrayLike, axes: Axes, where: ArrayLike | None
) -> Variables:
    """Checks a joint table of many variables."""
    hint = checks.joint_counts()
    blocks = _named(axes, checks.as_floating(name, table, hint).ndim)
    rows, (array,) = checks.of_tables([name], [table], sum(blocks, ()), where)
    return _arranged(array.astype(rows.dtype), blocks)


def of_logits(
    name: str,
    logits: ArrayLike,
    axes: Axes,
    where: ArrayLike | None,
    axis_name: AxisName,
) -> Variables:
    """Checks joint logits of many variables; the last axis named may be sharded.

    Every shard then gets the whole table: subsets with and without the variable that is
    sharded are the business of all of them.
    """
    blocks = _named(axes, checks.as_floating(name, logits).ndim)
    named = sum(blocks, ())
    rows, (x,) = checks.of_logits([name], [logits], named, where, axis_name)
    table = softmax.probabilities(rows, x, softmax.stats(rows, x))
    if rows.axis_name:
        table = _whole(table, max(named), rows.axis_name)
    return _arranged(table, blocks)


def _whole(shard: jax.Array, axis: int, axis_name: AxisName) -> jax.Array:
    """The whole table, as a sum over the shards of what is theirs.

    A sum, and not a gathering, is known to be the same in every shard.
    """
    size = shard.shape[axis]
    here = lax.axis_index(axis_name) * size
    start = [here if i == axis else here * 0 for i in range(shard.ndim)]
    shape = list(shard.shape)
    shape[axis] = size * lax.axis_size(axis_name)
    empty = jnp.zeros(shape, shard.dtype)
    return lax.psum(lax.dynamic_update_slice(empty, shard, start), axis_name)


def of_each(variables: Variables, measure: Callable[[jax.Array], Any]) -> list:
    """`measure(table)` for each variable, with that one in front of all others.

    The others are one axis. Variables of one size are a batch, made of as many copies
    of the table: compiling a measure for each of them takes longer than most tables.
    """
    results: list = [None] * variables.number
    first, rest = variables.axes[0], variables.axes
    for size in sorted(set(variables.sizes)):
        turns = [i for i, k in enumerate(variables.sizes) if k == size]
        tables = [jnp.moveaxis(variables.table, rest[i], first) for i in turns]
        shape = (*variables.batch, size, -1)
        stacked = measure(jnp.stack([x.reshape(shape) for x in tables]))
        for k, i in enumerate(turns):
            results[i] = jax.tree.map(lambda x, k=k: x[k], stacked)
    return results
