"""Divergences are never negative and exactly zero at equality, as floats."""

import numpy as np
import pytest
from hypothesis import given

from contract import sampled
from jaxinfo import logits, probs
from laws import draws

DIVERGENCES = [
    "chi_squared_divergence",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "squared_hellinger_distance",
    "total_variation_distance",
]
SYMMETRIC = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "hellinger_distance",
    "js_distance",
    "js_divergence",
    "squared_hellinger_distance",
    "total_variation_distance",
]


@pytest.mark.parametrize("name", DIVERGENCES)
@draws.law
@given(pair=draws.pairs())
def test_table_divergence_is_not_negative(name, pair):
    value = np.asarray(getattr(probs, name)(*pair))
    assert value.shape == draws.SHAPE[:1]
    assert (value >= 0).all()
    # Only a divergence of equal rows may vanish, unless it is too small to be a number.
    if name == "total_variation_distance":
        assert ((value > 0) == (pair[0] != pair[1]).any(axis=-1)).all()


@sampled("name", [*DIVERGENCES, "bhattacharyya_distance"], "js_divergence")
@draws.law
@given(pair=draws.logit_pairs())
def test_logit_divergence_is_not_negative(name, pair):
    assert (np.asarray(getattr(logits, name)(*pair)) >= 0).all()


@draws.law
@given(pair=draws.pairs(exact=True))
def test_bhattacharyya_distance_is_not_negative(pair):
    assert (np.asarray(probs.bhattacharyya_distance(*pair)) >= 0).all()


@draws.law
@given(p=draws.tables())
def test_table_divergence_from_itself_is_zero(p):
    for name in DIVERGENCES:
        assert (np.asarray(getattr(probs, name)(p, p)) == 0).all(), name


@draws.law
@given(x=draws.logits())
def test_logit_divergence_from_itself_is_zero(x):
    for name in [*DIVERGENCES, "bhattacharyya_distance"]:
        assert (np.asarray(getattr(logits, name)(x, x)) == 0).all(), name
    assert (np.asarray(logits.bhattacharyya_coefficient(x, x)) == 1).all()


@draws.law
@given(p=draws.grid_tables())
def test_bhattacharyya_distance_from_itself_is_zero(p):
    assert (np.asarray(probs.bhattacharyya_distance(p, p)) == 0).all()


@draws.law
@given(pair=draws.pairs())
def test_symmetric_table_divergence_is_symmetric_to_the_bit(pair):
    for name in SYMMETRIC:
        verb = getattr(probs, name)
        np.testing.assert_array_equal(verb(*pair), verb(*pair[::-1]), name)


@draws.law
@given(pair=draws.logit_pairs())
def test_symmetric_logit_divergence_is_symmetric(pair):
    for name in SYMMETRIC:
        verb = getattr(logits, name)
        there, back = verb(*pair), verb(*pair[::-1])
        # The log-sum-exps of both sides are corrected from one side: a few roundings.
        assert draws.close(there, back, 16), (name, there, back)


@draws.law
@given(pair=draws.pairs())
def test_binary_divergence_is_not_negative_and_zero_at_equality(pair):
    p, q = pair
    assert (np.asarray(probs.binary_kl_divergence(p, q)) >= 0).all()
    assert (np.asarray(probs.binary_kl_divergence(p, p)) == 0).all()


@draws.law
@given(pair=draws.logit_pairs())
def test_binary_logit_divergence_is_not_negative_and_zero_at_equality(pair):
    x, y = pair
    assert (np.asarray(logits.binary_kl_divergence(x, y)) >= 0).all()
    assert (np.asarray(logits.binary_kl_divergence(x, x)) == 0).all()
