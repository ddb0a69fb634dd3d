"""Measures of tables against SciPy and scikit-learn, which derived them elsewhere."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import sklearn.metrics
from scipy.spatial import distance

from contract import precisions
from jaxinfo import probs

ROWS = 8
CLASSES = 12


def _tables(dtype):
    rng = np.random.default_rng(5)
    weights = rng.gamma(0.5, size=(2, ROWS, CLASSES))
    weights[rng.random(weights.shape) < 0.2] = 0
    weights[1] += 1e-3  # q covers p
    p, q = (weights / weights.sum(axis=-1, keepdims=True)).astype(dtype)
    return p, q


@pytest.fixture(params=precisions())
def dtype(request):
    if request.param == "float64":
        request.getfixturevalue("x64")
    return request.param


def _agree(got, want, dtype):
    assert got.dtype == dtype
    # The peers compute in double precision, by formulas that cancel a little.
    np.testing.assert_allclose(got, want, rtol=3e-6 if dtype == "float32" else 1e-11)


def test_entropies(dtype):
    p, q = _tables(dtype)
    wide = p.astype(np.float64)
    for base in (None, 2, 10):
        _agree(probs.entropy(p, base=base), _entropy(wide, base), dtype)
    _agree(probs.perplexity(p), np.exp(_entropy(wide)), dtype)
    surprise = scipy.special.entr(q.astype(np.float64)) / q
    _agree(probs.self_information(q), surprise, dtype)
    _agree(
        probs.binary_entropy(q),
        scipy.special.entr(q.astype(np.float64))
        + scipy.special.entr(1 - q.astype(np.float64)),
        dtype,
    )


def _entropy(p, base=None):
    return scipy.special.entr(p).sum(axis=-1) / np.log(np.e if base is None else base)


def test_divergences(dtype):
    p, q = _tables(dtype)
    wide = p.astype(np.float64), q.astype(np.float64)
    relative = scipy.special.rel_entr(*wide).sum(axis=-1)
    generalized = scipy.special.kl_div(*wide).sum(axis=-1)
    _agree(probs.kl_divergence(p, q), generalized, dtype)
    _agree(probs.cross_entropy(p, q), _entropy(wide[0]) + relative, dtype)
    for base in (None, 2):
        want = distance.jensenshannon(*wide, axis=-1, base=base)
        _agree(probs.js_distance(p, q, base=base), want, dtype)
        _agree(probs.js_divergence(p, q, base=base), want**2, dtype)
    _agree(
        probs.total_variation_distance(p, q),
        [distance.cityblock(a, b) / 2 for a, b in zip(*wide, strict=True)],
        dtype,
    )
    roots = [np.sqrt(v) for v in wide]
    hellinger = [distance.euclidean(a, b) for a, b in zip(*roots, strict=True)]
    _agree(probs.hellinger_distance(p, q), np.array(hellinger) / np.sqrt(2), dtype)
    _agree(probs.bhattacharyya_coefficient(p, q), (roots[0] * roots[1]).sum(-1), dtype)
    chi = ((wide[0] - wide[1]) ** 2 / wide[1]).sum(axis=-1)
    _agree(probs.chi_squared_divergence(p, q), chi, dtype)
    _agree(
        probs.binary_kl_divergence(q, np.roll(q, 1)),
        scipy.special.kl_div(wide[1], np.roll(wide[1], 1))
        + scipy.special.kl_div(1 - wide[1], 1 - np.roll(wide[1], 1)),
        dtype,
    )


def test_chi_squared_is_the_statistic_of_pearson(dtype):
    _, q = _tables(dtype)
    counts = np.random.default_rng(6).multinomial(
        1000, q[0].astype(np.float64) / q[0].sum()
    )
    expected = q[0].astype(np.float64) * (1000 / q[0].astype(np.float64).sum())
    statistic = scipy.stats.chisquare(counts, expected).statistic
    got = probs.chi_squared_divergence((counts / 1000).astype(dtype), q[0])
    np.testing.assert_allclose(got, statistic / 1000, rtol=1e-5)


def _labelings():
    rng = np.random.default_rng(9)
    x = rng.integers(0, 4, size=(5, 300))
    y = np.where(rng.random(x.shape) < 0.4, x, rng.integers(0, 3, size=x.shape)) % 3
    tables = np.zeros((5, 4, 3))
    for k in range(5):
        np.add.at(tables[k], (x[k], y[k]), 1 / 300)
    return x, y, tables


@pytest.mark.matrix
def test_dependence_of_labelings(dtype):
    x, y, tables = _labelings()
    tables = tables.astype(dtype)
    pairs = list(zip(x, y, strict=True))
    want = [sklearn.metrics.mutual_info_score(a, b) for a, b in pairs]
    np.testing.assert_allclose(probs.mutual_information(tables), want, rtol=1e-5)
    for kind in ("arithmetic", "geometric", "min", "max"):
        want = [
            sklearn.metrics.normalized_mutual_info_score(a, b, average_method=kind)
            for a, b in pairs
        ]
        got = probs.normalized_mutual_information(tables, normalization=kind)
        np.testing.assert_allclose(got, want, rtol=1e-5)
    homogeneity = [sklearn.metrics.homogeneity_score(a, b) for a, b in pairs]
    h_x = probs.entropy(tables.sum(axis=2))
    h_x_given_y = np.asarray(probs.conditional_entropy(tables, axis=-2, given=-1))
    np.testing.assert_allclose(
        1 - h_x_given_y / np.asarray(h_x), homogeneity, rtol=1e-5
    )


def test_dependence_is_the_g_statistic(dtype):
    _, _, tables = _labelings()
    for table in tables:
        g = scipy.stats.chi2_contingency(
            table * 300, lambda_="log-likelihood", correction=False
        ).statistic
        got = probs.mutual_information(table.astype(dtype))
        np.testing.assert_allclose(2 * 300 * np.asarray(got), g, rtol=1e-5)
