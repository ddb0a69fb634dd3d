"""The normal distribution."""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import curves, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _parameters
from jaxinfo.families._correlation import mutual_information

__all__ = [
    "Params",
    "bhattacharyya_distance",
    "cross_entropy",
    "entropy",
    "hellinger_distance",
    "kl_divergence",
    "mutual_information",
    "renyi_divergence",
    "renyi_entropy",
    "squared_hellinger_distance",
    "wasserstein_distance",
]


class Params(NamedTuple):
    """Parameters of a normal distribution.

    Attributes:
      loc: Mean.
      scale: Standard deviation.
    """

    loc: ArrayLike
    scale: ArrayLike


# Where the entropy is 0: one over the root of 2 pi e.
_ROOT = "0.241970724519143349797830192935560654828672"


def _entropy(scale: jax.Array) -> jax.Array:
    return curves.log_from(scale, _ROOT)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.normal(p, q)


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    return _gaps.normal_renyi(p, q, alpha)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.normal_halfway(p, q)


@jitted()
def bhattacharyya_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Bhattacharyya distance of two normal distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.bhattacharyya_distance(0.0, 1.0, 1.0, 2.0).round(3))
      0.162

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two normal distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.cross_entropy(0.0, 1.0, 1.0, 2.0).round(3))
      1.862

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
    r"""Differential entropy of a normal distribution.

    $$ H(p) = \tfrac12 \log(2 \pi e \sigma^2) $$

    Args:
      scale: Standard deviation, any shape.
      loc: Mean; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.entropy(1.0).round(3))
      1.419

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


@jitted()
def hellinger_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Hellinger distance of two normal distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.hellinger_distance(0.0, 1.0, 1.0, 2.0).round(3))
      0.386

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
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two normal distributions.

    $$ D(p \,\|\, q) = \log \frac{\sigma_q}{\sigma_p} + \frac{\sigma_p^2 + (\mu_p -
       \mu_q)^2}{2 \sigma_q^2} - \frac12 $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.kl_divergence(0.0, 1.0, 1.0, 2.0).round(3))
      0.443

    Notes:
      Accurate near equality, exactly 0 there, never negative. Written by hand: the
      log-partition function loses the digits of a mean that is large beside the
      deviation.

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
def renyi_divergence(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two normal distributions.

    $$ D_\alpha(p \,\|\, q) = \log \frac{\sigma_q}{\sigma_p} + \frac{1}{2 (\alpha - 1)}
       \log \frac{\sigma_q^2}{\sigma_*^2} + \frac{\alpha (\mu_p - \mu_q)^2}{2
       \sigma_*^2}, \quad \sigma_*^2 = (1 - \alpha) \sigma_p^2 + \alpha \sigma_q^2 $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import normal
      >>> print(normal.renyi_divergence(0.0, 1.0, 1.0, 2.0, 0.5).round(3))
      0.323

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1. +inf
      where the mixed variance is not positive. NaN for orders below 0; at order 0 the
      gradient in `alpha` is given as 0.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    scale: ArrayLike,
    alpha: ArrayLike,
    *,
    loc: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a normal distribution.

    $$ H_\alpha(p) = \tfrac12 \log(2 \pi \sigma^2) + \frac{\log \alpha}{2 (\alpha - 1)}
       $$

    Args:
      scale: Standard deviation, any shape.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      loc: Mean; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.renyi_entropy(1.0, 2.0).round(3))
      1.266

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
    return units.from_nats(_entropy(scale) + 0.5 * rise, base)


@jitted()
def squared_hellinger_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Squared Hellinger distance of two normal distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.squared_hellinger_distance(0.0, 1.0, 1.0, 2.0).round(3))
      0.149

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return _gaps.squared_hellinger(_bhattacharyya(p, q))


@jitted()
def wasserstein_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Wasserstein distance of order 2 of two normal distributions.

    $$ W_2(p, q) = \sqrt{(\mu_p - \mu_q)^2 + (\sigma_p - \sigma_q)^2} $$

    Args:
      loc_p: Mean of p, any shape.
      scale_p: Standard deviation of p, any shape.
      loc_q: Mean of q, of a shape that broadcasts.
      scale_q: Standard deviation of q, of a shape that broadcasts.

    Returns:
      Distance in the unit of the outcomes; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.wasserstein_distance(0.0, 1.0, 1.0, 2.0).round(3))
      1.414

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate normal
      distributions", 1982.

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    return curves.hypotenuse(p[0] - q[0], p[1] - q[1])
