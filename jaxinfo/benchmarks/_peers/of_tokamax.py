"""The linear head of tokamax, in the form that compiles everywhere."""

import functools
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from jaxinfo.benchmarks._cases import Case
from jaxinfo.benchmarks._cases.case import Call
from jaxinfo.benchmarks._peers.library import Library, of_jax
from jaxinfo.benchmarks._programs import Program

__all__ = ["library"]


def _linear(hidden, kernel, labels):
    tokamax = importlib.import_module("tokamax")
    arguments, sys.argv = sys.argv, sys.argv[:1]  # It parses them when it is called.
    try:
        sums = functools.partial(
            tokamax.linear_softmax_cross_entropy_loss,
            reduction="sum",
            implementation="xla",
        )
        return sums(hidden, labels, kernel)
    finally:
        sys.argv = arguments


def _program(
    case: Case, call: Call, goal: str, inputs: Sequence[Any]
) -> Program | None:
    """The gradient of the sum: it has no loss of each token."""
    return of_jax(case, call, goal, inputs) if goal == "gradient" else None


def library() -> Library:
    """The head alone: the rest of tokamax is about something else."""
    return Library({"losses.linear_softmax_cross_entropy": _linear}, _program)
