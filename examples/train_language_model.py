"""Train a small language model, and tell what it learns from what there is to learn.

The cross-entropy of a model on a text is the entropy of the next character given what
the model sees, plus the KL divergence of the model from that law. The text itself tells
part of the first: its entropy given the last 0, 1, 2, 3 characters, from its counts.

What is exact, and what is an estimate. All of this is in bits per character.

- H(k), the conditional entropy of the training text given k characters, is exact for
  the frequencies of that text. As an estimate of the entropy of the language it is too
  low, by about (cells seen - contexts seen) / (2 N ln 2) where N is large, and by more
  where contexts are seen but once or twice: the table gives both numbers.
- The cross-entropy of the same counts, smoothed, on held-out text is too high by its
  own KL divergence. If both texts follow one law, the entropy of the language given k
  characters is expected between the two.
- On the training text, KL >= (cross-entropy of the model) - H(k), since a model that
  sees more than k characters has a smaller entropy to reach. With `--context k` it is
  an equality. Where the difference is negative, the model knows at least that much
  from characters that are further away, or by heart.

The text is the language reference that every Python ships, or any `--text FILE`. With
`--checkpoints DIR` a run that was stopped goes on where it was, bit for bit.
"""

import argparse
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from _options import number
from _text import ORDERS, Text, context_table, count, describe, load
from tqdm import tqdm

import jaxinfo

CHUNK = 2048  # positions that are evaluated at once

Params = dict[str, jax.Array]
Metrics = dict[str, Any]  # information in bits per character
History = list[Metrics]  # after every so many steps


class State(NamedTuple):
    """All that a step changes; with the number of the step, all that a run is."""

    params: Any  # Params
    optimizer: Any


def init_params(key: jax.Array, num_letters: int, context: int, width: int) -> Params:
    """Draw the weights of a network of one embedding and three layers."""
    embedding = 32
    shapes = {
        "embedding": (num_letters, embedding),
        "first": (context * embedding, width),
        "second": (width, width),
        "last": (width, num_letters),
    }
    keys = jax.random.split(key, len(shapes))
    params = {}
    for key, (name, shape) in zip(keys, shapes.items(), strict=True):
        scale = 1.0 if name == "embedding" else math.sqrt(1 / shape[0])
        params[name] = scale * jax.random.normal(key, shape, jnp.float32)
        params[f"{name}_bias"] = jnp.zeros(shape[1], jnp.float32)
    return params


def predict(
    params: Params, windows: jax.Array, dtype: jax.typing.DTypeLike
) -> jax.Array:
    """Return logits of the next letter, `[windows, letters]`."""
    params = {name: x.astype(dtype) for name, x in params.items()}

    def layer(name: str, x: jax.Array) -> jax.Array:
        return x @ params[name] + params[f"{name}_bias"][None]

    x = params["embedding"][windows] + params["embedding_bias"][None, None]
    x = jax.nn.gelu(layer("first", x.reshape(len(windows), -1)))
    x = x + jax.nn.gelu(layer("second", x))
    return layer("last", x)


def losses_of(
    params: Params,
    text: jax.Array,
    positions: jax.Array,
    context: int,
    dtype: jax.typing.DTypeLike,
) -> tuple[jax.Array, jax.Array]:
    """Return the loss of the letter at each position, and the entropy predicted."""
    offsets = jnp.arange(-context, 0, dtype=positions.dtype)
    logits = predict(params, text[positions[:, None] + offsets[None]], dtype)
    loss = jaxinfo.losses.softmax_cross_entropy_with_integer_labels(
        logits, text[positions]
    )
    return loss, jaxinfo.logits.entropy(logits)


def make_optimizer(learning_rate: float) -> optax.GradientTransformation:
    """Return AdamW with a schedule that does not ask how long the run will be."""

    def schedule(count: jax.typing.ArrayLike) -> jax.Array:
        step = jnp.asarray(count, jnp.float32) + 1
        return learning_rate * jnp.minimum(step / 100, jnp.sqrt(500 / step).clip(max=1))

    return optax.adamw(schedule, weight_decay=0.1)


def make_train_step(
    optimizer: optax.GradientTransformation, options: argparse.Namespace
) -> Callable[..., tuple[State, jax.Array]]:
    """Return the compiled update from one random minibatch."""
    key = jax.random.key(options.seed)

    @partial(jax.jit, donate_argnums=0)
    def train_step(state, codes, positions, step):
        # Which letters is a function of the step: a later run goes on with the same.
        rows = jax.random.randint(
            jax.random.fold_in(key, step),
            (options.batch_size,),
            0,
            len(positions),
            jnp.int32,
        )

        def mean_loss(params):
            batch = positions[rows]
            loss, _ = losses_of(params, codes, batch, options.context, options.dtype)
            return jnp.mean(loss)

        loss, gradient = jax.value_and_grad(mean_loss)(state.params)
        updates, memory = optimizer.update(gradient, state.optimizer, state.params)
        return State(optax.apply_updates(state.params, updates), memory), loss

    return train_step


@partial(jax.jit, static_argnames=("context", "dtype"))
def mean_losses(
    params: Params,
    text: jax.Array,
    positions: jax.Array,
    *,
    context: int,
    dtype: jax.typing.DTypeLike,
) -> dict[str, jax.Array]:
    """Return means over all positions, in bits."""
    padding = -len(positions) % CHUNK
    where = jnp.arange(len(positions) + padding) < len(positions)
    # The first position once more, as often as it takes.
    chunks = jnp.concatenate([positions, jnp.full(padding, positions[0])])
    loss, entropy = jax.lax.map(
        lambda chunk: losses_of(params, text, chunk, context, dtype),
        chunks.reshape(-1, CHUNK),
    )
    return {
        name: jaxinfo.losses.masked_mean(x.reshape(-1), where) / math.log(2)
        for name, x in (("cross_entropy", loss), ("prediction_entropy", entropy))
    }


def open_checkpoints(folder: Path):
    """Return a manager of checkpoints in a folder."""
    # Not needed by a run that keeps none.
    import orbax.checkpoint as ocp

    return ocp.CheckpointManager(
        folder.absolute(), options=ocp.CheckpointManagerOptions(max_to_keep=2)
    )


def identity(options: argparse.Namespace, text: Text) -> dict[str, Any]:
    """Return what two runs have to share for one to go on with the other."""
    names = ("seed", "context", "width", "batch_size", "learning_rate", "dtype")
    digest = hashlib.sha256(text.letters.encode() + text.codes.tobytes()).hexdigest()
    return {name: getattr(options, name) for name in names} | {"text": digest}


def save(
    manager: Any, step: int, state: State, history: History, run: dict[str, Any]
) -> None:
    """Write all that a run is; return when it is on the disk."""
    import orbax.checkpoint as ocp

    about = ocp.args.JsonSave({"history": history, "run": run})
    state_args = ocp.args.StandardSave(state)
    manager.save(step, args=ocp.args.Composite(state=state_args, about=about))
    manager.wait_until_finished()


def restore(
    manager: Any, like: State, run: dict[str, Any]
) -> tuple[int, State, History]:
    """Return the newest state that was saved; refuse that of another run."""
    import orbax.checkpoint as ocp

    step = manager.latest_step()
    items = ocp.args.Composite(about=ocp.args.JsonRestore())
    about = manager.restore(step, args=items).about
    for name, value in run.items():
        if about["run"][name] != value:
            raise SystemExit(
                f"error: the run in {manager.directory} has another {name}: expected "
                f"{value!r}, got {about['run'][name]!r}"
            )
    items = ocp.args.Composite(state=ocp.args.StandardRestore(like))
    return step, manager.restore(step, args=items).state, about["history"]


def train(
    options: argparse.Namespace, text: Text, say: Callable[[str], None]
) -> tuple[Params, History]:
    """Train; measure on what is held out, and save, after every so many steps."""
    key, optimizer = jax.random.key(options.seed), make_optimizer(options.learning_rate)
    params = init_params(key, len(text.letters), options.context, options.width)
    done, state, history = 0, State(params, optimizer.init(params)), []
    run = identity(options, text)
    manager = open_checkpoints(options.checkpoints) if options.checkpoints else None
    if manager and manager.latest_step():
        done, state, history = restore(manager, state, run)
        say(f"goes on after step {done:,} of {options.checkpoints}")
    train_step = make_train_step(optimizer, options)
    codes, positions = jnp.asarray(text.codes), jnp.asarray(text.train)
    losses = []
    # disable=None: no bar where standard error is no terminal.
    with tqdm(total=options.steps, initial=done, leave=False, disable=None) as bar:
        for step in range(done + 1, options.steps + 1):
            # An array: a Python integer would be compiled into the program.
            number = jnp.asarray(step, jnp.int32)
            state, loss = train_step(state, codes, positions, number)
            losses.append(float(loss) / math.log(2))
            bar.set_postfix_str(f"minibatch {losses[-1]:.3f} bits", refresh=False)
            bar.update()
            if step % options.every and step < options.steps:
                continue
            last = measure(state.params, text, text.held_out, options)
            history.append({"step": step, "minibatches": float(np.mean(losses))} | last)
            losses.clear()
            say(step_line(history[-1]))
            if manager:
                save(manager, step, state, history, run)
    if manager:
        manager.close()
    return state.params, history


def measure(
    params: Params, text: Text, positions: np.ndarray, options: argparse.Namespace
) -> Metrics:
    """Evaluate a model on all positions; refuse one that is not finite."""
    means = mean_losses(
        params,
        jnp.asarray(text.codes),
        jnp.asarray(positions),
        context=options.context,
        dtype=options.dtype,
    )
    # Not the means alone: where all is NaN, none of them need be.
    values = [*jax.tree.leaves(params), *means.values()]
    if not all(bool(jnp.isfinite(x).all()) for x in values):
        raise SystemExit(
            "error: the model is not finite; try a --learning-rate below "
            f"{options.learning_rate:g}"
        )
    return {name: float(mean) for name, mean in means.items()}


def step_line(last: Metrics) -> str:
    """Describe the training up to a step on one line."""
    return (
        f"step {last['step']:6,}: {last['minibatches']:.4f} bits per character of "
        f"minibatches, {last['cross_entropy']:.4f} held out, entropy of predictions "
        f"{last['prediction_entropy']:.4f}"
    )


def kl_of_counts(params: Params, text: Text, options: argparse.Namespace) -> float:
    """Return the KL divergence in bits of a model that sees what the counts see."""
    counts, base = count(text, options.context), len(text.letters)
    places = base ** np.arange(options.context - 1, -1, -1)
    windows = counts.contexts[:, None] // places[None] % base
    logits = predict(params, jnp.asarray(windows, jnp.int32), options.dtype)
    table = jnp.asarray(counts.table)
    law = jaxinfo.normalize(table)
    # The logarithm of a probability table is a row of logits.
    divergence = jaxinfo.logits.kl_divergence(jnp.log(law), logits, base=2)
    return float(jnp.sum(jaxinfo.normalize(table.sum(axis=-1)) * divergence))


def summarize(
    params: Params, text: Text, rows: list[Metrics], options: argparse.Namespace
) -> dict[str, Metrics]:
    """Compare the model with the text, in bits per character."""
    final = {
        "train": measure(params, text, text.train, options),
        "held_out": measure(params, text, text.held_out, options),
    }
    for row in rows:
        row["excess"] = final["train"]["cross_entropy"] - row["entropy"]
    if options.context in ORDERS:
        final["train"]["kl_divergence"] = kl_of_counts(params, text, options)
    return final


def final_table(
    rows: list[Metrics], final: dict[str, Metrics], options: argparse.Namespace
) -> str:
    """Say how much of the cross-entropy is the text and how much is left to learn."""
    lines = ["", f"model, of the last {options.context} characters:"]
    for name, part in ("training text", "train"), ("held-out text", "held_out"):
        m = final[part]
        lines.append(
            f"  {name}: {m['cross_entropy']:.4f} bits per character, entropy of "
            f"predictions {m['prediction_entropy']:.4f}"
        )
    lines += ["", "cross-entropy on the training text = H(k) + the rest:"]
    for row in rows:
        k, rest = row["order"], row["excess"]
        if k == options.context:
            kl = final["train"]["kl_divergence"]
            meaning = f"the KL divergence, which is {kl:.4f} on its own"
        elif k > options.context:
            meaning = "it does not see as much"
        elif rest > 0:
            meaning = "at least this much KL is left to learn"
        else:
            meaning = f"it knows this much from beyond the last {k}, or by heart"
        lines.append(f"  {row['entropy']:.4f} {rest:+.4f}   k = {k}: {meaning}")
    return "\n".join(lines)


def draw_curves(path: Path, rows: list[Metrics], history: History) -> None:
    """Draw bits per character over the steps, beside those of the counts."""
    from matplotlib.figure import Figure

    # A figure of its own, not one of pyplot's: no window and no global state.
    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    ax = figure.subplots()
    steps = [m["step"] for m in history]
    for key, label, color in (
        ("minibatches", "model, minibatches", "#0072B2"),
        ("cross_entropy", "model, held out", "#D55E00"),
    ):
        ax.plot(steps, [m[key] for m in history], ".-", color=color, label=label)
    for row in rows:
        low, high = sorted((row["entropy"], row["held_out"]))
        ax.axhspan(low, high, color="0.2", alpha=0.15, linewidth=0)
        for edge, style in (row["entropy"], "--"), (row["held_out"], ":"):
            ax.axhline(edge, color="0.2", linestyle=style, linewidth=0.8)
        text = f"given {row['order']} characters"
        ax.text(1.01, (low + high) / 2, text, transform=ax.get_yaxis_transform())
    ax.plot([], [], "--", color="0.2", label="entropy of the training text")
    ax.plot([], [], ":", color="0.2", label="its counts on held-out text")
    ax.set(xlabel="step", ylabel="bits per character", ylim=(0, None))
    ax.legend(loc="lower left")
    figure.savefig(path, format="png", facecolor="white")


def parse_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; argparse exits with status 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    whole = number(int, lambda n: n >= 1, "an integer of at least 1")
    seed = number(int, lambda n: 0 <= n < 2**32, "an integer from 0 to 2**32 - 1")
    rate = number(float, lambda x: 0 < x < math.inf, "a positive number")
    source = number(Path, lambda path: path.is_file(), "a file of text")
    png = number(
        Path,
        lambda path: path.suffix == ".png" and path.parent.is_dir(),
        "a path to a .png file in a folder that exists",
    )
    report = number(
        Path, lambda path: path.parent.is_dir(), "a path in a folder that exists"
    )
    add("--text", type=source, help="UTF-8; default: the language reference of Python")
    add("--steps", type=whole, default=3000, help="in all, default: 3000")
    add("--every", type=whole, default=250, help="steps between results, default: 250")
    add("--context", type=whole, default=16, help="characters seen, default: 16")
    add("--width", type=whole, default=256, help="of the hidden layers, default: 256")
    add("--batch-size", type=whole, default=512, help="default: 512")
    add("--learning-rate", type=rate, default=3e-3, help="highest, default: 0.003")
    add("--dtype", choices=("float32", "bfloat16"), default="float32", help="of layers")
    add("--seed", type=seed, default=0, help="of weights and data, default: 0")
    add("--checkpoints", type=Path, help="folder to save to and go on from")
    add("--plot", type=png, help="the curves, a .png file")
    add("--json", type=report, help="all results")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Count, train, compare."""
    options = parse_options(argv)
    text = load(options.text, options.context)
    rows = describe(text)
    tqdm.write(context_table(text, rows))
    params, history = train(options, text, tqdm.write)
    final = summarize(params, text, rows, options)
    tqdm.write(final_table(rows, final, options))
    if options.plot:
        draw_curves(options.plot, rows, history)
        tqdm.write(f"Curves: {options.plot}")
    if options.json:
        summary = {"text": rows, "final": final, "history": history}
        # `default=str` is for the paths among the options.
        text = json.dumps({"options": vars(options)} | summary, indent=2, default=str)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
