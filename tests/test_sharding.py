"""Outcomes sharded over devices: the numbers of one device, and no table gathered."""

import dataclasses
import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

import contract
from contract import WIDEST
from contract_rows import CASES, VARIANTS
from jaxinfo import logits, losses, probs


def y_last(case):
    """The same measure with the axis of y last: it is the one that may be sharded."""
    if "z_axis" not in case.axes:
        return case
    fn = functools.partial(case.fn, y_axis=-1, z_axis=-2)
    return dataclasses.replace(case, fn=fn)


SHARDED = [y_last(case) for case in CASES if "axis_name" in case.options]
# Outcomes that are there, and outcomes with the padding that makes shards equal: one
# shard of eight holds nothing but padding.
REAL, PADDED = 13, 16

every_sharded = pytest.mark.parametrize("case", SHARDED, ids=str)


def mesh(**axes):
    kinds = (jax.sharding.AxisType.Auto,) * len(axes)
    return jax.make_mesh(tuple(axes.values()), tuple(axes), axis_types=kinds)


def padded_args(case):
    """Arguments of four rows, padded with -inf, and what to weigh the results with."""
    pads = {"logits": -jnp.inf, "table": 0.0}
    args = case.make_args(batch=(4,), last=REAL)
    full = tuple(
        x
        if x.ndim == 1
        else jnp.pad(
            x,
            [(0, 0)] * (x.ndim - 1) + [(0, PADDED - REAL)],
            constant_values=pads[draw],
        )
        for x, draw in zip(args, case.draws, strict=True)
    )
    _, weights = contract.directions(case, full)
    if case.output == "table":
        weights = weights.at[..., REAL:].set(0.0)
    return full, weights


def specs(case, arrays, rows, columns):
    """Rows over one axis of the mesh, the last axis of the outcomes over another."""
    return tuple(
        P(rows) if x.ndim == 1 else P(rows, *[None] * (x.ndim - 2), columns)
        for x in arrays
    )


def value_and_gradients(case, fn):
    def both(args, weights):
        of_moving = case.with_moving(fn, args)
        value, pull = jax.vjp(of_moving, *case.select(args))
        return jax.tree.leaves(value), pull(weights)

    return both


def sharded_both_ways(case, grid, axis_name, rows, args, weights):
    """Value and gradients, differentiated outside and inside of `shard_map`."""
    fn = functools.partial(case.fn, axis_name=axis_name)
    args_specs = specs(case, args, rows, axis_name)
    weights_specs = jax.tree.map(
        lambda w: specs(case, [w], rows, axis_name)[0], weights
    )
    moving_specs = case.select(args_specs)

    def inside(args, weights):
        def total(*moving):
            number = contract.weighted(weights, case.with_moving(fn, args)(*moving))
            # A table has entries in every shard; a number a row is there in each.
            return jax.lax.psum(number, axis_name) if case.output == "table" else number

        moving = case.select(args)
        return jax.grad(total, argnums=tuple(range(len(moving))))(*moving)

    outside = value_and_gradients(
        case,
        jax.shard_map(fn, mesh=grid, in_specs=args_specs, out_specs=weights_specs),
    )
    within = jax.shard_map(
        inside,
        mesh=grid,
        in_specs=(args_specs, weights_specs),
        out_specs=moving_specs,
    )

    @contract.quick
    def program(args, weights):
        return outside(args, weights), within(args, weights)

    return program(args, weights)


def check(case, grid, axis_name, rows):
    args, weights = padded_args(case)
    (value, outside), inside = sharded_both_ways(
        case, grid, axis_name, rows, args, weights
    )
    whole = contract.quick(value_and_gradients(case, case.fn))
    want, gradients = whole(args, weights)
    tolerance = 64 * float(jnp.finfo(WIDEST).eps)
    contract.assert_close(value, want, tolerance, "value")
    contract.assert_close(outside, gradients, tolerance, "gradient taken outside")
    contract.assert_close(inside, gradients, tolerance, "gradient taken inside")
    assert all(np.isfinite(g).all() for g in gradients)


def test_there_are_eight_devices():
    assert jax.device_count() == 8
    assert len(SHARDED) >= 26


@contract.sampled("case", SHARDED)
def test_rows_and_outcomes_sharded(case):
    check(case, mesh(rows=4, outcomes=2), "outcomes", "rows")


@pytest.mark.matrix
@pytest.mark.parametrize(
    "case",
    # Weights of classes are as many as there are classes in a shard.
    SHARDED
    + [
        v
        for v in VARIANTS
        if "axis_name" in v.options and "class_weights" not in v.variant
    ],
    ids=str,
)
@pytest.mark.parametrize("axis_name", ["outcomes", ("high", "low")], ids=str)
def test_outcomes_over_all_devices(case, axis_name):
    grid = mesh(outcomes=8) if axis_name == "outcomes" else mesh(high=4, low=2)
    check(case, grid, axis_name, None)


@pytest.mark.matrix
@every_sharded
def test_name_of_a_vmap_axis(case):
    args, _ = padded_args(case)

    def cut(x):
        return x.reshape(*x.shape[:-1], 8, -1) if x.ndim > 1 else x

    fn = functools.partial(case.fn, axis_name="shards")
    where = tuple(-2 if x.ndim > 1 else None for x in args)
    table = case.output == "table"
    out = -2 if table else 0
    mapped = jax.vmap(fn, in_axes=where, out_axes=out, axis_name="shards")
    got = jax.jit(mapped)(*map(cut, args))
    want = jax.tree.leaves(case.fn(*args))
    for x, y in zip(jax.tree.leaves(got), want, strict=True):
        x = x.reshape(y.shape) if table else x
        y = y if table else jnp.broadcast_to(y, x.shape)
        contract.assert_close(x, y, 64 * float(jnp.finfo(WIDEST).eps), "value")


GATHER_FREE = [
    logits.entropy,
    logits.cross_entropy,
    logits.kl_divergence,
    losses.softmax_cross_entropy_with_integer_labels,
]


def _case_of(fn):
    (case,) = (case for case in CASES if case.fn is fn)
    return case


def placed(case, args, rows, columns, grid):
    return tuple(
        jax.device_put(x, NamedSharding(grid, spec))
        for x, spec in zip(args, specs(case, args, rows, columns), strict=True)
    )


@contract.sampled("fn", GATHER_FREE)
def test_named_axis_gathers_nothing(fn):
    """The shards exchange row statistics: no table travels."""
    case = _case_of(fn)
    grid = mesh(rows=2, outcomes=4)
    args, weights = padded_args(case)
    args = placed(case, args, "rows", "outcomes", grid)
    named = functools.partial(fn, axis_name="outcomes")
    sharded = jax.shard_map(
        named,
        mesh=grid,
        in_specs=specs(case, args, "rows", "outcomes"),
        out_specs=P("rows"),
    )
    program = jax.jit(value_and_gradients(case, sharded))
    text = program.lower(args, weights).compile().as_text()
    assert "all-reduce" in text
    assert not re.search(r"all-gather|all-to-all|collective-permute", text)


LONG = [
    (functools.partial(logits.renyi_entropy, alpha=0.7), 1),
    (functools.partial(probs.tsallis_divergence, alpha=0.7), 2),
    (logits.chi_squared_divergence, 2),
    (logits.chernoff_information, 2),
    (probs.wasserstein_distance, 2),
]


@pytest.mark.parametrize(
    ("fn", "count"),
    [
        pytest.param(fn, count, marks=pytest.mark.matrix if i else ())
        for i, (fn, count) in enumerate(LONG)
    ],
    ids=["renyi", "tsallis", "chi", "chernoff", "wasserstein"],
)
def test_sharded_rows_stay_where_they_are(fn, count):
    """Of measures that one device takes by blocks of rows."""
    spread = NamedSharding(mesh(rows=8), P("rows"))
    table = jax.ShapeDtypeStruct((64, 1536), jnp.float32, sharding=spread)

    def total(*tables):
        return jnp.sum(fn(*tables))

    program = jax.jit(jax.value_and_grad(total, count - 1))
    text = program.lower(*(table,) * count).compile().as_text()
    assert "all-gather" not in text


@contract.sampled("fn", GATHER_FREE)
def test_sharded_arrays_under_plain_jit(fn):
    """The compiler partitions the unsharded program, and gathers no table either."""
    case = _case_of(fn)
    grid = mesh(rows=2, outcomes=4)
    args, weights = padded_args(case)
    on_shards = placed(case, args, "rows", "outcomes", grid)
    program = jax.jit(value_and_gradients(case, fn))
    contract.assert_close(
        program(on_shards, weights),
        program(args, weights),
        64 * float(jnp.finfo(WIDEST).eps),
        "value and gradient",
    )
    text = program.lower(on_shards, weights).compile().as_text()
    assert "all-reduce" in text
    assert "all-gather" not in text
