"""Value checks on demand."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from jax.experimental import checkify

__all__ = ["checked"]

P = ParamSpec("P")
R = TypeVar("R")


def checked(f: Callable[P, R]) -> Callable[P, R]:
    functionalized = checkify.checkify(f, errors=checkify.user_checks)

    @functools.wraps(f)
    def public(*args: P.args, **kwargs: P.kwargs) -> R:
        error, result = functionalized(*args, **kwargs)
        error.throw()
        return result

    return public
