"""The options that losses share."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from jaxinfo._core import checks, lengths, values
from jaxinfo._core import targets as against
from jaxinfo._core.rows import Rows

__all__ = [
    "class_weights",
    "counted",
    "focused",
    "smoothed",
    "uniform",
    "weights_of_rows",
    "whole",
    "z_term",
]


def whole(rows: Rows, x: jax.Array, *extras: ArrayLike | None) -> jax.Array:
    """Logits of half precision cast at once, if the loss is a sum of several terms.

    The gradients of the terms are then added before they are rounded. A loss of one
    term casts inside its passes and never holds the cast logits.
    """
    return x if all(extra is None for extra in extras) else x.astype(rows.dtype)


def smoothed(
    rows: Rows, x: jax.Array, t: jax.Array, label_smoothing: ArrayLike | None
) -> jax.Array:
    """Targets mixed with the uniform distribution over the classes that are present."""
    if label_smoothing is None:
        return t
    part = checks.as_share("label_smoothing", label_smoothing, rows.dtype)
    return (1.0 - part) * t.astype(rows.dtype) + part * uniform(rows, x)


def uniform(rows: Rows, x: jax.Array) -> jax.Array:
    """The uniform distribution over the classes that are present."""
    here = (~jnp.isneginf(x)).astype(rows.dtype)
    return here / against.count_present(rows, x)


def class_weights(
    value: ArrayLike, shape: tuple[int, ...], dtype: DTypeLike
) -> jax.Array:
    """The weights of classes, none of them negative."""
    weights = checks.as_floating("class_weights", value)
    if weights.shape != shape:
        raise ValueError(
            f"`class_weights` must have the shape {shape} of the classes, "
            f"got {weights.shape}."
        )
    values.report(~(weights >= 0), "`class_weights` is negative or NaN in entry {row}")
    return weights.astype(dtype)


def weights_of_rows(rows: Rows, x: jax.Array, value: ArrayLike) -> jax.Array:
    """The weights of classes, laid along the axes of the classes of `x`."""
    weights = class_weights(value, tuple(x.shape[a] for a in rows.axes), rows.dtype)
    order = sorted(range(len(rows.axes)), key=lambda i: rows.axes[i])
    shape = (n if i in rows.axes else 1 for i, n in enumerate(x.shape))
    return jnp.transpose(weights, order).reshape(*shape)


def focused(length: jax.Array, gamma: ArrayLike | None) -> jax.Array:
    """The length of a code, times the probability of all else to the power gamma."""
    if gamma is None:
        return length
    power = checks.as_scalar("focal", gamma, length.dtype)
    values.report(~(power >= 0), "`focal` is negative or NaN")
    return lengths.focal(length, jnp.broadcast_to(power, length.shape))


def counted(classes: checks.Labels, row: jax.Array) -> jax.Array:
    """A number an example: 0 where the label is ignored, NaN where it is no class."""
    return jnp.where(classes.valid, row, jnp.where(classes.ignored, 0.0, jnp.nan))


def z_term(rows: Rows, x: jax.Array, z_loss: ArrayLike | None) -> jax.Array:
    """The square of the log-sum-exp, weighted: it keeps logits from drifting."""
    if z_loss is None:
        return jnp.zeros((1,) * x.ndim, rows.dtype)
    weight = checks.as_scalar("z_loss", z_loss, rows.dtype)
    return weight * against.row_log_sum_exp(rows, x) ** 2
