"""Learn what a digit looks like without labels, by maximizing mutual information.

An encoder sees two views of an image, shifted and with noise, and is trained so that
the code of one tells as much as it can about the code of the other, in the manner of
Deep InfoMax. A critic scores each code of a batch with each other; a bound turns the
scores into an objective: InfoNCE, a lower bound on mutual information in nats that is
never above log B for batches of B, or the Jensen-Shannon objective, whose critic the
SMILE estimate reads in nats without such a cap.

What was learned shows in a linear probe: logistic regression from the code to the
label, beside one from the pixels and one from an encoder that was not trained.

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
from tqdm import tqdm

from jaxinfo import bounds

WIDTH, PATCH = 8, 4
CORNERS = [(i, j) for i in (0, 2, 4) for j in (0, 2, 4)]  # of overlapping patches
LOCAL, HIDDEN, CODE, EMBEDDING = 64, 256, 64, 32
BATCH_SIZE, NOISE, DRAWS = 128, 0.3, 10
OBJECTIVES = {"InfoNCE": bounds.info_nce, "Jensen-Shannon": bounds.js_bound}
COLORS = {"InfoNCE": "#0072B2", "Jensen-Shannon": "#D55E00"}

Layers = list[dict[str, jax.Array]]
Metrics = dict[str, float]
History = dict[str, list[Metrics]]  # by objective, after each epoch


class Digits(NamedTuple):
    """Images and labels, which only the probe reads."""

    images: np.ndarray  # [examples, 8, 8]
    labels: np.ndarray  # [examples]


class Model(NamedTuple):
    """The encoder, and the head whose outputs the critic compares."""

    local: Layers  # of every patch
    whole: Layers  # of all patches of an image
    head: Layers


def load_digits(seed: int) -> dict[str, Digits]:
    """Return train and test examples, a fifth of each class in the test."""
    # scikit-learn takes longer to import than --help should take to answer.
    from sklearn import datasets, model_selection

    pixels, labels = datasets.load_digits(return_X_y=True)
    images = np.asarray(pixels, np.float32).reshape(-1, WIDTH, WIDTH) / 16
    parts = model_selection.train_test_split(
        images, labels, test_size=0.2, random_state=seed, stratify=labels
    )
    train_x, test_x, train_y, test_y = map(np.asarray, parts)
    return {"train": Digits(train_x, train_y), "test": Digits(test_x, test_y)}


def init_layers(key: jax.Array, *sizes: int) -> Layers:
    """Draw Glorot-normal weights."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        key, subkey = jax.random.split(key)
        weight = jax.random.normal(subkey, (fan_in, fan_out), jnp.float32)
        weight *= math.sqrt(2 / (fan_in + fan_out))
        layers.append({"weight": weight, "bias": jnp.zeros(fan_out, jnp.float32)})
    return layers


def init_model(seed: int) -> Model:
    """Draw the weights of the encoder and of its head."""
    local, whole, head = jax.random.split(jax.random.key(seed), 3)
    return Model(
        init_layers(local, PATCH**2, LOCAL, LOCAL),
        init_layers(whole, len(CORNERS) * LOCAL, HIDDEN, CODE),
        init_layers(head, CODE, EMBEDDING),
    )


def apply(layers: Layers, x: jax.Array) -> jax.Array:
    """Return `x` after the layers, with a rectifier between them."""
    for i, layer in enumerate(layers):
        x = (jax.nn.relu(x) if i else x) @ layer["weight"] + layer["bias"][None]
    return x


def encode(model: Model, images: jax.Array) -> jax.Array:
    """Return codes of shape `[examples, code]`."""
    patches = [images[:, i : i + PATCH, j : j + PATCH] for i, j in CORNERS]
    flat = jnp.stack(patches, axis=1).reshape(-1, PATCH**2)
    local = jax.nn.relu(apply(model.local, flat))
    return apply(model.whole, local.reshape(len(images), -1))


def augment(key: jax.Array, images: jax.Array) -> jax.Array:
    """Return images shifted by up to a pixel each way, with noise."""
    shift_key, noise_key = jax.random.split(key)
    shifts = jax.random.randint(shift_key, (len(images), 2), 0, 3)
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1)))
    shifted = jax.vmap(
        lambda image, start: jax.lax.dynamic_slice(image, start, (WIDTH, WIDTH))
    )(padded, shifts)
    noise = jax.random.normal(noise_key, images.shape, images.dtype)
    return shifted + NOISE * noise


def score(model: Model, key: jax.Array, images: jax.Array) -> jax.Array:
    """Score every first view with every second one, `[batch, batch]`."""
    x, y = (
        apply(model.head, jax.nn.relu(encode(model, augment(view, images))))
        for view in jax.random.split(key)
    )
    return x @ y.T


def make_train_step(
    optimizer: optax.GradientTransformation, objective: Callable[..., jax.Array]
) -> Callable[..., Any]:
    """Return the compiled update from one minibatch, given by its row numbers."""

    @jax.jit
    def train_step(model, state, key, images, rows):
        key, step_key = jax.random.split(key)

        def loss(model):
            return -objective(score(model, step_key, images[rows]))

        value, gradient = jax.value_and_grad(loss)(model)
        updates, state = optimizer.update(gradient, state, model)
        return optax.apply_updates(model, updates), state, key, -value

    return train_step


@jax.jit
def measure(model: Model, key: jax.Array, images: jax.Array) -> dict[str, jax.Array]:
    """Return the bounds on images that the critic was not trained on, as one batch."""
    scores = score(model, key, images)
    return {
        "info_nce": bounds.info_nce(scores),
        "js_bound": bounds.js_bound(scores),
        "smile": bounds.smile(scores),
    }


def minibatches(rng: np.random.Generator, size: int) -> Iterator[np.ndarray]:
    """Yield the shuffled rows of each whole minibatch; what is left over waits."""
    order = rng.permutation(size)
    for start in range(0, size - BATCH_SIZE + 1, BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]


def train(
    options: argparse.Namespace,
    digits: dict[str, Digits],
    objective: str,
    say: Callable[[str], None],
) -> tuple[Model, list[Metrics]]:
    """Maximize a bound, and measure it on the test images after every epoch."""
    rng = np.random.default_rng(options.seed)
    model = init_model(options.seed)
    optimizer = optax.adam(options.learning_rate)
    state = optimizer.init(model)
    train_step = make_train_step(optimizer, OBJECTIVES[objective])
    images, held_out = (jnp.asarray(digits[k].images) for k in ("train", "test"))
    key, test_key = jax.random.split(jax.random.key(options.seed + 1))
    steps, history = options.epochs * (len(images) // BATCH_SIZE), []
    # disable=None: no bar where standard error is no terminal.
    with tqdm(total=steps, leave=False, disable=options.quiet or None) as bar:
        for epoch in range(1, options.epochs + 1):
            for rows in minibatches(rng, len(images)):
                model, state, key, value = train_step(model, state, key, images, rows)
                bar.set_postfix_str(f"{objective} {value:.3f}", refresh=False)
                bar.update()
            last = {k: float(v) for k, v in measure(model, test_key, held_out).items()}
            if not all(map(math.isfinite, last.values())):
                raise SystemExit(
                    f"error: the bounds are not finite after epoch {epoch}; try a "
                    f"--learning-rate below {options.learning_rate:g}"
                )
            history.append(last)
            if not options.quiet and epoch in milestones(options.epochs):
                say(epoch_line(objective, epoch, last))
    return model, history


def milestones(epochs: int) -> set[int]:
    """Return the epochs to print: the first, the last and some in between."""
    return {1, *range(0, epochs + 1, max(1, epochs // 5)), epochs}


def epoch_line(objective: str, epoch: int, last: Metrics) -> str:
    """Describe one epoch on one line."""
    line = f"{objective:14} epoch {epoch:4}  InfoNCE {last['info_nce']:6.3f} nats"
    if objective == "InfoNCE":
        return line
    # The critic of InfoNCE is right up to a function of x, which SMILE would count.
    return f"{line}, SMILE {last['smile']:6.3f} nats, objective {last['js_bound']:6.3f}"


def probe(
    features: Callable[[Any], Any], digits: dict[str, Digits], labels: int, seed: int
) -> float:
    """Return the test accuracy of logistic regression from features to labels.

    With few labels it is the mean over several draws of the images that have them.
    """
    from sklearn import linear_model, pipeline, preprocessing

    x, test_x = (np.asarray(features(digits[k].images)) for k in ("train", "test"))
    rng, scores = np.random.default_rng(seed), []
    for _ in range(DRAWS if labels < len(x) else 1):
        rows = rng.permutation(len(x))[:labels]
        classifier = pipeline.make_pipeline(
            preprocessing.StandardScaler(),
            linear_model.LogisticRegression(max_iter=5000),
        )
        classifier.fit(x[rows], digits["train"].labels[rows])
        scores.append(classifier.score(test_x, digits["test"].labels))
    return float(np.mean(scores))


def accuracies(
    models: dict[str, Model],
    digits: dict[str, Digits],
    labels: Sequence[int],
    seed: int,
) -> dict[str, dict[str, float]]:
    """Probe the pixels and each encoder, with few labels and with all."""
    features: dict[str, Callable[[Any], Any]] = {
        "pixels": lambda images: images.reshape(len(images), -1)
    }
    for name, model in models.items():
        features[name] = partial(encode, model)
    return {
        name: {str(n): probe(of_images, digits, n, seed) for n in labels}
        for name, of_images in features.items()
    }


def final_table(
    accuracies: dict[str, dict[str, float]],
    history: History,
    cap: float,
) -> str:
    """Lay out what the probes and the bounds say."""
    counts = list(accuracies["pixels"])
    lines = [
        "",
        f"{'test accuracy of a linear probe, labels:':42}"
        + "".join(f"{n:>9}" for n in counts),
    ]
    for name, row in accuracies.items():
        kind = f"code of {name}" if name in OBJECTIVES else name
        lines.append(f"  {kind:40}" + "".join(f"{row[n]:9.1%}" for n in counts))
    lines += [
        "",
        f"{'mutual information of two views, test':42}{'InfoNCE':>9}{'SMILE':>9}",
    ]
    for name, epochs in history.items():
        smile = "-" if name == "InfoNCE" else f"{epochs[-1]['smile']:.3f}"
        bound = f"{epochs[-1]['info_nce']:.3f}"
        lines.append(f"  {'critic of ' + name + ', nats':40}{bound:>9}{smile:>9}")
    lines.append(f"  {'cap of InfoNCE: log B, nats':40}{cap:9.3f}")
    return "\n".join(lines)


def draw_curves(path: Path, history: History, cap: float) -> None:
    """Draw the InfoNCE bound of both critics under its cap."""
    from matplotlib.figure import Figure

    # A figure of its own, not one of pyplot's: no window and no global state.
    figure = Figure(figsize=(6, 3.6), dpi=120, layout="constrained")
    ax = figure.subplots(1, 1, squeeze=False)[0, 0]
    for name, epochs in history.items():
        curve = [last["info_nce"] for last in epochs]
        steps = range(1, len(curve) + 1)
        ax.plot(steps, curve, ".-", color=COLORS[name], label=f"trained by {name}")
    ax.axhline(cap, color="0.2", linestyle="--", label="cap: log B")
    ax.set(title="InfoNCE on test images (nats)", xlabel="epoch", ylim=(0, 1.1 * cap))
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(color="0.9")
    ax.legend()
    figure.savefig(path, format="png", facecolor="white")


def parse_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; argparse exits with status 2 where it is wrong."""
    count = number(int, lambda n: n >= 1, "an integer of at least 1")
    some = number(int, lambda n: 50 <= n <= 1437, "an integer from 50 to 1437")
    seed = number(int, lambda n: 0 <= n < 2**32, "an integer from 0 to 2**32 - 1")
    rate = number(float, lambda x: 0 < x < math.inf, "a positive number")
    png, curves = partial(output_file, kind=".png"), "infomax.png"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--epochs", type=count, default=40, help="of each objective, default: 40")
    add("--labels", type=some, default=100, help="of the small probe, default: 100")
    add("--seed", type=seed, default=0, help="of split and training, default: 0")
    add("--learning-rate", type=rate, default=1e-3, help="default: 0.001")
    add("--plot", type=png, default=curves, help=f"the curves, default: {curves}")
    add("--no-plot", dest="plot", action="store_const", const=None, help="no curves")
    add("--json", type=output_file, help="all results; - is standard output")
    add("--quiet", action="store_true", help="print only the final table")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Train by both objectives, probe, report, draw."""
    options = parse_options(argv)
    json_to_stdout = options.json == Path("-")
    say = partial(tqdm.write, file=sys.stderr if json_to_stdout else sys.stdout)
    digits = load_digits(options.seed)
    models, history = {"untrained encoder": init_model(options.seed)}, {}
    for name in OBJECTIVES:
        models[name], history[name] = train(options, digits, name, say)
    labels = sorted({options.labels, len(digits["train"].labels)})
    probes = accuracies(models, digits, labels, options.seed)
    cap = math.log(len(digits["test"].images))
    say(final_table(probes, history, cap))
    if options.plot:
        draw_curves(options.plot, history, cap)
        say(f"Curves: {options.plot}")
    if options.json:
        summary = {"cap": cap, "accuracy": probes, "history": history}
        # `default=str` is for the paths among the options.
        text = json.dumps({"options": vars(options)} | summary, indent=2, default=str)
        print(text) if json_to_stdout else options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
