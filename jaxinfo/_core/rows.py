"""Which axes hold the outcomes, and reductions over them: the one place for both."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core.shards import varying_as

__all__ = ["AxisName", "Rows"]

AxisName = str | tuple[str, ...] | None


class Rows(NamedTuple):
    """A static description of the rows of a measure.

    Attributes:
      axes: The axes that hold the outcomes, counted from the front.
      dtype: What to compute in; operands of lower precision are cast on the way in.
      axis_name: The mesh or `vmap` axis over which the outcomes are sharded, if any.
    """

    axes: tuple[int, ...]
    dtype: str
    axis_name: AxisName = None

    def load(self, *operands: jax.Array) -> list[jax.Array]:
        """The operands in the dtype to compute in, broadcast against each other.

        Called inside a pass, so that the cast table is never in memory.
        """
        return list(jnp.broadcast_arrays(*(x.astype(self.dtype) for x in operands)))

    def sum(self, terms: jax.Array) -> jax.Array:
        """Sum over the outcomes; the axes stay, with length one."""
        total = jnp.sum(terms, axis=self.axes, keepdims=True)
        return lax.psum(total, self.axis_name) if self.axis_name else total

    def max(self, terms: jax.Array) -> jax.Array:
        """Maximum over the outcomes; -inf where there is none."""
        top = jnp.max(terms, axis=self.axes, keepdims=True, initial=-jnp.inf)
        return lax.pmax(top, self.axis_name) if self.axis_name else top

    def min(self, terms: jax.Array) -> jax.Array:
        """Minimum over the outcomes; +inf where there is none."""
        low = jnp.min(terms, axis=self.axes, keepdims=True, initial=jnp.inf)
        return lax.pmin(low, self.axis_name) if self.axis_name else low

    def number(self, flags: jax.Array) -> jax.Array:
        """The number of outcomes flagged, an integer; the axes stay."""
        number = jnp.sum(flags, axis=self.axes, keepdims=True, dtype=jnp.int32)
        return lax.psum(number, self.axis_name) if self.axis_name else number

    def zeros(self, *operands: jax.Array) -> jax.Array:
        """Zeros, one a row, that vary over a mesh as rows of the operands do."""
        first = [
            self.max(
                x[
                    tuple(
                        slice(1) if i in self.axes else slice(None)
                        for i in range(x.ndim)
                    )
                ]
            )
            for x in operands
        ]
        shape = jnp.broadcast_shapes(*(x.shape for x in first))
        zeros = varying_as(jnp.zeros(shape, self.dtype), first)
        return lax.optimization_barrier((zeros, *first))[0]

    def drop(self, row: jax.Array) -> jax.Array:
        """Removes the axes of length one that reductions leave."""
        return lax.squeeze(row, self.axes)
