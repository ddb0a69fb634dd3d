"""Rényi, Tsallis and alpha measures of any order, of tables and of logits.

With T the Tsallis divergence in its generalized form, the sum of
(p^a q^(1-a) - a p - (1-a) q) / (a-1), the alpha divergence is T/a and the Rényi
divergence log(1 + (a-1) T) / (a-1). The entropies are the same of log p alone.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import numerics, powers, values
from jaxinfo._core.blocks import by_blocks
from jaxinfo._core.logit_divergences import at_infinity, lean
from jaxinfo._core.passes import mended, with_slopes
from jaxinfo._core.powers import Mass, Outcomes
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import Contrast, contrast, probabilities
from jaxinfo._core.softmax import stats as row_stats

__all__ = [
    "LOGITS",
    "TABLES",
    "Door",
    "as_order",
    "at_ends",
    "defined",
    "divergence_slopes",
    "empty",
    "infinite",
    "log_rise",
    "measures",
    "usable",
    "weighted_sum",
    "weights",
]

Arrays = tuple[jax.Array, ...]


def as_order(
    rows: Rows, alpha: ArrayLike, *arrays: jax.Array
) -> tuple[Rows, jax.Array, list[jax.Array]]:
    """Checks an order, traced or not, and lays it out along the batch axes.

    An order of more axes than the batch has gives the arrays more batch axes.
    """
    if isinstance(alpha, list | tuple):
        raise TypeError(
            f"`alpha` must be a real number or an array, got a {type(alpha).__name__}: "
            "wrap it in `jnp.asarray`."
        )
    order = jnp.asarray(alpha)
    real = jnp.issubdtype(order.dtype, jnp.floating)
    if not (real or jnp.issubdtype(order.dtype, jnp.integer)):
        raise TypeError(f"`alpha` must be real, got dtype {order.dtype}.")
    shape = jnp.broadcast_shapes(*(x.shape for x in arrays))
    batch = tuple(n for i, n in enumerate(shape) if i not in rows.axes)
    try:
        jnp.broadcast_shapes(batch, order.shape)
    except ValueError:
        raise ValueError(
            f"`alpha` must broadcast against the batch axes, of shape {batch}, "
            f"got shape {order.shape}."
        ) from None
    more = max(order.ndim - len(batch), 0)
    rows = rows._replace(axes=tuple(axis + more for axis in rows.axes))
    laid_out = [x.reshape((1,) * more + x.shape) for x in arrays]
    order = order.reshape((1,) * (len(batch) - order.ndim) + order.shape)
    order = jnp.expand_dims(order, rows.axes).astype(rows.dtype)
    values.report(jnp.isnan(order), "`alpha` is NaN in entry {row}")
    return rows, order, laid_out


class Door(NamedTuple):
    """How outcomes are read from a pair of arrays, and slopes written back to them.

    Attributes:
      prepare: `prepare(rows, *arrays)`, what is kept of them for the slopes.
      outcomes: `outcomes(rows, kept, *arrays)`.
      finish: `finish(rows, kept, arrays, a, slopes)`, slopes in the arrays from those
        in the masses (tables) or in their logarithms (logits).
    """

    prepare: Callable[..., Any]
    outcomes: Callable[..., Outcomes]
    finish: Callable[..., Arrays]


def _outcomes_of_tables(rows: Rows, _: Any, p: jax.Array, q: jax.Array) -> Outcomes:
    return powers.of_tables(*rows.load(p, q))


def _outcomes_of_logits(
    rows: Rows, c: Contrast, x: jax.Array, y: jax.Array
) -> Outcomes:
    return powers.of_logits(rows, x, y, c)


def _prepare_logits(rows: Rows, x: jax.Array, y: jax.Array) -> Contrast:
    return contrast(rows, x, y, row_stats(rows, x), row_stats(rows, y))


def _finish_logits(
    rows: Rows, c: Contrast, arrays: Arrays, a: jax.Array, slopes: Arrays
) -> Arrays:
    x, y = arrays
    in_x = lean(rows, x, c.x, probabilities(rows, x, c.x), slopes[0])
    in_y = lean(rows, y, c.y, probabilities(rows, y, c.y), slopes[1])
    in_x = jnp.where(a >= 1.0, at_infinity(rows, x, y, in_x), in_x)
    # The alpha divergence of order 0 or less is infinite where p lacks what q has.
    endless = rows.max(jnp.isposinf(slopes[1]).astype(rows.dtype)) > 0
    in_y = jnp.where(endless, at_infinity(rows, y, x, in_y), in_y)
    return tuple(jnp.where(c.x.empty, 0.0, slope) for slope in (in_x, in_y))


TABLES = Door(lambda *_: (), _outcomes_of_tables, lambda *args: args[-1])
LOGITS = Door(_prepare_logits, _outcomes_of_logits, _finish_logits)


def _ratio(x: jax.Array, y: jax.Array, ok: jax.Array) -> jax.Array:
    """X / y where it is ok, +inf elsewhere."""
    return jnp.where(ok, x / jnp.where(ok, y, 1.0), jnp.inf)


def _times(mass: jax.Array, factor: jax.Array) -> jax.Array:
    """The product, infinite with the factor even if the mass has underflowed."""
    endless = jnp.isinf(factor)
    product = mass * jnp.where(endless, 0.0, factor)
    return jnp.where(endless, mass + jnp.inf, product)


def weighted_sum(
    rows: Rows,
    o: Outcomes,
    a: jax.Array,
    scale: jax.Array,
    alone: Arrays,
) -> jax.Array:
    """The sum of `scale` times the excess; `alone` weighs what q or p lacks."""
    rest = jnp.where(o.in_p, _times(o.p.value, alone[0]), _times(o.q.value, alone[1]))
    rest = jnp.where(o.in_p | o.in_q, rest, 0.0)
    terms = jnp.where(o.both, scale * powers.order_excess(o, a), rest)
    return rows.sum(terms)


def _tsallis_alone(a: jax.Array) -> Arrays:
    """The Tsallis divergence of a mass of p that q lacks, and the other way round."""
    return _ratio(a, 1.0 - a, a < 1.0), jnp.ones_like(a)


def _alpha_alone(a: jax.Array) -> Arrays:
    one = jnp.ones_like(a)
    return _ratio(one, 1.0 - a, a < 1.0), _ratio(one, a, a > 0.0)


def weights(o: Outcomes) -> tuple[Mass, Mass]:
    """What slopes are multiplied by: those of logits are slopes in log p, log q."""
    if o.p.log is not None:
        return o.p, o.q
    one = Mass(jnp.ones_like(o.p.value))
    return one, one


def divergence_slopes(
    o: Outcomes,
    a: jax.Array,
    scale: jax.Array,
    alone: Arrays,
    shift: jax.Array | float = 0.0,
) -> Arrays:
    """Slopes of `scale` times the summed excess, divided by e^shift.

    One-sided where a mass is 0, and 0 where the mass of the slope is 0 and the slope
    infinite. `alone` has the slope in p where q is 0, and that in q where p is 0.
    """
    one, two = weights(o)
    none = scale == 0.0  # whatever the powers overflow to
    in_p = powers.deformed_log(one, o.w, a - 1.0, shift)
    in_q = -powers.deformed_log(two, o.w, a, shift)
    in_p, in_q = (jnp.where(none, 0.0, scale * slope) for slope in (in_p, in_q))
    calm = jnp.exp(-shift) * jnp.ones_like(a)
    # Nothing infinite is multiplied by what is differentiated, selected or not.
    p_alone, q_alone = (
        jnp.where(endless, jnp.inf, jnp.where(endless, 0.0, slope) * calm)
        for slope, endless in ((slope, jnp.isinf(slope)) for slope in alone)
    )
    p_none = -numerics.over(scale, a - 1.0) * calm
    q_none = -numerics.over(scale, -a) * calm
    in_p = jnp.where(o.both, in_p, jnp.where(o.in_p, _times(one.value, p_alone), 0.0))
    in_p = jnp.where(~o.in_p & o.in_q, one.value * p_none, in_p)
    in_q = jnp.where(o.in_p, in_q, _times(two.value, q_alone))
    in_q = jnp.where(o.in_p & ~o.in_q, two.value * q_none, in_q)
    return in_p, in_q


def usable(a: jax.Array) -> jax.Array:
    """The order, or 1/2 in the place of one that counts as infinite."""
    return jnp.where(infinite(a), 0.5, a)


def infinite(a: jax.Array) -> jax.Array:
    return jnp.abs(a) > numerics.largest(a) ** 0.5


def at_ends(a: jax.Array, slope: jax.Array) -> jax.Array:
    """The slope in the order, given as 0 where the order is 0 or infinite."""
    return jnp.where((a == 0.0) | infinite(a), 0.0, slope)


def _exceeds(rows: Rows, o: Outcomes, a: jax.Array) -> jax.Array:
    """What the Tsallis and alpha divergences are at infinite order: 0 or +inf."""
    up = jnp.where(o.both, o.w > 0, o.in_p)
    down = jnp.where(o.both, o.w < 0, o.in_q)
    more = rows.max(jnp.where(a > 0, up, down).astype(rows.dtype)) > 0
    return jnp.where(more, jnp.inf, jnp.zeros_like(a))


def _bend(o: Outcomes, a: jax.Array, w: jax.Array) -> jax.Array:
    """The derivative of a deformed logarithm of w in the order, times p."""
    slope = powers.deformed_log_slope(o.p, w, a - 1.0)
    below = a < 1.0
    alone = o.p.value * jnp.where(below, 1.0 / jnp.where(below, (1.0 - a) ** 2, 1.0), 0)
    return jnp.where(o.in_p, jnp.where(o.in_q, slope, alone), 0.0)


def empty(kept: Any) -> jax.Array | bool:
    """Whether there is nothing to encode; a table says so by itself."""
    return kept.x.empty if isinstance(kept, Contrast) else False


def _power_divergence(door: Door, *, alpha: bool) -> Callable[..., jax.Array]:
    """The Tsallis or the alpha divergence, a function of `(rows, x, y, a)`."""
    lacking = _alpha_alone if alpha else _tsallis_alone

    def total(rows: Rows, o: Outcomes, a: jax.Array) -> jax.Array:
        scale = jnp.ones_like(a) if alpha else a
        return weighted_sum(rows, o, a, scale, lacking(a))

    def value(rows: Rows, x: jax.Array, y: jax.Array, a: jax.Array) -> Any:
        kept = door.prepare(rows, x, y)
        o = door.outcomes(rows, kept, x, y)
        result = total(rows, o, usable(a))
        end, none = infinite(a) & ~jnp.isnan(result), jnp.zeros_like(result)
        result = mended(end, lambda: _exceeds(rows, o, a) + none, result)
        return jnp.where(empty(kept), 0.0, defined(a, result, alpha)), kept

    def slopes(
        rows: Rows, result: jax.Array, kept: Any, x: jax.Array, y: jax.Array, a: Any
    ) -> Arrays:
        o, order = door.outcomes(rows, kept, x, y), usable(a)
        scale = jnp.ones_like(a) if alpha else order
        in_masses = divergence_slopes(o, order, scale, lacking(order))
        in_masses = tuple(jnp.where(infinite(a), 0.0, s) for s in in_masses)
        in_x, in_y = door.finish(rows, kept, (x, y), order, in_masses)
        if alpha:
            in_a = jnp.where(infinite(a), 0.0, _alpha_bend(o, order))
        else:
            in_a = at_ends(a, _bend(o, order, o.w))
        return in_x, in_y, jnp.where(empty(kept) | jnp.isinf(result), 0.0, in_a)

    return with_slopes(by_blocks(value), by_blocks(slopes, fill=8))


def _alpha_bend(o: Outcomes, a: jax.Array) -> jax.Array:
    """The derivative of the terms of the alpha divergence in the order."""

    def alone(mass: jax.Array, b: jax.Array) -> jax.Array:
        ok = b > 0  # elsewhere the divergence is infinite
        return jnp.where(ok, mass / jnp.where(ok, b * b, 1.0), 0.0)

    of_p, of_q = alone(o.p.value, 1.0 - a), -alone(o.q.value, a)
    one = jnp.where(o.in_p, of_p, jnp.where(o.in_q, of_q, 0.0))
    return jnp.where(o.both, powers.order_bend(o, a), one)


def defined(a: jax.Array, result: jax.Array, anywhere: bool = False) -> jax.Array:
    """NaN at a negative order, unless the measure is defined there, and at NaN."""
    bad = jnp.isnan(a) if anywhere else ~(a >= 0.0)
    return jnp.where(bad, jnp.nan, result)


# Above this (a-1) T the logarithm is taken of powers that cannot overflow.
_HIGH = 64.0


def _renyi_divergence(door: Door) -> Callable[..., jax.Array]:
    """The Rényi divergence, a function of `(rows, x, y, a)`."""

    def value(rows: Rows, x: jax.Array, y: jax.Array, a: jax.Array) -> Any:
        kept = door.prepare(rows, x, y)
        o, order = door.outcomes(rows, kept, x, y), usable(a)
        result, low = _renyi(rows, o, order)
        end, none = infinite(a) & ~jnp.isnan(result), jnp.zeros_like(result)
        result = mended(end, lambda: _highest(rows, o) + none, result)
        return jnp.where(empty(kept), 0.0, defined(a, result)), (kept, low)

    def slopes(
        rows: Rows, result: jax.Array, kept: Any, x: jax.Array, y: jax.Array, a: Any
    ) -> Arrays:
        kept, low = kept
        o, order = door.outcomes(rows, kept, x, y), usable(a)
        in_masses = _renyi_slopes(o, order, jnp.where(infinite(a), 0.0, result), low)
        top = _highest_slopes(rows, o, result)
        in_masses = tuple(
            jnp.where(infinite(a), one, two)
            for one, two in zip(top, in_masses, strict=True)
        )
        finite = jnp.where(jnp.isinf(result), 0.0, result)
        in_a = at_ends(a, _bend(o, order, o.w - finite))
        in_x, in_y = door.finish(rows, kept, (x, y), a, in_masses)
        return in_x, in_y, jnp.where(empty(kept) | jnp.isinf(result), 0.0, in_a)

    return with_slopes(by_blocks(value), by_blocks(slopes, fill=8))


def log_rise(x: jax.Array) -> jax.Array:
    """`log(1 + x) / x`."""
    ok = x != 0
    return jnp.where(ok, numerics.log1p(x) / jnp.where(ok, x, 1.0), 1.0)


def _renyi(rows: Rows, o: Outcomes, a: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The Rényi divergence from the Tsallis divergence; whether the sum is low."""
    less = a - 1.0
    tsallis = weighted_sum(rows, o, a, a, _tsallis_alone(a))
    x = less * tsallis
    low = x < -0.5
    lacking = rows.max((o.in_p & ~o.in_q).astype(rows.dtype)) > 0
    far = low | ((x > _HIGH) & ~lacking)
    plain = tsallis * log_rise(jnp.where(far | jnp.isinf(x) | (less == 0), 0.0, x))

    def exact() -> jax.Array:
        total = powers.log_sum_exp(rows, powers.log_power(o, a))
        return total / jnp.where(far, less, 1.0)

    return mended(far, exact, plain), low.astype(rows.dtype)


def _renyi_slopes(
    o: Outcomes, a: jax.Array, result: jax.Array, low: jax.Array
) -> Arrays:
    """Slopes of log(1 + (a-1) T) / (a-1); where the sum is low, of log(sum) / (a-1)."""
    less = a - 1.0
    log_sum = jnp.where(less == 0, 0.0, less * result)
    some = low > 0
    close = jnp.where(some, 0.0, log_sum)
    near = divergence_slopes(o, a, a, _tsallis_alone(a), close)
    one, two = weights(o)
    shift = jnp.where(some & jnp.isfinite(log_sum), log_sum, 0.0)
    in_p = a / jnp.where(some, less, 1.0) * one.times_exp(less * o.w - shift)
    in_q = -two.times_exp(a * o.w - shift)
    far = (jnp.where(o.both, in_p, 0.0), jnp.where(o.both, in_q, 0.0))
    return tuple(jnp.where(some, f, n) for f, n in zip(far, near, strict=True))


def _highest(rows: Rows, o: Outcomes) -> jax.Array:
    """The largest log p/q, and 0 where p is nowhere larger."""
    return jnp.maximum(
        rows.max(jnp.where(o.both, o.w, jnp.where(o.in_p, jnp.inf, 0.0))), 0.0
    )


def _highest_slopes(rows: Rows, o: Outcomes, result: jax.Array) -> Arrays:
    """Slopes of the largest log p/q, shared where several are largest."""
    win = (o.both & (o.w >= result) & (result > 0)).astype(rows.dtype)
    win = win / jnp.maximum(rows.sum(win), 1.0)
    if o.p.log is not None:
        return win, -win
    p, q = (jnp.where(win > 0, m.value, 1.0) for m in (o.p, o.q))
    return win / p, -win / q


class Measures(NamedTuple):
    """The divergences of one door, functions of `(rows, x, y, a)`."""

    renyi: Callable[..., jax.Array]
    tsallis: Callable[..., jax.Array]
    alpha: Callable[..., jax.Array]


def measures(door: Door) -> Measures:
    """The divergences of one door."""
    return Measures(
        _renyi_divergence(door),
        _power_divergence(door, alpha=False),
        _power_divergence(door, alpha=True),
    )
