"""Values that books print, worked out by hand."""

import math

import numpy as np
import pytest

from contract import quick
from jaxinfo import probs

# T. Cover and J. Thomas, Elements of Information Theory, 2nd ed., example 2.2.1: the
# joint table of blood type X, along the columns there, and risk of skin cancer Y.
BLOOD = np.array(
    [
        [1 / 8, 1 / 16, 1 / 32, 1 / 32],
        [1 / 16, 1 / 8, 1 / 32, 1 / 32],
        [1 / 16, 1 / 16, 1 / 16, 1 / 16],
        [1 / 4, 0, 0, 0],
    ],
    np.float32,
).T  # X first


def _bits(got, want):
    # Powers of two: nothing is rounded but the logarithms.
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_example_2_1_1_entropy_of_a_dyadic_table():
    p = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8], np.float32)
    _bits(probs.entropy(p, base=2), 7 / 4)
    _bits(probs.perplexity(p), 2 ** (7 / 4))
    _bits(probs.self_information(p, base=2), [1, 2, 3, 3])
    _bits(probs.min_entropy(p, base=2), 1)
    _bits(probs.hartley_entropy(p, base=2), 2)
    _bits(probs.normalized_entropy(p), 7 / 8)


def test_entropy_of_a_fair_coin_is_a_bit():
    half = np.float32(0.5)
    _bits(probs.binary_entropy(half, base=2), 1)
    # Figure 2.1 of the book: the curve is 0 at both ends.
    ends = probs.binary_entropy(np.array([0, 1], np.float32), base=2)
    assert (ends == 0).all()
    _bits(probs.binary_entropy(np.float32(0.25), base=2), 2 - 0.75 * math.log2(3))


def test_example_2_2_1_blood_types_and_risk():
    _bits(probs.entropy(BLOOD.sum(axis=1), base=2), 7 / 4)
    _bits(probs.entropy(BLOOD.sum(axis=0), base=2), 2)
    _bits(probs.joint_entropy(BLOOD, base=2), 27 / 8)
    _bits(probs.conditional_entropy(BLOOD, axis=0, given=1, base=2), 11 / 8)
    _bits(probs.conditional_entropy(BLOOD, axis=1, given=0, base=2), 13 / 8)
    _bits(probs.mutual_information(BLOOD, base=2), 3 / 8)
    _bits(probs.variation_of_information(BLOOD, base=2), 3)
    means = {
        "arithmetic": 15 / 8,
        "geometric": math.sqrt(7 / 2),
        "min": 7 / 4,
        "max": 2,
        "joint": 27 / 8,
    }

    @quick
    def ratios(p):
        of = probs.normalized_mutual_information
        return [of(p, normalization=kind) for kind in means]

    _bits(ratios(BLOOD), [3 / 8 / scale for scale in means.values()])
    pmi = probs.pointwise_mutual_information(BLOOD, base=2)
    _bits(pmi[0], [0, -1, -1, 1])
    assert np.isneginf(pmi[1:, 3]).all()


@pytest.mark.parametrize(("r", "s"), [(1 / 2, 1 / 4)])
def test_example_2_3_1_divergence_is_not_symmetric(r, s):
    p, q = (np.array([1 - v, v], np.float32) for v in (r, s))
    there, back = 1 - math.log2(3) / 2, 3 * math.log2(3) / 4 - 1
    _bits(probs.kl_divergence(p, q, base=2), there)
    _bits(probs.kl_divergence(q, p, base=2), back)
    _bits(probs.jeffreys_divergence(p, q, base=2), there + back)
    _bits(probs.binary_kl_divergence(p, q, base=2), [there, there])
    # The book prints 0.2075 and 0.1887.
    assert round(there, 4) == 0.2075
    assert round(back, 4) == 0.1887


def test_exclusive_or_has_a_bit_that_no_pair_has():
    table = np.zeros((2, 2, 2), np.float32)
    for a in (0, 1):
        for b in (0, 1):
            table[a, b, a ^ b] = 0.25
    _bits(probs.conditional_mutual_information(table, base=2), 1)
    assert probs.mutual_information(table.sum(axis=2)) == 0
    _bits(probs.mutual_information(table, x_axis=(0, 1), y_axis=2, base=2), 1)


def test_distances_of_a_coin_and_a_sure_thing():
    coin, sure = np.array([0.5, 0.5], np.float32), np.array([1, 0], np.float32)
    _bits(probs.total_variation_distance(coin, sure), 0.5)
    _bits(probs.bhattacharyya_coefficient(coin, sure), math.sqrt(0.5))
    _bits(probs.bhattacharyya_distance(coin, sure, base=2), 0.5)
    _bits(probs.squared_hellinger_distance(coin, sure), 1 - math.sqrt(0.5))
    _bits(probs.hellinger_distance(coin, sure), math.sqrt(1 - math.sqrt(0.5)))
    _bits(probs.chi_squared_divergence(sure, coin), 1)
    _bits(probs.kl_divergence(sure, coin, base=2), 1)
    _bits(probs.cross_entropy(sure, coin, base=2), 1)
    _bits(probs.js_divergence(coin, sure, base=2), 3 / 2 - 3 * math.log2(3) / 4)
    _bits(probs.js_divergence(sure, 1 - sure, base=2), 1)
    _bits(probs.js_distance(sure, 1 - sure, base=2), 1)


def test_normalize_divides_by_the_sum():
    counts = np.array([[1, 3, 4], [0, 5, 0]], np.int32)
    got = probs.normalize(counts)
    np.testing.assert_array_equal(got, [[0.125, 0.375, 0.5], [0, 1, 0]])
    np.testing.assert_array_equal(probs.normalize(counts.T, axis=0), got.T)
    np.testing.assert_allclose(probs.normalize(counts, axis=(0, 1)).sum(), 1, rtol=1e-6)
    assert np.isnan(probs.normalize(np.zeros(2, np.float32))).all()
