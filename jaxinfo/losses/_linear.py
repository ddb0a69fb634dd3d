"""Losses from a linear head, whose logits are never all in memory."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.kernels import linear_head
from jaxinfo.losses._classification import (
    softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels,
)
from jaxinfo.losses._heads import Tokens, of_head, tile_of_classes
from jaxinfo.losses._report import (
    CrossEntropyReport,
    softmax_cross_entropy_with_report,
)
from jaxinfo.losses._sparse import (
    SparseTargets,
    softmax_cross_entropy_with_sparse_targets,
)

__all__ = [
    "linear_softmax_cross_entropy",
    "linear_softmax_cross_entropy_with_report",
]

_STATIC = ("ignore_index", "tiling", "tile_size", "axis_name")


class _Kind(NamedTuple):
    """What is static about the loss of a tile."""

    report: bool
    ignore_index: int | None
    axis_name: AxisName


class _Options(NamedTuple):
    label_smoothing: ArrayLike | None
    z_loss: ArrayLike | None


@jitted(*_STATIC)
def linear_softmax_cross_entropy(
    hidden: ArrayLike,
    kernel: ArrayLike,
    targets: ArrayLike | SparseTargets,
    *,
    bias: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    soft_cap: ArrayLike | None = None,
    tiling: str | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Cross-entropy of the softmax of a linear layer, without the table of logits.

    $$ -\sum_k t_k \log q_k + \zeta \Bigl( \log \sum_k e^{l_k} \Bigr)^2,
       \qquad q = \mathrm{softmax}(l), \quad l = h W + b $$

    with h the hidden row of a token, or summed over tokens with `weights`.

    Args:
      hidden: Hidden rows h, shape `(..., D)`.
      kernel: Weights W of the layer, shape `(D, V)`, V the size of the vocabulary.
      targets: Labels, integers of shape `(...)`; or probabilities, shape `(..., V)`; or
        `SparseTargets` with arrays of shape `(..., k)`.
      bias: Bias b of the layer, shape `(V,)`; -inf marks an absent class.
      where: Boolean mask of shape `(V,)`; false marks an absent class, say padding of
        the vocabulary.
      weights: Weights of the tokens, of the shape of the batch; `mask / mask.sum()`
        makes a mean. A token of weight 0 is absent. `None` keeps the tokens apart.
      ignore_index: Label of the tokens to be ignored, a static int; `None` if there is
        none.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      soft_cap: Bound c of the logits, c tanh(l / c) in place of l; may be traced.
      tiling: `"tokens"` or `"vocabulary"`, a static string; `None` is `"tokens"`.
      tile_size: How many tokens, or classes, a tile has at most; a static int.
      axis_name: Mesh axis over which the vocabulary is sharded, if it is; labels count
        the classes of all shards.

    Returns:
      Loss of every token in nats, shape of `hidden` without its last axis; with
      `weights` their weighted sum, a scalar. float32 or float64.

    Raises:
      TypeError: If `hidden`, `kernel` or `bias` is not a floating-point array, or an
        option is of the wrong type.
      ValueError: If shapes do not fit, `tiling` is neither of the two, or it does not
        go with such targets.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> hidden = jnp.array([[1.0, 0.0], [0.0, 2.0], [0.5, 0.5]])
      >>> kernel = jnp.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
      >>> labels = jnp.array([0, 1, -1])
      >>> loss = jaxinfo.losses.linear_softmax_cross_entropy(
      ...     hidden, kernel, labels, ignore_index=-1
      ... )
      >>> print(loss.round(3))
      [0.408 0.408 0.   ]

      The mean over the labels that count, as a training step takes it:

      >>> mask = jnp.array([1.0, 1.0, 0.0])
      >>> def mean_loss(kernel):
      ...     return jaxinfo.losses.linear_softmax_cross_entropy(
      ...         hidden, kernel, labels, ignore_index=-1, weights=mask / mask.sum()
      ...     )
      >>> loss, gradient = jax.value_and_grad(mean_loss)(kernel)
      >>> print(loss.round(3), gradient.shape)
      0.408 (2, 3)

    Notes:
      With `weights` each tile of tokens makes its part of the gradient while its logits
      are there: three matrix products in all, the least there is, and memory for a tile
      and the gradient of the kernel. Without, tiles are computed anew in the backward
      pass: four products. A tile of tokens has a quarter of them, at least 256 and at
      most 2048, and on the CPU no more than holds 2^24 logits; a tile of the vocabulary
      has 8192 classes. Tiles of the vocabulary need less
      memory if tokens are few and classes many; they take labels and sparse targets,
      and give derivatives in reverse mode only. Tiles of tokens have every derivative.

      The gradient is that in `hidden`, `kernel`, `bias` and `weights`; targets and
      options are constants. Half precision is multiplied as it is, summed
      in float32, and the slope in the logits is rounded before it is multiplied;
      float32 is multiplied in full, never in TF32. The sums of the kernel's gradient
      are float32 even if the kernel is not.

      A label out of range gives NaN, unless it is `ignore_index`, which has loss 0 and
      gradient 0, whatever the hidden row holds. Arrays that are sharded under plain
      `jit` are not gathered with tiles of tokens, along neither tokens nor classes.

    References:
      Wijmans et al. (2025), Cut your losses in large-vocabulary language models,
      section 4 (tiles of the vocabulary).
      Hsu et al. (2024), Liger kernel: efficient Triton kernels for LLM training,
      section 3.2 (the gradient in the forward pass).

    See Also:
      `jaxinfo.losses.linear_softmax_cross_entropy_with_report`: with its parts.
      `jaxinfo.losses.softmax_cross_entropy_with_integer_labels`: from logits.
    """
    tokens, targets = _of_tokens(
        hidden, kernel, bias, where, soft_cap, targets, weights, ignore_index, axis_name
    )
    if isinstance(targets, SparseTargets) and label_smoothing is not None:
        raise ValueError("`label_smoothing` does not go with `SparseTargets`.")
    kind = _Kind(False, ignore_index, axis_name)
    options = _Options(label_smoothing, z_loss)
    checks.option("tiling", tiling or "tokens", ("tokens", "vocabulary"))
    if tiling == "vocabulary":
        loss = _from_statistics(tokens, targets, kind, options, tile_size)
        if tokens.weights is not None:
            return tokens.total(loss)
        return tokens.unflatten(loss)
    loss, _ = tokens.run(functools.partial(_loss, kind), targets, options, tile_size)
    return loss


@jitted("ignore_index", "tile_size", "axis_name")
def linear_softmax_cross_entropy_with_report(
    hidden: ArrayLike,
    kernel: ArrayLike,
    targets: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: ArrayLike | None = None,
    z_loss: ArrayLike | None = None,
    soft_cap: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> tuple[jax.Array, CrossEntropyReport]:
    r"""Cross-entropy of the softmax of a linear layer against targets, and its parts.

    $$ -\sum_k t_k \log q_k = H(t) + D(t \,\|\, q), \qquad
       q = \mathrm{softmax}(h W + b) $$

    Args:
      hidden: Hidden rows h, shape `(..., D)`.
      kernel: Weights W of the layer, shape `(D, V)`, V the size of the vocabulary.
      targets: Labels, integers of shape `(...)`, or probabilities, shape `(..., V)`.
      bias: Bias b of the layer, shape `(V,)`; -inf marks an absent class.
      where: Boolean mask of shape `(V,)`; false marks an absent class.
      weights: Weights of the tokens, of the shape of the batch. A token of weight 0 is
        absent. `None` keeps the tokens apart.
      ignore_index: Label of the tokens to be ignored, a static int; `None` if there is
        none.
      label_smoothing: Share, between 0 and 1, of the uniform distribution over the
        classes present that is mixed into the targets; may be traced. `None` is none.
      z_loss: Weight of the squared log-sum-exp; may be traced. `None` is none.
      soft_cap: Bound c of the logits, c tanh(l / c) in place of l; may be traced.
      tile_size: How many tokens a tile has at most; a static int.
      axis_name: Mesh axis over which the vocabulary is sharded, if it is.

    Returns:
      The loss, equal to that of `linear_softmax_cross_entropy`, and a
      `CrossEntropyReport` of every token, shape of `hidden` without its last axis.

    Raises:
      TypeError: If `hidden`, `kernel` or `bias` is not a floating-point array, or an
        option is of the wrong type.
      ValueError: If shapes do not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> hidden = jnp.array([[1.0, 0.0], [0.0, 2.0]])
      >>> kernel = jnp.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
      >>> loss, report = jaxinfo.losses.linear_softmax_cross_entropy_with_report(
      ...     hidden, kernel, jnp.array([0, 1]), weights=jnp.array([0.5, 0.5])
      ... )
      >>> print(loss.round(3), report.prediction_entropy.round(3), report.accuracy)
      0.408 [0.832 0.832] [1. 1.]

    Notes:
      The parts come from the tile that the loss has in hand. With `weights` they are
      constants, and 0 for a token of weight 0; without, they can be differentiated.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.losses.linear_softmax_cross_entropy`: the loss alone.
      `jaxinfo.losses.softmax_cross_entropy_with_report`: from logits.
    """
    if isinstance(targets, SparseTargets):
        raise TypeError("`targets` must be labels or probabilities, got SparseTargets.")
    tokens, targets = _of_tokens(
        hidden, kernel, bias, where, soft_cap, targets, weights, ignore_index, axis_name
    )
    kind = _Kind(True, ignore_index, axis_name)
    options = _Options(label_smoothing, z_loss)
    return tokens.run(functools.partial(_loss, kind), targets, options, tile_size)


def _of_tokens(
    hidden: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None,
    where: ArrayLike | None,
    soft_cap: ArrayLike | None,
    targets: Any,
    weights: ArrayLike | None,
    ignore_index: int | None,
    axis_name: AxisName,
) -> tuple[Tokens, Any]:
    """The layer and its targets, checked, with one axis of tokens."""
    names = ("hidden", "kernel", "bias")
    tokens = of_head(names, hidden, kernel, bias, where, soft_cap, weights, axis_name)
    if isinstance(targets, SparseTargets):
        targets = SparseTargets(*map(jnp.asarray, targets))
        for x in targets:
            tokens.check_batch("targets", x, 1)
    else:
        targets = jnp.asarray(targets)
        whole = jnp.issubdtype(targets.dtype, jnp.integer)
        tokens.check_batch("targets", targets, 0 if whole else 1)
        if whole and ignore_index is not None:
            tokens = tokens.without(targets == ignore_index)
    return tokens, jax.tree.map(jax.lax.stop_gradient, tokens.flatten(targets))


def _loss(kind: _Kind, x: jax.Array, targets: Any, options: _Options) -> tuple:
    """The loss of a tile, from its logits, and the report or nothing."""
    more: dict[str, Any] = {"axis_name": kind.axis_name, "z_loss": options.z_loss}
    if isinstance(targets, SparseTargets):
        loss = softmax_cross_entropy_with_sparse_targets(x, targets, **more)
        return loss, None
    more["label_smoothing"] = options.label_smoothing
    if jnp.issubdtype(targets.dtype, jnp.integer):
        more["ignore_index"] = kind.ignore_index
    if kind.report:
        return softmax_cross_entropy_with_report(x, targets, **more)
    if "ignore_index" in more:
        return softmax_cross_entropy_with_integer_labels(x, targets, **more), None
    return softmax_cross_entropy(x, targets, **more), None


def _from_statistics(
    tokens: Tokens, targets: Any, kind: _Kind, options: _Options, size: int | None
) -> jax.Array:
    """The loss of every token from tiles of the vocabulary."""
    few = _as_few(targets)
    place = checks.place_labels(
        tokens.head.kernel.shape[1], few.classes, kind.ignore_index, kind.axis_name
    )
    stats = linear_head.target_statistics(
        tokens.head,
        jnp.where(place.here, place.position, -1),
        classes=tile_of_classes(size),
        axis_name=kind.axis_name,
    )
    counts = few.probs != 0
    probs = few.probs.astype(stats.entropy.dtype)
    zero = jnp.zeros_like(stats.entropy)
    loss = jnp.sum(jnp.where(counts, probs * stats.code_length, 0.0 * probs), axis=-1)
    if options.label_smoothing is not None:
        share = checks.as_share("label_smoothing", options.label_smoothing, loss.dtype)
        loss = jnp.where(share < 1, (1.0 - share) * loss, zero) + share * stats.uniform
    if options.z_loss is not None:
        weight = checks.as_scalar("z_loss", options.z_loss, loss.dtype)
        loss = loss + weight * stats.log_sum_exp**2
    loss = jnp.where(jnp.any(place.ignored, axis=-1), zero, loss)
    bad = jnp.any(~(place.valid | place.ignored) & counts, axis=-1)
    return jnp.where(bad, zero + jnp.nan, loss)


def _as_few(targets: Any) -> SparseTargets:
    """Labels as targets with one class each."""
    if isinstance(targets, SparseTargets):
        return targets
    if not jnp.issubdtype(targets.dtype, jnp.integer):
        raise ValueError(
            "`tiling` must be 'tokens' for a table of probabilities as `targets`, "
            "got 'vocabulary'."
        )
    return SparseTargets(targets[:, None], jnp.ones_like(targets[:, None], "float32"))
