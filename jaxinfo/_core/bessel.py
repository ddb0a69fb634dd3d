"""Sums over the circle that stand for the modified Bessel functions of von Mises.

The trapezoidal rule converges geometrically on a circle, so that a distribution on 33
points has the moments of the von Mises distribution to rounding: equally spaced angles
up to a concentration of 36, equally spaced square roots of the exponent above it.
Every sum is of positive terms, and differentiable with its points held fixed.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.curves import constant, exp_gap

__all__ = ["bessel_gap", "bessel_ratio", "log_bessel", "mean_rest"]

_POINTS = 33
_SWITCH = 36.0
_STEP = 0.36


def _points(kappa: jax.Array) -> tuple[jax.Array, jax.Array]:
    """1 - cos of the angle at each point, and the weight of the point."""
    k = np.arange(_POINTS)
    ends = np.where((k == 0) | (k == _POINTS - 1), 0.5, 1.0)
    rest = constant(2.0 * np.sin(0.5 * np.pi * k / (_POINTS - 1)) ** 2, kappa)
    weight = constant(ends / (_POINTS - 1), kappa)
    # The angle with 2 sin(angle / 2) = u / sqrt(kappa).
    square = constant((_STEP * k) ** 2, kappa)
    factor = constant(np.where(k == 0, 0.5, 1.0) * _STEP / math.pi, kappa)
    held = lax.stop_gradient(kappa)[None]
    wide = held > _SWITCH
    large = jnp.where(wide, held, 2.0 * _SWITCH)
    far = square / (2.0 * large)
    density = factor / (jnp.sqrt(large) * jnp.sqrt(1.0 - square / (4.0 * large)))
    return jnp.where(wide, far, rest), jnp.where(wide, density, weight)


def _weights(kappa: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """1 - cos at each point, the unnormalized mass of each, and their sum."""
    rest, weight = _points(kappa)
    mass = weight * jnp.exp(-kappa[None] * rest)
    return rest, mass, jnp.sum(mass, axis=0)


def log_bessel(kappa: jax.Array) -> jax.Array:
    """`log I_0(kappa) - kappa`."""
    return jnp.log(_weights(kappa)[2])


def mean_rest(kappa: jax.Array) -> jax.Array:
    """`1 - I_1(kappa) / I_0(kappa)`, the mean of 1 - cos."""
    rest, mass, total = _weights(kappa)
    return jnp.sum(mass * rest, axis=0) / total


def bessel_ratio(kappa: jax.Array) -> jax.Array:
    """`I_1(kappa) / I_0(kappa)`, the mean of the cosine."""
    # Angles in pairs whose cosines differ in sign: nothing cancels near 0.
    small = jnp.minimum(kappa, _SWITCH)
    k = np.arange((_POINTS - 1) // 2)
    cosine = constant(np.cos(np.pi * k / (_POINTS - 1)), kappa)
    mass = constant(np.where(k == 0, 0.5, 1.0) / (_POINTS - 1), kappa)
    mass = mass * jnp.exp(-small[None] * (1.0 - cosine))
    tilt = -jnp.expm1(-2.0 * small[None] * cosine)
    near = jnp.sum(mass * cosine * tilt, axis=0) / _weights(small)[2]
    return jnp.where(kappa > _SWITCH, 1.0 - mean_rest(kappa), near)


def bessel_gap(x: jax.Array, y: jax.Array) -> jax.Array:
    """`log I_0` at x above its tangent at y."""
    diff = x - y
    rest, mass, total = _weights(y)
    mean = jnp.sum(mass * rest, axis=0) / total
    near = jnp.abs(diff) <= jnp.maximum(1.0, 0.2 * jnp.minimum(x, y))
    step = jnp.where(near, diff, 0.0)
    tilted = jnp.sum(mass * exp_gap(step[None] * (mean[None] - rest)), axis=0) / total
    far = log_bessel(x) - log_bessel(y) + diff * mean
    return jnp.where(near, numerics.log1p(tilted), far)
