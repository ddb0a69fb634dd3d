"""Targets with few outcomes out of many: the largest of a teacher, or samples."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks
from jaxinfo._core import targets as against
from jaxinfo._core.checks import SparseTargets
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "SparseTargets",
    "sampled_targets",
    "softmax_cross_entropy_with_sparse_targets",
    "top_k_targets",
]


@jitted("k", "renormalized")
def top_k_targets(
    logits: ArrayLike, *, k: int, renormalized: bool = True
) -> SparseTargets:
    r"""The k most probable classes of a teacher, as targets.

    $$ t_i = \frac{p_i}{\sum_{j \in \mathrm{top}\,k} p_j}, \qquad
       p = \mathrm{softmax}(l) $$

    Args:
      logits: Logits l of the teacher, shape `(..., K)`.
      k: How many classes are kept, a static int.
      renormalized: Whether the probabilities that are kept are made to sum to one; if
        not, they stay p.

    Returns:
      `SparseTargets` with arrays of shape `(..., k)`; probabilities float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, or `k` is not an int.
      ValueError: If `k` is not between 1 and K.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.log(jnp.array([0.5, 0.1, 0.3, 0.1]))
      >>> classes, probs = jaxinfo.losses.top_k_targets(logits, k=2)
      >>> print(classes, probs.round(3))
      [0 2] [0.625 0.375]

    Notes:
      Biased: a student trained on them learns the head of the teacher, sharpened by
      the mass that was cut off, and gives nothing to the tail. The bias of the
      cross-entropy does not vanish with more data; `sampled_targets` has none. They
      carry no gradient.

    References:
      Anshumann et al. (2025), Sparse logit sampling: accelerating knowledge
      distillation in LLMs, section 3 (the bias of top-k).

    See Also:
      `jaxinfo.losses.sampled_targets`: unbiased, from samples.
    """
    x = _teacher(logits)
    if isinstance(k, bool) or not isinstance(k, int):
        raise TypeError(f"`k` must be an int, got {type(k).__name__}.")
    if not 1 <= k <= x.shape[-1]:
        raise ValueError(
            f"`k` must be between 1 and the number {x.shape[-1]} of classes, got {k}."
        )
    top, classes = lax.top_k(x, k)
    whole = top if renormalized else x
    total = jax.nn.logsumexp(whole, axis=-1, keepdims=True)
    return SparseTargets(classes, jnp.exp(top - total))


@jitted("num_samples")
def sampled_targets(
    key: jax.Array,
    logits: ArrayLike,
    *,
    num_samples: int,
    proposal_temperature: ArrayLike = 1.0,
) -> SparseTargets:
    r"""Classes sampled from a teacher, whose cross-entropy is unbiased.

    $$ t_i = \frac{1}{n} \sum_{s=1}^n \frac{p_i}{r_i} [i_s = i], \qquad
       i_s \sim r \propto p^{1/T}, \quad p = \mathrm{softmax}(l) $$

    Args:
      key: Key of the random numbers.
      logits: Logits l of the teacher, shape `(..., K)`.
      num_samples: How many classes n are drawn, with replacement; a static int.
      proposal_temperature: Temperature T of the distribution r that they are drawn
        from; above 1 the tail is seen more often. May be traced.

    Returns:
      `SparseTargets` with arrays of shape `(..., n)`; weights float32 or float64. A
      class drawn again has all its weight at the first draw, and 0 at the others.

    Raises:
      TypeError: If `logits` is not a floating-point array, or an option is of the wrong
        type.
      ValueError: If `num_samples` is not positive.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.log(jnp.array([0.5, 0.1, 0.3, 0.1]))
      >>> drawn = jaxinfo.losses.sampled_targets(
      ...     jax.random.key(0), logits, num_samples=1000
      ... )
      >>> print(drawn.probs.sum().round(3))
      1.0

    Notes:
      The expectation of t is p, so that of the cross-entropy against any student, and
      of its gradient, is that of the whole teacher; for T other than 1 the weights sum
      to one only on average. They carry no gradient.

    References:
      Anshumann et al. (2025), Sparse logit sampling: accelerating knowledge
      distillation in LLMs, section 4 (random sampling knowledge distillation).

    See Also:
      `jaxinfo.losses.top_k_targets`: the largest classes, biased.
    """
    x = _teacher(logits)
    if isinstance(num_samples, bool) or not isinstance(num_samples, int):
        raise TypeError(
            f"`num_samples` must be an int, got {type(num_samples).__name__}."
        )
    if num_samples < 1:
        raise ValueError(f"`num_samples` must be positive, got {num_samples}.")
    heat = checks.as_scalar("proposal_temperature", proposal_temperature, x.dtype)
    log_p = jax.nn.log_softmax(x, axis=-1)
    log_r = jax.nn.log_softmax(log_p / heat, axis=-1)
    drawn = jax.random.categorical(
        key, log_r[..., None, :], axis=-1, shape=(*x.shape[:-1], num_samples)
    )
    drawn = drawn.astype(jnp.int32)
    ratio = jnp.exp(jnp.take_along_axis(log_p - log_r, drawn, axis=-1)) / num_samples
    same = drawn[..., :, None] == drawn[..., None, :]
    times = jnp.sum(same, axis=-1, dtype=jnp.int32).astype(x.dtype)
    # The first index at which a class was drawn has all of its weight.
    place = lax.broadcasted_iota(jnp.int32, drawn.shape, drawn.ndim - 1)
    first = jnp.argmax(same, axis=-1).astype(jnp.int32) == place
    return SparseTargets(drawn, jnp.where(first, ratio * times, jnp.zeros_like(ratio)))


def _teacher(logits: ArrayLike) -> jax.Array:
    x = lax.stop_gradient(checks.as_floating("logits", logits))
    if not x.ndim:
        raise ValueError("`logits` must have an axis of classes, got a scalar.")
    return x.astype(checks.compute_dtype(x))


@jitted("axis_name")
def softmax_cross_entropy_with_sparse_targets(
    logits: ArrayLike,
    targets: SparseTargets,
    *,
    where: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Cross-entropy of the softmax of logits against a few classes.

    $$ -\sum_{i=1}^k t_i \log q_{y_i} + \zeta \Bigl( \log \sum_j e^{l_j} \Bigr)^2,
       \qquad q = \mathrm{softmax}(l) $$

    with y the classes, t their probabilities and zeta the weight `z_loss`.

    Args:
      logits: Logits l of the model, shape `(..., K)`.
      targets: `SparseTargets` with arrays of shape `(..., k)`, the batch of `logits`.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      axis_name: Mesh axis over which the classes are sharded, if they are; the targets
        count the classes of all shards.

    Returns:
      Loss of every example in nats, not averaged; shape of `logits` without the last
      axis, float32 or float64.

    Raises:
      TypeError: If `logits` or the probabilities are not floating-point arrays, or the
        classes are not integers.
      ValueError: If shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> targets = jaxinfo.losses.SparseTargets(
      ...     jnp.array([2, 0]), jnp.array([0.75, 0.25])
      ... )
      >>> loss = jaxinfo.losses.softmax_cross_entropy_with_sparse_targets(
      ...     jnp.array([0.0, 1.0, 2.0]), targets
      ... )
      >>> print(loss.round(3))
      0.908

    Notes:
      A class out of range gives NaN where it has mass; mass at an absent class gives
      +inf. The gradient in the logits is q sum(t) - t; that in the probabilities is
      -log q. No table of targets is formed.

    References:
      Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network,
      eq. (2).

    See Also:
      `jaxinfo.losses.top_k_targets`, `jaxinfo.losses.sampled_targets`: such targets.
      `jaxinfo.losses.softmax_cross_entropy`: for all probabilities.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], -1, where, axis_name)
    classes, probs = checks.of_sparse_targets(rows, x, targets)
    x = x.astype(rows.dtype)
    loss = against.sparse_cross_entropy(rows, x, probs, classes.position, classes.here)
    bad = jnp.any(~classes.valid & (probs != 0), axis=-1, keepdims=True)
    loss = jnp.where(bad, jnp.asarray(jnp.nan, loss.dtype), loss)
    if z_loss is not None:
        weight = checks.as_scalar("z_loss", z_loss, rows.dtype)
        loss = loss + weight * against.row_log_sum_exp(rows, x) ** 2
    return rows.drop(loss)
