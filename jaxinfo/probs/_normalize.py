"""Tables from counts or weights."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, values
from jaxinfo._core.jit import jitted

__all__ = ["normalize"]

Axis = int | tuple[int, ...]


@jitted("axis")
def normalize(counts_or_weights: ArrayLike, *, axis: Axis = -1) -> jax.Array:
    r"""Probability table proportional to counts or weights.

    $$ p_k = \frac{w_k}{\sum_j w_j} $$

    Args:
      counts_or_weights: Non-negative numbers, shape `(..., K)`, integers included.
      axis: Axis or axes of the outcomes.

    Returns:
      Probabilities that sum to one over `axis`; shape of `counts_or_weights`, float32
        or float64, the default float for integers.

    Raises:
      TypeError: If `counts_or_weights` is neither an integer nor a floating array, or
        `axis` holds no integers.
      ValueError: If `axis` is out of range or names an axis twice.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.normalize(jnp.array([[1, 3], [2, 2]])))
      [[0.25 0.75]
       [0.5  0.5 ]]
      >>> print(jaxinfo.normalize(jnp.array([[1, 3], [2, 2]]), axis=(0, 1)))
      [[0.125 0.375]
       [0.25  0.25 ]]

    Notes:
      The default makes every row a distribution of its own. Of a joint table, name the
      axes of all variables, `axis=(0, 1)`: what measures of joint tables make of rows
      that sum to one each has no meaning.

      A row that sums to zero gives NaN. Under `jaxinfo.checked` such a row, or a
      negative entry, is an error.

    See Also:
      `jax.nn.softmax`, the table of a row of logits.
    """
    x = checks.as_weights("counts_or_weights", counts_or_weights)
    axes = checks.as_axes("axis", axis, x.ndim)
    total = jnp.sum(x, axis=axes, keepdims=True)
    values.weights("counts_or_weights", x, axes)
    return x / total
