"""Over which axes of `jax.shard_map` arrays vary: all that meet have to agree."""

from typing import Any

import jax
from jax import lax

__all__ = ["alike", "varying_as"]


def alike(operands: Any) -> Any:
    """Makes all arrays of a tree vary over the axes over which any of them does."""
    return varying_as(operands, operands)


def varying_as(x: Any, *others: Any) -> Any:
    """Makes the arrays of a tree vary over the axes over which any of others does."""
    axes = frozenset[str]().union(*map(_axes_of, jax.tree.leaves(others)))
    return jax.tree.map(lambda leaf: _varying(leaf, axes - _axes_of(leaf)), x)


def _varying(x: jax.Array, axes: frozenset[str]) -> jax.Array:
    return lax.pcast(x, tuple(sorted(axes)), to="varying") if axes else x


def _axes_of(x: Any) -> frozenset[str]:
    kind: Any = x if isinstance(x, jax.ShapeDtypeStruct) else jax.typeof(x)
    # Under another name since jax 0.12.
    newer = getattr(kind, "manual_axis_type", None)
    axes = getattr(kind, "vma", None) if newer is None else newer.varying
    return axes or frozenset()
