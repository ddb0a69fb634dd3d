"""Measures of many variables: all subsets of the variables of a joint table at once.

The marginals of all subsets grow out of the table variable by variable: each is kept or
summed out. The cells of all of them stand in one flat array, so that a measure is a
handful of operations however many subsets there are.

The measures of dependence are divergences from the product of the marginals of single
variables, which are summed, and multiplied, without rounding. What is done for each
variable is compiled once for all those of one size.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxinfo._core import doubles, joint, numerics
from jaxinfo._core.passes import elementwise
from jaxinfo._core.rows import Rows
from jaxinfo._core.variables import Variables, of_each

__all__ = [
    "SubsetEntropies",
    "co_information",
    "dual_total_correlation",
    "entropies",
    "o_information",
    "residual_entropy",
    "s_information",
    "total_correlation",
    "tse_complexity",
]

Subset = tuple[int, ...]


class SubsetEntropies(NamedTuple):
    """Entropies of subsets of the variables of a joint table.

    Attributes:
      subsets: The variables of each subset, numbers that count `axes`; static.
      entropies: The entropy of each subset, along the last axis.
    """

    subsets: tuple[Subset, ...]
    entropies: jax.Array


# The subsets are part of the structure: transformations see the entropies alone.
jax.tree_util.register_pytree_node(
    SubsetEntropies,
    lambda result: ((result.entropies,), result.subsets),
    lambda subsets, leaves: SubsetEntropies(subsets, *leaves),
)


def _marginals(variables: Variables, order: int) -> list[jax.Array]:
    """The cells of the marginals of all subsets of up to `order` variables.

    The last variable comes first, and the one that is added varies slowest: no cell
    moves but to make room. If large subsets are left out, there is a level for each
    size of subsets; else there is one, where every variable has one more value, which
    stands for its being summed out.
    """
    batch, rest = variables.batch, math.prod(variables.sizes)
    up = int(order < variables.number)
    levels = [variables.table.reshape(*batch, rest, 1)]
    for size in reversed(variables.sizes):
        rest //= size
        cut = [x.reshape(*batch, rest, size, x.shape[-1]) for x in levels]
        kept = [x.reshape(*batch, rest, -1) for x in cut]
        dropped = [jnp.sum(x, axis=-2) for x in cut]
        levels = [
            jnp.concatenate(
                [*kept[max(j - up, 0) : j - up + 1], *dropped[j : j + 1]], -1
            )
            for j in range(min(len(levels) - 1 + up, order) + 1)
        ]
    return [lax.squeeze(x, (x.ndim - 2,)) for x in levels]


def _cells(sizes: Subset, order: int, up: int) -> list[int]:
    """How many cells each level has."""
    cells = [1]
    for size in sizes:
        cells = [
            sum(n * size for n in cells[max(j - up, 0) : j - up + 1])
            + sum(cells[j : j + 1])
            for j in range(min(len(cells) - 1 + up, order) + 1)
        ]
    return cells


def _sums(
    variables: Variables, levels: list[jax.Array], order: int
) -> tuple[jax.Array, list[Subset]]:
    """The sum over the cells of every subset, and which subset each sum is of.

    The growth of the marginals, backwards: each step turns one variable into two rows
    of cells, for the subsets with it and without it.
    """
    up = int(order < variables.number)
    axis = len(variables.batch)
    rows = [jnp.expand_dims(x, axis) for x in levels]
    names: list[list[Subset]] = [[()] for _ in levels]
    for i, size in enumerate(variables.sizes):
        before, shorter = [], []
        for j, cells in enumerate(_cells(variables.sizes[i + 1 :], order, up)):
            parts = [rows[j][..., -cells:]]
            shorter.append(list(names[j]))
            if j + up < len(rows):
                kept = rows[j + up][..., : size * cells]
                kept = kept.reshape(*kept.shape[:-1], size, cells)
                parts.append(jnp.sum(kept, axis=-2))
                shorter[j] += [(*subset, i) for subset in names[j + up]]
            before.append(jnp.concatenate(parts, axis))
        rows, names = before, shorter
    return lax.squeeze(rows[0], (axis + 1,)), names[0]


def _surprise_slope(p: jax.Array) -> tuple[jax.Array]:
    ok = p != 0
    return (jnp.where(ok, -jnp.log(jnp.where(ok, p, 1.0)) - 1.0, 0.0),)


# -p log p, entry by entry, with slope 0 at 0.
_surprise = elementwise(lambda p: -numerics.xlogx(p), _surprise_slope)


def _order(order: int | None, number: int) -> int:
    """Checks the size of the largest subsets."""
    if order is None:
        return number
    if isinstance(order, bool) or not isinstance(order, int):
        raise TypeError(f"`order` must be an int or None, got {type(order).__name__}.")
    if not 1 <= order <= number:
        raise ValueError(
            f"`order` must be in [1, {number}] for {number} variables, got {order}."
        )
    return order


def entropies(variables: Variables, order: int | None) -> SubsetEntropies:
    """The entropies of all subsets of up to `order` variables, the empty one left out.

    The small ones come first, and subsets of one size in the order of their variables.
    """
    order = _order(order, variables.number)
    levels = [_surprise(x) for x in _marginals(variables, order)]
    sums, names = _sums(variables, levels, order)
    place = {subset: k for k, subset in enumerate(names)}
    subsets = tuple(sorted(place, key=lambda subset: (len(subset), subset)))[1:]
    index = np.array([place[subset] for subset in subsets], np.int32)
    return SubsetEntropies(subsets, sums.at[..., index].get(unique_indices=True))


class Model(NamedTuple):
    """Cells as they would be if the variables were independent.

    Attributes:
      mass: The probability, as the unrounded sum of two numbers; constant.
      log: Its logarithm, also where the probability underflows; 0 where a marginal is.
    """

    mass: doubles.Double
    log: jax.Array


def _single(table: jax.Array) -> Model:
    """What is left when the last axis is summed out."""
    rows = Rows((table.ndim - 1,), table.dtype.name)
    exact = doubles.marginal(rows, lax.stop_gradient(table))
    return Model(exact, numerics.safe_log(rows.sum(table)))


def _shares(variables: Variables) -> tuple[Model, list[Model]]:
    """The mass of a table, and the marginal of each variable over it."""
    flat = variables.table.reshape(*variables.batch, -1)
    whole = _single(flat)

    def share(table: jax.Array) -> Model:
        single = jax.tree.map(lambda x: lax.squeeze(x, (x.ndim - 1,)), _single(table))
        mass, log = jax.tree.map(lambda x: jnp.expand_dims(x, 0), whole)
        return Model(doubles.quotient(single.mass, mass), single.log - log)

    return whole, of_each(variables, share)


def _times(slow: Model, fast: Model) -> Model:
    """The model of two independent sets of variables."""
    batch = fast.log.shape[:-1]
    slow = jax.tree.map(lambda x: jnp.expand_dims(x, -1), slow)
    fast = jax.tree.map(lambda x: jnp.expand_dims(x, -2), fast)
    product = doubles.product(doubles.factor(slow.mass), doubles.factor(fast.mass))
    grown = Model(product, slow.log + fast.log)
    return jax.tree.map(lambda x: x.reshape(*batch, -1), grown)


def _independent(models: list[Model]) -> Model:
    """The product of all, by halves."""
    while len(models) > 1:
        pairs = zip(models[::2], models[1::2], strict=False)
        models = [_times(*pair) for pair in pairs] + models[len(models) // 2 * 2 :]
    return models[0]


def _or_none(share: Model) -> Model:
    """A marginal with one more value, for the variable being summed out."""
    pads = Model(doubles.Double(jnp.asarray(1.0), jnp.asarray(0.0)), jnp.asarray(0.0))

    def pad(x: jax.Array, value: jax.Array) -> jax.Array:
        last = jnp.full_like(x[..., :1], value.astype(x.dtype))
        return jnp.concatenate([x, last], axis=-1)

    return jax.tree.map(pad, share, pads)


def _log_ratio(p: jax.Array, model: Model) -> jax.Array:
    """`log(q/p)` with q the model; 0 where p is 0."""
    high, low = model.mass
    t = ((high - p) + low) / jnp.maximum(p + high, numerics.tiny(p))
    one = jnp.ones_like(t)
    near = numerics.log_ratio(one - t, one + t, numerics.clip(t, numerics.HALF))
    some = p != 0
    fixed = jnp.where(some, p, 1.0)
    normal = some & (high >= numerics.tiny(p))
    far = jnp.where(
        normal,
        jnp.log(jnp.where(normal, high, 1.0) / fixed),
        model.log - jnp.log(fixed),
    )
    return jnp.where(some, jnp.where(jnp.abs(t) < numerics.HALF, near, far), 0.0)


def _terms(p: jax.Array, model: Model) -> jax.Array:
    """`p log(p/q) - p + q` of every cell, never negative, q the model."""
    high, low = model.mass
    diff = (high - p) + low
    t = diff / jnp.maximum(p + high, numerics.tiny(p))
    near = (p + high) * numerics.kl_curve(numerics.clip(t, numerics.HALF))
    far = diff - p * _log_ratio(p, model)
    return jnp.where(jnp.abs(t) < numerics.HALF, near, far)


def _by_row(
    measure: Callable[[jax.Array, Model], jax.Array],
    p: jax.Array,
    slow: Model,
    fast: Model,
) -> jax.Array:
    """`measure(p, model)` of cells, the model of which is a product; a constant.

    In a loop over the slow variables: a compiler that sees all of the model in one
    expression computes every factor anew for each of the cells.
    """
    axis = slow.log.ndim - 1

    def row(operands: tuple[jax.Array, Model]) -> jax.Array:
        cells, factor = operands
        factor = jax.tree.map(lambda x: jnp.expand_dims(x, -1), factor)
        return measure(cells, _times(factor, fast))

    cells = p.reshape(*slow.log.shape, -1)
    operands, fast = lax.stop_gradient(((cells, slow), fast))
    turned = jax.tree.map(lambda x: jnp.moveaxis(x, axis, 0), operands)
    return jnp.moveaxis(lax.map(row, turned), 0, axis).reshape(p.shape)


@jax.custom_jvp
def _excess(p: jax.Array, slow: Model, fast: Model) -> jax.Array:
    """The terms of the divergence from the model, a product.

    Their derivative is that of the sum over a marginal: what it owes to the change of
    the model cancels there, as the two have the same marginals of single variables.
    """
    return _by_row(_terms, p, slow, fast)


@_excess.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    p, slow, fast = primals
    # The loop only ever sees constants: within one, derivatives of a higher order take
    # no notice of rules for those of the first (jax 0.10.2).
    ratio = _by_row(_log_ratio, *primals)
    model = jnp.expand_dims(slow.log, -1) + jnp.expand_dims(fast.log, -2)
    some = lax.stop_gradient(p) != 0
    proxy = jnp.where(some, model.reshape(p.shape) - numerics.safe_log(p), 0.0)
    return _excess(*primals), -numerics.as_if(ratio, proxy) * tangents[0]


def _halves(whole: Model, shares: list[Model]) -> tuple[Model, Model]:
    """The model as a product of two, the second one of most variables."""
    first = max(len(shares) // 4, 1)
    return _independent([whole, *shares[:first]]), _independent(shares[first:])


def _weighted(variables: Variables, weights: list[float]) -> jax.Array:
    """The total correlations of all subsets, weighted by their size, and summed.

    An impossible cell has slope 0, as that of its logarithm is infinite.
    """
    table = variables.table
    variables = variables._replace(table=jnp.where(table == 0, 0.0, table))
    whole, shares = _shares(variables)
    model = _halves(whole, [_or_none(share) for share in shares])
    (cells,) = _marginals(variables, variables.number)
    sums, names = _sums(variables, [_excess(cells, *model)], variables.number)
    # Of less than two variables it is 0 but for a rounding.
    by_name = [weights[len(name)] if len(name) > 1 else 0.0 for name in names]
    by_name = jnp.asarray(by_name, sums.dtype)
    return jnp.sum(sums * jnp.broadcast_to(by_name, sums.shape), axis=-1)


def total_correlation(variables: Variables) -> jax.Array:
    """The divergence of the table from the product of its marginals."""
    if variables.number == 1:
        return 0.0 * jnp.sum(variables.table, axis=-1)
    if variables.number == 2:
        # The same number as the mutual information, to the last bit.
        return _of_two(variables.table)
    flat = variables.table.reshape(*variables.batch, -1)
    return jnp.sum(_excess(flat, *_halves(*_shares(variables))), axis=-1)


def _blocks(table: jax.Array, *, swap: bool = False) -> joint.Blocks:
    """The last two axes as the two variables of a joint measure."""
    x, y = (table.ndim - 2,), (table.ndim - 1,)
    return joint.Blocks(*((y, x) if swap else (x, y)), (), table.dtype.name)


def _total(parts: list[jax.Array]) -> jax.Array:
    return sum(parts[1:], start=parts[0])


def _of_two(table: jax.Array) -> jax.Array:
    return joint.mutual_information(_blocks(table), table)


def s_information(variables: Variables) -> jax.Array:
    """What each variable shares with all others, summed."""
    if variables.number < 3:
        return 2.0 * total_correlation(variables)
    return _total(of_each(variables, _of_two))


def dual_total_correlation(variables: Variables) -> jax.Array:
    """S-information less total correlation.

    A difference that keeps its digits, and its sign: it is never less than the total
    correlation over the number of variables less one.
    """
    if variables.number < 3:
        return total_correlation(variables)
    return s_information(variables) - total_correlation(variables)


def o_information(variables: Variables) -> jax.Array:
    """Total less dual total correlation: redundancy less synergy."""
    total = total_correlation(variables)
    if variables.number < 3:
        return total - total
    return total - (s_information(variables) - total)


def residual_entropy(variables: Variables) -> jax.Array:
    """What is left of each variable given all others, summed."""

    def left(table: jax.Array) -> jax.Array:
        return joint.conditional_entropy(_blocks(table, swap=True), table)

    return _total(of_each(variables, left))


def co_information(variables: Variables) -> jax.Array:
    """The information that all variables share, of either sign.

    The alternating sum of entropies, where those of single variables cancel.
    """
    number = variables.number
    if number < 3:
        one = number == 1
        return residual_entropy(variables) if one else total_correlation(variables)
    return _weighted(variables, [(-1.0) ** k for k in range(number + 1)])


def tse_complexity(variables: Variables) -> jax.Array:
    """How much less than their share the subsets of each size have of the correlation.

    The share of k of the n variables is k/n of it.
    """
    number = variables.number
    if number < 3:
        return 0.5 * (number - 1) * total_correlation(variables)
    weights = [-1.0 / math.comb(number, k) for k in range(number)]
    return _weighted(variables, [*weights, 0.5 * (number - 1)])
