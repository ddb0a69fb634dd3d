"""The truth set: inputs that are exact in float32, results to sixty digits."""

import functools
import importlib.resources
import json
import lzma
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from jaxinfo.benchmarks._accuracy import recipes

__all__ = ["TruthCase", "truth_cases"]

_PACKAGE = "jaxinfo.benchmarks._accuracy"
_FILE = "truth.json.xz"


class TruthCase(NamedTuple):
    """One input and its true result.

    Attributes:
      id: The measure and a number, as in `"kl/012"`.
      measure: The truth set's name of the measure.
      kind: One of `scalar`, `vector`, `table`, `logits`, `grad` and `closed`.
      inputs: By argument, a number, nested lists, or a recipe of a large array.
      params: Parameters that are not arrays, such as a label.
      norm: `exact` where the probabilities sum to exactly one, `as_given` where
        they do not and the formula is applied to the numbers as they are,
        `renormalized` where each array is divided by its sum first.
      tags: What is special about the case, such as `near_equal`.
      truth: Decimal strings, nested as the result is.
    """

    id: str
    measure: str
    kind: str
    inputs: Mapping[str, Any]
    params: Mapping[str, Any]
    norm: str
    tags: frozenset[str]
    truth: Any

    def arrays(self, dtype: str) -> list[np.ndarray]:
        """The inputs, in order, as arrays of `dtype` that hold them exactly."""
        return [_array(spec).astype(dtype) for spec in self.inputs.values()]

    def values(self) -> list[Decimal]:
        """The true result, flattened in row-major order."""
        return [Decimal(text) for text in _flatten(self.truth)]


@functools.cache
def truth_cases() -> tuple[TruthCase, ...]:
    """All cases of the truth set, read on the first call.

    Every value was computed from the text-book definition in arithmetic of rising
    precision until two precisions agreed to more than sixty digits. Logarithms are
    natural. Joint tables have X on axis 0, Y on axis 1 and Z on axis 2.

    Returns:
      The cases, in the order of the file.

    Examples:
      >>> from jaxinfo import benchmarks
      >>> case = benchmarks.truth_cases()[11]
      >>> case.measure, len(benchmarks.truth_cases())
      ('binary_entropy', 1849)
    """
    packed = importlib.resources.files(_PACKAGE).joinpath(_FILE).read_bytes()
    return tuple(_case(record) for record in json.loads(lzma.decompress(packed)))


def _case(record: dict[str, Any]) -> TruthCase:
    """One case from its record in the file."""
    tags = frozenset(record.pop("tags"))
    return TruthCase(kind=record.pop("class"), tags=tags, **record)


def _array(spec: Any) -> np.ndarray:
    """The float64 array that a number, nested lists or a recipe stand for."""
    if isinstance(spec, dict):
        return _expanded(json.dumps(spec))
    flat = np.array([float(entry) for entry in _flatten(spec)])
    return flat.reshape(_shape(spec))


@functools.cache
def _expanded(recipe: str) -> np.ndarray:
    """An expanded recipe; several cases share one, so each is expanded once."""
    values = recipes.expand(json.loads(recipe))
    values.flags.writeable = False
    return values


def _flatten(nested: Any) -> list[Any]:
    """The leaves of nested lists, in order."""
    if isinstance(nested, list):
        return [leaf for branch in nested for leaf in _flatten(branch)]
    return [nested]


def _shape(nested: Any) -> tuple[int, ...]:
    """The shape of nested lists of equal lengths."""
    if isinstance(nested, list):
        return (len(nested), *_shape(nested[0]))
    return ()
