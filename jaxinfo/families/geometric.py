"""The geometric distribution: trials up to a success, it included or not."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, curves, numerics, units
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
    """Parameters of a geometric distribution.

    Attributes:
      probs: Probability of success, in (0, 1].
    """

    probs: ArrayLike


def _entropy(probs: jax.Array) -> jax.Array:
    return binary.entropy(probs) / probs


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return binary.kl_divergence(p[0], q[0]) / p[0]


def _natural(probs: jax.Array) -> jax.Array:
    return numerics.log1p(-probs)


def _renyi_entropy(probs: jax.Array, alpha: jax.Array) -> jax.Array:
    order = jnp.where((alpha > 0) & jnp.isfinite(alpha), alpha, 1.0)
    sure = probs == 1
    some = jnp.where(sure, 0.5, probs)
    log = _natural(some)
    gap = _orders.geometric_gap((log,), (order * log,), ((order - 1.0) * log,))
    curvature = log * log * (1.0 - some) / (some * some)
    value = _entropy(some) + _orders.above_shannon(gap, curvature, order)
    value = _gaps.at_ends(value, alpha, -jnp.log(some), jnp.inf)
    return jnp.where(sure & (alpha >= 0), 0.0, value)


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    x, y = (jnp.where(z[0] >= 1, 0.5, z[0]) for z in (p, q))
    points = (_natural(x),), (_natural(y),)
    # log((1 - q) / (1 - p)), to its last digits.
    diff = curves.log_ratio(1.0 - y, 1.0 - x, x - y)
    limit = jnp.where(x >= y, curves.log_ratio(x, y), jnp.inf)
    value = _gaps.skew(
        _orders.geometric_gap,
        *points,
        (diff,),
        alpha,
        limit,
        inside=lambda point: point[0] < 0,
    )
    sure = (p[0] >= 1) | (q[0] >= 1)
    return jnp.where(sure, _sure(p[0], q[0], alpha), value)


def _sure(p: jax.Array, q: jax.Array, alpha: jax.Array) -> jax.Array:
    """Where success is sure for p or q."""
    low = jnp.where((alpha >= 0) & (alpha < 1), alpha, 0.0)
    less = -low * jnp.log(p) / (1.0 - low)
    q_alone = jnp.where(alpha < 1, less, jnp.inf)
    value = jnp.where(p == 1, jnp.where(alpha > 0, -jnp.log(q), 0.0), q_alone)
    return jnp.where(alpha >= 0, value, jnp.nan)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return 0.5 * _renyi(p, q, jnp.asarray(0.5, p[0].dtype))


@jitted()
def bhattacharyya_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Bhattacharyya distance of two geometric distributions.

    $$ B(p, q) = -\log \sum_x \sqrt{p(x) q(x)} $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.bhattacharyya_distance(0.5, 0.25).round(3))
      0.092

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two geometric distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.cross_entropy(0.5, 0.25).round(3))
      1.674

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(probs: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Entropy of a geometric distribution.

    $$ H(p) = \frac{-p \log p - (1 - p) \log(1 - p)}{p} $$

    Args:
      probs: Probability of success, in (0, 1], any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.entropy(0.5).round(3))
      1.386

    Notes:
      The same for counts from 0 and from 1. Accurate where success is almost sure.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      problem 2.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (probs,) = _parameters.load(probs=probs)
    return units.from_nats(_entropy(probs), base)


@jitted()
def hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Hellinger distance of two geometric distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.hellinger_distance(0.5, 0.25).round(3))
      0.296

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
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two geometric distributions.

    $$ D(p \,\|\, q) = \log \frac{p}{q} + \frac{1 - p}{p} \log \frac{1 - p}{1 - q} $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.kl_divergence(0.5, 0.25).round(3))
      0.288

    Notes:
      Accurate near equality, exactly 0 there, never negative. The same for counts from
      0 and from 1.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4),
      for this family.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    probs_p: ArrayLike,
    probs_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two geometric distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \frac{p^\alpha q^{1 - \alpha}}
       {1 - (1 - p)^\alpha (1 - q)^{1 - \alpha}} $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import geometric
      >>> print(geometric.renyi_divergence(0.5, 0.25, 2.0).round(3))
      0.405

    Notes:
      Accurate near equality and smooth around order 1. +inf where p has outcomes that q
      misses, from order 1 on; NaN for orders below 0.

    References:
      T. van Erven and P. Harremoës, "Rényi divergence and Kullback-Leibler divergence",
      2014, definition 2.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    probs: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a geometric distribution.

    $$ H_\alpha(p) = \frac{\alpha \log p - \log(1 - (1 - p)^\alpha)}{1 - \alpha} $$

    Args:
      probs: Probability of success, in (0, 1], any shape.
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
      >>> from jaxinfo.families import geometric
      >>> print(geometric.renyi_entropy(0.5, 2.0).round(3))
      1.099

    Notes:
      Smooth around order 1; +inf at order 0, unless success is sure, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (probs,) = _parameters.load(probs=probs)
    alpha = _parameters.order(alpha, probs)
    return units.from_nats(_renyi_entropy(probs, alpha), base)


@jitted()
def squared_hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Squared Hellinger distance of two geometric distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      probs_p: Probability of success, in (0, 1] of p, any shape.
      probs_q: Probability of success, in (0, 1] of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import geometric
      >>> print(geometric.squared_hellinger_distance(0.5, 0.25).round(3))
      0.088

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    p, q = _parameters.pair(probs_p=probs_p, probs_q=probs_q)
    return _gaps.squared_hellinger(_bhattacharyya(p, q))
