"""Losses of sharded tokens, vocabularies and both: right, and what travels is small.

The oracle is NumPy in float64. What travels is read from the compiled program: row
statistics, a few numbers a token, and never a table.
"""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import contract
from contract import WIDEST
from jaxinfo import losses

TOKENS, REAL, CLASSES = 32, 1000, 1024  # the last shard of classes ends with padding
LAYOUTS = {"tokens": (8, 1), "vocabulary": (1, 8), "both": (4, 2)}
COLLECTIVES = (
    "all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute|"
    "collective-broadcast"
)


def make_mesh(layout):
    kinds = (AxisType.Auto, AxisType.Auto)
    return jax.make_mesh(LAYOUTS[layout], ("tokens", "classes"), axis_types=kinds)


def make_data():
    """Logits with near one-hot rows, targets, labels of which some are ignored."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(TOKENS, CLASSES)) * np.geomspace(0.1, 30, TOKENS)[:, None]
    logits[:, REAL:] = -np.inf
    targets = rng.dirichlet(np.full(REAL, 0.01), size=TOKENS)
    targets = np.pad(targets, [(0, 0), (0, CLASSES - REAL)])
    labels = rng.integers(0, REAL, TOKENS).astype(np.int32)
    labels[::5] = -1
    weights = rng.uniform(0.5, 1.5, TOKENS)
    return *(x.astype(WIDEST) for x in (logits, targets, weights)), labels


def expected(logits, targets, weights):
    """Loss, report and gradient in the logits, in float64."""
    logits, targets = logits.astype(np.float64), targets.astype(np.float64)
    log_sum_exp = scipy.special.logsumexp(logits, axis=1)
    q = scipy.special.softmax(logits, axis=1)
    log_q = np.maximum(logits, -1e300) - log_sum_exp[:, None]
    cross_entropy = -np.sum(targets * log_q, axis=1)
    entropy = scipy.special.entr(targets).sum(axis=1)
    report = {
        "cross_entropy": cross_entropy,
        "target_entropy": entropy,
        "kl_divergence": cross_entropy - entropy,
        "prediction_entropy": -np.sum(q * log_q, axis=1),
        "accuracy": logits.argmax(axis=1) == targets.argmax(axis=1),
        "log_sum_exp": log_sum_exp,
    }
    gradient = weights[:, None] * (q * targets.sum(axis=1, keepdims=True) - targets)
    return cross_entropy, report, gradient


def with_targets(logits, goals, axis_name=None):
    return losses.softmax_cross_entropy(logits, goals, axis_name=axis_name), {}


def with_labels(logits, goals, axis_name=None):
    loss = losses.softmax_cross_entropy_with_integer_labels(
        logits, goals, ignore_index=-1, axis_name=axis_name
    )
    return loss, {}


def with_report(logits, goals, axis_name=None):
    loss, report = losses.softmax_cross_entropy_with_report(
        logits, goals, axis_name=axis_name
    )
    return loss, report._asdict()


# That devices send each other: at most, and much less than a table of 1,024 classes.
NUMBERS_A_TOKEN = {with_targets: 9, with_labels: 5, with_report: 28}

every_loss = pytest.mark.parametrize(
    "loss", [with_targets, with_labels, with_report], ids=lambda loss: loss.__name__
)
every_layout = pytest.mark.parametrize("layout", LAYOUTS)


def programs(loss, mesh, goals_spec):
    """The gradient of the weighted total, with loss and report, in both ways."""

    def total(logits, goals, weights, tokens=None, classes=None):
        value, report = loss(logits, goals, axis_name=classes)
        number = jnp.sum(value * weights)
        number = jax.lax.psum(number, tokens) if tokens else number
        return number, (value, report)

    local = functools.partial(total, tokens="tokens", classes="classes")
    by_shard_map = jax.shard_map(
        jax.grad(local, has_aux=True),
        mesh=mesh,
        in_specs=(P("tokens", "classes"), goals_spec, P("tokens")),
        out_specs=(P("tokens", "classes"), P("tokens")),
    )
    by_jit = jax.grad(total, has_aux=True)
    return {"shard_map": contract.quick(by_shard_map), "jit": contract.quick(by_jit)}


def collectives(text):
    """What devices send each other: pairs of a kind and its bytes on one device."""
    pattern = rf"= (.*?) ({COLLECTIVES})(?:-start)?\("
    found = []
    for shapes, kind in re.findall(pattern, text):
        size = 0
        for dtype, dims in re.findall(r"([a-z]+\d*)\[([\d,]*)\]", shapes):
            bits = 8 if dtype == "pred" else int(re.search(r"\d+", dtype)[0])
            size += bits // 8 * int(np.prod([int(n) for n in dims.split(",") if n]))
        found.append((kind, size))
    return found


def test_the_reader_of_programs_sees_a_table_that_travels():
    mesh = make_mesh("both")
    sharded = NamedSharding(mesh, P("tokens", "classes"))
    whole = jax.jit(lambda x: x + 1, out_shardings=NamedSharding(mesh, P("tokens")))
    table = jax.device_put(jnp.zeros((TOKENS, CLASSES), jnp.float32), sharded)
    text = whole.lower(table).compile().as_text()
    assert collectives(text) == [("all-gather", TOKENS // 4 * CLASSES * 4)]
    tuples = "%x = (f32[8,1]{1,0}, s32[]) all-reduce(%a, %b), to_apply=%add"
    assert collectives(tuples) == [("all-reduce", 36)]


@pytest.mark.matrix
@every_layout
@every_loss
def test_losses_of_sharded_tokens_and_classes(loss, layout):
    mesh = make_mesh(layout)
    logits, targets, weights, labels = make_data()
    valid = np.ones(TOKENS, bool)
    goals, goals_spec = targets, P("tokens", "classes")
    if loss is with_labels:
        goals, goals_spec, valid = labels, P("tokens"), labels >= 0
        targets = np.eye(CLASSES, dtype=WIDEST)[labels] * valid[:, None]
    want, report, gradient = expected(logits, targets, weights * valid)
    specs = P("tokens", "classes"), goals_spec, P("tokens")
    args = [
        jax.device_put(x, NamedSharding(mesh, spec))
        for x, spec in zip((logits, goals, weights), specs, strict=True)
    ]
    eps = float(jnp.finfo(WIDEST).eps)
    for way, program in programs(loss, mesh, goals_spec).items():
        compiled = program.lower(*args).compile()
        got_gradient, (value, got_report) = compiled(*args)
        scale = np.abs(gradient).max()
        np.testing.assert_allclose(value, want * valid, rtol=64 * eps, atol=64 * eps)
        np.testing.assert_allclose(got_gradient, gradient, atol=64 * eps * scale)
        assert got_gradient.sharding.is_equivalent_to(args[0].sharding, 2), way
        for name, number in got_report.items():
            np.testing.assert_allclose(
                number, report[name], rtol=256 * eps, atol=64 * eps, err_msg=name
            )
        sent = collectives(compiled.as_text())
        assert {kind for kind, _ in sent} == {"all-reduce"}
        # The flags say whether some row anywhere is worth a further pass.
        flags, a_token = 16, np.dtype(WIDEST).itemsize * TOKENS // LAYOUTS[layout][0]
        numbers = 0 if (way, layout) == ("jit", "tokens") else NUMBERS_A_TOKEN[loss]
        assert sum(size for _, size in sent) <= flags + numbers * a_token, way
