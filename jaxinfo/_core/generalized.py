"""Divergences of several distributions, of any convex function, and of transport."""

from collections.abc import Callable, Hashable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, numerics
from jaxinfo._core.blocks import by_blocks, row_slopes
from jaxinfo._core.divergences import KULLBACK_LEIBLER, Pair, Slopes, pair_of_tables
from jaxinfo._core.passes import elementwise, with_slopes
from jaxinfo._core.rows import Rows

__all__ = [
    "as_mixture",
    "as_positions",
    "by_rows",
    "check_static",
    "f_divergence",
    "mixture_js",
    "of_mixtures",
    "transport",
]


def as_mixture(
    ps: str, shape: tuple[int, ...], axes: tuple[int, ...], axis: int, w: ArrayLike
) -> tuple[int, jax.Array]:
    """Checks the axis of the distributions and their weights, laid out along it."""
    (component,) = checks.as_axes("component_axis", (axis,), len(shape))
    if component in axes:
        raise ValueError(
            f"`component_axis` must be no axis of the outcomes, got {axis!r}."
        )
    weights = checks.as_floating("weights", w)
    batch = tuple(n for i, n in enumerate(shape) if i not in axes)
    if weights.ndim == 1:  # a vector lies along the distributions, wherever they are
        behind = sum(i > component and i not in axes for i in range(len(shape)))
        weights = weights.reshape(weights.shape + (1,) * behind)
    try:
        fits = jnp.broadcast_shapes(weights.shape, batch) == batch
    except ValueError:
        fits = False
    if not fits or weights.ndim == 0:
        raise ValueError(
            f"`weights` must broadcast to the shape {batch} of `{ps}` without the axis "
            f"of the outcomes, got shape {weights.shape}."
        )
    weights = weights.reshape((1,) * (len(batch) - weights.ndim) + weights.shape)
    return component, jnp.expand_dims(weights, axes)


def check_static(axis: Any) -> None:
    """Refuses what could not be an option of a compiled function either."""
    if not isinstance(axis, Hashable):
        raise TypeError(
            "`axis` must be a static Python value (a number or a tuple of them), "
            f"got {type(axis).__name__}."
        )


def _kl_value(p: jax.Array, m: jax.Array, diff: jax.Array) -> jax.Array:
    return KULLBACK_LEIBLER.terms(pair_of_tables(p, m, diff))


def _kl_slopes(p: jax.Array, m: jax.Array, diff: jax.Array) -> tuple[jax.Array, ...]:
    some = p + m > 0
    t = jnp.where(some, diff, 0.0) / jnp.where(some, p + m, 1.0)
    slopes: Slopes = KULLBACK_LEIBLER.slopes(Pair(p, m, diff, t, t))
    return (*slopes, jnp.zeros_like(diff))


_kl_terms = elementwise(_kl_value, _kl_slopes)


def by_rows(fn: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """A measure `fn(rows, *arrays)`, and its gradient, by blocks of rows.

    Args:
      fn: One number a row, of arrays that all have one entry for each row at least.
    """

    def value(rows: Rows, *arrays: jax.Array) -> tuple[jax.Array, tuple]:
        return fn(rows, *arrays), ()

    blocks = with_slopes(by_blocks(value), by_blocks(row_slopes(fn), fill=8))

    def measure(rows: Rows, *arrays: jax.Array) -> jax.Array:
        return fn(rows, *arrays) if rows.axis_name else blocks(rows, *arrays)

    return measure


def of_mixtures(
    fn: Callable[..., jax.Array],
    rows: Rows,
    x: jax.Array,
    weights: jax.Array,
    component: int,
) -> jax.Array:
    """The divergence `fn(rows, x, weights)`, whose rows are whole mixtures."""
    mixtures = rows._replace(axes=(*rows.axes, component))
    size = tuple(1 if i in rows.axes else n for i, n in enumerate(x.shape))
    each = by_rows(lambda _, x, weights: fn(rows, x, weights))
    return each(mixtures, x, jnp.broadcast_to(weights, size))


def mixture_js(
    rows: Rows, p: jax.Array, rise: jax.Array, weights: jax.Array, component: int
) -> jax.Array:
    """The weighted divergence of distributions from their mixture.

    Args:
      rows: Where the outcomes are.
      p: The masses, in the dtype to compute in.
      rise: How far they lie above those of the first distribution, unrounded.
      weights: The weights, with axes of length one for the outcomes.
      component: The axis of the distributions.
    """
    weights = weights.astype(rows.dtype)
    # Counted from the first distribution: nearly equal ones keep their digits.
    first = lax.slice_in_dim(p, 0, 1, axis=component)
    lift = jnp.sum(weights * rise, axis=component, keepdims=True)
    plain = jnp.sum(weights * p, axis=component, keepdims=True)
    mixture = numerics.as_if(first + lift, plain)
    # A distribution without weight may have what the mixture lacks.
    p = jnp.where((weights == 0) & (mixture == 0), 0.0, p)
    mixture, lift = jnp.broadcast_arrays(mixture, lift, p)[:2]
    terms = weights * _kl_terms(p, mixture, lift - rise)
    return rows.sum(jnp.sum(terms, axis=component, keepdims=True))


def _at(f: Callable[[jax.Array], jax.Array], t: jax.Array) -> jax.Array:
    """F as an elementwise function of the ratio."""
    value = jnp.asarray(f(t))
    if value.shape != t.shape:
        raise ValueError(
            f"`f` must be elementwise: of shape {t.shape} it made {value.shape}."
        )
    return value.astype(t.dtype)


def _at_zero(f: Callable[[jax.Array], jax.Array], dtype: str) -> jax.Array:
    """The limit of f at 0: as given, or from a tiny ratio where that is NaN."""
    zero = _at(f, jnp.zeros((), dtype))
    least = _at(f, jnp.full((), jnp.finfo(dtype).tiny, dtype))
    return jnp.where(jnp.isnan(zero), least, zero)


def _at_infinity(f: Callable[[jax.Array], jax.Array], dtype: str) -> jax.Array:
    """The limit of f(t) / t: the slope at infinity, or from the growth of f."""
    _, slope = jax.jvp(
        lambda t: _at(f, t), (jnp.full((), jnp.inf, dtype),), (jnp.ones((), dtype),)
    )
    one, two = (jnp.full((), 2.0**k, dtype) for k in (60, 120))
    lower, upper = _at(f, one) / one, _at(f, two) / two
    grows = (upper > 1.01 * lower) & (lower > 0)
    return jnp.where(jnp.isnan(slope), jnp.where(grows, jnp.inf, upper), slope)


def f_divergence(
    rows: Rows, p: jax.Array, q: jax.Array, f: Callable[[jax.Array], jax.Array]
) -> jax.Array:
    """The sum of q f(p/q), with the limits of f where p or q is 0."""
    if not callable(f):
        raise TypeError(f"`f` must be a function, got {type(f).__name__}.")
    p, q = rows.load(p, q)
    in_p, in_q = p != 0, q != 0
    both = in_p & in_q
    ratio = jnp.where(both, p, 1.0) / jnp.where(both, q, 1.0)
    values = jnp.where(both, q, 0.0) * _at(f, ratio)

    def times(mass: jax.Array, factor: jax.Array) -> jax.Array:
        endless = jnp.isinf(factor)
        return jnp.where(endless, factor, mass * jnp.where(endless, 0.0, factor))

    alone = jnp.where(
        in_p, times(p, _at_infinity(f, rows.dtype)), times(q, _at_zero(f, rows.dtype))
    )
    return rows.sum(jnp.where(both, values, jnp.where(in_p | in_q, alone, 0.0)))


def as_positions(
    rows: Rows, positions: ArrayLike | None, length: int
) -> jax.Array | None:
    """Checks the places of the outcomes on the line."""
    if len(rows.axes) != 1:
        raise ValueError(f"`axis` must be a single axis, got {rows.axes}.")
    if positions is None:
        return None
    if isinstance(positions, list | tuple):
        raise TypeError(
            f"`positions` must be an array, got a {type(positions).__name__}: "
            "wrap it in `jnp.asarray`."
        )
    places = jnp.asarray(positions)
    if not (
        jnp.issubdtype(places.dtype, jnp.floating)
        or jnp.issubdtype(places.dtype, jnp.integer)
    ):
        raise TypeError(f"`positions` must be real, got dtype {places.dtype}.")
    if places.shape != (length,):
        raise ValueError(
            f"`positions` must have one entry an outcome, shape ({length},), "
            f"got shape {places.shape}."
        )
    return places.astype(rows.dtype)


def transport(
    rows: Rows, rise: jax.Array, positions: jax.Array | None, where: ArrayLike | None
) -> jax.Array:
    """The area between two distribution functions, from q - p along the line."""
    (axis,) = rows.axes
    # Moved last: what is summed from the left is one row of memory.
    present = jnp.moveaxis(checks.as_mask(where, rise.shape), axis, -1)
    rise = jnp.moveaxis(rise, axis, -1)
    if positions is None:
        steps = jnp.ones(rise.shape[-1], rows.dtype)
    else:
        if rows.axis_name is None:
            order = jnp.argsort(positions)
            rise, positions = rise[..., order], positions[order]
            present = present[..., order]
        following = _following(rows, positions)
        steps = following - positions
    cumulative = jnp.cumsum(rise, axis=-1) + _before(rows, rise)
    # From the last outcome on both functions are one, but for rounding.
    left = _remaining(rows, present) > 0
    steps = jnp.where(left, steps.reshape((1,) * (rise.ndim - 1) + steps.shape), 0.0)
    area = jnp.sum(jnp.abs(cumulative) * steps, axis=-1)
    area = lax.psum(area, rows.axis_name) if rows.axis_name else area
    return jnp.expand_dims(area, axis)


def _remaining(rows: Rows, present: jax.Array) -> jax.Array:
    """How many outcomes are further right."""
    here = present.astype(rows.dtype)
    behind = jnp.cumsum(here, axis=-1) + _before(rows, here)
    number = jnp.sum(here, axis=-1, keepdims=True)
    return (lax.psum(number, rows.axis_name) if rows.axis_name else number) - behind


def _of_all_shards(rows: Rows, value: jax.Array) -> tuple[jax.Array, jax.Array]:
    """What every shard has, along a new first axis, and which of them is this one."""
    here = lax.axis_index(rows.axis_name)
    mine = jnp.arange(lax.axis_size(rows.axis_name), dtype=here.dtype) == here
    mine = mine.reshape(mine.shape + (1,) * value.ndim)
    return lax.psum(jnp.where(mine, value[None], 0.0), rows.axis_name), here


def _before(rows: Rows, rise: jax.Array) -> jax.Array:
    """The sum of q - p in the shards to the left."""
    if not rows.axis_name:
        return jnp.zeros((), rows.dtype)
    totals, here = _of_all_shards(rows, jnp.sum(rise, axis=-1, keepdims=True))
    left = jnp.arange(totals.shape[0], dtype=here.dtype) < here
    left = left.reshape((-1,) + (1,) * rise.ndim)
    return jnp.sum(jnp.where(left, totals, 0.0), axis=0)


def _following(rows: Rows, positions: jax.Array) -> jax.Array:
    """The next position; that of the last does not count."""
    after = positions[-1:]
    if rows.axis_name:
        firsts, here = _of_all_shards(rows, positions[:1])
        after = firsts[jnp.minimum(here + 1, firsts.shape[0] - 1)]
    return jnp.concatenate([positions[1:], after])
