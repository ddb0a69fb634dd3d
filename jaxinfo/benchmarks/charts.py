"""Pictures of a run: how near to the machine's limits, and who is how much slower."""

import pathlib
from collections.abc import Sequence
from typing import Any

from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Row

__all__ = ["draw", "ratios", "roofline"]

# Colors that every eye can tell (Okabe and Ito).
_STYLE = {
    "jax": "#0072B2",
    "optax": "#E69F00",
    "torch": "#D55E00",
    "scipy": "#009E73",
    "numpy": "#56B4E9",
    "numpyro": "#CC79A7",
    "tokamax": "#000000",
    "dit": "#999999",
}
# Told apart by shape as well.
_LIMITS = {
    "read": ("#0072B2", "o"),
    "exp": ("#D55E00", "^"),
    "product": ("#009E73", "s"),
}


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
    height = max(4.0, 0.4 * len(compared) + 1.5)
    figure, axes = plt.subplots(1, 2, figsize=(13, height), layout="constrained")
    roofline(axes[0], rows)
    ratios(axes[1], compared)
    figure.suptitle(results.environment["device"])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def roofline(ax: Any, rows: Sequence[Row]) -> Any:
    """The share of the machine's speed that each row reaches, against its bytes.

    The roof is the nearest limit of each row, timed in the same rounds: reading,
    exponentials, or products of matrices.

    Args:
      ax: Axes of matplotlib, which are drawn on and returned.
      rows: What was timed.
    """
    ax.axhline(1, color="black", lw=1)
    for name, (color, marker) in _LIMITS.items():
        for goal, face in (("value", color), ("gradient", "none")):
            points = [
                (row.bytes, 1 / row.limit[1])
                for row in rows
                if row.goal == goal and row.limit and row.limit[0] == name
            ]
            if points:
                x, y = zip(*points, strict=True)
                style = {"ls": "", "ms": 5, "color": color, "mfc": face}
                ax.plot(x, y, marker=marker, label=f"{name}, {goal}", **style)
    ax.set(xscale="log", yscale="log", xlabel="least bytes read and written")
    ax.set_ylabel("share of the machine's limit")
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.grid(alpha=0.3)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=8)
    return ax


def ratios(ax: Any, rows: Sequence[Row]) -> Any:
    """Each library's time over ours: a bar for each, a group for each row.

    Args:
      ax: Axes of matplotlib, which are drawn on and returned.
      rows: What was timed beside other libraries.
    """
    named = [name for name in _STYLE if any(name in _peers_of(row) for row in rows)]
    height = 0.8 / max(1, len(named))
    for place, name in enumerate(named):
        bars = [(i, row.ratio(name)) for i, row in enumerate(rows)]
        lines = [(i, 1 / ratio) for i, ratio in bars if ratio]
        if lines:
            at, times = zip(*lines, strict=True)
            shifted = [i + (place - (len(named) - 1) / 2) * height for i in at]
            lengths = [time - 1 for time in times]
            ax.barh(shifted, lengths, height, left=1, color=_STYLE[name], label=name)
    ax.axvline(1, color="black", lw=1)
    ax.set(xscale="log", xlabel="time, in times of jaxinfo (right: slower)")
    ax.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7)
    ax.set_ylim(max(1, len(rows)) - 0.4, -0.6)
    ax.grid(axis="x", alpha=0.3)
    if named:
        ax.legend(frameon=False, fontsize=8, loc="lower right")
    return ax


def _peers_of(row: Row) -> list[str]:
    return [name for name in _STYLE if row.ratio(name) is not None]


def _label(row: Row) -> str:
    shape = "x".join(map(str, row.shape))
    return f"{row.case} {shape}{', gradient' if row.goal == 'gradient' else ''}"
