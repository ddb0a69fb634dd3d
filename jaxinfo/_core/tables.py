"""Measures of probability tables that are no divergence: their values and slopes."""

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.divergences import Slopes
from jaxinfo._core.passes import elementwise, one_pass, with_slopes
from jaxinfo._core.rows import Rows

__all__ = [
    "affinity",
    "cross_entropy",
    "entropy",
    "self_information",
    "square_root",
    "support_size",
]


def _safe_log(x: jax.Array) -> jax.Array:
    """Log x; -inf at 0, with a derivative that is no NaN."""
    ok = x != 0
    return jnp.where(ok, jnp.log(jnp.where(ok, x, 1.0)), -jnp.inf)


self_information = elementwise(
    lambda p: -jnp.log(p),
    lambda p: (-1.0 / jnp.where(p == 0, jnp.inf, p),),
)


def _entropy_value(rows: Rows, p: jax.Array) -> tuple[jax.Array, tuple]:
    return one_pass(lambda p: rows.sum(-numerics.xlogx(rows.load(p)[0])), p), ()


def _entropy_slopes(
    rows: Rows, _: jax.Array, __: tuple, p: jax.Array
) -> tuple[jax.Array]:
    (p,) = rows.load(p)
    return (numerics.one_sided(p, -_safe_log(p) - 1.0),)


entropy = with_slopes(_entropy_value, _entropy_slopes)


def _cross_entropy_value(
    rows: Rows, p: jax.Array, q: jax.Array
) -> tuple[jax.Array, tuple]:
    def terms(p: jax.Array, q: jax.Array) -> jax.Array:
        p, q = rows.load(p, q)
        # Where p is 0 the logarithm is made finite, and its factor makes it 0.
        return rows.sum(-p * jnp.log(q + numerics.tiny(p) * numerics.is_zero(p)))

    return one_pass(terms, p, q), ()


def _cross_entropy_slopes(
    rows: Rows, _: jax.Array, __: tuple, p: jax.Array, q: jax.Array
) -> Slopes:
    p, q = rows.load(p, q)
    return numerics.one_sided(p, -_safe_log(q)), -p / jnp.where(q == 0, jnp.inf, q)


cross_entropy = with_slopes(_cross_entropy_value, _cross_entropy_slopes)


def _affinity_value(rows: Rows, p: jax.Array, q: jax.Array) -> tuple[jax.Array, tuple]:
    def terms(p: jax.Array, q: jax.Array) -> jax.Array:
        p, q = rows.load(p, q)
        return rows.sum(jnp.sqrt(p) * jnp.sqrt(q))

    # The roots are those of the Hellinger distance: shared, they would be tables.
    return one_pass(terms, p, q, turn=2), ()


def _affinity_slopes(
    rows: Rows, _: jax.Array, __: tuple, p: jax.Array, q: jax.Array
) -> Slopes:
    p, q = rows.load(p, q)
    both = (p > 0) & (q > 0)
    p, q = (jnp.where(both, x, 1.0) for x in (p, q))
    ratio = jnp.sqrt(q / p)
    return jnp.where(both, 0.5 * ratio, 0.0), jnp.where(both, 0.5 / ratio, 0.0)


# The sum of sqrt(p q).
affinity = with_slopes(_affinity_value, _affinity_slopes)


def square_root(x: jax.Array) -> jax.Array:
    """The square root, with slope 0 at 0: the tip of a cone has no slope."""
    ok = x != 0
    return jnp.where(ok, jnp.sqrt(jnp.where(ok, x, 1.0)), 0.0)


def support_size(rows: Rows, p: jax.Array) -> jax.Array:
    """The number of outcomes of positive probability, as a float; NaN if one is."""

    def flags(p: jax.Array) -> jax.Array:
        # A sign is fused with its sum, a comparison is written out.
        sign = jnp.sign(rows.load(p)[0])
        return rows.sum(0.5 * (sign + jnp.abs(sign)))

    return one_pass(flags, lax.stop_gradient(p), turn=3)
