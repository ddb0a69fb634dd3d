"""Capacity of a discrete memoryless channel."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, divergences, numerics, units
from jaxinfo._core.divergences import Pair
from jaxinfo._core.jit import jitted
from jaxinfo.channels import _simplex
from jaxinfo.channels._simplex import Local, Optimum

__all__ = ["ChannelCapacity", "channel_capacity"]


class ChannelCapacity(NamedTuple):
    """The capacity of a channel, and what proves it.

    Attributes:
      capacity: Information that the channel carries with `inputs`.
      inputs: The distribution of inputs that carries it.
      gap: How far the capacity of the channel is from `capacity` at most, rounding
        included.
      iterations: Steps taken.
    """

    capacity: jax.Array
    inputs: jax.Array
    gap: jax.Array
    iterations: jax.Array


# What rounding adds to a divergence, in units of the last place.
_ROUNDING = 8.0


@jitted("base")
def channel_capacity(
    channel: ArrayLike,
    *,
    tolerance: ArrayLike | None = None,
    max_iterations: ArrayLike = 100,
    base: float | None = None,
) -> ChannelCapacity:
    r"""Capacity of a discrete memoryless channel, with a certificate.

    $$ C = \max_{p} I(X; Y) = \max_p \sum_{x, y} p(x) \, W(y | x)
    \log \frac{W(y | x)}{r(y)}, \qquad r(y) = \sum_x p(x) \, W(y | x) $$

    Args:
      channel: Probabilities W(y|x) of the outputs for every input, shape `(..., X, Y)`;
        rows sum to one.
      tolerance: Gap to stop at, relative to the capacity; may be traced. `None` is
        1e-12 in float64 and 4e-6 in float32.
      max_iterations: Number of steps to stop after in any case; may be traced.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      A `ChannelCapacity`: capacity and gap in nats, or in the unit of `base`, shape
      `(...)`; inputs, shape `(..., X)`; float32 or float64; the steps taken, int32.

    Raises:
      TypeError: If `channel` is not a floating array, `tolerance` or `max_iterations`
        not a real scalar, or `base` not a Python number.
      ValueError: If `channel` has no axis of inputs or no input, or `base` is out of
        range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> erasure = jnp.array([[0.75, 0.25, 0.0], [0.0, 0.25, 0.75]])
      >>> result = jaxinfo.channels.channel_capacity(erasure, base=2)
      >>> print(result.capacity.round(3), result.inputs.round(3))
      0.75 [0.5 0.5]
      >>> print(bool(result.gap < 1e-5))
      True

    Notes:
      At any inputs p the capacity lies between I and the largest divergence
      D(W(.|x) || r) of a row from the outputs: the certificate of Blahut and Arimoto.
      Their iteration closes it like 1/k, slowest where inputs fall out of use; an
      interior-point Newton method on the same two bounds does so in 5 to 15 steps, of
      X^2 Y + X^3 operations each. Every channel of a batch stops by itself.

      An input without use has probability 0 exactly. Where several distributions are
      best, one from the middle of them is given. A channel with equal rows has capacity
      0 exactly; near that the capacity keeps its relative accuracy. A tolerance that
      rounding does not allow ends the search too, with the gap reached.

      The gradient in the channel is p(x) log(W(y|x) / r(y)), by the envelope theorem,
      and 0 where W(y|x) is 0 and it would be infinite. That of the inputs follows from
      the equal divergences of the inputs in use, which stay the ones in use; where
      several distributions are best it is the change of least length. `gap` and
      `iterations` have no gradient.

    References:
      R. E. Blahut, "Computation of Channel Capacity and Rate-Distortion Functions",
      1972, theorems 1 to 3; S. Arimoto, "An Algorithm for Computing the Capacity of
      Arbitrary Discrete Memoryless Channels", 1972; T. M. Cover and J. A. Thomas,
      "Elements of Information Theory", 2nd ed., 2006, eq. (7.1) and section 10.8;
      S. Mehrotra, "On the Implementation of a Primal-Dual Interior Point Method", 1992.

    See Also:
      `rate_distortion`, the dual problem of compression;
      `jaxinfo.mutual_information`, of inputs that are given.
    """
    rows, (w,) = checks.of_tables(["channel"], [channel], -1, None)
    if w.ndim < 2 or 0 in w.shape[-2:]:
        raise ValueError(
            "`channel` must have shape (..., X, Y) with an input and an output, "
            f"got shape {w.shape}."
        )
    within = _simplex.as_tolerance(tolerance, rows.dtype)
    limit = checks.as_scalar("max_iterations", max_iterations, "int32")

    def of_one(w: jax.Array) -> ChannelCapacity:
        best = _best_inputs(w, within, limit)
        capacity, top = _information(w, best.weights)
        eps = float(jnp.finfo(w.dtype).eps)
        gap = jax.lax.stop_gradient(best.gap + _ROUNDING * eps * top)
        return ChannelCapacity(
            units.from_nats(capacity, base),
            best.weights,
            units.from_nats(gap, base),
            best.iterations,
        )

    w = w.astype(rows.dtype)
    return ChannelCapacity(*_simplex.over_batch(of_one, (w, 2)))


def _against_outputs(channel: jax.Array, inputs: jax.Array) -> Pair:
    """Every row beside the outputs: differences as accurate as those of the rows."""
    first = channel[:1]
    excess = channel - first
    mean = _simplex.matmul(inputs[None, :], excess)
    outputs = jnp.maximum(first + mean, numerics.tiny(channel))
    outputs = jnp.broadcast_to(outputs, channel.shape)
    return divergences.pair_of_tables(channel, outputs, mean - excess)


def _gains(pair: Pair) -> jax.Array:
    return jnp.sum(divergences.KULLBACK_LEIBLER.terms(pair), axis=-1)


def _local(channel: jax.Array, inputs: jax.Array) -> Local:
    """The information around a distribution of inputs."""
    pair = _against_outputs(channel, inputs)
    gains = _gains(pair)
    return Local(gains, pair.diff / jnp.sqrt(pair.q), jnp.max(gains))


def _best_inputs(
    channel: jax.Array, tolerance: jax.Array, max_iterations: jax.Array
) -> Optimum:
    start = _simplex.uniform(channel.shape[0], channel.dtype)
    fixed = jax.lax.stop_gradient(channel)
    best = _simplex.maximize(_local, fixed, start, tolerance, max_iterations)
    return best._replace(weights=_following(channel, best.weights))


@jax.custom_jvp
def _following(channel: jax.Array, inputs: jax.Array) -> jax.Array:
    """The best inputs, differentiated as what the channel makes them."""
    return inputs


@_following.defjvp
def _(primals: tuple, tangents: tuple) -> tuple[jax.Array, jax.Array]:
    inputs = _following(*primals)
    channel, change = primals[0], tangents[0]
    pair = _against_outputs(channel, inputs)
    moved = _simplex.matmul(inputs[None, :], change)
    tilt = jnp.sum(change * _log_ratios(pair) + pair.diff / pair.q * moved, axis=-1)
    root = pair.diff / jnp.sqrt(pair.q)
    return inputs, _simplex.equalizing_change(inputs, root, tilt)


def _log_ratios(pair: Pair) -> jax.Array:
    """`log(W/r)`, 0 where W is 0."""
    ratio = -numerics.log_ratio(pair.p, pair.q, pair.t)
    return jnp.where(pair.p == 0, 0.0, ratio)


@jax.custom_jvp
def _information(channel: jax.Array, inputs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The information at the best inputs, and the largest divergence of a row."""
    gains = _gains(_against_outputs(channel, inputs))
    # An input without use may have no end of it, where it alone has an output.
    terms = jnp.where(inputs == 0, 0.0, inputs * gains)
    return jnp.sum(terms), jnp.max(gains)


@_information.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    channel, inputs = primals
    results = _information(channel, inputs)
    # At the best inputs a change of the inputs changes nothing, to first order.
    slopes = inputs[:, None] * _log_ratios(_against_outputs(channel, inputs))
    return results, (jnp.sum(slopes * tangents[0]), jnp.zeros_like(results[1]))
