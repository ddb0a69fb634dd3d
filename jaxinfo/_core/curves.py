"""Gaps of convex functions that keep their digits where both arguments are close.

The divergence of a family is a sum of such gaps, each of them 0 at equality and
positive elsewhere. A gap takes the difference of its arguments too, since the caller
often knows it better than to rounding.
"""

import functools
from decimal import Decimal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.divergences import KULLBACK_LEIBLER, pair_of_tables
from jaxinfo._core.passes import elementwise
from jaxinfo._core.tables import square_root

__all__ = [
    "constant",
    "exp_gap",
    "expm1",
    "hypotenuse",
    "log1p_over",
    "log_from",
    "log_ratio",
    "mass_gap",
    "nodes",
    "ratio_gap",
    "xlogx",
]


def constant(values: object, like: jax.Array) -> jax.Array:
    """Constants in the dtype of an array, on a new leading axis."""
    column = np.asarray(values, like.dtype)
    return jnp.asarray(column.reshape(-1, *(1,) * like.ndim))


@functools.cache
def nodes(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(number)
    return 0.5 * (x + 1.0), 0.5 * w


def _ratio_value(x: jax.Array, y: jax.Array, diff: jax.Array) -> jax.Array:
    e = diff / y
    t = e / (e + 2.0)
    close = (e + 2.0) * numerics.kl_curve(numerics.clip(t, numerics.HALF))
    ratio = x / y
    normal = (ratio > numerics.tiny(ratio)) & (ratio < jnp.inf)
    # A quotient that underflows still has a logarithm.
    log = jnp.where(normal, jnp.log(jnp.where(normal, ratio, 1.0)), _log_apart(x, y))
    far = jnp.where(jnp.isposinf(ratio), ratio, ratio - 1.0 - log)
    return jnp.where(jnp.abs(t) <= numerics.HALF, close, far)


def _log_apart(x: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.log(x) - jnp.log(y)


def _ratio_slopes(x: jax.Array, y: jax.Array, diff: jax.Array) -> tuple[jax.Array, ...]:
    diff = numerics.as_if(diff, x - y)
    return diff / x / y, -diff / y / y, jnp.zeros_like(diff)


_ratio_gap = elementwise(_ratio_value, _ratio_slopes)


def ratio_gap(x: jax.Array, y: jax.Array, diff: jax.Array | None = None) -> jax.Array:
    """`x/y - 1 - log(x/y)`; `diff` is x - y if it is known better."""
    return _ratio_gap(x, y, x - y if diff is None else diff)


def log_ratio(x: jax.Array, y: jax.Array, diff: jax.Array | None = None) -> jax.Array:
    """`log(x/y)`, accurate near x = y; `diff` is x - y if it is known better."""
    diff = x - y if diff is None else diff
    value = numerics.log_ratio(y, x, diff / (x + y))
    return jnp.where(jnp.isnan(x + y), jnp.nan, value)


mass_gap = elementwise(
    lambda p, q: KULLBACK_LEIBLER.terms(pair_of_tables(p, q)),
    lambda p, q: KULLBACK_LEIBLER.slopes(pair_of_tables(p, q)),
)
"""`p log(p/q) - p + q` of masses that may be 0."""


def _expm1_value(u: jax.Array) -> jax.Array:
    near = jnp.abs(u) <= 1
    small = jnp.where(near, u, 0.0)
    return jnp.where(near, small + numerics.exp_excess(small), jnp.exp(u) - 1.0)


# That of XLA:CPU is 4 ULP off.
expm1 = elementwise(_expm1_value, lambda u: (jnp.exp(u),))


def _exp_gap_value(u: jax.Array) -> jax.Array:
    near = jnp.abs(u) <= 1
    far = jnp.exp(u) - 1.0 - u
    return jnp.where(near, numerics.exp_excess(jnp.where(near, u, 0.0)), far)


# The gap of the exponential to its tangent at 0, e^u - 1 - u.
exp_gap = elementwise(_exp_gap_value, lambda u: (expm1(u),))


def log1p_over(x: jax.Array) -> jax.Array:
    """`log(1 + x) / x`, 1 at 0 and smooth there; 0 at infinity, +inf at -1."""
    near = jnp.abs(x) < numerics.HALF
    small = jnp.where(near, x, 0.0)
    # atanh(t)/t from the gap of the logarithm: log1p(x) = x - (x - log1p(x)).
    t = small / (small + 2.0)
    slope = numerics.kl_curve(t) * (small + 2.0)
    safe = jnp.where(small == 0, 1.0, small)
    close = 1.0 - jnp.where(small == 0, 0.5 * small, slope / safe)
    large = jnp.where(near | jnp.isposinf(x), 1.0, x)
    far = jnp.where(jnp.isposinf(x), 0.0, jnp.log(1.0 + large) / large)
    return jnp.where(near, close, far)


def log_from(x: jax.Array, root: str) -> jax.Array:
    """`log(x / root)`, accurate where x is next to the root, given to 40 digits.

    An entropy that changes sign would lose there what rounding the root took away.
    """
    rounded = np.asarray(root, x.dtype)
    missing = float(Decimal(float(rounded)) / Decimal(root) - 1)
    return log_ratio(x, jnp.full_like(x, rounded)) + missing


def hypotenuse(a: jax.Array, b: jax.Array) -> jax.Array:
    """`sqrt(a^2 + b^2)` without underflow; slope 0 at 0."""
    size = lax.stop_gradient(jnp.maximum(jnp.abs(a), jnp.abs(b)))
    unit = jnp.where((size > 0) & jnp.isfinite(size), size, 1.0)
    return unit * square_root((a / unit) ** 2 + (b / unit) ** 2)


def xlogx(x: jax.Array) -> jax.Array:
    """`x log x`, 0 and flat at 0: that of `numerics`, for sums, does not select."""
    return x * numerics.safe_log(x)
