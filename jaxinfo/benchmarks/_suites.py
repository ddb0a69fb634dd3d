"""The suites: which cases are measured on which shapes."""

import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from jaxinfo.benchmarks import _devices, _limits, _measure, _race, _truth
from jaxinfo.benchmarks._cases import SUITES, scaling
from jaxinfo.benchmarks._rows import Entry, Row

__all__ = ["NAMES", "SIZES", "growth", "suite"]

NAMES = (*SUITES, "scaling")
SIZES = ("small", "medium", "large")
_Work = Callable[[], Row]


def suite(
    name: str,
    *,
    sizes: str | Sequence[str] = "small",
    dtypes: str | Sequence[str] = "float32",
    pattern: str = "",
    peers: Sequence[str] = (),
    seconds: float = 0.0,
    progress: Callable[[Sequence[Any]], Iterable[Any]] = iter,
) -> list[Row]:
    r"""Measures every case of a suite.

    Args:
      name: `"measures"`, `"losses"` or `"scaling"`.
      sizes: One or several of `"small"`, `"medium"` and `"large"`.
      dtypes: One or several types of the inputs.
      pattern: A regular expression; only cases whose name it matches anywhere run.
      peers: Libraries to ask the same; those that are not installed are left out.
      seconds: How long to take times of each row; 0 for memory and accuracy alone.
      progress: Wraps what is gone through, to show how far it is.

    Returns:
      One row a case, shape, type and goal.

    Raises:
      ValueError: If a suite or a size is unknown.

    Examples:
      >>> from jaxinfo import benchmarks
      >>> value, gradient = benchmarks.suite("measures", pattern=r"^probs\.entropy$")
      >>> print(value.shape, value.goal, gradient.goal)
      (256, 1000) value gradient
      >>> print(value.ours.error < 4, gradient.ours.error < 4)
      True True
    """
    sizes = [sizes] if isinstance(sizes, str) else list(sizes)
    dtypes = [dtypes] if isinstance(dtypes, str) else list(dtypes)
    if name not in NAMES:
        raise ValueError(f"`name` must be in {NAMES}, got {name!r}.")
    if unknown := set(sizes) - set(SIZES):
        raise ValueError(f"`sizes` must be in {SIZES}, got {sorted(unknown)}.")
    options = {"peers": tuple(peers), "seconds": seconds}
    listed = _scaling if name == "scaling" else _rows_of(name)
    works = [
        work
        for dtype in dtypes
        for size in sizes
        for work in listed(size, dtype, pattern, options)
    ]
    return [work() for work in progress(works)]


def _rows_of(name: str) -> Callable[..., Iterator[_Work]]:
    """The rows of a suite that is a list of cases."""

    def listed(size: str, dtype: str, pattern: str, options: Any) -> Iterator[_Work]:
        for case in SUITES[name]:
            if re.search(pattern, case.name):
                for shape in case.shapes[size]:
                    for goal in case.goals():
                        given = {"dtype": dtype, "goal": goal, **options}
                        yield _later(_measure.measure, name, case, shape, **given)

    return listed


def _later(fn: Callable[..., Row], *args: Any, **options: Any) -> _Work:
    return lambda: fn(*args, **options)


def _scaling(size: str, dtype: str, pattern: str, options: Any) -> Iterator[_Work]:
    """The sweeps on one device, then the same measures on more and more devices."""
    for sweep in scaling.SWEEPS:
        if re.search(pattern, sweep.case.name):
            for shape in sweep.shapes[size]:
                for goal in sweep.case.goals():
                    yield _later(_swept, sweep, shape, dtype, goal, options)
    for sharded in scaling.SHARDED:
        if re.search(pattern, sharded.case.name):
            for shape in sharded.shapes[size]:
                for goal in sharded.case.goals():
                    counts = _devices.counts()
                    for count in counts[-1:] if size == "small" else counts:
                        given = (dtype, goal, count, options["seconds"])
                        yield _later(_spread, sharded, shape, *given)


def _swept(
    sweep: scaling.Sweep, shape: Sequence[int], dtype: str, goal: str, options: Any
) -> Row:
    row = _measure.measure(
        "scaling", sweep.case, tuple(shape), dtype=dtype, goal=goal, **options
    )
    return row._replace(more={"along": sweep.along, "n": shape[sweep.axis]})


def _spread(
    sharded: scaling.Sharded,
    shape: Sequence[int],
    dtype: str,
    goal: str,
    count: int,
    seconds: float,
) -> Row:
    """One sharded measure on some devices."""
    case = sharded.case
    inputs = case.inputs(tuple(shape), dtype)
    program = _devices.program(sharded, inputs, goal, count)
    moves = _devices.bytes_moved(program.text()) if program.text and count > 1 else {}
    error = _truth.of(case, case.formula, goal, inputs).error(program.run())
    entry = Entry(None, None, *program[1:4], error)
    if seconds > 0:
        (times,) = _race.race({"jaxinfo": program.run}, seconds).values()
        entry = entry._replace(median=statistics.median(times), best=min(times))
    more = {"along": "devices", "n": count, "moves": moves}
    more["bytes_moved"] = sum(moves.values())
    least = _limits.work(case, tuple(shape), goal, inputs)
    entries = {"jaxinfo": entry}
    return Row(
        "scaling", case.name, tuple(shape), dtype, goal, *least, {}, entries, more
    )


def growth(rows: Iterable[Row]) -> dict[tuple[str, str, str], float]:
    """The exponent with which time grows, by case, goal and what grows.

    It is the slope of the logarithms of the last three times: where a call's fixed cost
    no longer hides the rest.

    Args:
      rows: Rows of the suite `scaling`; others are left out.

    Returns:
      The exponents: 1 is linear growth, 2 is quadratic.

    Examples:
      >>> from jaxinfo import benchmarks
      >>> rows = [
      ...     benchmarks.Row(
      ...         suite="scaling", case="probs.entropy", shape=(n,), dtype="float32",
      ...         goal="value", bytes=4 * n, flops=0.0, limits={},
      ...         more={"along": "outcomes", "n": n},
      ...         entries={"jaxinfo": benchmarks.Entry(median=1e-9 * n)},
      ...     )
      ...     for n in (1000, 10_000, 100_000)
      ... ]
      >>> print(round(benchmarks.growth(rows)["probs.entropy", "value", "outcomes"], 3))
      1.0
    """
    series: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in rows:
        along = row.more.get("along")
        if along not in (None, "devices") and row.ours.median is not None:
            name = (row.case, row.goal, along)
            series.setdefault(name, []).append((row.more["n"], row.ours.median))
    return {
        name: _slope(points[-3:]) for name, points in series.items() if len(points) > 1
    }


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of a straight line through the logarithms."""
    n, seconds = np.log(np.asarray(points)).T
    return float(np.polyfit(n, seconds, 1)[0])
