"""Joint logits: dependence of their softmax, near one-hot and near independent."""

import numpy as np
import pytest
import scipy.special

from jaxinfo import logits, probs


def _softmax(x):
    return scipy.special.softmax(x.astype(np.float64), axis=(-2, -1))


def _terms(p):
    x, y = p.sum(axis=-1, keepdims=True), p.sum(axis=-2, keepdims=True)
    return p, x * y


def test_dependence_of_generic_logits():
    x = (2 * np.random.default_rng(1).normal(size=(6, 3, 4))).astype(np.float32)
    p, q = _terms(_softmax(x))
    mutual = scipy.special.rel_entr(p, q).sum(axis=(-2, -1))
    lautum = scipy.special.rel_entr(q, p).sum(axis=(-2, -1))
    entropy = scipy.special.entr(p).sum(axis=(-2, -1))
    h_x = scipy.special.entr(p.sum(axis=-1)).sum(axis=-1)
    h_y = scipy.special.entr(p.sum(axis=-2)).sum(axis=-1)
    # Sums of a dozen terms, each right to a few roundings.
    rtol = 2e-6
    np.testing.assert_allclose(logits.mutual_information(x), mutual, rtol=rtol)
    np.testing.assert_allclose(logits.lautum_information(x), lautum, rtol=rtol)
    np.testing.assert_allclose(logits.joint_entropy(x), entropy, rtol=rtol)
    np.testing.assert_allclose(logits.conditional_entropy(x), entropy - h_x, rtol=rtol)
    np.testing.assert_allclose(
        logits.conditional_entropy(x, axis=-2, given=-1), entropy - h_y, rtol=rtol
    )
    np.testing.assert_allclose(
        logits.variation_of_information(x), entropy - mutual, rtol=rtol
    )
    ratio = logits.normalized_mutual_information(x, normalization="geometric")
    np.testing.assert_allclose(ratio, mutual / np.sqrt(h_x * h_y), rtol=rtol)
    pmi = logits.pointwise_mutual_information(x)
    np.testing.assert_allclose(pmi, np.log(p / q), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("gap", [4.0, 8.0, 16.0, 40.0])
def test_copy_of_a_nearly_constant_variable(gap):
    # Two cells on the diagonal: all that is known of one variable the other tells.
    x = np.array([[gap, -np.inf], [-np.inf, 0.0]], np.float32)
    want = np.log1p(np.exp(-gap)) + gap * np.exp(-gap) / (1 + np.exp(-gap))
    np.testing.assert_allclose(logits.joint_entropy(x), want, rtol=1e-6)
    np.testing.assert_allclose(logits.mutual_information(x), want, rtol=1e-5)
    for kind in ("arithmetic", "geometric", "min", "max", "joint"):
        ratio = logits.normalized_mutual_information(x, normalization=kind)
        np.testing.assert_allclose(ratio, 1, rtol=1e-5)


def test_lautum_information_of_small_masses():
    # The product of two marginals of 1e-20 and 1e-27 is no number, but it is not 0.
    p = np.array([[1.0, 1e-20], [1e-27, 0.0]], np.float32)
    assert probs.lautum_information(p) == np.inf
    x = np.array([[0.0, -45.0], [-62.0, -np.inf]], np.float32)
    assert logits.lautum_information(x) == np.inf
