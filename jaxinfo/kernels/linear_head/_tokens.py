"""Tiles of tokens, each with its logits for all classes."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from jaxinfo._core.rows import AxisName
from jaxinfo._core.shards import varying_as
from jaxinfo.kernels.linear_head._head import (
    Head,
    back_to_hidden,
    bent,
    matmul,
    project,
    unit_of,
)

__all__ = ["Tiling", "each_token", "weighted_sum"]

# Of the kernel's gradient this many rows at a time are added up on the CPU, where a
# matrix product is formed before it is added to anything.
_ROWS_AT_ONCE = 64


class Tiling(NamedTuple):
    """What is static about a loss in tiles of tokens.

    Attributes:
      loss: `loss(logits, per_token, shared)`, a pair of numbers one a token and of
        what else is wanted of each token; `logits` and `per_token` are those of a tile.
      tokens: How many tokens a tile has at most.
      axis_name: The mesh axis over which the classes are sharded, if any.
    """

    loss: Callable[[jax.Array, Any, Any], tuple[jax.Array, Any]]
    tokens: int
    axis_name: AxisName = None


class _Tiles(NamedTuple):
    """How many tiles, and of how many tokens each."""

    number: int
    size: int


def _cut(x: jax.Array, tiles: _Tiles) -> jax.Array:
    """Tiles of rows that lie far apart: where rows are sharded, some of each shard."""
    number, size = tiles
    spare = size * number - x.shape[0]
    if spare != 0:
        x = jnp.pad(x, [(0, spare)] + [(0, 0)] * (x.ndim - 1))
    return jnp.moveaxis(x.reshape(size, number, *x.shape[1:]), 1, 0)


def _joined(x: jax.Array, length: int) -> jax.Array:
    """The rows in their old order."""
    return jnp.moveaxis(x, 0, 1).reshape(-1, *x.shape[2:])[:length]


def _tiles(tiling: Tiling, head: Head) -> _Tiles:
    """If it can be, so many tiles that no token has to be made up."""
    tokens = head.hidden.shape[0]
    if not isinstance(tokens, int):  # left open by `jax.export`
        return _Tiles(-(-tokens // tiling.tokens), tiling.tokens)
    least = max(-(-tokens // tiling.tokens), 1)
    whole = (n for n in range(least, 2 * least) if tokens % n == 0)
    number = next(whole, least)
    return _Tiles(number, -(-tokens // number))


def each_token(tiling: Tiling, head: Head, per_token: Any, shared: Any) -> Any:
    """What `tiling.loss` returns, one entry a token.

    Differentiated, each tile is computed anew: four matrix products in all, and no more
    than a tile in memory.
    """
    plan, length = _tiles(tiling, head), head.hidden.shape[0]

    def step(_: None, tile: tuple) -> tuple[None, Any]:
        hidden, operands = tile
        logits = project(head._replace(hidden=hidden))
        return None, tiling.loss(logits, operands, shared)

    tiles = jax.tree.map(lambda x: _cut(x, plan), (head.hidden, per_token))
    _, results = lax.scan(jax.checkpoint(step, prevent_cse=False), None, tiles)
    return jax.tree.map(lambda x: _joined(x, length), results)


class _Gradients(NamedTuple):
    """What the gradient is asked of, as flags; or the gradients themselves."""

    hidden: Any
    kernel: Any
    bias: Any


def weighted_sum(
    tiling: Tiling, head: Head, weights: jax.Array, per_token: Any, shared: Any
) -> tuple[jax.Array, Any]:
    """The sum of the losses times weights, and what else is wanted of each token.

    The weights are known beforehand, so that each tile makes its part of the gradient
    while its logits are there: three matrix products in all. What else is wanted has
    no derivative; nor have the losses in anything but the layer and the weights.
    """
    return _sum(tiling, head, weights, (per_token, shared))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _sum(tiling: Tiling, head: Head, weights: jax.Array, operands: tuple) -> tuple:
    losses, rest = each_token(tiling, head, *operands)
    return jnp.sum(weights * _counted(weights, losses)), rest


def _counted(weights: jax.Array, losses: jax.Array) -> jax.Array:
    """The losses, infinite ones included, where they count."""
    return jnp.where(weights != 0, losses, jnp.zeros_like(losses))


def _sum_rule(tiling: Tiling, primals: tuple, tangents: tuple) -> tuple:
    weights = primals[1]
    of_head, of_weights, _ = tangents
    wanted = _Gradients(
        *(
            not isinstance(t, SymbolicZero | None)
            for t in (of_head.hidden, of_head.kernel, of_head.bias)
        )
    )
    losses, rest, gradients = _with_gradients(tiling, wanted, *primals)
    change = jnp.zeros((), losses.dtype)
    for gradient, tangent in zip(gradients, of_head[:3], strict=True):
        if gradient is not None:
            change += jnp.sum(gradient * tangent.astype(gradient.dtype))
    if tiling.axis_name:
        change = lax.psum(change, tiling.axis_name)
    if not isinstance(of_weights, SymbolicZero):
        change += jnp.sum(of_weights * _counted(weights, losses))
    value = jnp.sum(weights * _counted(weights, losses))
    return (value, rest), (change, jax.tree.map(_no_tangent, rest))


_sum.defjvp(_sum_rule, symbolic_zeros=True)


def _no_tangent(x: jax.Array) -> Any:
    return jnp.zeros_like(x)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _with_gradients(tiling: Tiling, wanted: _Gradients, *primals: Any) -> tuple:
    """Losses, what else is wanted, and the gradients of the weighted sum."""
    return _in_one_pass(tiling, wanted, *primals)


@_with_gradients.defjvp
def _(tiling: Tiling, wanted: _Gradients, primals: tuple, tangents: tuple) -> tuple:
    # The derivative that it has anyway. But the loop would be cut in two inside of the
    # rule that uses it, and lose the rules of the losses (jax 0.10.2).
    return jax.jvp(functools.partial(_in_one_pass, tiling, wanted), primals, tangents)


def _in_one_pass(
    tiling: Tiling,
    wanted: _Gradients,
    head: Head,
    weights: jax.Array,
    operands: tuple,
) -> tuple[jax.Array, Any, _Gradients]:
    plan, length = _tiles(tiling, head), head.hidden.shape[0]
    per_token, shared = operands
    unit = unit_of(head, weights)
    weights = weights if unit is None else weights / unit

    def step(sums: tuple, tile: tuple) -> tuple:
        hidden, weight, tile_operands = tile
        part = head._replace(hidden=hidden)
        logits, passed = bent(part, matmul(hidden, head.kernel, (1, 0)))
        losses, pull, rest = jax.vjp(
            lambda x: tiling.loss(x, tile_operands, shared), logits, has_aux=True
        )
        (slope,) = pull(weight.astype(losses.dtype))
        slope = slope if passed is None else slope * passed
        kernel, bias = sums
        if wanted.kernel:
            kernel = _added(kernel, hidden, slope.astype(hidden.dtype))
        if wanted.bias:
            bias = bias + jnp.sum(slope, axis=0)
        back = back_to_hidden(part, slope) if wanted.hidden else None
        return (kernel, bias), (losses, rest, back)

    tiles = jax.tree.map(lambda x: _cut(x, plan), (head.hidden, weights, per_token))
    start = varying_as(_zeros(head, wanted), tiles, head, shared)
    step = jax.checkpoint(step, prevent_cse=False)
    (kernel, bias), results = lax.scan(step, start, tiles)
    losses, rest, hidden = jax.tree.map(lambda x: _joined(x, length), results)
    gradients = _Gradients(hidden, kernel, bias)
    if unit is not None:
        gradients = jax.tree.map(lambda x: x * unit, gradients)
    return losses, rest, gradients


def _zeros(head: Head, wanted: _Gradients) -> tuple:
    """Where the sums over tiles start."""
    wide = "float64" if head.hidden.dtype == "float64" else "float32"
    pairs = ((head.kernel, wanted.kernel), (head.bias, wanted.bias))
    return tuple(
        jnp.zeros(x.shape, wide) if flag and x is not None else None
        for x, flag in pairs
    )


def _added(total: jax.Array, hidden: jax.Array, slope: jax.Array) -> jax.Array:
    """`total + hidden.T @ slope`, in place."""
    rows = total.shape[0]
    blocks = rows // _ROWS_AT_ONCE
    if blocks < 2 or rows % _ROWS_AT_ONCE:
        return total + matmul(hidden, slope, (0, 0))

    def block(i: jax.Array, total: jax.Array) -> jax.Array:
        start = i * _ROWS_AT_ONCE
        some = lax.dynamic_slice_in_dim(hidden, start, _ROWS_AT_ONCE, axis=1)
        old = lax.dynamic_slice_in_dim(total, start, _ROWS_AT_ONCE, axis=0)
        new = old + matmul(some, slope, (0, 0))
        return lax.dynamic_update_slice_in_dim(total, new, start, axis=0)

    return lax.platform_dependent(
        total,
        cpu=lambda total: lax.fori_loop(0, blocks, block, total),
        default=lambda total: total + matmul(hidden, slope, (0, 0)),
    )
