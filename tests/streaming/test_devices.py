"""States of devices of a mesh, merged: what one device would have seen."""

import fractions
import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from contract import WIDEST, quick
from jaxinfo import streaming
from test_sharding import mesh


def exact(double):
    return fractions.Fraction(float(double.high)) + fractions.Fraction(
        float(double.low)
    )


def exact_sum(values):
    return sum((fractions.Fraction(float(v)) for v in np.ravel(values)), start=0)


METRICS = {
    "mean": streaming.mean(dtype="float32"),
    "pairs": streaming.mutual_information((2, 3), dtype="float32"),
    "bins": streaming.histogram([-1.0, 0.0, 1.0], dtype="float32"),
    "reliability": streaming.calibration(num_bins=4, dtype="float32"),
}


def batch(seed, *shape):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape) * np.exp(4 * rng.standard_normal(shape))
    return {
        "mean": (values.astype("float32"),),
        "pairs": (rng.integers(0, 2, shape), rng.integers(0, 3, shape)),
        "bins": (rng.standard_normal(shape).astype("float32"),),
        "reliability": (rng.random(shape, "float32"), rng.random(shape) < 0.5),
    }


ALL = tuple(METRICS)


def updated(names, new, where):
    """What the metrics have seen of one part."""
    return {
        name: METRICS[name].update(METRICS[name].init(), *new[name], where=where)
        for name in names
    }


def check(states, new, where):
    """Counts as NumPy counts, sums exact to far below the last digit."""
    values = new["mean"][0][where]
    off = abs(exact(states["mean"].totals) - exact_sum(values))
    assert off <= exact_sum(abs(values)) * fractions.Fraction(2) ** -42
    assert exact(states["mean"].weight) == where.sum()
    table = np.zeros((2, 3), int)
    np.add.at(table, tuple(x[where] for x in new["pairs"]), 1)
    assert states["pairs"].counts.to_numpy().tolist() == table.tolist()
    if len(states) == 2:
        return
    x = new["bins"][0][where]
    counts = np.histogram(x, [-np.inf, -1, 0, 1, np.inf])[0]
    assert states["bins"].counts.to_numpy().tolist() == counts.tolist()
    confidence, right = (x[where] for x in new["reliability"])
    index = np.minimum(confidence * 4, 3).astype(int)
    for k in range(4):
        state = states["reliability"]
        assert state.counts.to_numpy()[k] == (index == k).sum()
        assert state.correct.to_numpy()[k] == right[index == k].sum()
        total = fractions.Fraction(float(state.confidence.high[k]))
        total += fractions.Fraction(float(state.confidence.low[k]))
        assert abs(total - exact_sum(confidence[index == k])) < 1e-10


@pytest.mark.parametrize(
    "names", [("mean", "pairs"), pytest.param(ALL, marks=pytest.mark.matrix)], ids=len
)
def test_merged_over_a_mesh(names):
    """A replicated state carried along, each device adding what it sees."""
    grid = mesh(devices=8)

    def evaluate(states, new, where):
        seen = streaming.merge_across(updated(names, new, where), "devices")
        return {name: METRICS[name].merge(states[name], seen[name]) for name in names}

    sharded = quick(
        jax.shard_map(
            evaluate,
            mesh=grid,
            in_specs=(P(), P("devices"), P("devices")),
            out_specs=P(),
        )
    )
    first, second = batch(0, 16, 3), batch(1, 16, 3)
    where = np.random.default_rng(2).random((2, 16, 3)) < 0.8
    states = {name: METRICS[name].init() for name in names}
    states = sharded(states, first, where[0])
    states = sharded(states, second, where[1])
    check(states, jax.tree.map(lambda *x: np.stack(x), first, second), where)


@pytest.mark.matrix
def test_name_of_a_vmap_axis():
    """So are states merged that were gathered from hosts, stacked."""
    new, where = batch(3, 5, 7), np.ones((5, 7), bool)
    stacked = jax.vmap(functools.partial(updated, ALL))(new, where)
    merged = jax.vmap(
        lambda states: streaming.merge_across(states, "hosts"),
        axis_name="hosts",
        out_axes=None,
    )(stacked)
    check(merged, new, where)


def test_large_counts_and_hard_sums_cross_exactly():
    def of(high, low):
        return streaming.Count(jnp.asarray(high, "uint32"), jnp.asarray(low, "uint32"))

    rng = np.random.default_rng(4)
    low = rng.integers(0, 2**32, 64, "uint32")
    high = rng.integers(0, 2**20, 64, "uint32")
    across = jax.vmap(
        lambda x: streaming.merge_across(x, "hosts"), axis_name="hosts", out_axes=None
    )
    want = sum(int(h) * 2**32 + int(x) for h, x in zip(high, low, strict=True))
    assert int(across(of(high, low))) == want
    metric = streaming.mean(dtype="float32")
    state = jax.vmap(lambda _: metric.init())(np.arange(64))
    count = rng.integers(0, 2**40, 64)
    top = count.astype("float32")
    rest = (count - top.astype("int64")).astype("float32")
    double = type(state.weight)
    state = state._replace(weight=double(jnp.asarray(top), jnp.asarray(rest)))
    assert exact(across(state).weight) == count.sum()
    for bad in (np.inf, -np.inf, np.nan):
        spoiled = top.copy()
        spoiled[7] = bad
        totals = double(jnp.asarray(spoiled), jnp.asarray(rest))
        got = metric.result(across(state._replace(totals=totals)))
        np.testing.assert_array_equal(got, bad)


def test_sharded_tokens_under_plain_jit():
    """The compiler partitions the update: sums travel, and no logits."""
    grid = mesh(rows=4, columns=2)
    rng = np.random.default_rng(5)
    logits = rng.standard_normal((8, 6, 16)).astype(WIDEST)
    labels = rng.integers(0, 16, (8, 6), "int32")
    metric = streaming.cross_entropy()

    def update(state, logits, labels):
        return metric.update(state, logits=logits, labels=labels)

    placed = [
        jax.device_put(x, NamedSharding(grid, P("rows", "columns")))
        for x in (logits, labels)
    ]
    program = jax.jit(update).lower(metric.init(), *placed).compile()
    state = program(metric.init(), *placed)
    want = metric.result(update(metric.init(), logits, labels))
    np.testing.assert_allclose(metric.result(state), want, rtol=1e-6)
    assert float(state.weight.high) == 48
    text = program.as_text()
    assert "all-reduce" in text
    assert not re.search(r"all-gather|all-to-all|collective-permute", text)


@pytest.mark.matrix
def test_types_that_say_how_arrays_lie():
    """The meshes that `jax.make_mesh` makes by default."""
    grid = jax.make_mesh((4, 2), ("rows", "columns"))
    assert set(grid.axis_types) == {jax.sharding.AxisType.Explicit}
    new, where = batch(7, 8, 6), np.random.default_rng(8).random((8, 6)) < 0.8
    place = functools.partial(
        jax.device_put, device=NamedSharding(grid, P("rows", "columns"))
    )
    check(updated(ALL, jax.tree.map(place, new), place(where)), new, where)
    metric = streaming.calibration()
    logits, labels = np.zeros((8, 6, 3), WIDEST), np.zeros((8, 6), "int32")
    state = metric.update(metric.init(), logits=place(logits), labels=place(labels))
    assert metric.result(state).counts.to_numpy().sum() == 48


@pytest.mark.matrix
def test_scan_inside_a_mesh():
    """A state that starts the same on all devices is told that it will differ."""
    grid = mesh(devices=8)
    metric = streaming.mean(dtype="float32")

    def evaluate(values):
        def step(state, x):
            return metric.update(state, x), None

        state = jax.lax.pcast(metric.init(), "devices", to="varying")
        return streaming.merge_across(jax.lax.scan(step, state, values)[0], "devices")

    values = batch(6, 5, 8)["mean"][0]
    run = jax.shard_map(evaluate, mesh=grid, in_specs=P(None, "devices"), out_specs=P())
    state = jax.jit(run)(values)
    off = abs(exact(state.totals) - exact_sum(values))
    assert off <= exact_sum(abs(values)) * fractions.Fraction(2) ** -42
    assert exact(state.weight) == 40
