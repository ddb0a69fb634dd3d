"""Information in the correlation of two jointly normal variables."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import numerics, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import _parameters

__all__ = ["mutual_information"]


@jitted("base")
def mutual_information(
    correlation: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Mutual information of two jointly normal variables.

    $$ I(X; Y) = -\tfrac12 \log(1 - \rho^2) $$

    Args:
      correlation: Correlation of the two variables, in [-1, 1], any shape.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Mutual information in nats, or in the unit of `base`; the shape of `correlation`,
        float32 or float64.

    Raises:
      TypeError: If a parameter is not floating point, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo.families import normal
      >>> print(normal.mutual_information(0.5).round(3))
      0.144

    Notes:
      Accurate near independence and near dependence; +inf at correlations of 1 and -1.

    References:
      I. M. Gelfand and A. M. Yaglom, "Calculation of the amount of information about a
      random function contained in another such function", 1957.

    See Also:
      `jaxinfo.families.multivariate_normal`, of blocks of variables.
    """
    (correlation,) = _parameters.load(correlation=correlation)
    near = jnp.abs(correlation) < 0.5
    small = jnp.where(near, correlation, 0.0)
    close = numerics.log1p(-small * small)
    far = jnp.log((1.0 - correlation) * (1.0 + correlation))
    return units.from_nats(-0.5 * jnp.where(near, close, far), base)
