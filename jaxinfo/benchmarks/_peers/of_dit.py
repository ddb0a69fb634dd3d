"""The measures of dit, of one distribution at a time and so of small tables only."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import dit
import dit.shannon
import jax
import numpy as np
from dit import multivariate

from jaxinfo.benchmarks._cases import Case
from jaxinfo.benchmarks._cases.case import Call
from jaxinfo.benchmarks._peers.library import Library
from jaxinfo.benchmarks._programs import Program

__all__ = ["library"]

# Its distributions hold a Python object for each outcome.
_MOST_ENTRIES = 2**15
_NATS = float(np.log(2))


def _program(
    case: Case, call: Call, goal: str, inputs: Sequence[Any]
) -> Program | None:
    """The call for each table of a batch; it is not timed how they are made."""
    (table,) = (np.asarray(x, np.float64) for x in inputs)
    other = jax.default_backend() != "cpu" or goal == "gradient"
    if other or table.size > _MOST_ENTRIES:
        return None
    tables = [_distribution(row) for row in table]
    return Program(lambda: np.array([call(t) for t in tables]))


def _distribution(table: np.ndarray) -> Any:
    """The same table as a distribution of dit."""
    names = [[chr(ord("A") + i) for i in range(k)] for k in table.shape]
    outcomes = ["".join(outcome) for outcome in itertools.product(*names)]
    return dit.Distribution(outcomes, table.ravel() / table.sum())


def _in_nats(measure: Callable[[Any], float]) -> Call:
    return lambda distribution: _NATS * measure(distribution)


def library() -> Library:
    """The measures of joint tables."""
    measures = {
        "co_information": multivariate.coinformation,
        "dual_total_correlation": multivariate.dual_total_correlation,
        "joint_entropy": multivariate.entropy,
        "mutual_information": lambda d: dit.shannon.mutual_information(d, [0], [1]),
        "o_information": multivariate.o_information,
        "residual_entropy": multivariate.residual_entropy,
        "total_correlation": multivariate.total_correlation,
    }
    calls = {f"probs.{name}": _in_nats(fn) for name, fn in measures.items()}
    return Library(calls, _program)
