"""Strict JAX for every test: no silent promotion, eight devices, either precision.

`JAXINFO_TEST_X64=0` runs the same tests without 64-bit types. A case parametrized by
`dtype="float64"` is then left out, and a test that uses the fixture `x64` is skipped.
"""

import os

import hypothesis
import jax
import pytest

X64 = os.environ.get("JAXINFO_TEST_X64", "1") != "0"

# All of this comes before the first array: the number of devices is fixed with it.
jax.config.update("jax_enable_x64", X64)
jax.config.update("jax_num_cpu_devices", 8)
# Silent promotion hides bugs: a test that needs it says so.
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

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


def pytest_collection_modifyitems(config, items):
    """Leaves out the cases in float64 where there are no 64-bit types."""
    if X64:
        return
    wide = [item for item in items if _parameters(item).get("dtype") == "float64"]
    config.hook.pytest_deselected(items=wide)
    items[:] = [item for item in items if item not in wide]


def _parameters(item):
    return item.callspec.params if hasattr(item, "callspec") else {}
