"""Pictures of a run: how near to the machine's limits, and who is how much slower."""

import pathlib
from collections.abc import Sequence
from typing import Any

from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Row

__all__ = ["draw", "ratios", "roofline"]

# Told apart by shape as well as by a color that every eye can tell (Okabe and Ito).
_STYLE = {
    "jax": ("#0072B2", "o"),
    "optax": ("#E69F00", "s"),
    "torch": ("#D55E00", "^"),
    "scipy": ("#009E73", "D"),
    "numpy": ("#56B4E9", "v"),
    "numpyro": ("#CC79A7", "P"),
    "tokamax": ("#000000", "X"),
    "dit": ("#999999", "*"),
}
_GOALS = {"value": "o", "gradient": "s"}


def draw(results: Results, path: pathlib.Path) -> None:
    """Writes both pictures of a run side by side, in the format of the file's name.

    Raises:
      ValueError: If nothing was timed.
    """
    import matplotlib.pyplot as plt

    rows = [row for row in results.rows if row.ours.median is not None]
    if not rows:
        raise ValueError("Nothing was timed: --plot needs --seconds above 0.")
    compared = [row for row in rows if _peers_of(row)]
    height = max(4.0, 0.24 * len(compared) + 1.5)
    figure, axes = plt.subplots(1, 2, figsize=(13, height), layout="constrained")
    roofline(axes[0], rows)
    ratios(axes[1], compared)
    figure.suptitle(results.environment["device"])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def roofline(ax: Any, rows: Sequence[Row]) -> Any:
    """Bytes a second against bytes, under the speed at which the machine reads.

    Args:
      ax: Axes of matplotlib, which are drawn on and returned.
      rows: What was timed; rows of products of matrices are left out.
    """
    bound = [row for row in rows if "read" in row.limits]
    roof = sorted((row.bytes, row.bytes / row.limits["read"] / 1e9) for row in bound)
    ax.plot(*zip(*roof, strict=True), color="black", lw=1, label="reading alone")
    for goal, marker in _GOALS.items():
        points = [
            (row.bytes, row.rate[0])
            for row in bound
            if row.goal == goal and row.rate is not None
        ]
        if points:
            ax.plot(*zip(*points, strict=True), marker, ms=4, alpha=0.7, label=goal)
    ax.set(xscale="log", yscale="log", xlabel="least bytes read and written")
    ax.set(ylabel="GB/s", title="jaxinfo under the machine's roof")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return ax


def ratios(ax: Any, rows: Sequence[Row]) -> Any:
    """Each library's time over ours, a line a row.

    Args:
      ax: Axes of matplotlib, which are drawn on and returned.
      rows: What was timed beside other libraries.
    """
    for place, row in enumerate(rows):
        for name in _peers_of(row):
            color, marker = _STYLE[name]
            ratio = row.ratio(name)
            if ratio:
                ax.plot(1 / ratio, place, marker, color=color, ms=5)
    named = [n for n in _STYLE if any(n in _peers_of(row) for row in rows)]
    for name in named:
        color, marker = _STYLE[name]
        ax.plot([], [], marker, color=color, label=name)
    ax.axvline(1, color="black", lw=1)
    ax.set(xscale="log", xlabel="time, in times of jaxinfo (right: slower)")
    ax.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(axis="x", alpha=0.3)
    ax.legend(frameon=False, fontsize=8, loc="lower right")
    return ax


def _peers_of(row: Row) -> list[str]:
    return [name for name in _STYLE if row.ratio(name) is not None]


def _label(row: Row) -> str:
    shape = "x".join(map(str, row.shape))
    return f"{row.case} {shape}{', gradient' if row.goal == 'gradient' else ''}"
