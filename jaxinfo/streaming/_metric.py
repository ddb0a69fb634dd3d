"""What a metric is, and how any states are merged."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import AbstractMesh, AxisType, NamedSharding, PartitionSpec
from jax.typing import DTypeLike

from jaxinfo._core import checks, doubles
from jaxinfo._core.doubles import Double
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.streaming import _counts
from jaxinfo.streaming._counts import Count

__all__ = [
    "Metric",
    "check_dtype",
    "merge",
    "merge_across",
    "partitioned",
    "state_dtype",
]

State = TypeVar("State")
P = ParamSpec("P")
R = TypeVar("R")


class Metric(NamedTuple):
    """A measure of a stream, as four pure functions; the state is a tree of arrays.

    Attributes:
      init: `init()` is the state of nothing seen yet.
      update: `update(state, ...)` is the state after more of the stream; what it takes
        is up to the metric.
      merge: `merge(state, other)` is the state after both streams. Counts are exact,
        so their order does not matter; that of sums matters to far less than the last
        digit.
      result: `result(state)` is the measure so far.
    """

    init: Callable[[], Any]
    update: Callable[..., Any]
    merge: Callable[[Any, Any], Any]
    result: Callable[[Any], Any]


def check_dtype(dtype: DTypeLike | None) -> None:
    """Raises unless `dtype` is `None` or one to keep sums in."""
    if dtype is not None and jnp.dtype(dtype) not in ("float32", "float64"):
        raise TypeError(
            f"`dtype` must be float32, float64 or None, got {jnp.dtype(dtype)}."
        )


def state_dtype(dtype: DTypeLike | None) -> str:
    """The type of sums: the one asked for, or the widest that JAX is set to."""
    widest = "float64" if jax.config.read("jax_enable_x64") else "float32"
    if dtype is None:
        return widest
    if jnp.dtype(dtype) == "float64" and widest == "float32":
        raise ValueError("`dtype` must not be float64 unless `jax_enable_x64` is set.")
    return jnp.dtype(dtype).name


def _explicit(mesh: AbstractMesh) -> tuple[str, ...]:
    """The axes of a mesh over which types say how arrays are sharded."""
    kinds = zip(mesh.axis_names, mesh.axis_types, strict=True)
    return tuple(name for name, kind in kinds if kind == AxisType.Explicit)


def partitioned(update: Callable[P, R]) -> Callable[P, R]:
    """Leaves it to the compiler how to count arrays whose types say how they lie.

    The state is the same everywhere; a scatter could not tell that by itself.
    """

    @functools.wraps(update)
    def anywhere(*args: P.args, **options: P.kwargs) -> R:
        arrays, tree = jax.tree.flatten((args, options))
        meshes = [jax.typeof(x).sharding.mesh for x in arrays if hasattr(x, "aval")]
        mesh = next((m for m in meshes if _explicit(m)), None)
        if mesh is None:
            return update(*args, **options)

        def flat(*arrays: Any) -> Any:
            args, options = jax.tree.unflatten(tree, arrays)
            return loose(*args, **options)

        loose: Callable[..., Any] = update
        everywhere = NamedSharding(mesh, PartitionSpec())
        automatic: Any = jax.sharding.auto_axes(
            flat, axes=_explicit(mesh), out_sharding=everywhere
        )
        return automatic(*arrays)

    return anywhere


def _is_number(node: Any) -> bool:
    return isinstance(node, Double | Count)


def _sum(a: Double | Count, b: Double | Count) -> Double | Count:
    """The sum of two numbers of one kind; shapes that only broadcast do not fit."""
    kinds = [(type(x).__name__, x.low.dtype.name, x.low.shape) for x in (a, b)]
    if kinds[0] == kinds[1]:
        if isinstance(a, Count) and isinstance(b, Count):
            return _counts.add(a, b)
        if isinstance(a, Double) and isinstance(b, Double):
            return doubles.add(a, b)
    raise ValueError(
        f"`state` and `other` must be of one metric, got numbers of "
        f"{kinds[0]} and {kinds[1]}."
    )


@jitted()
def merge(state: State, other: State) -> State:
    """The state of two streams together: all of it are sums."""
    return jax.tree.map(_sum, state, other, is_leaf=_is_number)


def _double_across(x: Double, axis_name: AxisName) -> Double:
    """The sum over a mapped axis, with all digits, whatever the order."""

    def reduce(both: jax.Array) -> jax.Array:
        return lax.psum(jnp.sum(both, axis=0, keepdims=True), axis_name)

    result = doubles.total(jnp.stack(x), reduce, cuts=3)
    return Double(*(part[0] for part in result))


@jitted("axis_name")
def merge_across(state: State, axis_name: AxisName) -> State:
    r"""Merges the states that the devices of a mesh axis hold.

    $$ s = s_1 + \dots + s_n $$

    Args:
      state: State of any metric, of what this device has seen.
      axis_name: Axis of the mesh, or of `jax.vmap`, or a tuple of them; static.

    Returns:
      The state of what all of them have seen, the same on every device; like `state`.

    Raises:
      TypeError: If `axis_name` is neither a string nor a tuple of strings.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> metric = streaming.cross_entropy()
      >>> def evaluate(losses):
      ...     state = metric.update(metric.init(), losses)
      ...     return metric.result(streaming.merge_across(state, "devices"))
      >>> losses = jnp.array([[1.0, 2.0], [3.0, 6.0]])
      >>> print(jax.vmap(evaluate, axis_name="devices")(losses))
      [3. 3.]

    Notes:
      A state that is the same on all devices would be counted once for each: give it
      the state of a fresh `init()` that has seen the part of this device, and merge
      the result into what is carried along. Inside `jax.shard_map` the result does not
      vary over the axis.

      Counts are exact on up to 65536 devices. Sums are as accurate as those of one
      device, whatever the order in which devices add. What travels has the size of the
      state, nine times over.

    References:
      Rump, Ogita and Oishi (2008), Accurate floating-point summation part I, section 3.

    See Also:
      `jaxinfo.streaming.Metric`: its `merge` is of two states at one place.
    """
    checks.as_axis_name(axis_name)

    def merged(x: Double | Count) -> Double | Count:
        if isinstance(x, Count):
            return _counts.across(x, axis_name)
        return _double_across(x, axis_name)

    return jax.tree.map(merged, state, is_leaf=_is_number)
