"""The jit wrapper of the public functions."""

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from typing import Any, ParamSpec, TypeVar

import jax
import numpy as np

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
            except (TypeError, ValueError):
                given = _given(fn, *args, **kwargs)
                _refuse_unhashable(static, given)
                _refuse_foreign(given)
                raise

        return public

    return wrap


def _given(fn: Callable, *args: Any, **kwargs: Any) -> Mapping:
    """The arguments by their names; none if they are not those of the function."""
    try:
        return inspect.signature(fn).bind_partial(*args, **kwargs).arguments
    except TypeError:
        return {}


def _refuse_foreign(given: Mapping) -> None:
    """Says which argument is a table that JAX does not know."""
    for name, value in given.items():
        if isinstance(value, np.ndarray) and value.dtype == object:
            raise TypeError(
                f"`{name}` must be an array of numbers, got one of Python objects: "
                "is there text in it?"
            ) from None
        if hasattr(value, "to_numpy"):  # of pandas, polars, xarray or Arrow
            raise TypeError(
                f"`{name}` must be an array, got a {type(value).__name__}: "
                "take its `.to_numpy()`."
            ) from None


def _refuse_unhashable(static: tuple[str, ...], options: Mapping) -> None:
    """Says which static option was given a value that cannot be static."""
    for name in static:
        value = options.get(name)
        if not isinstance(value, Hashable):
            raise TypeError(
                f"`{name}` must be a static Python value (a number, a string or a "
                f"tuple of them), got {type(value).__name__}."
            ) from None
