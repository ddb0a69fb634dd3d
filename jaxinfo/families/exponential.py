"""The exponential distribution."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import curves, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _parameters

__all__ = [
    "Params",
    "bhattacharyya_distance",
    "cross_entropy",
    "entropy",
    "hellinger_distance",
    "kl_divergence",
    "renyi_divergence",
    "renyi_entropy",
    "squared_hellinger_distance",
    "wasserstein_distance",
]


class Params(NamedTuple):
    """Parameters of an exponential distribution.

    Attributes:
      rate: Rate, one over the mean.
    """

    rate: ArrayLike


_E = "2.718281828459045235360287471352662497757247"


def _entropy(rate: jax.Array) -> jax.Array:
    return -curves.log_from(rate, _E)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.exponential(p, q, (q[0] - p[0],))


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.halfway(_gaps.exponential, p, q, (q[0] - p[0],))


@jitted()
def bhattacharyya_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Bhattacharyya distance of two exponential distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.bhattacharyya_distance(1.0, 2.0).round(3))
      0.059

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    rate_p: ArrayLike, rate_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two exponential distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.cross_entropy(1.0, 2.0).round(3))
      1.307

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(rate: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Differential entropy of an exponential distribution.

    $$ H(p) = 1 - \log \lambda $$

    Args:
      rate: Rate, one over the mean, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.entropy(2.0).round(3))
      0.307

    Notes:
      Right to a few ULP where it changes sign too. The gradient is -1/rate.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (rate,) = _parameters.load(rate=rate)
    return units.from_nats(_entropy(rate), base)


@jitted()
def hellinger_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Hellinger distance of two exponential distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.hellinger_distance(1.0, 2.0).round(3))
      0.239

    Notes:
      Accurate near equality and exactly 0 there, where the gradient, that of the tip of
      a cone, is given as 0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `squared_hellinger_distance`, smooth at equality; `bhattacharyya_distance`, the
      exponent B.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    rate_p: ArrayLike, rate_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two exponential distributions.

    $$ D(p \,\|\, q) = \log \frac{\lambda_p}{\lambda_q} + \frac{\lambda_q}{\lambda_p} -
       1 $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.kl_divergence(1.0, 2.0).round(3))
      0.307

    Notes:
      Accurate near equality, exactly 0 there, never negative.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    rate_p: ArrayLike, rate_q: ArrayLike, alpha: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Renyi divergence of two exponential distributions.

    $$ D_\alpha(p \,\|\, q) = \log \frac{\lambda_p}{\lambda_q} + \frac{1}{\alpha - 1}
       \log \frac{\lambda_p}{\alpha \lambda_p + (1 - \alpha) \lambda_q} $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.renyi_divergence(1.0, 2.0, 0.5).round(3))
      0.118

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1. +inf
      where the mixed rate is not positive. NaN for orders below 0; at order 0 the
      gradient in `alpha` is given as 0.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_gaps.exponential_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    rate: ArrayLike, alpha: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Renyi entropy of an exponential distribution.

    $$ H_\alpha(p) = \frac{\log \alpha}{\alpha - 1} - \log \lambda $$

    Args:
      rate: Rate, one over the mean, any shape.
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
      >>> from jaxinfo.families import exponential
      >>> print(exponential.renyi_entropy(2.0, 2.0).round(3))
      0.0

    Notes:
      Smooth around order 1; +inf at order 0, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (rate,) = _parameters.load(rate=rate)
    alpha = _parameters.order(alpha, rate)
    rise = curves.log1p_over(alpha - 1.0) - 1.0
    return units.from_nats(_entropy(rate) + rise, base)


@jitted()
def squared_hellinger_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Squared Hellinger distance of two exponential distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.squared_hellinger_distance(1.0, 2.0).round(3))
      0.057

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    return _gaps.squared_hellinger(_bhattacharyya(p, q))


@jitted()
def wasserstein_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Wasserstein distance of order 2 of two exponential distributions.

    $$ W_2(p, q) = \sqrt{2} \, | 1 / \lambda_p - 1 / \lambda_q | $$

    Args:
      rate_p: Rate, one over the mean of p, any shape.
      rate_q: Rate, one over the mean of q, of a shape that broadcasts.

    Returns:
      Distance in the unit of the outcomes; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import exponential
      >>> print(exponential.wasserstein_distance(1.0, 2.0).round(3))
      0.707

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      C. Villani, "Optimal Transport: Old and New", 2009, definition 6.1.

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    gap = (q[0] - p[0]) / p[0] / q[0]
    return math.sqrt(2.0) * curves.hypotenuse(gap, jnp.zeros_like(gap))
