"""The Poisson distribution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import curves, stirling, units
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
    "squared_hellinger_distance",
]


class Params(NamedTuple):
    """Parameters of a Poisson distribution.

    Attributes:
      rate: Mean.
    """

    rate: ArrayLike


# Up to this rate all outcomes are summed; above it the sum, of a smooth function, is
# taken at a stride of six tenths of the standard deviation.
_SWITCH = 128.0
_OUTCOMES = 300
_STRIDE = 0.6


def _terms(k: jax.Array, rate: jax.Array) -> jax.Array:
    """The self-information of k outcomes, p times it, for k > 0."""
    information = curves.mass_gap(k, rate) + stirling.binet(k)
    information += 0.5 * jnp.log(k) + stirling.HALF_LOG_TWO_PI
    return information * jnp.exp(-information)


def _entropy(rate: jax.Array) -> jax.Array:
    small = rate <= _SWITCH
    some = jnp.where(small & (rate > 0), rate, 1.0)
    k = curves.constant(np.arange(1, _OUTCOMES), rate)
    near = some * jnp.exp(-some) + jnp.sum(_terms(k, some[None]), axis=0)
    large = jnp.where(small, 2.0 * _SWITCH, rate)
    stride = _STRIDE * jnp.sqrt(lax.stop_gradient(large))
    steps = curves.constant(np.arange(-17, 18), rate)
    k = lax.stop_gradient(large)[None] + stride[None] * steps
    far = stride * jnp.sum(_terms(k, large[None]), axis=0)
    return jnp.where(rate == 0, 0.0, jnp.where(small, near, far))


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return curves.mass_gap(p[0], q[0])


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    return _gaps.poisson_renyi(p[0], q[0], alpha)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.poisson_halfway(p[0], q[0])


@jitted()
def bhattacharyya_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Bhattacharyya distance of two Poisson distributions.

    $$ B(p, q) = -\log \sum_x \sqrt{p(x) q(x)} $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.bhattacharyya_distance(1.0, 2.0).round(3))
      0.086

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
    r"""Cross-entropy of two Poisson distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.cross_entropy(1.0, 2.0).round(3))
      1.612

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
    r"""Entropy of a Poisson distribution.

    $$ H(p) = -\sum_{k=0}^\infty p_k \log p_k, \quad p_k = \frac{\lambda^k
       e^{-\lambda}}{k!} $$

    Args:
      rate: Mean, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.entropy(2.0).round(3))
      1.705

    Notes:
      There is no closed form: the terms, all positive, are summed to rounding, which
      costs some hundred logarithms. At rate 0 the value is 0 and the gradient, infinite
      there, given as 0.

    References:
      R. J. Evans and J. Boersma, "The Entropy of a Poisson Distribution", 1988.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (rate,) = _parameters.load(rate=rate)
    return units.from_nats(_entropy(rate), base)


@jitted()
def hellinger_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Hellinger distance of two Poisson distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.hellinger_distance(1.0, 2.0).round(3))
      0.287

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
    r"""Kullback-Leibler divergence of two Poisson distributions.

    $$ D(p \,\|\, q) = \lambda_p \log \frac{\lambda_p}{\lambda_q} - \lambda_p +
       \lambda_q $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.kl_divergence(1.0, 2.0).round(3))
      0.307

    Notes:
      Accurate near equality, exactly 0 there, never negative. A rate of 0 is an outcome
      of 0 for sure: +inf if it is that of q alone.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4),
      for this family.

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
    r"""Renyi divergence of two Poisson distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{\alpha \lambda_p + (1 - \alpha) \lambda_q -
       \lambda_p^\alpha \lambda_q^{1 - \alpha}}{1 - \alpha} $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import poisson
      >>> print(poisson.renyi_divergence(1.0, 2.0, 0.5).round(3))
      0.172

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1. A
      rate of 0 in q alone gives +inf from order 1 on. NaN for orders below 0; at order
      0 the gradient in `alpha` is given as 0.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(rate_p=rate_p, rate_q=rate_q)
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted()
def squared_hellinger_distance(rate_p: ArrayLike, rate_q: ArrayLike) -> jax.Array:
    r"""Squared Hellinger distance of two Poisson distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      rate_p: Mean of p, any shape.
      rate_q: Mean of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import poisson
      >>> print(poisson.squared_hellinger_distance(1.0, 2.0).round(3))
      0.082

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
