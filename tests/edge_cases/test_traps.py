"""Traps that accurate formulas fell into once; each has a test of its own."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import quick, sampled
from edge_cases import oracle
from jaxinfo import logits, losses, probs

INF = np.inf
label_loss = losses.softmax_cross_entropy_with_integer_labels


def _f32(*rows):
    return [np.array(row, np.float32) for row in rows]


@pytest.mark.parametrize("name", ["kl_divergence", "js_divergence"])
def test_t1_support_mismatch(name):
    # q has mass where p has none: a contrast over the support of p alone forgets it.
    x, y = _f32([0.5, -INF, 0.25, -INF], [0.5, 3.0, 0.25, 1.0])
    want = oracle.value(name, oracle.softmax(x), oracle.softmax(y))
    assert oracle.close(getattr(logits, name)(x, y), want, 16)
    if name == "js_divergence":
        assert oracle.close(logits.js_divergence(y, x), want, 16)


@pytest.mark.parametrize("name", ["kl_divergence", "js_divergence"])
def test_t2_shift_of_nearly_equal_and_nearly_one_hot_logits(name):
    x, y = _f32([20.0, 0.0, 1.0], [20.0, 2.0**-12, 1.0])
    want = oracle.value(name, oracle.softmax(x), oracle.softmax(y))
    for a, b in ((0, 0), (512, 512), (1024, -512)):
        got = getattr(logits, name)(x, y)
        moved = getattr(logits, name)(x + np.float32(a), y + np.float32(b))
        # The shifted logits are rounded, and are what counts.
        exact = oracle.value(
            name, oracle.softmax(x + np.float32(a)), oracle.softmax(y + np.float32(b))
        )
        assert oracle.close(got, want, 16)
        assert oracle.close(moved, exact, 16)


@pytest.mark.parametrize("name", ["kl_divergence", "js_divergence"])
def test_t2_shift_that_no_number_holds(name):
    # The maxima lie apart by more digits than a number has. The rows are near enough
    # for the accurate forms, and far enough that their log-sum-exps differ.
    rng = np.random.default_rng(11)
    x = rng.normal(size=(64, 3)).astype(np.float32)
    y = (x + rng.normal(size=(64, 3)) - 998.8).astype(np.float32)
    got = np.asarray(getattr(logits, name)(x, y))
    for k in range(len(x)):
        want = oracle.value(name, oracle.softmax(x[k]), oracle.softmax(y[k]))
        assert oracle.close(got[k], want, 16), (k, got[k], want)


def test_t3_subnormal_intermediates():
    x = np.array([80, 88, 89, 92, -88], np.float32)
    a = np.abs(x).astype(np.float64)
    # e^-88 is flushed to zero, 89 e^-88 is an ordinary number.
    want = np.log1p(np.exp(-a)) + a * np.exp(-a) / (1 + np.exp(-a))
    np.testing.assert_allclose(logits.binary_entropy(x)[:3], want[:3], rtol=1e-6)
    np.testing.assert_allclose(logits.binary_entropy(x)[4], want[4], rtol=1e-6)
    slopes = jax.grad(lambda x: logits.binary_entropy(x).sum())(x)
    exact = -x * np.exp(-a) / (1 + np.exp(-a)) ** 2
    np.testing.assert_allclose(slopes, exact, rtol=1e-6, atol=2e-38)


@pytest.mark.parametrize(
    "name", ["bhattacharyya_distance", "bhattacharyya_coefficient"]
)
def test_t4_disjoint_supports(name):
    p, q = _f32([0.7, 0.3, 0, 0], [0, 0, 0.1, 0.9])
    want = INF if name == "bhattacharyya_distance" else 0
    assert getattr(probs, name)(p, q) == want
    with np.errstate(divide="ignore"):
        assert getattr(logits, name)(np.log(p), np.log(q)) == want
    # The product of two small masses underflows, that of their roots does not.
    p, q = _f32([1 - 2e-20, 1e-20, 1e-20], [1e-20, 1e-20, 1 - 2e-20])
    p[0], q[2] = 1, 1
    assert oracle.close(getattr(probs, name)(p, q), oracle.value(name, p, q), 16)


TABLE_VERBS = [
    "chi_squared_divergence",
    "js_divergence",
    "kl_divergence",
    "squared_hellinger_distance",
]


@pytest.mark.parametrize("name", TABLE_VERBS)
def test_t5_tables_are_not_renormalized_first(name):
    # Rounded tables of nearly equal distributions: dividing by the sum costs digits.
    p, q = _f32([0.1, 0.2, 0.3, 0.4], [0.1000001, 0.1999999, 0.3000002, 0.3999998])
    assert oracle.close(getattr(probs, name)(p, q), oracle.value(name, p, q), 16)


def test_t6_divergence_of_rounded_tables_is_the_generalized_one():
    p, q = _f32([0.7, 0.2, 0.1], [0.7000001, 0.2, 0.1])
    # As given their sums differ, and the raw sum of p log(p/q) is negative.
    wide_p, wide_q = (v.astype(np.float64) for v in (p, q))
    assert (wide_p * np.log(wide_p / wide_q)).sum() < 0
    assert oracle.close(
        probs.kl_divergence(p, q), oracle.value("kl_divergence", p, q), 16
    )
    one, two = _f32([1.0, 2.0], [2.0, 5.0])
    want = math.log(1 / 2) + 2 * math.log(2 / 5) - 3 + 7
    assert oracle.close(probs.kl_divergence(one, two), want, 4)


def test_t7_one_beside_tiny_numbers():
    # All digits of the entropy are in what lies beside the one.
    for gap in (20.0, 60.0, 80.0):
        x = np.array([gap, 0.0], np.float32)
        want = oracle.value("entropy", oracle.softmax(x))
        assert oracle.close(logits.entropy(x), want, 16)
        loss = label_loss(x, np.int32(0))
        assert oracle.close(loss, math.log1p(math.exp(-gap)), 16)
    p = np.array([1 - 2**-24, 2**-24], np.float32)
    want = oracle.value("entropy", p)
    assert oracle.close(probs.entropy(p), want, 4)
    assert oracle.close(probs.binary_entropy(p[0]), want, 4)


# What other libraries get wrong, one by one.


def test_labels_out_of_range_are_nan():
    x = np.array([[0.0, 1.0, 2.0]] * 4, np.float32)
    loss = label_loss(x, np.array([-1, -100, 3, 2], np.int32))
    assert np.isnan(loss[:3]).all()
    np.testing.assert_allclose(loss[3], 0.4076059644443804, rtol=1e-6)
    ignored = label_loss(x, np.array([-1, -100, 3, 2], np.int32), ignore_index=-100)
    np.testing.assert_array_equal(np.isnan(ignored), [True, False, True, False])
    assert ignored[1] == 0
    slope = jax.grad(
        lambda x: label_loss(x, np.array([-100] * 4, np.int32), ignore_index=-100).sum()
    )(x)
    assert (slope == 0).all()


def test_label_that_is_masked_has_an_infinite_loss():
    x = np.array([0.0, 1.0, 2.0], np.float32)
    where = np.array([True, True, False])
    loss = label_loss(x, np.int32(2), where=where)
    assert loss == INF
    seen = label_loss(x, np.int32(1), where=where)
    np.testing.assert_allclose(seen, math.log1p(math.exp(-1)), rtol=1e-6)


@pytest.mark.parametrize("off", [1e4, 1e5, 1e6, 1e7])
def test_shift_does_not_matter(off):
    x = np.array([0, 1, 2], np.float32) + np.float32(off)
    np.testing.assert_array_equal(x - x[0], [0, 1, 2])
    np.testing.assert_allclose(label_loss(x, np.int32(2)), 0.40760596444438, rtol=2e-7)
    np.testing.assert_allclose(logits.entropy(x), 0.8323955818399389, rtol=2e-7)


@sampled("gap", [10, 15, 17, 20, 40, 80], "15", "80")
def test_confident_loss_keeps_its_digits(gap):
    x = np.array([gap, 0], np.float32)
    want = math.log1p(math.exp(-gap))
    hard = label_loss(x, np.int32(0))
    soft = losses.softmax_cross_entropy(x, np.array([1, 0], np.float32))
    np.testing.assert_allclose([hard, soft], want, rtol=1e-6)
    slope = jax.grad(label_loss)(x, np.int32(0))
    np.testing.assert_allclose(
        slope, [-math.exp(-want - gap), math.exp(-want - gap)], rtol=1e-6
    )


@pytest.mark.parametrize("traced", [True, False])
@sampled("temperature", [0.5, 0.7, 1.0], "0.7")
def test_temperature_of_huge_logits(temperature, traced):
    # A compiler may divide anew in every pass over the logits, and round otherwise.
    x = np.array([1e10, 5e9, 0], np.float32)

    def run(x, t):
        y = x / t
        targets = jnp.asarray([1, 0, 0], x.dtype)
        losses_of_y = (
            label_loss(y, np.int32(0)),
            losses.softmax_cross_entropy(y, targets),
        )
        slope = jax.grad(lambda x: logits.entropy(x / t))(x)
        return logits.entropy(y), *losses_of_y, logits.min_entropy(y), slope

    t = np.float32(temperature)
    got = jax.jit(run)(x, t) if traced else jax.jit(lambda x: run(x, t))(x)
    assert all((v == 0).all() for v in got), got
    surprise = jax.jit(lambda x: logits.self_information(x / t))(x)
    assert surprise[0] == 0
    assert (surprise[1:] > 1e9).all()


def test_confident_loss_under_temperature_is_not_negative():
    rng = np.random.default_rng(3)
    x = (30 * rng.normal(size=(256, 10))).astype(np.float32)
    labels = x.argmax(axis=-1).astype(np.int32)

    @jax.jit
    def run(x):
        y = x / np.float32(0.7)
        return label_loss(y, labels), logits.entropy(y), logits.min_entropy(y)

    for got in run(x):
        assert (np.asarray(got) >= 0).all()


def test_masked_class_has_no_slope_in_either_mode():
    x, y = _f32([0.5, -INF, 1.0], [1.0, -INF, 0.25])
    targets = np.array([0.5, 0, 0.5], np.float32)
    measures = (
        lambda x: losses.softmax_cross_entropy(x, targets),
        lambda x: logits.kl_divergence(x, y),
        lambda x: logits.cross_entropy(y, x),
        logits.entropy,
    )
    both = quick(lambda x: [(jax.jacfwd(f)(x), jax.jacrev(f)(x)) for f in measures])
    for forward, reverse in both(x):
        np.testing.assert_allclose(forward, reverse, rtol=1e-6)
        assert forward[1] == reverse[1] == 0
        assert np.isfinite(forward).all()


def test_infinite_logits_of_binary_measures():
    x = np.array([INF, -INF], np.float32)
    assert (logits.binary_entropy(x) == 0).all()
    assert (logits.binary_kl_divergence(x, x) == 0).all()
    assert (jax.grad(lambda x: logits.binary_entropy(x).sum())(x) == 0).all()
    assert (logits.binary_kl_divergence(x, x[::-1]) == INF).all()


def test_nan_beside_zero_is_not_hidden():
    nan = np.float32(np.nan)
    for p, q in ((nan, 0.25), (0.25, nan), (0.0, nan), (nan, 0.0)):
        row = np.array([p, 0.5], np.float32), np.array([q, 0.5], np.float32)
        assert np.isnan(probs.kl_divergence(*row))
        assert np.isnan(probs.binary_kl_divergence(np.float32(p), np.float32(q)))


def test_slope_of_zero_beside_zero_is_finite():
    zero = np.zeros(2, np.float32)

    @quick
    def slopes(*rows):
        verbs = {name: getattr(probs, name) for name in oracle.OF_TWO}
        return {name: jax.grad(f, argnums=(0, 1))(*rows) for name, f in verbs.items()}

    for name, slope in slopes(zero, zero).items():
        assert np.isfinite(slope).all(), name


def test_one_class_and_two_single_clusters():
    one = np.ones((1, 1), np.float32)
    # Two labelings that put everything in one cluster agree.
    assert probs.normalized_mutual_information(one) == 1
    assert probs.mutual_information(one) == 0
    assert label_loss(np.zeros((1, 1), np.float32), np.zeros(1, np.int32)) == 0
    assert probs.normalized_entropy(one)[0] == 0


def test_small_mutual_information_of_many_samples():
    # A contingency table of 200,000 samples, nearly independent.
    counts = np.array([[50_500, 49_600], [49_700, 50_200]])
    table = (counts / counts.sum()).astype(np.float32)
    exact = table.astype(np.float64)
    x, y = exact.sum(1, keepdims=True), exact.sum(0, keepdims=True)
    r = (exact - x * y / exact.sum()) / (x * y / exact.sum())
    want = (x * y / exact.sum() * ((1 + r) * np.log1p(r) - r)).sum()
    np.testing.assert_allclose(probs.mutual_information(table), want, rtol=1e-6)
