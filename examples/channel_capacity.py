"""The capacity of four known channels, with the certificate that proves it.

Run it with `python examples/channel_capacity.py`; `--help` lists the options.
"""

import argparse
import math
import sys
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

import jaxinfo


def entropy(p: float) -> float:
    """The entropy of a coin in bits."""
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def known_channels(flip: float, letters: int) -> dict[str, tuple[np.ndarray, float]]:
    """The channels, each with its capacity in bits from the closed form."""
    stay = 1 - flip
    symmetric = np.array([[stay, flip], [flip, stay]])
    erasure = np.array([[stay, flip, 0], [0, flip, stay]])
    z = np.array([[1, 0], [flip, stay]])
    typewriter = (np.eye(letters) + np.roll(np.eye(letters), 1, axis=1)) / 2
    return {
        "binary symmetric": (symmetric, 1 - entropy(flip)),
        "binary erasure": (erasure, stay),
        "Z-channel": (z, math.log2(1 + stay * flip ** (flip / stay))),
        "noisy typewriter": (typewriter, math.log2(letters / 2)),
    }


def probability(text: str) -> float:
    """Parses a probability strictly between 0 and 1."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be between 0 and 1, got {text!r}")
    return value


def even(text: str) -> int:
    """Parses an even number of at least 4."""
    value = int(text)
    if value < 4 or value % 2:
        raise argparse.ArgumentTypeError(f"must be even and at least 4, got {text!r}")
    return value


def main(argv: Sequence[str] | None = None) -> None:
    """Solves the channels and prints a line for each."""
    parser = argparse.ArgumentParser(description="Capacities and certificates.")
    parser.add_argument(
        "--flip", type=probability, default=0.11, help="probability of an error"
    )
    parser.add_argument(
        "--letters", type=even, default=26, help="letters of the typewriter"
    )
    options = parser.parse_args(argv)
    jax.config.update("jax_enable_x64", True)
    lines = [
        f"{'channel':18}{'capacity':>12}{'closed form':>13}{'gap':>10}{'steps':>7}"
    ]
    for name, (channel, known) in known_channels(options.flip, options.letters).items():
        found = jaxinfo.channels.channel_capacity(jnp.asarray(channel), base=2)
        numbers = f"{found.capacity:12.8f}{known:13.8f}{found.gap:10.1e}"
        lines.append(f"{name:18}{numbers}{int(found.iterations):7d}")
    lines.append("The capacity is within the gap, in bits, whatever the solver did.")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
