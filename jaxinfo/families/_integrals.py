"""Divergences that have no closed form, as sums over the points of a trapezoidal rule.

The rule converges geometrically for an integrand that is analytic in a strip around the
real axis. Next to equality the sum is that of a distribution on its points, of terms of
one sign; farther away it is a cross-entropy, written so that no singularity of q comes
into the strip: none of the two depends on how narrow or how far away q is.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo._core import curves, numerics, stirling

__all__ = ["logistic", "student_t"]

Point = tuple[jax.Array, ...]

# Points on each side, and how far they reach, by dtype.
_EFFORT = {"float32": (20, 1.75), "float64": (52, 2.4)}
_STUDENT = {"float32": (40, 3.1), "float64": (110, 3.5)}


def _rule(points: int, reach: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Points `width * sinh(v)`, v equally spaced, and the weights of dx."""
    v = np.linspace(-reach, reach, 2 * points + 1)
    return width * np.sinh(v), width * np.cosh(v) * (reach / points)


def _above_mean(weights: jax.Array, logs: jax.Array) -> jax.Array:
    """`log E exp(logs) - E logs`: never negative, 0 where `logs` are constant."""
    mean = jnp.sum(weights * logs, axis=0)
    # Where p is nothing the exponential may be infinite.
    some = weights > numerics.tiny(weights) ** 0.8
    logs = jnp.where(some, logs, mean[None])
    return numerics.log1p(jnp.sum(weights * curves.exp_gap(logs - mean[None]), axis=0))


def _cost(x: jax.Array) -> jax.Array:
    """-log of the logistic density: |x| + 2 log(1 + exp(-|x|))."""
    return x + 2.0 * jnp.logaddexp(-x, jnp.zeros_like(x))


def _logistic_near(
    z: jax.Array, w: jax.Array, spread: jax.Array, shift: jax.Array
) -> jax.Array:
    move = z * spread[None] + shift[None]
    logs = -move - 2.0 * numerics.log1p(jax.nn.sigmoid(-z) * jnp.expm1(-move))
    return _above_mean(w, logs)


def _logistic_far(
    z: jax.Array, w: jax.Array, ratio: jax.Array, shift: jax.Array
) -> jax.Array:
    """The mean of the cost of q less that of p.

    The mean of |r z + d - s| over two logistic variables is that of the cost in s at
    r z + d, and r times that in z at (s - d) / r: the smoother of the two is taken.
    """
    narrow = ratio > 1.0
    large = jnp.where(narrow, ratio, 1.0)
    slope = jnp.where(narrow, 1.0 / ratio, ratio)
    start = jnp.where(narrow, -shift / ratio, shift)
    costs = large[None] * _cost(slope[None] * z + start[None]) - _cost(z)
    return jnp.sum(w * costs, axis=0) - jnp.log(ratio)


def logistic(p: Point, q: Point) -> jax.Array:
    """Of logistic distributions, from locations and scales."""
    (loc_p, scale_p), (loc_q, scale_q) = p, q
    points, reach = _EFFORT[loc_p.dtype.name]
    z, w = _rule(points, reach, 9.0)
    w = w / (4.0 * np.cosh(0.5 * z) ** 2)
    z, w = curves.constant(z, loc_p), curves.constant(w / np.sum(w), loc_p)
    spread, shift = (scale_p - scale_q) / scale_q, (loc_p - loc_q) / scale_q
    near = (jnp.abs(spread) <= 0.2) & (jnp.abs(shift) <= 0.8)
    close = _logistic_near(
        z, w, jnp.where(near, spread, 0.0), jnp.where(near, shift, 0.0)
    )
    return jnp.where(near, close, _logistic_far(z, w, scale_p / scale_q, shift))


def _log_norm(df: jax.Array) -> jax.Array:
    """The logarithm of the integral of the t density without its factor."""
    a = 0.5 * df
    half = 0.5 / a
    log = a * curves.ratio_gap(1.0 + half, jnp.ones_like(a), half)
    rest = stirling.binet(a) - stirling.binet(a + 0.5)
    return log + rest + stirling.HALF_LOG_TWO_PI


def _student_near(tau: jax.Array, weight: jax.Array, p: Point, q: Point) -> jax.Array:
    """Both about as wide and at about the same place."""
    (df_p, loc_p, scale_p), (df_q, loc_q, scale_q) = p, q
    root, share = jnp.sqrt(df_p)[None], jnp.tanh(tau) ** 2
    x = jnp.sinh(tau) ** 2
    # Over cosh(tau): what is squared and divided must not overflow in derivatives.
    z, one_over = root * jnp.tanh(tau), 1.0 / jnp.cosh(tau)
    shift = one_over * (loc_p - loc_q)[None]
    move = (z * (scale_p - scale_q)[None] + shift) / scale_q[None]
    parts = move * (2.0 * z + move)
    rise = (df_p - df_q) / df_q
    e = parts / df_q[None] + share * rise[None]
    squares = parts * jnp.where(x < 1, 1.0 + x, 1.0)
    one = jnp.ones_like(x)
    log = numerics.log1p(e)
    # Where x is small the terms in the square of z would cancel.
    inner = jnp.where(x < 1, x, 0.0)
    gap = inner * e + curves.ratio_gap(one + e, one, e)
    small = log + squares - df_q[None] * gap
    small += (df_p - df_q)[None] * curves.ratio_gap(one + inner, one, inner)
    large = (df_q + 1.0)[None] * log + (df_q - df_p)[None] * jnp.log(1.0 + x)
    return _above_mean(weight, -0.5 * jnp.where(x < 1, small, large))


def _student_cost(
    tau: jax.Array, dv: jax.Array, df: jax.Array, place: jax.Array, width: jax.Array
) -> jax.Array:
    """The mean of log(1 + y^2), y = place + width * sinh(tau), on a shifted path.

    It is twice the real part of log(1 - iy), which is analytic above the real axis: the
    path leaves it where the zeros of 1 + y^2 are close.
    """
    up = jnp.minimum(0.25 * math.pi, 1.5 / jnp.sqrt(df))
    up = jnp.where(width * up > 0.5, up, 0.0)
    sinh, cosh = jnp.sinh(tau), jnp.cosh(tau)
    sin, cos = jnp.sin(up)[None], jnp.cos(up)[None]
    size = dv * jnp.exp(-0.5 * df[None] * numerics.log1p(sinh * sinh - sin * sin))
    turn = df[None] * jnp.arctan2(sinh * sin, cosh * cos)
    real = width[None] * cosh * sin
    imaginary = -(place[None] + width[None] * sinh * cos)
    far = real + jnp.abs(imaginary) > 1
    a, b = (jnp.where(far, 0.0, y) for y in (real, imaginary))
    near_log = 0.5 * numerics.log1p(a * (2.0 + a) + b * b)
    unit = jnp.where(far, jnp.maximum(1.0 + real, jnp.abs(imaginary)), 1.0)
    a, b = (1.0 + real) / unit, imaginary / unit
    far_log = jnp.log(unit) + 0.5 * jnp.log(a * a + b * b)
    log = jnp.where(far, far_log, near_log)
    angle = jnp.arctan2(imaginary, 1.0 + real)
    total = jnp.sum(size * (jnp.cos(turn) * log + jnp.sin(turn) * angle), axis=0)
    return 2.0 * total / jnp.sum(size * jnp.cos(turn), axis=0)


def student_t(p: Point, q: Point, entropy_p: jax.Array) -> jax.Array:
    """Of t distributions, from degrees of freedom, locations and scales."""
    # Beyond this the normal distribution is reached, at infinity too.
    p, q = (jnp.minimum(p[0], 1e17), *p[1:]), (jnp.minimum(q[0], 1e17), *q[1:])
    (df_p, loc_p, scale_p), (df_q, loc_q, scale_q) = p, q
    s, ds = _rule(*_STUDENT[df_p.dtype.name], 3.0)
    tau = curves.constant(s, df_p) / jnp.sqrt(df_p)[None]
    dv = curves.constant(ds, df_p)
    sinh = jnp.sinh(tau)
    weight = dv * jnp.exp(-0.5 * df_p[None] * jnp.log1p(sinh * sinh))
    weight /= jnp.sum(weight, axis=0)[None]
    near = jnp.abs(scale_p - scale_q) <= 0.2 * scale_q
    near &= jnp.abs(loc_p - loc_q) <= 0.6 * scale_q
    low, high = jnp.minimum(df_p, df_q), jnp.maximum(df_p, df_q)
    near &= (high <= 1.3 * low) | (low >= 30.0)
    same = tuple(jnp.where(near, y, x) for x, y in zip(p, q, strict=True))
    close = _student_near(tau, weight, p, same)
    root = jnp.sqrt(df_q)
    place, width = (
        (loc_p - loc_q) / scale_q / root,
        scale_p / scale_q * (jnp.sqrt(df_p) / root),
    )
    cost = 0.5 * (df_q + 1.0) * _student_cost(tau, dv, df_p, place, width)
    apart = cost + _log_norm(df_q) + jnp.log(scale_q) - entropy_p
    # A variance that is infinite, and a normal distribution that counts it.
    apart = jnp.where((df_p <= 2.0) & (df_q >= 1e17), jnp.inf, apart)
    return jnp.where(near, close, apart)
