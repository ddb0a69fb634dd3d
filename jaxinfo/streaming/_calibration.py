"""Whether predictions are as sure as they are right."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from jaxinfo import logits as of_logits
from jaxinfo._core import checks, doubles, values
from jaxinfo._core.doubles import Double
from jaxinfo._core.jit import jitted
from jaxinfo.streaming import _counts
from jaxinfo.streaming._counts import Count
from jaxinfo.streaming._means import as_values, quotient, total
from jaxinfo.streaming._metric import (
    Metric,
    check_dtype,
    merge,
    partitioned,
    state_dtype,
)

__all__ = ["Calibration", "calibration"]


class Reliability(NamedTuple):
    """State of a calibration: for each bin the sum of confidences, and two counts.

    Attributes:
      confidence: Sums of the confidences.
      correct: How many predictions were correct.
      counts: How many there were.
      squares: The sum over all bins of (confidence - correct)^2.
    """

    confidence: Double
    correct: Count
    counts: Count
    squares: Double


class Calibration(NamedTuple):
    """How far confidence is from accuracy, over all and in each bin of confidence.

    Attributes:
      expected_calibration_error: Mean over predictions of the distance between the
        confidence and the accuracy of their bin.
      maximum_calibration_error: The largest such distance of a bin.
      brier_score: Mean over predictions of (confidence - correct)^2.
      confidence: Mean confidence of each bin, 0 if it is empty.
      accuracy: Share of correct predictions of each bin, 0 if it is empty.
      counts: Number of predictions in each bin, exact.
    """

    expected_calibration_error: jax.Array
    maximum_calibration_error: jax.Array
    brier_score: jax.Array
    confidence: jax.Array
    accuracy: jax.Array
    counts: Count


def _bin_of(confidence: jax.Array, num_bins: int) -> jax.Array:
    """Bins are open on the left: one minus the number of right edges that are less."""
    inner = (np.arange(1, num_bins) / num_bins).astype(confidence.dtype)
    return jnp.searchsorted(inner, confidence, side="left")


@jitted()
@partitioned
def _accumulate(
    state: Reliability,
    confidences: ArrayLike,
    correct: ArrayLike,
    *,
    where: ArrayLike | None = None,
) -> Reliability:
    """The state after more predictions."""
    dtype, num_bins = state.squares.high.dtype, state.counts.low.shape[0]
    c = as_values("confidences", confidences, dtype)
    right = jnp.asarray(correct)
    if right.dtype != bool or right.shape != c.shape:
        raise TypeError(
            f"`correct` must be boolean, of the shape {c.shape} of `confidences`, "
            f"got {right.dtype} of shape {right.shape}."
        )
    mask = None if where is None else checks.check_mask(where, "confidences", c.shape)
    mask = checks.as_mask(mask, c.shape)
    known = (c >= 0) & (c <= 1)
    values.report(mask & ~known, "`confidences` is not in [0, 1] in entry {row}")
    c = jnp.where(mask, jnp.where(known, c, jnp.nan), 0.0)
    index = _bin_of(c, num_bins)
    bins = jnp.arange(num_bins, dtype=index.dtype)[:, None]
    chosen = mask.reshape(1, -1) & (index.reshape(1, -1) == bins)
    squares = jnp.where(mask, (c - right.astype(dtype)) ** 2, 0.0)
    return Reliability(
        doubles.add(state.confidence, total(jnp.where(chosen, c.reshape(1, -1), 0.0))),
        _counts.add(state.correct, _counts.counts(index, mask & right, num_bins)),
        _counts.add(state.counts, _counts.counts(index, mask, num_bins)),
        doubles.add(state.squares, total(squares.reshape(-1))),
    )


@jitted("ignore_index")
def _predictions(
    logits: ArrayLike,
    labels: ArrayLike,
    where: ArrayLike | None,
    *,
    ignore_index: int | None,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Confidence in the likeliest class, whether it is the label, and what counts."""
    logits = lax.stop_gradient(checks.as_floating("logits", logits))
    rows, (x,) = checks.of_logits(["logits"], [logits], -1, None, None)
    classes = checks.of_labels(rows, x, labels, ignore_index)
    confidence = jnp.exp(-of_logits.min_entropy(x))
    position, valid, ignored = (
        rows.drop(a) for a in (classes.position, classes.valid, classes.ignored)
    )
    confidence = jnp.where(valid, confidence, jnp.nan)
    mask = None if where is None else checks.check_mask(where, "labels", valid.shape)
    mask = checks.as_mask(mask, valid.shape) & ~ignored
    correct = jnp.argmax(x, axis=-1).astype(position.dtype) == position
    return confidence, correct, mask


@jitted()
def _report(state: Reliability) -> Calibration:
    dtype = state.squares.high.dtype
    number = _counts.as_double(state.counts, dtype)
    correct = _counts.as_double(state.correct, dtype)
    every = total(jnp.concatenate(number))
    minus = Double(-correct.high, -correct.low)
    # Both parts of both sums count where confidence is close to accuracy.
    off = doubles.add(state.confidence, minus)
    distances = quotient(off, number).high
    sign = jnp.where(off.high < 0, -1.0, 1.0).astype(dtype)
    apart = total(jnp.concatenate([off.high * sign, off.low * sign]))
    return Calibration(
        quotient(apart, every).high,
        jnp.max(jnp.abs(distances)),
        quotient(state.squares, every).high,
        quotient(state.confidence, number).high,
        quotient(correct, number).high,
        state.counts,
    )


def calibration(
    *,
    num_bins: int = 15,
    ignore_index: int | None = None,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Calibration of a stream of predictions: the expected calibration error.

    $$ \sum_b \frac{n_b}{n} \left| \mathrm{conf}_b - \mathrm{acc}_b \right| $$

    with b the bins ((b - 1) / B, b / B] of confidence, n_b the number of predictions in
    a bin, conf their mean confidence and acc the share of them that is correct.

    Args:
      num_bins: Number B of bins of equal width, a static int.
      ignore_index: Label of the examples that do not count, a static int; `None` if
        there is none.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, confidences, correct, where=None)` takes numbers from 0
      to 1 and booleans of one shape; `update(state, logits=..., labels=...)` takes
      logits `(..., K)` and integers, for the probability of the likeliest class.
      `result(state)` is a `Calibration`.

    Raises:
      TypeError: If `num_bins` is not an int, or `dtype` is another one. `update` raises
        for anything but one of the ways above.
      ValueError: If `num_bins` is less than 1.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.calibration(num_bins=2)
      >>> sure = jnp.array([0.9, 0.9, 0.6, 0.2])
      >>> right = jnp.array([True, True, False, False])
      >>> result = metric.result(metric.update(metric.init(), sure, right))
      >>> print(result.expected_calibration_error.round(3))
      0.15
      >>> print(result.accuracy.round(3), result.counts.to_numpy())
      [0.  0.667] [1 3]

    Notes:
      For two classes, give the probability of the second as the confidence, and
      whether it came: the bins are then those of a reliability diagram. A confidence
      out of [0, 1], a NaN or a label out of range makes its bin and the three means
      NaN; what `where` or `ignore_index` leaves out is absent. Of equally likely
      classes the first is taken. All is 0 while nothing has been seen.

      Counts are exact up to 2^64, sums are kept in two parts as in `mean`. An update
      forms a table of the bins times the predictions.

    References:
      Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks,
      eqs. (3) and (5).
      Brier (1950), Verification of forecasts expressed in terms of probability.

    See Also:
      `jaxinfo.streaming.cross_entropy`: a score that calibration is a part of.
    """
    if isinstance(num_bins, bool) or not isinstance(num_bins, int):
        raise TypeError(f"`num_bins` must be an int, got {type(num_bins).__name__}.")
    if num_bins < 1:
        raise ValueError(f"`num_bins` must be at least 1, got {num_bins}.")
    check_dtype(dtype)

    def init() -> Reliability:
        kind, shape = state_dtype(dtype), (num_bins,)
        return Reliability(
            doubles.zeros(shape, kind),
            _counts.zeros(shape),
            _counts.zeros(shape),
            doubles.zeros((), kind),
        )

    def update(
        state: Reliability,
        confidences: ArrayLike | None = None,
        correct: ArrayLike | None = None,
        *,
        logits: ArrayLike | None = None,
        labels: ArrayLike | None = None,
        where: ArrayLike | None = None,
    ) -> Reliability:
        if (
            logits is not None
            and labels is not None
            and confidences is None
            and correct is None
        ):
            confidences, correct, where = _predictions(
                logits, labels, where, ignore_index=ignore_index
            )
        elif (
            confidences is None
            or correct is None
            or logits is not None
            or labels is not None
        ):
            raise TypeError(
                "`update` must be given `confidences` and `correct`, or `logits` and "
                "`labels`."
            )
        return _accumulate(state, confidences, correct, where=where)

    return Metric(init, update, merge, _report)
