"""The t distribution of Student."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import numerics, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _parameters, _stirling

__all__ = [
    "Params",
    "entropy",
]


class Params(NamedTuple):
    """Parameters of a t distribution.

    Attributes:
      df: Degrees of freedom.
      loc: Location.
      scale: Scale.
    """

    df: ArrayLike
    loc: ArrayLike
    scale: ArrayLike


def _entropy(df: jax.Array, scale: jax.Array) -> jax.Array:
    # Beyond this the normal distribution is reached, at infinity too.
    half = 0.5 * jnp.minimum(df, 1e17)
    more = half + 0.5
    rest = _stirling.binet(half) - _stirling.binet(more)
    rest += more * (_stirling.binet_slope(more) - _stirling.binet_slope(half))
    rest += 0.5 * numerics.log1p(0.5 / half) + 0.25 / half
    return rest + jnp.log(scale) + (_stirling.HALF_LOG_TWO_PI + 0.5)


@jitted("base")
def entropy(
    df: ArrayLike,
    scale: ArrayLike,
    *,
    loc: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Differential entropy of a t distribution.

    $$ H(p) = \tfrac{\nu + 1}{2} \left( \psi(\tfrac{\nu + 1}{2}) - \psi(\tfrac{\nu}{2})
       \right) + \tfrac12 \log \nu + \log B(\tfrac{\nu}{2}, \tfrac12) + \log \sigma $$

    Args:
      df: Degrees of freedom, any shape.
      scale: Scale, any shape.
      loc: Location; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import student_t
      >>> print(student_t.entropy(3.0, 1.0).round(3))
      1.7730001

    Notes:
      Through Binet's function, so that many degrees of freedom, infinity included, go
      over into the normal distribution without a loss of digits.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `jaxinfo.samples`, for samples.
    """
    df, scale, *_ = _parameters.load(df=df, scale=scale, loc=loc)
    return units.from_nats(_entropy(df, scale), base)
