"""One Gaussian cannot be two: which of its KL divergences should it minimize?

The same Gaussian is fitted to the same mixture of two by gradient descent on either
divergence. One covers both modes, the other takes one of them.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from _lesson import BLUE, ORANGE, conclude, panels, parse_options, save

import jaxinfo

WEIGHTS, LOCS, SCALES = jnp.array([[0.4, 0.6], [-3.0, 3.0], [1.0, 1.0]])
GRID = jnp.linspace(-14.0, 14.0, 2801)
STEPS = 500


class Gaussian(NamedTuple):
    """What is fitted: any two numbers make a Gaussian."""

    loc: jax.Array
    log_scale: jax.Array


def log_mixture(x: jax.Array) -> jax.Array:
    """Return the log-density of the mixture, up to a constant."""
    terms = -0.5 * ((x[:, None] - LOCS[None]) / SCALES[None]) ** 2
    return jax.nn.logsumexp(terms + jnp.log(WEIGHTS / SCALES)[None], axis=-1)


def log_gaussian(q: Gaussian, x: jax.Array) -> jax.Array:
    """Return the log-density of a Gaussian, up to a constant."""
    return -0.5 * ((x - q.loc) / jnp.exp(q.log_scale)) ** 2


def forward(q: Gaussian) -> jax.Array:
    """Return D(p || q): q must be where p is."""
    # Log-densities on a grid are logits; jaxinfo normalizes them.
    return jaxinfo.logits.kl_divergence(log_mixture(GRID), log_gaussian(q, GRID))


def reverse(q: Gaussian) -> jax.Array:
    """Return D(q || p): q must not be where p is not."""
    return jaxinfo.logits.kl_divergence(log_gaussian(q, GRID), log_mixture(GRID))


@partial(jax.jit, static_argnums=0)
def fit(divergence: Callable[[Gaussian], jax.Array], start: float) -> Gaussian:
    """Return every step of a descent from the standard deviation 1 and some mean."""
    optimizer = optax.adam(0.1)
    first = Gaussian(jnp.float32(start), jnp.float32(0.0))

    def step(carry, _):
        q, state = carry
        updates, state = optimizer.update(jax.grad(divergence)(q), state)
        return (optax.apply_updates(q, updates), state), q

    _, steps = jax.lax.scan(step, (first, optimizer.init(first)), length=STEPS)
    return steps


def fits() -> dict[str, Gaussian]:
    """Return the descents that the lesson compares."""
    return {
        "forward, D(p||q)": fit(forward, 1.5),
        "reverse, from the right": fit(reverse, 1.5),
        "reverse, from the left": fit(reverse, -1.5),
    }


def tell(found: dict[str, Gaussian]) -> None:
    """Print where each descent ends."""
    print(f"{'minimized':26}{'mean':>7}{'scale':>7}{'D(p||q)':>10}{'D(q||p)':>10}")
    for name, steps in found.items():
        q = jax.tree.map(lambda path: path[-1], steps)
        numbers = f"{q.loc:7.2f}{jnp.exp(q.log_scale):7.2f}"
        print(f"{name:26}{numbers}{forward(q):10.2f}{reverse(q):10.2f}")
    print("D in nats; the mixture has mean 0.60 and standard deviation 3.10")


def draw(found: dict[str, Gaussian], path: Path) -> None:
    """Draw the mixture and the Gaussian, at the start, on the way and at the end."""
    axes = panels(11, 3.6, 3, sharey=True)
    width = GRID[1] - GRID[0]
    p = jax.nn.softmax(log_mixture(GRID)) / width
    for ax, (name, steps) in zip(axes, found.items(), strict=True):
        ax.fill_between(GRID, p, color=BLUE, alpha=0.25, lw=0, label="mixture p")
        for at, style, alpha in (0, ":", 0.6), (12, "--", 0.8), (STEPS - 1, "-", 1.0):
            q = jax.tree.map(lambda way, at=at: way[at], steps)
            density = jax.nn.softmax(log_gaussian(q, GRID)) / width
            label = f"q after {at + 1} step" + "s" * (at > 0)
            ax.plot(GRID, density, color=ORANGE, ls=style, alpha=alpha, label=label)
        ax.set(title=name, xlabel="x", xlim=(-9, 9))
    axes[0].set_ylabel("density")
    axes[0].legend(frameon=False, fontsize="small", loc="upper left")
    save(axes[0], path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "forward_or_reverse_kl")
    found = fits()
    tell(found)
    if picture:
        draw(found, picture)
    # The forward fit has the variance of the mixture: 1 + 0.4 * 3.6^2 + 0.6 * 2.4^2.
    scale = float(jnp.exp(found["forward, D(p||q)"].log_scale[-1]))
    conclude("scale of the forward fit", scale, math.sqrt(9.64), 1e-3)


if __name__ == "__main__":
    main()
