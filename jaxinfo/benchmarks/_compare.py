"""Compares two runs: what became worse."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Row, key

__all__ = ["Change", "changes"]

# Memory depends on the machine a little, through the number of its threads.
_MEMORY, _BYTES = 1.05, 65_536
# Errors of different machines differ in the last place.
_ERROR, _UNITS = 1.5, 2.0
_TIME = 1.25


class Change(NamedTuple):
    """Something that is not as it was.

    Attributes:
      kind: `"memory"`, `"accuracy"`, `"time"` or `"missing"`.
      where: The case.
      old: What it was.
      new: What it is.
    """

    kind: str
    where: str
    old: str
    new: str

    @property
    def fatal(self) -> bool:
        """Whether noise cannot have done it."""
        return self.kind in ("memory", "accuracy")

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.old} -> {self.new}"


def changes(old: Results, new: Results) -> list[Change]:
    """Everything that is worse in the new run, of what both have measured.

    Times are compared as ratios to the machine's limit of the same rounds, and only if
    both runs could be judged.
    """
    before = {key(row): row for row in old.rows}
    found: list[Change] = []
    for row in new.rows:
        if (past := before.get(key(row))) is not None:
            found += _of_row(past, row, old.judged and new.judged)
    found += _missing(old, new)
    for record in new.accuracy:
        found += _of_accuracy(old, record)
    return found


def _of_row(old: Row, new: Row, judged: bool) -> Iterator[Change]:
    where = f"{new.case} {new.shape} {new.dtype} {new.goal}"
    for what in ("temporaries", "peak"):
        was, now = getattr(old.ours, what), getattr(new.ours, what)
        if was is not None and now is not None and now > _MEMORY * was + _BYTES:
            yield Change("memory", where, f"{was:,} bytes of {what}", f"{now:,}")
    was, now = old.ours.error, new.ours.error
    if was is not None and now is not None and not now <= _ERROR * was + _UNITS:
        yield Change("accuracy", where, f"{was:.2f} units", f"{now:.2f}")
    was, now = (row.more.get("bytes_moved") for row in (old, new))
    if was is not None and now is not None and now > was:
        yield Change("memory", where, f"{was:,} bytes between devices", f"{now:,}")
    if judged and old.limit is not None and new.limit is not None:
        was, now = old.limit[1], new.limit[1]
        if now > _TIME * was:
            yield Change("time", where, f"{was:.1f} of the limit", f"{now:.1f}")


def _missing(old: Results, new: Results) -> Iterator[Change]:
    """Cases of the same kind of run that are gone."""
    kinds = {(row.suite, row.dtype, row.goal) for row in new.rows}
    cases = {(row.suite, row.case) for row in new.rows}
    for suite, case in sorted({(row.suite, row.case) for row in old.rows} - cases):
        if any(kind[0] == suite for kind in kinds):
            yield Change("missing", f"{suite} {case}", "measured", "not")


def _of_accuracy(old: Results, new: dict[str, Any]) -> Iterator[Change]:
    """Cases of the truth set that were right, and measures whose worst error grew."""
    for record in old.accuracy:
        if record["dtype"] != new["dtype"]:
            continue
        for measure, row in new["measures"].items():
            past = record["measures"].get(measure)
            if past is not None:
                where = f"{measure} {new['dtype']}"
                yield from _of_measure(where, past["jaxinfo"], row["jaxinfo"])


def _of_measure(where: str, old: Any, new: Any) -> Iterator[Change]:
    for case in new["missed"].keys() - old["missed"].keys():
        if case in old["errors"]:
            yield Change("accuracy", case, "right", new["missed"][case])
    worst = [max(map(float, record["errors"].values())) for record in (old, new)]
    if math.isfinite(worst[0]) and worst[1] > _ERROR * worst[0] + _UNITS:
        yield Change("accuracy", where, f"{worst[0]:.2f} ULP", f"{worst[1]:.2f}")
