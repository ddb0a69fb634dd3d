"""What is counted: pairs of classes, and values in bins."""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from jaxinfo import probs
from jaxinfo._core import checks, doubles, units, values
from jaxinfo._core.doubles import Double
from jaxinfo._core.jit import jitted
from jaxinfo.streaming import _counts
from jaxinfo.streaming._counts import Count
from jaxinfo.streaming._metric import (
    Metric,
    check_dtype,
    merge,
    partitioned,
    state_dtype,
)

__all__ = ["Histogram", "histogram", "mutual_information", "shares"]


def shares(count: Count, dtype: str) -> jax.Array:
    """The counts over their sum, each rounded once; 0 if there are none."""
    number = _counts.as_double(count, dtype)
    parts = jnp.concatenate([part.reshape(-1) for part in number])
    every = doubles.total(parts, lambda x: jnp.sum(x, keepdims=True), cuts=3)
    every = Double(*(jnp.broadcast_to(x[0], count.low.shape) for x in every))
    return doubles.quotient(number, every).high


class Pairs(NamedTuple):
    """State of a mutual information.

    Attributes:
      counts: How often every pair of classes came, shape `(X, Y)`.
      invalid: How many pairs had a class out of range.
    """

    counts: Count
    invalid: Count


def _shape(num_classes: int | tuple[int, int]) -> tuple[int, int]:
    pair = num_classes if isinstance(num_classes, tuple) else (num_classes,) * 2
    try:
        x, y = (operator.index(n) for n in pair)
    except (TypeError, ValueError):
        raise TypeError(
            "`num_classes` must be an int or a tuple of two, the numbers of classes of "
            f"x and y, got {num_classes!r}."
        ) from None
    if min(x, y) < 1 or x * y >= 2**31:
        raise ValueError(
            "`num_classes` must be at least 1, and fewer than 2**31 pairs, "
            f"got {num_classes!r}."
        )
    return x, y


def _symbols(name: str, x: ArrayLike, size: int) -> tuple[jax.Array, jax.Array]:
    """Classes as 32-bit integers, clipped into range, and which are in range."""
    if isinstance(x, list | tuple):
        raise TypeError(f"`{name}` must be an array, got a {type(x).__name__}.")
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(f"`{name}` must be integers, got dtype {x.dtype}.")
    # Compared before the cast, and only with what the dtype holds.
    valid = x >= 0
    if size <= jnp.iinfo(x.dtype).max:
        valid &= x < size
    return jnp.where(valid, x, jnp.zeros_like(x)).astype(jnp.int32), valid


@jitted()
@partitioned
def _update_pairs(
    state: Pairs, x: ArrayLike, y: ArrayLike, *, where: ArrayLike | None = None
) -> Pairs:
    """The state after more pairs."""
    shape = state.counts.low.shape
    (a, a_valid), (b, b_valid) = (
        _symbols(name, symbols, size)
        for name, symbols, size in zip("xy", (x, y), shape, strict=True)
    )
    if a.shape != b.shape:
        raise ValueError(
            f"`x` and `y` must have the same shape, got {a.shape} and {b.shape}."
        )
    mask = None if where is None else checks.check_mask(where, "x", a.shape)
    mask, valid = checks.as_mask(mask, a.shape), a_valid & b_valid
    values.report(mask & ~valid, "`x` or `y` is out of range in entry {row}")
    new = _counts.counts(a * shape[1] + b, mask & valid, shape[0] * shape[1])
    new = Count(*(part.reshape(shape) for part in new))
    invalid = _counts.counted(mask & ~valid)
    return merge(state, Pairs(new, invalid))


@jitted("base", "dtype")
def _information(
    state: Pairs, *, empty: ArrayLike, base: float | None, dtype: str
) -> jax.Array:
    table = shares(state.counts, dtype)
    result = probs.mutual_information(table, base=base)
    nothing = checks.as_scalar("empty", empty, dtype)
    result = jnp.where(jnp.max(table) > 0, result, nothing)
    bad = (state.invalid.low | state.invalid.high) != 0
    return jnp.where(bad, jnp.nan, result)


def mutual_information(
    num_classes: int | tuple[int, int],
    *,
    base: float | None = None,
    empty: ArrayLike = 0.0,
    dtype: DTypeLike | None = None,
) -> Metric:
    r"""Mutual information of two streams of classes, from the table of their pairs.

    $$ \sum_{x, y} \frac{n_{xy}}{n} \log \frac{n \, n_{xy}}{n_x \, n_y} $$

    with n_xy how often the pair (x, y) has come.

    Args:
      num_classes: Number of classes of x and of y, a static int, or a tuple of both.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      empty: The result while no pair has been seen, a real scalar.
      dtype: Type of the result: float32 or float64. `None` is float64 if
        `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, x, y, where=None)` takes integers from 0 of one shape,
      and a boolean mask that broadcasts to it; `result(state)` is a scalar. The table
      is `state.counts`, a `Count` of shape `(X, Y)`.

    Raises:
      TypeError: If `num_classes` is not an int or a tuple of two, `base` not a number,
        or `dtype` another one.
      ValueError: If `num_classes` or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.mutual_information(num_classes=(2, 3), base=2)
      >>> x, y = jnp.array([0, 0, 1, 1]), jnp.array([2, 2, 0, 0])
      >>> state = metric.update(metric.init(), x, y)
      >>> print(metric.result(state))
      1.0
      >>> print(state.counts.to_numpy())
      [[0 0 2]
       [2 0 0]]

    Notes:
      Counts are exact up to 2^64. The state has 8 bytes a pair of classes. A class out
      of range makes the result NaN; what `where` leaves out is absent.

      It is the plug-in estimate: for n independent pairs it is too large by about
      (X - 1) (Y - 1) / (2 n) nats.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.28).
      Miller (1955), Note on the bias of information estimates (the bias).

    See Also:
      `jaxinfo.mutual_information`: of a table of probabilities.
    """
    shape = _shape(num_classes)
    check_dtype(dtype)
    units.check_base(base)
    return Metric(
        init=lambda: Pairs(_counts.zeros(shape), _counts.zeros(())),
        update=_update_pairs,
        merge=merge,
        result=lambda state: _information(
            state, empty=empty, base=base, dtype=state_dtype(dtype)
        ),
    )


class Bins(NamedTuple):
    """State of a histogram: counts below, in each bin, and above; and those of NaN."""

    counts: Count
    num_nan: Count


class Histogram(NamedTuple):
    """How often values fell into each of K bins, below the first and above the last.

    Attributes:
      probabilities: Shares of all values, shape `(K + 2,)`: below, in each bin, above.
        They sum to one, are 0 if nothing has been seen, and NaN if a NaN has.
      counts: The numbers of values, exact, likewise.
      num_nan: How many were NaN, exact; they are in no bin.
    """

    probabilities: jax.Array
    counts: Count
    num_nan: Count


def _edges(edges: ArrayLike | Sequence[float]) -> np.ndarray:
    try:
        array = np.asarray(edges, "float64")
    except (TypeError, ValueError):
        raise TypeError(f"`edges` must be numbers, got {edges!r}.") from None
    if array.ndim != 1 or array.size < 2 or not (np.diff(array) > 0).all():
        raise ValueError(
            f"`edges` must be at least two numbers, in increasing order, got {edges!r}."
        )
    return array


def _bin(edges: np.ndarray, x: jax.Array) -> jax.Array:
    """The number of edges up to each value, one less at the last edge itself."""
    if jnp.issubdtype(x.dtype, jnp.floating):
        steps = edges.astype(x.dtype)
        index = jnp.searchsorted(steps, x, side="right")
        return index - (x == steps[-1]).astype(index.dtype)
    # A whole number reaches an edge if it reaches the next whole number; those beyond
    # what the type holds are reached by all or by none.
    limits = jnp.iinfo(x.dtype)
    finite = [math.ceil(e) for e in edges if math.isfinite(e)]
    steps = [e for e in finite if limits.min < e <= limits.max]
    by_all = sum(edge <= limits.min for edge in edges)
    index = jnp.full(x.shape, by_all, jnp.int32)
    if steps:
        index = index + jnp.searchsorted(
            np.array(steps, x.dtype), x, side="right"
        ).astype(jnp.int32)
    last = edges[-1]
    if last == np.floor(last) and limits.min <= last <= limits.max:
        index = index - (x == int(last)).astype(jnp.int32)
    return index


def _values(x: ArrayLike) -> jax.Array:
    """Integers as they are, floating numbers in single precision at least."""
    if not isinstance(x, list | tuple) and jnp.issubdtype(
        jnp.asarray(x).dtype, jnp.integer
    ):
        return jnp.asarray(x)
    x = checks.as_floating("values", x)
    return lax.stop_gradient(x.astype(checks.compute_dtype(x)))


@jitted("edges")
def _update_bins(
    state: Bins,
    values: ArrayLike,
    *,
    where: ArrayLike | None = None,
    edges: tuple[float, ...],
) -> Bins:
    """The state after more values."""
    return _binned(np.array(edges))(state, values, where)


def _binned(edges: np.ndarray) -> Callable[..., Bins]:
    @partitioned
    def update(state: Bins, values: ArrayLike, where: ArrayLike | None) -> Bins:
        x = _values(values)
        mask = None if where is None else checks.check_mask(where, "values", x.shape)
        mask = checks.as_mask(mask, x.shape)
        unknown = jnp.isnan(x)
        index = _bin(edges, x)
        new = _counts.counts(index, mask & ~unknown, edges.size + 1)
        return merge(state, Bins(new, _counts.counted(mask & unknown)))

    return update


@jitted("dtype")
def _histogram(state: Bins, *, dtype: str) -> Histogram:
    bad = (state.num_nan.low | state.num_nan.high) != 0
    probabilities = jnp.where(bad, jnp.nan, shares(state.counts, dtype))
    return Histogram(probabilities, state.counts, state.num_nan)


def histogram(
    edges: ArrayLike | Sequence[float], *, dtype: DTypeLike | None = None
) -> Metric:
    r"""Histogram of a stream of values.

    $$ \hat p_k = \frac{n_k}{n}, \qquad
       n_k = \#\{ i : e_k \le v_i < e_{k + 1} \} $$

    with v the values and e the edges of the bins; the last bin includes its right edge.

    Args:
      edges: The K + 1 edges of K bins, increasing numbers known when the metric is
        made; the outer ones may be infinite.
      dtype: Type of the probabilities: float32 or float64. `None` is float64 if
        `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, values, where=None)` takes floating numbers or integers
      of any shape, and a boolean mask that broadcasts to it; `result(state)` is a
      `Histogram`, with the values outside of all bins in two of their own.

    Raises:
      TypeError: If `edges` are not numbers, or `dtype` is another one.
      ValueError: If `edges` are fewer than two or do not increase.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> from jaxinfo import streaming
      >>> metric = streaming.histogram([0.0, 1.0, 2.0])
      >>> state = metric.update(metric.init(), jnp.array([0.5, 1.5, 1.7, 9.0]))
      >>> print(metric.result(state).counts.to_numpy())
      [0 1 2 1]
      >>> print(jaxinfo.entropy(metric.result(state).probabilities, base=2))
      1.5

      Classes from 0 to 2, and how unevenly they come:

      >>> classes = streaming.histogram([-0.5, 0.5, 1.5, 2.5])
      >>> state = classes.update(classes.init(), jnp.array([0, 0, 1, 2]))
      >>> print(classes.result(state).probabilities)
      [0. 0.5 0.25 0.25 0. ]

    Notes:
      Counts are exact up to 2^64. Nothing is left out but what `where` leaves out:
      values below and above have bins of their own, and a NaN makes the probabilities
      NaN. The edges are rounded to the type of the values.

    References:
      Freedman and Diaconis (1981), On the histogram as a density estimator (how many
      bins to choose).

    See Also:
      `jaxinfo.entropy`: of the probabilities, the entropy of the stream.
    """
    check_dtype(dtype)
    static = tuple(_edges(edges).tolist())
    return Metric(
        init=lambda: Bins(_counts.zeros((len(static) + 1,)), _counts.zeros(())),
        update=functools.partial(_update_bins, edges=static),
        merge=merge,
        result=lambda state: _histogram(state, dtype=state_dtype(dtype)),
    )
