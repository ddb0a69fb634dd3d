"""What the two directions of a divergence mean for a fit."""

from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxinfo._core import checks, units
from jaxinfo.plots import _canvas, _fits
from jaxinfo.plots._fits import Fit, Mixture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["kl_directions"]


def kl_directions(
    weights: ArrayLike,
    locs: ArrayLike,
    scales: ArrayLike,
    *,
    base: float | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    r"""One Gaussian fitted to a mixture by each direction of the divergence.

    $$ q_\rightarrow = \operatorname{arg\,min}_q D(p \| q), \qquad
    q_\leftarrow = \operatorname{arg\,min}_q D(q \| p) $$

    Args:
      weights: Probabilities of the Gaussians in the mixture p, shape `(K,)`.
      locs: Their means, shape `(K,)`.
      scales: Their standard deviations, shape `(K,)`.
      base: Base of the logarithm of the divergences; `None` is nats, 2 is bits.
      ax: Axes of matplotlib to draw on; `None` makes new ones.

    Returns:
      The axes. Their lines are the densities of p, of the forward fit and of the
      reverse fit; the legend has the divergences of both fits.

    Raises:
      ImportError: If matplotlib is not installed.
      TypeError: If `weights`, `locs` or `scales` is not a floating array, `base` not a
        Python number, or `ax` not axes of matplotlib.
      ValueError: If the shapes differ or have not one axis, `weights` are not
        probabilities that sum to one, `locs` not finite, `scales` not positive or too
        small beside the whole to be seen, or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> weights, locs = jnp.array([0.4, 0.6]), jnp.array([-3.0, 3.0])
      >>> ax = jaxinfo.plots.kl_directions(weights, locs, jnp.ones(2))
      >>> for line in ax.lines[1:]:
      ...     x, density = line.get_data()
      ...     print(line.get_label(), "at", x[density.argmax()].round(1))
      forward: least D(p‖q) = 0.464, D(q‖p) = 0.943 nats at 0.6
      reverse: D(p‖q) = 6.24, least D(q‖p) = 0.507 nats at 3.0

    Notes:
      The forward fit has the mean and the variance of the mixture: it must have density
      wherever p has. The reverse fit must have none where p has none, and picks a mode.
      It is searched by 200 steps of the natural gradient from every Gaussian of the
      mixture and from the forward fit, and the best is drawn; of equally good modes,
      the first. The divergences are integrals on a grid, right to more digits than the
      legend has.

    References:
      C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, section 10.1.2;
      K. P. Murphy, "Machine Learning: A Probabilistic Perspective", 2012, section
      21.2.2.

    See Also:
      `jaxinfo.kl_divergence`; `jaxinfo.families.normal`, closed forms between two
      Gaussians; `jaxinfo.losses.distillation_loss`, which has both directions.
    """
    units.check_base(base)
    p = _as_mixture(weights, locs, scales)
    x = _fits.grid(p)
    fits = _fits.fit_forward(p, x), _fits.fit_reverse(p, x)
    ax = _canvas.axes(ax, 6.0, 4.4)
    density = np.exp(np.asarray(p.log_prob(x)))
    ink = _canvas.ink(ax)
    ax.fill_between(np.asarray(x), density, color=ink, alpha=0.15, lw=0)
    ax.plot(np.asarray(x), density, color=ink, lw=1.5, label="mixture p")
    _draw(ax, fits[0], np.asarray(x), ("forward", base), _canvas.BLUE)
    _draw(ax, fits[1], np.asarray(x), ("reverse", base), _canvas.VERMILION)
    _dress(ax, p, fits)
    return ax


def _as_mixture(weights: ArrayLike, locs: ArrayLike, scales: ArrayLike) -> Mixture:
    """The three arrays in one dtype, checked."""
    w = _canvas.as_table("weights", weights)
    given = {"weights": w, "locs": locs, "scales": scales}
    arrays = [checks.as_floating(name, array) for name, array in given.items()]
    for name, array in zip(given, arrays, strict=True):
        if array.ndim != 1 or array.shape != w.shape:
            raise ValueError(
                f"`{name}` must have the shape (K,) of one mixture, got {array.shape} "
                f"beside `weights` of shape {w.shape}."
            )
    dtype = checks.compute_dtype(*arrays)
    p = Mixture(*(array.astype(dtype) for array in arrays))
    if not jnp.isfinite(p.locs).all():
        raise ValueError(f"`locs` must be finite, got {p.locs}.")
    if not (jnp.isfinite(p.scales) & (p.scales > 0)).all():
        raise ValueError(f"`scales` must be positive and finite, got {p.scales}.")
    return p


def _draw(ax: "Axes", fit: Fit, x: np.ndarray, name: tuple, color: str) -> None:
    title, base = name
    forward, reverse = (
        _canvas.number(float(units.from_nats(nats, base)))
        for nats in (fit.forward, fit.reverse)
    )
    least, other = ("least ", "") if title == "forward" else ("", "least ")
    label = f"{title}: {least}D(p‖q) = {forward}, {other}D(q‖p) = {reverse}"
    label += f" {_canvas.unit(base)}"
    ls = "--" if title == "forward" else "-."
    density = np.exp(np.asarray(fit.log_prob(jnp.asarray(x))))
    ax.plot(x, density, color=color, lw=2, ls=ls, label=label)


def _dress(ax: "Axes", p: Mixture, fits: tuple[Fit, Fit]) -> None:
    """Shows all that can be seen of the densities, and the legend above it."""
    locs = np.append(np.asarray(p.locs), [float(fit.loc) for fit in fits])
    scales = np.append(np.asarray(p.scales), [float(fit.scale) for fit in fits])
    ax.set_xlim((locs - 3 * scales).min(), (locs + 3 * scales).max())
    ax.set_ylim(bottom=0)
    ax.set(xlabel="x", ylabel="probability density")
    ax.spines[["top", "right"]].set_visible(False)
    place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 1}
    ax.legend(frameon=False, **place)
