"""Checks of arguments: static facts while tracing, values through `checkify`.

Static checks raise at once. Value checks are `checkify.debug_check`: they vanish from
the compiled code unless `jaxinfo.checked` asks for them.
"""

import operator
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.experimental import checkify
from jax.typing import ArrayLike

from jaxinfo._core.rows import AxisName, Rows

__all__ = [
    "as_axes",
    "as_axis_name",
    "as_floating",
    "check_rows",
    "compute_dtype",
    "of_logits",
    "of_tables",
    "option",
    "report",
]

_HALF = (jnp.bfloat16, jnp.float16)
_WHOLE = (jnp.float32, jnp.float64)
# How far a row may be from one, by the dtype that its entries were rounded to.
_SLACK = {"float64": 1e-6, "float32": 1e-3, "bfloat16": 0.05, "float16": 0.01}


def as_floating(name: str, x: ArrayLike, instead: str = "") -> jax.Array:
    """Returns `x` as a strongly typed floating array, or raises `TypeError`."""
    if isinstance(x, list | tuple):
        raise TypeError(
            f"`{name}` must be an array, got a {type(x).__name__}: "
            "wrap it in `jnp.asarray`."
        )
    x = jnp.asarray(x)
    if x.dtype not in (*_HALF, *_WHOLE):
        hint = ""
        if jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == bool:
            hint = f": {instead}" if instead else ": convert it with `.astype`"
        raise TypeError(
            f"`{name}` must be float32, float64, bfloat16 or float16, "
            f"got dtype {x.dtype}{hint}."
        )
    return jax.lax.convert_element_type(x, x.dtype)


def compute_dtype(*arrays: jax.Array) -> jnp.dtype:
    """The widest dtype of the arrays, and float32 at least."""
    return jnp.dtype("float64" if any(x.dtype == "float64" for x in arrays) else "float32")


def as_axes(name: str, axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """Normalizes an axis, or a tuple of them, to distinct axes counted from the front."""
    given = axis if isinstance(axis, tuple) else (axis,)
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


def _mask(
    names: Sequence[str],
    arrays: list[jax.Array],
    where: ArrayLike | None,
    fill: float,
) -> list[jax.Array]:
    """Replaces absent entries; the rest of the measure never sees them."""
    if where is None:
        return arrays
    mask = jnp.asarray(where)
    if mask.dtype != bool:
        raise TypeError(f"`where` must be boolean, got dtype {mask.dtype}.")
    shape = jnp.broadcast_shapes(*(x.shape for x in arrays))
    try:
        fits = jnp.broadcast_shapes(mask.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"`where` must broadcast to the shape {shape} of `{names[0]}`, "
            f"got shape {mask.shape}."
        )
    mask = mask.reshape((1,) * (len(shape) - mask.ndim) + mask.shape)
    masked = []
    for x in arrays:
        full = jnp.broadcast_shapes(mask.shape, x.shape)
        x, keep = jnp.broadcast_to(x, full), jnp.broadcast_to(mask, full)
        masked.append(jnp.where(keep, x, jnp.asarray(fill, x.dtype)))
    return masked


def report(bad: jax.Array, message: str) -> None:
    """A value check: `message` says what is wrong and holds `{row}`.

    `bad` has one entry a row; the first bad one is named by its index.
    """
    flat = bad.reshape(-1)
    checkify.debug_check(~jnp.any(flat), message, row=jnp.argmax(flat))


def check_rows(name: str, bad: jax.Array, axes: tuple[int, ...], what: str) -> None:
    """A value check of entries: names the argument and the first row with a bad one."""
    report(jnp.any(bad, axis=axes), f"`{name}` {what} in row {{row}}")


def of_tables(
    names: Sequence[str],
    tables: Sequence[ArrayLike],
    axis: int | tuple[int, ...],
    where: ArrayLike | None,
    *,
    normalized: bool = True,
) -> tuple[Rows, list[jax.Array]]:
    """Checks probability tables and says where their outcomes are."""
    hint = "use `jaxinfo.normalize` to turn counts into probabilities"
    arrays = [as_floating(n, x, hint) for n, x in zip(names, tables, strict=True)]
    arrays, axes = _align(names, arrays, axis)
    arrays = _mask(names, arrays, where, 0.0)
    for name, x in zip(names, arrays, strict=True):
        check_rows(name, jnp.isnan(x), axes, "is NaN")
        check_rows(name, x < 0, axes, "is negative")
        if normalized:
            slack = _SLACK[x.dtype.name]
            total = jnp.sum(x.astype(compute_dtype(x)), axis=axes)
            report(
                jnp.abs(total - 1) > slack,
                f"`{name}` does not sum to one in row {{row}}",
            )
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
    arrays = _mask(names, arrays, where, -jnp.inf)
    for name, x in zip(names, arrays, strict=True):
        check_rows(name, jnp.isnan(x), axes, "is NaN")
        check_rows(name, jnp.isposinf(x), axes, "is +inf")
        if axis_name is None:
            report(
                jnp.all(jnp.isneginf(x), axis=axes),
                f"`{name}` has no outcome left in row {{row}}",
            )
    return Rows(axes, compute_dtype(*arrays), as_axis_name(axis_name)), arrays


def as_axis_name(axis_name: AxisName) -> AxisName:
    """Checks the name, or tuple of names, of mapped axes."""
    names = axis_name if isinstance(axis_name, tuple) else (axis_name,)
    if axis_name is not None and not all(isinstance(n, str) for n in names):
        raise TypeError(
            f"`axis_name` must be a string or a tuple of strings, got {axis_name!r}."
        )
    return axis_name
