"""Why minimizing the cross-entropy minimizes the KL divergence.

A cross-entropy is the entropy of the targets plus the KL divergence from the targets to
the model. The first does not depend on the model: both losses have one gradient.
"""

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
from _lesson import BLUE, ORANGE, conclude, panels, parse_options, save

import jaxinfo

LABELS = jnp.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
PREDICTED = jnp.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])
SMOOTHED = 0.9 * LABELS + 0.1 / 3


def tell_of_labels() -> None:
    """Print the cross-entropy of each prediction, and of both as a batch."""
    each = jaxinfo.cross_entropy(LABELS, PREDICTED)
    print(f"(1,0,0) against (0.7, 0.2, 0.1): {each[0]:.3f} nats, -log 0.7")
    print(f"(0,0,1) against (0.3, 0.3, 0.4): {each[1]:.3f} nats, -log 0.4")
    print(f"mean of the batch:               {each.mean():.3f} nats")


def tell_of_the_identity() -> None:
    """Print cross-entropy = entropy + KL, for hard and for smoothed labels."""
    print("\ntargets     cross-entropy   entropy       KL   (means, nats)")
    for name, p in ("hard", LABELS), ("smoothed", SMOOTHED):
        paid = jaxinfo.cross_entropy(p, PREDICTED).mean()
        least = jaxinfo.entropy(p).mean()
        rest = jaxinfo.kl_divergence(p, PREDICTED).mean()
        print(f"{name:10}{paid:15.4f}{least:10.4f}{rest:9.4f}")


def tell_of_gradients() -> None:
    """Print the gradients of both losses in the logits."""
    logits = jnp.log(PREDICTED)  # any logits whose softmax this is

    def cross_entropy(logits: jax.Array) -> jax.Array:
        return jaxinfo.losses.softmax_cross_entropy(logits, SMOOTHED).sum()

    def kl_divergence(logits: jax.Array) -> jax.Array:
        return jaxinfo.logits.kl_divergence(jnp.log(SMOOTHED), logits).sum()

    print("\ngradient in the logits of the first row:")
    for loss in cross_entropy, kl_divergence:
        first = ", ".join(f"{x:7.4f}" for x in jax.grad(loss)(logits)[0])
        print(f"  {loss.__name__:15}{first}")
    first = ", ".join(f"{x:7.4f}" for x in (PREDICTED - SMOOTHED)[0])
    print(f"  {'softmax - p':15}{first}")


def tell_of_optax() -> None:
    """Print what optax calls the same things."""
    logits = jnp.log(PREDICTED)
    theirs = optax.softmax_cross_entropy(logits, SMOOTHED)
    ours = jaxinfo.losses.softmax_cross_entropy(logits, SMOOTHED)
    print("\n                      optax            jaxinfo")
    print(f"cross-entropy    {_row(theirs)}   {_row(ours)}")
    theirs = optax.losses.kl_divergence(logits, SMOOTHED)  # the model comes first
    ours = jaxinfo.logits.kl_divergence(jnp.log(SMOOTHED), logits)
    print(f"KL divergence    {_row(theirs)}   {_row(ours)}")


def _row(values: jax.Array) -> str:
    return ", ".join(f"{x:.4f}" for x in values)


def draw(path: Path) -> None:
    """Draw both losses as the prediction for the label goes from 0 to 1."""
    (ax,) = panels(7, 4, 1)
    right = jnp.linspace(0.02, 0.995, 300)  # probability of the right class
    q = jnp.stack([right, (1 - right) / 2, (1 - right) / 2], axis=-1)
    p = jnp.broadcast_to(SMOOTHED[:1], q.shape)
    paid, rest = jaxinfo.cross_entropy(p, q), jaxinfo.kl_divergence(p, q)
    ax.plot(right, paid, color=BLUE, lw=2, label="cross-entropy")
    ax.plot(right, rest, color=ORANGE, lw=2, ls="--", label="KL divergence")
    best = float(SMOOTHED[0, 0])
    ax.axvline(best, color="0.5", lw=1, ls=":")
    ax.annotate(
        "both are least\nat the target", (best, 2.5), (best - 0.03, 2.5), ha="right"
    )
    entropy = float(jaxinfo.entropy(SMOOTHED[0]))
    arrow = {"arrowstyle": "<->", "color": "0.3"}
    ax.annotate(
        "",
        (0.2, float(jnp.interp(0.2, right, rest))),
        arrowprops=arrow,
        xytext=(0.2, float(jnp.interp(0.2, right, paid))),
    )
    ax.text(0.23, 1.6, f"entropy of the target,\n{entropy:.3f} nats, everywhere")
    ax.set(xlabel="predicted probability of the right class", ylabel="loss (nats)")
    ax.set(ylim=(0, 4))
    ax.legend(frameon=False)
    save(ax, path)


def main(argv: Sequence[str] | None = None) -> None:
    """Tell the lesson."""
    picture = parse_options(__doc__, argv, "cross_entropy_is_kl")
    tell_of_labels()
    tell_of_the_identity()
    tell_of_gradients()
    tell_of_optax()
    if picture:
        draw(picture)
    # -log 0.7 and -log 0.4; their mean is -log(0.28) / 2.
    mean = jaxinfo.cross_entropy(LABELS, PREDICTED).mean()
    conclude("mean cross-entropy, in nats", float(mean), 0.6364828, 1e-6)


if __name__ == "__main__":
    main()
