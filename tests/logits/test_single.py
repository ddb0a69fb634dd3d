"""Single logits and the simpler measures of rows of them."""

import jax
import numpy as np
import pytest
import scipy.special

from jaxinfo import logits

X = np.array([-30, -8, -2, -0.5, 0, 0.25, 1, 5, 12, 30], np.float32)
Y = np.array([-20, 8, -2.5, 0.5, 1, 0.25, 2, -5, 13, 29], np.float32)


def _masses(x):
    x = x.astype(np.float64)
    return scipy.special.expit(x), scipy.special.expit(-x)


def test_binary_entropy():
    one, other = _masses(X)
    wide = X.astype(np.float64)
    log_expit = scipy.special.log_expit
    want = -one * log_expit(wide) - other * log_expit(-wide)
    np.testing.assert_allclose(logits.binary_entropy(X), want, rtol=1e-6)
    np.testing.assert_allclose(logits.binary_entropy(X, base=2), want / np.log(2), 1e-6)
    np.testing.assert_array_equal(logits.binary_entropy(-X), logits.binary_entropy(X))


def test_binary_kl_divergence():
    logs = [
        [scipy.special.log_expit(s * v.astype(np.float64)) for s in (1, -1)]
        for v in (X, Y)
    ]
    want = sum(np.exp(a) * (a - b) for a, b in zip(*logs, strict=True))
    # Where the logits are equal the sum above cancels, the value is 0.
    want[X == Y] = 0
    np.testing.assert_allclose(
        logits.binary_kl_divergence(X, Y), want, rtol=5e-6, atol=1e-16
    )


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-5, 1e-7])
def test_binary_kl_divergence_of_nearly_equal_logits(gap):
    x = np.array([-6, -1, 0.5, 3], np.float32)
    y = (x + x * np.float32(gap)).astype(np.float32)
    d = (y - x).astype(np.float64)  # exact: the two are close
    p, rest = _masses(x)
    # The first four terms of the series in d, by the cumulants of a coin.
    series = (
        p * rest * d**2 / 2
        + p * rest * (rest - p) * d**3 / 6
        + p * rest * (1 - 6 * p * rest) * d**4 / 24
    )
    rtol = 2e-6 if gap < 1e-2 else 5e-2
    np.testing.assert_allclose(logits.binary_kl_divergence(x, y), series, rtol=rtol)


def test_gradients_of_single_logits():
    one, other = _masses(X)
    slope = jax.grad(lambda x: logits.binary_entropy(x).sum())(X)
    np.testing.assert_allclose(slope, -X * one * other, rtol=2e-6)
    in_x, in_y = jax.grad(
        lambda x, y: logits.binary_kl_divergence(x, y).sum(), argnums=(0, 1)
    )(X, Y)
    p, q = one, _masses(Y)[0]
    np.testing.assert_allclose(
        in_x, one * other * (X.astype(np.float64) - Y), rtol=2e-6, atol=1e-30
    )
    want = np.where(q < 0.5, q - p, _masses(X)[1] - _masses(Y)[1])
    np.testing.assert_allclose(in_y, want, rtol=5e-6, atol=1e-16)


def test_rows_of_logits():
    rng = np.random.default_rng(2)
    x = (3 * rng.normal(size=(5, 7))).astype(np.float32)
    x[0, 2:] = x[1, 0] = -np.inf
    log_p = scipy.special.log_softmax(x.astype(np.float64), axis=-1)
    np.testing.assert_allclose(logits.self_information(x), -log_p, rtol=1e-6)
    np.testing.assert_allclose(logits.min_entropy(x), -log_p.max(axis=-1), rtol=2e-6)
    entropy = scipy.special.entr(np.exp(log_p)).sum(axis=-1)
    np.testing.assert_allclose(logits.entropy(x), entropy, rtol=1e-6)
    np.testing.assert_allclose(logits.perplexity(x), np.exp(entropy), rtol=5e-6)
    count = np.isfinite(x).sum(axis=-1)
    np.testing.assert_allclose(logits.hartley_entropy(x), np.log(count), rtol=1e-6)
    ratio = logits.normalized_entropy(x)
    np.testing.assert_allclose(ratio, entropy / np.log(count), rtol=2e-6)


def test_chi_squared_divergence_of_rows_that_are_partly_close():
    """Some outcomes are close and some are not: both forms stand in one sum."""
    draw = np.random.default_rng(0).normal
    x, y = (draw(scale=2.0, size=(64, 1000)).astype(np.float32) for _ in range(2))
    got = logits.chi_squared_divergence(x, y)
    x, y = x.astype(np.float64), y.astype(np.float64)
    p, q = (np.exp(a) / np.exp(a).sum(-1, keepdims=True) for a in (x, y))
    want = ((p - q) ** 2 / q).sum(-1)
    np.testing.assert_allclose(got, want, rtol=64 * 2.0**-24)
