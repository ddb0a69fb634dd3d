"""Information theory in JAX: pure functions that jit, vmap and differentiate."""

import importlib
from typing import TYPE_CHECKING, Any

from jaxinfo import logits, probs
from jaxinfo._core.checked import checked
from jaxinfo.probs import *  # noqa: F403

if TYPE_CHECKING:
    from jaxinfo import benchmarks, losses

__version__ = "0.1.0.dev0"

# Rooms above the measures load when they are first asked for.
_LAZY = ("benchmarks", "losses")

__all__ = ["checked", "logits", "losses", "probs", *probs.__all__]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"jaxinfo.{name}")
    raise AttributeError(f"module 'jaxinfo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
