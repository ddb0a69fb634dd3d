"""What Renyi entropies have above Shannon's, for families with the carrier measure 1.

The integral of a power of the density is one of the log-partition function A at alpha
times the natural parameters, so that the entropy of order alpha is Shannon's plus the
gap of A to its tangent over 1 - alpha: smooth around 1, and of one sign.
"""

import jax
import jax.numpy as jnp

from jaxinfo._core import bessel, curves, stirling
from jaxinfo.families import _gaps

__all__ = [
    "above_shannon",
    "gamma",
    "geometric_gap",
    "logistic",
    "von_mises",
]


def above_shannon(gap: jax.Array, curvature: jax.Array, alpha: jax.Array) -> jax.Array:
    """The gap over 1 - alpha, where it is `curvature * (alpha - 1)^2 / 2` near 1."""
    rest = 1.0 - alpha
    at_one = 0.5 * rest * curvature
    return jnp.where(rest == 0, at_one, gap / jnp.where(rest == 0, 1.0, rest))


def _inner(alpha: jax.Array) -> jax.Array:
    """The order where it is positive and finite; else 1."""
    return jnp.where((alpha > 0) & jnp.isfinite(alpha), alpha, 1.0)


def _curvature(a: jax.Array) -> jax.Array:
    """The second derivative of the logarithm of the gamma function."""
    return jax.jvp(stirling.digamma, (a,), (jnp.ones_like(a),))[1]


def gamma(
    entropy: jax.Array, alpha: jax.Array, a: jax.Array, k: jax.Array
) -> jax.Array:
    """Of a density whose powers integrate to Gamma(b) / alpha^b, b = a + k (alpha - 1).

    Infinite, with the sign of 1 - alpha, where b is not positive.
    """
    order = _inner(alpha)
    step = (order - 1.0) * k
    b = a + step
    inside = b > 0
    step = jnp.where(inside, step, 0.0)
    safe = jnp.where(inside, b, a)
    gap = safe * curves.ratio_gap(a, safe, -step)
    gap += stirling.lgamma_gap(safe, a, step)
    rise = safe * curves.log1p_over(order - 1.0) - a
    value = entropy + rise + above_shannon(gap, k * k * _curvature(a), order)
    outside = jnp.where(alpha < 1, jnp.inf, -jnp.inf)
    value = jnp.where(inside | jnp.isnan(value), value, outside)
    peak = k * stirling.digamma(a) - a - curves.xlogx(jnp.maximum(k, 0.0)) + k
    peak = jnp.where(k >= 0, entropy + peak, -jnp.inf)
    limit = jnp.where(jnp.isnan(entropy), entropy, peak)
    return _gaps.at_ends(value, alpha, limit, jnp.inf)


def logistic(scale: jax.Array, entropy: jax.Array, alpha: jax.Array) -> jax.Array:
    """Of a logistic density, whose powers integrate to B(alpha, alpha)."""
    order = jnp.broadcast_to(_inner(alpha), entropy.shape)
    step, one = order - 1.0, jnp.ones_like(order)
    gaps = [
        factor * x * curves.ratio_gap(y, x, -d) + factor * stirling.lgamma_gap(x, y, d)
        for factor, x, y, d in (
            (2.0, order, one, step),
            (-1.0, 2.0 * order, 2.0 * one, 2.0 * step),
        )
    ]
    curvature = 2.0 * _curvature(one) - 4.0 * _curvature(2.0 * one)
    value = entropy + above_shannon(gaps[0] + gaps[1], curvature, order)
    return _gaps.at_ends(value, alpha, jnp.log(4.0 * scale), jnp.inf)


def von_mises(entropy: jax.Array, kappa: jax.Array, alpha: jax.Array) -> jax.Array:
    """Of a von Mises density, whose powers are of the same family."""
    order = jnp.where((alpha >= 0) & jnp.isfinite(alpha), alpha, 1.0)
    gap = bessel.bessel_gap(order * kappa, kappa)
    ratio = bessel.bessel_ratio(kappa)
    # The variance of the cosine.
    curvature = kappa * kappa * (1.0 - ratio * ratio) - kappa * ratio
    value = entropy + above_shannon(gap, curvature, order)
    peak = _gaps.LOG_TWO_PI + bessel.log_bessel(kappa)
    return _gaps.at_ends(value, alpha, peak, value)


def geometric_gap(p: _gaps.Point, q: _gaps.Point, diff: _gaps.Point) -> jax.Array:
    """The divergence of geometric distributions, from log(1 - probs)."""
    odds = 1.0 / jnp.expm1(-p[0])
    t = -odds * curves.expm1(diff[0])
    one = jnp.ones_like(t)
    return curves.ratio_gap(one + t, one, t) + odds * curves.exp_gap(diff[0])
