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
    r"""Mean of the values where a mask holds.

    $$ \frac{\sum_i m_i v_i}{\sum_i m_i} $$

    with v the values and m the mask, 1 or 0.

    Args:
      values: Values v, of any shape, such as one loss an example.
      where: Boolean mask m that broadcasts to `values`.
      empty: What to return if the mask holds nowhere.

    Returns:
      Mean over all entries where the mask holds, a scalar in the unit of `values`;
      float32 or float64.

    Raises:
      TypeError: If `values` is not a floating-point array, `where` is not boolean, or
        `empty` is not a real scalar.
      ValueError: If `where` does not broadcast to the shape of `values`.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> values = jnp.array([1.0, jnp.nan, 3.0])
      >>> print(jaxinfo.losses.masked_mean(values, ~jnp.isnan(values)))
      2.0
      >>> print(jaxinfo.losses.masked_mean(values, jnp.zeros(3, bool)))
      0.0

    Notes:
      What is masked out reaches neither the value nor the gradient in `values`, not
      even as NaN; its gradient is 0. That of the others is 1 over their number.

    See Also:
      `jaxinfo.losses.softmax_cross_entropy_with_integer_labels`: its `ignore_index`
      gives loss 0, which an average has yet to leave out.
    """
    x = checks.as_floating("values", values)
    x = x.astype(checks.compute_dtype(x))
    mask = checks.check_mask(where, "values", x.shape)
    mask = checks.as_mask(mask, x.shape)
    count = jnp.sum(mask, dtype=jnp.int32)
    total = jnp.sum(jnp.where(mask, x, 0.0))
    mean = total / jnp.maximum(count, 1).astype(x.dtype)
    return jnp.where(count > 0, mean, checks.as_scalar("empty", empty, x.dtype))
