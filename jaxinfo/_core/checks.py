"""Checks of arguments: what is known while tracing raises at once.

The checks of values that the same arguments get are in `values`.
"""

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from jaxinfo._core import values
from jaxinfo._core.joint import Blocks
from jaxinfo._core.rows import AxisName, Rows

__all__ = [
    "SparseTargets",
    "as_axes",
    "as_axis_name",
    "as_floating",
    "as_mask",
    "as_scalar",
    "as_share",
    "as_weights",
    "check_mask",
    "compute_dtype",
    "joint_counts",
    "of_events",
    "of_joint",
    "of_joint_logits",
    "of_labels",
    "of_logits",
    "of_probabilities",
    "of_samples",
    "of_single_logits",
    "of_sparse_targets",
    "of_tables",
    "of_targets",
    "option",
    "place_labels",
]

_HALF = (jnp.bfloat16, jnp.float16)
_WHOLE = (jnp.float32, jnp.float64)
_COUNTS = "use `jaxinfo.normalize` to turn counts into probabilities"


def joint_counts(*blocks: Any) -> str:
    """What to do with counts whose variables lie along these axes."""
    axes = sum((b if isinstance(b, tuple) else (b,) for b in blocks), ())
    return (
        f"use `jaxinfo.normalize` with `axis={axes or 'all of them'}` to turn counts "
        "into probabilities"
    )


def as_floating(name: str, x: ArrayLike, instead: str = "") -> jax.Array:
    """Returns `x` as a strongly typed floating array, or raises `TypeError`."""
    if isinstance(x, list | tuple):
        raise TypeError(
            f"`{name}` must be an array, got a {type(x).__name__}: "
            "wrap it in `jnp.asarray`."
        )
    x = jnp.asarray(x)
    whole = jnp.issubdtype(x.dtype, jnp.integer)
    if whole and x.weak_type and x.ndim == 0:
        # A Python number, such as the 0 and 1 of a standard normal distribution.
        x = x.astype(jnp.result_type(float))
    if x.dtype not in (*_HALF, *_WHOLE):
        hint = f": {instead}" if instead and whole else ": convert it with `.astype`"
        raise TypeError(
            f"`{name}` must be float32, float64, bfloat16 or float16, "
            f"got dtype {x.dtype}{hint}."
        )
    return jax.lax.convert_element_type(x, x.dtype)


def compute_dtype(*arrays: jax.Array) -> str:
    """The widest dtype of the arrays, and float32 at least."""
    return "float64" if any(x.dtype == "float64" for x in arrays) else "float32"


def as_axes(name: str, axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """Normalizes an axis, or several, to distinct axes counted from the front."""
    given: tuple[Any, ...] = axis if isinstance(axis, tuple) else (axis,)
    axes = []
    for one in given:
        try:
            index = operator.index(one)
        except TypeError:
            raise TypeError(
                f"`{name}` must be an int or a tuple of ints, got {axis!r}."
            ) from None
        if not -ndim <= index < ndim:
            raise ValueError(
                f"`{name}` must be in [{-ndim}, {ndim}) for an array of {ndim} "
                f"dimensions, got {axis!r}."
            )
        axes.append(index % ndim)
    if not axes or len(set(axes)) < len(axes):
        raise ValueError(f"`{name}` must name distinct axes, got {axis!r}.")
    return tuple(axes)


def option(name: str, value: str, known: Sequence[str]) -> None:
    """Raises unless a string option is one of those known."""
    if value not in known:
        listed = ", ".join(repr(k) for k in known)
        raise ValueError(f"`{name}` must be one of {listed}, got {value!r}.")


def _align(
    names: Sequence[str], arrays: Sequence[jax.Array], axis: int | tuple[int, ...]
) -> tuple[list[jax.Array], tuple[int, ...]]:
    """Gives all arrays one rank; batch axes must broadcast, event axes must match."""
    ndim = max(x.ndim for x in arrays)
    given = [x.shape for x in arrays]
    arrays = [x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in arrays]
    axes = as_axes("axis", axis, ndim)
    first = arrays[0]
    for name, x, shape in zip(names[1:], arrays[1:], given[1:], strict=True):
        # The axes of outcomes must be there, with the same length, in every argument.
        same = all(x.shape[a] == first.shape[a] for a in axes)
        same &= min(len(shape), len(given[0])) >= ndim - min(axes)
        try:
            jnp.broadcast_shapes(x.shape, first.shape)
        except ValueError:
            same = False
        if not same:
            raise ValueError(
                f"`{names[0]}` and `{name}` must have the same shape along "
                f"axis={axis!r} and batch axes that broadcast, "
                f"got shapes {given[0]} and {shape}."
            )
    return arrays, axes


def check_mask(where: ArrayLike, name: str, shape: tuple[int, ...]) -> jax.Array:
    """Returns a boolean mask that broadcasts to `shape`, or raises."""
    mask = jnp.asarray(where)
    if mask.dtype != bool:
        raise TypeError(f"`where` must be boolean, got dtype {mask.dtype}.")
    try:
        fits = jnp.broadcast_shapes(mask.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"`where` must broadcast to the shape {shape} of `{name}`, "
            f"got shape {mask.shape}."
        )
    return mask


def as_mask(where: ArrayLike | None, shape: tuple[int, ...]) -> jax.Array:
    """A mask, already checked, in full; true where it is not given."""
    mask = jnp.asarray(True if where is None else where)
    return jnp.broadcast_to(
        mask.reshape((1,) * (len(shape) - mask.ndim) + mask.shape), shape
    )


def _masked(
    names: Sequence[str], arrays: list[jax.Array], where: ArrayLike | None, fill: float
) -> list[jax.Array]:
    """Replaces absent entries; the rest of the measure never sees them."""
    if where is None:
        return arrays
    shape = jnp.broadcast_shapes(*(x.shape for x in arrays))
    mask = as_mask(check_mask(where, names[0], shape), shape)
    return [
        jnp.where(mask, jnp.broadcast_to(x, shape), jnp.asarray(fill, x.dtype))
        for x in arrays
    ]


def of_tables(
    names: Sequence[str],
    tables: Sequence[ArrayLike],
    axis: int | tuple[int, ...],
    where: ArrayLike | None,
) -> tuple[Rows, list[jax.Array]]:
    """Checks probability tables and says where their outcomes are."""
    arrays = [as_floating(n, x, _COUNTS) for n, x in zip(names, tables, strict=True)]
    arrays, axes = _align(names, arrays, axis)
    arrays = _masked(names, arrays, where, 0.0)
    values.tables(list(zip(names, arrays, strict=True)), axes)
    return Rows(axes, compute_dtype(*arrays)), arrays


def of_logits(
    names: Sequence[str],
    logits: Sequence[ArrayLike],
    axis: int | tuple[int, ...],
    where: ArrayLike | None,
    axis_name: AxisName,
) -> tuple[Rows, list[jax.Array]]:
    """Checks logits and says where their outcomes are."""
    arrays = [as_floating(n, x) for n, x in zip(names, logits, strict=True)]
    arrays, axes = _align(names, arrays, axis)
    arrays = _masked(names, arrays, where, -jnp.inf)
    named = list(zip(names, arrays, strict=True))
    values.logits(named, axes, whole=axis_name is None)
    return Rows(axes, compute_dtype(*arrays), as_axis_name(axis_name)), arrays


def as_axis_name(axis_name: AxisName) -> AxisName:
    """Checks the name, or tuple of names, of mapped axes."""
    names = axis_name if isinstance(axis_name, tuple) else (axis_name,)
    if axis_name is not None and not all(isinstance(n, str) for n in names):
        raise TypeError(
            f"`axis_name` must be a string or a tuple of strings, got {axis_name!r}."
        )
    return axis_name


def as_weights(name: str, x: ArrayLike) -> jax.Array:
    """Counts or weights as a floating array of at least single precision."""
    if not isinstance(x, list | tuple) and jnp.issubdtype(
        jnp.asarray(x).dtype, jnp.integer
    ):
        return jnp.asarray(x).astype(jnp.asarray(0.0).dtype)
    x = as_floating(name, x)
    return x.astype(compute_dtype(x))


def _pointwise(names: Sequence[str], given: Sequence[ArrayLike]) -> list[jax.Array]:
    """Arguments of an elementwise verb: one dtype, shapes broadcast."""
    arrays = [as_floating(n, x) for n, x in zip(names, given, strict=True)]
    try:
        shape = jnp.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        raise ValueError(
            " and ".join(f"`{n}`" for n in names)
            + " must have shapes that broadcast, got "
            + " and ".join(str(x.shape) for x in arrays)
            + "."
        ) from None
    dtype = compute_dtype(*arrays)
    return [jnp.broadcast_to(x.astype(dtype), shape) for x in arrays]


def of_probabilities(
    names: Sequence[str], given: Sequence[ArrayLike]
) -> list[jax.Array]:
    """Single probabilities, entry by entry."""
    arrays = _pointwise(names, given)
    values.probabilities(list(zip(names, arrays, strict=True)))
    return arrays


def of_single_logits(
    names: Sequence[str], given: Sequence[ArrayLike]
) -> list[jax.Array]:
    """Single logits, entry by entry."""
    arrays = _pointwise(names, given)
    for name, x in zip(names, arrays, strict=True):
        values.report(jnp.isnan(x), f"`{name}` is NaN in entry {{row}}")
    return arrays


def of_samples(
    names: Sequence[str], given: Sequence[ArrayLike], where: ArrayLike | None
) -> tuple[list[jax.Array], jax.Array]:
    """Numbers of one entry a sample, all of one shape and dtype, and which are there.

    Nothing broadcasts: a column and a row of samples would make a table of nonsense.
    """
    arrays = [as_floating(name, x) for name, x in zip(names, given, strict=True)]
    first = arrays[0].shape
    for name, x in zip(names, arrays, strict=True):
        if x.shape != first:
            raise ValueError(
                f"`{name}` must have the shape of `{names[0]}`, "
                f"got {x.shape} and {first}."
            )
    arrays = of_single_logits(names, _masked(names, arrays, where, 0.0))
    return arrays, as_mask(where, first)


def of_events(
    logits: ArrayLike, targets: ArrayLike, where: ArrayLike | None
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Logits of events, their probabilities of the same shape, and which are there."""
    (x, t), here = of_samples(("logits", "targets"), (logits, targets), where)
    (t,) = of_probabilities(["targets"], [t])
    return x, t, here


def _blocks(ndim: int, blocks: dict[str, Any]) -> list[tuple[int, ...]]:
    """The axes of each block of variables, none of them in two blocks."""
    axes = [as_axes(name, axis, ndim) for name, axis in blocks.items()]
    together = sum(axes, ())
    if len(set(together)) < len(together):
        given = ", ".join(f"`{name}`={axis!r}" for name, axis in blocks.items())
        raise ValueError(
            f"No axis may belong to two variables, got {given}: name the axis of each."
        )
    return axes


def of_joint(
    name: str, table: ArrayLike, where: ArrayLike | None, **blocks: Any
) -> tuple[Blocks, jax.Array]:
    """Checks a joint table; `blocks` names the axes of x, y and perhaps z."""
    table = as_floating(name, table, joint_counts(*blocks.values()))
    x, y, *z = _blocks(table.ndim, blocks)
    rows, (array,) = of_tables([name], [table], (*x, *y, *sum(z, ())), where)
    return Blocks(x, y, sum(z, ()), rows.dtype), array


def of_joint_logits(
    name: str,
    logits: ArrayLike,
    where: ArrayLike | None,
    axis_name: AxisName,
    **blocks: Any,
) -> tuple[Blocks, Rows, jax.Array]:
    """Checks joint logits; the last of the axes named may be sharded."""
    logits = as_floating(name, logits)
    x, y, *z = _blocks(logits.ndim, blocks)
    rows, (array,) = of_logits(
        [name], [logits], (*x, *y, *sum(z, ())), where, axis_name
    )
    sharded = None if axis_name is None else max(rows.axes)
    return Blocks(x, y, sum(z, ()), rows.dtype, sharded, axis_name), rows, array


def as_scalar(name: str, value: ArrayLike, dtype: DTypeLike) -> jax.Array:
    """A real number, traced or not, in the dtype to compute in."""
    number = jnp.asarray(value)
    if number.ndim or not (
        jnp.issubdtype(number.dtype, jnp.floating)
        or jnp.issubdtype(number.dtype, jnp.integer)
    ):
        raise TypeError(
            f"`{name}` must be a real scalar, got shape {number.shape}, "
            f"dtype {number.dtype}."
        )
    return number.astype(dtype)


def as_share(name: str, value: ArrayLike, dtype: DTypeLike) -> jax.Array:
    """A share between 0 and 1, a scalar."""
    share = as_scalar(name, value, dtype)
    values.report((share < 0) | (share > 1), f"`{name}` is not in [0, 1]")
    return share


def of_targets(
    logits: ArrayLike,
    targets: ArrayLike,
    axis: int | tuple[int, ...],
    where: ArrayLike | None,
    axis_name: AxisName,
) -> tuple[Rows, jax.Array, jax.Array]:
    """Checks logits and the probabilities they are trained towards."""
    rows, (x,) = of_logits(["logits"], [logits], axis, where, axis_name)
    hint = (
        "one-hot rows are floating; integer labels, with one axis less, belong to "
        "`softmax_cross_entropy_with_integer_labels`"
    )
    t = as_floating("targets", targets, hint)
    if t.shape != x.shape:
        raise ValueError(
            f"`targets` must have the shape of `logits`, got {t.shape} and {x.shape}; "
            "labels must be integers."
        )
    (t,) = _masked(["targets"], [t], where, 0.0)
    values.tables([("targets", t)], rows.axes, normalized=False)
    return rows._replace(dtype=compute_dtype(x, t)), x, t


class Labels(NamedTuple):
    """Integer labels, checked; the axis of the classes is there, with length one.

    Attributes:
      position: The class within this shard of the classes, clipped into range.
      here: Whether the class is in this shard.
      valid: Whether the label is a class at all.
      ignored: Whether it is the label to be ignored.
    """

    position: jax.Array
    here: jax.Array
    valid: jax.Array
    ignored: jax.Array


def of_labels(
    rows: Rows,
    x: jax.Array,
    labels: ArrayLike,
    ignore_index: int | None,
    name: str = "labels",
) -> Labels:
    """Checks integer labels; they count the classes of all shards."""
    if len(rows.axes) != 1:
        raise ValueError(f"`axis` must be a single axis, got {rows.axes}.")
    axis = rows.axes[0]
    label = jnp.asarray(labels)
    if not jnp.issubdtype(label.dtype, jnp.integer):
        raise TypeError(f"`{name}` must be integers, got dtype {label.dtype}.")
    if isinstance(ignore_index, bool) or not isinstance(ignore_index, int | None):
        raise TypeError(
            f"`ignore_index` must be an int or None, got {type(ignore_index).__name__}."
        )
    shape = x.shape[:axis] + x.shape[axis + 1 :]
    if label.shape != shape:
        raise ValueError(
            f"`{name}` must have the shape {shape} of `logits` without the axis of "
            f"the classes, got {label.shape}."
        )
    label = jnp.expand_dims(label, axis)
    return place_labels(x.shape[axis], label, ignore_index, rows.axis_name, name)


def place_labels(
    size: int,
    label: jax.Array,
    ignore_index: int | None = None,
    axis_name: AxisName = None,
    name: str = "labels",
) -> Labels:
    """Where labels lie among the classes of this shard, `size` of them."""
    shards, shard = 1, 0
    if axis_name:
        shards = jax.lax.axis_size(axis_name)
        shard = jax.lax.axis_index(axis_name)
    # Compared before the cast, and only with what the dtype of the labels holds.
    limits = jnp.iinfo(label.dtype)
    valid = label >= 0
    if size * shards <= limits.max:
        valid &= label < size * shards
    ignored = jnp.zeros_like(valid)
    if ignore_index is not None and limits.min <= ignore_index <= limits.max:
        ignored = label == ignore_index
    valid &= ~ignored
    label = jnp.where(valid, label, jnp.zeros_like(label)).astype(jnp.int32)
    values.report(~(valid | ignored), f"`{name}` is out of range in row {{row}}")
    local = jnp.where(valid, label - shard * size, 0)
    index = jnp.clip(local, 0, max(size - 1, 0))
    return Labels(index, valid & (local == index), valid, ignored)


class SparseTargets(NamedTuple):
    """Probabilities of a few classes; all others have none.

    Attributes:
      classes: Which classes, from 0 to K - 1, integers, shape `(..., k)`, distinct
        where their probability is not 0.
      probs: Their probabilities or weights, shape `(..., k)`; not normalized.
    """

    classes: jax.Array
    probs: jax.Array


def of_sparse_targets(
    rows: Rows, x: jax.Array, targets: Any
) -> tuple[Labels, jax.Array]:
    """Checks targets with few classes; they count the classes of all shards."""
    if not isinstance(targets, SparseTargets):
        raise TypeError(
            f"`targets` must be `SparseTargets`, got {type(targets).__name__}."
        )
    classes = jnp.asarray(targets.classes)
    if not jnp.issubdtype(classes.dtype, jnp.integer):
        raise TypeError(
            f"The classes of `targets` must be integers, got dtype {classes.dtype}."
        )
    probs = as_floating("targets.probs", targets.probs)
    if classes.shape[:-1] != x.shape[:-1] or classes.shape != probs.shape:
        raise ValueError(
            f"`targets` must have arrays of shape (*{x.shape[:-1]}, k) for logits of "
            f"shape {x.shape}, got {classes.shape} and {probs.shape}."
        )
    values.report(probs < 0, "`targets` has a negative probability in entry {row}")
    place = place_labels(
        x.shape[-1], classes, axis_name=rows.axis_name, name="targets.classes"
    )
    return place, probs.astype(rows.dtype)
