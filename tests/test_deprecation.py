"""Old names work and warn until the release that drops them, and not after it."""

import importlib
import inspect
import pkgutil
import sys
import types

import jax
import jax.numpy as jnp
import pytest

import jaxinfo
from jaxinfo._core import deprecation
from jaxinfo._core.jit import jitted


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(deprecation, "REGISTER", list(deprecation.REGISTER))


def release(version):
    return tuple(int(part) for part in version.split(".")[:3])


def overdue():
    now = release(jaxinfo.__version__)
    return [x for x in deprecation.REGISTER if release(x.removed_in) <= now]


def test_no_old_name_is_overdue():
    for module in pkgutil.walk_packages(jaxinfo.__path__, "jaxinfo."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert overdue() == []
    deprecation.renamed("jaxinfo", "older", "entropy", removed_in="0.0.9")
    assert [entry.old for entry in overdue()] == ["jaxinfo.older"]


def test_function(monkeypatch):
    room = types.ModuleType("room")
    room.entropy = jaxinfo.entropy
    room.__getattr__ = deprecation.renamed("room", "gain", "entropy", removed_in="9.0")
    monkeypatch.setitem(sys.modules, "room", room)
    with pytest.warns(DeprecationWarning, match=r"`room.gain` is now `room.entropy`"):
        assert room.gain is jaxinfo.entropy
    with pytest.raises(AttributeError, match="module 'room' has no attribute 'loss'"):
        _ = room.loss


def test_argument():
    @deprecation.renamed_argument("unit", "base", removed_in="9.0.0")
    @jitted("base")
    def measure(p, *, base=None):
        """Measures."""
        return jaxinfo.entropy(p, base=base)

    p = jnp.array([0.5, 0.25, 0.25], jnp.float32)
    assert measure(p, base=2) == 1.5
    with pytest.warns(DeprecationWarning, match=r"`unit` of .*measure.* `base`; .*9.0"):
        assert measure(p, unit=2) == 1.5
    with pytest.warns(DeprecationWarning, match="unit") as caught:
        gradient = jax.grad(lambda p: measure(p, unit=2))(p)
    assert (gradient == jax.grad(lambda p: measure(p, base=2))(p)).all()
    assert caught[0].filename == __file__
    with pytest.raises(TypeError, match="both `base` and `unit`"):
        measure(p, unit=2, base=2)
    assert "unit" not in inspect.signature(measure).parameters
    assert measure.__doc__ == "Measures."
