"""Information between blocks of jointly normal variables."""

from typing import Any

import jax
import jax.numpy as jnp

from jaxinfo._core import units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _covariances, _low_rank, _matrices
from jaxinfo.families._covariances import Covariance

__all__ = ["mutual_information"]


def _check_num_x(num_x: int, size: int) -> None:
    if isinstance(num_x, bool) or not isinstance(num_x, int):
        raise TypeError(f"`num_x` must be a Python int, got {type(num_x).__name__}.")
    if not 0 < num_x < size:
        raise ValueError(f"`num_x` must be in (0, {size}), got {num_x}.")


def _nats(kind: _covariances.Kind, cov: Any, num_x: int) -> jax.Array:
    """Between the first coordinates and the others.

    The divergence from the normal distribution in which they are independent.
    """
    if kind is _covariances.DIAGONAL:
        return 0.0 * jnp.sum(cov / cov, axis=-1)
    if kind is _covariances.LOW_RANK:
        return _low_rank.information(cov, num_x)
    first = jnp.arange(cov.shape[-1]) < num_x
    mixed = jnp.broadcast_to(first[:, None] != first[None, :], cov.shape)
    between = jnp.where(mixed, cov, 0.0)
    apart = jnp.where(mixed, 0.0, cov)
    return 0.5 * _matrices.determinant_gap(cov, apart, between)


@jitted("num_x", "base")
def mutual_information(
    cov: Covariance, num_x: int, *, base: float | None = None
) -> jax.Array:
    r"""Mutual information of the first coordinates and the others.

    $$ I(X; Y) = \tfrac12 \log \frac{|\Sigma_{xx}| |\Sigma_{yy}|}{|\Sigma|} $$

    Args:
      cov: Covariance, shape `(..., d, d)`, or `Diagonal` or `LowRank`.
      num_x: How many coordinates, the first ones, are X; more than 0, less than d.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Mutual information in nats, or in the unit of `base`; one a distribution,
        float32 or float64.

    Raises:
      TypeError: If `cov` is not floating point, or `num_x` or `base` not a Python
        number.
      ValueError: If `cov` is no covariance, or `num_x` or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo.families import multivariate_normal
      >>> cov = jnp.array([[2.0, 1.0], [1.0, 2.0]])
      >>> print(multivariate_normal.mutual_information(cov, 1).round(3))
      0.144

    Notes:
      Accurate near independence, exactly 0 there; near dependence it loses digits with
      the condition of the covariance. One that makes Y a function of X is singular:
      NaN.

    References:
      I. M. Gelfand and A. M. Yaglom, "Calculation of the amount of information
      about a random function contained in another such function", 1957.

    See Also:
      `jaxinfo.families.normal.mutual_information`, of two variables by their
      correlation.
    """
    kind, held = _covariances.load_one(cov)
    _check_num_x(num_x, _covariances.size_of(kind, held))
    return units.from_nats(_nats(kind, held, num_x), base)
