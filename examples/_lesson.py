"""What lessons share: their options, their picture, and the number they end with."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _options import output_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "GREEN",
    "ORANGE",
    "VERMILION",
    "conclude",
    "panels",
    "parse_options",
    "save",
]

# Told apart with any eyes: M. Okabe and K. Ito, "Color Universal Design", 2008.
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
ORANGE = "#E69F00"


def parse_options(
    doc: str | None, argv: Sequence[str] | None, name: str
) -> Path | None:
    """Read the command line of a lesson: where to draw its picture, or `None`."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    png, picture = partial(output_file, kind=".png"), f"{name}.png"
    add = parser.add_argument
    add("--plot", type=png, default=picture, help=f"the picture, default: {picture}")
    add("--no-plot", dest="plot", action="store_const", const=None, help="no picture")
    return parser.parse_args(argv).plot


def panels(width: float, height: float, number: int, **options: Any) -> "list[Axes]":
    """Return axes side by side, in a figure of their own: no window, no state."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    margins = ConstrainedLayoutEngine(h_pad=0.1, w_pad=0.1)  # inches
    figure = Figure(figsize=(width, height), dpi=120, layout=margins)
    axes = list(figure.subplots(1, number, squeeze=False, **options)[0])
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return axes


def save(ax: "Axes", path: Path) -> None:
    """Write the picture that the axes are in, and say where it is."""
    from matplotlib.figure import Figure

    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.savefig(path, format="png", facecolor="white", metadata={"Software": None})
    print(f"\nPicture: {path}")


def conclude(what: str, got: float, expected: float, tolerance: float) -> None:
    """Print the number that a lesson ends with, and fail if it is not as expected."""
    # Not `> tolerance`, which a NaN passes.
    assert abs(got - expected) <= tolerance, f"{what}: {got}, not {expected}"
    print(f"\n{what}: {got:.4g} (expected {expected:.4g})")
