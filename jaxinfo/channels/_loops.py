"""Loops that every problem of a batch leaves by itself."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap

__all__ = ["iterate"]

S = TypeVar("S")


def iterate(
    going: Callable[..., jax.Array], step: Callable[..., S], state: S, *operands: Any
) -> S:
    """`while going(state, *operands): state = step(state, *operands)`.

    Under `jax.vmap` it is one loop, until the last problem is done, with a condition of
    its own for the whole batch: `checkify`, and with it `jaxinfo.checked`, refuses the
    batched condition that `jax.vmap` would make.

    Args:
      going: Whether to go on, of one problem.
      step: The next state of one problem.
      state: Where to start; a tree of arrays.
      operands: Trees of arrays that stay the same. Neither function may refer to
        traced arrays but these.
    """
    every = jax.vmap(going), jax.vmap(step)

    @custom_vmap
    def alone(state: S, operands: Any) -> S:
        return lax.while_loop(
            lambda state: going(state, *operands),
            lambda state: step(state, *operands),
            state,
        )

    @alone.def_vmap
    def _(size: int, mapped: Any, state: S, operands: Any) -> tuple[S, Any]:
        state, operands = _mapped(size, mapped, (state, operands))
        result = together(state, operands)
        return result, jax.tree.map(lambda _: True, result)

    @custom_vmap
    def together(state: S, operands: Any) -> S:
        def chosen(state: S) -> S:
            on = every[0](state, *operands)

            def pick(new: jax.Array, old: jax.Array) -> jax.Array:
                return jnp.where(on.reshape(on.shape + (1,) * (new.ndim - 1)), new, old)

            return jax.tree.map(pick, every[1](state, *operands), state)

        return lax.while_loop(
            lambda state: jnp.any(every[0](state, *operands)), chosen, state
        )

    @together.def_vmap
    def _(size: int, mapped: Any, state: S, operands: Any) -> tuple[S, Any]:
        nested = _mapped(size, mapped, (state, operands))
        length = jax.tree.leaves(nested)[0].shape[1]
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), nested)
        result = jax.tree.map(
            lambda x: x.reshape(size, length, *x.shape[1:]), together(*flat)
        )
        return result, jax.tree.map(lambda _: True, result)

    return alone(state, operands)


def _mapped(size: int, mapped: Any, tree: Any) -> Any:
    """The tree with a leading axis on each of its arrays."""

    def full(on: bool, x: jax.Array) -> jax.Array:
        return x if on else jnp.broadcast_to(x, (size, *jnp.shape(x)))

    return jax.tree.map(full, tuple(mapped), tree)
