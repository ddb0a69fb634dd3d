"""How a measure is cut into passes over memory, and how it is differentiated."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.extend import core

from jaxinfo._core.rows import Rows
from jaxinfo._core.shards import alike, varying_as

__all__ = [
    "apart",
    "elementwise",
    "mended",
    "numbers",
    "one_pass",
    "own_constants",
    "settled",
    "with_slopes",
]

_ELEMENTWISE = frozenset({"add", "sub", "mul", "div", "max", "min"})


def apart(*operands: Any, turn: int = 1) -> Any:
    """Returns the operands as values that XLA cannot identify with the originals.

    Two passes that share an expensive expression would otherwise be merged by common
    subexpression elimination, and the shared table written to memory. Equal barriers
    are merged too: passes over the same operands tell themselves apart by their turn.
    """
    operands = alike(operands)
    for _ in range(turn):
        operands = lax.optimization_barrier(operands)
    return operands


def one_pass(fn: Callable[..., jax.Array], *operands: Any, turn: int = 1) -> jax.Array:
    """Evaluates `fn(*operands)`, elementwise arithmetic and its reduction, alone.

    XLA:CPU (jaxlib 0.10.2) turns such an expression into one loop without temporaries
    if three conditions hold, which this function arranges: its operands are no part of
    another pass; its constants are not shared with one (a shared constant is written
    out as a full table); its result does not flow straight into the next pass (the
    clamp of `settled` is an operation that such loops do not contain). A
    fourth is up to the caller: about a hundred operations at most, constants included.

    Args:
      fn: Elementwise arithmetic without comparisons, followed by one reduction.
      operands: Arrays, or trees of them, that it is evaluated on.
      turn: Which of several passes over the same operands this is.
    """
    operands = apart(*operands, turn=turn)
    hoisted, constants = _hoist_constants(jax.make_jaxpr(fn)(*operands))
    inputs = jax.tree.leaves(operands)
    constants = apart(*inputs, *constants)[len(inputs) :]
    (result,) = core.jaxpr_as_fun(hoisted)(*inputs, *constants)
    return settled(result)


def numbers(like: jax.Array, axis: int) -> jax.Array:
    """The numbers 0, 1, ... along an axis of a table; the others have length one.

    XLA:CPU (jaxlib 0.10.2) makes loops that count these numbers twice as slow as loops
    that read them. It does not put a division into a loop that would repeat it, so
    these are written to memory, unless that is as much as a hundredth of the table.
    """
    shape = tuple(n if i == axis else 1 for i, n in enumerate(like.shape))
    # Apart, or a loop around this computes a whole table of numbers beforehand.
    (counted,) = apart(lax.broadcasted_iota(jnp.int32, shape, axis))
    # A number of rows that is left open counts as many.
    if isinstance(like.size, int) and like.size < 100 * like.shape[axis]:
        return counted
    return lax.div(3 * counted, jnp.asarray(3, jnp.int32))


def own_constants(fn: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """The same arithmetic with constants that no other pass shares.

    A sum of it, and its slopes beside, would write them out as full tables.
    """

    def apart_from_others(*arrays: jax.Array) -> jax.Array:
        hoisted, constants = _hoist_constants(jax.make_jaxpr(fn)(*arrays))
        (result,) = core.jaxpr_as_fun(hoisted)(*arrays, *apart(*constants))
        return result

    return apart_from_others


def settled(row: jax.Array) -> jax.Array:
    """A number for each row, unchanged, that the next pass does not compute itself."""
    infinity = jnp.asarray(jnp.inf, row.dtype)
    return lax.clamp(-infinity, row, infinity)


def _hoist_constants(closed: core.ClosedJaxpr) -> tuple[core.ClosedJaxpr, list]:
    """Turns the scalar constants of elementwise operations into extra arguments."""
    constants: dict[tuple, tuple[core.Var, jax.Array]] = {}
    renamed: dict[Any, core.Var] = {}

    def hoist(atom: Any, axes: tuple[str, ...] = ()) -> core.Var:
        aval: Any = atom.aval
        value = jnp.asarray(atom.val, aval.dtype)
        if axes:
            value = lax.pcast(value, axes, to="varying")
        key = (float(atom.val), value.dtype, axes)
        return constants.setdefault(key, (core.Var(jax.typeof(value)), value))[0]

    def operand(atom: Any, *, elementwise: bool) -> Any:
        if isinstance(atom, core.Literal):
            return hoist(atom) if elementwise else atom
        return renamed.get(atom, atom)

    eqns = []
    for eqn in closed.jaxpr.eqns:
        name, first = eqn.primitive.name, (*eqn.invars, None)[0]
        if name == "pvary" and isinstance(first, core.Literal):
            # Under `shard_map` each use of a constant first makes it vary over the
            # shards: it is handed in so.
            renamed[eqn.outvars[0]] = hoist(first, tuple(eqn.params["axes"]))
            continue
        some = name in _ELEMENTWISE
        invars = [operand(atom, elementwise=some) for atom in eqn.invars]
        eqns.append(eqn.replace(invars=invars))
    variables = [variable for variable, _ in constants.values()]
    jaxpr = closed.jaxpr.replace(
        invars=[*closed.jaxpr.invars, *variables],
        eqns=eqns,
        debug_info=closed.jaxpr.debug_info.with_unknown_names(),
    )
    values = [value for _, value in constants.values()]
    return core.ClosedJaxpr(jaxpr, closed.consts), values


def mended(
    bad: jax.Array, exact: Callable[[], jax.Array], plain: jax.Array
) -> jax.Array:
    """Replaces the bad rows of a cheap result by an exact one, computed only if any is.

    A row is chosen by its own entry of `bad`, so that it never depends on its
    neighbours. Under `vmap` the condition becomes a selection: both are computed.
    """
    like = jax.eval_shape(exact)
    bad, plain = varying_as(
        [jnp.broadcast_to(x, like.shape) for x in (bad, plain)], bad, plain, like
    )
    return lax.cond(jnp.any(bad), lambda: jnp.where(bad, exact(), plain), lambda: plain)


def with_slopes(
    value: Callable[..., tuple[jax.Array, Any]],
    slopes: Callable[..., Sequence[jax.Array]],
) -> Callable[..., jax.Array]:
    """Makes a measure of rows from its value and its partial derivatives.

    Args:
      value: `value(rows, *arrays)`, one number a row with its axes kept, and what of
        the row statistics the slopes can use again.
      slopes: `slopes(rows, result, kept, *arrays)`, the derivative of the row's value
        with respect to every entry of each array. It is differentiated in turn, with
        `kept` as constants: the pieces it is built from account for them.

    Returns:
      A function of `(rows, *arrays)` with every derivative, forward and reverse.
    """

    @functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
    def measure(rows: Rows, *arrays: jax.Array) -> tuple[jax.Array, Any]:
        return value(rows, *arrays)

    def rule(rows: Rows, primals: tuple, tangents: tuple) -> tuple:
        result, kept = measure(rows, *primals)
        # Set apart, the slopes are computed where they are used, not in the forward.
        tables = slopes(rows, result, kept, *apart(*primals, turn=2))
        change = jnp.zeros_like(result)
        for table, tangent in zip(tables, tangents, strict=True):
            if not isinstance(tangent, SymbolicZero):
                change += rows.sum(table * tangent.astype(rows.dtype))
        return (result, kept), (change, jax.tree.map(jnp.zeros_like, kept))

    measure.defjvp(rule, symbolic_zeros=True)
    return lambda rows, *arrays: measure(rows, *arrays)[0]


def elementwise(
    value: Callable[..., jax.Array], slopes: Callable[..., Sequence[jax.Array]]
) -> Callable[..., jax.Array]:
    """Makes a scalar function, applied entry by entry, from its value and derivatives.

    Args:
      value: `value(*arrays)`, without selects if it is summed afterwards.
      slopes: `slopes(*arrays)`, its derivatives, differentiable in turn.
    """

    @jax.custom_jvp
    def function(*arrays: jax.Array) -> jax.Array:
        return value(*arrays)

    @function.defjvp
    def _(primals: tuple, tangents: tuple) -> tuple:
        parts = zip(slopes(*apart(*primals)), tangents, strict=True)
        return function(*primals), sum(slope * tangent for slope, tangent in parts)

    return function
