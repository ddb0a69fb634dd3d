"""How the same case is asked of another library."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxinfo.benchmarks import _programs
from jaxinfo.benchmarks._cases import Case
from jaxinfo.benchmarks._cases.case import Call
from jaxinfo.benchmarks._programs import Program

__all__ = ["Library", "of_host", "of_jax"]


class Library(NamedTuple):
    """Another library.

    Attributes:
      calls: Its call for each case that it has, by the name of the case.
      program: Makes a program of a case, a call, a goal and inputs; `None` where the
        library cannot do that: gradients, or inputs of that size.
    """

    calls: Mapping[str, Call]
    program: Callable[[Case, Call, str, Sequence[Any]], Program | None]


def of_jax(case: Case, call: Call, goal: str, inputs: Sequence[Any]) -> Program:
    """A program of JAX, compiled as ours is."""
    return _programs.compiled(case.differentiated(call, goal), inputs)


def of_host(case: Case, call: Call, goal: str, inputs: Sequence[Any]) -> Program | None:
    """A call of NumPy arrays, which nobody differentiates."""
    if goal == "gradient" or jax.default_backend() != "cpu":
        return None
    arrays = [np.asarray(x) for x in inputs]
    return Program(lambda: call(*arrays))
