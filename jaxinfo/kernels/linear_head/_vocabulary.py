"""Tiles of classes, each with its logits for all tokens."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core.rows import AxisName
from jaxinfo._core.shards import alike, varying_as
from jaxinfo.kernels.linear_head._head import (
    Head,
    back_to_hidden,
    bent,
    matmul,
    unit_of,
)

__all__ = ["TargetStatistics", "target_statistics"]


class TargetStatistics(NamedTuple):
    """What is known of each token, in nats; each of shape `(N,)` but the first.

    Attributes:
      code_length: Minus the log-softmax at each target, shape `(N, k)`.
      uniform: Cross-entropy from the uniform distribution over the classes present.
      entropy: Entropy of the softmax.
      log_sum_exp: Logarithm of the sum of the exponentials.
      accuracy: Whether the first target has the largest logit, shared among ties.
    """

    code_length: jax.Array
    uniform: jax.Array
    entropy: jax.Array
    log_sum_exp: jax.Array
    accuracy: jax.Array


class _Sums(NamedTuple):
    """What the tiles add up to, one a token; exponentials are below the maximum.

    Attributes:
      top: The maximum so far; -inf before the first.
      tail: Sum of all exponentials but that of one maximum, which is 1.
      spread: Sum of the exponentials times how far they lie below the maximum.
      low: Sum of how far logits that are present lie below the maximum.
      number: How many are present.
      ties: How many have the maximum.
      chosen: The logits at the targets, shape `(N, k)`; -inf until they are found.
    """

    top: jax.Array
    tail: jax.Array
    spread: jax.Array
    low: jax.Array
    number: jax.Array
    ties: jax.Array
    chosen: jax.Array


class _Plan(NamedTuple):
    """What is static: how many classes a tile has, and the axis of the shards."""

    classes: int
    axis_name: AxisName = None


def target_statistics(
    head: Head,
    targets: jax.Array,
    *,
    classes: int,
    axis_name: AxisName = None,
) -> TargetStatistics:
    """The statistics of each token; differentiable in reverse, in the layer.

    Args:
      head: The layer.
      targets: Classes of this shard, shape `(N, k)`; -1 at what lies in no shard or in
        another one.
      classes: How many classes a tile has at most.
      axis_name: The mesh axis over which the classes are sharded, if any.
    """
    # All of them vary over a mesh alike, and so do the gradients.
    head, targets = alike((head, targets))
    return _statistics(_Plan(classes, axis_name), head, targets)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _statistics(plan: _Plan, head: Head, targets: jax.Array) -> TargetStatistics:
    return _results(_sums(plan, head, targets))


def _start_of(plan: _Plan, j: jax.Array, size: int) -> tuple[jax.Array, int]:
    """Where a tile starts, and how long it is; the last is pushed back into range."""
    length = min(plan.classes, size)
    return jnp.minimum(j * length, size - length), length


def _tile(plan: _Plan, head: Head, j: jax.Array) -> tuple[Head, jax.Array, jax.Array]:
    """The j-th tile of the layer, its first class, and which classes are its own."""
    start, length = _start_of(plan, j, head.kernel.shape[1])
    kernel = lax.dynamic_slice_in_dim(head.kernel, start, length, axis=1)
    bias = head.bias
    if bias is not None:
        bias = lax.dynamic_slice_in_dim(bias, start, length)
    own = start + jnp.arange(length, dtype=j.dtype) >= j * length
    return head._replace(kernel=kernel, bias=bias), start, own[None, :]


def _number_of_tiles(plan: _Plan, head: Head) -> int:
    return -(-head.kernel.shape[1] // plan.classes)


def _sums(plan: _Plan, head: Head, targets: jax.Array) -> _Sums:
    wide = "float64" if head.hidden.dtype == "float64" else "float32"
    zero = jnp.zeros(head.hidden.shape[0], wide)
    none = jnp.full_like(zero, -jnp.inf)
    start = _Sums(
        none, zero, zero, zero, zero, zero, jnp.full(targets.shape, -jnp.inf, wide)
    )
    start = varying_as(start, head, targets)

    def step(sums: _Sums, j: jax.Array) -> tuple[_Sums, None]:
        part, first, own = _tile(plan, head, j)
        logits, _ = bent(part, matmul(part.hidden, part.kernel, (1, 0)))
        logits = jnp.where(own, logits, -jnp.inf)
        return _merged(sums, _of_tile(logits, targets - first)), None

    tiles = jnp.arange(_number_of_tiles(plan, head), dtype=jnp.int32)
    sums, _ = lax.scan(step, start, tiles)
    return _over_shards(sums, plan.axis_name) if plan.axis_name else sums


def _of_tile(logits: jax.Array, targets: jax.Array) -> _Sums:
    present = ~jnp.isneginf(logits)
    top = jnp.max(logits, axis=1)
    finite = jnp.where(jnp.isneginf(top), 0.0, top)[:, None]
    depth = jnp.where(present, finite - logits, 0.0)
    mass = jnp.where(present, jnp.exp(-depth), 0.0)
    classes = jnp.arange(logits.shape[1], dtype=targets.dtype)[None, :]
    others = classes != jnp.argmax(logits, axis=1).astype(classes.dtype)[:, None]
    tail = jnp.sum(jnp.where(others, mass, 0.0), axis=1)
    inside = (targets >= 0) & (targets < logits.shape[1])
    at = jnp.clip(targets, 0, logits.shape[1] - 1)
    chosen = jnp.take_along_axis(logits, at, axis=1)
    return _Sums(
        top=top,
        tail=tail,
        spread=jnp.sum(mass * depth, axis=1),
        low=jnp.sum(depth, axis=1),
        number=jnp.sum(present, axis=1, dtype=logits.dtype),
        ties=jnp.sum(present & (logits == top[:, None]), axis=1, dtype=logits.dtype),
        chosen=jnp.where(inside, chosen, -jnp.inf),
    )


def _drop(sums: _Sums, top: jax.Array) -> tuple[jax.Array, jax.Array]:
    """How far the maximum lies below another, and its exponential; 0 if there is none.

    `inf - inf` of two infinite logits stays NaN: it is no maximum that is missing.
    """
    none = jnp.isneginf(sums.top)
    below = jnp.where(none, 0.0, top - sums.top)
    return below, jnp.where(none, 0.0, jnp.exp(-below))


def _moved(sums: _Sums, top: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Tail without its maximum's 1, spread and low, below another maximum."""
    below, factor = _drop(sums, top)
    spread = factor * (sums.spread + (1.0 + sums.tail) * below)
    return factor * sums.tail, spread, sums.low + sums.number * below


def _merged(a: _Sums, b: _Sums) -> _Sums:
    """The sums of both; one of two maxima joins the tail."""
    top = jnp.maximum(a.top, b.top)
    (_, one), (_, other) = _drop(a, top), _drop(b, top)
    tail_a, spread_a, low_a = _moved(a, top)
    tail_b, spread_b, low_b = _moved(b, top)
    return _Sums(
        top=top,
        tail=tail_a + tail_b + jnp.where(a.top >= b.top, other, one),
        spread=spread_a + spread_b,
        low=low_a + low_b,
        number=a.number + b.number,
        ties=jnp.where(a.top >= top, a.ties, 0.0)
        + jnp.where(b.top >= top, b.ties, 0.0),
        chosen=jnp.maximum(a.chosen, b.chosen),
    )


def _over_shards(sums: _Sums, axis_name: Any) -> _Sums:
    """The sums of all shards: what travels is a few numbers a token."""
    top = lax.pmax(sums.top, axis_name)
    _, factor = _drop(sums, top)
    tail, spread, low = _moved(sums, top)
    shard = lax.axis_index(axis_name)
    last = lax.axis_size(axis_name)
    owner = lax.pmin(jnp.where(sums.top == top, shard, last), axis_name)
    tail = tail + jnp.where(shard == owner, 0.0, factor)
    ties = jnp.where(sums.top == top, sums.ties, 0.0)
    tail, spread, low, number, ties = lax.psum(
        (tail, spread, low, sums.number, ties), axis_name
    )
    chosen = lax.pmax(sums.chosen, axis_name)
    return _Sums(top, tail, spread, low, number, ties, chosen)


def _peak(sums: _Sums) -> tuple[jax.Array, jax.Array]:
    """The maximum, finite, and the log-sum-exp less the maximum."""
    empty = jnp.isneginf(sums.top)
    log_total = jnp.where(empty, 0.0, jnp.log1p(sums.tail))
    return jnp.where(empty, 0.0, sums.top), log_total


def _results(sums: _Sums) -> TargetStatistics:
    empty = jnp.isneginf(sums.top)
    top, log_total = _peak(sums)
    length = (top[:, None] - sums.chosen) + log_total[:, None]
    hit = sums.chosen[:, 0] == sums.top
    return TargetStatistics(
        code_length=jnp.where(empty[:, None], 0.0, length),
        uniform=log_total + sums.low / jnp.maximum(sums.number, 1.0),
        entropy=log_total + sums.spread / (1.0 + sums.tail),
        log_sum_exp=top + log_total,
        accuracy=jnp.where(hit & ~empty, 1.0 / jnp.maximum(sums.ties, 1.0), 0.0),
    )


def _forward(plan: _Plan, head: Head, targets: jax.Array) -> tuple:
    sums = _sums(plan, head, targets)
    return _results(sums), (head, targets, sums)


def _backward(plan: _Plan, kept: tuple, change: TargetStatistics) -> tuple:
    """Each tile anew, with the log-sum-exp at hand: three more products."""
    head, targets, sums = kept
    unit = unit_of(head, change)
    if unit is not None:
        change = jax.tree.map(lambda x: x / unit, change)
    stats = _results(sums)
    mass = jnp.sum(change.code_length, axis=1) + change.uniform + change.log_sum_exp
    special = _at_targets(targets, change, stats, mass)
    # Not from the log-sum-exp, which is rounded where logits are huge.
    top, log_total = _peak(sums)
    wide = stats.entropy.dtype

    def slope_of(logits: jax.Array, first: jax.Array) -> jax.Array:
        log_p = (logits - top[:, None]) - log_total[:, None]
        present = ~jnp.isneginf(logits)
        p = jnp.where(present, jnp.exp(log_p), 0.0)
        log_p = jnp.where(present, log_p, 0.0)
        lean = change.entropy[:, None] * (log_p + stats.entropy[:, None])
        share = change.uniform / jnp.maximum(sums.number, 1.0)
        slope = p * (mass[:, None] - lean)
        classes = jnp.arange(slope.shape[1], dtype=targets.dtype)[None, :]
        for k in range(targets.shape[1]):
            hit = classes == targets[:, k : k + 1] - first
            slope = jnp.where(hit, special[:, k : k + 1], slope)
        return slope - jnp.where(present, share[:, None], 0.0)

    def step(totals: tuple, j: jax.Array) -> tuple[tuple, None]:
        part, first, own = _tile(plan, head, j)
        logits, passed = bent(part, matmul(part.hidden, part.kernel, (1, 0)))
        logits = jnp.where(own, logits, -jnp.inf)
        slope = jnp.where(own, slope_of(logits, first), 0.0)
        slope = slope if passed is None else slope * passed
        hidden, kernel, bias = totals
        hidden = hidden + back_to_hidden(part, slope)
        more = matmul(part.hidden, slope.astype(part.hidden.dtype), (0, 0))
        kernel = _added_at(kernel, more, first, axis=1)
        if bias is not None:
            bias = _added_at(bias, jnp.sum(slope, axis=0), first, axis=0)
        return (hidden, kernel, bias), None

    layer = (head.hidden, head.kernel, head.bias)
    start = jax.tree.map(lambda x: jnp.zeros(x.shape, wide), layer)
    start = varying_as(start, head, targets, change)
    tiles = jnp.arange(_number_of_tiles(plan, head), dtype=jnp.int32)
    totals, _ = lax.scan(step, start, tiles)
    if unit is not None:
        totals = jax.tree.map(lambda x: x * unit, totals)
    gradients = jax.tree.map(lambda x, like: x.astype(like.dtype), totals, layer)
    cap = None if head.soft_cap is None else jnp.zeros_like(head.soft_cap)
    hidden, kernel, bias = gradients
    return Head(hidden, kernel, bias, cap), None


def _at_targets(
    targets: jax.Array, change: TargetStatistics, stats: TargetStatistics, mass: Any
) -> jax.Array:
    """The slope at the targets but for the uniform part: exact where p is almost 1."""
    # A class that is a target twice has the changes of both.
    same = targets[:, :, None] == targets[:, None, :]
    weight = jnp.sum(jnp.where(same, change.code_length[:, None, :], 0.0), axis=2)
    length = stats.code_length
    known = jnp.where(jnp.isinf(length), 0.0, length)
    lean = change.entropy[:, None] * (stats.entropy[:, None] - known)
    rest = mass[:, None] - weight - lean
    return jnp.exp(-length) * rest + weight * jnp.expm1(-length)


def _added_at(total: jax.Array, more: jax.Array, start: Any, axis: int) -> jax.Array:
    old = lax.dynamic_slice_in_dim(total, start, more.shape[axis], axis=axis)
    return lax.dynamic_update_slice_in_dim(total, old + more, start, axis=axis)


_statistics.defvjp(_forward, _backward)
