"""The report of a loss: of labels as of their one-hot tables, with all digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import WIDEST, quick
from jaxinfo import losses

report_of = losses.softmax_cross_entropy_with_report
label_loss = losses.softmax_cross_entropy_with_integer_labels


def _examples():
    rng = np.random.default_rng(11)
    x = (2 * rng.normal(size=(6, 5))).astype(WIDEST)
    x[1, 2] = -np.inf
    return x, np.array([0, 1, 4, 3, 2, 2], np.int32)


in_full = pytest.mark.matrix


@pytest.mark.parametrize(
    "smoothing",
    [None, pytest.param(0.1, marks=in_full), pytest.param(1.0, marks=in_full)],
)
def test_labels_are_reported_as_their_one_hot_tables(smoothing):
    x, labels = _examples()
    one_hot = np.eye(5, dtype=WIDEST)[labels]

    def both(targets):
        def total(x):
            loss, report = report_of(x, targets, label_smoothing=smoothing)
            return (loss + sum(report)).sum(), (loss, report)

        return jax.value_and_grad(total, has_aux=True)(x)

    (_, got), slope = quick(both)(jnp.asarray(labels))
    (_, want), other = quick(both)(jnp.asarray(one_hot))
    tolerance = {"rtol": 0, "atol": 64 * float(jnp.finfo(WIDEST).eps)}
    if smoothing == 1.0:
        # All targets of a table are largest then, and still one label is right.
        got, want = ((v[0], v[1]._replace(accuracy=0.0)) for v in (got, want))
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, **tolerance)
    np.testing.assert_allclose(slope, other, **tolerance)
    alone = label_loss(x, labels, label_smoothing=smoothing)
    np.testing.assert_allclose(got[0], alone, **tolerance)


def test_options_are_of_the_loss_alone():
    x, labels = _examples()
    weights = np.arange(1, 6, dtype=np.float32)
    options = {"class_weights": weights, "poly": 0.5, "focal": 2.0, "z_loss": 0.1}
    loss, report = report_of(x, labels, **options)
    np.testing.assert_allclose(loss, label_loss(x, labels, **options), rtol=1e-6)
    np.testing.assert_array_equal(report.cross_entropy, label_loss(x, labels))


def test_labels_that_do_not_count():
    x, labels = _examples()
    x[2] = np.nan
    labels[2], labels[3] = -100, 7

    def total(x):
        loss, report = report_of(x, labels, ignore_index=-100, label_smoothing=0.1)
        return loss[jnp.array([0, 1, 2, 4, 5])].sum(), (loss, report)

    (_, results), slope = jax.value_and_grad(total, has_aux=True)(x)
    for row in jax.tree.leaves(results):
        assert row[2] == 0
        assert np.isnan(row[3])
        assert np.isfinite(np.delete(row, 3)).all()
    assert (slope[2:4] == 0).all()


def test_ties_share_the_accuracy_of_labels():
    x = np.array([[1, 1, 0], [2, 2, 2], [0, 0, 3], [0, 5, 5]], np.float32)
    _, report = report_of(x, np.array([0, 1, 0, 0], np.int32))
    np.testing.assert_allclose(report.accuracy, [1 / 2, 1 / 3, 0, 0], rtol=1e-6)


STEPS = [1e-4, 1e-2, 0.1, 0.5, 1, 2, 4]


def _divergence(t, x):
    """In float64, by terms that are never negative."""
    t, x = np.asarray(t, "float64"), np.asarray(x, "float64")
    top = x.max(-1, keepdims=True)
    q = np.exp(x - top) / np.exp(x - top).sum(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = np.log(q / t)
        terms = np.where(
            np.abs(u) < 1e-3, t * (u * u / 2 + u**3 / 6 + u**4 / 24), q - t - t * u
        )
    return np.where(t > 0, terms, q).sum(-1)


def _digits(got, want):
    """A softmax that is rounded costs a divergence eps times its root."""
    bound = 4e-6 * want + 1e-7 * np.sqrt(want)
    np.testing.assert_array_less(np.abs(np.asarray(got, "float64") - want), bound)


@pytest.mark.parametrize("classes", [pytest.param(4, marks=in_full), 1000])
def test_divergence_keeps_its_digits_near_and_far(classes):
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(len(STEPS), classes))
    steps = np.array(STEPS)[:, None]
    t = rng.dirichlet(np.ones(classes), size=len(STEPS)).astype(np.float32)
    x = (np.log(np.maximum(t, 1e-30)) + steps * noise).astype(np.float32)
    labels = rng.integers(0, classes, len(STEPS)).astype(np.int32)
    smooth = 0.9 * np.eye(classes)[labels] + 0.1 / classes
    y = (np.log(smooth) + steps * noise).astype(np.float32)
    share = np.float32(0.1)

    def run(x, t, y, labels):
        of_labels = report_of(y, labels, label_smoothing=share)[1]
        return report_of(x, t)[1].kl_divergence, of_labels.kl_divergence

    soft, hard = quick(run)(x, t, y, labels)
    _digits(soft, _divergence(t, x))
    each = np.float64(share) / classes
    smooth = np.where(np.eye(classes)[labels] > 0, 1 - each * (classes - 1), each)
    _digits(hard, _divergence(smooth, y))


def test_rows_do_not_know_each_other():
    """A near row makes the others no different, to the last bit."""
    x, labels = _examples()
    with np.errstate(divide="ignore"):
        t = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    far = (
        np.roll(t, 1, axis=-1) * np.float32(0.5) + 0.5 * np.eye(5, dtype=WIDEST)[labels]
    )
    far = np.where(np.isneginf(x), 0, far)
    mixed = np.where(np.arange(6)[:, None] == 0, t, far)
    run = jax.jit(lambda t: report_of(x, t)[1].kl_divergence)
    np.testing.assert_array_equal(run(mixed)[1:], run(far)[1:])
