"""Value checks on demand: what is bad in which row, under every transformation."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import checkify

from contract import sampled
from jaxinfo import checked, logits, losses, probs

GOOD = np.array([[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]], np.float32)
NEGATIVE = np.array([[0.5, 0.5], [-0.25, 1.25], [1.0, 0.0]], np.float32)
NAN = np.array([[0.5, 0.5], [np.nan, 0.75], [1.0, 0.0]], np.float32)
UNNORMALIZED = np.array([[0.5, 0.5], [0.5, 0.75], [1.0, 0.0]], np.float32)
NOTHING = np.array([[0.5, 0.5], [-np.inf, -np.inf], [1.0, 0.0]], np.float32)
ENDLESS = np.array([[0.5, 0.5], [np.inf, 0.75], [1.0, 0.0]], np.float32)

TABLES = [
    (NEGATIVE, "is negative"),
    (NAN, "is NaN"),
    (UNNORMALIZED, "does not sum to one"),
]
LOGITS = [
    (NAN, "is NaN"),
    (NOTHING, "has no outcome left"),
    (ENDLESS, r"is \+inf"),
]
label_loss = losses.softmax_cross_entropy_with_integer_labels


def reports(call, argument, problem, row):
    """Checks that a call throws, naming the argument, what is wrong and the row."""
    message = rf"`{argument}` {problem} in (row|entry) {row}\b"
    with pytest.raises(checkify.JaxRuntimeError, match=message):
        call()


def plain(f):
    return f


@pytest.mark.parametrize(("table", "problem"), TABLES)
def test_tables_name_argument_and_row(table, problem):
    reports(lambda: checked(probs.entropy)(table), "p", problem, 1)
    kl = checked(probs.kl_divergence)
    reports(lambda: kl(table, GOOD), "p", problem, 1)
    reports(lambda: kl(GOOD, table), "q", problem, 1)
    # Rows of a batch of more axes are counted as if it had one.
    reports(lambda: checked(probs.entropy)(np.stack([GOOD, table])), "p", problem, 4)
    joint = checked(probs.mutual_information)
    batch = np.stack([GOOD / 3, GOOD / 3, table / 3])
    reports(lambda: joint(batch), "p_xy", problem, 2)


@pytest.mark.parametrize(("table", "problem"), LOGITS)
def test_logits_name_argument_and_row(table, problem):
    reports(lambda: checked(logits.entropy)(table), "logits", problem, 1)
    kl = checked(logits.kl_divergence)
    reports(lambda: kl(table, GOOD), "logits_p", problem, 1)
    reports(lambda: kl(GOOD, table), "logits_q", problem, 1)
    loss = checked(losses.softmax_cross_entropy)
    reports(lambda: loss(table, GOOD), "logits", problem, 1)
    batch = np.stack([GOOD, np.full_like(GOOD, table[1, 0])])
    if problem != "is NaN":
        joint = checked(logits.mutual_information)
        reports(lambda: joint(batch), "logits_xy", problem, 1)


def test_tables_are_checked_under_grad_and_jit():
    def step(q):
        return probs.js_divergence(GOOD, q).sum()

    for f in (step, jax.jit(step), jax.grad(step), jax.jit(jax.value_and_grad(step))):
        for table, problem in TABLES:
            reports(lambda f=f, t=table: checked(f)(t), "q", problem, 1)


def test_logits_are_checked_under_grad_and_jit():
    def step(x):
        return logits.kl_divergence(x, GOOD).sum()

    for f in (step, jax.jit(step), jax.grad(step), jax.jit(jax.value_and_grad(step))):
        for table, problem in LOGITS:
            reports(lambda f=f, t=table: checked(f)(t), "logits_p", problem, 1)


# In a function of one row, that row is the first.
@sampled("wrap", [plain, jax.jit], "jit")
def test_rows_are_checked_under_vmap(wrap):
    for table, problem in TABLES:
        f = checked(wrap(jax.vmap(probs.entropy)))
        reports(lambda f=f, t=table: f(t), "p", problem, 0)
    for table, problem in LOGITS:
        f = checked(wrap(jax.vmap(logits.entropy)))
        reports(lambda f=f, t=table: f(t), "logits", problem, 0)


@sampled("wrap", [plain, jax.jit], "jit")
def test_steps_are_checked_under_scan(wrap):
    def total(table):
        def add(carry, row):
            return carry + probs.entropy(row), None

        return jax.lax.scan(add, jnp.zeros((), table.dtype), table)[0]

    for table, problem in TABLES:
        reports(lambda t=table: checked(wrap(total))(t), "p", problem, 0)


@sampled("bad", [-1, 2, -100, 2**31 - 1], "-1", "2")
def test_labels_out_of_range_are_reported(bad):
    labels = np.array([0, 1, bad], np.int32)
    for loss in (label_loss, jax.jit(label_loss)):
        reports(lambda f=loss: checked(f)(GOOD, labels), "labels", "is out of range", 2)
    step = jax.jit(jax.grad(lambda x, y: label_loss(x, y).sum()))
    reports(lambda: checked(step)(GOOD, labels), "labels", "is out of range", 2)


def test_ignored_labels_are_not_reported():
    def loss(x, y):
        return label_loss(x, y, ignore_index=-100)

    labels = np.array([0, -100, 1], np.int32)
    np.testing.assert_array_equal(checked(loss)(GOOD, labels), loss(GOOD, labels))


def test_targets_are_reported():
    for loss in (
        losses.softmax_cross_entropy,
        losses.softmax_cross_entropy_with_report,
    ):
        for targets, problem in TABLES[:2]:
            reports(
                lambda f=loss, t=targets: checked(f)(GOOD, t), "targets", problem, 1
            )


def test_entries_and_weights_are_reported():
    for verb in (probs.binary_entropy, probs.self_information):
        reports(lambda f=verb: checked(f)(NEGATIVE), "p", r"is not in \[0, 1\]", 2)
    kl = checked(probs.binary_kl_divergence)
    reports(lambda: kl(GOOD, GOOD + 1), "q", r"is not in \[0, 1\]", 0)
    reports(lambda: checked(logits.binary_entropy)(NAN), "logit", "is NaN", 2)
    weights = checked(probs.normalize)
    reports(lambda: weights(NEGATIVE), "counts_or_weights", "is negative", 1)
    reports(lambda: weights(0 * GOOD), "counts_or_weights", "sums to zero", 0)


def test_share_of_smoothing_is_reported():
    def loss(x, share):
        return label_loss(x, np.array([0, 1, 0], np.int32), label_smoothing=share)

    with pytest.raises(checkify.JaxRuntimeError, match=r"`label_smoothing` .*\[0, 1\]"):
        checked(loss)(GOOD, 1.5)
    np.testing.assert_array_equal(checked(loss)(GOOD, 0.5), loss(GOOD, 0.5))


def test_masked_entries_are_not_reported():
    bad = np.array([[0.5, 0.5, np.nan], [np.inf, 0.25, 0.75], [1.0, -3.0, 0.0]])
    bad = bad.astype(np.float32)
    where = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], bool)

    def entropy(p):
        return probs.entropy(p, where=where)

    np.testing.assert_array_equal(checked(entropy)(bad), entropy(bad))


@pytest.mark.usefixtures("optimized")
def test_good_values_pass_unchanged():
    labels = np.array([0, 1, 0], np.int32)

    def everything(p):
        x = jnp.log(p)
        loss, report = losses.softmax_cross_entropy_with_report(p, p)
        return {
            "entropy": probs.entropy(p, base=2),
            "kl": probs.kl_divergence(p[::-1], p),
            "logits": logits.js_divergence(x, p),
            "labels": label_loss(p, labels),
            "report": (loss, report),
        }

    got, want = checked(jax.jit(everything))(GOOD), jax.jit(everything)(GOOD)
    assert jax.tree.structure(got) == jax.tree.structure(want)
    jax.tree.map(np.testing.assert_array_equal, got, want)
    assert isinstance(got["report"][1], losses.CrossEntropyReport)


def test_rounded_tables_are_not_reported(key):
    # Softmaxes of many classes, rounded to each type, sum to one but for rounding.
    x = jax.random.normal(key, (4, 10_000), jnp.float32)
    entropy = checked(probs.entropy)
    for dtype in ("float32", "bfloat16", "float16"):
        p = jax.nn.softmax(x.astype(dtype))
        np.testing.assert_array_equal(entropy(p), probs.entropy(p))


def test_empty_batch_is_not_reported():
    none = np.zeros((0, 3), np.float32)
    assert checked(probs.entropy)(none).shape == (0,)
    assert checked(logits.entropy)(none).shape == (0,)


def test_nothing_is_raised_without_it():
    for table, _ in TABLES:
        for f in (probs.entropy, jax.jit(probs.entropy), jax.vmap(probs.entropy)):
            assert f(table).shape == (3,)
    for table, _ in LOGITS:
        step = jax.jit(jax.grad(lambda x: logits.entropy(x).sum()))
        assert step(table).shape == GOOD.shape
    assert np.isnan(label_loss(GOOD, np.array([0, 1, 2], np.int32))[2])


def test_signature_and_docstring_stay():
    step = checked(probs.kl_divergence)
    assert step.__name__ == "kl_divergence"
    assert step.__doc__ == probs.kl_divergence.__doc__
    names = ["p", "q", "axis", "where", "base"]
    assert list(inspect.signature(step).parameters) == names
