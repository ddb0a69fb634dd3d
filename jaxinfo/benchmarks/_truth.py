"""What the output of a case should be: its formula in float64, row by row.

The inputs are generic, so that a text-book formula in float64 is right to far more
digits than a result in float32 has. Where digits are hard to keep is the accuracy
suite's business, which compares with sixty digits.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo.benchmarks._cases import Case
from jaxinfo.benchmarks._cases.case import Call

__all__ = ["Truth", "of"]

# So many rows are asked for, and not more numbers than these of them.
_ROWS, _NUMBERS = 64, 2**21


class Truth(NamedTuple):
    """The true results of some rows.

    Attributes:
      rows: Which rows of the inputs.
      values: The leaves of the true result; `None` for one that those rows alone do
        not determine.
      slopes: Whether they are slopes, which are differences of what was computed, and
        then right to the largest of them; other numbers are right to themselves.
      unit: The least precision of a result that is judged.
    """

    rows: np.ndarray
    values: Sequence[np.ndarray | None]
    slopes: bool
    unit: float

    def error(self, result: Any) -> float | None:
        """The largest error of a result, in units of its precision."""
        errors = [0.0]
        leaves = jax.tree.leaves(result)
        if len(leaves) != len(self.values):
            return float("inf")
        for got, want in zip(leaves, self.values, strict=True):
            if want is not None:
                some, scale = self._some(got, want), self._scale(want)
                errors.append(_error(some, want, scale, self.unit))
        known = any(want is not None for want in self.values)
        return max(errors) if known else None

    def _scale(self, want: np.ndarray) -> np.ndarray:
        """What errors are measured by: the largest number of a row."""
        size = np.abs(want)
        if want.ndim > 1:
            return size.max(axis=-1, keepdims=True)
        return size.max(initial=0.0) if self.slopes else size

    def _some(self, got: Any, want: np.ndarray) -> np.ndarray:
        """The rows that are known of a result."""
        if np.ndim(got) and np.ndim(want) and len(got) != len(want):
            got = got[self.rows]
        return got if isinstance(got, np.ndarray) else _array(got)


def of(
    case: Case, formula: Call | None, goal: str, inputs: Sequence[jax.Array]
) -> Truth:
    """The truth of a case by a formula, of as many rows as take a moment."""
    of_rows = [i for i in range(len(inputs)) if i not in case.shared]
    count = len(inputs[of_rows[0]]) if of_rows else 1
    size = max(inputs[i].size // count for i in of_rows) if of_rows else 1
    # Entry by entry, a thousand of them.
    most = 1024 if size == 1 else min(_ROWS, max(1, _NUMBERS // size))
    rows = np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
    few = [x if i in case.shared else x[rows] for i, x in enumerate(inputs)]
    if formula is None:
        return Truth(rows, [None], False, 0.0)
    with jax.enable_x64(True), jax.default_device(_host()):
        exact = [_wide(x) for x in few]
        program = jax.jit(case.differentiated(formula, goal))
        results = jax.tree.map(np.asarray, program(*exact))
    whole = len(rows) == count
    known = _known(case, goal, results, whole)
    return Truth(rows, known, goal == "gradient", _unit(inputs))


def _host() -> Any:
    """The processor, which has 64-bit numbers, if JAX was started with it."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return jax.local_devices()[0]


def _known(
    case: Case, goal: str, results: Any, whole: bool
) -> Sequence[np.ndarray | None]:
    """The leaves that do not depend on rows that were left out."""
    if goal == "value" or whole:
        return jax.tree.leaves(results)
    total, slopes = results
    wanted = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    slopes = slopes if isinstance(case.argnums, tuple) else (slopes,)
    kept = [
        None if i in case.shared else x for i, x in zip(wanted, slopes, strict=True)
    ]
    more = jax.tree.leaves(total[1]) if case.has_aux else []
    return [None, *more, *kept]


def _unit(inputs: Sequence[jax.Array]) -> float:
    """The precision that results of such inputs have: more is not asked of anyone."""
    wide = any(x.dtype == jnp.float64 for x in inputs)
    return float(jnp.finfo(jnp.float64 if wide else jnp.float32).eps)


def _wide(x: jax.Array) -> jax.Array:
    array = np.asarray(x)
    integers = np.issubdtype(array.dtype, np.integer)
    return jnp.asarray(array if integers else array.astype(np.float64))


def _array(result: Any) -> np.ndarray:
    """A NumPy array of what a library returns."""
    if hasattr(result, "detach"):  # a tensor
        result = result.detach().cpu()
        low = "bfloat16" in str(result.dtype)
        return np.asarray(result.float() if low else result)
    return np.asarray(result)


def _error(got: np.ndarray, want: np.ndarray, scale: np.ndarray, least: float) -> float:
    """The largest error, in units of the precision of a number as large as `scale`.

    The unit is that of the result, but not below `least`.
    """
    if got.shape != want.shape or np.issubdtype(got.dtype, np.integer):
        return float("inf")
    unit = max(float(jnp.finfo(got.dtype).eps), least)
    gap = np.abs(got.astype(np.float64) - want)
    errors = gap / np.maximum(scale, np.finfo(np.float64).tiny) / unit
    return float("inf") if np.isnan(errors).any() else float(errors.max(initial=0.0))
