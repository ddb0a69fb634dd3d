"""Cross-entropies of two different families.

The cost of coding by q, -log q(x), is a sum of a few functions of x for every family
here, so that its mean needs a few moments of p: one table of moments and one of costs
give all the pairs. A family of p appears with the moments that it has in closed form.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import erf

from jaxinfo._core import numerics, stirling
from jaxinfo.families import _gaps

__all__ = ["COSTS", "MOMENTS", "Cost", "Moments", "inside", "never_inside"]

Function = Callable[..., jax.Array]
LINE = (-math.inf, math.inf)


class Moments(NamedTuple):
    """What is known of a family, as functions of its parameters.

    Attributes:
      support: The ends of the support.
      mean: The mean.
      variance: The variance.
      mean_log: The mean of log x.
      mean_log_rest: The mean of log(1 - x).
      log_laplace: The logarithm of the mean of exp(-t x), with t after the parameters.
      mean_distance: The mean of |x - c|, with c after the parameters.
    """

    support: Callable[..., tuple[Any, Any]]
    mean: Function
    variance: Function | None = None
    mean_log: Function | None = None
    mean_log_rest: Function | None = None
    log_laplace: Function | None = None
    mean_distance: Function | None = None


class Cost(NamedTuple):
    """The mean of -log q(x) under p.

    Attributes:
      support: The ends of the support of q.
      needs: The names of the moments of p that it needs.
      value: `value(moments, *parameters of q)`, where `moments.name(...)` are bound
        to the parameters of p.
    """

    support: Callable[..., tuple[Any, Any]]
    needs: tuple[str, ...]
    value: Function


def _line(*_: jax.Array) -> tuple[float, float]:
    return LINE


def _positive(*_: jax.Array) -> tuple[float, float]:
    return (0.0, math.inf)


def _unit(*_: jax.Array) -> tuple[float, float]:
    return (0.0, 1.0)


def _tail(_: jax.Array, scale: jax.Array) -> tuple[jax.Array, float]:
    return (scale, math.inf)


def _interval(low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
    return (low, high)


def _heavy(value: jax.Array, exists: jax.Array) -> jax.Array:
    """A moment of a tail that may be too heavy for it."""
    return jnp.where(exists, value, jnp.inf)


def _pareto_mean(a: jax.Array, scale: jax.Array) -> jax.Array:
    return _heavy(a * scale / jnp.where(a > 1, a - 1, 1.0), a > 1)


def _pareto_variance(a: jax.Array, scale: jax.Array) -> jax.Array:
    some = jnp.where(a > 2, a, 3.0)
    return _heavy(some * (scale / (some - 1)) ** 2 / (some - 2), a > 2)


def _uniform_mean_log(low: jax.Array, high: jax.Array) -> jax.Array:
    # Outside of (0, inf) the pair is infinite whatever this is.
    low, high = jnp.maximum(low, 0.0), jnp.maximum(high, numerics.tiny(high))
    below = jnp.where(low > 0, low, high)
    gap = (high - low) / high
    ratio = jnp.where(low > 0, below / jnp.where(gap > 0, high - low, 1.0), 0.0)
    # log(high) - 1 + low/(high - low) log(high/low)
    return jnp.log(high) - 1.0 + ratio * jnp.log(high / below)


def _uniform_log_laplace(low: jax.Array, high: jax.Array, t: jax.Array) -> jax.Array:
    width = t * (high - low)
    return -t * low + jnp.log(-jnp.expm1(-width) / width)


def _folded(loc: jax.Array, scale: jax.Array, center: jax.Array) -> jax.Array:
    z = (loc - center) / scale
    peak = math.sqrt(2.0 / math.pi) * jnp.exp(-0.5 * z * z)
    return scale * (peak + z * erf(z / math.sqrt(2.0)))


def _exponential_distance(rate: jax.Array, center: jax.Array) -> jax.Array:
    above = jnp.maximum(center, 0.0)
    over = 2.0 * jnp.exp(-rate * above) / rate
    return jnp.where(center > 0, center - 1.0 / rate + over, 1.0 / rate - center)


def _logistic_distance(
    loc: jax.Array, scale: jax.Array, center: jax.Array
) -> jax.Array:
    x = (loc - center) / scale
    return scale * (x + 2.0 * jnp.logaddexp(-x, jnp.zeros_like(x)))


def _pareto_distance(a: jax.Array, scale: jax.Array, center: jax.Array) -> jax.Array:
    above = jnp.maximum(center, scale)
    over = jnp.where(a > 1, a - 1, 1.0)
    # Twice the mean of what is missing up to the center.
    below = above - (a * scale - scale * (scale / above) ** over) / over
    return _heavy(
        _pareto_mean(jnp.where(a > 1, a, 2.0), scale) - center + 2.0 * below, a > 1
    )


def _uniform_distance(low: jax.Array, high: jax.Array, center: jax.Array) -> jax.Array:
    inner = jnp.clip(center, low, high)
    squares = (inner - low) ** 2 + (high - inner) ** 2
    return jnp.abs(center - inner) + 0.5 * squares / (high - low)


MOMENTS: dict[str, Moments] = {
    "beta": Moments(
        support=_unit,
        mean=lambda a, b: a / (a + b),
        variance=lambda a, b: a / (a + b) * (b / (a + b)) / (a + b + 1.0),
        mean_log=lambda a, b: stirling.digamma(a) - stirling.digamma(a + b),
        mean_log_rest=lambda a, b: stirling.digamma(b) - stirling.digamma(a + b),
    ),
    "exponential": Moments(
        support=_positive,
        mean=lambda rate: 1.0 / rate,
        variance=lambda rate: 1.0 / rate / rate,
        mean_log=lambda rate: -jnp.log(rate) - _gaps.EULER,
        log_laplace=lambda rate, t: -jnp.log1p(t / rate),
        mean_distance=_exponential_distance,
    ),
    "gamma": Moments(
        support=_positive,
        mean=lambda a, rate: a / rate,
        variance=lambda a, rate: a / rate / rate,
        mean_log=lambda a, rate: stirling.digamma(a) - jnp.log(rate),
        log_laplace=lambda a, rate, t: -a * jnp.log1p(t / rate),
    ),
    "gumbel": Moments(
        support=_line,
        mean=lambda loc, scale: loc + _gaps.EULER * scale,
        variance=lambda loc, scale: (math.pi**2 / 6.0) * scale * scale,
    ),
    "inverse_gamma": Moments(
        support=_positive,
        mean=lambda a, rate: _heavy(rate / jnp.where(a > 1, a - 1, 1.0), a > 1),
        mean_log=lambda a, rate: jnp.log(rate) - stirling.digamma(a),
    ),
    "laplace": Moments(
        support=_line,
        mean=lambda loc, scale: loc,
        variance=lambda loc, scale: 2.0 * scale * scale,
    ),
    "log_normal": Moments(
        support=_positive,
        mean=lambda loc, scale: jnp.exp(loc + 0.5 * scale * scale),
        variance=lambda loc, scale: (
            jnp.expm1(scale * scale) * jnp.exp(2.0 * loc + scale * scale)
        ),
        mean_log=lambda loc, scale: loc,
    ),
    "logistic": Moments(
        support=_line,
        mean=lambda loc, scale: loc,
        variance=lambda loc, scale: (math.pi**2 / 3.0) * scale * scale,
        mean_distance=_logistic_distance,
    ),
    "normal": Moments(
        support=_line,
        mean=lambda loc, scale: loc,
        variance=lambda loc, scale: scale * scale,
        log_laplace=lambda loc, scale, t: t * (0.5 * t * scale * scale - loc),
        mean_distance=_folded,
    ),
    "pareto": Moments(
        support=_tail,
        mean=_pareto_mean,
        variance=_pareto_variance,
        mean_log=lambda a, scale: jnp.log(scale) + 1.0 / a,
        mean_distance=_pareto_distance,
    ),
    "student_t": Moments(
        support=_line,
        # There is none up to one degree, but the variance is infinite long before.
        mean=lambda df, loc, scale: loc,
        variance=lambda df, loc, scale: _heavy(
            scale * scale * df / jnp.where(df > 2, df - 2, 1.0), df > 2
        ),
    ),
    "uniform": Moments(
        support=_interval,
        mean=lambda low, high: 0.5 * (low + high),
        variance=lambda low, high: (high - low) ** 2 / 12.0,
        mean_log=_uniform_mean_log,
        mean_log_rest=lambda low, high: _uniform_mean_log(1.0 - high, 1.0 - low),
        log_laplace=_uniform_log_laplace,
        mean_distance=_uniform_distance,
    ),
    "weibull": Moments(
        support=_positive,
        mean=lambda k, scale: scale * jnp.exp(stirling.lgamma(1.0 + 1.0 / k)),
        mean_log=lambda k, scale: jnp.log(scale) - _gaps.EULER / k,
    ),
}


def _normal(p: Any, loc: jax.Array, scale: jax.Array) -> jax.Array:
    spread = p.variance() + (p.mean() - loc) ** 2
    square = spread / scale / scale
    return jnp.log(scale) + stirling.HALF_LOG_TWO_PI + 0.5 * square


def _gamma(p: Any, a: jax.Array, rate: jax.Array) -> jax.Array:
    logs = a * jnp.log(rate) + (a - 1.0) * p.mean_log()
    return stirling.lgamma(a) - logs + rate * p.mean()


def _gumbel(p: Any, loc: jax.Array, scale: jax.Array) -> jax.Array:
    tail = jnp.exp(loc / scale + p.log_laplace(1.0 / scale))
    return jnp.log(scale) + (p.mean() - loc) / scale + tail


def _beta(p: Any, a: jax.Array, b: jax.Array) -> jax.Array:
    volume = stirling.lgamma(a) + stirling.lgamma(b) - stirling.lgamma(a + b)
    return volume - (a - 1.0) * p.mean_log() - (b - 1.0) * p.mean_log_rest()


COSTS: dict[str, Cost] = {
    "beta": Cost(_unit, ("mean_log", "mean_log_rest"), _beta),
    "exponential": Cost(
        _positive, ("mean",), lambda p, rate: rate * p.mean() - jnp.log(rate)
    ),
    "gamma": Cost(_positive, ("mean", "mean_log"), _gamma),
    "gumbel": Cost(_line, ("mean", "log_laplace"), _gumbel),
    "laplace": Cost(
        _line,
        ("mean_distance",),
        lambda p, loc, scale: jnp.log(2.0 * scale) + p.mean_distance(loc) / scale,
    ),
    "normal": Cost(_line, ("mean", "variance"), _normal),
    "pareto": Cost(
        _tail,
        ("mean_log",),
        lambda p, a, scale: (a + 1.0) * p.mean_log() - jnp.log(a) - a * jnp.log(scale),
    ),
    "uniform": Cost(_interval, (), lambda p, low, high: jnp.log(high - low)),
}


def inside(p: tuple[Any, Any], q: tuple[Any, Any]) -> Any:
    """Whether one support is in another."""
    return (p[0] >= q[0]) & (p[1] <= q[1])


# By what a support can be: the supports that never hold it.
_NEVER = {
    _line: {_positive, _unit, _tail, _interval},
    _positive: {_unit, _tail, _interval},
    _tail: {_unit, _interval},
}


def never_inside(name_p: str, name_q: str) -> bool:
    """Whether p has outcomes that q misses whatever the parameters are."""
    p, q = MOMENTS[name_p].support, COSTS[name_q].support
    return q in _NEVER.get(p, set())
