"""The pairs of a batch: their scores, in tiles of rows, and which of them count."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, values
from jaxinfo._core.rows import AxisName, Rows

__all__ = ["Embeddings", "Pairs", "Scores", "Tile", "fitting", "of_scores"]

# Scores of embeddings are formed this many at a time, if no tile size is given.
_TILE = 2**22


class Embeddings(NamedTuple):
    r"""Scores that are inner products, `f(x_i, y_j) = x_i . y_j / temperature`.

    Stands for the B x B matrix of scores wherever a bound takes one, and is evaluated
    in tiles of rows: the matrix is never in memory.

    Attributes:
      x: Embeddings of the samples of x, shape `(..., B, D)`.
      y: Embeddings of the samples of y, of the same shape.
      temperature: What the inner products are divided by, a scalar; may be traced.
    """

    x: ArrayLike
    y: ArrayLike
    temperature: ArrayLike = 1.0


Scores = ArrayLike | Embeddings
T = TypeVar("T")


class Tile(NamedTuple):
    """Some rows of the matrix of scores, shape `(..., rows, B)`.

    Attributes:
      scores: The scores; 0 where a pair is absent.
      position: The column of the own pair of each row, of a shape that broadcasts to
        `(..., rows, 1)`.
      keep: Mask of the pairs that are present; `None` if all are.
      rows: Reductions over the columns, which are never sharded.
    """

    scores: jax.Array
    position: jax.Array
    keep: jax.Array | None
    rows: Rows

    @property
    def hit(self) -> jax.Array:
        """Where a sample of x meets its own y, present or not."""
        shape = self.scores.shape
        columns = lax.broadcasted_iota(jnp.int32, shape, len(shape) - 1)
        return columns == self.position

    @property
    def own(self) -> jax.Array:
        """Where a sample of x meets its own y, if that pair is present."""
        return self.hit if self.keep is None else self.hit & self.keep

    @property
    def off(self) -> jax.Array:
        """Where it meets another, present, y."""
        return ~self.hit if self.keep is None else ~self.hit & self.keep

    def of_own(self, terms: jax.Array) -> jax.Array:
        """The entry of each row that belongs to its own pair; 0 if it is absent."""
        return jnp.sum(jnp.where(self.own, terms, 0.0), axis=-1)

    def over_off(self, terms: jax.Array) -> jax.Array:
        """The sum over the others."""
        return jnp.sum(jnp.where(self.off, terms, 0.0), axis=-1)


class Pairs(NamedTuple):
    """The scores of a batch, checked, of which each shard has some of the rows.

    Attributes:
      left: What has one row for each sample of x: scores, or embeddings.
      right: Embeddings of all samples of y; `None` if `left` holds scores.
      keep: Mask of the pairs that are present; `None` if all are.
      position: Which sample each row is, counted over all shards, shape `(rows, 1)`.
      size: The number of samples, over all shards.
      rows: Reductions over the samples of x, along the last axis of numbers a row.
      tile_size: How many rows are formed at a time; `None` for all.
    """

    left: jax.Array
    right: jax.Array | None
    keep: jax.Array | None
    position: jax.Array
    size: int
    rows: Rows
    tile_size: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what has one number a row."""
        return self.left.shape[:-1]

    def per_row(self, name: str, x: ArrayLike) -> jax.Array:
        """One number a row, or fewer that broadcast, checked and cast."""
        return fitting(name, x, self.shape).astype(self.rows.dtype)

    def each(self, statistic: Callable[..., T], *extra: jax.Array) -> T:
        """Evaluates `statistic(tile, *extra)`, a tree of numbers a row, tile by tile.

        Tiles are formed anew for the gradient, so that it takes no more memory.
        """

        def of_tile(operands: tuple) -> T:
            left, index, keep, *numbers = operands
            tile = self._tile(left, index, keep)
            return statistic(tile, *(x[..., 0] for x in numbers))

        numbers = (jnp.broadcast_to(x, self.shape)[..., None] for x in extra)
        operands = (self.left, self.position, self.keep, *numbers)
        return _by_tiles(of_tile, operands, self.tile_size)

    def _tile(self, left: jax.Array, index: jax.Array, keep: jax.Array | None) -> Tile:
        if self.right is None:
            scores = left.astype(self.rows.dtype)
        else:
            right = jnp.swapaxes(self.right, -1, -2)
            scores = jnp.matmul(left, right, precision=lax.Precision.HIGHEST)
        index = index.reshape((1,) * (scores.ndim - 2) + index.shape)
        rows = Rows((scores.ndim - 1,), self.rows.dtype)
        if keep is not None:
            scores = jnp.where(keep, scores, 0.0)
        return Tile(scores, index, keep, rows)


def _by_tiles(fn: Callable[[tuple], T], operands: tuple, size: int | None) -> T:
    """`fn` of blocks of rows, which lie along the second axis from the end."""
    count = operands[0].shape[-2]
    if size is None or size >= count:
        return fn(operands)
    whole = count - count % size

    def cut(x: jax.Array) -> jax.Array:
        x = x[..., :whole, :]
        x = x.reshape(*x.shape[:-2], whole // size, size, x.shape[-1])
        return jnp.moveaxis(x, -3, 0)

    def joined(x: jax.Array) -> jax.Array:
        x = jnp.moveaxis(x, 0, -2)
        return x.reshape(*x.shape[:-2], whole)

    # Inside of a loop there is nothing that the compiler could merge it with.
    remade = jax.checkpoint(fn, prevent_cse=False)
    parts = jax.tree.map(joined, lax.map(remade, jax.tree.map(cut, operands)))
    if whole == count:
        return parts
    last = jax.checkpoint(fn)(jax.tree.map(lambda x: x[..., whole:, :], operands))

    def with_last(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.concatenate([x, y], axis=-1)

    return jax.tree.map(with_last, parts, last)


def of_scores(
    name: str,
    scores: Scores,
    where: ArrayLike | None,
    tile_size: int | None,
    axis_name: AxisName,
    *,
    others: Sequence[tuple[str, ArrayLike]] = (),
    turned: bool = False,
) -> Pairs:
    """Checks scores; other arguments count for the dtype to compute in.

    Args:
      name: What the matrix is called.
      scores: The matrix, or what stands for it.
      where: Mask of the pairs that are present.
      tile_size: How many rows to form at a time.
      axis_name: Axis of the mesh over which the rows are sharded.
      others: Names and values of the other arguments.
      turned: Whether to exchange rows and columns.
    """
    axis_name = checks.as_axis_name(axis_name)
    named = isinstance(scores, Embeddings)
    arrays = _embeddings(scores) if named else [checks.as_floating(name, scores)]
    shards = lax.axis_size(axis_name) if axis_name else 1
    rows_here, size = arrays[0].shape[-2:] if arrays[0].ndim > 1 else (0, 0)
    size = rows_here * shards if named else size
    if rows_here * shards != size or size < 2:
        raise ValueError(
            f"`{name}` must be square, shape (..., B, B) with B at least 2"
            + f" of which each of {shards} shards has its rows" * bool(axis_name)
            + f", got shape {arrays[0].shape}."
        )
    keep = None
    if where is not None:
        shape = (*arrays[0].shape[:-1], size)
        keep = checks.as_mask(checks.check_mask(where, name, shape), shape)
    dtype = checks.compute_dtype(*arrays, *(checks.as_floating(*x) for x in others))
    _report(name, arrays, keep)
    if turned:
        keep = keep if keep is None else _turned(keep, axis_name)
        arrays = arrays[::-1] if named else [_turned(arrays[0], axis_name)]
    left, right = arrays[0], None
    if isinstance(scores, Embeddings):
        left, right = (x.astype(dtype) for x in arrays)
        left = left / checks.as_scalar("temperature", scores.temperature, dtype)
        if axis_name:
            right = lax.all_gather(right, axis_name, axis=right.ndim - 2, tiled=True)
    rows = Rows((left.ndim - 2,), dtype, axis_name)
    position = lax.broadcasted_iota(jnp.int32, (rows_here, 1), 0)
    if axis_name:
        position += rows_here * lax.axis_index(axis_name)
    tile_size = _tile_rows(tile_size, size if named else None)
    return Pairs(left, right, keep, position, size, rows, tile_size)


def _embeddings(scores: Embeddings) -> list[jax.Array]:
    x, y = (checks.as_floating(n, getattr(scores, n)) for n in ("x", "y"))
    if x.ndim < 2 or x.shape != y.shape:
        raise ValueError(
            "`x` and `y` must have the same shape (..., B, D), "
            f"got {x.shape} and {y.shape}."
        )
    return [x, y]


def _turned(x: jax.Array, axis_name: AxisName) -> jax.Array:
    """Rows and columns exchanged, and with them what each shard has."""
    if axis_name:
        last = x.ndim - 1
        x = lax.all_to_all(x, axis_name, last, last - 1, tiled=True)
    return jnp.swapaxes(x, -1, -2)


def _tile_rows(tile_size: int | None, size: int | None) -> int | None:
    """The rows of a tile; by default as many of embeddings as make a few megabytes."""
    if tile_size is None:
        return None if size is None else max(1, _TILE // size)
    if isinstance(tile_size, bool) or not isinstance(tile_size, int):
        raise TypeError(
            f"`tile_size` must be an int or None, got {type(tile_size).__name__}."
        )
    if tile_size < 1:
        raise ValueError(f"`tile_size` must be at least 1, got {tile_size}.")
    return tile_size


def _report(name: str, arrays: list[jax.Array], keep: jax.Array | None) -> None:
    """Says which rows hold NaN, if `jaxinfo.checked` asks for it."""
    names = [name] if len(arrays) == 1 else ["x", "y"]
    for label, x in zip(names, arrays, strict=True):
        bad = jnp.isnan(x) if keep is None or len(arrays) > 1 else jnp.isnan(x) & keep
        values.report(jnp.any(bad, axis=-1), f"`{label}` is NaN in row {{row}}")


def fitting(name: str, x: ArrayLike, shape: tuple[int, ...]) -> jax.Array:
    """An array that broadcasts to `shape`, broadcast."""
    x = checks.as_floating(name, x)
    try:
        fits = jnp.broadcast_shapes(x.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"`{name}` must broadcast to the shape {shape}, got shape {x.shape}."
        )
    return jnp.broadcast_to(x.reshape((1,) * (len(shape) - x.ndim) + x.shape), shape)
