"""Strict JAX for every test: no silent promotion, eight devices, either precision.

`JAXINFO_TEST_X64=0` runs the same tests without 64-bit types. A case parametrized by
`dtype="float64"` is then left out, and a test that uses the fixture `x64` is skipped.
"""

import gc
import os
import pathlib
import zlib

import hypothesis
import jax
import jaxlib
import pytest

from jaxinfo._core import blocks

X64 = os.environ.get("JAXINFO_TEST_X64", "1") != "0"

# Nearly all of the time of a test is compilation. With 64-bit types there is little of
# it: LLVM does not optimize, and of two generators of code the older one is used, which
# takes half the time. The run without them, and the suite of
# `python -m jaxinfo.benchmarks accuracy`, compile as users do. A flag that a newer
# jaxlib does not know would end the process.
OTHER_COMPILER = X64 and jaxlib.__version__.startswith("0.10.")
if OTHER_COMPILER:
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_use_fusion_emitters=false"

# No picture opens a window.
os.environ.setdefault("MPLBACKEND", "Agg")
# All of this comes before the first array: the number of devices is fixed with it.
jax.config.update("jax_enable_x64", X64)
jax.config.update("jax_num_cpu_devices", 8)
jax.config.update("jax_disable_most_optimizations", X64)
# Silent promotion hides bugs: a test that needs it says so.
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# What was compiled once is found again, by other workers and by later runs.
CACHE = pathlib.Path(__file__).parents[1] / ".pytest_cache" / "compiled"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)

# A collection walks through all that was ever traced, and is a tenth of the time of a
# test when it comes as often as Python has it.
gc.set_threshold(50_000, 20, 50)

# The same examples on every machine. The first one compiles, so none has a deadline.
hypothesis.settings.register_profile(
    "jaxinfo", derandomize=True, deadline=None, database=None
)
hypothesis.settings.load_profile("jaxinfo")


@pytest.fixture
def key():
    return jax.random.key(0)


@pytest.fixture
def x64():
    """Skips the test where there are no 64-bit types."""
    if not X64:
        pytest.skip("needs 64-bit types")


@pytest.fixture
def frugal_compiler():
    """Skips the test where sums of the terms of a table take a table beside it."""
    if tuple(map(int, jaxlib.__version__.split(".")[:3])) < (0, 10, 2):
        pytest.skip("jaxlib before 0.10.2 sets a table aside on CPU")


@pytest.fixture
def one_device(monkeypatch):
    """Takes measures by blocks of rows, as a process with one device does."""
    monkeypatch.setattr(blocks, "_alone", lambda: True)


@pytest.fixture
def optimized():
    """Lets LLVM optimize what the test compiles."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", X64)


@pytest.fixture
def users_compiler():
    """Skips the test where programs are not compiled as users do."""
    if OTHER_COMPILER:
        pytest.skip("equal to the last bit as users compile it: the run without x64")


def pytest_addoption(parser):
    parser.addoption(
        "--share",
        metavar="K/N",
        help="run only the K-th of N shares of the tests, counted from 0: the same "
        "tests wherever it runs",
    )


def pytest_collection_modifyitems(config, items):
    """Leaves out other shares, and float64 where there are no 64-bit types."""
    if share := config.getoption("share"):
        k, n = map(int, share.split("/"))
        others = [x for x in items if zlib.crc32(x.nodeid.encode()) % n != k % n]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]
    if X64:
        return
    wide = [item for item in items if _parameters(item).get("dtype") == "float64"]
    config.hook.pytest_deselected(items=wide)
    items[:] = [item for item in items if item not in wide]


def _parameters(item):
    return item.callspec.params if hasattr(item, "callspec") else {}
