"""Log-partition functions that are given as JAX functions, and their gaps."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from jaxinfo._core import checks, curves

__all__ = ["LogPartition", "flat", "gap"]

LogPartition = Callable[[Any], jax.Array]

# Below this share of its largest term a gap is summed up from curvatures.
_SHARE = 2.0**-6
_NODES = {"float32": 8, "float64": 14}


def flat(
    log_partition: LogPartition, **naturals: Any
) -> tuple[Callable[[jax.Array], jax.Array], list[jax.Array]]:
    """Natural parameters as vectors, and the log-partition function of a vector."""
    trees = {
        name: jax.tree.map(lambda x, n=name: checks.as_floating(n, x), tree)
        for name, tree in naturals.items()
    }
    leaves = jax.tree.leaves(trees)
    dtype = checks.compute_dtype(*leaves)
    wide = [jax.tree.map(lambda x: x.astype(dtype), tree) for tree in trees.values()]
    forms = [jax.tree.map(jnp.shape, tree) for tree in wide]
    for name, form in zip(trees, forms, strict=True):
        if form != forms[0]:
            raise ValueError(
                f"`{name}` must have the structure and shapes {forms[0]} of the other "
                f"natural parameters, got {form}."
            )
    vectors = [ravel_pytree(tree)[0] for tree in wide]
    unravel = ravel_pytree(wide[0])[1]

    def of_vector(vector: jax.Array) -> jax.Array:
        value = jnp.asarray(log_partition(unravel(vector)))
        if value.shape != ():
            raise ValueError(
                "`log_partition` must return a scalar for one distribution, got shape "
                f"{value.shape}; use `jax.vmap` for batches."
            )
        return value

    return of_vector, vectors


def gap(of_vector: Callable, p: jax.Array, q: jax.Array, diff: jax.Array) -> jax.Array:
    """The log-partition function at q above its tangent at p."""
    at_p, along = jax.jvp(of_vector, (p,), (diff,))
    at_q = of_vector(q)
    direct = at_q - at_p - along
    s, w = curves.nodes(_NODES[p.dtype.name])

    def curvature(s: jax.Array) -> jax.Array:
        def slope(x: jax.Array) -> jax.Array:
            return jax.jvp(of_vector, (x,), (diff,))[1]

        return jax.jvp(slope, (p + s * diff,), (diff,))[1]

    curvatures = jax.vmap(curvature)(jnp.asarray(s, p.dtype))
    close = jnp.sum(jnp.asarray(w * (1.0 - s), p.dtype) * curvatures)
    largest = jnp.abs(at_q) + jnp.abs(at_p) + jnp.abs(along)
    return jnp.where(jnp.abs(direct) < _SHARE * largest, close, direct)
