"""Class weights, focal and poly losses: against optax and sums in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from contract import quick
from jaxinfo import losses

INF = np.inf
label_loss = losses.softmax_cross_entropy_with_integer_labels
soft_loss = losses.softmax_cross_entropy
WEIGHTS = np.array([1, 2, 0, 0.5, 3], np.float32)


def _examples():
    rng = np.random.default_rng(7)
    x = (3 * rng.normal(size=(4, 5))).astype(np.float32)
    targets = rng.dirichlet(np.ones(5), size=4).astype(np.float32)
    return x, targets, np.array([0, 3, 2, 4], np.int32)


def _log_q(x):
    x = np.asarray(x, np.float64)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def test_poly_loss_is_that_of_optax():
    x, targets, labels = _examples()
    want = optax.losses.poly_loss_cross_entropy(x, targets, epsilon=2.0)
    np.testing.assert_allclose(soft_loss(x, targets, poly=2.0), want, rtol=2e-6)
    one_hot = np.eye(5, dtype=np.float32)[labels]
    want = optax.losses.poly_loss_cross_entropy(x, one_hot, epsilon=-1.0)
    got = label_loss(x, labels, poly=-1.0)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_weights_of_classes_and_smoothing():
    x, targets, labels = _examples()
    log_q = _log_q(x)
    want = -(WEIGHTS * targets * log_q).sum(-1)
    got = soft_loss(x, targets, class_weights=WEIGHTS)
    np.testing.assert_allclose(got, want, rtol=2e-6)
    # Smoothed first, weighted then.
    mixed = 0.9 * np.eye(5)[labels] + 0.1 / 5
    plain = -(WEIGHTS * mixed * log_q).sum(-1)
    want = plain + 0.5 * (WEIGHTS * mixed * -np.expm1(log_q)).sum(-1)
    options = {"class_weights": WEIGHTS, "label_smoothing": 0.1, "poly": 0.5}
    got = label_loss(x, labels, **options)
    np.testing.assert_allclose(got, want, rtol=2e-6)
    soft = soft_loss(x, np.eye(5, dtype=np.float32)[labels], **options)
    np.testing.assert_allclose(soft, want, rtol=2e-6)
    even = label_loss(x, labels, label_smoothing=0.1, poly=0.5)
    want = -(mixed * log_q).sum(-1) + 0.5 * (mixed * -np.expm1(log_q)).sum(-1)
    np.testing.assert_allclose(even, want, rtol=2e-6)


def test_weights_lie_along_the_axes_of_the_classes():
    x, targets, _ = _examples()
    weights = np.arange(20, dtype=np.float32).reshape(4, 5)
    want = -(weights * targets * np.log(np.exp(_log_q(x.ravel()))).reshape(4, 5)).sum()
    got = soft_loss(x, targets, axis=(0, 1), class_weights=weights)
    np.testing.assert_allclose(got, want, rtol=2e-6)
    turned = soft_loss(x, targets, axis=(1, 0), class_weights=weights.T)
    np.testing.assert_allclose(turned, want, rtol=2e-6)
    with pytest.raises(ValueError, match=r"`class_weights` .*\(5,\).*got \(4,\)"):
        soft_loss(x, targets, class_weights=np.ones(4, np.float32))


@pytest.mark.matrix
def test_weights_of_classes_in_shards():
    x, _, labels = _examples()
    x, weights = x[:, :4], WEIGHTS[:4]
    options = {"label_smoothing": 0.1, "poly": 0.5}

    def shard(x, w):
        return label_loss(x, labels % 4, class_weights=w, axis_name="i", **options)

    pieces = x.reshape(4, 2, 2), weights.reshape(2, 2)
    got = jax.vmap(shard, in_axes=(1, 0), axis_name="i")(*pieces)
    want = label_loss(x, labels % 4, class_weights=weights, **options)
    np.testing.assert_allclose(got, np.stack([want, want]), rtol=2e-6)


def test_class_without_weight_costs_nothing_even_where_it_is_absent():
    x = np.array([0, -INF, 1], np.float32)
    none = np.array([1, 0, 1], np.float32)

    def loss(x, w):
        return label_loss(x, np.int32(1), class_weights=w)

    value, slopes = jax.value_and_grad(loss, (0, 1))(x, none)
    assert value == 0
    np.testing.assert_array_equal(slopes, np.zeros((2, 3)))
    target = np.array([0, 1, 0], np.float32)
    assert soft_loss(x, target, class_weights=none) == 0


GAPS = [0.0, 5.0, 17.0, 30.0, 80.0, 200.0]


in_full = pytest.mark.matrix


@pytest.mark.parametrize(
    "gamma", [0.5, *(pytest.param(g, marks=in_full) for g in (0.0, 1.0, 2.0))]
)
def test_focal_loss_keeps_its_digits(gamma):
    """Two classes a gap apart, the label right and wrong."""
    x = np.array([[gap, 0] for gap in GAPS], np.float32)

    def derivatives(label):
        def loss(x):
            return label_loss(x, jnp.asarray(label), focal=jnp.asarray(gamma, x.dtype))

        return lambda x: (loss(x), jax.grad(loss)(x), jax.hessian(loss)(x))

    floor = 4 * np.finfo("float32").tiny
    for label, sign in ((np.int32(0), 1), (np.int32(1), -1)):
        value, slope, curve = quick(jax.vmap(derivatives(label)))(x)
        gaps = sign * np.array(GAPS)
        length, log_miss = np.logaddexp(0, -gaps), -np.logaddexp(0, gaps)
        factor, miss, q = np.exp(gamma * log_miss), np.exp(log_miss), np.exp(-length)
        np.testing.assert_allclose(value, factor * length, rtol=2e-6, atol=floor)
        # In the gap: q' = q (1 - q), and length' = q - 1.
        want = -factor * (miss + gamma * q * length)
        np.testing.assert_allclose(slope[:, 0], sign * want, rtol=5e-6, atol=floor)
        again = (
            factor * q * (miss + 2 * gamma * miss + gamma * length * (gamma * q - miss))
        )
        np.testing.assert_allclose(curve[:, 0, 0], again, rtol=2e-5, atol=floor)


@pytest.mark.parametrize(
    "gap", [17.0, *(pytest.param(g, marks=in_full) for g in (5.0, 30.0))]
)
def test_poly_loss_keeps_its_digits(gap):
    x = np.array([gap, 0, 1], np.float32)
    q = np.exp(_log_q(x))
    miss = q[1] + q[2]
    target = np.array([1, 0, 0], np.float32)
    both = (
        lambda x: soft_loss(x, target, poly=1.0),
        lambda x: label_loss(x, np.int32(0), poly=1.0),
    )
    for loss in both:
        value, slope = jax.value_and_grad(loss)(x)
        np.testing.assert_allclose(value, np.log1p(miss / q[0]) + miss, rtol=1e-6)
        want = [-miss * (1 + q[0]), *(q[1:] * (1 + q[0]))]
        np.testing.assert_allclose(slope, want, rtol=2e-6)


def test_options_that_do_not_go_together():
    x, _, labels = _examples()
    with pytest.raises(ValueError, match=r"`focal`.*`label_smoothing`"):
        label_loss(x, labels, focal=2.0, label_smoothing=0.1)
