"""The maps of transformed distributions: whether two are equal, and how they scale."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

__all__ = ["invertible", "log_det", "same"]

# Maps of NumPyro whose determinant does not depend on where it is taken.
_LINEAR = (
    "AffineTransform",
    "IdentityTransform",
    "LowerCholeskyAffine",
    "PermuteTransform",
    "ReshapeTransform",
)


def invertible(m: Any) -> bool:
    """Whether a map is one to one, as far as its library tells."""
    parts = [m.base_transform] if hasattr(m, "base_transform") else []
    parts += getattr(m, "parts", [])
    folds = type(m).__name__ == "AbsTransform" or not getattr(m, "_is_injective", True)
    return not folds and all(map(invertible, parts))


def _equal(a: Any, b: Any) -> bool:
    """Whether two leaves are known, while tracing, to be equal."""
    if a is b:
        return True
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return False
    if isinstance(a, jax.Array | np.ndarray):
        # Compared outside of the program that is being traced.
        return np.array_equal(np.asarray(a), np.asarray(b))
    return bool(a == b)


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two chains of maps are known, while tracing, to be one map."""
    if [type(m) for m in one] != [type(m) for m in other]:
        return False
    leaves, structure = jax.tree.flatten(one)
    others, structure_other = jax.tree.flatten(other)
    try:
        if structure != structure_other:
            return False
        return all(map(_equal, leaves, others))
    except (TypeError, ValueError):
        # What cannot be compared is not known to be equal.
        return False


def _right_sum(x: jax.Array, axes: int) -> jax.Array:
    return jnp.sum(x, axis=tuple(range(-axes, 0))) if axes else x


def _of_numpyro(maps: tuple[Any, ...], x: jax.Array, rank: int) -> jax.Array | None:
    """The sum of the logarithms; `rank` counts the axes of an event."""
    total = None
    for m in maps:
        if type(m).__name__ not in _LINEAR:
            return None
        y = m(x)
        rest = rank - m.domain.event_dim
        term = _right_sum(jnp.asarray(m.log_abs_det_jacobian(x, y)), rest)
        total = term if total is None else total + term
        x, rank = y, rest + m.codomain.event_dim
    return total


def log_det(maps: tuple[Any, ...], base: Any, dtype: Any) -> jax.Array | None:
    """The log-determinant of the maps if it is a constant, else `None`."""
    event = tuple(base.event_shape)
    # Anywhere will do.
    x = jnp.zeros((*base.batch_shape, *event), dtype)
    if hasattr(maps[0], "log_abs_det_jacobian"):
        return _of_numpyro(maps, x, len(event))
    (bijector,) = maps
    if hasattr(bijector, "is_constant_log_det"):
        if not bijector.is_constant_log_det:
            return None
        return bijector.forward_log_det_jacobian(x)
    if not bijector.is_constant_jacobian:
        return None
    return bijector.forward_log_det_jacobian(x, event_ndims=len(event))
