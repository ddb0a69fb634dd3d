"""The Wishart distribution, of sums of squares of normal vectors.

The degrees of freedom are above d - 1 and the scale is positive definite: elsewhere
the measures are NaN. Of a scale that is not symmetric the symmetric part is taken.
"""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _covariances, _gaps, _parameters, _wisharts

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
    """Parameters of a Wishart distribution.

    Attributes:
      df: Degrees of freedom.
      scale: Scale, shape `(..., d, d)`; the mean is `df * scale`.
    """

    df: ArrayLike
    scale: ArrayLike


def _points(
    df_p: ArrayLike, scale_p: ArrayLike, df_q: ArrayLike, scale_q: ArrayLike
) -> tuple[_gaps.Point, _gaps.Point]:
    n_p, a_p, n_q, a_q = _covariances.load_full(
        df_p=df_p, scale_p=scale_p, df_q=df_q, scale_q=scale_q
    )
    return (n_p, a_p), (n_q, a_q)


@jitted()
def bhattacharyya_distance(
    df_p: ArrayLike, scale_p: ArrayLike, df_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Bhattacharyya distance of two Wishart distributions.

    $$ B(p, q) = -\log \int \sqrt{p(x) q(x)} \, dx $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.

    Returns:
      Distance, without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.bhattacharyya_distance(4.0, p, 5.0, q).round(3))
      0.502

    Notes:
      Accurate near equality and exactly 0 there. Half the Renyi divergence of order
      1/2.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical
      populations defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, 1 - exp(-B).
    """
    return _wisharts.bhattacharyya(*_points(df_p, scale_p, df_q, scale_q))


@jitted("base")
def cross_entropy(
    df_p: ArrayLike,
    scale_p: ArrayLike,
    df_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of two Wishart distributions.

    $$ H(p, q) = H(p) + D(p \,\|\, q) $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.cross_entropy(4.0, p, 5.0, q).round(3))
      7.89

    Notes:
      The entropy and the divergence are added: its error is that of the larger one.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961, for this family.

    See Also:
      `kl_divergence`, the part above `entropy`.
    """
    p, q = _points(df_p, scale_p, df_q, scale_q)
    nats = _wisharts.entropy(p) + _wisharts.divergence(p, q)
    return units.from_nats(nats, base)


@jitted("base")
def entropy(df: ArrayLike, scale: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Differential entropy of a Wishart distribution.

    $$ H(p) = \frac{d + 1}{2} \log |2 V| + \log \Gamma_d \left( \frac{n}{2} \right)
       - \frac{n - d - 1}{2} \psi_d \left( \frac{n}{2} \right) + \frac{n d}{2} $$

    Args:
      df: Degrees of freedom n, any shape.
      scale: Scale V, shape `(..., d, d)`.
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
      >>> from jaxinfo.families import wishart
      >>> print(wishart.entropy(4.0, jnp.eye(2)).round(3))
      6.301

    Notes:
      Of the entries on and above the diagonal. Accurate for many degrees of
      freedom.

    References:
      C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, eq. (B.82).

    See Also:
      `cross_entropy`, by the parameters of another distribution.
    """
    n, a = _covariances.load_full(df=df, scale=scale)
    return units.from_nats(_wisharts.entropy((n, a)), base)


@jitted()
def hellinger_distance(
    df_p: ArrayLike, scale_p: ArrayLike, df_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Hellinger distance of two Wishart distributions.

    $$ H(p, q) = \sqrt{1 - e^{-B(p, q)}} $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.

    Returns:
      Distance in [0, 1], without a unit; one a distribution, float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.hellinger_distance(4.0, p, 5.0, q).round(3))
      0.628

    Notes:
      Accurate near equality and exactly 0 there, where the gradient, that of the
      tip of a cone, is given as 0.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `squared_hellinger_distance`, smooth at equality; `bhattacharyya_distance`,
      the exponent B.
    """
    return _gaps.hellinger(
        _wisharts.bhattacharyya(*_points(df_p, scale_p, df_q, scale_q))
    )


@jitted("base")
def kl_divergence(
    df_p: ArrayLike,
    scale_p: ArrayLike,
    df_q: ArrayLike,
    scale_q: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two Wishart distributions.

    $$ D(p \,\|\, q) = \frac{n_q}{2} \log \frac{|V_q|}{|V_p|} + \frac{n_p}{2} \left(
       \operatorname{tr}(V_q^{-1} V_p) - d \right) + \log \frac{\Gamma_d(n_q / 2)}
       {\Gamma_d(n_p / 2)} + \frac{n_p - n_q}{2} \psi_d \left( \frac{n_p}{2} \right)
       $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.kl_divergence(4.0, p, 5.0, q).round(3))
      1.589

    Notes:
      Accurate near equality, exactly 0 there, and not negative: a gap of the means,
      a gap of the gamma functions. It loses digits with the condition of the scale
      of q.

    References:
      W. D. Penny, "Kullback-Liebler Divergences of Normal, Gamma, Dirichlet and
      Wishart Densities", 2001.

    See Also:
      `cross_entropy`, which adds the entropy; `jaxinfo.families.kl_divergence`, of
      any two families.
    """
    return units.from_nats(
        _wisharts.divergence(*_points(df_p, scale_p, df_q, scale_q)), base
    )


@jitted("base")
def renyi_divergence(
    df_p: ArrayLike,
    scale_p: ArrayLike,
    df_q: ArrayLike,
    scale_q: ArrayLike,
    alpha: ArrayLike,
    *,
    base: float | None = None,
) -> jax.Array:
    r"""Renyi divergence of two Wishart distributions.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1} \log \int p(x)^\alpha
       q(x)^{1 - \alpha} \, dx $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.
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
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.renyi_divergence(4.0, p, 5.0, q, 0.5).round(3))
      1.005

    Notes:
      A sum of terms of one sign: accurate near equality and smooth around order 1.
      +inf where the mixed parameters are those of no distribution. NaN for orders
      below 0; at order 0 the gradient in `alpha` is given as 0.

    References:
      F. Nielsen and R. Nock, "On Rényi and Tsallis entropies and divergences for
      exponential families", 2011, eq. (13).

    See Also:
      `kl_divergence`, its limit at order 1; `bhattacharyya_distance`, half of it at
      order 1/2.
    """
    p, q = _points(df_p, scale_p, df_q, scale_q)
    nats = _wisharts.renyi(p, q, _parameters.order(alpha, p[0]))
    return units.from_nats(nats, base)


@jitted()
def squared_hellinger_distance(
    df_p: ArrayLike, scale_p: ArrayLike, df_q: ArrayLike, scale_q: ArrayLike
) -> jax.Array:
    r"""Squared Hellinger distance of two Wishart distributions.

    $$ H^2(p, q) = 1 - e^{-B(p, q)} $$

    Args:
      df_p: Degrees of freedom of p, any shape.
      scale_p: Scale of p, shape `(..., d, d)`.
      df_q: Degrees of freedom of q, of a shape that broadcasts.
      scale_q: Scale of q, of a shape that broadcasts.

    Returns:
      Squared distance in [0, 1], without a unit; one a distribution, float32 or
      float64.

    Raises:
      TypeError: If a parameter is not floating point.
      ValueError: If the shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import wishart
      >>> p, q = jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(wishart.squared_hellinger_distance(4.0, p, 5.0, q).round(3))
      0.395

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
        _wisharts.bhattacharyya(*_points(df_p, scale_p, df_q, scale_q))
    )
