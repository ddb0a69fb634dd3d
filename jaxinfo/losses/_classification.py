"""Classification losses."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, logit_divergences, tables
from jaxinfo._core import targets as against
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName, Rows

__all__ = [
    "CrossEntropyReport",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
    "softmax_cross_entropy_with_report",
]


class CrossEntropyReport(NamedTuple):
    cross_entropy: jax.Array
    target_entropy: jax.Array
    kl_divergence: jax.Array
    prediction_entropy: jax.Array
    accuracy: jax.Array
    log_sum_exp: jax.Array


@jitted("axis", "axis_name")
def softmax_cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    where: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
    loss = against.cross_entropy(rows, x, _smoothed(rows, x, t, label_smoothing))
    return rows.drop(loss + _z_term(rows, x, z_loss))


@jitted("axis", "axis_name", "ignore_index")
def softmax_cross_entropy_with_integer_labels(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    axis: int = -1,
    where: ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    classes = checks.of_labels(rows, x, labels, ignore_index)
    loss = against.label_cross_entropy(rows, x, classes.index, classes.here)
    if label_smoothing is not None:
        share = _share("label_smoothing", label_smoothing, rows)
        uniform = against.uniform_cross_entropy(rows, x)
        loss = (1.0 - share) * loss + share * uniform
    loss = loss + _z_term(rows, x, z_loss)
    loss = jnp.where(classes.valid, loss, jnp.where(classes.ignored, 0.0, jnp.nan))
    return rows.drop(loss)


@jitted("axis", "axis_name")
def softmax_cross_entropy_with_report(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    where: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> tuple[jax.Array, CrossEntropyReport]:
    rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
    t = _smoothed(rows, x, t, label_smoothing)
    cross_entropy = against.cross_entropy(rows, x, t)
    report = CrossEntropyReport(
        cross_entropy=cross_entropy,
        target_entropy=tables.entropy(rows, t),
        kl_divergence=against.kl_divergence(rows, x, t),
        prediction_entropy=logit_divergences.entropy(rows, x),
        accuracy=against.accuracy(rows, x, t),
        log_sum_exp=against.row_log_sum_exp(rows, x),
    )
    loss = cross_entropy + _z_term(rows, x, z_loss)
    return rows.drop(loss), CrossEntropyReport(*map(rows.drop, report))


def _share(name: str, value: ArrayLike, rows: Rows) -> jax.Array:
    """A share between 0 and 1, a scalar."""
    share = checks.as_scalar(name, value, rows.dtype)
    checks.report((share < 0) | (share > 1), f"`{name}` is not in [0, 1]")
    return share


def _smoothed(
    rows: Rows, x: jax.Array, t: jax.Array, label_smoothing: ArrayLike | None
) -> jax.Array:
    """Targets mixed with the uniform distribution over the classes that are present."""
    if label_smoothing is None:
        return t
    share = _share("label_smoothing", label_smoothing, rows)
    here = ~jnp.isneginf(x)
    count = jnp.maximum(rows.count(here), 1).astype(rows.dtype)
    uniform = here.astype(rows.dtype) / count
    return (1.0 - share) * t.astype(rows.dtype) + share * uniform


def _z_term(rows: Rows, x: jax.Array, z_loss: ArrayLike | None) -> jax.Array:
    """The square of the log-sum-exp, weighted: it keeps logits from drifting."""
    if z_loss is None:
        return jnp.zeros((1,) * x.ndim, rows.dtype)
    weight = checks.as_scalar("z_loss", z_loss, rows.dtype)
    return weight * against.row_log_sum_exp(rows, x) ** 2
