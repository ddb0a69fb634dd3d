"""Classification losses against optax, and what only they do."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from contract import quick
from jaxinfo import logits, losses

ROWS, CLASSES = 6, 5
label_loss = losses.softmax_cross_entropy_with_integer_labels
soft_loss = losses.softmax_cross_entropy


def _examples():
    rng = np.random.default_rng(4)
    x = (3 * rng.normal(size=(ROWS, CLASSES))).astype(np.float32)
    targets = rng.dirichlet(np.ones(CLASSES), size=ROWS).astype(np.float32)
    labels = rng.integers(0, CLASSES, size=ROWS).astype(np.int32)
    return x, targets, labels


def _value_and_slope(loss):
    return quick(jax.vmap(jax.value_and_grad(loss)))


def _agree(ours, theirs, *arrays):
    """Values and gradients, of single examples."""
    got, want = (_value_and_slope(f)(*arrays) for f in (ours, theirs))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-6, atol=1e-6)


def test_losses_are_those_of_optax():
    x, targets, labels = _examples()
    _agree(soft_loss, optax.softmax_cross_entropy, x, targets)
    _agree(label_loss, optax.softmax_cross_entropy_with_integer_labels, x, labels)


def test_smoothed_labels_are_those_of_optax():
    x, _, labels = _examples()
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    for share in (0.0, 0.1, 1.0):

        def theirs(x, t, share=share):
            return optax.softmax_cross_entropy(x, optax.smooth_labels(t, share))

        def ours(x, t, share=share):
            return soft_loss(x, t, label_smoothing=share)

        _agree(ours, theirs, x, one_hot)
        hard = label_loss(x, labels, label_smoothing=share)
        np.testing.assert_allclose(hard, jax.vmap(theirs)(x, one_hot), rtol=5e-6)


def test_masked_classes_are_those_of_optax():
    x, targets, _ = _examples()
    x[0, 1] = x[3, 2:] = -np.inf
    targets = np.where(np.isneginf(x), 0, targets).astype(np.float32)

    def theirs(x, t):
        return optax.safe_softmax_cross_entropy(x, t)

    _agree(soft_loss, theirs, x, targets)


def test_penalty_on_the_log_sum_exp():
    x, targets, labels = _examples()
    squares = jax.nn.logsumexp(x, axis=-1) ** 2
    for loss, answers in ((soft_loss, targets), (label_loss, labels)):

        @quick
        def run(x, share, loss=loss, answers=answers):
            value, pull = jax.vjp(lambda x: loss(x, answers, z_loss=share), x)
            return value, pull(jnp.ones_like(value))[0]

        (value, plain), (got, _), (_, slope) = (run(x, s) for s in (0.0, 0.25, 1.0))
        np.testing.assert_allclose(got, value + 0.25 * squares, rtol=5e-6)
        extra = 2 * jax.nn.logsumexp(x, axis=-1, keepdims=True) * jax.nn.softmax(x)
        np.testing.assert_allclose(slope, plain + extra, rtol=1e-5, atol=1e-5)


def test_smoothing_shares_among_the_classes_that_are_left():
    x = np.array([0.5, -np.inf, 1.0, -np.inf], np.float32)
    log_p = np.asarray(jax.nn.log_softmax(x[[0, 2]]), np.float64)
    want = -(0.9 * log_p[0] + 0.1 * log_p.mean())
    got = label_loss(x, np.int32(0), label_smoothing=0.1)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    one_hot = np.array([1, 0, 0, 0], np.float32)
    soft = soft_loss(x, one_hot, label_smoothing=0.1)
    np.testing.assert_allclose(soft, want, rtol=1e-6)


def test_report_says_what_is_left_to_learn():
    x, targets, _ = _examples()
    loss, report = losses.softmax_cross_entropy_with_report(x, targets)
    p = targets.astype(np.float64)
    log_q = np.asarray(jax.nn.log_softmax(x), np.float64)
    entropy = -(p * np.log(p)).sum(axis=-1)
    np.testing.assert_allclose(report.cross_entropy, -(p * log_q).sum(-1), rtol=5e-6)
    np.testing.assert_allclose(report.target_entropy, entropy, rtol=5e-6)
    kl = (p * (np.log(p) - log_q)).sum(axis=-1)
    np.testing.assert_allclose(report.kl_divergence, kl, rtol=1e-5)
    np.testing.assert_allclose(report.prediction_entropy, logits.entropy(x), rtol=1e-6)
    hit = x.argmax(axis=-1) == p.argmax(axis=-1)
    np.testing.assert_array_equal(report.accuracy, hit.astype(np.float32))
    lse = jax.nn.logsumexp(x, axis=-1)
    np.testing.assert_allclose(report.log_sum_exp, lse, rtol=1e-6)
    np.testing.assert_array_equal(loss, report.cross_entropy)
    # The gradient of the loss and that of the divergence are one.
    grads = (
        jax.grad(
            lambda x: losses.softmax_cross_entropy_with_report(x, targets)[0].sum()
        )(x),
        jax.grad(
            lambda x: losses.softmax_cross_entropy_with_report(x, targets)[1][2].sum()
        )(x),
    )
    np.testing.assert_allclose(*grads, rtol=1e-5, atol=1e-6)


def test_ties_share_the_accuracy():
    x = np.array([[1, 1, 0], [2, 2, 2], [0, 0, 3]], np.float32)
    targets = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]], np.float32)
    _, report = losses.softmax_cross_entropy_with_report(x, targets)
    np.testing.assert_allclose(report.accuracy, [1 / 2, 1 / 3, 0], rtol=1e-6)


def test_divergence_vanishes_when_all_is_learned():
    targets = np.array([[0.5, 0.25, 0.25, 0], [1, 0, 0, 0]], np.float32)
    with np.errstate(divide="ignore"):
        x = np.log(targets)
    _, report = losses.softmax_cross_entropy_with_report(x, targets)
    np.testing.assert_allclose(report.kl_divergence, 0, atol=1e-13)
    assert (np.asarray(report.kl_divergence) >= 0).all()
    slope = jax.grad(lambda x: soft_loss(x, targets).sum())(x)
    np.testing.assert_allclose(slope, 0, atol=1e-7)


def test_target_on_a_masked_class_costs_infinitely_much():
    x = np.array([0.5, -np.inf, 1.0], np.float32)
    targets = np.array([0.5, 0.25, 0.25], np.float32)
    assert soft_loss(x, targets) == np.inf
    slope = jax.grad(soft_loss)(x, targets)
    assert not np.isnan(slope).any()


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_axis_of_the_classes(axis):
    x, targets, labels = _examples()
    turned = [np.moveaxis(v, -1, axis) for v in (x, targets)]
    soft = soft_loss(*turned, axis=axis)
    np.testing.assert_allclose(soft, soft_loss(x, targets), rtol=1e-6)
    hard = label_loss(turned[0], labels, axis=axis)
    np.testing.assert_allclose(hard, label_loss(x, labels), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint32, np.int32])
def test_types_of_labels(dtype):
    x, _, labels = _examples()
    got = label_loss(x, labels.astype(dtype))
    np.testing.assert_array_equal(got, label_loss(x, labels))


def test_training_step_reaches_the_entropy_of_the_targets():
    _, targets, _ = _examples()
    x = jnp.zeros_like(targets)
    step = jax.jit(jax.grad(lambda x: soft_loss(x, targets).sum()))
    for _ in range(400):
        x = x - step(x)
    _, report = losses.softmax_cross_entropy_with_report(x, targets)
    gap = np.asarray(report.cross_entropy) - np.asarray(report.target_entropy)
    np.testing.assert_allclose(gap, 0, atol=1e-4)
    assert (np.asarray(report.kl_divergence) < 1e-4).all()
