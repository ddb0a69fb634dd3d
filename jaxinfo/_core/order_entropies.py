"""Rényi and Tsallis entropies of any order, of tables and of logits.

The Tsallis entropy is minus the mean deformed logarithm of p, and the Rényi entropy
log(1 + (1-a) T) / (1-a) of it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxinfo._core import powers
from jaxinfo._core.blocks import by_blocks
from jaxinfo._core.logit_divergences import lean
from jaxinfo._core.orders import at_ends, defined, infinite, log_rise, usable
from jaxinfo._core.passes import mended, with_slopes
from jaxinfo._core.powers import Mass
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import Stats, log_probabilities, probabilities, stats

__all__ = ["LOGITS", "TABLES", "renyi", "tsallis"]


class _Door(NamedTuple):
    """How masses are read from an array, and slopes written back to it."""

    prepare: Callable[..., Any]
    masses: Callable[..., tuple[Mass, jax.Array]]
    finish: Callable[..., jax.Array]


def _table_masses(rows: Rows, _: Any, p: jax.Array) -> tuple[Mass, jax.Array]:
    (p,) = rows.load(p)
    # NaN is present: it goes the way of all masses, and stays NaN.
    return Mass(p), p != 0


def _logit_masses(rows: Rows, s: Stats, x: jax.Array) -> tuple[Mass, jax.Array]:
    mass = Mass(probabilities(rows, x, s), log_probabilities(rows, x, s))
    return mass, ~jnp.isneginf(rows.load(x)[0])


def _lean_on(rows: Rows, s: Stats, x: jax.Array, slope: jax.Array) -> jax.Array:
    return lean(rows, x, s, probabilities(rows, x, s), slope)


TABLES = _Door(lambda *_: (), _table_masses, lambda *args: args[-1])
LOGITS = _Door(stats, _logit_masses, _lean_on)


def _log(mass: Mass, present: jax.Array) -> jax.Array:
    log = powers.logarithm(mass.value) if mass.log is None else mass.log
    return jnp.where(present, log, 0.0)


def _sum(rows: Rows, mass: Mass, present: jax.Array, a: jax.Array) -> jax.Array:
    """The Tsallis entropy."""
    log, base = _log(mass, present), jnp.where(present, mass.value, 1.0)
    terms = -powers.deformed_log(mass, log, a - 1.0, base=base)
    terms = jnp.where(a == 0.0, 1.0 - mass.value, terms)
    return rows.sum(jnp.where(present, terms, 0.0))


def _slope(
    mass: Mass, present: jax.Array, a: jax.Array, shift: jax.Array | float
) -> jax.Array:
    """The slope of the Tsallis entropy; 0 where it is infinite because p is 0."""
    weight = Mass(jnp.ones_like(mass.value)) if mass.log is None else mass
    slope = -powers.power_slope(weight, _log(mass, present), a, shift)
    above = a > 1.0
    none = jnp.where(above, jnp.exp(-shift) / jnp.where(above, a - 1.0, 1.0), 0.0)
    return jnp.where(present, slope, weight.value * none)


def _bend(
    mass: Mass, present: jax.Array, a: jax.Array, result: jax.Array | float
) -> jax.Array:
    """The derivative in the order, at a Tsallis entropy of 0 or a Rényi entropy."""
    lift = _log(mass, present) + result
    slope = -powers.deformed_log_slope(mass, lift, a - 1.0)
    return at_ends(a, jnp.where(present, slope, 0.0))


def tsallis(door: _Door) -> Callable[..., jax.Array]:
    """The Tsallis entropy, a function of `(rows, x, a)`."""

    def value(rows: Rows, x: jax.Array, a: jax.Array) -> tuple[jax.Array, Any]:
        kept = door.prepare(rows, x)
        result = _sum(rows, *door.masses(rows, kept, x), usable(a))
        result = jnp.where(infinite(a), 0.0 * result, result)
        return defined(a, result), kept

    def slopes(
        rows: Rows, _: jax.Array, kept: Any, x: jax.Array, a: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        mass, present = door.masses(rows, kept, x)
        slope = _slope(mass, present, usable(a), jnp.zeros_like(a))
        slope = door.finish(rows, kept, x, jnp.where(infinite(a), 0.0, slope))
        return slope, _bend(mass, present, a, 0.0)

    return with_slopes(by_blocks(value), by_blocks(slopes, fill=8))


def renyi(door: _Door) -> Callable[..., jax.Array]:
    """The Rényi entropy, a function of `(rows, x, a)`."""

    def value(rows: Rows, x: jax.Array, a: jax.Array) -> tuple[jax.Array, Any]:
        kept = door.prepare(rows, x)
        mass, present = door.masses(rows, kept, x)
        order, log = usable(a), _log(mass, present)
        total = _sum(rows, mass, present, order)
        rise = (1.0 - order) * total
        low = rise < -0.5

        def exact() -> jax.Array:
            powers_of = jnp.where(present, order * log, -jnp.inf)
            power_sum = powers.log_sum_exp(rows, powers_of)
            return power_sum / jnp.where(low, 1.0 - order, 1.0)

        def lowest() -> jax.Array:
            top = rows.max(jnp.where(present, log, -jnp.inf))
            return jnp.where(jnp.isneginf(top), 0.0, -top) + jnp.zeros_like(total)

        result = mended(low, exact, total * log_rise(jnp.where(low, 0.0, rise)))
        result = mended(infinite(a) & ~jnp.isnan(result), lowest, result)
        return defined(a, result), (kept, low.astype(rows.dtype))

    def slopes(
        rows: Rows, result: jax.Array, kept: Any, x: jax.Array, a: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        kept, low = kept
        mass, present = door.masses(rows, kept, x)
        usual = _renyi_slope(mass, present, usable(a), result, low > 0)
        top = _top_slope(rows, mass, present, result)
        slope = jnp.where(infinite(a), top, usual)
        slope = door.finish(rows, kept, x, slope)
        return slope, _bend(mass, present, a, result)

    return with_slopes(by_blocks(value), by_blocks(slopes, fill=8))


def _renyi_slope(
    mass: Mass, present: jax.Array, a: jax.Array, result: jax.Array, low: jax.Array
) -> jax.Array:
    """Of log(1 + (1-a) T) / (1-a); where the sum is low, of log(sum) / (1-a)."""
    log_sum = (1.0 - a) * result
    near = _slope(mass, present, a, jnp.where(low, 0.0, log_sum))
    weight = Mass(jnp.ones_like(mass.value)) if mass.log is None else mass
    exponent = (a - 1.0) * _log(mass, present) - jnp.where(low, log_sum, 0.0)
    far = a / jnp.where(low, 1.0 - a, 1.0) * weight.times_exp(exponent)
    return jnp.where(low, jnp.where(present, far, 0.0), near)


def _top_slope(
    rows: Rows, mass: Mass, present: jax.Array, result: jax.Array
) -> jax.Array:
    """The slope of minus the largest logarithm, shared where several are largest."""
    win = (present & (_log(mass, present) >= -result)).astype(rows.dtype)
    win = win / jnp.maximum(rows.sum(win), 1.0)
    if mass.log is not None:
        return -win
    return -win / jnp.where(win > 0, mass.value, 1.0)
