"""Old names that still work, with a warning, until the release that drops them."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar

__all__ = ["REGISTER", "Renamed", "renamed", "renamed_argument"]

P = ParamSpec("P")
R = TypeVar("R")


class Renamed(NamedTuple):
    """What was renamed, and the release that no longer knows the old name."""

    old: str
    new: str
    removed_in: str


# Everything that is deprecated. A test fails once a release is reached that should
# no longer know one of them.
REGISTER: list[Renamed] = []


def renamed(
    module: str, old: str, new: str, *, removed_in: str
) -> Callable[[str], Any]:
    """A `__getattr__` for a module in which one function has a new name.

    In the room: `__getattr__ = renamed(__name__, "old", "new", removed_in="0.3.0")`.
    """
    entry = _register(f"{module}.{old}", f"{module}.{new}", removed_in)

    def __getattr__(name: str) -> Any:
        if name != old:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        _warn(f"`{entry.old}` is now `{entry.new}`", entry)
        return getattr(sys.modules[module], new)

    return __getattr__


def renamed_argument(
    old: str, new: str, *, removed_in: str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for a function of which one keyword has a new name.

    It goes outside of `jitted`: the old keyword is replaced before anything is traced.
    """

    def wrap(fn: Callable[P, R]) -> Callable[P, R]:
        where = f"{fn.__module__}.{fn.__qualname__}"
        entry = _register(f"{where}({old}=)", f"{where}({new}=)", removed_in)

        @functools.wraps(fn)
        def public(*args: P.args, **kwargs: P.kwargs) -> R:
            if old in kwargs:
                if new in kwargs:
                    raise TypeError(
                        f"{fn.__name__}() got both `{new}` and `{old}`, its old name."
                    )
                _warn(f"the argument `{old}` of `{fn.__name__}` is now `{new}`", entry)
                kwargs[new] = kwargs.pop(old)
            return fn(*args, **kwargs)

        return public

    return wrap


def _register(old: str, new: str, removed_in: str) -> Renamed:
    entry = Renamed(old, new, removed_in)
    REGISTER.append(entry)
    return entry


def _warn(what: str, entry: Renamed) -> None:
    # At the line of the caller: past this function and its own caller.
    warnings.warn(
        f"{what}; jaxinfo {entry.removed_in} no longer knows the old name.",
        DeprecationWarning,
        stacklevel=3,
    )
