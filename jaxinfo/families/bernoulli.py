"""The Bernoulli distribution: the binary measures of `jaxinfo.probs` by its name."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo import probs as tables
from jaxinfo._core import units
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
    """Parameters of a Bernoulli distribution.

    Attributes:
      probs: Probability of the outcome 1.
    """

    probs: ArrayLike


def _tables(probs_p: ArrayLike, probs_q: ArrayLike) -> list[jax.Array]:
    """Both distributions as tables of two outcomes."""
    loaded = _parameters.load(probs_p=probs_p, probs_q=probs_q)
    return [jnp.stack([1.0 - x, x], axis=-1) for x in loaded]


@jitted()
def bhattacharyya_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Bhattacharyya distance of two Bernoulli distributions.

    $$ B(p, q) = -\log \left( \sqrt{p q} + \sqrt{(1 - p)(1 - q)} \right) $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.bhattacharyya_distance(0.5, 0.25).round(3))
      0.035

    Notes:
      Accurate near equality and exactly 0 there; +inf for disjoint outcomes.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `jaxinfo.bhattacharyya_distance`, of tables.
    """
    return tables.bhattacharyya_distance(*_tables(probs_p, probs_q))


@jitted("base")
def cross_entropy(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two Bernoulli distributions.

    $$ H(p, q) = -p \log q - (1 - p) \log(1 - q) $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.cross_entropy(0.5, 0.25).round(3))
      0.837

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    probs_p, probs_q = _parameters.load(probs_p=probs_p, probs_q=probs_q)
    own = tables.binary_entropy(probs_p)
    value = own + tables.binary_kl_divergence(probs_p, probs_q)
    return units.from_nats(value, base)


@jitted("base")
def entropy(probs: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Entropy of a Bernoulli distribution.

    $$ H(p) = -p \log p - (1 - p) \log(1 - p) $$

    Args:
      probs: Probability of the outcome 1, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.entropy(0.5).round(3))
      0.693

    Notes:
      At 0 and 1 the value is 0 and the gradient, infinite there, given as 0.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006, eq.
      (2.5).

    See Also:
      `jaxinfo.binary_entropy`, the same; `jaxinfo.logits.binary_entropy`, of a logit.
    """
    return tables.binary_entropy(_parameters.load(probs=probs)[0], base=base)


@jitted()
def hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Hellinger distance of two Bernoulli distributions.

    $$ H(p, q) = \sqrt{1 - \sqrt{p q} - \sqrt{(1 - p)(1 - q)}} $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.hellinger_distance(0.5, 0.25).round(3))
      0.185

    Notes:
      Accurate near equality and exactly 0 there, where the gradient is given as 0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `jaxinfo.hellinger_distance`, of tables.
    """
    return tables.hellinger_distance(*_tables(probs_p, probs_q))


@jitted("base")
def kl_divergence(
    probs_p: ArrayLike, probs_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Bernoulli distributions.

    $$ D(p \,\|\, q) = p \log \frac{p}{q} + (1 - p) \log \frac{1 - p}{1 - q} $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.kl_divergence(0.5, 0.25).round(3))
      0.144

    Notes:
      Accurate near equality, exactly 0 there, never negative; +inf where q misses an
      outcome of p.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4),
      for this family.

    See Also:
      `jaxinfo.binary_kl_divergence`, the same; `jaxinfo.logits.binary_kl_divergence`,
      of logits.
    """
    probs_p, probs_q = _parameters.load(probs_p=probs_p, probs_q=probs_q)
    return tables.binary_kl_divergence(probs_p, probs_q, base=base)


@jitted("base")
def renyi_divergence(
    probs_p: ArrayLike,
    probs_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two Bernoulli distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \left( p^\alpha q^{1 - \alpha}
       + (1 - p)^\alpha (1 - q)^{1 - \alpha} \right) $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.renyi_divergence(0.5, 0.25, 2.0).round(3))
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
    p, q = _tables(probs_p, probs_q)
    alpha = _parameters.order(alpha, p)
    return tables.renyi_divergence(p, q, alpha, base=base)


@jitted("base")
def renyi_entropy(
    probs: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a Bernoulli distribution.

    $$ H_\alpha(p) = \frac{\log(p^\alpha + (1 - p)^\alpha)}{1 - \alpha} $$

    Args:
      probs: Probability of the outcome 1, any shape.
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
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.renyi_entropy(0.25, 2.0).round(3))
      0.47

    Notes:
      That of the table of outcomes: at order 0 the logarithm of the number of possible
      outcomes, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    (p,) = _parameters.load(probs=probs)
    alpha = _parameters.order(alpha, p)
    return tables.renyi_entropy(jnp.stack([1.0 - p, p], axis=-1), alpha, base=base)


@jitted()
def squared_hellinger_distance(probs_p: ArrayLike, probs_q: ArrayLike) -> jax.Array:
    r"""Squared Hellinger distance of two Bernoulli distributions.

    $$ H^2(p, q) = 1 - \sqrt{p q} - \sqrt{(1 - p)(1 - q)} $$

    Args:
      probs_p: Probability of the outcome 1 of p, any shape.
      probs_q: Probability of the outcome 1 of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import bernoulli
      >>> print(bernoulli.squared_hellinger_distance(0.5, 0.25).round(3))
      0.034

    Notes:
      Accurate near equality and exactly 0 there.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `jaxinfo.squared_hellinger_distance`, of tables.
    """
    return tables.squared_hellinger_distance(*_tables(probs_p, probs_q))
