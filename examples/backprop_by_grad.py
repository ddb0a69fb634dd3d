"""Backpropagation by hand and by `jax.grad`, and which of them has any digits.

A sigmoid neuron and a product of matrices, differentiated step by step as one does on
paper, and by one call. Then what both have to fear: exponentials in single precision.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from _lesson import BLUE, GREEN, VERMILION, conclude, panels, parse_options, save

import jaxinfo

WEIGHTS = jnp.array([3.0, 4.0, 5.0])  # the last is the bias
INPUTS = jnp.array([6.0, 7.0])


def sigmoid(x: jax.Array) -> jax.Array:
    """Return 1 / (1 + exp(-x)), so that its derivative keeps its digits."""
    return jnp.exp(jax.nn.log_sigmoid(x))


def neuron(weights: jax.Array, inputs: jax.Array) -> jax.Array:
    """Return a sigmoid of a weighted sum."""
    return sigmoid(weights[:2] @ inputs + weights[2])


def by_hand(weights: jax.Array, inputs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the gradients in weights and inputs, stage by stage."""
    total = weights[:2] @ inputs + weights[2]  # forward
    slope = sigmoid(total) * sigmoid(-total)  # backward: f (1 - f)
    return slope * jnp.append(inputs, 1.0), slope * weights[:2]


def tell_of_the_neuron() -> None:
    """Print the gradients of the neuron, by hand and by grad."""
    print(f"neuron with w.x + b = {WEIGHTS[:2] @ INPUTS + WEIGHTS[2]:.0f}")
    hand = by_hand(WEIGHTS, INPUTS)
    grad = jax.grad(neuron, argnums=(0, 1))(WEIGHTS, INPUTS)
    for name, one, other in zip(("weights", "inputs"), hand, grad, strict=True):
        print(f"  gradient in the {name:8} by hand{columns(one)}")
        print(f"  {'':25}by grad{columns(other)}")


def columns(values: Sequence[float] | jax.Array) -> str:
    """Return numbers of any size, side by side."""
    return "".join(f"{x:12.3e}" for x in values)


def tell_of_matrices() -> None:
    """Print that the gradients of a product of matrices are products of matrices."""
    rng = np.random.default_rng(0)
    w, x, d_slope = (
        jnp.asarray(rng.normal(size=shape), jnp.float32)
        for shape in ((5, 10), (10, 2), (5, 2))
    )
    _, pull_back = jax.vjp(jnp.matmul, w, x)
    in_w, in_x = pull_back(d_slope)
    same_w = jnp.allclose(in_w, d_slope @ x.T, atol=1e-5)
    same_x = jnp.allclose(in_x, w.T @ d_slope, atol=1e-5)
    print("\nproduct D = W X of 5x10 and 10x2, where dL/dD is known:")
    print(f"  dL/dW = dL/dD X^T, {in_w.shape}: by vjp the same, {same_w}")
    print(f"  dL/dX = W^T dL/dD, {in_x.shape}: by vjp the same, {same_x}")


def textbook_sigmoid(x: jax.Array) -> jax.Array:
    """Return the formula as it stands in the textbook."""
    return 1 / (1 + jnp.exp(-x))


def textbook_slope(x: jax.Array) -> jax.Array:
    """Return f (1 - f), as one derives it by hand."""
    f = textbook_sigmoid(x)
    return f * (1 - f)


SLOPES: dict[str, Callable[[jax.Array], jax.Array]] = {
    "f (1 - f), by hand": textbook_slope,
    "grad of 1 / (1 + exp(-x))": jax.grad(textbook_sigmoid),
    "grad of jax.nn.sigmoid": jax.grad(jax.nn.sigmoid),
    "grad of exp(log_sigmoid(x))": jax.grad(sigmoid),
}


def true_slope(x: float) -> float:
    """Return the derivative of the sigmoid, in double precision."""
    return math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2


def tell_of_lost_digits() -> None:
    """Print the derivative of the sigmoid far from 0, in single precision."""
    places = jnp.array([51.0, -51.0, -100.0])
    print(f"\n{'derivative of the sigmoid at':29}{51:>12}{-51:>12}{-100:>12}")
    for name, slope in SLOPES.items():
        print(f"  {name:27}{columns(jax.vmap(slope)(places))}")
    print(f"  {'true':27}{columns([true_slope(float(x)) for x in places])}")


def tell_of_the_softmax() -> None:
    """Print a softmax that overflows, and a loss that does not."""
    logits = jnp.array([1000.0, 999.0, 0.0])
    powers = jnp.exp(logits)
    loss = jaxinfo.losses.softmax_cross_entropy_with_integer_labels
    value, slope = jax.value_and_grad(loss)(logits, 1)
    print("\nlogits (1000, 999, 0), in single precision:")
    print("  exp(z) / sum(exp(z))       ", _row(powers / powers.sum()))
    powers = jnp.exp(logits - logits.max())
    print("  with z - max(z)            ", _row(powers / powers.sum()))
    print(f"  cross-entropy of label 1    {value:.4f} nats, log(1 + e)")
    print("  its gradient               ", _row(slope))


def _row(values: jax.Array) -> str:
    return ", ".join(f"{x:.4f}" for x in values)


def draw(path: Path) -> None:
    """Draw how wrong each derivative is, from one end to the other."""
    (ax,) = panels(8, 4, 1)
    x = np.linspace(-86, 86, 345).astype(np.float32)
    true = np.array([true_slope(float(place)) for place in x])
    styles = {
        "f (1 - f), by hand": (VERMILION, "-", 2.5),
        "grad of jax.nn.sigmoid": (BLUE, ":", 2.5),
        "grad of exp(log_sigmoid(x))": (GREEN, "--", 2.0),
    }
    for name, (color, line, width) in styles.items():
        slope = np.asarray(jax.vmap(SLOPES[name])(jnp.asarray(x)), np.float64)
        error = np.maximum(np.abs(slope / true - 1), 2.0**-26)
        ax.plot(x, error, color=color, ls=line, lw=width, label=name)
    ax.axhline(1, color="0.5", lw=0.8)
    ax.text(-84, 1.3, "no digit left", va="bottom")
    ax.set(yscale="log", ylim=(1e-8, 30), xlabel="x")
    ax.set_ylabel("relative error of the derivative")
    ax.legend(frameon=False, loc="center left")
    save(ax, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "backprop_by_grad")
    tell_of_the_neuron()
    tell_of_matrices()
    tell_of_lost_digits()
    tell_of_the_softmax()
    if picture:
        draw(picture)
    # The derivative in the bias is e^-51, but for a factor that no float32 sees.
    in_bias = float(jax.grad(neuron)(WEIGHTS, INPUTS)[2])
    conclude("derivative in the bias", in_bias, math.exp(-51), 1e-5 * math.exp(-51))


if __name__ == "__main__":
    main()
