"""The entropy of one event."""

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from jaxinfo import probs
from jaxinfo.plots import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["binary_entropy_curve"]

# The pair of probabilities that shows the symmetry.
_PAIR = (0.2, 0.8)


def binary_entropy_curve(*, base: float | None = 2, ax: "Axes | None" = None) -> "Axes":
    r"""Curve of the entropy of one event against its probability.

    $$ h(p) = -p \log p - (1 - p) \log (1 - p) $$

    Args:
      base: Base of the logarithm; 2 is bits, `None` is nats.
      ax: Axes of matplotlib to draw on; `None` makes new ones.

    Returns:
      The axes. Their first line is the curve.

    Raises:
      ImportError: If matplotlib is not installed.
      TypeError: If `base` is not a Python number or `ax` not axes of matplotlib.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jaxinfo
      >>> ax = jaxinfo.plots.binary_entropy_curve()
      >>> ax.get_ylabel()
      'entropy h(p) (bits)'
      >>> p, h = ax.lines[0].get_data()
      >>> print(h.max(), p[h.argmax()])
      1.0 0.5

    Notes:
      Four properties are marked: a certain event has entropy 0; the largest entropy is
      at 1/2; p and 1 - p have the same entropy; and no entropy is negative.

    References:
      C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6, fig. 7.

    See Also:
      `jaxinfo.binary_entropy`, the numbers of the curve.
    """
    name = _canvas.unit(base)
    ax = _canvas.axes(ax, 5.6, 4.0)
    p = jnp.linspace(0.0, 1.0, 401)
    entropy = np.asarray(probs.binary_entropy(p, base=base))
    ax.plot(np.asarray(p), entropy, color=_canvas.BLUE, lw=2)
    ax.fill_between(np.asarray(p), entropy, color=_canvas.BLUE, alpha=0.12, lw=0)
    top = float(entropy.max())
    _mark(ax, top, name)
    pair = np.asarray(probs.binary_entropy(jnp.asarray(_PAIR), base=base))
    _mark_pair(ax, float(pair[0]))
    ax.set(xlabel="probability p of the event", ylabel=f"entropy h(p) ({name})")
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.09 * top, 1.16 * top))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _mark(ax: "Axes", top: float, name: str) -> None:
    """Certainty, the extremum, and the sign."""
    ax.axhline(0, color=_canvas.GRAY, lw=0.8, zorder=0)
    ax.plot([0, 1], [0, 0], "o", color=_canvas.VERMILION, clip_on=False)
    style: dict[str, Any] = {"va": "center"}
    ax.text(0.03, -0.045 * top, "certain: 0", ha="left", **style)
    ax.text(0.97, -0.045 * top, "certain: 0", ha="right", **style)
    ax.plot([0.5], [top], "^", color=_canvas.VERMILION, ms=8)
    name = name.removesuffix("s") if top == 1 else name
    most = f"most uncertain at 1/2: {_canvas.number(top)} {name}"
    ax.text(0.5, 1.09 * top, most, ha="center", **style)
    box = _canvas.box(ax.get_facecolor(), 0.8)
    ax.text(0.5, 0.3 * top, "never negative", ha="center", bbox=box, **style)


def _mark_pair(ax: "Axes", height: float) -> None:
    """Two probabilities of the same entropy, on both sides of the axis of symmetry."""
    ax.axvline(0.5, color=_canvas.GRAY, lw=0.8, ls=":", ymax=0.84, zorder=0)
    style = {"marker": "s", "ms": 6, "ls": "--", "lw": 1.2}
    ax.plot(_PAIR, [height, height], color=_canvas.GREEN, **style)
    text: dict[str, Any] = {"ha": "center", "va": "top"}
    text["bbox"] = _canvas.box(ax.get_facecolor(), 0.8)
    ax.text(0.5, 0.96 * height, "symmetric: h(p) = h(1 \N{MINUS SIGN} p)", **text)
