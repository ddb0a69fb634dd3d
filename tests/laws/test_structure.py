"""What relabeling, splitting, merging and mixing outcomes do to a measure."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxinfo import logits, probs
from laws import draws

OF_ONE = [
    "entropy",
    "hartley_entropy",
    "min_entropy",
    "normalized_entropy",
    "perplexity",
]
OF_TWO = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "chi_squared_divergence",
    "cross_entropy",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "squared_hellinger_distance",
    "total_variation_distance",
]
orders = st.permutations(range(draws.SHAPE[-1])).map(np.array)
padded_shape = (draws.SHAPE[0], draws.SHAPE[1] + 1)


def _f64(x):
    return np.asarray(x, np.float64)


def _same(got, want, ulps, room, name):
    got, want = (np.asarray(v) for v in (got, want))
    assert draws.close(got, want, ulps), (room.__name__, name, got, want)


@pytest.mark.parametrize("room", [probs, logits])
@draws.law
@given(data=st.data(), order=orders)
def test_order_of_outcomes_does_not_matter(room, data, order):
    tables = room is probs
    pair = data.draw(draws.pairs(exact=True) if tables else draws.logit_pairs())
    moved = [v[..., order] for v in pair]
    for name in OF_ONE + OF_TWO:
        verb, count = getattr(room, name), 1 if name in OF_ONE else 2
        # Sums in another order, each within the budget of 16.
        _same(verb(*moved[:count]), verb(*pair[:count]), 32, room, name)


def _padded(rows, value):
    return np.concatenate([rows, np.full_like(rows[..., :1], value)], axis=-1)


@pytest.mark.matrix
@pytest.mark.parametrize("room", [probs, logits])
@draws.law
@given(data=st.data())
def test_impossible_outcome_changes_nothing(room, data):
    tables = room is probs
    pair = data.draw(draws.pairs(exact=True) if tables else draws.logit_pairs())
    padded = [_padded(v, 0 if tables else -np.inf) for v in pair]
    for name in OF_ONE + OF_TWO:
        if tables and name == "normalized_entropy":
            continue  # an outcome of probability 0 is there, and counts
        verb, count = getattr(room, name), 1 if name in OF_ONE else 2
        # One more term in a sum may group the others differently, by a rounding each.
        _same(verb(*padded[:count]), verb(*pair[:count]), 16, room, name)


@pytest.mark.usefixtures("users_compiler")
@draws.law
@given(
    pair=draws.pairs(),
    junk=st.sampled_from([0.25, np.nan, np.inf, -3.0]),
)
def test_masked_outcome_changes_nothing(pair, junk):
    padded = [_padded(v, junk) for v in pair]
    where = np.arange(padded_shape[-1]) < draws.SHAPE[-1]
    zeroed = [_padded(v, 0) for v in pair]
    for name in OF_ONE + OF_TWO:
        if name == "normalized_entropy":
            continue
        verb, count = getattr(probs, name), 1 if name in OF_ONE else 2
        got = verb(*padded[:count], where=where)
        want = verb(*zeroed[:count])
        np.testing.assert_array_equal(got, want, name)


@jax.jit
def _split(p, q, left, right):
    """Both tables with outcome 0 divided in the given shares."""

    def divide(table, share):
        head = table[:, :1]
        return jax.numpy.concatenate(
            [head * share, head - head * share, table[:, 1:]], 1
        )

    return divide(p, left), divide(q, right)


@pytest.mark.usefixtures("x64")
@draws.law
@given(
    pair=draws.pairs(dtype=np.float64),
    shares=st.tuples(*2 * [st.integers(0, 2**10).map(lambda n: n / 2**10)]),
)
def test_grouping_property(pair, shares):
    p, q = pair
    within = [np.array([[a, 1 - a]]) for a in shares]
    fine_p, fine_q = (np.asarray(v) for v in _split(p, q, *shares))
    whole, inner = p[:, 0], [np.repeat(w, len(p), axis=0) for w in within]

    fine, coarse = _f64(probs.entropy(fine_p)), _f64(probs.entropy(p))
    assert draws.close(
        fine, coarse + whole * probs.entropy(inner[0]), 64, beside=2.0, dtype=np.float64
    )

    fine, coarse = _f64(probs.kl_divergence(fine_p, fine_q)), probs.kl_divergence(p, q)
    part = _f64(probs.kl_divergence(*inner))
    with np.errstate(invalid="ignore"):
        chain = _f64(coarse) + np.where(whole == 0, 0, whole * part)
    assert draws.close(fine, chain, 64, beside=2.0, dtype=np.float64)


@pytest.mark.usefixtures("x64")
@draws.law
@given(pair=draws.pairs(dtype=np.float64), channel=draws.channels())
def test_processing_brings_distributions_together(pair, channel):
    p, q = pair
    through = p @ channel, q @ channel
    for name in OF_TWO:
        if name in ("cross_entropy", "bhattacharyya_coefficient"):
            continue
        verb = getattr(probs, name)
        before, after = _f64(verb(*pair)), _f64(verb(*through))
        # The product rounds each mass by some 1e-16, of which KL sees the square; a
        # root doubles the exponent.
        slack = 1e-7 if name in ("js_distance", "hellinger_distance") else 1e-14
        assert (after <= before * (1 + 1e-12) + slack).all(), name


def _products(p, r):
    """The tables of independent pairs, flat."""
    both = p[:, :, None] * r[:, None, :]
    return both.reshape(len(p), -1)


ADDITIVE = ["entropy", "min_entropy", "hartley_entropy"]
ADDITIVE_OF_TWO = [
    "bhattacharyya_distance",
    "jeffreys_divergence",
    "kl_divergence",
    "cross_entropy",
]


@pytest.mark.usefixtures("x64")
@draws.law
@given(
    one=draws.pairs(dtype=np.float64, exact=True),
    two=draws.pairs(dtype=np.float64, exact=True),
)
def test_independent_parts_add(one, two):
    # The products of two numbers of 24 digits have no rounding error.
    joint = [_products(a, b) for a, b in zip(one, two, strict=True)]
    for name in ADDITIVE + ADDITIVE_OF_TWO:
        verb, count = getattr(probs, name), 1 if name in ADDITIVE else 2
        parts = _f64(verb(*one[:count])) + _f64(verb(*two[:count]))
        whole = verb(*joint[:count])
        assert draws.close(whole, parts, 64, dtype=np.float64), name
    affinity = [_f64(probs.bhattacharyya_coefficient(*v)) for v in (one, two, joint)]
    assert draws.close(affinity[2], affinity[0] * affinity[1], 64, dtype=np.float64)
    chi = [_f64(probs.chi_squared_divergence(*v)) for v in (one, two, joint)]
    one_plus = (1 + chi[0]) * (1 + chi[1]) - 1
    assert draws.close(chi[2], one_plus, 64, beside=1.0, dtype=np.float64)


@pytest.mark.usefixtures("x64")
@draws.law
@given(
    pair=draws.pairs(dtype=np.float64, exact=True),
    a=st.floats(0.125, 8, width=32),
    b=st.floats(0.125, 8, width=32),
)
def test_generalized_divergence_of_scaled_tables(pair, a, b):
    p, q = pair
    plain = _f64(probs.kl_divergence(p, q))
    scaled = probs.kl_divergence(a * p, b * q)
    mass = a * np.log(a / b) - a + b
    # A factor common to both changes nothing but the unit: no mass term to cancel.
    assert draws.close(scaled, a * plain + mass, 64, beside=a + b, dtype=np.float64)
    common = probs.kl_divergence(a * p, a * q)
    assert draws.close(common, a * plain, 64, dtype=np.float64)


@draws.law
@given(pair=draws.pairs(exact=True))
def test_cross_entropy_is_entropy_plus_divergence(pair):
    parts = _f64(probs.entropy(pair[0])) + _f64(probs.kl_divergence(*pair))
    assert draws.close(probs.cross_entropy(*pair), parts, 16)


@draws.law
@given(pair=draws.logit_pairs())
def test_cross_entropy_of_logits_is_entropy_plus_divergence(pair):
    parts = _f64(logits.entropy(pair[0])) + _f64(logits.kl_divergence(*pair))
    assert draws.close(logits.cross_entropy(*pair), parts, 32)


@pytest.mark.usefixtures("x64")
@draws.law
@given(pair=draws.pairs(exact=True))
def test_divergences_are_made_of_each_other(pair):
    p, q = pair
    kl, back = (_f64(probs.kl_divergence(*v)) for v in (pair, pair[::-1]))
    assert draws.close(probs.jeffreys_divergence(p, q), kl + back, 4)
    middle = ((p.astype(np.float64) + q) / 2,) * 2
    halves = [
        _f64(probs.kl_divergence(v.astype(np.float64), m)) / 2
        for v, m in zip(pair, middle, strict=True)
    ]
    assert draws.close(probs.js_divergence(p, q), sum(halves), 16)
    assert draws.close(_f64(probs.js_distance(p, q)) ** 2, probs.js_divergence(p, q), 4)
    assert draws.close(
        _f64(probs.hellinger_distance(p, q)) ** 2,
        probs.squared_hellinger_distance(p, q),
        4,
    )


@draws.law
@given(p=draws.grid_tables())
def test_surprise_averages_to_entropy(p):
    surprise = np.asarray(probs.self_information(p), np.float64)
    mean = np.where(p > 0, p * np.where(p > 0, surprise, 0), 0).sum(axis=-1)
    assert draws.close(probs.entropy(p), mean, 8)
    assert draws.close(probs.min_entropy(p), surprise.min(axis=-1), 4)
