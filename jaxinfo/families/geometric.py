"""The geometric distribution: trials up to a success, it included or not."""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import binary, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _parameters

__all__ = [
    "Params",
    "cross_entropy",
    "entropy",
    "kl_divergence",
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
      0.28800002

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
