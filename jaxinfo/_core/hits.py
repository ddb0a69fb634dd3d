"""Accuracy, without a table of comparisons in memory."""

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.checks import Labels
from jaxinfo._core.passes import apart, mended, one_pass
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import Stats, stats

__all__ = ["accuracy", "label_accuracy"]


def _largest(x: jax.Array, s: Stats) -> jax.Array:
    """Exactly 1 at the maximum, 0 elsewhere."""
    return numerics.is_zero(s.top - jnp.maximum(x, s.floor))


def _ties(rows: Rows, x: jax.Array, s: Stats) -> jax.Array:
    """How many logits are the largest; 0 where none is left."""
    return one_pass(lambda x, s: rows.sum(_largest(rows.load(x)[0], s)), x, s, turn=3)


def accuracy(rows: Rows, x: jax.Array, t: jax.Array) -> jax.Array:
    """The share of the largest logits whose target is largest: 1 or 0 but for ties."""
    x, t = lax.stop_gradient((x, t))
    s = stats(rows, x)

    def at_top(x: jax.Array, t: jax.Array, s: Stats) -> jax.Array:
        x, t = rows.load(x, t)
        return rows.max(t * _largest(x, s))

    def right(x: jax.Array, t: jax.Array, s: Stats, best: jax.Array) -> jax.Array:
        x, t = rows.load(x, t)
        return rows.sum(_largest(x, s) * numerics.is_zero(best - t))

    best = one_pass(lambda t: rows.max(rows.load(t)[0]), t)
    ties = _ties(rows, x, s)
    hit = (one_pass(at_top, x, t, s) >= best) & (ties > 0)
    tied = hit & (ties > 1.0)
    share = mended(
        tied,
        lambda: one_pass(right, x, t, s, best, turn=2) / jnp.maximum(ties, 1.0),
        hit.astype(rows.dtype),
    )
    return jnp.where(jnp.isnan(ties + best), jnp.nan, share)


def label_accuracy(rows: Rows, x: jax.Array, classes: Labels) -> jax.Array:
    """1 over the number of the largest logits if that of the label is one, else 0."""
    (x,) = apart(lax.stop_gradient(x))
    s = stats(rows, x)
    (axis,) = rows.axes
    at_label = jnp.take_along_axis(x, classes.position, axis=axis).astype(rows.dtype)
    hit = rows.sum(jnp.where(classes.here, _largest(at_label, s), 0.0))
    # Where one logit outweighs all others there are no ties, nor do they matter to a
    # label that is wrong.
    tied = (hit > 0) & (s.sharp == 0)
    return mended(tied, lambda: hit / jnp.maximum(_ties(rows, x, s), 1.0), hit)
