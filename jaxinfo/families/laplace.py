"""The Laplace distribution."""

import math
from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import curves, units
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
    """Parameters of a Laplace distribution.

    Attributes:
      loc: Mean and median.
      scale: Mean absolute deviation.
    """

    loc: ArrayLike
    scale: ArrayLike


# Where the entropy is 0: 1 / (2 e).
_ROOT = "0.183939720585721160797761885080730433722906"


def _entropy(scale: jax.Array) -> jax.Array:
    return curves.log_from(scale, _ROOT)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.laplace(p, q)


@jitted("base")
def cross_entropy(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two Laplace distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      loc_p: Mean and median of p, any shape.
      scale_p: Mean absolute deviation of p, any shape.
      loc_q: Mean and median of q, of a shape that broadcasts.
      scale_q: Mean absolute deviation of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import laplace
      >>> print(laplace.cross_entropy(0.0, 1.0, 1.0, 2.0).round(3))
      2.07

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return units.from_nats(_entropy(p[1]) + _divergence(p, q), base)


@jitted("base")
def entropy(
    scale: ArrayLike, *, loc: ArrayLike | None = None, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a Laplace distribution.

    $$ H(p) = 1 + \log(2 b) $$

    Args:
      scale: Mean absolute deviation, any shape.
      loc: Mean and median; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import laplace
      >>> print(laplace.entropy(1.0).round(3))
      1.693

    Notes:
      Right to a few ULP where it changes sign too. The gradient is 1/scale.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    scale, *_ = _parameters.load(scale=scale, loc=loc)
    return units.from_nats(_entropy(scale), base)


@jitted("base")
def kl_divergence(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Laplace distributions.

    $$ D(p \,\|\, q) = \log \frac{b_q}{b_p} + \frac{b_p e^{-|\mu_p - \mu_q| / b_p} +
       |\mu_p - \mu_q|}{b_q} - 1 $$

    Args:
      loc_p: Mean and median of p, any shape.
      scale_p: Mean absolute deviation of p, any shape.
      loc_q: Mean and median of q, of a shape that broadcasts.
      scale_q: Mean absolute deviation of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import laplace
      >>> print(laplace.kl_divergence(0.0, 1.0, 1.0, 2.0).round(3))
      0.377

    Notes:
      Accurate near equality, exactly 0 there, never negative.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_entropy(
    scale: ArrayLike,
    alpha: ArrayLike,
    *,
    loc: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a Laplace distribution.

    $$ H_\alpha(p) = \log(2 b) + \frac{\log \alpha}{\alpha - 1} $$

    Args:
      scale: Mean absolute deviation, any shape.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      loc: Mean and median; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import laplace
      >>> print(laplace.renyi_entropy(1.0, 2.0).round(3))
      1.386

    Notes:
      Smooth around order 1; +inf at order 0, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    scale, *_ = _parameters.load(scale=scale, loc=loc)
    alpha = _parameters.order(alpha, scale)
    rise = curves.log1p_over(alpha - 1.0) - 1.0
    return units.from_nats(_entropy(scale) + rise, base)


@jitted()
def wasserstein_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Wasserstein distance of order 2 of two Laplace distributions.

    $$ W_2(p, q) = \sqrt{(\mu_p - \mu_q)^2 + 2 (b_p - b_q)^2} $$

    Args:
      loc_p: Mean and median of p, any shape.
      scale_p: Mean absolute deviation of p, any shape.
      loc_q: Mean and median of q, of a shape that broadcasts.
      scale_q: Mean absolute deviation of q, of a shape that broadcasts.

    Returns:
      Distance in the unit of the outcomes; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import laplace
      >>> print(laplace.wasserstein_distance(0.0, 1.0, 1.0, 2.0).round(3))
      1.732

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      C. Villani, "Optimal Transport: Old and New", 2009, definition 6.1.

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    spread = math.sqrt(2.0) * (p[1] - q[1])
    return curves.hypotenuse(p[0] - q[0], spread)
