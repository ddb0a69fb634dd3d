"""The von Mises distribution, on a circle."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import bessel, units
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
    """Parameters of a von Mises distribution.

    Attributes:
      loc: Mean angle.
      concentration: Concentration; 0 is uniform.
    """

    loc: ArrayLike
    concentration: ArrayLike


def _entropy(concentration: jax.Array) -> jax.Array:
    log = math.log(2.0 * math.pi) + bessel.log_bessel(concentration)
    return log + concentration * bessel.mean_rest(concentration)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    (loc_p, kappa_p), (loc_q, kappa_q) = p, q
    half = jnp.sin(0.5 * (loc_p - loc_q))
    turn = 2.0 * kappa_q * bessel.bessel_ratio(kappa_p) * half * half
    return bessel.bessel_gap(kappa_q, kappa_p) + turn


@jitted("base")
def cross_entropy(
    loc_p: ArrayLike,
    concentration_p: ArrayLike,
    loc_q: ArrayLike,
    concentration_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two von Mises distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      loc_p: Mean angle of p, any shape.
      concentration_p: Concentration; 0 is uniform of p, any shape.
      loc_q: Mean angle of q, of a shape that broadcasts.
      concentration_q: Concentration; 0 is uniform of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import von_mises
      >>> print(von_mises.cross_entropy(0.0, 1.0, 1.0, 2.0).round(3))
      2.179

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(
        loc_p=loc_p,
        concentration_p=concentration_p,
        loc_q=loc_q,
        concentration_q=concentration_q,
    )
    return units.from_nats(_entropy(p[1]) + _divergence(p, q), base)


@jitted("base")
def entropy(
    concentration: ArrayLike, *, loc: ArrayLike | None = None, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a von Mises distribution.

    $$ H(p) = \log(2 \pi I_0(\kappa)) - \kappa \frac{I_1(\kappa)}{I_0(\kappa)} $$

    Args:
      concentration: Concentration; 0 is uniform, any shape.
      loc: Mean angle; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import von_mises
      >>> print(von_mises.entropy(1.0).round(3))
      1.627

    Notes:
      The Bessel functions are sums over 33 points of the circle, right to rounding at
      every concentration.

    References:
      K. V. Mardia and P. E. Jupp, "Directional Statistics", 2000, section 3.5.4.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    concentration, *_ = _parameters.load(concentration=concentration, loc=loc)
    return units.from_nats(_entropy(concentration), base)


@jitted("base")
def kl_divergence(
    loc_p: ArrayLike,
    concentration_p: ArrayLike,
    loc_q: ArrayLike,
    concentration_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two von Mises distributions.

    $$ D(p \,\|\, q) = \log \frac{I_0(\kappa_q)}{I_0(\kappa_p)} +
       \frac{I_1(\kappa_p)}{I_0(\kappa_p)} \left( \kappa_p - \kappa_q \cos(\mu_p -
       \mu_q) \right) $$

    Args:
      loc_p: Mean angle of p, any shape.
      concentration_p: Concentration; 0 is uniform of p, any shape.
      loc_q: Mean angle of q, of a shape that broadcasts.
      concentration_q: Concentration; 0 is uniform of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import von_mises
      >>> print(von_mises.kl_divergence(0.0, 1.0, 1.0, 2.0).round(3))
      0.552

    Notes:
      Accurate near equality, exactly 0 there, never negative. The Bessel functions are
      sums over 33 points of the circle.

    References:
      K. V. Mardia and P. E. Jupp, "Directional Statistics", 2000, section 3.5.4.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(
        loc_p=loc_p,
        concentration_p=concentration_p,
        loc_q=loc_q,
        concentration_q=concentration_q,
    )
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_entropy(
    concentration: ArrayLike,
    alpha: ArrayLike,
    *,
    loc: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a von Mises distribution.

    $$ H_\alpha(p) = \log(2 \pi)
       + \frac{\log I_0(\alpha \kappa) - \alpha \log I_0(\kappa)}{1 - \alpha} $$

    Args:
      concentration: Concentration, any shape.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      loc: Mean direction; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import von_mises
      >>> print(von_mises.renyi_entropy(1.0, 2.0).round(3))
      1.486

    Notes:
      Smooth around order 1; the logarithm of the circle at order 0, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    kappa, *_ = _parameters.load(concentration=concentration, loc=loc)
    alpha = _parameters.order(alpha, kappa)
    return units.from_nats(_orders.von_mises(_entropy(kappa), kappa, alpha), base)
