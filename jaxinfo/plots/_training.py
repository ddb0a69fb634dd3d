"""What was learned, and what is left to learn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jax.typing import ArrayLike

from jaxinfo.plots import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["training_curves"]


def training_curves(
    history: Mapping[str, ArrayLike | Sequence[ArrayLike]],
    *,
    floor: ArrayLike | Sequence[ArrayLike] | None = None,
    base: float | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    r"""Curves of cross-entropies in training, over the entropy of the targets.

    $$ H(p, q) = H(p) + D(p \| q) $$

    Args:
      history: Mean cross-entropy after every epoch by the name of its curve, such as
        `{"train": [...], "test": [...]}`; all of the same length.
      floor: Entropy of the targets, one number, or one for every epoch; the gap above
        it, the divergence that is left to learn, is shaded. `None` leaves it out.
      base: Base of the logarithm of all these numbers, which names their unit; nothing
        is converted. `None` is nats, 2 is bits.
      ax: Axes of matplotlib to draw on; `None` makes new ones.

    Returns:
      The axes. Their first lines are the curves, in the order of `history`.

    Raises:
      ImportError: If matplotlib is not installed.
      TypeError: If `history` is not a mapping of strings to real numbers, `floor` not
        real numbers, `base` not a Python number, or `ax` not axes of matplotlib.
      ValueError: If `history` is empty, its lengths differ, `floor` has another length,
        or `base` is out of range.

    Examples:
      >>> import jaxinfo
      >>> history = {"train": [0.9, 0.6, 0.52], "test": [0.95, 0.7, 0.6]}
      >>> ax = jaxinfo.plots.training_curves(history, floor=0.5)
      >>> ax.get_ylabel()
      'cross-entropy (nats)'
      >>> [line.get_label() for line in ax.lines]
      ['train: KL 0.02 left', 'test: KL 0.1 left', 'entropy of the targets']

    Notes:
      No model lowers the entropy of the targets, so the shaded part is all that
      training can remove: label smoothing makes a floor far above 0. Epochs are counted
      from 1. A NaN breaks its curve. Other quantities can be drawn as well: set the
      label of the axis, `ax.set_ylabel("accuracy")`.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      section 2.3.

    See Also:
      `jaxinfo.losses.softmax_cross_entropy_with_report`, which gives all three numbers
      of a batch; `jaxinfo.streaming`, which gathers them over an epoch.
    """
    curves = _as_curves(history)
    epochs = np.arange(1, 1 + len(next(iter(curves.values()))))
    ground = None if floor is None else _as_floor(floor, epochs)
    name = _canvas.unit(base)
    ax = _canvas.axes(ax, 5.6, 4.0)
    for i, (label, curve) in enumerate(curves.items()):
        if ground is not None:
            label = f"{label}: KL {_canvas.number(curve[-1] - ground[-1])} left"
        marker = _canvas.MARKERS[i % len(_canvas.MARKERS)]
        style = {"color": _color(i), "marker": marker, "ms": 4, "lw": 1.5}
        ax.plot(epochs, curve, label=label, **style)
    if ground is not None:
        style = {"color": _canvas.ink(ax), "ls": "--", "lw": 1.2}
        ax.plot(epochs, ground, label="entropy of the targets", **style)
        _shade(ax, list(curves.values()), ground)
    _dress(ax, name)
    if len(epochs) == 1:
        ax.set_xlim(0, 2)  # a range of its own has no whole numbers but one
    return ax


def _color(i: int) -> str:
    return _canvas.CYCLE[i % len(_canvas.CYCLE)]


def _shade(ax: "Axes", curves: list[np.ndarray], ground: np.ndarray) -> None:
    """The gaps above the floor, the widest at the back."""
    epochs = np.arange(1, 1 + len(ground))
    mean = [np.nansum(curve - ground) for curve in curves]
    for place, i in enumerate(np.argsort(mean)[::-1]):
        style = {"fc": _canvas.tint(_color(i), ax.get_facecolor(), 0.18), "lw": 0}
        order = 0.1 + 0.1 * place / len(curves)
        ax.fill_between(epochs, ground, curves[i], zorder=order, **style)


def _dress(ax: "Axes", name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set(xlabel="epoch", ylabel=f"cross-entropy ({name})")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(color="0.9")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)


def _as_numbers(name: str, x: Any) -> np.ndarray:
    """Real numbers along at most one axis, or an error that names them."""
    try:
        numbers = np.asarray(x, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"`{name}` must be real numbers, got {x!r}.") from None
    if numbers.ndim > 1:
        raise ValueError(f"`{name}` must be one-dimensional, got {numbers.shape}.")
    return numbers


def _as_curves(history: Any) -> dict[str, np.ndarray]:
    """All curves as arrays of one length, at least one."""
    if not isinstance(history, Mapping):
        raise TypeError(
            "`history` must be a mapping of names to sequences of numbers, "
            f"got {type(history).__name__}."
        )
    if not all(isinstance(name, str) for name in history):
        raise TypeError(f"`history` must have strings as names, got {list(history)}.")
    curves = {name: _as_numbers(f"history[{name!r}]", x) for name, x in history.items()}
    shapes = {name: curve.shape for name, curve in curves.items()}
    lengths = set(shapes.values())
    if len(lengths) != 1 or lengths & {(), (0,)}:
        raise ValueError(
            "`history` must have sequences of one length, at least 1, "
            f"got shapes {shapes}."
        )
    return curves


def _as_floor(floor: ArrayLike | Sequence[ArrayLike], epochs: np.ndarray) -> np.ndarray:
    ground = _as_numbers("floor", floor)
    if ground.shape not in ((), epochs.shape):
        raise ValueError(
            f"`floor` must be one number or have the length {len(epochs)} of the "
            f"curves, got shape {ground.shape}."
        )
    return np.broadcast_to(ground, epochs.shape)
