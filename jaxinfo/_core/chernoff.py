"""Chernoff information: the order at which two distributions overlap least.

The overlap is sum p^a q^(1-a) = 1 - x(a), where x is concave in a. What is solved is
x' = 0, or the same of the logarithm of the overlap where that is small.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics, powers
from jaxinfo._core.blocks import by_blocks
from jaxinfo._core.orders import Door, divergence_slopes, empty, weighted_sum, weights
from jaxinfo._core.passes import mended, with_slopes
from jaxinfo._core.powers import Outcomes
from jaxinfo._core.rows import Rows

__all__ = ["information"]

# An error of the order counts squared: 2^-13, then Newton's method squares it thrice.
_HALVINGS, _NEWTON_STEPS = 12, 4


class _Tilt(NamedTuple):
    """The outcomes under p^a q^(1-a), normalized, and moments of w = log p/q there."""

    masses: jax.Array
    mean: jax.Array
    variance: jax.Array


def _tilt(rows: Rows, o: Outcomes, a: jax.Array) -> _Tilt:
    exponent = powers.log_power(o, a)
    total = powers.log_sum_exp(rows, exponent)
    total = jnp.where(jnp.isneginf(total), 0.0, total)
    masses = jnp.exp(exponent - total)
    mean = rows.sum(masses * o.w)
    return _Tilt(masses, mean, rows.sum(masses * (o.w - mean) ** 2))


def _deficit(rows: Rows, o: Outcomes, a: jax.Array) -> jax.Array:
    """`1 - sum p^a q^(1-a)`: x, right however close p and q are."""
    return weighted_sum(rows, o, a, a * (1.0 - a), (a, 1.0 - a))


def _ascent(
    rows: Rows, o: Outcomes, a: jax.Array, far: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """The first two derivatives of x in a, or where `far`, of -log(1 - x)."""
    excess, bend = powers.order_excess(o, a), powers.order_bend(o, a)
    both = (1.0 - 2.0 * a) * excess + a * (1.0 - a) * bend
    alone = jnp.where(o.in_p, o.p.value, -jnp.where(o.in_q, o.q.value, 0.0))
    slope = rows.sum(jnp.where(o.both, both, alone))
    curve = rows.sum(jnp.exp(powers.log_power(o, a)) * o.w * o.w)
    tilt = _tilt(rows, o, a)
    return (
        jnp.where(far, -tilt.mean, slope),
        -jnp.where(far, tilt.variance, curve),
    )


def _solve(rows: Rows, o: Outcomes) -> jax.Array:
    """The order of least overlap, between 0 and 1, in a fixed number of steps."""
    middle = jnp.full_like(rows.sum(o.w), 0.5)
    far = _deficit(rows, o, middle) > 0.5

    def halve(_: int, ends: tuple) -> tuple:
        low, high = ends
        a = 0.5 * (low + high)
        up = _ascent(rows, o, a, far)[0] > 0
        return jnp.where(up, a, low), jnp.where(up, high, a)

    zero = 0.0 * middle
    low, high = lax.fori_loop(0, _HALVINGS, halve, (zero, zero + 1.0))

    def improve(_: int, a: jax.Array) -> jax.Array:
        slope, curve = _ascent(rows, o, a, far)
        step = jnp.where(curve < 0, slope / jnp.where(curve < 0, curve, -1.0), 0.0)
        return jnp.clip(a - step, low, high)

    a = lax.fori_loop(0, _NEWTON_STEPS, improve, 0.5 * (low + high))
    return jnp.where(_ascent(rows, o, a, far)[1] < 0, a, middle)


def _root(door: Door) -> Callable[..., jax.Array]:
    """The order as it is, differentiated as the root that it is.

    A function of `(rows, a, low, kept, x, y)`.
    """

    @functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
    def root(rows: Rows, a: jax.Array, *_: Any) -> jax.Array:
        return a

    @root.defjvp
    def _(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
        a, (_, low, kept, x, y) = root(rows, *primals), primals
        o = door.outcomes(rows, kept, x, y)
        in_p, in_q, curve = _ascent_slopes(rows, o, a, low > 0)
        # At an end of the interval the order stays where it is.
        inside = (a > 0.0) & (a < 1.0) & (curve > 0)
        rate = jnp.where(inside, 1.0 / jnp.where(inside, curve, 1.0), 0.0)
        slopes = (rate * in_p, rate * in_q)
        slopes = door.finish(rows, kept, (x, y), 0.0 * a, slopes)
        pairs = zip(slopes, tangents[-2:], strict=True)
        return a, sum(rows.sum(one * two.astype(rows.dtype)) for one, two in pairs)

    return root


def _ascent_slopes(
    rows: Rows, o: Outcomes, a: jax.Array, low: jax.Array
) -> tuple[jax.Array, ...]:
    """Slopes of what is solved for in p and q, and minus that in the order."""
    tilt = _tilt(rows, o, a)
    masses = jnp.where(low, tilt.masses, jnp.exp(powers.log_power(o, a)))
    w = o.w - jnp.where(low, tilt.mean, 0.0)
    one, two = weights(o)
    rest = jnp.where(low, 0.0, 1.0)
    in_p = rest * one.value - _per_mass(masses, o.p, one) * (1.0 + a * w)
    in_q = _per_mass(masses, o.q, two) * (1.0 - (1.0 - a) * w) - rest * two.value
    return in_p, in_q, rows.sum(masses * w * w)


def _per_mass(tilted: jax.Array, mass: powers.Mass, weight: powers.Mass) -> jax.Array:
    """The tilted mass per mass, times the weight; 0 where there is no mass."""
    if mass.log is not None:
        return tilted
    some = mass.value > 0
    return weight.value * jnp.where(some, tilted / jnp.where(some, mass.value, 1.0), 0)


def information(door: Door) -> Callable[..., jax.Array]:
    """Chernoff information, a function of `(rows, x, y)`.

    At the least overlap the slope in the order is 0: the slopes in the masses are those
    at a fixed order, and only their own derivatives see it move.
    """
    root = _root(door)

    def value(rows: Rows, x: jax.Array, y: jax.Array) -> Any:
        kept = door.prepare(rows, x, y)
        o = door.outcomes(rows, kept, x, y)
        a = _solve(rows, o)
        deficit = _deficit(rows, o, a)
        low = deficit > 0.5

        def exact() -> jax.Array:
            return -powers.log_sum_exp(rows, powers.log_power(o, a))

        near = -numerics.log1p(-jnp.where(low, 0.0, deficit))
        result = jnp.where(empty(kept), 0.0, mended(low, exact, near))
        return result, (kept, a, low.astype(rows.dtype))

    def slopes(
        rows: Rows, result: jax.Array, kept: Any, x: jax.Array, y: jax.Array
    ) -> tuple[jax.Array, ...]:
        kept, a, low = kept
        a = root(rows, a, low, kept, x, y)
        o = door.outcomes(rows, kept, x, y)
        in_masses = _distance_slopes(o, a, result, low > 0)
        return door.finish(rows, kept, (x, y), 0.0 * a, in_masses)

    return with_slopes(by_blocks(value), by_blocks(slopes, fill=8))


def _distance_slopes(
    o: Outcomes, a: jax.Array, result: jax.Array, low: jax.Array
) -> tuple[jax.Array, ...]:
    """Slopes of -log(1 - x); where the overlap is small, of -log(overlap)."""
    shift = -jnp.where(jnp.isinf(result), 0.0, result)
    calm = jnp.where(low, 0.0, shift)
    near = divergence_slopes(o, a, a * (1.0 - a), (a, 1.0 - a), calm)
    one, two = weights(o)
    in_p = -a * one.times_exp((a - 1.0) * o.w - shift)
    in_q = -(1.0 - a) * two.times_exp(a * o.w - shift)
    far = (jnp.where(o.both, in_p, 0.0), jnp.where(o.both, in_q, 0.0))
    return tuple(jnp.where(low, f, n) for f, n in zip(far, near, strict=True))
