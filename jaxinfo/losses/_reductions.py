"""Averages over what counts."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks
from jaxinfo._core.jit import jitted

__all__ = ["masked_mean"]


@jitted()
def masked_mean(
    values: ArrayLike, where: ArrayLike, *, empty: ArrayLike = 0.0
) -> jax.Array:
    x = checks.as_floating("values", values)
    x = x.astype(checks.compute_dtype(x))
    mask = checks.check_mask(where, "values", x.shape)
    mask = checks.as_mask(mask, x.shape)
    count = jnp.sum(mask, dtype=jnp.int32)
    total = jnp.sum(jnp.where(mask, x, 0.0))
    mean = total / jnp.maximum(count, 1).astype(x.dtype)
    return jnp.where(count > 0, mean, jnp.asarray(empty, x.dtype))
