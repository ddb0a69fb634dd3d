"""The weighted mean of a stream, the core of every metric that is one."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike, DTypeLike

from jaxinfo._core import checks, doubles, units, values
from jaxinfo._core.doubles import Double
from jaxinfo._core.jit import jitted
from jaxinfo.streaming import _counts
from jaxinfo.streaming._metric import Metric, check_dtype, merge, state_dtype

__all__ = ["Mean", "accumulate", "as_values", "empty_mean", "mean", "mean_of", "total"]


class Mean(NamedTuple):
    """State of a mean: sums of values and of weights.

    Attributes:
      totals: The weighted sum of the values, or a tree of such sums.
      weight: The sum of the weights; the number of values if there are none.
    """

    totals: Any
    weight: Double


# Sums of more than a few million single-precision numbers leave each too few digits to
# add them up without rounding; they are taken axis by axis.
_MANY = 2**18


def empty_mean(like: Any, dtype: DTypeLike | None) -> Mean:
    """The state of no values; `like` is a tree of the structure of the values."""
    kind = state_dtype(dtype)
    totals = jax.tree.map(lambda _: doubles.zeros((), kind), like)
    return Mean(totals, doubles.zeros((), kind))


def as_values(name: str, x: ArrayLike, dtype: DTypeLike) -> jax.Array:
    """Numbers to be summed, in the type of the state; they have no gradient."""
    x = lax.stop_gradient(checks.as_floating(name, x))
    if x.dtype == "float64" and dtype == jnp.float32:
        raise TypeError(
            f"`{name}` must not be wider than the state, which is float32, got float64:"
            " give the metric `dtype='float64'`, or cast."
        )
    return x.astype(dtype)


def total(x: jax.Array) -> Double:
    """The sum of the last axis without rounding error that counts."""
    result = doubles.total(x, lambda x: jnp.sum(x, axis=-1, keepdims=True))
    return Double(*(part[..., 0] for part in result))


def _grand_total(x: jax.Array) -> Double:
    """The sum of all entries, likewise; axes stay apart, where they may be sharded."""
    if x.ndim > 1 and x.size > _MANY:
        last = doubles.total(x, lambda x: jnp.sum(x, axis=-1, keepdims=True))
        x = jnp.concatenate(last, axis=-1)
    result = doubles.total(x, lambda x: jnp.sum(x, keepdims=True))
    return Double(*(part.reshape(()) for part in result))


def _weights(weights: ArrayLike, mask: jax.Array, dtype: DTypeLike) -> jax.Array:
    """The weights in full, 0 where the mask does not hold."""
    given, shape = weights, mask.shape
    if not isinstance(weights, list | tuple) and jnp.issubdtype(
        jnp.asarray(weights).dtype, jnp.integer
    ):
        given = jnp.asarray(weights).astype(dtype)
    w = as_values("weights", given, dtype)
    try:
        fits = jnp.broadcast_shapes(w.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"`weights` must broadcast to the shape {shape} of the values, "
            f"got shape {w.shape}."
        )
    w = jnp.broadcast_to(w.reshape((1,) * (len(shape) - w.ndim) + w.shape), shape)
    values.report(mask & ~(w >= 0), "`weights` is negative or NaN in entry {row}")
    return jnp.where(mask, w, 0.0)


def _same_shape(leaves: list[Any]) -> tuple[int, ...]:
    shapes = {jnp.shape(x) for x in leaves}
    if len(shapes) != 1:
        raise ValueError(f"`values` must be of one shape, got {sorted(shapes)}.")
    return shapes.pop()


@jitted()
def accumulate(
    state: Mean,
    new: Any,
    *,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Mean:
    """The state after more values."""
    dtype = state.weight.high.dtype
    kind = jax.tree.structure(state.totals, is_leaf=lambda x: isinstance(x, Double))
    if jax.tree.structure(new) != kind:
        raise ValueError(
            f"`values` must have the structure {kind}, got {jax.tree.structure(new)}."
        )
    shape = _same_shape(jax.tree.leaves(new))
    mask = None if where is None else checks.check_mask(where, "values", shape)
    mask = checks.as_mask(mask, shape)
    factor = None
    if weights is None:
        weight = _counts.as_double(_counts.counted(mask), dtype)
    else:
        factor = _weights(weights, mask, dtype)
        mask, weight = factor != 0, _grand_total(factor)

    def summed(old: Double, x: ArrayLike) -> Double:
        x = jnp.where(mask, as_values("values", x, dtype), 0.0)
        return doubles.add(old, _grand_total(x if factor is None else x * factor))

    totals = jax.tree.map(
        summed, state.totals, new, is_leaf=lambda x: isinstance(x, Double)
    )
    return Mean(totals, doubles.add(state.weight, weight))


def quotient(total: Double, weight: Double) -> Double:
    """The mean in two parts; where it is infinite or NaN the second part is 0."""
    both = doubles.quotient(total, weight)
    plain = total.high / jnp.where(weight.high != 0, weight.high, 1.0)
    ok = jnp.isfinite(plain) & jnp.isfinite(both.high)
    return Double(jnp.where(ok, both.high, plain), jnp.where(ok, both.low, 0.0))


@jitted("base")
def mean_of(state: Mean, *, empty: ArrayLike, base: float | None = None) -> Any:
    """The means of the values, in the unit of `base`, or `empty` if there are none."""
    dtype = state.weight.high.dtype
    nothing = checks.as_scalar("empty", empty, dtype)

    def of(total: Double) -> jax.Array:
        value = units.from_nats(quotient(total, state.weight).high, base)
        return jnp.where(state.weight.high == 0, nothing, value)

    return jax.tree.map(of, state.totals, is_leaf=lambda x: isinstance(x, Double))


def mean(
    *, like: Any = 0.0, empty: ArrayLike = 0.0, dtype: DTypeLike | None = None
) -> Metric:
    r"""Weighted mean of a stream of values, or of trees of values.

    $$ \frac{\sum_i w_i v_i}{\sum_i w_i} $$

    over everything seen, with v the values and w their weights, 1 unless given.

    Args:
      like: A tree with the structure of the values, such as a report of a loss; what
        its leaves are does not matter. The default is one array.
      empty: The result while nothing has been seen, a real scalar.
      dtype: Type of the sums and of the result: float32 or float64. `None` is float64
        if `jax_enable_x64` is set, else float32.

    Returns:
      A `Metric`. `update(state, values, where=None, weights=None)` takes values of any
      shape, a boolean mask and weights that broadcast to it; `result(state)` is the
      mean, a scalar for each leaf of `like`.

    Raises:
      TypeError: If `dtype` is another one.

    Examples:
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.mean(like={"loss": 0, "entropy": 0})
      >>> values = {"loss": jnp.array([1.0, 2.0]), "entropy": jnp.array([0.5, jnp.nan])}
      >>> mask = jnp.array([True, False])
      >>> state = metric.update(metric.init(), values, where=mask)
      >>> print(metric.result(state)["entropy"])
      0.5

    Notes:
      Values that `where` leaves out, or whose weight is 0, are absent: not even NaN
      reaches the state. A NaN that is present makes the result NaN, +inf makes it
      +inf. Values have no gradient here.

      Sums are kept in two parts, 48 binary digits in float32 and 106 in float64. An
      update or merge loses at most 2^-46 (2^-104) of the sum of the magnitudes, so that
      even a million of them lose less than the rounding of the result. Only an update
      of more than four million values along one axis may lose as much as a plain sum
      of them. The number of values is exact up to 2^46. Sums of magnitudes above the
      range of the type are infinite.

    References:
      Knuth (1997), The Art of Computer Programming, vol. 2, section 4.2.2, theorem B.
      Rump, Ogita and Oishi (2008), Accurate floating-point summation part I, section 3.

    See Also:
      `jaxinfo.losses.masked_mean`: of one batch, with a gradient.
    """
    check_dtype(dtype)

    def update(
        state: Mean,
        values: Any,
        *,
        where: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Mean:
        return accumulate(state, values, where=where, weights=weights)

    return Metric(
        init=lambda: empty_mean(like, dtype),
        update=update,
        merge=merge,
        result=lambda state: mean_of(state, empty=empty),
    )
