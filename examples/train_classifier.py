"""Train a digit classifier and watch the KL divergence that is left to learn.

A cross-entropy is the entropy of the targets plus the KL divergence from the targets
to the model, H(p, q) = H(p) + D(p || q). Training lowers the left side, but no model
changes H(p), so all there is to learn is the last term. Label smoothing makes H(p) a
floor well above zero: a loss of 0.56 nats looks poor until one sees that 0.50 of them
belong to the targets.

The data are the 1,797 handwritten digits that scikit-learn ships.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from _options import number, output_file
from jax.flatten_util import ravel_pytree
from tqdm import tqdm

import jaxinfo

NUM_PIXELS, NUM_CLASSES, BATCH_SIZE = 64, 10, 64
HIDDEN_SIZES = {"mlp": (128, 64), "softmax": ()}
UNITS = {2: "bits", math.e: "nats", 10: "hartleys"}

Params = list[dict[str, jax.Array]]
Metrics = dict[str, float]  # means over examples, information in the chosen unit
History = list[dict[str, Metrics]]  # {"train": ..., "test": ...} after each epoch


class Examples(NamedTuple):
    """Images, and the distributions that a model should predict for them."""

    images: jax.Array  # [examples, pixels]
    targets: jax.Array  # [examples, classes]
    where: jax.Array  # [examples], False for padding


def load_digits(smoothing: float, seed: int) -> dict[str, Examples]:
    """Return train and test examples, a fifth of each class in the test."""
    # scikit-learn takes longer to import than --help should take to answer.
    from sklearn import datasets, model_selection

    images, labels = datasets.load_digits(return_X_y=True)
    targets = (1 - smoothing) * np.eye(NUM_CLASSES)[labels] + smoothing / NUM_CLASSES
    parts = model_selection.train_test_split(
        images / 16, targets, test_size=0.2, random_state=seed, stratify=labels
    )
    train_x, test_x, train_p, test_p = (jnp.asarray(x, jnp.float32) for x in parts)
    return {
        "train": Examples(train_x, train_p, jnp.ones(len(train_x), bool)),
        "test": Examples(test_x, test_p, jnp.ones(len(test_x), bool)),
    }


def init_params(key: jax.Array, hidden_sizes: Sequence[int]) -> Params:
    """Draw He-normal weights; no hidden layer makes a softmax regression."""
    params = []
    for fan_in, fan_out in pairwise((NUM_PIXELS, *hidden_sizes, NUM_CLASSES)):
        key, subkey = jax.random.split(key)
        weight = jax.random.normal(subkey, (fan_in, fan_out), jnp.float32)
        bias = jnp.zeros(fan_out, jnp.float32)
        params.append({"weight": weight * math.sqrt(2 / fan_in), "bias": bias})
    return params


def predict(params: Params, images: jax.Array) -> jax.Array:
    """Return logits of shape `[examples, classes]`."""
    *hidden, last = params
    for layer in hidden:
        images = jax.nn.relu(images @ layer["weight"] + layer["bias"][None])
    return images @ last["weight"] + last["bias"][None]


@jax.jit
def cross_entropy_loss(
    params: Params, examples: Examples
) -> tuple[jax.Array, jaxinfo.losses.CrossEntropyReport]:
    """Return the mean loss in nats, and the mean of each entry of its report."""
    loss, report = jaxinfo.losses.softmax_cross_entropy_with_report(
        predict(params, examples.images), examples.targets
    )
    mean = partial(jaxinfo.losses.masked_mean, where=examples.where)
    return mean(loss), jax.tree.map(mean, report)


@jax.jit
def kl_loss(params: Params, examples: Examples) -> jax.Array:
    """Return the mean KL divergence in nats, without a cross-entropy on the way."""
    # The logarithm of a probability table is a row of logits.
    divergence = jaxinfo.logits.kl_divergence(
        jnp.log(examples.targets), predict(params, examples.images)
    )
    return jaxinfo.losses.masked_mean(divergence, examples.where)


def make_train_step(optimizer: optax.GradientTransformation) -> Callable[..., Any]:
    """Return the compiled update from one minibatch, given by its row numbers."""

    @jax.jit
    def train_step(params, state, train, rows, where):
        batch = Examples(train.images[rows], train.targets[rows], where)
        grad_fn = jax.value_and_grad(cross_entropy_loss, has_aux=True)
        (_, report), grads = grad_fn(params, batch)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state, report

    return train_step


def minibatches(
    rng: np.random.Generator, size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the shuffled rows of each minibatch, and which of them are not padding."""
    # Padding keeps one shape, hence one compilation; the mask keeps it out of the mean.
    rows = np.zeros(math.ceil(size / BATCH_SIZE) * BATCH_SIZE, np.int32)
    rows[:size] = rng.permutation(size)
    where = np.arange(len(rows)) < size
    shape = (-1, BATCH_SIZE)
    yield from zip(rows.reshape(shape), where.reshape(shape), strict=True)


def measure(params: Params, examples: Examples, base: float) -> Metrics:
    """Evaluate a model, and convert nats to the unit of `base`."""
    _, report = cross_entropy_loss(params, examples)
    return {
        "cross_entropy": float(report.cross_entropy) / math.log(base),
        "target_entropy": float(report.target_entropy) / math.log(base),
        "kl_divergence": float(report.kl_divergence) / math.log(base),
        # Of the mean cross-entropy in nats: the same number in every unit.
        "perplexity": float(jnp.exp(report.cross_entropy)),
        "accuracy": float(report.accuracy),
    }


def epoch_line(epoch: int, unit: str, last: dict[str, Metrics]) -> str:
    """Describe one epoch on one line."""
    return f"{epoch:5}" + "".join(
        f"  {name} {m['cross_entropy']:.4f} = {m['target_entropy']:.4f} + "
        f"{m['kl_divergence']:.4f} {unit}, perplexity {m['perplexity']:.3f}, "
        f"accuracy {m['accuracy']:6.1%}"
        for name, m in last.items()
    )


def train(
    options: argparse.Namespace,
    digits: dict[str, Examples],
    say: Callable[[str], None],
) -> tuple[Params, History]:
    """Train by gradient descent with momentum, and measure after every epoch."""
    rng = np.random.default_rng(options.seed)
    params = init_params(jax.random.key(options.seed), HIDDEN_SIZES[options.model])
    optimizer = optax.sgd(options.learning_rate, momentum=0.9)
    state, train_step = optimizer.init(params), make_train_step(optimizer)
    size = len(digits["train"].images)
    steps = options.epochs * math.ceil(size / BATCH_SIZE)
    history = []
    if not options.quiet:
        say("epoch  cross-entropy = target entropy + KL divergence")
    # disable=None: no bar where standard error is no terminal.
    with tqdm(total=steps, leave=False, disable=options.quiet or None) as bar:
        for epoch in range(1, options.epochs + 1):
            for rows, where in minibatches(rng, size):
                params, state, report = train_step(
                    params, state, digits["train"], rows, where
                )
                kl = float(report.kl_divergence)
                bar.set_postfix_str(f"KL of minibatch {kl:.4f} nats", refresh=False)
                bar.update()
            last = {k: measure(params, v, options.base) for k, v in digits.items()}
            if not all(math.isfinite(m["perplexity"]) for m in last.values()):
                raise SystemExit(
                    f"error: the perplexity is not finite after epoch {epoch}; try a "
                    f"--learning-rate below {options.learning_rate:g}"
                )
            history.append(last)
            if not options.quiet:
                say(epoch_line(epoch, options.unit, last))
    return params, history


def gradient_gap(params: Params, examples: Examples) -> float:
    """Return how far the two gradients differ, relative to the largest entry."""
    by_cross_entropy, _ = jax.grad(cross_entropy_loss, has_aux=True)(params, examples)
    by_kl = jax.grad(kl_loss)(params, examples)
    expected, got = ravel_pytree(by_cross_entropy)[0], ravel_pytree(by_kl)[0]
    return float(jnp.abs(got - expected).max() / jnp.abs(expected).max())


def summarize(
    digits: dict[str, Examples], base: float, params: Params, history: History
) -> dict[str, Any]:
    """Collect what was reached, how well the theory holds, and what can be reached."""
    final = {name: dict(metrics) for name, metrics in history[-1].items()}
    for name, m in final.items():
        total = m["target_entropy"] + m["kl_divergence"]
        m["identity_gap"] = m["cross_entropy"] - total
        m["gradient_gap"] = gradient_gap(params, digits[name])
    target = digits["train"].targets[0]  # the others are permutations of it
    floor = {
        "cross_entropy": float(jaxinfo.entropy(target, base=base)),
        "perplexity": float(jaxinfo.perplexity(target)),
        "label_probability": float(target.max()),
    }
    return {"floor": floor, "final": final, "history": history}


def final_table(unit: str, final: dict[str, Metrics], floor: Metrics) -> str:
    """Lay out the identity, the agreement of the gradients, and the floor."""
    rows = (
        (f"cross-entropy CE, {unit}", "cross_entropy", ".6f"),
        (f"target entropy H, {unit}", "target_entropy", ".6f"),
        (f"KL divergence, {unit}", "kl_divergence", ".6f"),
        (f"CE - H - KL, {unit}", "identity_gap", ".1e"),
        ("gradients of CE and KL, relative gap", "gradient_gap", ".1e"),
        ("perplexity", "perplexity", ".4f"),
        ("accuracy", "accuracy", ".2%"),
    )
    lines = ["", f"{'':36}{'train':>12}{'test':>12}"]
    for label, key, spec in rows:
        train, test = (format(final[name][key], spec) for name in ("train", "test"))
        lines.append(f"{label:36}{train:>12}{test:>12}")
    return "\n".join(lines) + (
        f"\n\nNo model goes under {floor['cross_entropy']:.6f} {unit}, perplexity "
        f"{floor['perplexity']:.4f}: the entropy of the\ntargets. At this floor KL is "
        f"0, the label has probability {floor['label_probability']:.4g}, and the\n"
        "accuracy is 100%."
    )


def draw_curves(path: Path, base: float, floor: float, history: History) -> None:
    """Draw the cross-entropy over its floor, the KL divergence and the accuracy."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

    # A figure of its own, not one of pyplot's: no window and no global state.
    figure = Figure(figsize=(11, 3.4), dpi=120, layout="constrained")
    keys = ("cross_entropy", "kl_divergence", "accuracy")
    axes = dict(zip(keys, figure.subplots(1, 3), strict=True))
    for key, ax in axes.items():
        curves = {name: [epoch[name][key] for epoch in history] for name in history[0]}
        ground = floor if key == "cross_entropy" else None
        jaxinfo.plots.training_curves(curves, floor=ground, base=base, ax=ax)
    left, accuracy = axes["kl_divergence"], axes["accuracy"]
    unit = UNITS.get(base, f"base-{base:g} units")
    left.set(yscale="log", ylabel=f"KL left to learn ({unit})")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    accuracy.set_ylabel("accuracy")
    accuracy.yaxis.set_major_formatter(PercentFormatter(1))
    figure.savefig(path, format="png", facecolor="white")


def parse_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; argparse exits with status 2 where it is wrong."""
    count = number(int, lambda n: n >= 1, "an integer of at least 1")
    seed = number(int, lambda n: 0 <= n < 2**32, "an integer from 0 to 2**32 - 1")
    rate = number(float, lambda x: 0 < x < math.inf, "a positive number")
    share = number(float, lambda x: 0 <= x < 1, "a number from 0 to less than 1")
    base = number(
        lambda text: math.e if text == "e" else float(text),
        lambda x: 1 < x < math.inf,
        "e or a number greater than 1",
    )
    png, curves = partial(output_file, kind=".png"), "train_classifier.png"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", choices=HIDDEN_SIZES, default="mlp", help="default: mlp")
    add("--epochs", type=count, default=30, help="default: 30")
    add("--smoothing", type=share, default=0.1, help="of the labels, default: 0.1")
    add("--seed", type=seed, default=0, help="of split and training, default: 0")
    add("--learning-rate", type=rate, default=0.2, help="default: 0.2")
    add("--base", type=base, default="e", help="2: bits, e: nats (default), 10: ...")
    add("--plot", type=png, default=curves, help=f"the curves, default: {curves}")
    add("--no-plot", dest="plot", action="store_const", const=None, help="no curves")
    add("--json", type=output_file, help="all results; - is standard output")
    add("--quiet", action="store_true", help="print only the final table")
    options = parser.parse_args(argv)
    options.unit = UNITS.get(options.base, f"base-{options.base:g} units")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    """Train, report, draw."""
    options = parse_options(argv)
    json_to_stdout = options.json == Path("-")
    say = partial(tqdm.write, file=sys.stderr if json_to_stdout else sys.stdout)
    digits = load_digits(options.smoothing, options.seed)
    params, history = train(options, digits, say)
    summary = summarize(digits, options.base, params, history)
    floor = summary["floor"]
    say(final_table(options.unit, summary["final"], floor))
    if options.plot:
        draw_curves(options.plot, options.base, floor["cross_entropy"], history)
        say(f"Curves: {options.plot}")
    if options.json:
        # `default=str` is for the paths among the options.
        text = json.dumps({"options": vars(options)} | summary, indent=2, default=str)
        print(text) if json_to_stdout else options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
