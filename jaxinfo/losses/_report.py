"""A classification loss, and what it is made of."""

from typing import NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, logit_divergences, tables
from jaxinfo._core import targets as against
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.losses import _options as options

__all__ = ["CrossEntropyReport", "softmax_cross_entropy_with_report"]


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
    t = options.smoothed(rows, x, t, label_smoothing)
    cross_entropy = against.cross_entropy(rows, x, t)
    report = CrossEntropyReport(
        cross_entropy=cross_entropy,
        target_entropy=tables.entropy(rows, t),
        kl_divergence=against.kl_divergence(rows, x, t),
        prediction_entropy=logit_divergences.entropy(rows, x),
        accuracy=against.accuracy(rows, x, t),
        log_sum_exp=against.row_log_sum_exp(rows, x),
    )
    loss = cross_entropy + options.z_term(rows, x, z_loss)
    return rows.drop(loss), CrossEntropyReport(*map(rows.drop, report))
