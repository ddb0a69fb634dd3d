"""What Stirling's formula leaves of the gamma function, to full relative accuracy.

Binet's function is `log Gamma(a) - (a - 1/2) log a + a - log(2 pi) / 2`. It and its
derivatives are monotone, so that the gaps and entropies that are written in them have
no terms that cancel; `lax.lgamma` and `lax.digamma` of XLA lose thousands of ULP in
float32. Each value is a sum of one sign: steps of the recurrence up to an argument
where the asymptotic series takes over.

References:
  NIST Digital Library of Mathematical Functions, eqs. (5.11.1) and (5.9.10).
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo._core import numerics
from jaxinfo._core.curves import constant, nodes, ratio_gap
from jaxinfo._core.passes import elementwise

__all__ = [
    "HALF_LOG_TWO_PI",
    "binet",
    "binet_gap",
    "binet_rise",
    "binet_slope",
    "digamma",
    "lgamma",
    "lgamma_gap",
]

HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)

# B_2k / (2k (2k - 1)): the asymptotic series in 1/a.
_SERIES = np.array(
    [1/12, -1/360, 1/1260, -1/1680, 1/1188, -691/360360, 1/156, -3617/122400]
)  # fmt: skip
# Steps of the recurrence, terms of the asymptotic series, nodes of the quadrature.
_EFFORT = {"float32": (5, 4, 6), "float64": (10, 8, 11)}
# (atanh(t)/t - 1) / t^2, a polynomial in t^2 on |t| <= 1/2: error 2^-28, 2^-59.
_VALUE = {
    "float32": np.array([
        0.33333333437307106, 0.19999959336215828, 0.14288286042811285,
        0.11050830395223991, 0.09751940865741168, 0.040916230718241735,
        0.1562916538185637,
    ]),
    "float64": np.array([
        0.3333333333333333, 0.19999999999999934, 0.14285714285734208,
        0.11111111108774245, 0.09090909234076455, 0.07692302426298539,
        0.0666679262425516, 0.05880296593962229, 0.05286736995315698,
        0.0456935407180027, 0.05468265249637926, -0.005783645920519892,
        0.16366841241041946, -0.18450627783481666, 0.22653799107253964,
    ]),
}  # fmt: skip
# (2 atanh(t) - 2t / (1 - t^2)) / t^3, likewise: relative error 2^-28, 2^-55.
_SLOPE = {
    "float32": np.array([
        -1.333333330642216, -1.600001375149416, -1.7141713557734402,
        -1.7813665929976568, -1.7635856732426298, -2.2879644787637274,
        0.03735777455822929, -5.7489858687947875,
    ]),
    "float64": np.array([
        -1.3333333333333333, -1.5999999999999515, -1.714285714300197,
        -1.777777776079513, -1.818181922183399, -1.8461500228766692,
        -1.8667580483063382, -1.8808624959905753, -1.9118059035771975,
        -1.765597916881266, -2.7210939208587672, 1.3721476274773652,
        -10.992545678981706, 13.64012380262744, -15.557365570194431,
    ]),
}  # fmt: skip


def _horner(x: jax.Array, coefficients: np.ndarray) -> jax.Array:
    value = jnp.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        value = value * x + float(c)
    return value


def _summed(a: jax.Array, order: int) -> jax.Array:
    """The derivative of that order: steps, and the series behind the last one."""
    steps, terms, _ = _EFFORT[a.dtype.name]
    x = a[None] + constant(np.arange(steps), a)
    k = np.arange(1, terms + 1)
    factor = [np.ones_like(k), 1 - 2 * k, (2 * k - 1) * 2 * k][order]
    inverse = 1.0 / (a + steps)
    tail = _horner(inverse * inverse, factor * _SERIES[:terms])
    tail = tail * inverse ** (order + 1)
    return tail + jnp.sum(_STEP[order](x), axis=0)


def _step(x: jax.Array, weights: np.ndarray, power: int, far: jax.Array) -> jax.Array:
    """A step as a polynomial in t = 1 / (2x + 1); as it is where x < 1/2."""
    near = x >= 0.5
    t = 1.0 / (2.0 * jnp.where(near, x, 1.0) + 1.0)
    return jnp.where(near, t**power * _horner(t * t, weights), far)


def _value_step(x: jax.Array) -> jax.Array:
    """(x + 1/2) log(1 + 1/x) - 1 = atanh(t)/t - 1."""
    far = (x + 0.5) * (jnp.log(x + 1.0) - jnp.log(x)) - 1.0
    return _step(x, _VALUE[x.dtype.name], 2, far)


def _slope_step(x: jax.Array) -> jax.Array:
    """log(1 + 1/x) - (1/x + 1/(x+1)) / 2 = 2 atanh(t) - 2t / (1 - t^2)."""
    far = jnp.log(x + 1.0) - jnp.log(x) - 0.5 * (1.0 / x + 1.0 / (x + 1.0))
    return _step(x, _SLOPE[x.dtype.name], 3, far)


def _curvature_step(x: jax.Array) -> jax.Array:
    """Half the square of 1/x - 1/(x+1)."""
    root = 1.0 / x / (x + 1.0)
    return 0.5 * root * root


_STEP = (_value_step, _slope_step, _curvature_step)


def _curvature(a: jax.Array) -> jax.Array:
    """The second derivative of Binet's function; rational, so differentiable as is."""
    return _summed(a, 2)


binet_slope = elementwise(lambda a: _summed(a, 1), lambda a: (_curvature(a),))
binet = elementwise(lambda a: _summed(a, 0), lambda a: (binet_slope(a),))


def _near(x: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.maximum(x, y) <= (5.0 / 3.0) * jnp.minimum(x, y)


def _integral(y: jax.Array, diff: jax.Array, *, weighted: bool) -> jax.Array:
    """Integral of the curvature from y to y + diff over diff, perhaps by 1 - s."""
    s, w = nodes(_EFFORT[y.dtype.name][2])
    w = w * (1.0 - s) if weighted else w
    curvature = _curvature(y[None] + constant(s, y) * diff[None])
    return jnp.sum(constant(w, y) * curvature, axis=0)


def _rise_value(x: jax.Array, y: jax.Array, diff: jax.Array) -> jax.Array:
    near = _near(x, y)
    close = diff * _integral(y, jnp.where(near, diff, 0.0), weighted=False)
    at_x, at_y = binet_slope(jnp.stack([x, y]))
    return jnp.where(near, close, at_x - at_y)


# The slope at x less the slope at y.
_rise = elementwise(
    _rise_value,
    lambda x, y, diff: (_curvature(x), -_curvature(y), jnp.zeros_like(diff)),
)


def binet_rise(x: jax.Array, y: jax.Array, diff: jax.Array | None = None) -> jax.Array:
    """The slope of Binet's function at x less that at y, `diff` = x - y."""
    return _rise(x, y, x - y if diff is None else diff)


def _gap_value(x: jax.Array, y: jax.Array, diff: jax.Array) -> jax.Array:
    near = _near(x, y)
    small = jnp.where(near, diff, 0.0)
    close = small * small * _integral(y, small, weighted=True)
    # One evaluation for both: less of a program to compile.
    at_x, at_y = binet(jnp.stack([x, y]))
    return jnp.where(near, close, at_x - at_y - binet_slope(y) * diff)


def _gap_slopes(x: jax.Array, y: jax.Array, diff: jax.Array) -> tuple[jax.Array, ...]:
    diff = numerics.as_if(diff, x - y)
    return binet_rise(x, y, diff), -_curvature(y) * diff, jnp.zeros_like(diff)


_gap = elementwise(_gap_value, _gap_slopes)


def binet_gap(x: jax.Array, y: jax.Array, diff: jax.Array | None = None) -> jax.Array:
    """Binet's function at x above its tangent at y, `diff` = x - y."""
    return _gap(x, y, x - y if diff is None else diff)


def lgamma_gap(x: jax.Array, y: jax.Array, diff: jax.Array | None = None) -> jax.Array:
    """`log Gamma(x) + x - x log(x)` above its tangent at y, `diff` = x - y.

    The log-gamma function itself has a further `x log(x/y) - x + y`.
    """
    diff = x - y if diff is None else diff
    return 0.5 * ratio_gap(x, y, diff) + binet_gap(x, y, diff)


def lgamma(a: jax.Array) -> jax.Array:
    """The logarithm of the gamma function, accurate relative to its largest term."""
    return binet(a) + (a - 0.5) * jnp.log(a) - a + HALF_LOG_TWO_PI


def digamma(a: jax.Array) -> jax.Array:
    """The derivative of `lgamma`."""
    return jnp.log(a) - 0.5 / a + binet_slope(a)
