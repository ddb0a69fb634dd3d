"""Classification losses."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, lengths
from jaxinfo._core import targets as against
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName, Rows
from jaxinfo.losses import _options as options

__all__ = [
    "label_loss",
    "soft_loss",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
]


@jitted("axis", "axis_name")
def softmax_cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    where: ArrayLike | None = None,
    class_weights: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    poly: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Cross-entropy of the softmax of logits against target probabilities.

    $$ -\sum_k w_k t_k \log q_k + \epsilon \sum_k w_k t_k (1 - q_k)
       + \zeta \Bigl( \log \sum_k e^{l_k} \Bigr)^2, \qquad q = \mathrm{softmax}(l) $$

    with t the targets, w the weights of the classes, epsilon the weight `poly` and zeta
    the weight `z_loss`.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      targets: Probabilities t, of the shape of `logits`; not normalized.
      axis: Axis or axes of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      class_weights: Weights w of the classes, shape `(K,)` or that of the axes of the
        classes, those of this shard if they are sharded; may be traced. `None` is one
        each.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      poly: Weight of the first polynomial term, as in PolyLoss; may be traced. `None`
        is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      Loss of every example in nats, not averaged; shape of `logits` without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits` or `targets` is not a floating-point array, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If the shapes of `targets` and `logits` differ, or `axis` or the shape
        of `where` or `class_weights` is not valid.

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
      absent; no table of temporaries, except with `label_smoothing` and
      `class_weights`, which may form the targets that they make. `poly` takes three
      passes more.

    References:
      Bridle (1990), Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition.
      Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
      section 7 (label smoothing).
      Chowdhery et al. (2022), PaLM: scaling language modeling with pathways, section 5
      (z-loss).
      Leng et al. (2022), PolyLoss: a polynomial expansion perspective of classification
      loss functions, eq. (6).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy_with_integer_labels`: one label an example.
      `jaxinfo.losses.softmax_cross_entropy_with_report`: with its parts.
      `jaxinfo.logits.cross_entropy`: of two sets of logits, (p, q).
    """
    rows, x, t = checks.of_targets(logits, targets, axis, where, axis_name)
    x = options.whole(rows, x, label_smoothing, poly, z_loss)
    t = options.whole(rows, t, poly)
    t = options.smoothed(rows, x, t, label_smoothing)
    loss = soft_loss(rows, x, t, class_weights, poly)
    return rows.drop(loss + options.z_term(rows, x, z_loss))


def soft_loss(
    rows: Rows,
    x: jax.Array,
    t: jax.Array,
    class_weights: ArrayLike | None,
    poly: ArrayLike | None,
) -> jax.Array:
    """The loss against targets that are smoothed already, without the z-loss."""
    if class_weights is not None:
        t = t.astype(rows.dtype) * options.weights_of_rows(rows, x, class_weights)
    loss = against.cross_entropy(rows, x, t)
    if poly is None:
        return loss
    return loss + checks.as_scalar("poly", poly, rows.dtype) * against.miss(rows, x, t)


@jitted("axis", "axis_name", "ignore_index")
def softmax_cross_entropy_with_integer_labels(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    axis: int = -1,
    where: ArrayLike | None = None,
    ignore_index: int | None = None,
    class_weights: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    focal: ArrayLike | None = None,
    poly: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Cross-entropy of the softmax of logits against integer labels.

    $$ w_y \Bigl( -(1 - q_y)^\gamma \log q_y + \epsilon (1 - q_y) \Bigr)
       + \zeta \Bigl( \log \sum_k e^{l_k} \Bigr)^2, \qquad q = \mathrm{softmax}(l) $$

    with y the label, w the weights of the classes, gamma the exponent `focal`, epsilon
    the weight `poly` and zeta the weight `z_loss`. Without options it is -log q_y.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      labels: Classes y from 0 to K - 1, integers, shape of `logits` without `axis`.
      axis: Axis of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      ignore_index: Label of the examples to be ignored, a static int; `None` if there
        is none.
      class_weights: Weights w of the classes, shape `(K,)`, those of this shard if they
        are sharded; may be traced. `None` is one each.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the label; may be traced. `None` is none.
      focal: Exponent gamma, at least 0, of the focal loss; may be traced, and does not
        go with `label_smoothing`. `None` is none.
      poly: Weight of the first polynomial term, as in PolyLoss; may be traced. `None`
        is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      Loss of every example in nats, not averaged; shape of `labels`, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `labels` are not integers,
        `where` is not boolean, or an option is of the wrong type.
      ValueError: If the shape of `labels`, `where` or `class_weights` does not fit,
        `axis` is not a single valid axis, or `focal` meets `label_smoothing`.

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
      approaches 1; that of the focal loss is finite at saturated logits too, for every
      gamma. Two passes over the logits, a third if some row is nearly one-hot, two more
      with `label_smoothing`; no one-hot table is formed, and a table at all only if
      `class_weights` and `label_smoothing` meet.

      With `class_weights`, the weighted average of other libraries is the sum of the
      losses over the sum of `class_weights[labels]`.

    References:
      Bridle (1990), Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition.
      Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
      section 7 (label smoothing).
      Chowdhery et al. (2022), PaLM: scaling language modeling with pathways, section 5
      (z-loss).
      Lin et al. (2017), Focal loss for dense object detection, eq. (4).
      Leng et al. (2022), PolyLoss: a polynomial expansion perspective of classification
      loss functions, eq. (6).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy`: for probabilities as targets.
      `jaxinfo.losses.masked_mean`: the average over some of the examples.
      `jaxinfo.logits.self_information`: the loss for every label.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    x = options.whole(rows, x, label_smoothing, z_loss)
    classes = checks.of_labels(rows, x, labels, ignore_index)
    if ignore_index is not None:
        x = against.without_slope(x, classes.ignored)
    loss = label_loss(rows, x, classes, class_weights, label_smoothing, focal, poly)
    loss = loss + options.z_term(rows, x, z_loss)
    return rows.drop(options.counted(classes, loss))


def label_loss(
    rows: Rows,
    x: jax.Array,
    classes: checks.Labels,
    class_weights: ArrayLike | None,
    label_smoothing: ArrayLike | None,
    focal: ArrayLike | None,
    poly: ArrayLike | None,
) -> jax.Array:
    """The loss against labels, without the z-loss, whatever labels do not count."""
    length = against.label_cross_entropy(rows, x, classes.position, classes.here)
    loss = options.focused(length, focal)
    if poly is not None:
        loss += checks.as_scalar("poly", poly, rows.dtype) * lengths.miss(length)
    if class_weights is not None:
        weights = options.weights_of_rows(rows, x, class_weights)
        weight = jnp.take(weights.reshape(-1), classes.position)
        weight = rows.sum(jnp.where(classes.here, weight, 0.0))
        loss = lengths.weighted(weight, loss)
    if label_smoothing is None:
        return loss
    if focal is not None:
        raise ValueError(
            "`focal` does not go with `label_smoothing`, got both: the label that is "
            "smoothed has terms of all classes."
        )
    share = checks.as_share("label_smoothing", label_smoothing, rows.dtype)
    even = _even_loss(rows, x, class_weights, poly)
    # All of the share: the label does not matter, not even where it is impossible.
    return jnp.where(share < 1, (1.0 - share) * loss, 0.0) + share * even


def _even_loss(
    rows: Rows,
    x: jax.Array,
    class_weights: ArrayLike | None,
    poly: ArrayLike | None,
) -> jax.Array:
    """The loss against the uniform distribution over the classes that are present."""
    if class_weights is not None:
        return soft_loss(rows, x, options.uniform(rows, x), class_weights, poly)
    loss = against.uniform_cross_entropy(rows, x)
    if poly is None:
        return loss
    others = 1.0 - 1.0 / against.count_present(rows, x)
    return loss + checks.as_scalar("poly", poly, rows.dtype) * others
