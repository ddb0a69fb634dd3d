"""The normal distribution of many coordinates.

A covariance is an array `(..., d, d)`, or `Diagonal`, or `LowRank`, a factor beside a
diagonal; those of p and of q may be of two kinds. An array must be positive definite:
where it is not, the measures are NaN. Of one that is not symmetric the symmetric part
is taken.
"""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import units
from jaxinfo._core.curves import log1p_over
from jaxinfo._core.jit import jitted
from jaxinfo.families import _covariances, _gaps, _normals, _parameters
from jaxinfo.families._blocks import mutual_information
from jaxinfo.families._covariances import Covariance, Diagonal, LowRank

__all__ = [
    "Diagonal",
    "LowRank",
    "Params",
    "bhattacharyya_distance",
    "cross_entropy",
    "entropy",
    "hellinger_distance",
    "kl_divergence",
    "mutual_information",
    "renyi_divergence",
    "renyi_entropy",
    "squared_hellinger_distance",
    "wasserstein_distance",
]


class Params(NamedTuple):
    """Parameters of a normal distribution of many coordinates.

    Attributes:
      loc: Mean, shape `(..., d)`.
      cov: Covariance, an array `(..., d, d)`, `Diagonal` or `LowRank`.
    """

    loc: ArrayLike
    cov: Covariance


@jitted()
def bhattacharyya_distance(
    loc_p: ArrayLike, cov_p: Covariance, loc_q: ArrayLike, cov_q: Covariance
) -> jax.Array:
    r"""Bhattacharyya distance of two normal distributions.

    $$ B(p, q) = \tfrac18 \delta^\top \Sigma^{-1} \delta + \tfrac12 \log \frac{|\Sigma|}
       {\sqrt{|\Sigma_p| |\Sigma_q|}}, \quad \Sigma = \tfrac12 (\Sigma_p + \Sigma_q)
       $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.

    Returns:
      Distance, without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.bhattacharyya_distance(loc, p, loc + 1, q).round(3))
      0.197

    Notes:
      Accurate near equality and exactly 0 there. Of `Diagonal` and thin `LowRank`
      covariances no array of size d d is formed.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical
      populations defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    return _normals.bhattacharyya(_covariances.load_pair(loc_p, cov_p, loc_q, cov_q))


@jitted("base")
def cross_entropy(
    loc_p: ArrayLike,
    cov_p: Covariance,
    loc_q: ArrayLike,
    cov_q: Covariance,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two normal distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; one a distribution, float32
        or float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python
        number.
      ValueError: If the shapes do not fit or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.cross_entropy(loc, p, loc + 1, q).round(3))
      3.387

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    pair = _covariances.load_pair(loc_p, cov_p, loc_q, cov_q)
    nats = pair.kind.entropy(pair.p) + _normals.divergence(pair)
    return units.from_nats(nats, base)


@jitted("base")
def entropy(
    cov: Covariance, *, loc: ArrayLike | None = None, base: float | None = None
) -> jax.Array:
    r"""Differential entropy of a normal distribution.

    $$ H(p) = \tfrac12 \log \left( (2 \pi e)^d |\Sigma| \right) $$

    Args:
      cov: Covariance, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc: Mean; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python
        number.
      ValueError: If the shapes do not fit or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> cov = jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.entropy(cov).round(3))
      3.387

    Notes:
      The gradient is half the inverse of the covariance. A covariance close to singular
      costs digits: an error of about its condition in units in the last place.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      theorem 8.4.1.

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    kind, held = _covariances.load_one(cov, loc)
    return units.from_nats(kind.entropy(held), base)


@jitted()
def hellinger_distance(
    loc_p: ArrayLike, cov_p: Covariance, loc_q: ArrayLike, cov_q: Covariance
) -> jax.Array:
    r"""Hellinger distance of two normal distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.

    Returns:
      Distance in [0, 1], without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.hellinger_distance(loc, p, loc + 1, q).round(3))
      0.423

    Notes:
      Accurate near equality and exactly 0 there, where the gradient, that of the
      tip of a cone, is given as 0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `squared_hellinger_distance`, smooth at equality; `bhattacharyya_distance`, B.
    """
    return _gaps.hellinger(
        _normals.bhattacharyya(_covariances.load_pair(loc_p, cov_p, loc_q, cov_q))
    )


@jitted("base")
def kl_divergence(
    loc_p: ArrayLike,
    cov_p: Covariance,
    loc_q: ArrayLike,
    cov_q: Covariance,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two normal distributions.

    $$ D(p \,\|\, q) = \tfrac12 \left( \operatorname{tr}(\Sigma_q^{-1} \Sigma_p) - d +
       \log \frac{|\Sigma_q|}{|\Sigma_p|} + \delta^\top \Sigma_q^{-1} \delta \right)
       $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python
        number.
      ValueError: If the shapes do not fit or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.kl_divergence(loc, p, loc + 1, q).round(3))
      0.549

    Notes:
      Accurate near equality, where the difference of the covariances is what
      counts, exactly 0 there, and not negative; it loses digits with the condition
      of the covariance of q. Two `LowRank` covariances are near where their factors
      are, not where these are rotated; the gap of the noise loses digits where the
      factors say nearly all about a coordinate. Second derivatives hold at equality
      too.

    References:
      S. Kullback, "Information Theory and Statistics", 1959, eq. (9.1.2).

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of
      any two families.
    """
    nats = _normals.divergence(_covariances.load_pair(loc_p, cov_p, loc_q, cov_q))
    return units.from_nats(nats, base)


@jitted("base")
def renyi_divergence(
    loc_p: ArrayLike,
    cov_p: Covariance,
    loc_q: ArrayLike,
    cov_q: Covariance,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two normal distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{\alpha}{2} \delta^\top \Sigma_*^{-1} \delta -
       \frac{1}{2 (\alpha - 1)} \log \frac{|\Sigma_*|}{|\Sigma_p|^{1 - \alpha}
       |\Sigma_q|^\alpha}, \quad \Sigma_* = (1 - \alpha) \Sigma_p + \alpha \Sigma_q
       $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not fit or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.renyi_divergence(loc, p, loc + 1, q, 0.5).round(3))
      0.394

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1.
      +inf where the mixed covariance is not positive definite. NaN for orders below
      0; at order 0 the gradient in `alpha` is given as 0. `LowRank` covariances
      become arrays.

    References:
      M. Gil, F. Alajaji and T. Linder, "Rényi divergence measures for commonly used
      univariate continuous distributions", 2013, table 3.

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    pair = _covariances.load_pair(loc_p, cov_p, loc_q, cov_q, dense=True)
    nats = _normals.renyi(pair, _parameters.order(alpha, pair.shift))
    return units.from_nats(nats, base)


@jitted("base")
def renyi_entropy(
    cov: Covariance,
    alpha: ArrayLike,
    *,
    loc: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi entropy of a normal distribution.

    $$ H_\alpha(p) = \tfrac12 \log \left( (2 \pi)^d |\Sigma| \right) + \frac{d \log
       \alpha}{2 (\alpha - 1)} $$

    Args:
      cov: Covariance, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      alpha: Order, a scalar of at least 0; 1 is the limit of Shannon's measure.
      loc: Mean; the entropy does not depend on it.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; one a distribution, float32 or
        float64.

    Raises:
      TypeError: If a parameter is not floating point, `alpha` not a real scalar, or
        `base` not a Python number.
      ValueError: If the shapes do not fit or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> cov = jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.renyi_entropy(cov, 2.0).round(3))
      3.08

    Notes:
      Smooth around order 1; +inf at order 0, NaN below.

    References:
      A. Rényi, "On measures of entropy and information", 1961.

    See Also:
      `entropy`, its limit at order 1.
    """
    kind, held = _covariances.load_one(cov, loc)
    nats = kind.entropy(held)
    rise = log1p_over(_parameters.order(alpha, nats) - 1.0) - 1.0
    half = 0.5 * _covariances.size_of(kind, held)
    return units.from_nats(nats + half * rise, base)


@jitted()
def squared_hellinger_distance(
    loc_p: ArrayLike, cov_p: Covariance, loc_q: ArrayLike, cov_q: Covariance
) -> jax.Array:
    r"""Squared Hellinger distance of two normal distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.

    Returns:
      Squared distance in [0, 1], without a unit; one a distribution, float32 or
      float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> square = multivariate_normal.squared_hellinger_distance(loc, p, loc + 1, q)
      >>> print(square.round(3))
      0.179

    Notes:
      Accurate near equality and exactly 0 there; B is the Bhattacharyya distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its root, a metric; `bhattacharyya_distance`, the
      exponent B.
    """
    return _gaps.squared_hellinger(
        _normals.bhattacharyya(_covariances.load_pair(loc_p, cov_p, loc_q, cov_q))
    )


@jitted()
def wasserstein_distance(
    loc_p: ArrayLike, cov_p: Covariance, loc_q: ArrayLike, cov_q: Covariance
) -> jax.Array:
    r"""Wasserstein distance of order 2 of two normal distributions.

    $$ W_2^2(p, q) = |\delta|^2 + \operatorname{tr} \left( \Sigma_p + \Sigma_q - 2
       (\Sigma_p^{1/2} \Sigma_q \Sigma_p^{1/2})^{1/2} \right) $$

    Args:
      loc_p: Mean of p, shape `(..., d)`.
      cov_p: Covariance of p, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      loc_q: Mean of q, of a shape that broadcasts.
      cov_q: Covariance of q, of the same or another kind.

    Returns:
      Distance in the unit of the outcomes; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> loc, p, q = jnp.zeros(2), jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.wasserstein_distance(loc, p, loc + 1, q).round(3))
      1.592

    Notes:
      Accurate near equality, exactly 0 there, where the gradient, that of the tip
      of a cone, is given as 0. `LowRank` covariances become arrays.

    References:
      D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate
      normal distributions", 1982, eq. (4).

    See Also:
      `kl_divergence`, which does not know how far apart outcomes are.
    """
    pair = _covariances.load_pair(loc_p, cov_p, loc_q, cov_q, dense=True)
    return _normals.wasserstein(pair)
