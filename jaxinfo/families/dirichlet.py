"""The Dirichlet distribution."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
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
    "renyi_entropy",
    "squared_hellinger_distance",
]


class Params(NamedTuple):
    """Parameters of a Dirichlet distribution.

    Attributes:
      concentration: Concentrations, the last axis one to an outcome.
    """

    concentration: ArrayLike


def _entropy(concentration: jax.Array) -> jax.Array:
    # The volume of the simplex less the divergence from uniform.
    ones = jnp.ones_like(concentration)
    volume = -math.lgamma(concentration.shape[-1])
    return volume - _divergence((concentration,), (ones,))


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.dirichlet(p, q, (q[0] - p[0],))


def _log_beta(a: jax.Array) -> jax.Array:
    parts = jnp.sum(stirling.lgamma(a), axis=-1)
    return parts - stirling.lgamma(jnp.sum(a, axis=-1))


def _limit(a_p: jax.Array, a_q: jax.Array) -> jax.Array:
    """The logarithm of the largest ratio of densities."""
    excess = a_p - a_q
    finite = jnp.all(excess >= 0, axis=-1)
    safe = jnp.where(finite[..., None], excess, 0.0)
    total = jnp.sum(safe, axis=-1)
    top = jnp.sum(curves.xlogx(safe), axis=-1) - curves.xlogx(total)
    value = _log_beta(a_q) - _log_beta(a_p) + top
    value = jnp.where(total == 0, 0.0, value)
    return jnp.where(finite, value, jnp.inf)


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    (a_p,), (a_q,) = p, q
    diff = (a_q - a_p,)
    return _gaps.skew(_gaps.dirichlet, p, q, diff, alpha, _limit(a_p, a_q), event=1)


def _renyi_entropy(concentration: jax.Array, alpha: jax.Array) -> jax.Array:
    ones = jnp.ones_like(concentration)
    volume = -math.lgamma(concentration.shape[-1])
    return volume - _renyi((concentration,), (ones,), alpha)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return _gaps.halfway(_gaps.dirichlet, p, q, (q[0] - p[0],))


@jitted()
def bhattacharyya_distance(
    concentration_p: ArrayLike, concentration_q: ArrayLike
) -> jax.Array:
    r"""Bhattacharyya distance of two Dirichlet distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.

    Returns:
      Distance, without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.bhattacharyya_distance(a, b).round(3))
      0.693

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    concentration_p: ArrayLike, concentration_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two Dirichlet distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.cross_entropy(a, b).round(3))
      1.756

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(concentration: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Differential entropy of a Dirichlet distribution.

    $$ H(p) = \log B(a) + (A - K) \psi(A) - \sum_k (a_k - 1) \psi(a_k), \quad A = \sum_k
       a_k $$

    Args:
      concentration: Concentrations, the last axis one to an outcome, shape `(..., K)`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a = jnp.array([2.0, 3.0, 4.0])
      >>> print(dirichlet.entropy(a).round(3))
      -1.313

    Notes:
      Taken as the log-volume of the simplex, -log (K-1)!, less the divergence from the
      uniform distribution: accurate near it.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (concentration,) = _parameters.load_events(concentration=concentration)
    return units.from_nats(_entropy(concentration), base)


@jitted()
def hellinger_distance(
    concentration_p: ArrayLike, concentration_q: ArrayLike
) -> jax.Array:
    r"""Hellinger distance of two Dirichlet distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.hellinger_distance(a, b).round(3))
      0.707

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
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    concentration_p: ArrayLike, concentration_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Dirichlet distributions.

    $$ D(p \,\|\, q) = \log \frac{B(b)}{B(a)} + \sum_k (a_k - b_k) \left( \psi(a_k) -
       \psi(A) \right) $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.kl_divergence(a, b).round(3))
      3.0

    Notes:
      Accurate near equality, exactly 0 there. Written by hand: the log-partition
      function loses the digits of large concentrations. A small concentration of q
      beside a large one loses the digits of their quotient.

    References:
      W. D. Penny, "Kullback-Liebler Divergences of Normal, Gamma, Dirichlet and Wishart
      Densities", 2001.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    concentration_p: ArrayLike,
    concentration_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two Dirichlet distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \left( \log B(\alpha a + (1 - \alpha)
       b) - \alpha \log B(a) - (1 - \alpha) \log B(b) \right) $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.renyi_divergence(a, b, 0.5).round(3))
      1.386

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
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    concentration: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a Dirichlet distribution.

    $$ H_\alpha(p) = \frac{\log B(\alpha (a - 1) + 1) - \alpha \log B(a)}{1 - \alpha} $$

    Args:
      concentration: Concentrations, shape `(..., K)`.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> print(dirichlet.renyi_entropy(jnp.array([1.0, 2.0, 3.0]), 2.0).round(3))
      -1.455

    Notes:
      Smooth around order 1; at order 0 the logarithm of the volume of the simplex, NaN
      below. The volume less the divergence from uniform; -inf where that is infinite.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (concentration,) = _parameters.load_events(concentration=concentration)
    alpha = _parameters.order(alpha, concentration)
    return units.from_nats(_renyi_entropy(concentration, alpha), base)


@jitted()
def squared_hellinger_distance(
    concentration_p: ArrayLike, concentration_q: ArrayLike
) -> jax.Array:
    r"""Squared Hellinger distance of two Dirichlet distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      concentration_p: Concentrations, the last axis one to an outcome of p, shape
        `(..., K)`.
      concentration_q: Concentrations, the last axis one to an outcome of q, of a shape
        that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import dirichlet
      >>> a, b = jnp.array([1.0, 2.0, 3.0]), jnp.array([3.0, 2.0, 1.0])
      >>> print(dirichlet.squared_hellinger_distance(a, b).round(3))
      0.5

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair_of_events(
        concentration_p=concentration_p, concentration_q=concentration_q
    )
    return _gaps.squared_hellinger(_bhattacharyya(p, q))
