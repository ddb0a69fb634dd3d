r"""Exponential families that nobody has listed, from their log-partition function.

A family is $p(x) = h(x) \exp(\langle \theta, T(x) \rangle - A(\theta))$. Whoever writes
down A as a JAX function has its divergences: they are gaps between A and its tangent
planes. The first argument of every function is A itself, a function of the natural
parameters of one distribution (an array, or a tree of arrays) that returns a scalar;
`jax.vmap` makes batches. As they take a function, they are not compiled by themselves:
they nest in the caller's `jax.jit`.

The families that `jaxinfo.families` lists by name have forms written by hand where
this mechanism loses digits: at sharp parameters, where A is large and its gaps small.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, units
from jaxinfo.families import _gaps, _log_partition, _orders

__all__ = [
    "bhattacharyya_distance",
    "cross_entropy",
    "entropy",
    "hellinger_distance",
    "kl_divergence",
    "renyi_divergence",
    "renyi_entropy",
    "squared_hellinger_distance",
]


def entropy(
    log_partition: _log_partition.LogPartition,
    natural: Any,
    *,
    mean_log_carrier: ArrayLike = 0.0,
    base: float | None = None,
) -> jax.Array:
    r"""Entropy of a member of an exponential family.

    $$ H(p) = A(\theta) - \langle \theta, \nabla A(\theta) \rangle - E_p \log h(x) $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural: Natural parameters, an array or a tree of arrays.
      mean_log_carrier: Mean of log h(x) under p, a scalar; 0 where h is 1.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family

      The exponential distribution of rate 1, with -rate as its natural parameter:

      >>> A = lambda natural: -jnp.log(-natural)
      >>> print(exponential_family.entropy(A, jnp.array(-1.0)))
      1.0

    Notes:
      Differential entropy for densities, with all its signs; as accurate as A.

    References:
      F. Nielsen and R. Nock, "Entropies and cross-entropies of exponential families",
      2010.

    See Also:
      `cross_entropy`; `kl_divergence`, for which h does not matter.
    """
    of_vector, (natural,) = _log_partition.flat(log_partition, natural=natural)
    value, along = jax.jvp(of_vector, (natural,), (natural,))
    carrier = checks.as_scalar("mean_log_carrier", mean_log_carrier, natural.dtype)
    return units.from_nats(value - along - carrier, base)


def cross_entropy(
    log_partition: _log_partition.LogPartition,
    natural_p: Any,
    natural_q: Any,
    *,
    mean_log_carrier: ArrayLike = 0.0,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two members of an exponential family.

    $$ H(p, q) = A(\theta_q) - \langle \theta_q, \nabla A(\theta_p) \rangle
       - E_p \log h(x) $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.
      mean_log_carrier: Mean of log h(x) under p, a scalar; 0 where h is 1.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> p, q = jnp.array(-1.0), jnp.array(-2.0)
      >>> print(exponential_family.cross_entropy(A, p, q).round(3))
      1.307

    Notes:
      As accurate as A.

    References:
      F. Nielsen and R. Nock, "Entropies and cross-entropies of exponential families",
      2010.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    _, along = jax.jvp(of_vector, (p,), (q,))
    carrier = checks.as_scalar("mean_log_carrier", mean_log_carrier, p.dtype)
    return units.from_nats(of_vector(q) - along - carrier, base)


def kl_divergence(
    log_partition: _log_partition.LogPartition,
    natural_p: Any,
    natural_q: Any,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two members of an exponential family.

    $$ D(p \,\|\, q) = A(\theta_q) - A(\theta_p)
       - \langle \theta_q - \theta_p, \nabla A(\theta_p) \rangle $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      The von Mises-Fisher distribution on the sphere, which has no module here:

      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> def A(mean_direction):
      ...     k = jnp.sqrt(jnp.sum(mean_direction**2))
      ...     return jnp.log(jnp.sinh(k) / k)
      >>> p, q = jnp.array([0.0, 0.0, 2.0]), jnp.array([0.0, 2.0, 0.0])
      >>> print(exponential_family.kl_divergence(A, p, q).round(3))
      1.075

    Notes:
      Where the gap is small beside its terms it is summed up from the curvature of A
      between both points: accurate near equality, 0 at equality, never negative there.
      The gradient in q is the difference of the mean statistics.

    References:
      F. Nielsen and R. Nock, "Entropies and cross-entropies of exponential families",
      2010; S. Amari and H. Nagaoka, "Methods of Information Geometry", 2000.

    See Also:
      `renyi_divergence`; the modules of `jaxinfo.families`, more accurate.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    return units.from_nats(_log_partition.gap(of_vector, p, q, q - p), base)


def _gap_of(of_vector: Callable) -> _gaps.Gap:
    return lambda p, q, diff: _log_partition.gap(of_vector, p[0], q[0], diff[0])


def _halfway(of_vector: Callable, p: jax.Array, q: jax.Array) -> jax.Array:
    return _gaps.halfway(_gap_of(of_vector), (p,), (q,), (q - p,))


def _skewed(
    of_vector: Callable, p: jax.Array, q: jax.Array, alpha: jax.Array
) -> jax.Array:
    return _gaps.skew(
        _gap_of(of_vector),
        (p,),
        (q,),
        (q - p,),
        alpha,
        jnp.full_like(alpha, jnp.nan),
        inside=lambda point: jnp.isfinite(of_vector(point[0])),
    )


def renyi_divergence(
    log_partition: _log_partition.LogPartition,
    natural_p: Any,
    natural_q: Any,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two members of an exponential family.

    $$ D_\alpha(p \,\|\, q) = \frac{A(\alpha \theta_p + (1 - \alpha) \theta_q)
       - \alpha A(\theta_p) - (1 - \alpha) A(\theta_q)}{\alpha - 1} $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution;
        outside of its domain it returns NaN or infinity.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.
      alpha: Order, a scalar of at least 0 and finite; 1 is the KL divergence.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> p, q = jnp.array(-1.0), jnp.array(-2.0)
      >>> print(exponential_family.renyi_divergence(A, p, q, 0.5).round(3))
      0.118

    Notes:
      Computed as a sum of two divergences of one sign, smooth around 1. The mixture of
      natural parameters may leave the family for alpha above 1: +inf. NaN where alpha
      is negative or infinite.

    References:
      F. Liese and I. Vajda, "Convex Statistical Distances", 1987, proposition 2.22;
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013.

    See Also:
      `kl_divergence`, its limit at 1; `bhattacharyya_distance`, half of it at 1/2.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    alpha = checks.as_scalar("alpha", alpha, p.dtype)
    return units.from_nats(_skewed(of_vector, p, q, alpha), base)


def bhattacharyya_distance(
    log_partition: _log_partition.LogPartition, natural_p: Any, natural_q: Any
) -> jax.Array:
    r"""Bhattacharyya distance of two members of an exponential family.

    $$ B(p, q) = \frac{A(\theta_p) + A(\theta_q)}{2}
       - A\left( \frac{\theta_p + \theta_q}{2} \right) $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.

    Returns:
      Distance, without a unit; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> p, q = jnp.array(-1.0), jnp.array(-2.0)
      >>> print(exponential_family.bhattacharyya_distance(A, p, q).round(3))
      0.059

    Notes:
      Half the sum of the divergences of the midpoint from both: accurate near
      equality and 0 there.

    References:
      F. Nielsen and S. Boltz, "The Burbea-Rao and Bhattacharyya centroids", 2011.

    See Also:
      `renyi_divergence`, twice as large at order 1/2.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    return _halfway(of_vector, p, q)


def renyi_entropy(
    log_partition: _log_partition.LogPartition,
    natural: Any,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a member of an exponential family with a carrier of 1.

    $$ H_\alpha(p) = \frac{A(\alpha \theta) - \alpha A(\theta)}{1 - \alpha} $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution;
        outside of its domain it returns NaN or infinity.
      natural: Natural parameters, an array or a tree of arrays.
      alpha: Order, a scalar above 0 and finite; 1 is Shannon's entropy.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> print(exponential_family.renyi_entropy(A, jnp.array(-1.0), 2.0).round(3))
      0.693

    Notes:
      The condition is that h(x) is 1 on the support (or a constant that A holds), as
      for the exponential, gamma, beta, Dirichlet, geometric, Bernoulli, von Mises and
      normal distributions; a power of a density with another h leaves the family.
      Shannon's entropy and a gap of A: smooth around order 1. Where A is not finite at
      alpha times the natural parameters it is infinite, with the sign of 1 - alpha. NaN
      where alpha is not positive or infinite.

    References:
      F. Nielsen and R. Nock, "On Rényi and Tsallis entropies and divergences for
      exponential families", 2011.

    See Also:
      `entropy`, its limit at 1, for every h; `renyi_divergence`.
    """
    of_vector, (natural,) = _log_partition.flat(log_partition, natural=natural)
    alpha = checks.as_scalar("alpha", alpha, natural.dtype)
    proper = (alpha > 0) & jnp.isfinite(alpha)
    order = jnp.where(proper, alpha, 1.0)
    inside = jnp.isfinite(of_vector(order * natural))
    order = jnp.where(inside, order, 1.0)
    value, along = jax.jvp(of_vector, (natural,), (natural,))
    gap = _log_partition.gap(
        of_vector, natural, order * natural, (order - 1.0) * natural
    )

    def slope(x: jax.Array) -> jax.Array:
        return jax.jvp(of_vector, (x,), (natural,))[1]

    curvature = jax.jvp(slope, (natural,), (natural,))[1]
    entropy = value - along + _orders.above_shannon(gap, curvature, order)
    outside = jnp.where(alpha < 1, jnp.inf, -jnp.inf)
    entropy = jnp.where(inside, entropy, outside)
    return units.from_nats(jnp.where(proper, entropy, jnp.nan), base)


def squared_hellinger_distance(
    log_partition: _log_partition.LogPartition, natural_p: Any, natural_q: Any
) -> jax.Array:
    r"""Squared Hellinger distance of two members of an exponential family.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.

    Returns:
      Squared distance in [0, 1], without a unit; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> p, q = jnp.array(-1.0), jnp.array(-2.0)
      >>> print(exponential_family.squared_hellinger_distance(A, p, q).round(3))
      0.057

    Notes:
      Accurate near equality and 0 there; for every carrier h, since it counts in the
      distance as in the distributions.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the exponent
      B.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    return _gaps.squared_hellinger(_halfway(of_vector, p, q))


def hellinger_distance(
    log_partition: _log_partition.LogPartition, natural_p: Any, natural_q: Any
) -> jax.Array:
    r"""Hellinger distance of two members of an exponential family.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      log_partition: A, a function of the natural parameters of one distribution.
      natural_p: Natural parameters of p, an array or a tree of arrays.
      natural_q: Natural parameters of q, of the same structure.

    Returns:
      Distance in [0, 1], without a unit; a scalar, float32 or float64.

    Raises:
      TypeError: If a natural parameter is not a floating array.
      ValueError: If A does not return a scalar, or the structures differ.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import exponential_family
      >>> A = lambda natural: -jnp.log(-natural)
      >>> p, q = jnp.array(-1.0), jnp.array(-2.0)
      >>> print(exponential_family.hellinger_distance(A, p, q).round(3))
      0.239

    Notes:
      Exactly 0 at equality, where the gradient, that of the tip of a cone, is given as
      0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `squared_hellinger_distance`, smooth at equality; `bhattacharyya_distance`, the
      exponent B.
    """
    of_vector, (p, q) = _log_partition.flat(
        log_partition, natural_p=natural_p, natural_q=natural_q
    )
    return _gaps.hellinger(_halfway(of_vector, p, q))
