"""The categorical distribution: measures of `jaxinfo.probs` by its name."""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo import probs as tables
from jaxinfo._core.jit import jitted
from jaxinfo.families import _parameters

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
    """Parameters of a categorical distribution.

    Attributes:
      probs: Probabilities of the outcomes along the last axis.
    """

    probs: ArrayLike


@jitted()
def bhattacharyya_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Bhattacharyya distance of two categorical distributions.

    $$ B(p, q) = -\log \sum_k \sqrt{p_k q_k} $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.

    Returns:
      Distance, without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the last axes differ, the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.bhattacharyya_distance(p, q).round(3))
      0.035

    Notes:
      Accurate near equality and exactly 0 there; +inf for disjoint supports.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `jaxinfo.bhattacharyya_distance`, the same along any axis.
    """
    probs_p, probs_q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    return tables.bhattacharyya_distance(probs_p, probs_q)


@jitted("base")
def cross_entropy(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two categorical distributions.

    $$ H(p, q) = -\sum_k p_k \log q_k $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the last axes differ, the shapes do not broadcast or `base` is out
        of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.cross_entropy(p, q).round(3))
      0.837

    Notes:
      +inf where q misses an outcome of p.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `jaxinfo.cross_entropy`, the same along any axis.
    """
    probs_p, probs_q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    return tables.cross_entropy(probs_p, probs_q, base=base)


@jitted("base")
def entropy(probs: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Entropy of a categorical distribution.

    $$ H(p) = -\sum_k p_k \log p_k $$

    Args:
      probs: Probabilities, shape `(..., K)`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If there is no last axis, the shapes do not broadcast or `base` is out
        of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p = jnp.array([0.5, 0.25, 0.25])
      >>> print(categorical.entropy(p).round(3))
      1.04

    Notes:
      At a probability of 0 the gradient, infinite there, is given as 0.

    References:
      C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6.

    See Also:
      `jaxinfo.entropy`, the same along any axis; `jaxinfo.logits.entropy`, of logits.
    """
    (probs,) = _parameters.load_events(probs=probs)
    return tables.entropy(probs, base=base)


@jitted()
def hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Hellinger distance of two categorical distributions.

    $$ H(p, q) = \sqrt{\tfrac12 \sum_k (\sqrt{p_k} - \sqrt{q_k})^2} $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.

    Returns:
      Distance in [0, 1], without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the last axes differ, the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.hellinger_distance(p, q).round(3))
      0.185

    Notes:
      Accurate near equality and exactly 0 there, where the gradient is given as 0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `jaxinfo.hellinger_distance`, the same along any axis.
    """
    probs_p, probs_q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    return tables.hellinger_distance(probs_p, probs_q)


@jitted("base")
def kl_divergence(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two categorical distributions.

    $$ D(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k} $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the last axes differ, the shapes do not broadcast or `base` is out
        of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.kl_divergence(p, q).round(3))
      0.144

    Notes:
      Accurate near equality, exactly 0 there, never negative; +inf where q misses an
      outcome of p.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4),
      for this family.

    See Also:
      `jaxinfo.kl_divergence`, the same along any axis; `jaxinfo.logits.kl_divergence`,
      of logits.
    """
    probs_p, probs_q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    return tables.kl_divergence(probs_p, probs_q, base=base)


@jitted("base")
def renyi_divergence(
    probs_p: ArrayLike,
    probs_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two categorical distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \sum_k p_k^\alpha
       q_k^{1 - \alpha} $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.
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
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.renyi_divergence(p, q, 2.0).round(3))
      0.288

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
    p, q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    alpha = _parameters.order(alpha, p)
    return tables.renyi_divergence(p, q, alpha, base=base)


@jitted("base")
def renyi_entropy(
    probs: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a categorical distribution.

    $$ H_\alpha(p) = \frac{\log \sum_k p_k^\alpha}{1 - \alpha} $$

    Args:
      probs: Probabilities, shape `(..., K)`.
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
      >>> from jaxinfo.families import categorical
      >>> print(categorical.renyi_entropy(jnp.array([0.5, 0.5]), 2.0).round(3))
      0.693

    Notes:
      That of the table of outcomes: at order 0 the logarithm of the number of possible
      outcomes, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (probs,) = _parameters.load_events(probs=probs)
    alpha = _parameters.order(alpha, probs)
    return tables.renyi_entropy(probs, alpha, base=base)


@jitted()
def squared_hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Squared Hellinger distance of two categorical distributions.

    $$ H^2(p, q) = \tfrac12 \sum_k (\sqrt{p_k} - \sqrt{q_k})^2 $$

    Args:
      probs_p: Probabilities of p, shape `(..., K)`.
      probs_q: Probabilities of q, shape `(..., K)`.

    Returns:
      Squared distance in [0, 1], without a unit; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the last axes differ, the shapes do not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import categorical
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(categorical.squared_hellinger_distance(p, q).round(3))
      0.034

    Notes:
      Accurate near equality and exactly 0 there.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `jaxinfo.squared_hellinger_distance`, the same along any axis.
    """
    probs_p, probs_q = _parameters.load_events(probs_p=probs_p, probs_q=probs_q)
    return tables.squared_hellinger_distance(probs_p, probs_q)
