"""Measures of a single outcome and its complement, entry by entry."""

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.blocks import entries_by_blocks
from jaxinfo._core.divergences import KULLBACK_LEIBLER, Pair, Slopes, pair_of_tables
from jaxinfo._core.passes import elementwise, own_constants

__all__ = [
    "cross_entropy_of_logits",
    "entropy",
    "entropy_of_logit",
    "kl_divergence",
    "kl_divergence_of_logits",
    "softplus",
]


def _entropy_slopes(p: jax.Array) -> tuple[jax.Array]:
    slope = numerics.log_ratio(p, 1.0 - p, 1.0 - 2.0 * p)
    return (jnp.where((p == 0) | (p == 1), 0.0, slope),)


entropy = elementwise(
    own_constants(lambda p: -numerics.xlogx(p) - (1.0 - p) * numerics.log1p(-p)),
    _entropy_slopes,
)


def _pairs(p: jax.Array, q: jax.Array) -> tuple[Pair, Pair]:
    # The difference of the complements is known exactly, whatever they round to.
    return pair_of_tables(p, q), pair_of_tables(1.0 - p, 1.0 - q, p - q)


def _kl_value(p: jax.Array, q: jax.Array) -> jax.Array:
    one, other = map(KULLBACK_LEIBLER.terms, _pairs(p, q))
    return one + other


def _kl_slopes(p: jax.Array, q: jax.Array) -> Slopes:
    one, other = map(KULLBACK_LEIBLER.slopes, _pairs(p, q))
    return one[0] - other[0], one[1] - other[1]


kl_divergence = elementwise(
    entries_by_blocks(_kl_value), entries_by_blocks(_kl_slopes, fill=8)
)


def _entropy_of_logit(x: jax.Array) -> jax.Array:
    a = jnp.minimum(jnp.abs(x), numerics.largest(x))
    t = jnp.exp(-a)
    near = jnp.log1p(t) + a * t / (1.0 + t)
    # For large a the value is (1 + a) e^-a, where e^-a alone may underflow.
    half = jnp.exp(-0.5 * a)
    far = ((1.0 + a) * half) * half
    return near + numerics.outside(a, 40.0) * (far - near)


def _entropy_of_logit_slopes(x: jax.Array) -> tuple[jax.Array]:
    a = jnp.minimum(jnp.abs(x), numerics.largest(x))
    half = jnp.exp(-0.5 * a)
    root = half / (1.0 + half * half)
    return (-jnp.clip(x, -numerics.largest(x), numerics.largest(x)) * root * root,)


entropy_of_logit = elementwise(
    own_constants(_entropy_of_logit), _entropy_of_logit_slopes
)


def _log_ratios(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Log q/p of the outcome and of its complement."""
    d = jnp.where(x == y, 0.0, y - x)
    near = jnp.abs(d) < 1
    small = jnp.where(near, d, 0.0)
    p, p_not = jax.nn.sigmoid(x), jax.nn.sigmoid(-x)
    softplus = jax.nn.softplus

    def expm1(d: jax.Array) -> jax.Array:  # that of XLA:CPU is 4 ULP off in float64
        return d + numerics.exp_excess(d)

    return (
        jnp.where(
            near,
            -numerics.log1p(p_not * expm1(-small)),
            softplus(-x) - softplus(-y),
        ),
        jnp.where(near, -numerics.log1p(p * expm1(small)), softplus(x) - softplus(y)),
    )


def _kl_of_logits(x: jax.Array, y: jax.Array) -> jax.Array:
    def terms(p: jax.Array, q: jax.Array, u: jax.Array) -> jax.Array:
        near = jnp.abs(u) < 1
        close = numerics.exp_excess(jnp.where(near, u, 0.0))
        far = q - p - jnp.where(p > 0, p * u, 0.0)
        return jnp.where(near, p * close, far)

    u, u_not = _log_ratios(x, y)
    sigmoid = jax.nn.sigmoid
    return terms(sigmoid(x), sigmoid(y), u) + terms(sigmoid(-x), sigmoid(-y), u_not)


def _kl_of_logits_slopes(x: jax.Array, y: jax.Array) -> Slopes:
    d = jnp.where(x == y, 0.0, y - x)
    p, p_not = jax.nn.sigmoid(x), jax.nn.sigmoid(-x)
    q, q_not = jax.nn.sigmoid(y), jax.nn.sigmoid(-y)
    # q - p = sinh(d/2) times the geometric mean of both variances, times two.
    near = jnp.abs(d) < 1
    small = jnp.where(near, d, 0.0)
    root = jnp.sqrt(p * p_not) * jnp.sqrt(q * q_not)
    smaller = jnp.where(p < 0.5, q - p, p_not - q_not)
    variance = p * p_not
    slope = jnp.where(variance > 0, -variance * jnp.where(variance > 0, d, 0.0), 0.0)
    return slope, jnp.where(near, 2.0 * root * jnp.sinh(0.5 * small), smaller)


kl_divergence_of_logits = elementwise(
    entries_by_blocks(_kl_of_logits), entries_by_blocks(_kl_of_logits_slopes, fill=8)
)


def _logistic_slopes(x: jax.Array) -> tuple[jax.Array]:
    # The complement from its own logit: 1 less the value has no digits where x is high.
    return (_logistic(x) * _logistic(-x),)


_logistic = elementwise(lax.logistic, _logistic_slopes)
# The log-normalizer of the logits (x, 0): minus the logarithm of the complement.
softplus = elementwise(jax.nn.softplus, lambda x: (_logistic(x),))


def _cross_entropy_of_logits(x: jax.Array, t: jax.Array) -> jax.Array:
    def term(share: jax.Array, length: jax.Array) -> jax.Array:
        return jnp.where((share == 0) & jnp.isinf(length), 0.0, share * length)

    return term(t, jax.nn.softplus(-x)) + term(1.0 - t, jax.nn.softplus(x))


def _cross_entropy_of_logits_slopes(x: jax.Array, t: jax.Array) -> Slopes:
    up, down = _logistic(x), _logistic(-x)
    # s - t: at the ends both terms keep their digits, in the middle s - 1/2 does.
    middle = 0.5 * jnp.tanh(0.5 * x) + (0.5 - t)
    slope = jnp.where(jnp.abs(x) < 1, middle, (1.0 - t) * up - t * down)
    sure = jnp.isinf(x) & (t == jnp.where(x > 0, jnp.ones_like(t), jnp.zeros_like(t)))
    return numerics.as_if(slope, up - t), jnp.where(sure, 0.0, -x)


# Cross-entropy from the probability t of an event to the logistic function of x.
cross_entropy_of_logits = elementwise(
    _cross_entropy_of_logits, _cross_entropy_of_logits_slopes
)
