"""The layer itself: its logits, and the gradient that its logits hand back."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

__all__ = [
    "Head",
    "back_to_hidden",
    "bent",
    "matmul",
    "project",
    "unit_of",
]

# Single precision as it is on the CPU, also where matrix units would cut it to 10 bits
# (TF32); half precision with sums in single precision.
_ALGORITHMS = {"bfloat16": "BF16_BF16_F32", "float16": "default"}


class Head(NamedTuple):
    """A linear layer in front of a softmax.

    Attributes:
      hidden: One row a token, shape `(N, D)`.
      kernel: Shape `(D, V)`, of the dtype of `hidden`.
      bias: Shape `(V,)`, -inf at a class that is absent; or `None`.
      soft_cap: The bound c of logits c tanh(l / c); or `None`.
    """

    hidden: Any
    kernel: jax.Array
    bias: jax.Array | None = None
    soft_cap: jax.Array | None = None


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def matmul(a: jax.Array, b: jax.Array, over: tuple[int, int]) -> jax.Array:
    """The product of two matrices summed over an axis of each, at least in float32."""
    return _product(a, b, over, a.dtype.name)


@matmul.defjvp
def _(over: tuple[int, int], primals: tuple, tangents: tuple) -> tuple:
    # Transposed, a product has the slope in float32 as a factor: the other one is cast,
    # and the algorithm, which stays that of the half type, rounds both.
    name, wide = primals[0].dtype.name, _wide(primals[0])
    a, b, da, db = (x.astype(wide) for x in (*primals, *tangents))
    change = _product(da, b, over, name) + _product(a, db, over, name)
    return matmul(*primals, over), change


def _wide(x: jax.Array) -> str:
    return "float64" if x.dtype == "float64" else "float32"


def _product(a: jax.Array, b: jax.Array, over: tuple[int, int], dtype: str) -> Any:
    return lax.dot_general(
        a,
        b,
        (((over[0],), (over[1],)), ((), ())),
        precision=_ALGORITHMS.get(dtype, "highest"),
        preferred_element_type=_wide(a),
    )


def bent(head: Head, raw: jax.Array) -> tuple[jax.Array, jax.Array | None]:
    """The logits with bias and cap, and how much of a change the cap lets through."""
    if head.bias is not None:
        raw = raw + head.bias.astype(raw.dtype)[None, :]
    if head.soft_cap is None:
        return raw, None
    absent = jnp.isneginf(raw)
    share = jnp.tanh(jnp.where(absent, 0.0, raw) / head.soft_cap)
    return jnp.where(absent, raw, head.soft_cap * share), (1.0 - share) * (1.0 + share)


def project(head: Head) -> jax.Array:
    """The logits, shape `(N, V)`, at least in float32."""
    return bent(head, matmul(head.hidden, head.kernel, (1, 0)))[0]


def back_to_hidden(head: Head, slope: jax.Array) -> jax.Array:
    """The gradient in the hidden rows, from that in the logits before the cap.

    The slope is rounded to the dtype of the kernel first: a product of mixed types
    would be computed in the wider one, many times slower on a matrix unit.
    """
    return matmul(slope.astype(head.kernel.dtype), head.kernel, (1, 1))


def unit_of(head: Head, weights: Any) -> jax.Array | None:
    """What to measure the weights in, if the slopes are rounded to float16.

    Times the weights of a mean, the slopes of most classes would be 0 there.
    """
    if head.hidden.dtype != jnp.float16:
        return None
    sizes = [
        jnp.max(jnp.abs(lax.stop_gradient(x)), initial=0.0)
        for x in jax.tree.leaves(weights)
    ]
    most = functools.reduce(jnp.maximum, sizes)
    return jnp.where(most > 0, most, jnp.ones_like(most))
