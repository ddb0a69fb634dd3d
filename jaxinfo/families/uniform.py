"""The uniform distribution on an interval."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import curves, numerics, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _parameters

__all__ = [
    "Params",
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "renyi_entropy",
    "wasserstein_distance",
]


class Params(NamedTuple):
    """Parameters of a uniform distribution.

    Attributes:
      low: Lower end.
      high: Upper end.
    """

    low: ArrayLike
    high: ArrayLike


def _entropy(low: jax.Array, high: jax.Array) -> jax.Array:
    return jnp.log(high - low)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    (low_p, high_p), (low_q, high_q) = p, q
    inside = (low_q <= low_p) & (high_p <= high_q)
    wider = (high_q - high_p) + (low_p - low_q)
    wider = jnp.where(inside, wider / (high_p - low_p), 0.0)
    some = jnp.isnan(low_p + high_p + low_q + high_q)
    outside = jnp.where(some, jnp.nan, jnp.inf)
    return jnp.where(inside, numerics.log1p(wider), outside)


@jitted("base")
def cross_entropy(
    low_p: ArrayLike,
    high_p: ArrayLike,
    low_q: ArrayLike,
    high_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two uniform distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.cross_entropy(0.0, 1.0, -1.0, 2.0).round(3))
      1.099

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(low: ArrayLike, high: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Differential entropy of a uniform distribution.

    $$ H(p) = \log(b - a) $$

    Args:
      low: Lower end, any shape.
      high: Upper end, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.entropy(0.0, 4.0).round(3))
      1.386

    Notes:
      The gradient is 1/(high - low) in `high`, and minus that in `low`.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (low, high) = _parameters.load(low=low, high=high)
    return units.from_nats(_entropy(low, high), base)


@jitted("base")
def kl_divergence(
    low_p: ArrayLike,
    high_p: ArrayLike,
    low_q: ArrayLike,
    high_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two uniform distributions.

    $$ D(p \,\|\, q) = \log \frac{b_q - a_q}{b_p - a_p} $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.kl_divergence(0.0, 1.0, -1.0, 2.0).round(3))
      1.099

    Notes:
      Accurate near equality, exactly 0 there, never negative. +inf, with gradient 0,
      unless the interval of q holds that of p.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_entropy(
    low: ArrayLike, high: ArrayLike, alpha: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Renyi entropy of a uniform distribution.

    $$ H_\alpha(p) = \log(b - a) $$

    Args:
      low: Lower end, any shape.
      high: Upper end, any shape.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.renyi_entropy(0.0, 4.0, 2.0).round(3))
      1.386

    Notes:
      The same at every order from 0 on; NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (low, high) = _parameters.load(low=low, high=high)
    alpha = _parameters.order(alpha, low)
    value = jnp.where(alpha >= 0, _entropy(low, high), jnp.nan)
    return units.from_nats(value, base)


@jitted()
def wasserstein_distance(
    low_p: ArrayLike, high_p: ArrayLike, low_q: ArrayLike, high_q: ArrayLike
) -> jax.Array:
    r"""Wasserstein distance of order 2 of two uniform distributions.

    $$ W_2(p, q) = \sqrt{(m_p - m_q)^2 + \tfrac{1}{12} (w_p - w_q)^2}, \quad m =
       \tfrac12 (a + b), \; w = b - a $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.

    Returns:
      Distance in the unit of the outcomes; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.wasserstein_distance(0.0, 1.0, -1.0, 2.0).round(3))
      0.577

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      C. Villani, "Optimal Transport: Old and New", 2009, definition 6.1.

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    low, high = p[0] - q[0], p[1] - q[1]
    return curves.hypotenuse(0.5 * (low + high), (high - low) / math.sqrt(12.0))
