"""Distill a digit classifier into a small one, by forward and by reverse KL.

A student that is too small to copy its teacher p has to choose. Forward KL, D(p || q),
is infinite where the student gives nothing to what the teacher thinks possible: its
student q spreads. Reverse KL, D(q || p), is large where the student believes what the
teacher does not: its student settles on what is likely. Jensen-Shannon lies between.
Each student below is best by the measure that it was trained by, and its entropy,
beside the teacher's, shows which way it errs. All of them start from the student that
the labels alone can teach.

Teacher and student logits are made together from both last layers, a tile of images at
a time: `jaxinfo.losses.linear_distillation_loss`. The data are the 1,797 handwritten
digits that scikit-learn ships.
"""

import argparse
import json
import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tqdm import tqdm

import jaxinfo

PIXELS, CLASSES, BATCH_SIZE = 64, 10, 128
TEACHER, DIRECTIONS = (128, 128), ("forward", "reverse", "js")
COLUMNS = {
    "forward": "D(p||q)",
    "reverse": "D(q||p)",
    "js": "JS(p,q)",
    "entropy": "H(q)",
    "agreement": "agrees",
    "accuracy": "accuracy",
}

Params = list[dict[str, jax.Array]]
Metrics = dict[str, float]


class Digits(NamedTuple):
    """Images and their labels."""

    images: jax.Array  # [examples, pixels]
    labels: jax.Array  # [examples]


def load_digits(seed: int) -> dict[str, Digits]:
    """Return train and test examples, a fifth of each class in the test."""
    from sklearn import datasets, model_selection

    images, labels = datasets.load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = model_selection.train_test_split(
        images.astype(np.float32) / 16,
        labels.astype(np.int32),
        test_size=0.2,
        random_state=seed,
        stratify=labels,
    )
    parts = {"train": (train_x, train_y), "test": (test_x, test_y)}
    return {name: Digits(*map(jnp.asarray, part)) for name, part in parts.items()}


def init_params(key: jax.Array, hidden_sizes: Sequence[int]) -> Params:
    """Draw He-normal weights."""
    sizes = (PIXELS, *hidden_sizes, CLASSES)
    keys = jax.random.split(key, len(sizes))
    return [
        {
            "weight": jax.random.normal(k, shape, jnp.float32)
            * math.sqrt(2 / shape[0]),
            "bias": jnp.zeros(shape[1], jnp.float32),
        }
        for k, shape in zip(keys, pairwise(sizes), strict=False)
    ]


def hidden_rows(params: Params, images: jax.Array) -> jax.Array:
    """Return what the last layer is given."""
    for layer in params[:-1]:
        images = jax.nn.relu(images @ layer["weight"] + layer["bias"][None])
    return images


def predict(params: Params, images: jax.Array) -> jax.Array:
    """Return logits of shape `[examples, classes]`."""
    last = params[-1]
    return hidden_rows(params, images) @ last["weight"] + last["bias"][None]


def label_loss(params: Params, batch: Digits) -> jax.Array:
    """Return the mean cross-entropy of the labels, which the teacher learns from."""
    last = params[-1]
    return jaxinfo.losses.linear_softmax_cross_entropy(
        hidden_rows(params, batch.images),
        last["weight"],
        batch.labels,
        bias=last["bias"],
        weights=jnp.full(batch.labels.shape, 1 / batch.labels.size, jnp.float32),
    )


def distillation_loss(
    params: Params, batch: Digits, teacher: Params, direction: str, temperature: float
) -> jax.Array:
    """Return the mean divergence of the student from its teacher."""
    last, teacher_last = params[-1], teacher[-1]
    loss = jaxinfo.losses.linear_distillation_loss(
        hidden_rows(params, batch.images),
        last["weight"],
        hidden_rows(teacher, batch.images),
        teacher_last["weight"],
        bias=last["bias"],
        teacher_bias=teacher_last["bias"],
        weights=jnp.full(batch.labels.shape, 1 / batch.labels.size, jnp.float32),
        direction=direction,
        temperature=temperature,
    )
    # Slopes fall as 1 / T^2: this keeps the learning rate what it was.
    return temperature**2 * loss


def train(
    loss: Any, params: Params, digits: Digits, options: argparse.Namespace, name: str
) -> Params:
    """Train by Adam on shuffled minibatches; a remainder waits for the next epoch."""
    optimizer = optax.adam(options.learning_rate)
    steps = len(digits.images) // BATCH_SIZE

    @jax.jit
    def epoch(params, state, key):
        def step(carry, rows):
            params, state = carry
            grads = jax.grad(loss)(params, Digits(*(x[rows] for x in digits)))
            updates, state = optimizer.update(grads, state, params)
            return (optax.apply_updates(params, updates), state), None

        rows = jax.random.permutation(key, len(digits.images))[: steps * BATCH_SIZE]
        (params, state), _ = jax.lax.scan(
            step, (params, state), rows.reshape(steps, BATCH_SIZE)
        )
        return params, state

    state = optimizer.init(params)
    keys = jax.random.split(jax.random.key(options.seed), options.epochs)
    for key in tqdm(keys, desc=name, leave=False, disable=options.quiet or None):
        params, state = epoch(params, state, key)
    return params


def measure(
    student: Params, teacher: Params, digits: Digits, temperature: float
) -> Metrics:
    """Return the divergences at the temperature, and what else differs."""
    x, y = predict(student, digits.images), predict(teacher, digits.images)
    divergence = partial(
        jaxinfo.losses.distillation_loss, x, y, temperature=temperature
    )
    results = {
        direction: divergence(direction=direction).mean() for direction in DIRECTIONS
    }
    results["entropy"] = jaxinfo.logits.entropy(x / temperature).mean()
    choice = x.argmax(-1)
    results["agreement"] = (choice == y.argmax(-1)).mean()
    results["accuracy"] = (choice == digits.labels).mean()
    return {name: float(value) for name, value in results.items()}


def run(options: argparse.Namespace) -> dict[str, dict[str, Metrics]]:
    """Train the teacher and its students; return the measures of each, by part."""
    digits = load_digits(options.seed)
    keys = jax.random.split(jax.random.key(options.seed + 1), 2)
    fit = partial(train, digits=digits["train"], options=options)
    teacher = fit(label_loss, init_params(keys[0], TEACHER), name="teacher")
    models = {"teacher": teacher}
    # From random weights reverse KL hardly moves what is believed in error: all start
    # from what the labels alone can teach.
    start = fit(label_loss, init_params(keys[1], (options.width,)), name="labels")
    models["labels"] = start
    for direction in DIRECTIONS:
        loss = partial(
            distillation_loss,
            teacher=teacher,
            direction=direction,
            temperature=options.temperature,
        )
        models[direction] = fit(loss, start, name=f"student, {direction}")
    return {
        part: {
            name: measure(model, teacher, examples, options.temperature)
            for name, model in models.items()
        }
        for part, examples in digits.items()
    }


def table(results: dict[str, dict[str, Metrics]]) -> str:
    """Lay out the measures, a line a model."""
    lines = []
    for part, models in results.items():
        heads = "".join(f"{title:>10}" for title in COLUMNS.values())
        lines += ["", f"{part + ', nats':18}{heads}"]
        for name, metrics in models.items():
            numbers = "".join(f"{metrics[key]:10.4f}" for key in COLUMNS)
            lines.append(f"{name if name == 'teacher' else 'by ' + name:18}{numbers}")
    return "\n".join(lines)


def draw(path: Path, models: dict[str, Metrics]) -> None:
    """Draw each student in the plane of both divergences, and the entropies."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), dpi=120, layout="constrained")
    plane, bars = figure.subplots(1, 2)
    colors = {"forward": "#0072B2", "reverse": "#D55E00", "js": "#009E73"}
    for direction, color in colors.items():
        point = models[direction]
        plane.plot(
            point["forward"], point["reverse"], "o", color=color, label=direction
        )
    plane.set(
        xlabel="D(teacher || student), nats", ylabel="D(student || teacher), nats"
    )
    plane.legend(title="trained by")
    heights = [models[name]["entropy"] for name in ("teacher", *DIRECTIONS)]
    bars.bar(("teacher", *DIRECTIONS), heights, color=["0.5", *colors.values()])
    bars.set(ylabel="entropy of predictions, nats")
    figure.savefig(path, format="png", facecolor="white")


def parse_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--epochs", type=int, default=150, help="of each model, default: 150")
    add("--width", type=int, default=5, help="of the student, default: 5")
    add("--temperature", type=float, default=3.0, help="default: 3")
    add("--learning-rate", type=float, default=3e-3, help="default: 0.003")
    add("--seed", type=int, default=0, help="of split and training, default: 0")
    add("--plot", type=Path, help="a PNG of the divergences on the training images")
    add("--json", type=Path, help="all results")
    add("--quiet", action="store_true", help="no progress bars")
    options = parser.parse_args(argv)
    for name in ("epochs", "width", "temperature", "learning_rate"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name.replace('_', '-')} must be positive")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    """Train, compare, draw."""
    options = parse_options(argv)
    results = run(options)
    print(table(results))
    students = {direction: results["train"][direction] for direction in DIRECTIONS}
    best = {
        direction: min(students, key=lambda s: students[s][direction])
        for direction in DIRECTIONS
    }
    print("\nOn the training images, best by", end=" ")
    print(
        ", ".join(f"{COLUMNS[direction]}: {name}" for direction, name in best.items()),
        end=".\n",
    )
    if options.plot:
        draw(options.plot, results["train"])
    if options.json:
        text = json.dumps({"best": best} | results, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
