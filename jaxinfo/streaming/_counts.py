"""Whole numbers of 64 bits as two of 32: they are exact wherever JAX runs."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import DTypeLike

from jaxinfo._core import doubles
from jaxinfo._core.doubles import Double
from jaxinfo._core.rows import AxisName

__all__ = ["Count", "across", "add", "as_double", "counted", "counts", "zeros"]

_HALF = 16
_LOWER = 2**_HALF - 1


class Count(NamedTuple):
    """Counts of 64 bits, `2**32 * high + low`, exact also without 64-bit types.

    `int(count)` is one count; `count.to_numpy()` are all of them.

    Attributes:
      high: The upper 32 bits, uint32.
      low: The lower 32 bits, uint32.
    """

    high: jax.Array
    low: jax.Array

    def to_numpy(self) -> np.ndarray:
        """The counts as an array of uint64 on the host."""
        high, low = (np.asarray(x).astype(np.uint64) for x in self)
        return high * np.uint64(2**32) + low

    def __int__(self) -> int:
        return int(self.to_numpy())


def zeros(shape: tuple[int, ...]) -> Count:
    return Count(jnp.zeros(shape, jnp.uint32), jnp.zeros(shape, jnp.uint32))


def add(a: Count, b: Count) -> Count:
    """The sum of two; the lower parts wrap around, and then one is carried."""
    low = a.low + b.low
    return Count(a.high + b.high + (low < a.low).astype(jnp.uint32), low)


def across(count: Count, axis_name: AxisName) -> Count:
    """The sum over a mapped axis of up to 65536: halves of 16 bits do not overflow."""
    high, upper, lower = lax.psum(
        (count.high, count.low >> _HALF, count.low & _LOWER), axis_name
    )
    upper = upper + (lower >> _HALF)
    low = (upper << _HALF) | (lower & _LOWER)
    return Count(high + (upper >> _HALF), low)


def as_double(count: Count, dtype: DTypeLike) -> Double:
    """The counts as floating numbers; without rounding to 2^46 in single precision."""
    parts = (count.high >> _HALF, count.high & _LOWER)
    parts += (count.low >> _HALF, count.low & _LOWER)
    powers = (3, 2, 1, 0)
    return doubles.sum_of(
        [
            part.astype(dtype) * float(2 ** (_HALF * power))
            for power, part in zip(powers, parts, strict=True)
        ]
    )


def counted(flags: jax.Array) -> Count:
    """How many flags are set."""
    low = jnp.sum(flags, dtype=jnp.uint32)
    return Count(jnp.zeros_like(low), low)


def counts(index: jax.Array, where: jax.Array, length: int) -> Count:
    """How often every number below `length` is there, of those where a mask holds."""
    ones = where.reshape(-1).astype(jnp.uint32)
    low = jnp.zeros((length,), jnp.uint32)
    low = low.at[index.reshape(-1)].add(ones, mode="drop")
    return Count(jnp.zeros_like(low), low)
