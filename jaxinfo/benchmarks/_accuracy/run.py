"""Runs one measure on its cases and scores each result."""

import contextlib
import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxinfo.benchmarks._accuracy import errors, rules
from jaxinfo.benchmarks._accuracy.adapters import Call
from jaxinfo.benchmarks._accuracy.cases import TruthCase

__all__ = ["Outcome", "run"]


class Outcome(NamedTuple):
    """The result of one case.

    Attributes:
      case: The id of the case.
      error: The largest error of an entry, in ULP; infinite for a result of the
        wrong kind.
      budget: The error allowed.
      note: The entry with that error, or the exception that was raised.
    """

    case: str
    error: float
    budget: float
    note: str

    @property
    def right(self) -> bool:
        """Whether the error is within the budget."""
        return self.error <= self.budget


class _Group(NamedTuple):
    """Cases of the same shapes and options, which run as one batch."""

    cases: list[TruthCase]
    options: dict[str, Any]


def run(
    call: Call, cases: Sequence[TruthCase], dtype: str, *, convention: str = "jaxinfo"
) -> list[Outcome]:
    """Calls a measure on all cases in one compiled program, and scores the results.

    Args:
      call: The measure, of stacked inputs.
      cases: Cases of one measure.
      dtype: `"float32"` or `"float64"`.
      convention: `"jaxinfo"`, or `"raw"` for gradients of the raw definitions.

    Returns:
      One outcome a case. A call that raises gives an infinite error on all.
    """
    try:
        rows = _results(call, cases, dtype)
    except Exception as error:  # A peer may raise anything; the suite goes on.
        note = f"{type(error).__name__}: {error}".partition("\n")[0]
        return [_failed(case, note) for case in cases]
    return [_scored(case, rows[case.id], dtype, convention) for case in cases]


def _results(
    call: Call, cases: Sequence[TruthCase], dtype: str
) -> dict[str, np.ndarray]:
    """The result of each case, by id."""
    groups = _grouped(cases)
    inputs = [_stacked(group.cases, dtype) for group in groups]
    # float32 runs in whatever mode the process is in, as it does for its user.
    wide = jax.enable_x64(True) if dtype == "float64" else contextlib.nullcontext()
    with wide:
        results = _program(call, groups)(inputs)
    return {
        case.id: row
        for group, result in zip(groups, results, strict=True)
        for case, row in zip(group.cases, np.asarray(result), strict=True)
    }


def _program(call: Call, groups: list[_Group]) -> Call:
    """One program for all groups: compiling is most of the time of a run."""
    calls = [functools.partial(call, **group.options) for group in groups]
    return jax.jit(lambda inputs: [f(*x) for f, x in zip(calls, inputs, strict=True)])


def _grouped(cases: Sequence[TruthCase]) -> list[_Group]:
    """Groups cases by the shapes of their inputs and by their static options."""
    groups: dict[Any, _Group] = {}
    for case in cases:
        options = {k: v for k, v in case.params.items() if k != "label"}
        shapes = tuple(array.shape for array in case.arrays("float32"))
        key = shapes, tuple(options.items())
        groups.setdefault(key, _Group([], options)).cases.append(case)
    return list(groups.values())


def _stacked(cases: list[TruthCase], dtype: str) -> list[np.ndarray]:
    """The inputs of cases along a new leading axis, and their labels if any."""
    rows = [[_normalized(a, case) for a in case.arrays(dtype)] for case in cases]
    stacked = [np.stack(column) for column in zip(*rows, strict=True)]
    if "label" in cases[0].params:
        stacked.append(np.array([case.params["label"] for case in cases], np.int32))
    return stacked


def _normalized(array: np.ndarray, case: TruthCase) -> np.ndarray:
    """Divides by the sum, in the tested type as a user would, where a case asks."""
    return array / array.sum() if case.norm == "renormalized" else array


def _scored(case: TruthCase, got: np.ndarray, dtype: str, convention: str) -> Outcome:
    """Compares a result with the truth."""
    if got.dtype != dtype:
        return _failed(case, f"got {got.dtype} for {dtype}")
    truth = rules.expected(case, convention=convention)
    error = errors.worst_error(got, truth, unit=rules.unit(case))
    return Outcome(case.id, error.size, rules.budget(case), error.note)


def _failed(case: TruthCase, note: str) -> Outcome:
    """The outcome of a case without a usable result."""
    return Outcome(case.id, math.inf, rules.budget(case), note)
