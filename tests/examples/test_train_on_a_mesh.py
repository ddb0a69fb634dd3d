"""The example of a mesh: the same numbers on many devices, and an end when one dies."""

import importlib.util
import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("optax")
pytest.importorskip("sklearn")

FOLDER = Path(__file__).parents[2] / "examples"
SCRIPT = FOLDER / "train_on_a_mesh.py"
TIME_LIMIT = 100  # seconds


@pytest.fixture(scope="module")
def example():
    # Where a script is started, its neighbors can be imported.
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("train_on_a_mesh", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def start(*argv):
    return subprocess.Popen(
        [sys.executable, SCRIPT, *argv],
        env=os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    """What was said; the process is asked to end its workers if it takes too long."""
    try:
        return process.communicate(timeout=TIME_LIMIT)
    finally:
        process.terminate()


def assert_close(result, units, units_of_params):
    for gaps in result["gaps"].values():
        *losses, params = gaps.values()
        assert len(losses) == 2
        assert 0 <= max(losses) < units
        assert 0 < params < units_of_params
    for history in result["history"].values():
        for last in history:
            for m in last.values():
                parts = m["target_entropy"] + m["kl_divergence"]
                assert m["cross_entropy"] == pytest.approx(parts, rel=1e-5)
                assert m["kl_divergence"] > 0


@pytest.mark.slow
def test_two_processes_get_the_numbers_of_one(tmp_path):
    """Two devices of each of two processes, and four of one, in double precision."""
    results = []
    for name, argv in ("two", ["--processes", "2"]), ("one", ["--devices", "4"]):
        file = tmp_path / f"{name}.json"
        options = ["--epochs", "2", "--dtype", "float64", "--json", str(file)]
        devices = ["--devices", "2"] if name == "two" else []
        run = start(*argv, *devices, *options)
        out, err = finish(run)
        assert run.returncode == 0, err
        assert f"processes: {2 if name == 'two' else 1}" in out
        results.append(json.loads(file.read_text()))
    two, one = results
    assert two["mesh"] == one["mesh"] == {"data": 2, "classes": 2}
    for result in results:
        assert set(result["gaps"]) == {"shard_map", "jit"}
        assert_close(result, 16, 64)
    # One device is one device, whatever the others are.
    assert two["history"]["one device"] == one["history"]["one device"]
    final = one["history"]["one device"][-1]["test"]
    assert final["accuracy"] > 0.85
    assert final["target_entropy"] == pytest.approx(
        -0.91 * math.log(0.91) - 0.09 * math.log(0.01), rel=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize("shards", ["4", "8"])
def test_classes_do_not_have_to_fill_the_shards(tmp_path, shards):
    """Ten classes on four and eight devices: the last shard is nothing but padding."""
    file = tmp_path / "a.json"
    run = start("--class-shards", shards, "--epochs", "2", "--json", str(file))
    _, err = finish(run)
    assert run.returncode == 0, err
    result = json.loads(file.read_text())
    assert result["mesh"] == {"data": 8 // int(shards), "classes": int(shards)}
    assert_close(result, 16, 256)


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_process_ends_all(victim):
    run = start(
        *("--processes", "2", "--devices", "1", "--epochs", "10000"),
        *("--time-limit", str(TIME_LIMIT)),
    )
    try:
        pids = [int(re.search(r"pid (\d+)", run.stderr.readline())[1]) for _ in "01"]
        for line in run.stdout:
            if line.startswith("    2  train"):
                break
        os.kill(pids[victim], signal.SIGKILL)
        _, err = run.communicate(timeout=10)
    finally:
        run.terminate()
        run.wait()
    assert run.returncode == 1
    last = err.splitlines()[-1]
    assert last.startswith(f"error: process {victim} was ended by SIGKILL")
    assert "exit code -9" in last
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.slow
@pytest.mark.parametrize("alone", ["0", "1"])
def test_a_lone_process_ends_by_itself(alone, example):
    address = f"127.0.0.1:{example._processes.free_port()}"
    run = start(
        *("--processes", "2", "--process-id", alone),
        *("--coordinator", address, "--timeout", "2"),
    )
    run.communicate(timeout=60)
    assert run.returncode not in (0, None)


def python(code):
    return [sys.executable, "-S", "-c", code]


SLEEP = python("import time; time.sleep(60)")


@pytest.mark.parametrize(
    ("commands", "time_limit", "expected"),
    [
        (
            [SLEEP, python("import sys; print('why'); sys.exit(3)")],
            60,
            "why\nerror: process 1 ended with exit code 3; all processes were ended",
        ),
        (
            [python("import os; os.kill(os.getpid(), 9)"), SLEEP],
            60,
            r"process 0 was ended by SIGKILL \(exit code -9\); all processes",
        ),
        ([python(""), SLEEP], 0.5, r"process 1 has not ended within 0\.5 s"),
    ],
    ids=["exit", "kill", "late"],
)
def test_one_failure_ends_all(example, capfd, commands, time_limit, expected):
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit, match=expected):
            example._processes.run(commands, [None, None], time_limit)
    finally:
        signal.signal(signal.SIGTERM, handler)
    pids = re.findall(r"pid (\d+)", capfd.readouterr().err)
    assert len(pids) == 2
    for pid in map(int, pids):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_each_process_sees_its_gpus(example, monkeypatch):
    gpus = example._processes.visible_gpus
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus(1, None) is None
    assert [gpus(i, 2) for i in range(2)] == ["0,1", "2,3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,6,7,8")
    assert [gpus(i, 2) for i in range(2)] == ["5,6", "7,8"]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--epochs", "0"], "an integer of at least 1, got '0'"),
        (["--way", "pmap"], "shard_map"),
        (["--process-id", "0"], "--process-id and --coordinator go together"),
        (["--process-id", "1", "--coordinator", "a:1"], "= 0, got 1"),
    ],
)
def test_bad_option_is_refused_before_any_work(
    example, capsys, monkeypatch, argv, expected
):
    monkeypatch.setattr(example, "work", None)
    with pytest.raises(SystemExit) as caught:
        example.main(argv)
    assert caught.value.code == 2
    assert expected in capsys.readouterr().err.splitlines()[-1]


def test_help_lists_every_option(example, capsys):
    with pytest.raises(SystemExit) as caught:
        example.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    names = "epochs way class-shards dtype platform devices processes process-id"
    for name in f"{names} coordinator timeout time-limit json".split():
        assert f"\n  --{name}" in text


def test_only_public_names_are_used():
    assert "jaxinfo._" not in SCRIPT.read_text()
