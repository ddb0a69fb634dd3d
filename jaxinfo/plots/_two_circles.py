"""Two variables: circles whose areas and overlap are the information."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import jax

from jaxinfo import probs
from jaxinfo.plots import _canvas, _geometry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw", "fits"]

# The width of a letter, and of what is written below, as shares of the picture's.
_LETTER = 0.021
_SPOT = 0.36
# As many letters as two entries of the key have room for.
_KEY = 34
_LEADER = {"arrowstyle": "-", "color": _canvas.GRAY, "shrinkB": 0}


class _Part(NamedTuple):
    """A part of the joint entropy, and where it lies on the line of the centers."""

    formula: str
    value: float
    start: float
    stop: float


class _Circles(NamedTuple):
    """The entropies, the radii of their circles, and how far apart these are."""

    entropies: tuple[float, float]
    shared: float
    radii: tuple[float, float]
    apart: float


def fits(p: jax.Array, names: list[str]) -> bool:
    """Whether the names can be written in full wherever the picture has them."""
    circles = _circles(p, None)
    letters = (
        len(part.formula)
        for part in _parts(p, circles, names, None)
        if _narrow(part, _width(circles))
    )
    return len("".join(names)) <= _KEY and _LETTER * max(letters, default=0) < _SPOT


def draw(ax: "Axes", p: jax.Array, names: list[str], base: float | None) -> None:
    """Draws both circles, the three parts of their union, and the key."""
    circles = _circles(p, base)
    total = float(probs.joint_entropy(p, base=base))
    _draw_circles(ax, circles, names, total)
    _write_parts(ax, _parts(p, circles, names, base), circles, total)
    x, y = names
    joint = f"H({x}, {y}) = {_canvas.part(total, total)}"
    ax.set_xlabel(f"areas are information in {_canvas.unit(base)}; {joint}")


def _circles(p: jax.Array, base: float | None) -> _Circles:
    x = float(probs.entropy(p.sum(1), base=base))
    y = float(probs.entropy(p.sum(0), base=base))
    shared = float(probs.mutual_information(p, base=base))
    r, s = math.sqrt(x / math.pi), math.sqrt(y / math.pi)
    return _Circles((x, y), shared, (r, s), _geometry.distance(r, s, shared))


def _draw_circles(
    ax: "Axes", circles: _Circles, names: list[str], total: float
) -> None:
    """Told apart by color and by line, also where one covers the other."""
    from matplotlib.patches import Circle

    centers, colors = (0.0, circles.apart), (_canvas.BLUE, _canvas.ORANGE)
    for i, name in enumerate(names):
        style = {"fc": (colors[i], 0.3), "ec": colors[i], "ls": ("-", "--")[i], "lw": 2}
        label = f"H({name}) = {_canvas.part(circles.entropies[i], total)}"
        ax.add_patch(Circle((centers[i], 0.0), circles.radii[i], label=label, **style))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)


def _parts(
    p: jax.Array, circles: _Circles, names: list[str], base: float | None
) -> list[_Part]:
    """What only one has, and what both have, from left to right."""
    (r, s), d, (x, y) = circles.radii, circles.apart, names
    only_x = float(probs.conditional_entropy(p, axis=0, given=1, base=base))
    only_y = float(probs.conditional_entropy(p, axis=1, given=0, base=base))
    start, stop = max(-r, d - s), min(r, d + s)
    # Where one circle lies within the other, what is left is a ring around it.
    left = _Part(f"H({x}|{y})", only_x, -r, max(-r, d - s))
    right = _Part(f"H({y}|{x})", only_y, min(r, d + s), d + s)
    return [left, _Part(f"I({x};{y})", circles.shared, start, max(start, stop)), right]


def _width(circles: _Circles) -> float:
    (r, s), d = circles.radii, circles.apart
    return max(max(r, d + s) - min(-r, d - s), 2.6 * max(r, s)) or 1.0


def _narrow(part: _Part, width: float) -> bool:
    """Whether the part has no room for its formula."""
    return part.stop - part.start <= _LETTER * width * (len(part.formula) + 2)


def _write_parts(
    ax: "Axes", parts: list[_Part], circles: _Circles, total: float
) -> None:
    """Each number in its part, or below with a line to it where that is narrow."""
    (r, s), d = circles.radii, circles.apart
    left, right, low = min(-r, d - s), max(r, d + s), -max(r, s)
    width = _width(circles)
    middle = (left + right) / 2
    below = low - 0.08 * width
    crowded = False
    for part, place in zip(parts, (-_SPOT, 0.0, _SPOT), strict=True):
        text = f"{part.formula}\n{_canvas.part(part.value, total)}"
        at = (part.start + part.stop) / 2
        if not _narrow(part, width):
            ax.text(at, 0.0, text, ha="center", va="center")
            continue
        crowded = True
        spot = (middle + place * width, below)
        style: dict[str, Any] = {"ha": "center", "va": "top"}
        if part.value > 1e-6 * total:
            ax.plot(at, 0.0, "o", color=_canvas.GRAY, ms=3)
            style["arrowprops"] = _LEADER
        ax.annotate(text, (at, 0.0), spot, annotation_clip=False, **style)
    ax.set_xlim(middle - 0.55 * width, middle + 0.55 * width)
    bottom = below - 0.12 * width if crowded else low - 0.03 * width
    ax.set_ylim(bottom, -low + 0.03 * width)
