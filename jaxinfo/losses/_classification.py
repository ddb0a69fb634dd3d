"""Classification losses."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, logit_divergences, tables, values
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
    """What a cross-entropy is made of, one number an example; entropies in nats.

    Attributes:
      cross_entropy: Cross-entropy of targets and predictions, without the z-loss.
      target_entropy: Entropy of the targets, after label smoothing: the least that the
        cross-entropy can be.
      kl_divergence: Divergence D(targets ‖ predictions), what is left to learn. Summed
        on its own, not as the difference of the two above, so that it keeps its digits
        as it goes to 0.
      prediction_entropy: Entropy of the softmax of the logits.
      accuracy: Share of the largest logits whose target is largest; 1 or 0 but for
        ties.
      log_sum_exp: Logarithm of the sum of the exponentials of the logits, which the
        z-loss keeps near 0.
    """

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
    r"""Cross-entropy of the softmax of logits against target probabilities.

    $$ -\sum_k t_k \log q_k + \zeta \Bigl( \log \sum_k e^{l_k} \Bigr)^2,
       \qquad q = \mathrm{softmax}(l) $$

    with t the targets and zeta the weight `z_loss`.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      targets: Probabilities t, of the shape of `logits`; not normalized.
      axis: Axis or axes of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      Loss of every example in nats, not averaged; shape of `logits` without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits` or `targets` is not a floating-point array, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If the shapes of `targets` and `logits` differ, or `axis` or the shape
        of `where` is not valid.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([[1.0, 0.0, 0.0], [0.0, 1.0, -jnp.inf]])
      >>> targets = jnp.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
      >>> print(jaxinfo.losses.softmax_cross_entropy(logits, targets).round(3))
      [0.551 0.813]
      >>> def mean_loss(logits):
      ...     return jaxinfo.losses.softmax_cross_entropy(logits, targets).mean()
      >>> print(jax.grad(mean_loss)(logits).round(3))
      [[-0.212  0.106  0.106]
       [-0.116  0.116  0.   ]]

    Notes:
      A class that is masked out or has the logit -inf is absent; a target with mass
      there gives +inf. The gradient in the logits is q sum(t) - t, accurate also as q
      approaches t; in the targets it is -log q, and 0 at an absent class whose target
      is 0.

      Four passes over the logits, up to two more if rows are nearly one-hot or classes
      absent; no table of temporaries, except with `label_smoothing`, which may form the
      mixed targets.

    References:
      Bridle (1990), Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition.
      Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
      section 7 (label smoothing).
      Chowdhery et al. (2022), PaLM: scaling language modeling with pathways, section 5
      (z-loss).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy_with_integer_labels`: one label an example.
      `jaxinfo.losses.softmax_cross_entropy_with_report`: with its parts.
      `jaxinfo.logits.cross_entropy`: of two sets of logits, (p, q).
    """
    rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
    x = _whole(rows, x, label_smoothing, z_loss)
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
    r"""Cross-entropy of the softmax of logits against integer labels.

    $$ -\log q_y + \zeta \Bigl( \log \sum_k e^{l_k} \Bigr)^2,
       \qquad q = \mathrm{softmax}(l) $$

    with y the label and zeta the weight `z_loss`.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      labels: Classes y from 0 to K - 1, integers, shape of `logits` without `axis`.
      axis: Axis of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      ignore_index: Label of the examples to be ignored, a static int; `None` if there
        is none.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the label; may be traced. `None` is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      Loss of every example in nats, not averaged; shape of `labels`, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `labels` are not integers,
        `where` is not boolean, or an option is of the wrong type.
      ValueError: If the shape of `labels` or `where` does not fit, or `axis` is not a
        single valid axis.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
      >>> labels = jnp.array([0, 2, -1])
      >>> loss = jaxinfo.losses.softmax_cross_entropy_with_integer_labels(
      ...     logits, labels, ignore_index=-1
      ... )
      >>> print(loss.round(3))
      [0.551 1.551 0.   ]

      The mean over the labels that count:

      >>> print(jaxinfo.losses.masked_mean(loss, labels != -1).round(3))
      1.051

    Notes:
      A label out of range gives NaN, unless it is `ignore_index`, which has loss 0 and
      gradient 0, z-loss included. A label at an absent class gives +inf. With
      `axis_name`, labels count the classes of all shards.

      The gradient in the logits is q, less 1 at the label, accurate also as q_y
      approaches 1. Two passes over the logits, a third if some row is nearly one-hot,
      two more with `label_smoothing`; no one-hot table is formed.

    References:
      Bridle (1990), Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition.
      Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
      section 7 (label smoothing).
      Chowdhery et al. (2022), PaLM: scaling language modeling with pathways, section 5
      (z-loss).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy`: for probabilities as targets.
      `jaxinfo.losses.masked_mean`: the average over some of the examples.
      `jaxinfo.logits.self_information`: the loss for every label.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    x = _whole(rows, x, label_smoothing, z_loss)
    classes = checks.of_labels(rows, x, labels, ignore_index)
    if ignore_index is not None:
        x = against.without_slope(x, classes.ignored)
    loss = against.label_cross_entropy(rows, x, classes.position, classes.here)
    if label_smoothing is not None:
        share = _share("label_smoothing", label_smoothing, rows)
        uniform = against.uniform_cross_entropy(rows, x)
        # All of the share: the label does not matter, not even where it is impossible.
        loss = jnp.where(share < 1, (1.0 - share) * loss, 0.0) + share * uniform
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
    r"""Cross-entropy of the softmax of logits against targets, and its parts.

    $$ -\sum_k t_k \log q_k = H(t) + D(t \,\|\, q), \qquad q = \mathrm{softmax}(l) $$

    for targets t that sum to one.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      targets: Probabilities t, of the shape of `logits`; not normalized.
      axis: Axis or axes of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      The loss, equal to that of `softmax_cross_entropy`, and a `CrossEntropyReport`;
      each number one an example, in nats, shape of `logits` without `axis`, float32 or
      float64.

    Raises:
      TypeError: If `logits` or `targets` is not a floating-point array, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If the shapes of `targets` and `logits` differ, or `axis` or the shape
        of `where` is not valid.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> targets = jnp.array([0.5, 0.25, 0.25])
      >>> logits = jnp.log(targets) + jnp.array([1e-3, 0.0, 0.0])
      >>> loss_and_report = jax.value_and_grad(
      ...     jaxinfo.losses.softmax_cross_entropy_with_report, has_aux=True
      ... )
      >>> (loss, report), gradient = loss_and_report(logits, targets)
      >>> print(loss.round(3), report.target_entropy.round(3))
      1.04 1.04
      >>> print(f"{report.kl_divergence:.3e}", report.accuracy)
      1.250e-07 1.0

    Notes:
      The report is of the targets after smoothing, and leaves the z-loss out of
      `cross_entropy`. Boundary, gradient and sharding of the loss are those of
      `softmax_cross_entropy`. The report can be differentiated too; accuracy has
      gradient 0. For targets that do not sum to one the KL divergence is the
      generalized one.

      Each part of the report costs passes of its own; those that a compiled program
      does not return cost nothing.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy`: the loss alone.
      `jaxinfo.logits.kl_divergence`: of two sets of logits, (p, q).
    """
    rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
    # Cast first: gradients of the parts are added before they are rounded.
    x, t = x.astype(rows.dtype), t.astype(rows.dtype)
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


def _whole(rows: Rows, x: jax.Array, *extras: ArrayLike | None) -> jax.Array:
    """Logits of half precision cast at once, if the loss is a sum of several terms.

    The gradients of the terms are then added before they are rounded. A loss of one
    term casts inside its passes and never holds the cast logits.
    """
    return x if all(extra is None for extra in extras) else x.astype(rows.dtype)


def _share(name: str, value: ArrayLike, rows: Rows) -> jax.Array:
    """A share between 0 and 1, a scalar."""
    share = checks.as_scalar(name, value, rows.dtype)
    values.report((share < 0) | (share > 1), f"`{name}` is not in [0, 1]")
    return share


def _smoothed(
    rows: Rows, x: jax.Array, t: jax.Array, label_smoothing: ArrayLike | None
) -> jax.Array:
    """Targets mixed with the uniform distribution over the classes that are present."""
    if label_smoothing is None:
        return t
    share = _share("label_smoothing", label_smoothing, rows)
    here = ~jnp.isneginf(x)
    count = jnp.maximum(rows.number(here), 1).astype(rows.dtype)
    uniform = here.astype(rows.dtype) / count
    return (1.0 - share) * t.astype(rows.dtype) + share * uniform


def _z_term(rows: Rows, x: jax.Array, z_loss: ArrayLike | None) -> jax.Array:
    """The square of the log-sum-exp, weighted: it keeps logits from drifting."""
    if z_loss is None:
        return jnp.zeros((1,) * x.ndim, rows.dtype)
    weight = checks.as_scalar("z_loss", z_loss, rows.dtype)
    return weight * against.row_log_sum_exp(rows, x) ** 2
