"""The command line of the benchmarks."""

import importlib.util
import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from jaxinfo import benchmarks
from jaxinfo.benchmarks import __main__ as command
from jaxinfo.benchmarks import _cases
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
    (report,) = json.loads(path.read_text())["accuracy"]
    assert len(report["measures"]["kl"]["jaxinfo"]["errors"]) == 10
    assert report["measures"]["kl"]["jaxinfo"]["missed"] == {}
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


ENTROPY = ["measures", "--filter", r"^probs\.entropy$", "--sizes", "small"]
QUICK = [*ENTROPY, "--seconds", "0", "--peers", "none"]


def test_a_suite_prints_a_table_and_writes_a_file(capsys, tmp_path):
    path = tmp_path / "run.json"
    peers = ["--peers", "numpy,scipy", "--seconds", "0.01"]
    assert command.main([*ENTROPY, *peers, "--json", str(path)]) == 0
    heads, value, gradient, *_ = capsys.readouterr().out.splitlines()[2:]
    for head in ("median ms", "x limit", "temp", "peak", "compile", "error", "/ scipy"):
        assert head in heads
    assert value.split()[:4] == ["probs.entropy", "256x1000", "float32", "value"]
    assert "GB/s" in gradient
    content = json.loads(path.read_text())
    assert content["environment"]["jax"] == jax.__version__
    assert [row["goal"] for row in content["rows"]] == ["value", "gradient"]


def test_without_times_there_are_no_columns_of_times(capsys):
    assert command.main(QUICK) == 0
    heads = capsys.readouterr().out.splitlines()[2]
    assert "temp" in heads
    assert "median" not in heads


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("temporaries", lambda size: size, 0),
        ("temporaries", lambda size: size - 2**20, 1),
        ("error", lambda error: error - 9, 1),
    ],
)
def test_compare_fails_if_something_is_worse(name, change, status, capsys, tmp_path):
    path = tmp_path / "old.json"
    assert command.main([*QUICK, "--json", str(path)]) == 0
    content = json.loads(path.read_text())
    entry = content["rows"][0]["entries"]["jaxinfo"]
    entry[name] = change(entry[name])
    path.write_text(json.dumps(content))
    assert command.main([*QUICK, "--compare", str(path)]) == status
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("worse ") if status else last == "nothing is worse"


def test_what_is_wrong_is_told(capsys, monkeypatch):
    case = benchmarks.cases("measures")["probs.entropy"]
    wrong = case._replace(call=lambda p: -p.sum(axis=-1))
    monkeypatch.setitem(_cases.SUITES, "measures", (wrong,))
    assert command.main(QUICK) == 1
    last = capsys.readouterr().out.splitlines()[-2:]
    assert all(line.startswith("failed: probs.entropy (256, 1000)") for line in last)
    assert all(line.endswith(": wrong") for line in last)


def test_plot_is_a_picture(tmp_path):
    path = tmp_path / "run.png"
    command.main([*ENTROPY, "--seconds", "0.01", "--peers", "jax", "--plot", str(path)])
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_busy_machine_is_not_judged(capsys, monkeypatch, tmp_path):
    path = tmp_path / "run.json"
    monkeypatch.setattr(os, "getloadavg", lambda: (99.0, 0.0, 0.0))
    command.main([*QUICK, "--seconds", "0.01", "--json", str(path)])
    assert "times are shown, not judged" in capsys.readouterr().err
    assert json.loads(path.read_text())["judged"] is False


def test_only_jax_is_needed(tmp_path):
    """Neither the table's library nor that of the plot, nor any other library."""
    code = (
        "import sys, importlib.util as u;"
        "find = u.find_spec;"
        "absent = ('rich', 'matplotlib', 'optax', 'scipy', 'torch', 'dit', 'numpyro');"
        "sys.modules.update(dict.fromkeys(absent));"
        "u.find_spec = lambda name, *a: None if name in absent else find(name, *a);"
        "from jaxinfo.benchmarks.__main__ import main;"
        f"sys.exit(main({[*ENTROPY, '--seconds', '0.01']!r}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert "not installed: optax, scipy, torch" in run.stdout
    assert "/ numpy" in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["speed"],
        ["measures", "--sizes", "huge"],
        ["measures", "--dtype", "int8"],
        ["measures", "--compare", "no such file"],
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
