"""All pairs of several distributions."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.typing import ArrayLike

from jaxinfo import probs
from jaxinfo._core import checks
from jaxinfo.plots import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["divergence_matrix"]

_ACRONYMS = {"kl": "KL", "js": "JS", "renyi": "Rényi"}


def divergence_matrix(
    ps: ArrayLike,
    *,
    divergence: Callable[..., Any] = probs.kl_divergence,
    labels: Sequence[str] | None = None,
    base: float | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    r"""Heat map of the divergences of all pairs of distributions.

    $$ D_{ij} = D(p_i \| p_j) $$

    Args:
      ps: One distribution a row, shape `(N, K)`: probabilities, or what else
        `divergence` takes.
      divergence: Function of two rows that gives a number, such as
        `jaxinfo.js_divergence`, or `jaxinfo.logits.kl_divergence` for rows of logits.
      labels: Names of the rows; `None` counts them from 1.
      base: Base of the logarithm, which is handed on to `divergence`; `None` hands on
        nothing, and a measure of this library then gives nats.
      ax: Axes of matplotlib to draw on; `None` makes new ones.

    Returns:
      The axes. Their first image holds the numbers, rows first.

    Raises:
      ImportError: If matplotlib is not installed.
      TypeError: If `ps` is not a floating array, `divergence` not a function that takes
        the rows and `base`, `labels` not strings, `base` not a Python number, or `ax`
        not axes of matplotlib.
      ValueError: If `ps` is not a table with a row, `divergence` does not give single
        numbers, the number of `labels` is not that of the rows, or `base` is out of
        range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> ps = jnp.array([[0.5, 0.5], [0.25, 0.75], [0.125, 0.875]])
      >>> ax = jaxinfo.plots.divergence_matrix(ps, labels=["A", "B", "C"], base=2)
      >>> print(ax.images[0].get_array().round(3))
      [[0.0 0.208 0.596]
       [0.189 0.0 0.083]
       [0.456 0.07 0.0]]

    Notes:
      The first argument is the row and the second the column: a divergence that is no
      distance shows by differences across the diagonal. Infinite numbers are hatched
      and have no color. `divergence` is called N^2 times. The unit is known of
      functions that have a parameter `base`.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951.

    See Also:
      `jaxinfo.kl_divergence`, `jaxinfo.js_divergence`, `jaxinfo.hellinger_distance`,
      which can be drawn; `kl_directions`, what the two directions mean for a fit.
    """
    rows = checks.as_floating("ps", ps, "use `jaxinfo.normalize` to make probabilities")
    if rows.ndim != 2 or not rows.size:
        raise ValueError(f"`ps` must have the shape (N, K), got {rows.shape}.")
    count = [str(i + 1) for i in range(len(rows))]
    names = _canvas.as_labels(labels, count, "rows of `ps`")
    title = _title(divergence, base)
    _canvas.check_axes(ax)
    table = _all_pairs(rows, divergence, base)
    side = 1.4 + 0.55 * min(max(len(rows), 4), 14)
    ax = _canvas.axes(ax, side + 0.9, side)
    _draw(ax, table, title)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="second distribution (column)", ylabel="first distribution (row)")
    return ax


def _title(divergence: Any, base: float | None) -> str:
    """The measure by its own name, and the unit if it has one."""
    if not callable(divergence):
        kind = type(divergence).__name__
        raise TypeError(f"`divergence` must be a function of two rows, got {kind}.")
    named = divergence
    while isinstance(named, functools.partial):
        named = named.func
    name = getattr(named, "__name__", "divergence").replace("<lambda>", "divergence")
    words = [_ACRONYMS.get(word, word) for word in name.split("_")]
    parameters = inspect.signature(divergence).parameters
    unit = _canvas.unit(base)
    if "base" not in parameters:
        return " ".join(words)
    unit = _canvas.unit(parameters["base"].default) if base is None else unit
    # The root of a divergence has the root of its unit.
    return f"{' '.join(words)} ({'√' if name == 'js_distance' else ''}{unit})"


def _all_pairs(rows: jax.Array, divergence: Any, base: float | None) -> np.ndarray:
    options = {} if base is None else {"base": base}
    table = [[np.asarray(divergence(p, q, **options)) for q in rows] for p in rows]
    shape = table[0][0].shape
    if shape:
        raise ValueError(
            f"`divergence` must give a number for two rows, got an array of {shape}."
        )
    return np.array(table, np.float64)


def _draw(ax: "Axes", table: np.ndarray, title: str) -> None:
    """Colors, numbers on them, and a scale."""
    from matplotlib.patches import Rectangle

    shown = np.ma.masked_invalid(table)
    low, high = min(0.0, shown.min() or 0.0), shown.max() or 1.0
    image = ax.imshow(shown, cmap="cividis", vmin=low, vmax=high)
    figure = ax.get_figure()
    assert figure is not None
    figure.colorbar(image, ax=ax, label=title)
    cell = ax.get_window_extent().width / figure.dpi / len(table)
    style: dict[str, Any] = {"ha": "center", "va": "center"}
    style["fontsize"] = min(10.0, 20.0 * cell)
    for (i, j), value in np.ndenumerate(table):
        text = _canvas.number(value, high)
        if np.isfinite(value):
            ax.text(j, i, text, color=_ink(image.to_rgba(value)), **style)
            continue
        hatched = {"fc": "white", "ec": "0.7", "hatch": "///", "lw": 0}
        ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, **hatched))
        large: dict[str, Any] = style | {"fontsize": 1.6 * style["fontsize"]}
        ax.text(j, i, text, color="black", bbox=_canvas.box("white"), **large)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _ink(rgba: Any) -> str:
    """Black or white, whichever has more contrast with a color."""
    light = np.array([0.2126, 0.7152, 0.0722]) @ np.asarray(rgba)[:3] ** 2.2
    return "black" if light > 0.18 else "white"
