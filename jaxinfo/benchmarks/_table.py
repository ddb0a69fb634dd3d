"""The rows of a suite as a table for people, by rich if it is installed."""

import functools
import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jaxinfo.benchmarks._rows import Row

__all__ = ["aligned", "lines", "progress", "show"]

# What a narrow terminal does without, first to last.
_SPARED = (
    "compile",
    "peak",
    "type",
    "best ms",
    "rate",
    "/ dit",
    "/ numpyro",
    "/ numpy",
)


_LEGEND = (
    "x limit: times the nearest limit of the machine; rate: of the least bytes, or of "
    "the operations of products;\ntemp, peak: bytes, of temporaries and of all; error: "
    "in units of the result's precision;\n/ NAME: our time over theirs, and their "
    "temporaries"
)


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """Heads, then one line a row; only what some row has."""
    others = dict.fromkeys(name for row in rows for name in row.entries)
    columns = _OF_EVERY_ROW | {
        f"/ {name}": functools.partial(_against, name)
        for name in others
        if name != "jaxinfo"
    }
    cells = [[cell(row) for cell in columns.values()] for row in rows]
    table = [list(columns), *cells]
    kept = [i for i in range(len(columns)) if any(line[i] for line in cells)]
    return [[line[i] for i in kept] for line in table]


def _along(row: Row) -> str:
    return f"{row.more['along']} {row.more['n']}" if "along" in row.more else ""


def _against(name: str, row: Row) -> str:
    """Our time over theirs, their temporaries, or why there is no time."""
    entry = row.entries.get(name)
    if entry is None:
        return ""
    if entry.note:
        return f"wrong, {_error(entry.error)}" if entry.note == "wrong" else "raised"
    ratio = row.ratio(name)
    parts = [f"{ratio:.2f}"] if ratio is not None else []
    if entry.temporaries is not None:
        parts.append(_bytes(entry.temporaries))
    return ", ".join(parts) or "ran"


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e3 * seconds:.3g}"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"


def _bytes(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size} B" if size < 1000 else _of_thousands(size)


def _of_thousands(size: float) -> str:
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000 or unit == "GB":
            return f"{size:.3g} {unit}"
    raise AssertionError


def _error(error: float | None) -> str:
    return "" if error is None else f"{error:.2g}"


_OF_EVERY_ROW: dict[str, Callable[[Row], str]] = {
    "case": lambda row: row.case,
    "shape": lambda row: "x".join(map(str, row.shape)),
    "type": lambda row: row.dtype,
    "goal": lambda row: row.goal,
    "": _along,
    "median ms": lambda row: _milliseconds(row.ours.median),
    "best ms": lambda row: _milliseconds(row.ours.best),
    "x limit": lambda row: "{1:.1f} {0}".format(*row.limit) if row.limit else "",
    "rate": lambda row: "{:.3g} {}".format(*row.rate) if row.rate else "",
    "temp": lambda row: _bytes(row.ours.temporaries),
    "peak": lambda row: _bytes(row.ours.peak),
    "compile": lambda row: _seconds(row.ours.compile_seconds),
    "error": lambda row: _error(row.ours.error),
    "moved": lambda row: _bytes(row.more.get("bytes_moved")),
}


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Plain text: each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in table
    )
    return "\n".join(line.rstrip() for line in padded)


def show(title: str, rows: Sequence[Row]) -> None:
    """Prints the table: by rich on a terminal, as plain text elsewhere."""
    table = lines(rows)
    if not (_has_rich() and sys.stdout.isatty()):
        print(f"\n{title}\n{aligned(table)}\n{_LEGEND}")
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    heads, *cells = _fitting(table, console.width)
    drawn = Table(*heads, title=title, title_justify="left", box=None, pad_edge=False)
    for line in cells:
        drawn.add_row(*line)
    console.print(drawn)
    console.print(_LEGEND, style="dim")


def _fitting(table: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """The columns for which there is room; what is left out is in the file of a run."""
    columns = [list(column) for column in zip(*table, strict=True)]
    for head in _SPARED:
        if sum(max(map(len, column)) + 2 for column in columns) <= width:
            break
        columns = [column for column in columns if column[0] != head]
    return [list(line) for line in zip(*columns, strict=True)]


def progress(title: str) -> Callable[[Sequence[Any]], Iterable[Any]]:
    """A bar that shows how far a run is, if rich is installed."""
    if not _has_rich():
        return iter
    from rich.console import Console
    from rich.progress import track

    bar = Console(stderr=True)
    return lambda works: track(works, title, console=bar, disable=not bar.is_terminal)


def _has_rich() -> bool:
    return importlib.util.find_spec("rich") is not None
