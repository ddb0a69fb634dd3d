"""`import jaxinfo` does nothing but define names, and does it fast."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

import pytest

import jaxinfo

SOURCE = pathlib.Path(jaxinfo.__file__).parent


def run(code):
    """What `code` prints as JSON, in an interpreter of its own."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:jaxinfo", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WATCH = """
import json, sys
import jax
from jax._src import xla_bridge

before, settings, opened = set(sys.modules), dict(jax.config.values), []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
import jaxinfo
files = list(opened)
result = {
    "modules": sorted(set(sys.modules) - before),
    "settings": [k for k, v in jax.config.values.items() if settings[k] != v],
    "files": files,
    "backends": list(xla_bridge._backends),
    "names": dir(jaxinfo),
}
jaxinfo.losses
result["with losses"] = sorted(set(sys.modules) - before)
jaxinfo.streaming
result["with streaming"] = sorted(set(sys.modules) - before)
jaxinfo.plots
result["with plots"] = sorted(set(sys.modules) - before)
jaxinfo.benchmarks
result["with benchmarks"] = sorted(set(sys.modules) - before)
result["backends of rooms"] = list(xla_bridge._backends)
print(json.dumps(result))
"""


def test_import_does_nothing():
    seen = run(WATCH)
    assert "jaxinfo.probs" in seen["modules"]
    assert "jaxinfo.logits" in seen["modules"]
    # No array without a backend to hold it.
    assert seen["backends"] == []
    assert seen["settings"] == []
    code = (".py", ".pyc", ".so")
    assert [f for f in seen["files"] if pathlib.Path(f).suffix not in code] == []
    packages = {name.split(".")[0] for name in seen["modules"]}
    assert not packages & {"optax", "chex", "matplotlib", "scipy", "numpy.testing"}


def test_rooms_load_when_asked_for():
    seen = run(WATCH)
    for room in ("losses", "benchmarks", "plots"):
        assert room in seen["names"]
        assert f"jaxinfo.{room}" not in seen["modules"]
    assert "jaxinfo.losses" in seen["with losses"]
    assert "jaxinfo.benchmarks" not in seen["with losses"]
    assert "jaxinfo.benchmarks" in seen["with benchmarks"]
    assert seen["backends of rooms"] == []
    packages = {name.split(".")[0] for name in seen["with streaming"]}
    assert not packages & {"clu", "flax"}
    assert "jaxinfo.plots" in seen["with plots"]
    packages = {name.split(".")[0] for name in seen["with plots"]}
    assert "matplotlib" not in packages


TIME = """
import json, time
import jax
start = time.perf_counter(), time.process_time()
import jaxinfo
print(json.dumps([time.perf_counter() - start[0], time.process_time() - start[1]]))
"""


def test_import_is_fast():
    """At most 0.15 s on top of JAX, on a quiet machine."""
    for _ in range(3):
        # A busy machine delays the clock; the time of this process it delays less.
        times = [min(run(TIME)) for _ in range(3)]
        if statistics.median(times) <= 0.15:
            return
    raise AssertionError(f"import took {times} s")


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no_such_room"):
        jaxinfo.__getattr__("no_such_room")
