"""The t distribution of Student."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import numerics, stirling, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _integrals, _parameters

__all__ = [
    "Params",
    "cross_entropy",
    "entropy",
    "kl_divergence",
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
    rest = stirling.binet(half) - stirling.binet(more)
    rest += more * (stirling.binet_slope(more) - stirling.binet_slope(half))
    rest += 0.5 * numerics.log1p(0.5 / half) + 0.25 / half
    return rest + jnp.log(scale) + (stirling.HALF_LOG_TWO_PI + 0.5)


def _divergence(p: tuple[jax.Array, ...], q: tuple[jax.Array, ...]) -> jax.Array:
    return _integrals.student_t(p, q, _entropy(p[0], p[2]))


@jitted("base")
def cross_entropy(
    df_p: ArrayLike,
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    df_q: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two t distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      loc_p: Location of p, any shape.
      scale_p: Scale of p, any shape.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      loc_q: Location of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import student_t
      >>> print(student_t.cross_entropy(3.0, 0.0, 1.0, 5.0, 1.0, 2.0).round(3))
      2.07

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(
        df_p=df_p, loc_p=loc_p, scale_p=scale_p, df_q=df_q, loc_q=loc_q, scale_q=scale_q
    )
    return units.from_nats(_entropy(p[0], p[2]) + _divergence(p, q), base)


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
      1.773

    Notes:
      Through Binet's function, so that many degrees of freedom, infinity included, go
      over into the normal distribution without a loss of digits.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    df, scale, *_ = _parameters.load(df=df, scale=scale, loc=loc)
    return units.from_nats(_entropy(df, scale), base)


@jitted("base")
def kl_divergence(
    df_p: ArrayLike,
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    df_q: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two t distributions.

    $$ D(p \,\|\, q) = \int p(x) \log \frac{p(x)}{q(x)} \, dx $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      loc_p: Location of p, any shape.
      scale_p: Scale of p, any shape.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      loc_q: Location of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import student_t
      >>> print(student_t.kl_divergence(3.0, 0.0, 1.0, 5.0, 1.0, 2.0).round(3))
      0.297

    Notes:
      There is no closed form: it is a sum over 81 points in float32 and 221 in float64,
      right to about 32 ULP for every location, every scale and all degrees of freedom
      of at least 1, infinity included (the normal distribution); with half a degree for
      p the error is about 1e-12, with 0.3 degrees 1e-9 and 1e-4 in float32. Near
      equality it is accurate, exactly 0 there, and never negative. Memory and time are
      those of as many numbers for each divergence.

    References:
      L. N. Trefethen and J. A. C. Weideman, "The exponentially convergent trapezoidal
      rule", 2014, theorem 5.1.

    See Also:
      `cross_entropy`, which adds the entropy.
    """
    p, q = _parameters.pair(
        df_p=df_p, loc_p=loc_p, scale_p=scale_p, df_q=df_q, loc_q=loc_q, scale_q=scale_q
    )
    return units.from_nats(_divergence(p, q), base)
