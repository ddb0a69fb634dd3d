"""Checks of the parameters of families, and what every measure of them returns."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, values

__all__ = ["load", "load_events", "order", "pair", "pair_of_events"]

Point = tuple[jax.Array, ...]

_POSITIVE = ("concentration", "df", "rate", "scale")


def _in_range(name: str, x: jax.Array, *, table: bool) -> jax.Array:
    """The parameter, NaN outside of its range; `jaxinfo.checked` reports both."""
    values.report(jnp.isnan(x), f"`{name}` is NaN in entry {{row}}")
    if name.startswith("probs"):
        wrong = (x < 0) | (x > 1)
        values.report(wrong, f"`{name}` is not in [0, 1]")
    elif name.startswith(_POSITIVE):
        wrong = x < 0
        values.report(wrong, f"`{name}` is negative in entry {{row}}")
    else:
        return x
    # The measures of tables have their own rules for what sums to one up to rounding.
    return x if table else jnp.where(wrong, jnp.nan, x)


def _loaded(
    names: list[str],
    arrays: list[jax.Array],
    shape: tuple[int, ...],
    *,
    events: bool = False,
) -> list[jax.Array]:
    dtype = checks.compute_dtype(*arrays)
    loaded = []
    for name, x in zip(names, arrays, strict=True):
        table = events and name.startswith("probs")
        loaded.append(_in_range(name, x.astype(dtype), table=table))
    return [jnp.broadcast_to(x, shape) for x in loaded]


def _broadcast(
    names: list[str], arrays: list[jax.Array], shapes: list[tuple[int, ...]]
) -> tuple[int, ...]:
    try:
        return jnp.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            " and ".join(f"`{name}`" for name in names)
            + " must have shapes that broadcast, got "
            + " and ".join(str(x.shape) for x in arrays)
            + "."
        ) from None


def load(**given: ArrayLike | None) -> list[jax.Array]:
    """Parameters as arrays of one dtype and shape; those left out are skipped."""
    present = {name: x for name, x in given.items() if x is not None}
    names = list(present)
    arrays = [checks.as_floating(name, x) for name, x in present.items()]
    shape = _broadcast(names, arrays, [x.shape for x in arrays])
    return _loaded(names, arrays, shape)


def load_events(**given: ArrayLike) -> list[jax.Array]:
    """Vectors of parameters along the last axis, of one length; batches broadcast."""
    names = list(given)
    arrays = [checks.as_floating(name, x) for name, x in given.items()]
    lengths = [x.shape[-1:] for x in arrays]
    if () in lengths or len(set(lengths)) > 1:
        raise ValueError(
            " and ".join(f"`{name}`" for name in names)
            + " must have a last axis, of one length, got shapes "
            + " and ".join(str(x.shape) for x in arrays)
            + "."
        )
    shape = _broadcast(names, arrays, [x.shape for x in arrays])
    return _loaded(names, arrays, shape, events=True)


def _halves(arrays: list[jax.Array]) -> tuple[Point, Point]:
    half = len(arrays) // 2
    return tuple(arrays[:half]), tuple(arrays[half:])


def pair(**given: ArrayLike) -> tuple[Point, Point]:
    """The parameters of p and those of q, loaded together."""
    return _halves(load(**given))


def pair_of_events(**given: ArrayLike) -> tuple[Point, Point]:
    """Vectors of parameters of p and of q, loaded together."""
    return _halves(load_events(**given))


def order(alpha: ArrayLike, like: jax.Array) -> jax.Array:
    """The order of a Renyi measure, a scalar in the dtype of the parameters."""
    return checks.as_scalar("alpha", alpha, like.dtype)
