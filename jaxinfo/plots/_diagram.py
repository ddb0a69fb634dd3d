"""Information diagrams: entropies as circles, what they share as overlaps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jax.typing import ArrayLike

from jaxinfo._core import units
from jaxinfo.plots import _canvas, _three_circles, _two_circles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["information_diagram"]


def information_diagram(
    p: ArrayLike,
    *,
    labels: Sequence[str] | None = None,
    base: float | None = 2,
    ax: "Axes | None" = None,
) -> "Axes":
    r"""Information diagram of two or three variables of a joint table.

    $$ H(X, Y) = H(X | Y) + I(X; Y) + H(Y | X) $$

    Args:
      p: Joint probabilities, one axis for each of two or three variables.
      labels: Names of the variables; `None` is X, Y, Z.
      base: Base of the logarithm; 2 is bits, `None` is nats.
      ax: Axes of matplotlib to draw on; `None` makes new ones.

    Returns:
      The axes. Their first patches are the circles of the variables.

    Raises:
      ImportError: If matplotlib is not installed.
      TypeError: If `p` is not a floating array, `labels` not strings, `base` not a
        Python number, or `ax` not axes of matplotlib.
      ValueError: If `p` has neither two nor three axes, or does not hold probabilities
        that sum to one; if there is not one label for each axis, or `base` is out of
        range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo, math
      >>> p = jnp.array([[0.5, 0.0], [0.25, 0.25]])
      >>> ax = jaxinfo.plots.information_diagram(p, labels=["rain", "umbrella"])
      >>> areas = [math.pi * circle.radius**2 for circle in ax.patches]
      >>> print([round(area, 3) for area in areas])
      [1.0, 0.811]

    Notes:
      Of two variables, the areas of the circles are their entropies and the area of the
      overlap is their mutual information, in the units of the axes. Three circles have
      no seven areas to choose: they are drawn equal, with the seven parts of the joint
      entropy written in and told by depth of color. The part in the middle, the
      co-information, may be negative, which no area can show: it is then hatched, with
      its sign, and a note says so.

      Of three variables with names longer than two letters, the parts are written
      without their formulas. Where there is no room for the names, the formulas are
      those of X, Y and Z, and the key below says which is which.

    References:
      R. W. Yeung, "A new outlook on Shannon's information measures", 1991; D. J. C.
      MacKay, "Information Theory, Inference, and Learning Algorithms", 2003, exercise
      8.8, for what three circles hide.

    See Also:
      `jaxinfo.mutual_information` and `jaxinfo.co_information`, numbers of the picture;
      `jaxinfo.subset_entropies`, of any number of variables.
    """
    table = _canvas.as_table("p", p)
    if table.ndim not in (2, 3):
        raise ValueError(
            f"`p` must have two or three axes, one a variable, got shape {table.shape}."
        )
    symbols = list("XYZ"[: table.ndim])
    names = _canvas.as_labels(labels, symbols, "axes of `p`")
    units.check_base(base)
    two = table.ndim == 2
    ax = _canvas.axes(ax, 5.6, 4.2 if two else 5.6)
    picture = _two_circles if two else _three_circles
    if picture.fits(table, names):
        picture.draw(ax, table, names, base)
    else:
        picture.draw(ax, table, symbols, base)
        key = (f"{x}: {name}\n" for x, name in zip(symbols, names, strict=True))
        ax.set_xlabel("".join(key) + ax.get_xlabel())
    ax.set_aspect("equal")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax
