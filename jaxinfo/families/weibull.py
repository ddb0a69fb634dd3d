"""The Weibull distribution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import curves, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _orders, _parameters

__all__ = [
    "Params",
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "renyi_entropy",
]


class Params(NamedTuple):
    """Parameters of a Weibull distribution.

    Attributes:
      concentration: Concentration, or shape.
      scale: Scale.
    """

    concentration: ArrayLike
    scale: ArrayLike


def _entropy(concentration: jax.Array, scale: jax.Array) -> jax.Array:
    return _gaps.EULER * (1.0 - 1.0 / concentration) + (
        jnp.log(scale / concentration) + 1.0
    )


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    (k_p, scale_p), (k_q, scale_q) = p, q
    shift = k_q * curves.log_ratio(scale_p, scale_q)
    return _gaps.extreme_value(k_q, k_p, shift)


@jitted("base")
def cross_entropy(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two Weibull distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      scale_p: Scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import weibull
      >>> print(weibull.cross_entropy(1.0, 1.0, 2.0, 2.0).round(3))
      1.77

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
    r"""Differential entropy of a Weibull distribution.

    $$ H(p) = \gamma (1 - 1/k) + \log(\lambda / k) + 1 $$

    Args:
      concentration: Concentration, or shape, any shape.
      scale: Scale, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import weibull
      >>> print(weibull.entropy(2.0, 1.0).round(3))
      0.595

    Notes:
      gamma is the constant of Euler.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (concentration, scale) = _parameters.load(concentration=concentration, scale=scale)
    return units.from_nats(_entropy(concentration, scale), base)


@jitted("base")
def kl_divergence(
    concentration_p: ArrayLike,
    scale_p: ArrayLike,
    concentration_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Weibull distributions.

    $$ D(p \,\|\, q) = e^u - 1 - u + \log \Gamma(c) - \gamma (1 - c), \quad u = k_q \log
       \frac{\lambda_p}{\lambda_q} + \log \Gamma(1 + c), \; c = \frac{k_q}{k_p} $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      scale_p: Scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import weibull
      >>> print(weibull.kl_divergence(1.0, 1.0, 2.0, 2.0).round(3))
      0.77

    Notes:
      Accurate near equality, exactly 0 there, never negative.

    References:
      C. Bauckhage, "Computing the Kullback-Leibler Divergence between two Weibull
      Distributions", 2013.

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
def renyi_entropy(
    concentration: ArrayLike,
    scale: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a Weibull distribution.

    $$ H_\alpha(p) = \log \frac{\lambda}{k} + \frac{\log \Gamma(b) - b \log \alpha}
       {1 - \alpha}, \quad b = 1 + (\alpha - 1) \frac{k - 1}{k} $$

    Args:
      concentration: Concentration, or shape, any shape.
      scale: Scale, of a shape that broadcasts.
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
      >>> from jaxinfo.families import weibull
      >>> print(weibull.renyi_entropy(2.0, 1.0, 2.0).round(3))
      0.467

    Notes:
      Smooth around order 1; +inf at order 0, -inf where b is not positive (the density
      is not bounded), NaN for negative orders.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    k, scale = _parameters.load(concentration=concentration, scale=scale)
    alpha = _parameters.order(alpha, k)
    return units.from_nats(
        _orders.gamma(_entropy(k, scale), alpha, jnp.ones_like(k), (k - 1.0) / k), base
    )
