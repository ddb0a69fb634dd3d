"""What is worse than it was, and what is noise."""

import json

import pytest

from jaxinfo.benchmarks import _compare
from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Entry, Row

ENTRY = Entry(median=1.0, best=0.9, temporaries=10**6, peak=10**7, error=1.0)


def document(entry=ENTRY, *, judged=True, case="probs.entropy", moved=100, errors=None):
    more = {"along": "devices", "n": 2, "bytes_moved": moved}
    row = Row(
        "measures", case, (2, 3), "float32", "value", 24, 0.0, {"read": 0.5}, {}, more
    )
    rows = [row._replace(entries={"jaxinfo": entry})]
    measures = {"kl": {"jaxinfo": truth(**errors)}} if errors else {}
    accuracy = [{"dtype": "float32", "measures": measures}]
    return Results({"jax": "0"}, 0.0, judged, rows, accuracy)


def truth(**errors):
    """Errors of the cases of one measure; more than 16 is too much."""
    missed = {case: "entry 0" for case, e in errors.items() if float(e) > 16}
    return {"errors": errors, "missed": missed}


def found(new, old=None):
    return [(c.kind, c.fatal) for c in _compare.changes(old or document(), new)]


def test_nothing_is_worse_than_itself():
    assert found(document()) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"temporaries": 2 * 10**6}, "memory"),
        ({"peak": 2 * 10**7}, "memory"),
        ({"error": 10.0}, "accuracy"),
        ({"error": float("inf")}, "accuracy"),
        ({"error": float("nan")}, "accuracy"),
    ],
)
def test_memory_and_accuracy_are_fatal(change, kind):
    assert found(document(ENTRY._replace(**change))) == [(kind, True)]


@pytest.mark.parametrize(
    "change",
    [
        {"temporaries": 1_050_000},
        {"temporaries": 10},
        {"error": 2.5},
        {"error": None},
        {"median": 1.2},
        {"temporaries": None},
    ],
)
def test_small_changes_and_better_ones_are_none(change):
    assert found(document(ENTRY._replace(**change))) == []


def test_time_warns_and_only_where_it_could_be_judged():
    slow = ENTRY._replace(median=2.0)
    assert found(document(slow)) == [("time", False)]
    assert found(document(slow, judged=False)) == []
    assert found(document(slow), document(judged=False)) == []


def test_more_bytes_between_devices_are_fatal():
    assert found(document(moved=101)) == [("memory", True)]
    assert found(document(moved=99)) == []


def test_a_case_that_is_gone_is_named():
    assert found(document(case="probs.other")) == [("missing", False)]


def test_accuracy_of_the_truth_set():
    old = document(errors={"a": 1.0, "b": 2.0})
    assert (
        found(document(errors={"a": 99.0, "b": 2.0}), old) == [("accuracy", True)] * 2
    )
    worse = document(errors={"a": 1.0, "b": 8.0})
    assert found(worse, old) == [("accuracy", True)]
    assert found(old, worse) == []
    infinite = document(errors={"a": "inf"})
    assert found(infinite, infinite) == []


def test_files_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "run.json"
    before = document(ENTRY._replace(error=float("inf")), errors={"kl/0": 1.0})
    before.write(path)
    assert Results.read(path) == before
    assert json.loads(path.read_text())["environment"] == {"jax": "0"}
