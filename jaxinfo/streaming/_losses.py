"""Means of losses and entropies, one number a token."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from jaxinfo import logits as of_logits
from jaxinfo._core import checks, tables, units
from jaxinfo._core import targets as against
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import Rows
from jaxinfo.streaming._means import (
    Mean,
    accumulate,
    empty_mean,
    mean_of,
    quotient,
)
from jaxinfo.streaming._metric import Metric, check_dtype, merge

__all__ = ["cross_entropy", "entropy", "kl_divergence", "perplexity"]


@jitted("ignore_index")
def _of_labels(
    logits: ArrayLike,
    labels: ArrayLike,
    where: ArrayLike | None,
    *,
    ignore_index: int | None,
) -> tuple[jax.Array, jax.Array]:
    """The loss of every label, NaN if it is out of range, and whether it counts."""
    logits = lax.stop_gradient(checks.as_floating("logits", logits))
    rows, (x,) = checks.of_logits(["logits"], [logits], -1, None, None)
    classes = checks.of_labels(rows, x, labels, ignore_index)
    loss = against.label_cross_entropy(rows, x, classes.position, classes.here)
    loss = rows.drop(jnp.where(classes.valid, loss, jnp.nan))
    mask = None if where is None else checks.check_mask(where, "labels", loss.shape)
    return loss, checks.as_mask(mask, loss.shape) & ~rows.drop(classes.ignored)


@jitted("verb")
def _of_targets(
    logits: ArrayLike, targets: ArrayLike, *, verb: Callable[..., jax.Array]
) -> jax.Array:
    """The cross-entropy or the divergence of every row from its targets."""
    logits = lax.stop_gradient(checks.as_floating("logits", logits))
    rows, x, t = checks.of_targets(logits, targets, -1, None, None)
    return rows.drop(verb(rows, x, lax.stop_gradient(t)))


def _divergence(rows: Rows, x: jax.Array, t: jax.Array) -> jax.Array:
    cross_entropy, entropy = against.cross_entropy(rows, x, t), tables.entropy(rows, t)
    return against.kl_divergence(rows, x, t, cross_entropy, entropy)


def _unexpected(expected: str, **arguments: ArrayLike | None) -> TypeError:
    got = [f"`{name}`" for name, x in arguments.items() if x is not None]
    return TypeError(
        f"`update` must be given `values`, one number a token, or {expected}, "
        f"got {', '.join(got) or 'neither'}."
    )


def _update_losses(
    state: Mean,
    values: ArrayLike | None = None,
    *,
    logits: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    targets: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ignore_index: int | None,
) -> Mean:
    """The state of a mean of cross-entropies after more tokens."""
    if sum(x is not None for x in (values, labels, targets)) != 1 or (
        (logits is None) != (values is not None)
    ):
        raise _unexpected(
            "`logits` and one of `labels` and `targets`",
            values=values,
            logits=logits,
            labels=labels,
            targets=targets,
        )
    if logits is not None and labels is not None:
        values, where = _of_labels(logits, labels, where, ignore_index=ignore_index)
    elif logits is not None and targets is not None:
        values = _of_targets(logits, targets, verb=against.cross_entropy)
    return accumulate(state, values, where=where, weights=weights)


def cross_entropy(
    *,
    ignore_index: int | None = None,
    base: float | None = None,
    empty: ArrayLike = 0.0,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Mean cross-entropy of a stream of tokens.

    $$ \frac{\sum_i w_i \ell_i}{\sum_i w_i}, \qquad \ell_i = -\log q_i(y_i) $$

    over all tokens seen, with w their weights, 1 unless given.

    Args:
      ignore_index: Label of the tokens that do not count, a static int; `None` if there
        is none.
      base: Base of the logarithm of the result; `None` is nats, 2 is bits.
      empty: The result while no token has been seen, a real scalar.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, values, where=None, weights=None)` takes one loss a
      token in nats, of any shape, from any loss of `jaxinfo.losses`;
      `update(state, logits=..., labels=...)` or `targets=` takes logits `(..., K)` with
      integer labels or probabilities. `where` (boolean) and `weights` broadcast to the
      tokens. `result(state)` is a scalar.

    Raises:
      TypeError: If `base` is not a number, or `dtype` is another one. `update` raises
        for anything but one of the ways above.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.cross_entropy(ignore_index=-1, base=2)
      >>> state = metric.init()
      >>> labels = jnp.array([0, 3, -1])
      >>> state = metric.update(state, logits=jnp.zeros((3, 4)), labels=labels)
      >>> print(metric.result(state).round(3))
      2.0

    Notes:
      The mean is over tokens, not over batches: batches of any length may be merged in
      any order. A label out of range gives NaN, one at an absent class +inf, as in the
      losses; what `where`, a weight of 0 or `ignore_index` leaves out is absent, NaN
      included. Values that come from a loss with `ignore_index` are 0 at ignored
      tokens: leave those out with `where`, or give logits and labels here.

      Digits and counts are those of `mean`. Give values where the vocabulary is
      sharded, smoothed, or never has logits (linear heads).

    References:
      Bridle (1990), Probabilistic interpretation of feedforward classification network
      outputs, with relationships to statistical pattern recognition.

    See Also:
      `jaxinfo.streaming.perplexity`: the exponential of it.
      `jaxinfo.streaming.mean`: of a report of several numbers a token.
    """
    check_dtype(dtype)
    units.check_base(base)
    return Metric(
        init=lambda: empty_mean(0.0, dtype),
        update=functools.partial(_update_losses, ignore_index=ignore_index),
        merge=merge,
        result=lambda state: mean_of(state, empty=empty, base=base),
    )


def perplexity(
    *,
    ignore_index: int | None = None,
    empty: ArrayLike = 1.0,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Perplexity of a stream of tokens.

    $$ \exp \frac{\sum_i w_i \ell_i}{\sum_i w_i}, \qquad \ell_i = -\log q_i(y_i) $$

    over all tokens seen, with w their weights, 1 unless given.

    Args:
      ignore_index: Label of the tokens that do not count, a static int; `None` if there
        is none.
      empty: The result while no token has been seen, a real scalar.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update` is that of `cross_entropy`, values in nats;
      `result(state)` is a scalar without a unit.

    Raises:
      TypeError: If `dtype` is another one. `update` raises for anything but what
        `cross_entropy` takes.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.perplexity()
      >>> one = metric.update(metric.init(), jnp.array([5.0]))
      >>> many = metric.update(metric.init(), jnp.zeros(99))
      >>> print(metric.result(metric.merge(one, many)).round(3))
      1.051

    Notes:
      The exponential is taken once, of the mean over all tokens: neither of a sum over
      a batch, which overflows, nor of a mean over batches, which counts a short one as
      much as a long one. It is +inf if a token was impossible, and keeps its digits
      where the mean is large. All else is as in `cross_entropy`.

    References:
      Jelinek, Mercer, Bahl and Baker (1977), Perplexity: a measure of the difficulty of
      speech recognition tasks.

    See Also:
      `jaxinfo.streaming.cross_entropy`: its logarithm.
      `jaxinfo.logits.perplexity`: of each distribution by itself.
    """
    check_dtype(dtype)
    return Metric(
        init=lambda: empty_mean(0.0, dtype),
        update=functools.partial(_update_losses, ignore_index=ignore_index),
        merge=merge,
        result=lambda state: _exponential(state, empty=empty),
    )


@jitted()
def _exponential(state: Mean, *, empty: ArrayLike) -> jax.Array:
    """The exponential of the mean; the second part of the mean counts in it too."""
    mean = quotient(state.totals, state.weight)
    value = jnp.exp(mean.high)
    value = jnp.where(jnp.isfinite(value), value + value * mean.low, value)
    nothing = checks.as_scalar("empty", empty, value.dtype)
    return jnp.where(state.weight.high == 0, nothing, value)


def _update_divergences(
    state: Mean,
    values: ArrayLike | None = None,
    *,
    logits: ArrayLike | None = None,
    targets: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Mean:
    """The state of a mean of divergences after more tokens."""
    if (values is None) == (logits is None) or (logits is None) != (targets is None):
        expected = "`logits` and `targets`"
        raise _unexpected(expected, values=values, logits=logits, targets=targets)
    if logits is not None and targets is not None:
        values = _of_targets(logits, targets, verb=_divergence)
    return accumulate(state, values, where=where, weights=weights)


def kl_divergence(
    *,
    base: float | None = None,
    empty: ArrayLike = 0.0,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Mean Kullback-Leibler divergence of a stream of tokens.

    $$ \frac{\sum_i w_i \, D(t_i \,\|\, q_i)}{\sum_i w_i} $$

    over all tokens seen, with w their weights, 1 unless given.

    Args:
      base: Base of the logarithm of the result; `None` is nats, 2 is bits.
      empty: The result while no token has been seen, a real scalar.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, values, where=None, weights=None)` takes one divergence
      a token in nats, such as `jaxinfo.logits.kl_divergence` of two models;
      `update(state, logits=..., targets=...)` takes logits of q and probabilities t,
      both `(..., K)`. `where` (boolean) and `weights` broadcast to the tokens.
      `result(state)` is a scalar.

    Raises:
      TypeError: If `base` is not a number, or `dtype` is another one. `update` raises
        for anything but one of the ways above.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.kl_divergence()
      >>> targets = jnp.array([[0.5, 0.25, 0.25]])
      >>> logits = jnp.log(targets) + jnp.array([[1e-3, 0.0, 0.0]])
      >>> state = metric.update(metric.init(), logits=logits, targets=targets)
      >>> print(f"{metric.result(state):.3e}")
      1.250e-07

    Notes:
      The divergences of tokens are summed, each accurate by itself: the difference of
      a mean cross-entropy and a mean entropy would have no digit left where the model
      is good. All else is as in `cross_entropy`.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.streaming.mean`: of a report that has cross-entropy, entropy and
      divergence, in one state.
    """
    check_dtype(dtype)
    units.check_base(base)
    return Metric(
        init=lambda: empty_mean(0.0, dtype),
        update=_update_divergences,
        merge=merge,
        result=lambda state: mean_of(state, empty=empty, base=base),
    )


def _update_entropies(
    state: Mean,
    values: ArrayLike | None = None,
    *,
    logits: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Mean:
    """The state of a mean of entropies after more tokens."""
    if (values is None) == (logits is None):
        raise _unexpected("`logits`", values=values, logits=logits)
    if logits is not None:
        x = lax.stop_gradient(checks.as_floating("logits", logits))
        values = of_logits.entropy(x)
    return accumulate(state, values, where=where, weights=weights)


def entropy(
    *,
    base: float | None = None,
    empty: ArrayLike = 0.0,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Mean entropy of the predictions in a stream of tokens.

    $$ \frac{\sum_i w_i \, H(q_i)}{\sum_i w_i} $$

    over all tokens seen, with w their weights, 1 unless given.

    Args:
      base: Base of the logarithm of the result; `None` is nats, 2 is bits.
      empty: The result while no token has been seen, a real scalar.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, values, where=None, weights=None)` takes one entropy a
      token in nats, of any shape; `update(state, logits=...)` takes logits `(..., K)`.
      `where` (boolean) and `weights` broadcast to the tokens. `result(state)` is a
      scalar.

    Raises:
      TypeError: If `base` is not a number, or `dtype` is another one. `update` raises
        for anything but one of the ways above.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.entropy(base=2)
      >>> logits = jnp.array([[0.0, 0.0], [0.0, -jnp.inf]])
      >>> state = metric.update(metric.init(), logits=logits)
      >>> print(metric.result(state))
      0.5

    Notes:
      How unsure the model is of a token, on average. It is not the entropy of the
      stream itself: that is `jaxinfo.entropy` of the result of `histogram`. All else is
      as in `cross_entropy`.

    References:
      Shannon (1948), A mathematical theory of communication, section 6.

    See Also:
      `jaxinfo.streaming.histogram`: how often each value came.
      `jaxinfo.logits.entropy`: of each distribution.
    """
    check_dtype(dtype)
    units.check_base(base)
    return Metric(
        init=lambda: empty_mean(0.0, dtype),
        update=_update_entropies,
        merge=merge,
        result=lambda state: mean_of(state, empty=empty, base=base),
    )
