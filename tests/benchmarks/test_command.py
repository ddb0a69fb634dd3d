"""The command line of the benchmarks."""

import importlib.util
import json
import subprocess
import sys

import jax.numpy as jnp
import pytest

from jaxinfo import benchmarks
from jaxinfo.benchmarks import __main__ as command
from jaxinfo.benchmarks._accuracy import adapters, other_libraries
from jaxinfo.benchmarks._accuracy import report as accuracy_report

FILTER = ["--filter", "^(binary_entropy|kl)/00", "--dtype", "float32"]


def test_accuracy_prints_a_table_and_writes_json(capsys, tmp_path):
    path = tmp_path / "report.json"
    status = command.main(
        ["accuracy", *FILTER, "--peers", "jax,optax", "--json", str(path)]
    )
    out = capsys.readouterr().out
    assert status == 0
    assert "accuracy in float32; jax " in out
    assert "missed by jaxinfo: 0" in out
    (row,) = [line for line in out.splitlines() if line.startswith("kl ")]
    assert row.count(" /") == 6
    (report,) = json.loads(path.read_text())
    assert len(report["measures"]["kl"]["jaxinfo"]) == 10
    assert "optax" not in report["measures"]["binary_entropy"]


def test_missed_cases_are_listed(capsys, monkeypatch):
    monkeypatch.setitem(adapters.MEASURES, "binary_entropy", lambda p: p)
    status = command.main(["accuracy", *FILTER, "--peers", "none"])
    out = capsys.readouterr().out
    assert status == 1
    listed = [line for line in out.splitlines() if line.startswith("  binary_entropy/")]
    # All but the one that asks for the entropy of p = 0.
    assert len(listed) == 9
    assert all(" of 4 ULP; got " in line for line in listed)


def test_measures_that_do_not_exist_yet_are_named(capsys):
    report = benchmarks.accuracy(pattern="^(tv|wishart_entropy)/", measures={})
    assert (
        "not in jaxinfo yet (29 cases): tv wishart_entropy"
        in accuracy_report.to_text(report)
    )


def test_absent_peer_is_reported(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "optax" else find(name),
    )
    report = benchmarks.accuracy(pattern="^binary_entropy/", peers=["jax", "optax"])
    assert report.peers == {"jax": True, "optax": False}
    assert accuracy_report.to_text(report).count("not installed") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["accuracy", "--dtype", "float16"],
        ["accuracy", "--filter", "("],
        ["accuracy", "--peers", "tensorflow"],
    ],
)
def test_wrong_arguments_exit_with_usage(arguments, capsys):
    with pytest.raises(SystemExit) as exit_info:
        command.main(arguments)
    assert exit_info.value.code == 2
    assert "usage: python -m jaxinfo.benchmarks" in capsys.readouterr().err


def test_filter_without_a_match_is_no_success(capsys):
    assert command.main(["accuracy", "--filter", "^nothing$"]) == 2
    assert "no case ran" in capsys.readouterr().err


def test_wrong_options_of_the_function():
    with pytest.raises(ValueError, match="`dtype` must be"):
        benchmarks.accuracy(dtype="bfloat16")
    with pytest.raises(ValueError, match="`peers` must be"):
        benchmarks.accuracy(peers=["tensorflow"])


@pytest.mark.slow
def test_peers_are_right_where_the_text_book_is():
    # Guards the peers against a slip of ours, such as the arguments in a wrong order.
    report = benchmarks.accuracy(
        dtype="float64",
        pattern="/00[0-3]$",
        peers=other_libraries.PEERS,
        measures=_easy(),
    )
    for row in report.rows:
        for peer in row.outcomes.keys() - {"jaxinfo"}:
            errors = [outcome.error for outcome in row.outcomes[peer]]
            assert min(errors) < 200, (row.measure, peer)
    assert len(report.outcomes("jax")) > 150
    assert len(report.outcomes("optax")) > 40


def _easy():
    """Calls that cost nothing, of what the peers have: they are what is looked at."""
    calls = other_libraries.load("jax")
    assert calls is not None
    assert calls.keys() <= adapters.MEASURES.keys()
    assert len(calls) == 48
    return {name: lambda *arrays, **_: jnp.zeros(len(arrays[0])) for name in calls}


def test_import_does_not_read_the_truth():
    code = (
        "from jaxinfo import benchmarks as b;"
        "assert b.truth_cases.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
