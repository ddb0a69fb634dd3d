"""Losses that are functions of the length -log q of the code of what happened.

The probability of everything else, 1 - q = -expm1(-length), has all its digits where q
is almost 1, which q itself has not.
"""

import math

import jax
import jax.numpy as jnp

from jaxinfo._core import numerics
from jaxinfo._core.passes import elementwise

__all__ = ["focal", "miss", "weighted"]

# The probability 1 - q of what did not happen.
miss = elementwise(lambda length: -jnp.expm1(-length), lambda v: (jnp.exp(-v),))


def _finite(length: jax.Array) -> jax.Array:
    return jnp.minimum(length, numerics.largest(length))


def _power(length: jax.Array, gamma: jax.Array) -> jax.Array:
    # Not 0: a power below one has an infinite slope there, which is multiplied by 0.
    return jnp.maximum(miss(length), numerics.tiny(length)) ** gamma


def _decay_value(v: jax.Array) -> jax.Array:
    some = v > 0
    ratio = jnp.where(some, v, 1.0) / jnp.where(some, miss(v), 1.0)
    return jnp.exp(-v) * ratio


def _decay_slopes(v: jax.Array) -> tuple[jax.Array]:
    near = v < 0.5
    small, large = jnp.where(near, v, 0.0), jnp.where(near, 1.0, v)
    series = jnp.zeros_like(v)
    for coefficient in _BERNOULLI:
        series = series * small * small + coefficient
    rest = miss(large)
    far = (1.0 - large / rest) * jnp.exp(-large) / rest
    return (jnp.where(near, small * series - 0.5, far),)


# The derivative of v / (e^v - 1), plus 1/2, over v: B_n / (n-1)!, highest n first.
_BERNOULLI = (
    -691 / 2730 / math.factorial(11), 5 / 66 / math.factorial(9),
    -1 / 151200, 1 / 5040, -1 / 180, 1 / 6,
)  # fmt: skip
# Length / (e^length - 1): 1 at length 0.
_decay = elementwise(_decay_value, _decay_slopes)


def _focal_slopes(length: jax.Array, gamma: jax.Array) -> tuple[jax.Array, jax.Array]:
    v = _finite(length)
    change = _power(v, gamma) * (1.0 + gamma * _decay(v))
    log_miss = jnp.log(jnp.maximum(miss(v), numerics.tiny(v)))
    return change, _power(v, gamma) * v * log_miss


# (1 - q)^gamma times the length.
focal = elementwise(lambda v, gamma: _power(v, gamma) * v, _focal_slopes)


def weighted(weight: jax.Array, length: jax.Array) -> jax.Array:
    """Weight times length; 0 where the weight is, even if the length is infinite."""
    nothing = (weight == 0) & jnp.isinf(length)
    return weight * jnp.where(nothing, 0.0, length)
