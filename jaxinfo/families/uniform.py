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


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    (low_p, high_p), (low_q, high_q) = p, q
    low, high = jnp.maximum(low_p, low_q), jnp.minimum(high_p, high_q)
    width = high - low
    overlap = jnp.where(width > 0, width, 1.0)
    of_p = numerics.log1p(((low - low_p) + (high_p - high)) / overlap)
    of_q = numerics.log1p(((low - low_q) + (high_q - high)) / overlap)
    order, _ = _gaps.sides(jnp.where(alpha == 0, 0.0, alpha))
    value = of_q + numerics.over(order, 1.0 - order) * of_p
    lost = (width <= 0) | ((alpha >= 1) & (of_p > 0))
    value = jnp.where(lost, jnp.inf, value)
    return jnp.where((alpha >= 0) & ~jnp.isnan(width), value, jnp.nan)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return 0.5 * _renyi(p, q, jnp.asarray(0.5, p[0].dtype))


@jitted()
def bhattacharyya_distance(
    low_p: ArrayLike, high_p: ArrayLike, low_q: ArrayLike, high_q: ArrayLike
) -> jax.Array:
    r"""Bhattacharyya distance of two uniform distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.bhattacharyya_distance(0.0, 1.0, 0.5, 2.0).round(3))
      0.896

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    return _bhattacharyya(p, q)


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


@jitted()
def hellinger_distance(
    low_p: ArrayLike, high_p: ArrayLike, low_q: ArrayLike, high_q: ArrayLike
) -> jax.Array:
    r"""Hellinger distance of two uniform distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.hellinger_distance(0.0, 1.0, 0.5, 2.0).round(3))
      0.769

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
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    return _gaps.hellinger(_bhattacharyya(p, q))


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
def renyi_divergence(
    low_p: ArrayLike,
    high_p: ArrayLike,
    low_q: ArrayLike,
    high_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two uniform distributions.

    $$ D_\alpha(p \,\|\, q) = \log \frac{w_q}{w} + \frac{\alpha}{1 - \alpha}
       \log \frac{w_p}{w} $$

    with the widths of both intervals and that of their overlap.

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import uniform
      >>> print(uniform.renyi_divergence(0.0, 1.0, 0.5, 2.0, 0.5).round(3))
      1.792

    Notes:
      Both terms are exact near equality. +inf where the intervals do not overlap and,
      for orders from 1 on, where p has outcomes that q misses. NaN for orders below 0;
      at order 0 the gradient in `alpha` is given as 0.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


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
def squared_hellinger_distance(
    low_p: ArrayLike, high_p: ArrayLike, low_q: ArrayLike, high_q: ArrayLike
) -> jax.Array:
    r"""Squared Hellinger distance of two uniform distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      low_p: Lower end of p, any shape.
      high_p: Upper end of p, any shape.
      low_q: Lower end of q, of a shape that broadcasts.
      high_q: Upper end of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import uniform
      >>> print(uniform.squared_hellinger_distance(0.0, 1.0, 0.5, 2.0).round(3))
      0.592

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair(low_p=low_p, high_p=high_p, low_q=low_q, high_q=high_q)
    return _gaps.squared_hellinger(_bhattacharyya(p, q))


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
