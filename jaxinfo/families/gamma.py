"""The gamma distribution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import stirling, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _orders, _parameters

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
    """Parameters of a gamma distribution.

    Attributes:
      concentration: Concentration, or shape.
      rate: Rate, or inverse scale.
    """

    concentration: ArrayLike
    rate: ArrayLike


def _entropy(concentration: jax.Array, rate: jax.Array) -> jax.Array:
    a = concentration
    # Stirling's formula and what it leaves; no term is much larger than the sum.
    slope = stirling.binet_slope(a)
    rest = stirling.binet(a) + (1.0 - a) * slope - 0.5 / a
    return 0.5 * jnp.log(a) - jnp.log(rate) + rest + stirling.HALF_LOG_TWO_PI + 0.5


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.gamma(p, q, (q[0] - p[0], q[1] - p[1]))


def _limit(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    """The logarithm of the largest ratio of densities."""
    (a_p, rate_p), (a_q, rate_q) = p, q
    a, rate = a_p - a_q, rate_p - rate_q
    both = (a > 0) & (rate > 0)
    peak = jnp.where(both, a, 1.0) / jnp.where(both, rate, 1.0)
    top = jnp.where(both, a * (jnp.log(peak) - 1.0), 0.0)
    scales = a_p * jnp.log(rate_p) - a_q * jnp.log(rate_q)
    value = scales + stirling.lgamma(a_q) - stirling.lgamma(a_p) + top
    value = jnp.where((a == 0) & (rate == 0), 0.0, value)
    finite = (rate >= 0) & (a >= 0) & ((rate > 0) | (a == 0))
    return jnp.where(finite, value, jnp.inf)


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    diff = (q[0] - p[0], q[1] - p[1])
    return _gaps.skew(_gaps.gamma, p, q, diff, alpha, _limit(p, q))


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.halfway(_gaps.gamma, p, q, (q[0] - p[0], q[1] - p[1]))


@jitted()
def bhattacharyya_distance(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
) -> jax.Array:
    r"""Bhattacharyya distance of two gamma distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.bhattacharyya_distance(2.0, 1.0, 3.0, 2.0).round(3))
      0.036

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
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two gamma distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.cross_entropy(2.0, 1.0, 3.0, 2.0).round(3))
      1.768

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(
    concentration: ArrayLike, rate: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a gamma distribution.

    $$ H(p) = a - \log \beta + \log \Gamma(a) + (1 - a) \psi(a) $$

    Args:
      concentration: Concentration, or shape, any shape.
      rate: Rate, or inverse scale, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.entropy(2.0, 1.0).round(3))
      1.577

    Notes:
      Error of a few ULP of its largest term, in float32 too.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (concentration, rate) = _parameters.load(concentration=concentration, rate=rate)
    return units.from_nats(_entropy(concentration, rate), base)


@jitted()
def hellinger_distance(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
) -> jax.Array:
    r"""Hellinger distance of two gamma distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.hellinger_distance(2.0, 1.0, 3.0, 2.0).round(3))
      0.188

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
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two gamma distributions.

    $$ D(p \,\|\, q) = (a_p - a_q) \psi(a_p) + \log \frac{\Gamma(a_q)}{\Gamma(a_p)} +
       a_q \log \frac{\beta_p}{\beta_q} + a_p \frac{\beta_q - \beta_p}{\beta_p} $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.kl_divergence(2.0, 1.0, 3.0, 2.0).round(3))
      0.191

    Notes:
      Accurate near equality, exactly 0 there, never negative. Written by hand: the
      log-partition function loses the digits of large concentrations. Through Binet's
      function instead of the log-gamma function, so that float32 is right to a few ULP.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two gamma distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \frac{\Gamma(a_*) \,
       \beta_p^{\alpha a_p} \beta_q^{(1 - \alpha) a_q}} {\beta_*^{a_*} \,
       \Gamma(a_p)^\alpha \Gamma(a_q)^{1 - \alpha}}, \quad (a_*, \beta_*) = \alpha (a_p,
       \beta_p) + (1 - \alpha) (a_q, \beta_q) $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import gamma
      >>> print(gamma.renyi_divergence(2.0, 1.0, 3.0, 2.0, 0.5).round(3))
      0.072

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1. +inf
      where a mixed parameter is not positive. NaN for orders below 0; at order 0 the
      gradient in `alpha` is given as 0.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(
        concentration_p=concentration_p,
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    concentration: ArrayLike,
    rate: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a gamma distribution.

    $$ H_\alpha(p) = \frac{\log \Gamma(b) - \alpha \log \Gamma(a) - b \log \alpha}
       {1 - \alpha}
       - \log \lambda, \quad b = \alpha (a - 1) + 1 $$

    Args:
      concentration: Concentration, or shape, any shape.
      rate: Rate, or inverse scale, of a shape that broadcasts.
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
      >>> from jaxinfo.families import gamma
      >>> print(gamma.renyi_entropy(2.0, 1.0, 2.0).round(3))
      1.386

    Notes:
      Smooth around order 1; +inf at order 0, -inf where b is not positive (the density
      is not bounded), NaN for negative orders.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    a, rate = _parameters.load(concentration=concentration, rate=rate)
    alpha = _parameters.order(alpha, a)
    return units.from_nats(_orders.gamma(_entropy(a, rate), alpha, a, a - 1.0), base)


@jitted()
def squared_hellinger_distance(
    concentration_p: ArrayLike,
    rate_p: ArrayLike,
    concentration_q: ArrayLike,
    rate_q: ArrayLike,
) -> jax.Array:
    r"""Squared Hellinger distance of two gamma distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      concentration_p: Concentration, or shape of p, any shape.
      rate_p: Rate, or inverse scale of p, any shape.
      concentration_q: Concentration, or shape of q, of a shape that broadcasts.
      rate_q: Rate, or inverse scale of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import gamma
      >>> print(gamma.squared_hellinger_distance(2.0, 1.0, 3.0, 2.0).round(3))
      0.035

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
        rate_p=rate_p,
        concentration_q=concentration_q,
        rate_q=rate_q,
    )
    return _gaps.squared_hellinger(_bhattacharyya(p, q))
