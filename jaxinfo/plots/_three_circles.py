"""Three variables: equal circles with the seven parts of the joint entropy."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from jaxinfo import probs
from jaxinfo.plots import _canvas, _geometry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw", "fits"]

# Radius 1; the centers are at this distance from the middle, one up and two down.
_REACH = 0.68
_ANGLES = (math.pi * 5 / 6, math.pi / 6, -math.pi / 2)
_CENTERS = [(_REACH * math.cos(a), _REACH * math.sin(a)) for a in _ANGLES]
_COLORS = (_canvas.BLUE, _canvas.ORANGE, _canvas.GREEN)
_SIDES = ("right", "left")
_PAIRS = ((0, 1), (1, 2), (0, 2))
# As many letters as two names have room for, above their circles.
_NAME = 15


class _Part(NamedTuple):
    """A part of the joint entropy: of which circles, and where it is written."""

    circles: tuple[int, ...]
    formula: str
    value: float
    at: tuple[float, float]


def fits(p: jax.Array, names: list[str]) -> bool:
    """Whether the names can be written in full, whatever the table says."""
    del p
    return max(map(len, names)) <= _NAME


def draw(ax: "Axes", p: jax.Array, names: list[str], base: float | None) -> None:
    """Draws the circles, their seven parts, and what no area can show."""
    parts = _parts(p, names, base)
    total = float(probs.joint_entropy(p, axis=(0, 1, 2), base=base))
    *_, middle = parts
    negative = middle.value < -1e-6 * total
    _draw_circles(ax, parts)
    _fill(ax, parts, negative)
    size = _font_size(ax)
    short = max(map(len, names)) <= 2
    for part in parts:
        number = _canvas.part(part.value, total)
        text = f"{part.formula}\n{number}" if short else number
        style: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 5}
        if part is middle and negative:
            style["bbox"] = _canvas.box("white")
        ax.text(*part.at, text, color="black", fontsize=size, **style)
    _write_names(ax, p, names, base, total)
    _write_note(ax, names, middle.value if negative else None, total, base)


def _font_size(ax: "Axes") -> float:
    """Ten points, and less on axes that are one of many."""
    figure = ax.get_figure()
    assert figure is not None
    extent = ax.get_window_extent()
    return min(10.0, 2.6 * min(extent.width, extent.height) / figure.dpi)


def _parts(p: jax.Array, names: list[str], base: float | None) -> list[_Part]:
    """The seven parts; the one that all circles share comes last."""
    parts = []
    for i, name in enumerate(names):
        j, k = (other for other in range(3) if other != i)
        value = probs.conditional_entropy(p, axis=i, given=(j, k), base=base)
        formula = f"H({name}|{names[j]},{names[k]})"
        parts.append(_Part((i,), formula, float(value), _toward(_ANGLES[i], 1.18)))
    for i, j in _PAIRS:
        (k,) = {0, 1, 2} - {i, j}
        value = probs.conditional_mutual_information(
            p, x_axis=i, y_axis=j, z_axis=k, base=base
        )
        formula = f"I({names[i]};{names[j]}|{names[k]})"
        at = _toward(_ANGLES[k] + math.pi, 0.68)
        parts.append(_Part((i, j), formula, float(value), at))
    value = float(probs.co_information(p, base=base))
    parts.append(_Part((0, 1, 2), f"I({';'.join(names)})", value, (0.0, 0.0)))
    return parts


def _toward(angle: float, reach: float) -> tuple[float, float]:
    return reach * math.cos(angle), reach * math.sin(angle)


def _draw_circles(ax: "Axes", parts: list[_Part]) -> None:
    """The outlines, above whatever fills them."""
    from matplotlib.patches import Circle

    for center, color in zip(_CENTERS, _COLORS, strict=True):
        ax.add_patch(Circle(center, 1.0, fill=False, ec=color, lw=2.5, zorder=4))


def _fill(ax: "Axes", parts: list[_Part], negative: bool) -> None:
    """Paints each part by its share: circles, pairs over them, the middle last."""
    from matplotlib.patches import Polygon

    top = max(abs(part.value) for part in parts) or 1.0
    for part in parts:
        corners = _geometry.intersection([_CENTERS[i] for i in part.circles], 1.0)
        style: dict[str, Any] = {"fc": _shade(part.value / top), "lw": 0, "zorder": 2}
        if negative and len(part.circles) == 3:
            style = {
                "fc": "white",
                "ec": _canvas.VERMILION,
                "hatch": "////",
                "zorder": 3,
            }
        ax.add_patch(Polygon(corners, gid=part.formula, **style))


def _shade(share: float) -> tuple:
    """From white to a blue on which black letters can be read."""
    deep = np.array([0.36, 0.66, 0.86])
    return tuple(1 - max(share, 0.0) * (1 - deep))


def _write_names(
    ax: "Axes", p: jax.Array, names: list[str], base: float | None, total: float
) -> None:
    """The variables with their entropies, outside their circles."""
    for i, (x, y) in enumerate(_CENTERS):
        others = tuple(a for a in range(3) if a != i)
        entropy = float(probs.entropy(p.sum(others), base=base))
        text = f"H({names[i]}) = {_canvas.part(entropy, total)}"
        up = y > 0
        style: dict[str, Any] = {
            "ha": "center",
            "va": "bottom" if up else "top",
            "weight": "bold",
        }
        at = (x * 1.15, y + 1.06) if up else (x, y - 1.06)
        if up and len(text) > 14:
            # Two long names would meet in the middle.
            at, style["ha"] = (0.06 * math.copysign(1, x), at[1]), _SIDES[x > 0]
        ax.text(*at, text, **style)
    ax.set(xlim=(-1.85, 1.85), ylim=(-1.95, 1.65))


def _write_note(
    ax: "Axes",
    names: list[str],
    negative: float | None,
    total: float,
    base: float | None,
) -> None:
    unit = _canvas.unit(base)
    note = f"in {unit}, depth of color by value;\nareas are not to scale; "
    note += f"H({', '.join(names)}) = {_canvas.part(total, total)}"
    if negative is not None:
        shared = f"I({';'.join(names)}) = {_canvas.part(negative, total)}"
        note += f"\nhatched: {shared} is negative,\nwhich no area can show"
    ax.set_xlabel(note)
