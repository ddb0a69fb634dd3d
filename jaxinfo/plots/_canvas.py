"""What all pictures share: axes, colors, units, and how numbers are written."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jax.typing import ArrayLike

from jaxinfo._core import checks, units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "CYCLE",
    "GRAY",
    "GREEN",
    "MARKERS",
    "ORANGE",
    "VERMILION",
    "as_labels",
    "as_table",
    "axes",
    "box",
    "check_axes",
    "ink",
    "number",
    "part",
    "tint",
    "unit",
]

# Colors that every eye can tell (Okabe and Ito).
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GRAY = "#555555"
CYCLE = (BLUE, VERMILION, GREEN, "#CC79A7", ORANGE, "#56B4E9", "#000000")
# Told apart by shape as well.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_UNITS = {None: "nats", math.e: "nats", 2: "bits", 10: "hartleys"}
# A table sums to one up to the rounding of the format that it was made in.
_TOLERANCE = 1e-2


def _matplotlib() -> Any:
    """The module, or an error that says how to get it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError(
            "`jaxinfo.plots` needs matplotlib, which cannot be imported: "
            "`pip install matplotlib`."
        ) from error
    return matplotlib


def check_axes(ax: Any) -> None:
    """Raises unless `ax` is one axes of matplotlib, or `None`."""
    if ax is not None and not isinstance(ax, _matplotlib().axes.Axes):
        raise TypeError(
            f"`ax` must be axes of matplotlib or None, got {type(ax).__name__}."
        )


def axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """The axes given, or those of a new figure of this size in inches."""
    check_axes(ax)
    if ax is not None:
        return ax
    size = (width, height)
    figure = _matplotlib().pyplot.figure(figsize=size, layout="constrained")
    return figure.add_subplot()


def unit(base: float | None) -> str:
    """The name of the unit of information."""
    units.check_base(base)
    return _UNITS.get(base, f"base-{base:g} units" if base else "")


def number(x: float, scale: float = 0.0) -> str:
    """Three digits that count, with a true minus; 0 if rounding noise of `scale`."""
    if abs(x) <= 1e-6 * scale:
        x = 0.0
    text = "∞" if math.isinf(x) else f"{abs(x):.3g}"
    return f"\N{MINUS SIGN}{text}" if x < 0 else text


def part(x: float, whole: float) -> str:
    """A part to as many places as the whole, which has four digits: so they add up."""
    if not 0 < whole < math.inf:
        return number(x)
    places = max(3 - math.floor(math.log10(whole)), 0)
    text = f"{abs(x):.{places}f}"
    text = text.rstrip("0").rstrip(".") if places else text
    return f"\N{MINUS SIGN}{text}" if x < 0 and text != "0" else text


def ink(ax: "Axes") -> Any:
    """The color of letters, black unless a style says otherwise."""
    return ax.xaxis.label.get_color()


def box(paper: Any, alpha: float = 1.0) -> dict[str, Any]:
    """What keeps letters readable on lines and hatches."""
    return {"facecolor": paper, "edgecolor": "none", "alpha": alpha, "pad": 1.5}


def tint(color: str, paper: Any, share: float) -> tuple[float, ...]:
    """A color mixed with that of the axes: shades that overlap do not make a third."""
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return tuple(share * rgb + (1 - share) * np.asarray(paper)[:3])


def as_table(name: str, p: ArrayLike) -> Any:
    """A joint table as it was given, all of it probabilities, or an error."""
    table = checks.as_floating(
        name, p, "use `jaxinfo.normalize` over all axes to make probabilities"
    )
    values = np.asarray(table, np.float64)
    total = values.sum()
    if not (values >= 0).all() or abs(total - 1) > _TOLERANCE:
        raise ValueError(
            f"`{name}` must have probabilities that sum to one, got a sum of {total:g} "
            f"and a least entry of {values.min(initial=math.inf):g}: "
            "use `jaxinfo.normalize`."
        )
    return table


def as_labels(
    labels: Sequence[str] | None, default: Sequence[str], what: str
) -> list[str]:
    """One name for each of `what`."""
    if labels is None:
        return list(default)
    if isinstance(labels, str) or not all(isinstance(one, str) for one in labels):
        raise TypeError(f"`labels` must be a sequence of strings, got {labels!r}.")
    if len(labels) != len(default):
        raise ValueError(
            f"`labels` must have one name for each of the {len(default)} {what}, "
            f"got {len(labels)}."
        )
    return list(labels)
