"""What a generator learns from a divergence when it is wrong everywhere.

Early in training the samples of a generator and the data do not overlap. Then the KL
divergence is infinite and the Jensen-Shannon divergence is log 2, wherever the
generator is: neither says which way to go.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
from _lesson import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    conclude,
    panels,
    parse_options,
    save,
)

import jaxinfo
from jaxinfo.families import normal

GRID = jnp.linspace(-30.0, 30.0, 3001)


def block(place: int) -> jax.Array:
    """Return a uniform law on four cells of forty, from a place on."""
    cells = jnp.arange(40)
    return jnp.where((cells >= place) & (cells < place + 4), 0.25, 0.0)


def tell_of_blocks() -> None:
    """Print the divergences of two blocks, as one moves away."""
    p = block(4)
    print("two blocks of width 4:")
    print("distance       KL        JS   total variation   Wasserstein")
    for distance in (0, 1, 2, 4, 8, 16):
        q = block(4 + distance)
        kl, js = jaxinfo.kl_divergence(p, q), jaxinfo.js_divergence(p, q)
        tv = jaxinfo.total_variation_distance(p, q)
        w = jaxinfo.wasserstein_distance(p, q)
        print(f"{distance:8}{kl:9.4f}{js:10.4f}{tv:18.4f}{w:14.4f}")


def log_density(loc: jax.Array | float) -> jax.Array:
    """Return the log-density of a normal law on the grid, up to a constant."""
    return -0.5 * (GRID - loc) ** 2


def js(loc: jax.Array) -> jax.Array:
    """Return the Jensen-Shannon divergence of (0, 1) and (loc, 1)."""
    return jaxinfo.logits.js_divergence(log_density(0.0), log_density(loc))


def kl(loc: jax.Array) -> jax.Array:
    """Return the KL divergence of (0, 1) from (loc, 1), by its closed form."""
    return normal.kl_divergence(0.0, 1.0, loc, 1.0)


def wasserstein(loc: jax.Array) -> jax.Array:
    """Return how far mass must be moved, on average."""
    return normal.wasserstein_distance(0.0, 1.0, loc, 1.0)


SIGNALS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "KL": kl,
    "JS": js,
    "Wasserstein": wasserstein,
}


def tell_of_slopes() -> None:
    """Print what two Gaussians say about each other, and in which direction."""
    print("\ntwo Gaussians:     value and slope of")
    print(f"distance{''.join(f'{name:>18}' for name in SIGNALS)}")
    for distance in (0.5, 2.0, 4.0, 8.0):
        row = ""
        for signal in SIGNALS.values():
            value, slope = jax.value_and_grad(signal)(distance)
            row += f"{value:10.4f}{slope:8.4f}"
        print(f"{distance:8}{row}")


def tell_of_the_discriminator() -> None:
    """Print that the best discriminator of samples measures the JS divergence."""
    log_p, log_q = log_density(0.0), log_density(2.0)
    # The best answer to "from which law is this sample?", as a logit.
    each = jaxinfo.logits.binary_entropy(log_p - log_q)
    mixed = 0.5 * (jax.nn.softmax(log_p) + jax.nn.softmax(log_q))
    loss = mixed @ each  # its cross-entropy, when both laws come equally often
    print("\nat distance 2, best discriminator:")
    print(f"  log 2 - its cross-entropy   {math.log(2) - loss:.4f}")
    print(f"  JS divergence               {js(jnp.float32(2.0)):.4f}")


def draw(path: Path) -> None:
    """Draw the three signals and their slopes against the distance."""
    left, right = panels(10, 3.8, 2)
    loc = jnp.linspace(0.0, 8.0, 161)
    styles = ((VERMILION, "-"), (BLUE, "--"), (GREEN, "-."))
    for (name, signal), (color, style) in zip(SIGNALS.items(), styles, strict=True):
        look = {"color": color, "ls": style, "lw": 2, "label": name}
        left.plot(loc, jax.vmap(signal)(loc), **look)
        right.plot(loc, jax.vmap(jax.grad(signal))(loc), **look)
    left.axhline(math.log(2), color=ORANGE, lw=1)
    left.text(8, math.log(2) + 0.1, "log 2", ha="right", va="bottom")
    left.set(ylabel="divergence (nats), distance", ylim=(0, 5))
    right.set(ylabel="slope: what the generator gets", ylim=(-0.1, 4))
    for ax in (left, right):
        ax.set_xlabel("distance of the generator from the data")
    left.legend(frameon=False, loc="upper left")
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "js_for_generative_models")
    tell_of_blocks()
    tell_of_slopes()
    tell_of_the_discriminator()
    if picture:
        draw(picture)
    apart = float(jaxinfo.js_divergence(block(0), block(30)))
    conclude("JS of laws that do not overlap, in nats", apart, math.log(2), 1e-6)


if __name__ == "__main__":
    main()
