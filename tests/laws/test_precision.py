"""Single precision against double, and rows against their neighbors.

Both are oracles that need no formula: the digits that single precision has must be
those of double precision, and a row must not know what lies beside it.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import sampled
from jaxinfo import logits as log_room
from jaxinfo import losses, probs
from laws import draws

OF_ONE = [
    "entropy",
    "hartley_entropy",
    "min_entropy",
    "normalized_entropy",
    "perplexity",
    "self_information",
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
ENTRIES = ["binary_entropy", "binary_kl_divergence"]
JOINT = [
    "conditional_entropy",
    "joint_entropy",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "variation_of_information",
]
NAMES = OF_ONE + OF_TWO + ENTRIES + JOINT
# Ample: the truth cases hold most of these to 16, an exponential of them to more.
ULPS = 64
# The laws of one verb follow each other, so that a worker compiles it once.
of_every_verb = sampled(
    "room, name", itertools.product([probs, log_room], NAMES), scope="module"
)


def _arguments(data, room, name):
    """As many arguments as the verb takes; joint ones of two variables."""
    if name in JOINT:
        flat = (3, 12)
        # Of joint logits the masses are rounded before they are added up.
        far = draws.logits(flat).map(lambda x: x / 16)
        one = draws.grid_tables(flat) if room is probs else far
        return (data.draw(one).reshape(3, 3, 4),)
    two = name in OF_TWO or name == "binary_kl_divergence"
    pair = draws.pairs(exact=True) if room is probs else draws.logit_pairs()
    return data.draw(pair)[: 2 if two else 1]


@of_every_verb
@pytest.mark.usefixtures("x64")
@draws.law
@given(data=st.data())
def test_single_precision_has_the_digits_of_double(room, name, data):
    arrays = _arguments(data, room, name)
    verb = getattr(room, name)
    got = np.asarray(verb(*arrays))
    want = np.asarray(verb(*[a.astype(np.float64) for a in arrays]))
    assert got.dtype == np.float32
    assert want.dtype == np.float64
    # What overflows or underflows single precision cannot be told from inf and 0.
    info = np.finfo(np.float32)
    want = np.where(np.abs(want) > float(info.max), np.copysign(np.inf, want), want)
    # Independence by a rounded softmax is independence up to a square of roundings.
    floor = 1e-6 if room is log_room and name in JOINT else 0.0
    if name in ("js_distance", "hellinger_distance"):
        floor = 1e-13  # the roots of squares that are flushed, some 1e-19
    assert draws.close(got, want, ULPS, beside=floor), (got, want)


@of_every_verb
@draws.law
@given(data=st.data(), junk=st.sampled_from([np.nan, np.inf, -np.inf, 3e38, -1.0]))
def test_row_does_not_know_its_neighbors(room, name, data, junk):
    arrays = _arguments(data, room, name)
    verb = getattr(room, name)
    plain = np.asarray(verb(*arrays))
    spoiled = [a.copy() for a in arrays]
    for a in spoiled:
        a[1, ..., 0] = junk
    got = np.asarray(verb(*spoiled))
    others = np.arange(len(plain)) != 1
    np.testing.assert_array_equal(got[others], plain[others])
    if np.isnan(junk):
        if name in ENTRIES or (room, name) == (probs, "self_information"):
            assert np.isnan(got[1, 0])
        else:  # the surprise of an absent outcome is infinite, whatever the others
            assert (np.isnan(got[1]) | np.isinf(plain[1])).all()
            assert np.isnan(got[1]).any()


@pytest.mark.usefixtures("x64")
@draws.law
@given(
    x=draws.logits(),
    labels=st.lists(st.integers(0, 5), min_size=4, max_size=4).map(np.array),
    junk=st.sampled_from([np.nan, np.inf, -np.inf, 3e38]),
)
def test_example_does_not_know_its_neighbors(x, labels, junk):
    loss = losses.softmax_cross_entropy_with_integer_labels
    spoiled, wrong = x.copy(), labels.copy()
    spoiled[1, 0], wrong[2] = junk, -1
    got, plain = np.asarray(loss(spoiled, wrong)), np.asarray(loss(x, labels))
    np.testing.assert_array_equal(got[[0, 3]], plain[[0, 3]])
    assert np.isnan(got[2])
    wide = np.asarray(loss(x.astype(np.float64), labels))
    assert draws.close(plain, wide, ULPS)
