"""The Gumbel distribution, of maxima."""

import math
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
    "wasserstein_distance",
]


class Params(NamedTuple):
    """Parameters of a Gumbel distribution.

    Attributes:
      loc: Mode.
      scale: Scale.
    """

    loc: ArrayLike
    scale: ArrayLike


# Where the entropy is 0: exp(-1 - gamma).
_ROOT = "0.206549401054992319730626494863000669056310"


def _entropy(scale: jax.Array) -> jax.Array:
    return curves.log_from(scale, _ROOT)


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    return _gaps.extreme_value(scale_p, scale_q, (loc_q - loc_p) / scale_q)


@jitted("base")
def cross_entropy(
    loc_p: ArrayLike,
    scale_p: ArrayLike,
    loc_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two Gumbel distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      loc_p: Mode of p, any shape.
      scale_p: Scale of p, any shape.
      loc_q: Mode of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gumbel
      >>> print(gumbel.cross_entropy(0.0, 1.0, 1.0, 2.0).round(3))
      1.943

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
    r"""Differential entropy of a Gumbel distribution.

    $$ H(p) = \log \beta + \gamma + 1 $$

    Args:
      scale: Scale, any shape.
      loc: Mode; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gumbel
      >>> print(gumbel.entropy(1.0).round(3))
      1.577

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
    r"""Kullback-Leibler divergence of two Gumbel distributions.

    $$ D(p \,\|\, q) = e^u - 1 - u + \log \Gamma(c) - \gamma (1 - c), \quad u =
       \frac{\mu_q - \mu_p}{\beta_q} + \log \Gamma(1 + c), \; c =
       \frac{\beta_p}{\beta_q} $$

    Args:
      loc_p: Mode of p, any shape.
      scale_p: Scale of p, any shape.
      loc_q: Mode of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gumbel
      >>> print(gumbel.kl_divergence(0.0, 1.0, 1.0, 2.0).round(3))
      0.366

    Notes:
      Accurate near equality, exactly 0 there, never negative.

    References:
      C. Bauckhage, "Computing the Kullback-Leibler Divergence between two Generalized
      Gamma Distributions", 2014.

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
    r"""Renyi entropy of a Gumbel distribution.

    $$ H_\alpha(p) = \log s + \frac{\log \Gamma(\alpha) - \alpha \log \alpha}
       {1 - \alpha} $$

    Args:
      scale: Scale, any shape.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      loc: Location; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gumbel
      >>> print(gumbel.renyi_entropy(1.0, 2.0).round(3))
      1.386

    Notes:
      Smooth around order 1; +inf at order 0, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    scale, *_ = _parameters.load(scale=scale, loc=loc)
    one = jnp.ones_like(scale)
    alpha = _parameters.order(alpha, scale)
    return units.from_nats(_orders.gamma(_entropy(scale), alpha, one, one), base)


@jitted()
def wasserstein_distance(
    loc_p: ArrayLike, scale_p: ArrayLike, loc_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Wasserstein distance of order 2 of two Gumbel distributions.

    $$ W_2(p, q) = \sqrt{\left(\mu_p - \mu_q + \gamma (\beta_p - \beta_q)\right)^2 +
       \tfrac{\pi^2}{6} (\beta_p - \beta_q)^2} $$

    Args:
      loc_p: Mode of p, any shape.
      scale_p: Scale of p, any shape.
      loc_q: Mode of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.

    Returns:
      Distance in the unit of the outcomes; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import gumbel
      >>> print(gumbel.wasserstein_distance(0.0, 1.0, 1.0, 2.0).round(3))
      2.033

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      C. Villani, "Optimal Transport: Old and New", 2009, definition 6.1.

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    p, q = _parameters.pair(loc_p=loc_p, scale_p=scale_p, loc_q=loc_q, scale_q=scale_q)
    wider = p[1] - q[1]
    means = p[0] - q[0] + _gaps.EULER * wider
    return curves.hypotenuse(means, math.pi / math.sqrt(6.0) * wider)
