"""The loss of events that are independent of each other."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, lengths
from jaxinfo._core.jit import jitted
from jaxinfo.losses import _options as options

__all__ = ["sigmoid_cross_entropy"]


@jitted()
def sigmoid_cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    where: ArrayLike | None = None,
    class_weights: ArrayLike | None = None,
    label_smoothing: ArrayLike | None = None,
    focal: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
) -> jax.Array:
    r"""Cross-entropy of events, each with a logit of its own, entry by entry.

    $$ -t \log s - (1 - t) \log(1 - s) + \zeta \log^2(1 + e^l),
       \qquad s = \frac{1}{1 + e^{-l}} $$

    with t the targets and zeta the weight `z_loss`.

    Args:
      logits: Logits l of the events, of any shape.
      targets: Probabilities t of the events, floats of the shape of `logits`.
      where: Boolean mask that broadcasts to the logits; false marks an event that does
        not count: loss and gradient are 0.
      class_weights: Weights, shape (2,), of the terms of 1 - t and of t; may be traced.
        `None` is one each.
      label_smoothing: Share, between 0 and 1, of 1/2 that is mixed into the targets;
        may be traced. `None` is none.
      focal: Exponent gamma, at least 0, of the focal loss: the terms are multiplied by
        s^gamma and by (1 - s)^gamma, the probability of what did not happen; may be
        traced. `None` is none.
      z_loss: Weight of the squared log-normalizer log(1 + e^l), the log-sum-exp of the
        logits (l, 0); may be traced. `None` is none.

    Returns:
      Loss of every event in nats, not summed; shape of `logits`, float32 or float64.

    Raises:
      TypeError: If `logits` or `targets` is not a floating-point array, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If the shapes of `targets` and `logits` differ, or the shape of
        `where` or `class_weights` is not valid.

    Examples:
      Two of three tags are there:

      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([2.0, -1.0, 0.0])
      >>> targets = jnp.array([1.0, 0.0, 1.0])
      >>> jaxinfo.losses.sigmoid_cross_entropy(logits, targets).round(3).tolist()
      [0.127, 0.313, 0.693]
      >>> def total(logits):
      ...     return jaxinfo.losses.sigmoid_cross_entropy(logits, targets).sum()
      >>> print(jax.grad(total)(logits).round(3))
      [-0.119  0.269 -0.5  ]

    Notes:
      A logit of +inf or -inf is an event that is certain or impossible: the loss is 0
      where the target says so too, else +inf. The gradient in the logits is s - t,
      accurate also where it is small because s is close to 0, 1/2 or 1; in the targets
      it is -l, and 0 where that is infinite and the loss is 0.

      The focal loss is an expectation over the event. At targets 0 and 1 it is that of
      Lin et al., whose alpha is `class_weights=(1 - alpha, alpha)`; in between some
      libraries take the exponent of the mixture (1 - t) s + t (1 - s) instead. The
      `pos_weight` of other libraries is `class_weights=(1, pos_weight)`.

      Integer and boolean targets are refused: `targets.astype(logits.dtype)`.

    References:
      Goodfellow, Bengio and Courville (2016), Deep Learning, section 6.2.2.2.
      Lin et al. (2017), Focal loss for dense object detection, eqs. (4) and (5).
      Szegedy et al. (2016), Rethinking the Inception architecture for computer vision,
      section 7 (label smoothing).

    See Also:
      `jaxinfo.losses.softmax_cross_entropy`: for classes that exclude each other.
      `jaxinfo.logits.binary_kl_divergence`: of two logits, (p, q).
    """
    x, t, here = checks.of_events(logits, targets, where)
    if label_smoothing is not None:
        share = checks.as_share("label_smoothing", label_smoothing, x.dtype)
        t = (1.0 - share) * t + 0.5 * share
    if class_weights is None and focal is None:
        loss = binary.cross_entropy_of_logits(x, t)
    else:
        loss = _weighted(x, t, class_weights, focal)
    if z_loss is not None:
        weight = checks.as_scalar("z_loss", z_loss, x.dtype)
        loss += weight * binary.softplus(x) ** 2
    return jnp.where(here, loss, 0.0)


def _weighted(
    x: jax.Array,
    t: jax.Array,
    class_weights: ArrayLike | None,
    focal: ArrayLike | None,
) -> jax.Array:
    """The terms of the event and of its complement, each with its weights."""
    shares = jnp.stack([1.0 - t, t])
    if class_weights is not None:
        weights = options.class_weights(class_weights, (2,), x.dtype)
        shares *= weights.reshape(2, *(1,) * x.ndim)
    length = options.focused(binary.softplus(jnp.stack([x, -x])), focal)
    return jnp.sum(lengths.weighted(shares, length), axis=0)
