"""Evaluation in blocks of rows: what is set aside is of the size of a block."""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from jaxinfo._core.rows import Rows

__all__ = ["by_blocks", "entries_by_blocks", "in_blocks", "row_slopes"]

# Numbers in a block: this share of the table, so that the cores have enough to share,
# but so many that the loop costs little beside them.
_SHARE, _LEAST = 1 / 128, 2**13
# Below this a table is not worth a loop.
_SMALL = 2**15


def in_blocks(rows: Rows, fn: Callable[..., Any], *operands: Any, fill: int = 0) -> Any:
    """Evaluates `fn(*operands)`, on CPU a few rows at a time.

    XLA:CPU fuses about a hundred operations; a formula of more is cut, and what passes
    from one part to the next is written out. In blocks that is little, and stays in the
    caches. Other devices take all rows at once, and so do derivatives, and processes
    with several devices: rows that are spread over them would be gathered for a block.

    Args:
      rows: Where the outcomes are: blocks are cut along the longest other axis.
      fn: Of arrays, or trees of them, as many axes each as the rows have. Its results
        have as many, and no row depends on another.
      operands: What it is evaluated on.
      fill: What results are before they are computed: another number than in the
        other passes of a measure.
    """
    leaves, tree = jax.tree.flatten(operands)
    axis, count = _cut(rows, leaves)
    if not count:
        return fn(*operands)

    def whole(*leaves: jax.Array) -> Any:
        return fn(*jax.tree.unflatten(tree, leaves))

    @jax.custom_jvp
    def pieces(*leaves: jax.Array) -> Any:
        def cpu(*leaves: jax.Array) -> Any:
            return _loop(whole, axis, count, leaves, fill)

        return lax.platform_dependent(*leaves, cpu=cpu, default=whole)

    def rule(primals: tuple, tangents: tuple) -> tuple:
        moves = [not isinstance(t, SymbolicZero) for t in tangents]

        def moving(*some: jax.Array) -> Any:
            left = iter(some)
            pairs = zip(moves, primals, strict=True)
            return whole(*(next(left) if move else x for move, x in pairs))

        chosen = [x for x, move in zip(primals, moves, strict=True) if move]
        changes = [t for t, move in zip(tangents, moves, strict=True) if move]
        return jax.jvp(moving, tuple(chosen), tuple(changes))

    pieces.defjvp(rule, symbolic_zeros=True)
    return pieces(*leaves)


def by_blocks(fn: Callable[..., Any], *, fill: int = 0) -> Callable[..., Any]:
    """A function of `(rows, *operands)` that goes by blocks, as `in_blocks` does."""

    def blocked(rows: Rows, *operands: Any) -> Any:
        return in_blocks(rows, functools.partial(fn, rows), *operands, fill=fill)

    return blocked


def entries_by_blocks(fn: Callable[..., Any], *, fill: int = 0) -> Callable[..., Any]:
    """An elementwise function of arrays that goes by blocks of their entries."""

    def blocked(*arrays: jax.Array) -> Any:
        rows = Rows((), arrays[0].dtype.name)
        return in_blocks(rows, fn, *arrays, fill=fill)

    return blocked


def row_slopes(fn: Callable[..., jax.Array]) -> Callable[..., tuple]:
    """The slopes that `passes.with_slopes` asks for, of `fn(rows, *arrays)`.

    No row depends on another, so that one sweep back has those of all of them. An array
    that stands for many rows has slopes in each of them.
    """

    def slopes(rows: Rows, result: jax.Array, _: Any, *arrays: jax.Array) -> tuple:
        # In the type of the results: slopes of halves are rounded where they are used.
        wide = [x.astype(rows.dtype) for x in arrays]
        each = [jnp.broadcast_to(x, _rows_of(rows, x, result)) for x in wide]
        _, back = jax.vjp(functools.partial(fn, rows), *each)
        return back(jnp.ones_like(result))

    return slopes


def _rows_of(rows: Rows, x: jax.Array, result: jax.Array) -> tuple[int, ...]:
    """The shape of an array with all rows of the result."""
    return tuple(
        n if axis in rows.axes else result.shape[axis] for axis, n in enumerate(x.shape)
    )


def _cut(rows: Rows, leaves: list[jax.Array]) -> tuple[int, int]:
    """Along which axis blocks are cut, and how long they are; 0 for no blocks."""
    shape = jnp.broadcast_shapes(*(x.shape for x in leaves))
    batch = [axis for axis in range(len(shape)) if axis not in rows.axes]
    size = math.prod(shape)
    unknown = not isinstance(size, int)  # as `jax.export` may leave it
    if not batch or unknown or size < _SMALL or rows.axis_name or not _alone():
        return 0, 0
    axis = max(batch, key=lambda axis: shape[axis])
    length = shape[axis]
    count = max(1, int(length * max(_SHARE, _LEAST / size)))
    return axis, count if count < length else 0


def _alone() -> bool:
    """Whether there is one device: an array's type need not say that it is spread."""
    return jax.device_count() == 1


def _loop(
    fn: Callable[..., Any],
    axis: int,
    count: int,
    leaves: tuple[jax.Array, ...],
    fill: int,
) -> Any:
    """Evaluates `fn` block by block; the last block ends where the rows do."""
    length = max(x.shape[axis] for x in leaves)

    def step(i: jax.Array, done: Any) -> Any:
        start = jnp.minimum(i * count, length - count)

        def block(x: jax.Array) -> jax.Array:
            if x.shape[axis] == 1:
                return x
            return lax.dynamic_slice_in_dim(x, start, count, axis)

        def put(old: jax.Array, new: jax.Array) -> jax.Array:
            at = 0 if old.shape[axis] == 1 else start
            return lax.dynamic_update_slice_in_dim(old, new, at, axis)

        return jax.tree.map(put, done, fn(*map(block, leaves)))

    shapes, tree = jax.tree.flatten(jax.eval_shape(fn, *leaves))
    # All of it is written. Equal tables to begin with would be one table, and copied.
    done = [jnp.full(x.shape, fill + n, x.dtype) for n, x in enumerate(shapes)]
    done = jax.tree.unflatten(tree, done)
    return lax.fori_loop(0, -(-length // count), step, done)
