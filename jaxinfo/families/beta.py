"""The beta distribution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _gaps, _parameters, dirichlet

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
    """Parameters of a beta distribution.

    Attributes:
      concentration1: Exponent of x, plus one.
      concentration0: Exponent of 1 - x, plus one.
    """

    concentration1: ArrayLike
    concentration0: ArrayLike


def _stacked(point: _gaps.Point) -> _gaps.Point:
    """A beta distribution is a Dirichlet distribution of two outcomes."""
    return (jnp.stack(point, axis=-1),)


def _entropy(concentration1: jax.Array, concentration0: jax.Array) -> jax.Array:
    return dirichlet._entropy(*_stacked((concentration1, concentration0)))


def _divergence(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return dirichlet._divergence(_stacked(p), _stacked(q))


def _renyi(p: _gaps.Point, q: _gaps.Point, alpha: jax.Array) -> jax.Array:
    return dirichlet._renyi(_stacked(p), _stacked(q), alpha)


def _bhattacharyya(p: _gaps.Point, q: _gaps.Point) -> jax.Array:
    return dirichlet._bhattacharyya(_stacked(p), _stacked(q))


@jitted()
def bhattacharyya_distance(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
) -> jax.Array:
    r"""Bhattacharyya distance of two beta distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.bhattacharyya_distance(1.0, 1.0, 2.0, 3.0).round(3))
      0.079

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
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    return _bhattacharyya(p, q)


@jitted("base")
def cross_entropy(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two beta distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.cross_entropy(1.0, 1.0, 2.0, 3.0).round(3))
      0.515

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _parameters.pair(
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    return units.from_nats(_entropy(*p) + _divergence(p, q), base)


@jitted("base")
def entropy(
    concentration1: ArrayLike, concentration0: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a beta distribution.

    $$ H(p) = \log B(a, b) - (a - 1) \psi(a) - (b - 1) \psi(b) + (a + b - 2) \psi(a + b)
       $$

    Args:
      concentration1: Exponent of x, plus one, any shape.
      concentration0: Exponent of 1 - x, plus one, any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.entropy(2.0, 5.0).round(3))
      -0.485

    Notes:
      Taken as minus the divergence from the uniform distribution: never positive,
      accurate near uniform and exactly 0 there.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      table 17.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    (concentration1, concentration0) = _parameters.load(
        concentration1=concentration1, concentration0=concentration0
    )
    return units.from_nats(_entropy(concentration1, concentration0), base)


@jitted()
def hellinger_distance(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
) -> jax.Array:
    r"""Hellinger distance of two beta distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; the broadcast shape, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.hellinger_distance(1.0, 1.0, 2.0, 3.0).round(3))
      0.276

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
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    return _gaps.hellinger(_bhattacharyya(p, q))


@jitted("base")
def kl_divergence(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two beta distributions.

    $$ D(p \,\|\, q) = \log \frac{B(a_q, b_q)}{B(a_p, b_p)} + (a_p - a_q) \psi(a_p) +
       (b_p - b_q) \psi(b_p) + (a_q - a_p + b_q - b_p) \psi(a_p + b_p) $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.kl_divergence(1.0, 1.0, 2.0, 3.0).round(3))
      0.515

    Notes:
      Accurate near equality, exactly 0 there. Written by hand: the log-partition
      function loses the digits of large concentrations. A small concentration of q
      beside a large one loses the digits of their quotient.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of any
      two families.
    """
    p, q = _parameters.pair(
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    return units.from_nats(_divergence(p, q), base)


@jitted("base")
def renyi_divergence(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two beta distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \frac{B(a_*, b_*)}{B(a_p,
       b_p)^\alpha B(a_q, b_q)^{1 - \alpha}}, \quad (a_*, b_*) = \alpha (a_p, b_p) + (1
       - \alpha) (a_q, b_q) $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import beta
      >>> print(beta.renyi_divergence(1.0, 1.0, 2.0, 3.0, 0.5).round(3))
      0.159

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
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    alpha = _parameters.order(alpha, p[0])
    return units.from_nats(_renyi(p, q, alpha), base)


@jitted("base")
def renyi_entropy(
    concentration1: ArrayLike,
    concentration0: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a beta distribution.

    $$ H_\alpha(p) = \frac{\log B(\alpha (a - 1) + 1, \alpha (b - 1) + 1)
       - \alpha \log B(a, b)}{1 - \alpha} $$

    Args:
      concentration1: Exponent of x, plus one, any shape.
      concentration0: Exponent of 1 - x, plus one, of a shape that broadcasts.
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
      >>> from jaxinfo.families import beta
      >>> print(beta.renyi_entropy(2.0, 3.0, 2.0).round(3))
      -0.316

    Notes:
      Smooth around order 1; 0 at order 0, NaN below. Less than 0 by the divergence from
      the uniform distribution; -inf where that is infinite.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    p = _parameters.load(concentration1=concentration1, concentration0=concentration0)
    (concentration,) = _stacked(tuple(p))
    alpha = _parameters.order(alpha, concentration)
    return units.from_nats(dirichlet._renyi_entropy(concentration, alpha), base)


@jitted()
def squared_hellinger_distance(
    concentration1_p: ArrayLike,
    concentration0_p: ArrayLike,
    concentration1_q: ArrayLike,
    concentration0_q: ArrayLike,
) -> jax.Array:
    r"""Squared Hellinger distance of two beta distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      concentration1_p: Exponent of x, plus one of p, any shape.
      concentration0_p: Exponent of 1 - x, plus one of p, any shape.
      concentration1_q: Exponent of x, plus one of q, of a shape that broadcasts.
      concentration0_q: Exponent of 1 - x, plus one of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not broadcast.

    Examples:
      >>> from jaxinfo.families import beta
      >>> print(beta.squared_hellinger_distance(1.0, 1.0, 2.0, 3.0).round(3))
      0.076

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
        concentration1_p=concentration1_p,
        concentration0_p=concentration0_p,
        concentration1_q=concentration1_q,
        concentration0_q=concentration0_q,
    )
    return _gaps.squared_hellinger(_bhattacharyya(p, q))
