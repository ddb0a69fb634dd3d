"""What a case reached: the rows of a report."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Entry", "Row", "key"]


class Entry(NamedTuple):
    """What one library did.

    Attributes:
      median: Median seconds of one call; `None` if it was not timed.
      best: Least seconds of one call.
      compile_seconds: Time of tracing and compilation; `None` if nothing is compiled.
      temporaries: Bytes beside inputs and results; `None` if nobody says.
      peak: Bytes of inputs, results and temporaries.
      error: Largest error of the very output that was timed, in units of the result's
        precision: of a number itself, and for a table of the largest number in its
        row. `None` where there is nothing to compare with.
      note: Why there is no time: a wrong answer, or what was raised.
    """

    median: float | None = None
    best: float | None = None
    compile_seconds: float | None = None
    temporaries: int | None = None
    peak: int | None = None
    error: float | None = None
    note: str = ""


class Row(NamedTuple):
    """One case on one shape.

    Attributes:
      suite: The suite, as in `"measures"`.
      case: The room and the function, as in `"probs.entropy"`.
      shape: The shape of the inputs, in the words of the case.
      dtype: Their type.
      goal: `"value"`, or `"gradient"` for the value and the gradient.
      bytes: The least that is read and written.
      flops: Operations in products of matrices; 0 where there is none.
      limits: Median seconds of the simplest programs that do that work, by name.
      entries: What each library did, ours under `"jaxinfo"`.
      more: What only one suite knows, such as bytes between devices.
    """

    suite: str
    case: str
    shape: tuple[int, ...]
    dtype: str
    goal: str
    bytes: int
    flops: float
    limits: Mapping[str, float]
    entries: Mapping[str, Entry]
    more: Mapping[str, Any]

    @property
    def ours(self) -> Entry:
        """What jaxinfo did."""
        return self.entries["jaxinfo"]

    @property
    def limit(self) -> tuple[str, float] | None:
        """The limit that is nearest, and how many times longer we take."""
        if self.ours.median is None or not self.limits:
            return None
        name = max(self.limits, key=lambda limit: self.limits[limit])
        return name, self.ours.median / self.limits[name]

    def ratio(self, library: str) -> float | None:
        """Our time over that of another library; below 1 we are faster."""
        theirs = self.entries.get(library, Entry()).median
        if self.ours.median is None or theirs is None:
            return None
        return self.ours.median / theirs

    @property
    def rate(self) -> tuple[float, str] | None:
        """What was done in a second: of products TFLOP, else GB of the least bytes."""
        if self.ours.median is None:
            return None
        if self.flops:
            return self.flops / self.ours.median / 1e12, "TFLOP/s"
        return self.bytes / self.ours.median / 1e9, "GB/s"

    def to_json(self) -> dict[str, Any]:
        """For a file; JSON has no infinity."""
        entries = {
            name: {k: _finite(v) for k, v in entry._asdict().items() if v not in ("",)}
            for name, entry in self.entries.items()
        }
        return {**self._asdict(), "entries": entries}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Row":
        """The row that a file holds."""
        entries = {name: _entry(e) for name, e in record["entries"].items()}
        shape = tuple(record["shape"])
        return cls(**{**record, "shape": shape, "entries": entries})


def key(row: Row) -> tuple[Any, ...]:
    """What makes a row the same in another file."""
    swept = row.more.get("along"), row.more.get("n")
    return row.suite, row.case, row.shape, row.dtype, row.goal, *swept


def _entry(record: Mapping[str, Any]) -> Entry:
    """The entry that a file holds; an error may be infinite there, as a string."""
    entry = Entry(**record)
    return entry if entry.error is None else entry._replace(error=float(entry.error))


def _finite(value: Any) -> Any:
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    return "inf" if is_infinite else value
