"""Value checks on demand."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from jax.experimental import checkify

from jaxinfo._core import values

__all__ = ["checked"]

P = ParamSpec("P")
R = TypeVar("R")


def checked(f: Callable[P, R]) -> Callable[P, R]:
    """A function with checks of the values that its measures are given.

    Args:
      f: Function that calls jaxinfo, whose positional arguments and results are trees
        of arrays. It may use `jax.jit`, `jax.vmap`, `jax.grad` and `jax.lax.scan`.

    Returns:
      `f`, with the same arguments and result, that raises if a value is bad.

    Raises:
      jax.experimental.checkify.JaxRuntimeError: When the function returned is called
        and a check fails. The message names the argument and the first row with a
        bad value. NaN, negative probabilities, tables that do not sum to one, +inf
        logits, rows with no outcome left and labels out of range are bad.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> from jax.experimental import checkify
      >>> entropy = jaxinfo.checked(jax.jit(jaxinfo.entropy))
      >>> print(entropy(jnp.array([0.5, 0.5])).round(3))
      0.693
      >>> try:
      ...     entropy(jnp.array([[0.5, 0.5], [0.5, 0.6]]))
      ... except checkify.JaxRuntimeError as error:
      ...     print(error)
      `p` does not sum to one in row 1 (`check` failed)

    Notes:
      It goes outermost, `jaxinfo.checked(jax.jit(step))`: inside `jax.jit` it is an
      error. Without it the checks are no part of the compiled program and cost
      nothing. With it a call waits for the device, and traces `f` anew unless `f` is
      compiled itself.

      Rows are counted over all batch axes, in their order; under `jax.vmap`, within
      one of the mapped calls.
    """
    functionalized = checkify.checkify(f, errors=checkify.user_checks)

    @functools.wraps(f)
    def public(*args: P.args, **kwargs: P.kwargs) -> R:
        with values.checking(True):
            error, result = functionalized(*args, **kwargs)
        error.throw()
        return result

    return public
