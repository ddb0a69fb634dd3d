"""Means over samples of an object, with a standard error and a right gradient."""

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, units

__all__ = ["MonteCarloEstimate", "check_events", "estimate", "log_ratio"]


class MonteCarloEstimate(NamedTuple):
    """A mean over samples, and how far it may be off.

    Attributes:
      estimate: The mean, unbiased; one number a distribution.
      standard_error: Standard deviation of the mean, estimated from the same samples.
    """

    estimate: jax.Array
    standard_error: jax.Array


def _sizes(shape: Any) -> tuple[int, ...] | None:
    """A shape of any library as a tuple; `None` for events of several arrays."""
    try:
        return tuple(map(int, shape))
    except (TypeError, ValueError):
        return None


def check_events(p: Any, q: Any) -> None:
    """Raises if the outcomes of both are known to differ in shape."""
    p, q = (_sizes(getattr(d, "event_shape", None)) for d in (p, q))
    if None not in (p, q) and p != q:
        raise ValueError(
            f"`p` and `q` must have the same event shape, got {p} and {q}."
        )


def _check_number(num_samples: int) -> int:
    try:
        number = operator.index(num_samples)
    except TypeError:
        raise TypeError(
            f"`num_samples` must be a static int, got {type(num_samples).__name__}."
        ) from None
    if number < 2:
        raise ValueError(
            f"`num_samples` must be at least 2 for a standard error, got {number}."
        )
    return number


def _check_object(name: str, d: Any, *methods: str) -> None:
    for method in methods:
        if not callable(getattr(d, method, None)):
            raise TypeError(
                f"`{name}` must have a method `{method}`, got {type(d).__name__}."
            )


def _sample(key: ArrayLike, p: Any, number: int) -> Any:
    """Samples along a first axis, by either of the signatures in use."""
    if "seed" in inspect.signature(p.sample).parameters:
        return p.sample(seed=key, sample_shape=(number,))
    return p.sample(key, (number,))


def _rank(d: Any) -> int:
    return len(_sizes(getattr(d, "batch_shape", ())) or ())


def _spread(x: jax.Array, axes: int) -> jax.Array:
    """Axes of length one between the samples and the batch."""
    return jnp.reshape(x, (x.shape[0], *(1,) * axes, *x.shape[1:]))


def _mean(costs: jax.Array, log_p: jax.Array) -> jax.Array:
    r"""The mean, whose gradient includes how the samples move with their density.

    The weight $e^{\log p - \log p}$ is 1, its derivatives of any order are those of
    the density over the density. The mean of the other costs is taken off what it
    multiplies: it does not depend on the sample, so that it changes only the noise.
    """
    number = costs.shape[0]
    fixed = lax.stop_gradient(log_p)
    known = jnp.isfinite(fixed)
    weight = jnp.expm1(jnp.where(known, log_p - jnp.where(known, fixed, 0.0), 0.0))
    others = lax.stop_gradient(costs)
    others = (jnp.sum(others, axis=0, keepdims=True) - others) / (number - 1)
    finite = jnp.isfinite(costs) & jnp.isfinite(others)
    gap = jnp.where(finite, costs, 0.0) - jnp.where(finite, others, 0.0)
    return jnp.mean(costs + weight * gap, axis=0)


def _error(costs: jax.Array) -> jax.Array:
    costs = lax.stop_gradient(costs)
    number = costs.shape[0]
    rest = costs - jnp.mean(costs, axis=0, keepdims=True)
    square = jnp.sum(rest * rest, axis=0) / (number - 1)
    return jnp.sqrt(square) / math.sqrt(number)


def log_ratio(log_p: jax.Array, log_q: jax.Array, control: bool) -> jax.Array:
    r"""The logarithm of p/q, perhaps with $q/p - 1$, whose mean is 0."""
    ratio = log_p - log_q
    return ratio + jnp.expm1(-ratio) if control else ratio


def estimate(
    key: ArrayLike,
    p: Any,
    q: Any,
    cost: Callable[[jax.Array, jax.Array], jax.Array],
    *,
    num_samples: int,
    pathwise: bool,
    base: float | None,
) -> MonteCarloEstimate:
    """The mean of `cost(log p, log q)` over samples of p."""
    number = _check_number(num_samples)
    _check_object("p", p, "sample", "log_prob")
    _check_object("q", q, "log_prob")
    check_events(p, q)
    x = _sample(key, p, number)
    x = x if pathwise else lax.stop_gradient(x)
    x = jax.tree.map(lambda s: _spread(s, max(_rank(q) - _rank(p), 0)), x)
    logs = [jnp.asarray(d.log_prob(x)) for d in ((p,) if q is p else (p, q))]
    dtype = checks.compute_dtype(*logs)
    shape = jnp.broadcast_shapes(*(log.shape for log in logs))
    logs = [jnp.broadcast_to(log.astype(dtype), shape) for log in logs]
    costs = cost(logs[0], logs[-1])
    mean = jnp.mean(costs, axis=0) if pathwise else _mean(costs, logs[0])
    return MonteCarloEstimate(
        units.from_nats(mean, base), units.from_nats(_error(costs), base)
    )
