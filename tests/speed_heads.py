"""Measures time and memory of losses of linear heads against what people use today.

`python tests/speed_heads.py` prints, for each shape, the value and both gradients of a
mean cross-entropy of labels: the median and the best of rounds in which all contenders
take turns, in units of one product `hidden @ kernel` of the same rounds, and the
temporaries that the compiler plans. tokamax and PyTorch take part if they are
installed. Quiet machine, please.
"""

import argparse
import functools
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxinfo import losses

# Tokens, width of the hidden rows, classes.
SHAPES = ((1024, 256, 32_000), (512, 512, 128_256))
loss_of = losses.linear_softmax_cross_entropy
report_of = losses.linear_softmax_cross_entropy_with_report


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def jax_contenders(labels: jax.Array) -> dict[str, Callable]:
    """Losses of (hidden, kernel); the report is a second result."""
    weights = jnp.full(labels.shape, 1 / labels.size, "float32")

    def of_optax(hidden, kernel):
        each = optax.softmax_cross_entropy_with_integer_labels(hidden @ kernel, labels)
        return each.mean()

    ours = functools.partial(loss_of, weights=weights)
    contenders = {
        "jaxinfo": lambda h, w: ours(h, w, labels),
        "jaxinfo, 64 tokens": lambda h, w: ours(h, w, labels, tile_size=64),
        "jaxinfo, 512 tokens": lambda h, w: ours(h, w, labels, tile_size=512),
        "jaxinfo, vocabulary": lambda h, w: ours(h, w, labels, tiling="vocabulary"),
        "jaxinfo, each token": lambda h, w: jnp.mean(loss_of(h, w, labels)),
        "optax": of_optax,
    }
    if installed("tokamax"):
        import tokamax

        sys.argv = sys.argv[:1]  # which it reads
        theirs = functools.partial(
            tokamax.linear_softmax_cross_entropy_loss,
            reduction="mean",
            implementation="xla",
        )
        contenders["tokamax"] = lambda h, w: theirs(h, labels, w)
    return contenders


def of_torch(hidden: jax.Array, kernel: jax.Array, labels: jax.Array) -> Callable:
    """The same step of PyTorch."""
    import torch

    h, w = (torch.tensor(np.asarray(x), requires_grad=True) for x in (hidden, kernel))
    y = torch.tensor(np.asarray(labels)).long()

    def step(*_: Any) -> int:
        h.grad = w.grad = None
        torch.nn.functional.cross_entropy(h @ w, y).backward()
        return 0

    return step


def programs(hidden: jax.Array, kernel: jax.Array, labels: jax.Array) -> tuple:
    """What is timed, and the temporaries of what JAX compiled."""
    of_both = functools.partial(jax.value_and_grad, argnums=(0, 1))
    weights = jnp.full(labels.shape, 1 / labels.size, "float32")
    with_report = of_both(
        lambda h, w: report_of(h, w, labels, weights=weights), has_aux=True
    )
    steps = {"one product": lambda h, w: h @ w, "jaxinfo, report": with_report}
    steps |= {name: of_both(fn) for name, fn in jax_contenders(labels).items()}
    compiled = {
        name: jax.jit(fn).lower(hidden, kernel).compile() for name, fn in steps.items()
    }
    memory = {
        name: program.memory_analysis().temp_size_in_bytes
        for name, program in compiled.items()
    }
    if installed("torch"):
        return compiled | {"torch": of_torch(hidden, kernel, labels)}, memory
    return compiled, memory


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    for tokens, width, classes in SHAPES:
        rng = np.random.default_rng(0)
        hidden = jnp.asarray(rng.standard_normal((tokens, width)), "float32")
        kernel = rng.standard_normal((width, classes)) / width**0.5
        args = (hidden, jnp.asarray(kernel, "float32"))
        labels = jnp.asarray(rng.integers(0, classes, tokens), "int32")
        contenders, memory = programs(*args, labels)
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(options.rounds + 1):
            for name, program in contenders.items():
                start = time.perf_counter()
                jax.block_until_ready(program(*args))
                if turn:
                    times[name].append(time.perf_counter() - start)
        unit = statistics.median(times["one product"])
        print(f"\n{tokens} x {width} x {classes}, {1e3 * unit:.0f} ms a product")
        for name, taken in times.items():
            size = f"{memory[name] / 1e6:6.0f} MB" if name in memory else ""
            median, best = statistics.median(taken) / unit, min(taken) / unit
            print(f"{name:22s} median {median:5.2f}  best {best:5.2f} {size}")


if __name__ == "__main__":
    main()
