"""The suites of speed and memory: what they cover, and that they see what is wrong."""

import importlib.util
import inspect
import itertools

import jax.numpy as jnp
import numpy as np
import pytest

import contract
from jaxinfo import benchmarks, bounds, logits, losses, probs
from jaxinfo.benchmarks import _devices, _measure, _peers, _race, _suites
from jaxinfo.benchmarks._rows import Entry, Row

MEASURES, LOSSES = benchmarks.cases("measures"), benchmarks.cases("losses")
ENTROPY, KL = MEASURES["probs.entropy"], MEASURES["probs.kl_divergence"]

# What nobody waits for: few numbers, or one draw.
NOT_TIMED = {
    "kl_estimate",
    "kl_surrogate",
    "masked_mean",
    "sampled_targets",
    "softmax_cross_entropy_with_sparse_targets",
    "top_k_targets",
}


def functions_of(room):
    return {name for name in room.__all__ if inspect.isroutine(getattr(room, name))}


@pytest.mark.parametrize(
    ("room", "cases", "left_out"),
    [
        (probs, MEASURES, set()),
        (logits, MEASURES, set()),
        (losses, LOSSES, NOT_TIMED),
        (bounds, LOSSES, set()),
    ],
    ids=["probs", "logits", "losses", "bounds"],
)
def test_every_function_has_a_case(room, cases, left_out):
    prefix = room.__name__.rpartition(".")[2] + "."
    measured = {
        name.removeprefix(prefix).partition(",")[0]
        for name in cases
        if name.startswith(prefix)
    }
    assert measured == functions_of(room) - left_out


def test_cases_have_all_sizes_and_inputs_that_do_not_change():
    for case in [*MEASURES.values(), *LOSSES.values()]:
        assert list(case.shapes) == ["small", "medium", "large"]
    shape = ENTROPY.shapes["small"][0]
    first, second = (KL.inputs(shape, "float32") for _ in range(2))
    assert all((x == y).all() for x, y in zip(first, second, strict=True))
    assert not (first[0] == first[1]).any()
    assert min(x.min() for x in first) > 0


@pytest.mark.usefixtures("frugal_compiler")
def test_a_row_has_memory_and_accuracy():
    value, gradient = benchmarks.suite("measures", pattern=r"^probs\.kl_divergence$")
    assert [row.goal for row in (value, gradient)] == ["value", "gradient"]
    assert value.bytes == 2 * 4 * 256 * 1000 + 4 * 256
    assert gradient.bytes == value.bytes + 4 * 256 * 1000 - 4 * 256 + 4
    for row in (value, gradient):
        assert row.ours.temporaries < 0.05 * row.bytes
        assert row.ours.peak >= row.bytes
        assert row.ours.compile_seconds > 0
        assert 0 < row.ours.error < 16
        assert row.ours.median is row.limit is row.rate is row.ratio("jax") is None
    entropy, _ = benchmarks.suite("measures", pattern=r"^probs\.entropy$")
    assert entropy.ours.temporaries < 0.01 * entropy.bytes


@contract.sampled("dtype", ["float32", "float64", "bfloat16"], "bfloat16")
def test_every_type_can_be_asked(dtype, x64):
    (row, _) = benchmarks.suite(
        "measures", dtypes=dtype, pattern=r"^logits\.entropy$", peers=["jax"]
    )
    assert row.dtype == dtype
    size = {"float32": 4, "float64": 8, "bfloat16": 2}[dtype]
    assert row.bytes >= size * 256 * 1000
    assert row.ours.error < 16


def test_times_of_a_row():
    (row, _) = benchmarks.suite(
        "measures", pattern=r"^probs\.entropy$", peers=["jax", "numpy"], seconds=0.05
    )
    assert set(row.entries) == {"jaxinfo", "jax", "numpy"}
    assert 0 < row.ours.best <= row.ours.median < 1
    assert set(row.limits) == {"read", "exp"}
    name, times = row.limit
    assert times == row.ours.median / max(row.limits.values())
    assert row.limits[name] == max(row.limits.values())
    theirs = row.entries["numpy"]
    assert row.ratio("numpy") == row.ours.median / theirs.median
    assert theirs.temporaries is theirs.compile_seconds is None
    assert row.rate == (row.bytes / row.ours.median / 1e9, "GB/s")


def test_products_of_matrices_are_their_limit():
    case = LOSSES["losses.linear_softmax_cross_entropy"]
    row = _measure.measure("losses", case, (8, 4, 16), goal="gradient", seconds=0.01)
    assert list(row.limits) == ["product"]
    assert row.flops == 3 * 2 * 8 * 4 * 16
    assert row.rate[1] == "TFLOP/s"


def of_a_library(monkeypatch, call):
    """A row beside a library with this call."""
    library = _peers.load("jax")._replace(calls={ENTROPY.name: call})
    monkeypatch.setattr(_peers, "load", lambda name: library)
    shape, peers = (64, 100), ["jax"]
    return _measure.measure("measures", ENTROPY, shape, peers=peers, seconds=0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: -jnp.sum(p * jnp.log2(p), axis=-1),
        lambda p: jnp.full(p.shape[:-1], jnp.nan),
        lambda p: jnp.float32(1),
    ],
    ids=["bits", "nan", "shape"],
)
def test_a_wrong_answer_is_marked_and_not_raced(call, monkeypatch):
    row = of_a_library(monkeypatch, call)
    theirs = row.entries["jax"]
    assert theirs.note == "wrong"
    assert theirs.error > 1e5
    assert theirs.median is row.ratio("jax") is None
    assert row.ours.median > 0


def test_a_library_that_raises_is_skipped_by_name(monkeypatch):
    def broken(p):
        raise NotImplementedError("not for tables\nmore")

    row = of_a_library(monkeypatch, broken)
    assert row.entries["jax"] == Entry(note="NotImplementedError: not for tables")
    assert row.ours.median > 0


def test_our_own_mistake_is_seen():
    wrong = ENTROPY._replace(call=lambda p: probs.entropy(p) * 1.001)
    row = _measure.measure("measures", wrong, (64, 100), seconds=0)
    assert row.ours.error > 1000
    one = ENTROPY._replace(call=lambda p: probs.entropy(p).at[3].add(1e-2))
    row = _measure.measure("measures", one, (64, 100), seconds=0)
    assert row.ours.error > 1000


def test_a_full_memory_does_not_end_the_run():
    case = ENTROPY._replace(draws=(lambda *_: jnp.zeros((2**40, 2**10)),))
    row = _measure.measure("measures", case, (64, 100), seconds=0)
    assert "RESOURCE_EXHAUSTED" in row.ours.note or "memory" in row.ours.note.lower()


def test_gradients_of_the_raw_definition_are_no_mistake_of_others():
    """Of tables that sum to one; what others return differs from ours by a constant."""
    _, row = benchmarks.suite(
        "measures", pattern=r"^probs\.kl_divergence$", peers=["jax", "optax"]
    )
    assert row.entries["jax"].note == row.entries["optax"].note == ""
    ours = KL._replace(call=_peers.load("jax").calls[KL.name])
    wrong = _measure.measure("measures", ours, (64, 100), goal="gradient", seconds=0)
    assert wrong.ours.error > 1e4


def test_contenders_take_turns():
    seen = []
    programs = {name: lambda name=name: seen.append(name) for name in "ab"}
    times = _race.race(programs, 0.0)
    assert [len(t) for t in times.values()] == [5, 5]
    # In each round so many calls of one that a clock can take them, then the other;
    # before them all one call each, to know how many.
    turns = [name for name, _ in itertools.groupby(seen)]
    assert turns == ["a", "b"] * 6


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="`name` must be in"):
        benchmarks.suite("speed")
    with pytest.raises(ValueError, match="`sizes` must be in"):
        benchmarks.suite("measures", sizes="huge")


def test_rows_survive_a_file():
    entry = Entry(error=float("inf"), note="wrong", temporaries=12)
    row = Row("s", "c", (2, 3), "float32", "value", 24, 0.0, {}, {"jaxinfo": entry}, {})
    assert Row.from_json(row.to_json()) == row


HLO = """HloModule jit_f, entry_computation_layout={()->f32[]}

%body (p: f32[8]) -> f32[8] {
  %p = f32[8]{0} parameter(0)
  ROOT %r = f32[8]{0} all-reduce(%p), channel_id=1, to_apply=%sum
}

%sum (a: f32[], b: f32[]) -> f32[] {
  ROOT %s = f32[] add(f32[] %a, f32[] %b)
}

ENTRY %main (x: f32[8]) -> f32[8] {
  %x = f32[8]{0} parameter(0)
  %g = (f32[4,4]{1,0}, bf16[2]{0}) all-gather(%x, %x), dimensions={0}
  %w = f32[8]{0} while(%x), body=%body, backend_config={"known_trip_count":{"n":"5"}}
  ROOT %d = f32[8]{0} copy(%w)
}
"""


def test_bytes_between_devices_are_read_from_the_program():
    assert _devices.bytes_moved(HLO) == {"all-gather": 64 + 4, "all-reduce": 5 * 32}
    assert _devices.bytes_moved("") == {}


@pytest.mark.matrix
@pytest.mark.parametrize(
    "name",
    ["logits.entropy", "logits.kl_divergence", "integer_labels", "linear_softmax"],
)
def test_bytes_grow_with_rows_and_not_with_outcomes(name):
    """On eight devices; a gather of the logits would grow with both."""
    rows = benchmarks.suite("scaling", pattern=name)
    for goal in ("value", "gradient"):
        one, more_rows, more_outcomes = (
            row for row in rows if row.goal == goal and row.more["along"] == "devices"
        )
        assert one.more["n"] == 8
        assert one.more["bytes_moved"] > 0
        assert more_rows.more["bytes_moved"] == 2 * one.more["bytes_moved"]
        assert more_outcomes.more["bytes_moved"] == one.more["bytes_moved"]
        assert list(one.more["moves"]) == ["all-reduce"]
        assert max(row.ours.error for row in rows) < 32


@pytest.mark.matrix
@pytest.mark.parametrize("name", _peers.PEERS)
def test_libraries_answer_what_they_are_asked(name):
    """A slip of ours, such as arguments in a wrong order, would be a wrong answer."""
    if importlib.util.find_spec(_peers.PEERS[name]) is None:
        pytest.skip(f"{name} is not installed")
    calls = _peers.load(name).calls
    known = MEASURES | LOSSES
    assert set(calls) <= set(known)
    asked = calls if name != "jax" else ["probs.kl_divergence", "logits.entropy"]
    for case in (known[title] for title in asked):
        (shape,) = case.shapes["small"]
        for goal in case.goals():
            row = _measure.measure("", case, shape, goal=goal, peers=[name], seconds=0)
            entry = row.entries.get(name, Entry())
            assert entry.note in ("", NOT_THERE.get((name, case.name), "")), goal


# NumPyro has no rule for two categorical distributions of logits.
NO_RULE = "NotImplementedError: Could not find signature for kl_divergence: "
NOT_THERE = {
    ("numpyro", "logits.kl_divergence"): (
        f"{NO_RULE}<CategoricalLogits, CategoricalLogits>"
    )
}


def test_growth_is_the_exponent():
    entries = [{"jaxinfo": Entry(median=3.0 * n**2)} for n in (1, 10, 20, 40)]
    rows = [
        Row("scaling", "c", (), "f", "value", 0, 0.0, {}, e, {"along": "d", "n": n})
        for e, n in zip(entries, (1, 10, 20, 40), strict=True)
    ]
    assert _suites.growth(rows) == {("c", "value", "d"): pytest.approx(2.0)}
    assert np.isfinite(list(_suites.growth(rows[:2]).values())).all()
