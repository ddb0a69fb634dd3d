"""Train one classifier on many devices, and get the numbers of a single device.

Examples are split over one axis of a mesh of devices, classes over the other, and the
same digit classifier is trained three times: by `jax.shard_map`, where the loss names
the axis that holds the classes; by plain `jax.jit` on sharded arrays, where the
compiler finds out; and on a single device. The end compares losses and parameters:
sums are taken in another order on a mesh, so they differ by rounding and no more.

A machine without accelerators plays eight devices. With `--processes 2` the devices
belong to two processes, which this script starts, watches and ends:

    python examples/train_on_a_mesh.py
    python examples/train_on_a_mesh.py --processes 2

On several machines, start it on each, with the same address of the first:

    python examples/train_on_a_mesh.py --processes 2 --process-id 0 --coordinator A:1234
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

import _processes
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

import jaxinfo

SIZES, BATCH_SIZE, SMOOTHING, SEED = (64, 64, 10), 96, 0.1, 0
SIMULATED_DEVICES = 8
DATA, CLASSES = "data", "classes"  # the axes of the mesh

Params = list[dict[str, Any]]  # one a layer
History = list[dict[str, dict[str, float]]]  # {"train": ..., "test": ...} each epoch


class Batch(NamedTuple):
    """Examples, and the distributions that a model should predict for them."""

    images: Any  # [examples, pixels]
    targets: Any  # [examples, classes]
    where: Any  # [examples], False for padding
    present: Any  # [classes], False for padding


class Way(NamedTuple):
    """How to train, and on which devices."""

    mesh: Mesh
    loss: Callable[[Params, Batch], Any]
    loss_and_gradient: Callable[[Params, Batch], Any]


class Result(NamedTuple):
    """What training has come to."""

    history: History
    params: Params  # as NumPy arrays, without padding


# Where arrays live on the mesh. The last layer is split by classes.
BATCH_SPECS = Batch(P(DATA), P(DATA, CLASSES), P(DATA), P(CLASSES))
PARAMS_SPECS = [{"weight": P(), "bias": P()} for _ in SIZES[2:]] + [
    {"weight": P(None, CLASSES), "bias": P(CLASSES)}
]


def load_digits(dtype: str) -> dict[str, Batch]:
    """Return train and test examples, a fifth of each class in the test."""
    # scikit-learn takes longer to import than --help should take to answer.
    from sklearn import datasets, model_selection

    images, labels = datasets.load_digits(return_X_y=True)
    num_classes = SIZES[-1]
    targets = (1 - SMOOTHING) * np.eye(num_classes)[labels] + SMOOTHING / num_classes
    parts = model_selection.train_test_split(
        images / 16, targets, test_size=0.2, random_state=SEED, stratify=labels
    )
    train_x, test_x, train_p, test_p = (np.asarray(x, dtype) for x in parts)
    present = np.ones(num_classes, bool)
    return {
        "train": Batch(train_x, train_p, np.ones(len(train_x), bool), present),
        "test": Batch(test_x, test_p, np.ones(len(test_x), bool), present),
    }


def init_params(dtype: str) -> Params:
    """Draw He-normal weights, the same in every process."""
    rng = np.random.default_rng(SEED)
    return [
        {
            "weight": (rng.normal(size=(m, n)) * math.sqrt(2 / m)).astype(dtype),
            "bias": np.zeros(n, dtype),
        }
        for m, n in pairwise(SIZES)
    ]


def predict(params: Params, images: jax.Array) -> jax.Array:
    """Return logits of shape `[examples, classes]`."""
    *hidden, last = params
    for layer in hidden:
        images = jax.nn.relu(images @ layer["weight"] + layer["bias"][None])
    return images @ last["weight"] + last["bias"][None]


def mean_loss(
    params: Params, batch: Batch, data: str | None = None, classes: str | None = None
) -> tuple[jax.Array, jaxinfo.losses.CrossEntropyReport]:
    """Return the mean loss in nats, and the mean of each entry of its report.

    Inside `jax.shard_map` a device holds some of the examples and some of the classes:
    the axes of the mesh along which the others are have to be named.
    """

    def total(values: jax.Array) -> jax.Array:
        return jax.lax.psum(values.sum(), data) if data else values.sum()

    loss, report = jaxinfo.losses.softmax_cross_entropy_with_report(
        predict(params, batch.images),
        batch.targets,
        where=batch.present[None],
        axis_name=classes,
    )
    count = total(batch.where.astype(loss.dtype))

    def mean(values: jax.Array) -> jax.Array:
        return total(jnp.where(batch.where, values, 0.0)) / count

    return mean(loss), jax.tree.map(mean, report)


def by_jit(mesh: Mesh) -> Way:
    """Return what one device would do: the arrays are sharded, the program is not."""
    return Way(mesh, mean_loss, jax.value_and_grad(mean_loss, has_aux=True))


def by_shard_map(mesh: Mesh) -> Way:
    """Return what each device does, mapped over the mesh."""
    local = partial(mean_loss, data=DATA, classes=CLASSES)
    gradient = jax.value_and_grad(local, has_aux=True)
    mapped = partial(jax.shard_map, mesh=mesh, in_specs=(PARAMS_SPECS, BATCH_SPECS))
    return Way(
        mesh,
        mapped(local, out_specs=P()),
        mapped(gradient, out_specs=(P(), PARAMS_SPECS)),
    )


WAYS = {"shard_map": by_shard_map, "jit": by_jit}


def place(mesh: Mesh, x: np.ndarray, spec: P) -> jax.Array:
    """Put onto each device its part of an array that every process holds."""
    return jax.make_array_from_callback(
        x.shape, NamedSharding(mesh, spec), x.__getitem__
    )


def padded(batch: Batch, num_examples: int, num_classes: int) -> Batch:
    """Fill up with examples and classes that the masks keep out of every number."""
    rows = (0, num_examples - batch.where.shape[0])
    columns = (0, num_classes - batch.present.shape[0])
    return Batch(
        np.pad(batch.images, [rows, (0, 0)]),
        np.pad(batch.targets, [rows, columns]),
        np.pad(batch.where, rows),
        np.pad(batch.present, columns),
    )


def padded_params(params: Params, num_classes: int) -> Params:
    """Fill up the last layer, which has one column a class."""
    *hidden, last = params
    columns = (0, num_classes - last["bias"].shape[0])
    weight, bias = (
        np.pad(last["weight"], [(0, 0), columns]),
        np.pad(last["bias"], columns),
    )
    return [*hidden, {"weight": weight, "bias": bias}]


def minibatches(rng: np.random.Generator, batch: Batch) -> Iterator[Batch]:
    """Yield shuffled minibatches; the last one is smaller."""
    order = rng.permutation(len(batch.images))
    for start in range(0, len(order), BATCH_SIZE):
        rows = order[start : start + BATCH_SIZE]
        images, targets, where = (x[rows] for x in batch[:3])
        yield Batch(images, targets, where, batch.present)


def ceil_to(number: int, multiple: int) -> int:
    """Round up to a multiple."""
    return -(-number // multiple) * multiple


def train(
    way: Way, options: argparse.Namespace
) -> Iterator[tuple[dict[str, dict[str, float]], Params]]:
    """Train by gradient descent with momentum; yield metrics and parameters."""
    shape, put = way.mesh.shape, partial(place, way.mesh)
    num_classes = ceil_to(SIZES[-1], shape[CLASSES])

    def put_batch(batch: Batch, size: int) -> Batch:
        whole = padded(batch, ceil_to(size, shape[DATA]), num_classes)
        return Batch(*map(put, whole, BATCH_SPECS))

    optimizer = optax.sgd(0.2, momentum=0.9)

    @jax.jit
    def train_step(params, state, batch):
        (_, report), gradient = way.loss_and_gradient(params, batch)
        updates, state = optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state, report

    digits, rng = load_digits(options.dtype), np.random.default_rng(SEED)
    params = padded_params(init_params(options.dtype), num_classes)
    params = jax.tree.map(put, params, PARAMS_SPECS)
    # Not compiled: zeros that are made like the parameters lie where those lie.
    state, measure = optimizer.init(params), jax.jit(way.loss)
    test = put_batch(digits["test"], len(digits["test"].images))
    for _ in range(options.epochs):
        reports, sizes = [], []
        for batch in minibatches(rng, digits["train"]):
            sizes.append(len(batch.images))
            batch = put_batch(batch, BATCH_SIZE)
            params, state, report = train_step(params, state, batch)
            reports.append(report)
        mean = jax.tree.map(partial(average, sizes), *reports)
        metrics = {"train": mean, "test": measure(params, test)[1]}
        yield {name: as_floats(report) for name, report in metrics.items()}, params


def average(sizes: Sequence[int], *means: jax.Array) -> np.ndarray:
    """Average the means of minibatches of several sizes."""
    return np.average(means, weights=sizes)


def as_floats(report: jaxinfo.losses.CrossEntropyReport) -> dict[str, float]:
    """Return the entries of a report by name."""
    return {name: float(value) for name, value in report._asdict().items()}


def epoch_line(epoch: int, last: dict[str, dict[str, float]]) -> str:
    """Describe one epoch on one line."""
    return f"{epoch:5}" + "".join(
        f"  {name} {m['cross_entropy']:.4f} = {m['target_entropy']:.4f} + "
        f"{m['kl_divergence']:.4f} nats, predictions {m['prediction_entropy']:.4f}, "
        f"accuracy {m['accuracy']:6.1%}"
        for name, m in last.items()
    )


def run(title: str, way: Way, options: argparse.Namespace) -> Result:
    """Train in one way and say how it goes."""
    say(f"\n{title}\nepoch  cross-entropy = target entropy + KL; predictions: entropy")
    history, params = [], []
    for last, learned in train(way, options):
        history.append(last)
        params = learned
        say(epoch_line(len(history), last))
    # Every process gets a whole copy; what travels is the last layer.
    whole = jax.jit(lambda x: x, out_shardings=NamedSharding(way.mesh, P()))
    *hidden, last = jax.tree.map(np.asarray, whole(params))
    last = {name: x[..., : SIZES[-1]] for name, x in last.items()}
    return Result(history, [*hidden, last])


def differences(got: Result, want: Result, dtype: str) -> dict[str, float]:
    """Return the largest differences, in units of the last place.

    Losses are compared one by one, parameters with the largest of their array: a sum
    is right to a rounding of its largest terms.
    """

    def units(x: np.ndarray, y: np.ndarray, scale: np.ndarray) -> float:
        return float(np.max(np.abs(x - y) / scale) / np.finfo(dtype).eps)

    losses = {}
    for name, number in ("one epoch", 1), ("all epochs", len(want.history)):
        x, y = (
            np.array(
                [
                    m["cross_entropy"]
                    for last in r.history[:number]
                    for m in last.values()
                ]
            )
            for r in (got, want)
        )
        losses[f"losses of {name}"] = units(x, y, y)
    both = map(jax.tree.leaves, (got.params, want.params))
    gaps = [units(x, y, np.max(np.abs(y))) for x, y in zip(*both, strict=True)]
    return losses | {"parameters": max(gaps)}


def say(text: str) -> None:
    """Print a text once, however many processes there are."""
    if jax.process_index() == 0:
        print(text, flush=True)


def start_backend(options: argparse.Namespace) -> None:
    """Set what has to be set before JAX looks for devices, and find the others."""
    wanted: dict[str, Any] = {"jax_num_cpu_devices": devices_of_each(options)}
    if options.platform:
        wanted["jax_platforms"] = options.platform
    if options.dtype == "float64":
        wanted["jax_enable_x64"] = True
    if options.process_id is not None:
        wanted["jax_cpu_collectives_implementation"] = "gloo"
    for name, value in wanted.items():
        if getattr(jax.config, name) != value:
            jax.config.update(name, value)
    if options.process_id is not None:
        # Whoever loses the others ends, and does not wait for minutes.
        jax.distributed.initialize(
            options.coordinator,
            options.processes,
            options.process_id,
            initialization_timeout=options.timeout,
            heartbeat_timeout_seconds=options.timeout,
        )


def devices_of_each(options: argparse.Namespace) -> int:
    """Return how many devices a process plays if there are no real ones."""
    return options.devices or max(1, SIMULATED_DEVICES // options.processes)


def make_mesh(class_shards: int | None, devices: Sequence[Any]) -> Mesh:
    """Arrange devices as a grid of examples and classes."""
    columns = class_shards or math.gcd(len(devices), 2)
    if len(devices) % columns:
        raise SystemExit(
            f"error: --class-shards has to divide the number of devices, "
            f"{len(devices)}, got {columns}"
        )
    shape = (len(devices) // columns, columns)
    kinds = (AxisType.Auto, AxisType.Auto)
    return jax.make_mesh(shape, (DATA, CLASSES), axis_types=kinds, devices=devices)


def work(options: argparse.Namespace) -> None:
    """Train in every way and compare; each process does the same."""
    start_backend(options)
    mesh = make_mesh(options.class_shards, jax.devices())
    of = f"{mesh.shape[DATA]} x {mesh.shape[CLASSES]} devices"
    kind = mesh.devices.flat[0].device_kind
    say(f"{of} of kind {kind}, processes: {jax.process_count()}")
    got = {
        name: run(f"{name}, {of}", WAYS[name](mesh), options)
        for name in ([options.way] if options.way else WAYS)
    }
    if jax.process_index() > 0:
        return
    alone = by_jit(make_mesh(1, jax.local_devices()[:1]))
    want = run("jit, one device", alone, options)
    gaps = {
        name: differences(result, want, options.dtype) for name, result in got.items()
    }
    say(gaps_table(gaps, options.dtype))
    if options.json:
        results = got | {"one device": want}
        history = {name: result.history for name, result in results.items()}
        summary = {"mesh": dict(mesh.shape), "gaps": gaps, "history": history}
        options.json.write_text(json.dumps(summary, indent=2) + "\n")


def gaps_table(gaps: dict[str, dict[str, float]], dtype: str) -> str:
    """Lay out how far the ways are from one device."""
    unit = np.finfo(dtype).eps
    lines = [
        f"\nLargest difference from one device, in units of the last place, {unit:.1e}:"
    ]
    for name, entries in gaps.items():
        line = ", ".join(f"{entry} {gap:.3g}" for entry, gap in entries.items())
        lines.append(f"{name:>10}: {line}")
    return "\n".join(lines)


def parse_options(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; argparse exits with status 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--epochs", type=positive, default=10, help="default: 10")
    add("--way", choices=WAYS, help="default: both, one after the other")
    add("--class-shards", type=positive, help="default: 2, or 1 if devices are odd")
    add("--dtype", choices=("float32", "float64"), default="float32")
    add("--platform", help="cpu, cuda, ...; default: the best that JAX finds")
    simulated = f"default: {SIMULATED_DEVICES} together, or all that there are"
    add("--devices", type=positive, help=f"of each process, {simulated}")
    add("--processes", type=positive, default=1, help="default: 1")
    add("--process-id", type=int, help="which one this is; default: starts them all")
    add("--coordinator", help="address of process 0, HOST:PORT, with --process-id")
    add("--timeout", type=positive, default=30, help="of a lost process, default: 30 s")
    add("--time-limit", type=positive, default=600, help="of it all, default: 600 s")
    add("--json", type=Path, help="file for all results")
    options = parser.parse_args(argv)
    if (options.process_id is None) != (options.coordinator is None):
        parser.error("--process-id and --coordinator go together")
    if options.process_id not in (None, *range(options.processes)):
        parser.error(
            f"expected --process-id from 0 to --processes - 1 = "
            f"{options.processes - 1}, got {options.process_id}"
        )
    return options


def positive(text: str) -> int:
    """Parse a number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected an integer of at least 1, got {text!r}"
        )
    return int(text)


def main(argv: Sequence[str] | None = None) -> None:
    """Train here, or start the processes that do."""
    argv = sys.argv[1:] if argv is None else argv
    options = parse_options(argv)
    if options.process_id is not None:
        _processes.be_one_of_many(lambda: work(options))
    elif options.processes == 1:
        work(options)
    else:
        command = [sys.executable, __file__, *argv]
        _processes.run(
            [[*command, "--process-id", str(i)] for i in range(options.processes)],
            [
                _processes.visible_gpus(i, options.devices)
                for i in range(options.processes)
            ],
            options.time_limit,
        )


if __name__ == "__main__":
    main()
