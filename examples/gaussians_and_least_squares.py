"""Gaussians, and why least squares is a KL divergence.

Differential entropies and divergences of three normal densities; then a linear
regression by minibatch gradient descent, read as maximum likelihood and as the
minimization of a KL divergence.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from _lesson import BLUE, GREEN, VERMILION, conclude, panels, parse_options, save

from jaxinfo.families import normal

DENSITIES = {"(0, 1)": (0.0, 1.0), "(0, 2)": (0.0, 2.0), "(3, 1)": (3.0, 1.0)}
SLOPE, INTERCEPT, NOISE = 2.0, 1.0, 0.5  # of the data
SIZE, BATCH, STEPS = 2048, 64, 1000


class Line(NamedTuple):
    """A model: y is normal around a line."""

    slope: jax.Array
    intercept: jax.Array
    log_noise: jax.Array


def tell_of_densities() -> None:
    """Print entropies, which do not see the mean, and divergences, which do."""
    print("normal     entropy   D(row || column), nats")
    for name, (loc, scale) in DENSITIES.items():
        entropy = normal.entropy(scale)
        row = [normal.kl_divergence(loc, scale, *q) for q in DENSITIES.values()]
        print(f"{name:9}{entropy:9.4f}   {''.join(f'{x:9.4f}' for x in row)}")
    print(f"(0, 0.1) {normal.entropy(0.1):9.4f}   negative: no sum, a density")


def data() -> tuple[jax.Array, jax.Array]:
    """Return points around a known line."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, SIZE)
    y = SLOPE * x + INTERCEPT + NOISE * rng.normal(size=SIZE)
    return jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)


def negative_log_likelihood(line: Line, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean of -log q(y | x) in nats."""
    z = (y - line.slope * x - line.intercept) / jnp.exp(line.log_noise)
    return jnp.mean(0.5 * z**2 + line.log_noise + 0.5 * math.log(2 * math.pi))


def mean_squared_error(line: Line, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean squared distance from the line."""
    return jnp.mean((y - line.slope * x - line.intercept) ** 2)


def true_cross_entropy(line: Line, x: jax.Array) -> jax.Array:
    """Return what the line costs a new point, since the law of the data is known."""
    found, truth = line.slope * x + line.intercept, SLOPE * x + INTERCEPT
    return normal.cross_entropy(truth, NOISE, found, jnp.exp(line.log_noise)).mean()


def fit(x: jax.Array, y: jax.Array) -> tuple[Line, jax.Array]:
    """Return the line after minibatch gradient descent, and its cross-entropies."""
    optimizer = optax.sgd(optax.cosine_decay_schedule(0.2, STEPS))

    def step(carry, key):
        line, state = carry
        rows = jax.random.choice(key, SIZE, (BATCH,), replace=False)
        grads = jax.grad(negative_log_likelihood)(line, x[rows], y[rows])
        updates, state = optimizer.update(grads, state)
        seen = (line, true_cross_entropy(line, x))
        return (optax.apply_updates(line, updates), state), seen

    line = Line(*jnp.zeros(3, jnp.float32))
    keys = jax.random.split(jax.random.key(0), STEPS)
    _, (lines, losses) = jax.lax.scan(step, (line, optimizer.init(line)), keys)
    return jax.tree.map(lambda way: way[-1], lines), losses


def tell_of_gradients(x: jax.Array, y: jax.Array) -> None:
    """Print that likelihood and squared error pull a line in one direction."""
    line = Line(*jnp.array([1.0, 0.0, math.log(NOISE)], jnp.float32))
    by_likelihood = jax.grad(negative_log_likelihood)(line, x, y)
    by_squares = jax.grad(mean_squared_error)(line, x, y)
    print("\ngradient of      slope   intercept")
    print(f"-log q        {by_likelihood.slope:8.3f}{by_likelihood.intercept:12.3f}")
    scale = 2 * NOISE**2
    print(
        f"MSE / 2s^2    {by_squares.slope / scale:8.3f}"
        f"{by_squares.intercept / scale:12.3f}"
    )


def tell_of_the_fit(line: Line, x: jax.Array, y: jax.Array) -> None:
    """Print what descent found, what least squares says, and what is left."""
    slope, intercept = np.polyfit(x, y, 1)
    print("\n                slope   intercept")
    print(f"descent       {line.slope:8.2f}{line.intercept:12.2f}")
    print(f"least squares {slope:8.2f}{intercept:12.2f}")
    print(f"the truth     {SLOPE:8.2f}{INTERCEPT:12.2f}")
    noise = jnp.exp(line.log_noise)
    found, truth = line.slope * x + line.intercept, SLOPE * x + INTERCEPT
    rest = normal.kl_divergence(truth, NOISE, found, noise).mean()
    paid, least = true_cross_entropy(line, x), normal.entropy(NOISE)
    print("\nof the true law to the line, nats a point:")
    print(f"cross-entropy {paid:.3f} = entropy {least:.3f} + KL {rest:.3f}")


def draw(line: Line, losses: jax.Array, x: jax.Array, y: jax.Array, path: Path) -> None:
    """Draw the densities, the line, and the way down to the entropy of the noise."""
    left, middle, right = panels(12, 3.6, 3)
    at = jnp.linspace(-6, 7, 400)
    styles = ((BLUE, "-"), (VERMILION, "--"), (GREEN, "-."))
    for (name, (loc, scale)), (color, style) in zip(
        DENSITIES.items(), styles, strict=True
    ):
        density = jax.scipy.stats.norm.pdf(at, loc, scale)
        label = f"{name}: {normal.entropy(scale):.2f} nats"
        left.plot(at, density, color=color, ls=style, lw=2, label=label)
    left.set(xlabel="x", ylabel="density", ylim=(0, 0.55))
    left.legend(frameon=False, fontsize="small", loc="upper left")
    middle.plot(x[:400], y[:400], ".", color=BLUE, ms=3, alpha=0.6)
    ends = jnp.array([-1.0, 1.0])
    middle.plot(ends, line.slope * ends + line.intercept, color=VERMILION, lw=2)
    middle.set(xlabel="x", ylabel="y", title="a line, by maximum likelihood")
    right.plot(losses, color=BLUE, label="cross-entropy, true law to line")
    floor = float(normal.entropy(NOISE))
    right.axhline(floor, color="0.3", ls="--", label="entropy of the noise")
    right.set(xlabel="step", ylabel="nats", ylim=(0.5, 2.5), xlim=(-5, 300))
    right.legend(frameon=False, fontsize="small")
    save(left, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "gaussians_and_least_squares")
    tell_of_densities()
    x, y = data()
    tell_of_gradients(x, y)
    line, losses = fit(x, y)
    tell_of_the_fit(line, x, y)
    if picture:
        draw(line, losses, x, y, picture)
    # The density (0, 2) has 1/2 log(2 pi e 4); nats.
    exact = 0.5 * math.log(8 * math.pi * math.e)
    conclude("entropy of (0, 2), in nats", float(normal.entropy(2.0)), exact, 1e-6)


if __name__ == "__main__":
    main()
