"""The jit wrapper of the public functions."""

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from typing import ParamSpec, TypeVar

import jax

__all__ = ["jitted"]

P = ParamSpec("P")
R = TypeVar("R")


def jitted(*static: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compiles a public function; signature, types and docstring stay its own.

    Args:
      static: Names of the options that are Python values, part of the program.
    """

    def wrap(fn: Callable[P, R]) -> Callable[P, R]:
        compiled = jax.jit(fn, static_argnames=static)

        @functools.wraps(fn)
        def public(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return compiled(*args, **kwargs)
            except ValueError:
                given = inspect.signature(fn).bind_partial(*args, **kwargs)
                _refuse_unhashable(static, given.arguments)
                raise

        return public

    return wrap


def _refuse_unhashable(static: tuple[str, ...], options: Mapping) -> None:
    """Says which static option was given a value that cannot be static."""
    for name in static:
        value = options.get(name)
        if not isinstance(value, Hashable):
            raise TypeError(
                f"`{name}` must be a static Python value (a number, a string or a "
                f"tuple of them), got {type(value).__name__}."
            ) from None
