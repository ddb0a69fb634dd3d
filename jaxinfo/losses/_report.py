"""A classification loss, and what it is made of."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, hits, logit_divergences, tables, units
from jaxinfo._core import targets as against
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName, Rows
from jaxinfo.losses import _options as options
from jaxinfo.losses._classification import label_loss, soft_loss

__all__ = ["CrossEntropyReport", "softmax_cross_entropy_with_report"]


class CrossEntropyReport(NamedTuple):
    """What a cross-entropy is made of, one number an example; entropies in nats.

    Attributes:
      cross_entropy: Cross-entropy of targets and predictions, without class weights,
        focal, poly and z-loss.
      target_entropy: Entropy of the targets, after label smoothing: the least that the
        cross-entropy can be.
      kl_divergence: Divergence D(targets ‖ predictions), what is left to learn. Where
        it is small beside the two above it is no difference of them, but a sum of its
        own, which keeps its digits as it goes to 0.
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


@jitted("axis", "axis_name", "ignore_index")
def softmax_cross_entropy_with_report(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    where: ArrayLike | None = None,
    ignore_index: int | None = None,
    class_weights: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    focal: ArrayLike | None = None,
    poly: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> tuple[jax.Array, CrossEntropyReport]:
    r"""Cross-entropy of the softmax of logits against targets, and its parts.

    $$ -\sum_k t_k \log q_k = H(t) + D(t \,\|\, q), \qquad q = \mathrm{softmax}(l) $$

    for targets t that sum to one, or an integer label, whose entropy H(t) is 0.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      targets: Probabilities t, of the shape of `logits`, not normalized; or integer
        labels from 0 to K - 1, shape of `logits` without `axis`.
      axis: Axis or axes of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      ignore_index: Label of the examples to be ignored, a static int; their loss and
        all of their report are 0. `None` if there is none.
      class_weights: As in the losses alone; of the loss, not of the report.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      focal: As in the loss against labels; of the loss, not of the report.
      poly: As in the losses alone; of the loss, not of the report.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      The loss, that of `softmax_cross_entropy` or
      `softmax_cross_entropy_with_integer_labels` with the same options, and a
      `CrossEntropyReport`; each number one an example, in nats, shape of `logits`
      without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `targets` are neither
        probabilities nor labels, `where` is not boolean, or an option is of the wrong
        type.
      ValueError: If the shape of `targets`, `where` or `class_weights` does not fit,
        `axis` is not valid, or an option does not go with the kind of targets.

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
      The report is of the targets after smoothing. Boundary, gradient and sharding of
      the loss are those of the loss alone; a label out of range gives NaN in all of the
      report. The report can be differentiated too; accuracy has gradient 0. For targets
      that do not sum to one the KL divergence is the generalized one.

      The statistics of the logits are shared with the loss. Labels take one pass more,
      for the entropy of the predictions, and one that looks for ties if some row is
      right and not nearly one-hot; probabilities take six, and one that costs as much
      as all others if the divergence of some row is below a quarter of its
      cross-entropy or of a nat. What a compiled program does not return costs nothing.
      No table of temporaries.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy`: the loss alone.
      `jaxinfo.losses.softmax_cross_entropy_with_integer_labels`: alone, of labels.
      `jaxinfo.logits.kl_divergence`: of two sets of logits, (p, q).
    """
    if _are_labels(logits, targets):
        rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
        x = x.astype(rows.dtype)
        classes = checks.of_labels(rows, x, targets, ignore_index, "targets")
        if ignore_index is not None:
            x = against.without_slope(x, classes.ignored)
        report = _of_labels(rows, x, classes, label_smoothing)
        loss = report.cross_entropy
        if _any(class_weights, focal, poly):
            loss = label_loss(
                rows, x, classes, class_weights, label_smoothing, focal, poly
            )
        results = loss + options.z_term(rows, x, z_loss), report
        results = jax.tree.map(lambda row: options.counted(classes, row), results)
    else:
        rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
        _refuse(ignore_index=ignore_index, focal=focal)
        # Cast first: gradients of the parts are added before they are rounded.
        x, t = x.astype(rows.dtype), t.astype(rows.dtype)
        t = options.smoothed(rows, x, t, label_smoothing)
        report = _of_targets(rows, x, t)
        loss = report.cross_entropy
        if _any(class_weights, poly):
            loss = soft_loss(rows, x, t, class_weights, poly)
        results = loss + options.z_term(rows, x, z_loss), report
    return jax.tree.map(rows.drop, results)


def _any(*extras: ArrayLike | None) -> bool:
    return any(extra is not None for extra in extras)


def _are_labels(logits: ArrayLike, targets: ArrayLike) -> bool:
    """Whether the targets are integer labels, of one axis less than the logits."""
    if isinstance(targets, list | tuple) or isinstance(logits, list | tuple):
        return False  # lists are refused, whatever they hold
    whole = jnp.issubdtype(jnp.asarray(targets).dtype, jnp.integer)
    return bool(whole) and jnp.ndim(targets) != jnp.ndim(logits)


def _refuse(**extras: ArrayLike | None) -> None:
    for name, value in extras.items():
        if value is not None:
            raise ValueError(f"`{name}` is for integer `targets`, got probabilities.")


def _of_targets(rows: Rows, x: jax.Array, t: jax.Array) -> CrossEntropyReport:
    """The parts of the loss against probabilities."""
    cross_entropy, entropy = against.cross_entropy(rows, x, t), tables.entropy(rows, t)
    fixed = jax.lax.stop_gradient((cross_entropy, entropy))
    return CrossEntropyReport(
        cross_entropy=cross_entropy,
        target_entropy=units.unsigned_zero(entropy),
        kl_divergence=against.kl_divergence(rows, x, t, *fixed),
        prediction_entropy=logit_divergences.entropy(rows, x),
        accuracy=hits.accuracy(rows, x, t),
        log_sum_exp=against.row_log_sum_exp(rows, x),
    )


def _of_labels(
    rows: Rows, x: jax.Array, classes: checks.Labels, label_smoothing: ArrayLike | None
) -> CrossEntropyReport:
    """The parts of the loss against labels."""
    loss = label_loss(rows, x, classes, None, label_smoothing, None, None)
    entropy, divergence = jnp.zeros_like(loss), loss
    if label_smoothing is not None:
        share = checks.as_share("label_smoothing", label_smoothing, rows.dtype)
        entropy = against.smoothed_entropy(
            rows, x, classes.position, classes.here, share
        )
        divergence = against.smoothed_kl_divergence(
            rows, x, classes.position, classes.here, share, loss, entropy
        )
    return CrossEntropyReport(
        cross_entropy=loss,
        target_entropy=entropy,
        kl_divergence=divergence,
        prediction_entropy=logit_divergences.entropy(rows, x),
        accuracy=hits.label_accuracy(rows, x, classes),
        log_sum_exp=against.row_log_sum_exp(rows, x),
    )
