"""The Pareto distribution."""

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
]


class Params(NamedTuple):
    """Parameters of a Pareto distribution.

    Attributes:
      concentration: Exponent of the tail.
      scale: Smallest outcome.
    """

    concentration: ArrayLike
    scale: ArrayLike


def _entropy(concentration: jax.Array, scale: jax.Array) -> jax.Array:
    return jnp.log(scale / concentration) + (1.0 / concentration + 1.0)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    (a_p, low_p), (a_q, low_q) = p, q
    shift = a_q * curves.log_ratio(low_p, low_q)
    value = curves.ratio_gap(a_q, a_p) + shift
    return jnp.where(low_p < low_q, jnp.inf, value)


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    (a_p, low_p), (a_q, low_q) = p, q
    rise = curves.log_ratio(low_p, low_q)
    order, _ = _gaps.sides(jnp.where(alpha == 0, 0.0, alpha))
    out = -numerics.over(order, 1.0 - order) * a_p * rise
    missing = jnp.where(jnp.isnan(rise), jnp.nan, jnp.inf)
    shift = jnp.where(low_p < low_q, jnp.where(alpha < 1, out, missing), a_q * rise)
    return _gaps.exponential_renyi((a_p,), (a_q,), alpha) + shift


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return 0.5 * _renyi(p, q, jnp.asarray(0.5, p[0].dtype))


@jitted()
def bhattacharyya_distance(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
) -> jax.Array:
    r"""Bhattacharyya distance of two Pareto distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.bhattacharyya_distance(2.0, 2.0, 3.0, 1.0).round(3))
      1.06

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two Pareto distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.cross_entropy(2.0, 2.0, 3.0, 1.0).round(3))
      3.674

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(
    concentration: ArrayLike, scale: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a Pareto distribution.

    $$ H(p) = \log \frac{s}{a} + \frac1a + 1 $$

    Args:
      concentration: Exponent of the tail, any shape.
      scale: Smallest outcome, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.entropy(3.0, 1.0).round(3))
      0.235

    Notes:
      The gradient is 1/scale in `scale`.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (concentration, scale) = _parameters.load(concentration=concentration, scale=scale)
    return units.from_nats(_entropy(concentration, scale), base)


@jitted()
def hellinger_distance(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
) -> jax.Array:
    r"""Hellinger distance of two Pareto distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.hellinger_distance(2.0, 2.0, 3.0, 1.0).round(3))
      0.808

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
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Pareto distributions.

    $$ D(p \,\|\, q) = \log \frac{a_p}{a_q} + \frac{a_q}{a_p} - 1 + a_q \log
       \frac{s_p}{s_q} $$

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.kl_divergence(2.0, 2.0, 3.0, 1.0).round(3))
      2.174

    Notes:
      Accurate near equality, exactly 0 there, never negative. +inf, with gradient 0,
      where p has outcomes below those of q: `scale_p` less than `scale_q`.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two Pareto distributions.

    $$ D_\alpha(p \,\|\, q) = D_\alpha(\lambda_p \,\|\, \lambda_q)
       + \lambda_q \log \frac{s_p}{s_q} \quad (s_p \ge s_q), \qquad
       D_\alpha(\lambda_p \,\|\, \lambda_q)
       + \frac{\alpha}{1 - \alpha} \lambda_p \log \frac{s_q}{s_p} \quad (s_p < s_q) $$

    The first part is that of exponential distributions, the second case is for orders
    below 1.

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import pareto
      >>> print(pareto.renyi_divergence(2.0, 2.0, 3.0, 1.0, 0.5).round(3))
      2.12

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1. +inf
      for orders from 1 on where p has outcomes that q misses, and where the mixed
      exponent is not positive. NaN for orders below 0; at order 0 the gradient in
      `alpha` is given as 0.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    concentration: ArrayLike,
    scale: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a Pareto distribution.

    $$ H_\alpha(p) = \log s + \frac{\alpha \log a - \log(\alpha (a + 1) - 1)} {1 -
       \alpha} $$

    Args:
      concentration: Exponent of the tail, any shape.
      scale: Smallest outcome, any shape.
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
      >>> from jaxinfo.families import pareto
      >>> print(pareto.renyi_entropy(3.0, 1.0, 2.0).round(3))
      -0.251

    Notes:
      Smooth around order 1; +inf where the integral diverges, at orders up to 1 / (a +
      1).

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (concentration, scale) = _parameters.load(concentration=concentration, scale=scale)
    alpha = _parameters.order(alpha, concentration)
    factor = 1.0 + 1.0 / concentration
    step = (alpha - 1.0) * factor
    inside = step > -1.0
    rise = factor * curves.log1p_over(jnp.where(inside, step, 0.0))
    value = jnp.log(scale / concentration) + jnp.where(inside, rise, jnp.inf)
    value = jnp.where(alpha >= 0, value, jnp.nan)
    return units.from_nats(value, base)


@jitted()
def squared_hellinger_distance(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
) -> jax.Array:
    r"""Squared Hellinger distance of two Pareto distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      concentration_p: Exponent of the tail of p, any shape.
      scale_p: Smallest outcome of p, any shape.
      concentration_q: Exponent of the tail of q, of a shape that broadcasts.
      scale_q: Smallest outcome of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import pareto
      >>> print(pareto.squared_hellinger_distance(2.0, 2.0, 3.0, 1.0).round(3))
      0.654

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        scale_p=scale_p,
        concentration_q=concentration_q,
        scale_q=scale_q,
    )
    return _gaps.squared_hellinger(_bhattacharyya(p, q))
