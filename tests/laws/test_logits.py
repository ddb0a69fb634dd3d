"""What a softmax forgets: a constant added to a row of logits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import sampled
from jaxinfo import logits, losses
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
JOINT = [
    "conditional_entropy",
    "joint_entropy",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "pointwise_mutual_information",
    "variation_of_information",
]
# Multiples of 2^-8 below 2^16 have 24 digits: adding them rounds nothing.
shifts = st.integers(-(2**22), 2**22).map(lambda n: np.float32(n / 2**8))


def _value_and_slopes(name, count):
    verb = getattr(logits, name)

    @jax.jit
    def both(*arrays):
        value, pull = jax.vjp(lambda *a: verb(*a), *arrays)
        return value, pull(jnp.ones_like(value))

    return both


@sampled("name", OF_ONE + OF_TWO)
@draws.law
@given(pair=st.tuples(draws.logit_grids(), draws.logit_grids()), a=shifts, b=shifts)
def test_shift_changes_no_bit(name, pair, a, b):
    count = 1 if name in OF_ONE else 2
    both = PROGRAMS.setdefault(name, _value_and_slopes(name, count))
    plain = both(*pair[:count])
    moved = both(*[x + c for x, c in zip(pair, (a, b), strict=True)][:count])
    for got, want in zip(jax.tree.leaves(moved), jax.tree.leaves(plain), strict=True):
        np.testing.assert_array_equal(got, want)


PROGRAMS = {}


@sampled("name", JOINT)
@draws.law
@given(x=draws.logit_grids((2, 12)).map(lambda x: x.reshape(2, 3, 4)), a=shifts)
def test_shift_of_joint_logits_changes_no_bit(name, x, a):
    verb = getattr(logits, name)
    np.testing.assert_array_equal(verb(x + a), verb(x))


@draws.law
@given(
    x=draws.logit_grids(),
    targets=draws.grid_tables(),
    labels=st.lists(
        st.integers(0, draws.SHAPE[1] - 1),
        min_size=draws.SHAPE[0],
        max_size=draws.SHAPE[0],
    ).map(np.array),
    a=shifts,
)
def test_shift_changes_no_loss(x, targets, labels, a):
    soft = losses.softmax_cross_entropy
    hard = losses.softmax_cross_entropy_with_integer_labels
    np.testing.assert_array_equal(soft(x + a, targets), soft(x, targets))
    np.testing.assert_array_equal(hard(x + a, labels), hard(x, labels))
    smooth = {"label_smoothing": 0.125}
    np.testing.assert_array_equal(
        hard(x + a, labels, **smooth), hard(x, labels, **smooth)
    )


@sampled("name", OF_TWO)
@draws.law
@given(pair=draws.logit_pairs(bound=30.0))
def test_slopes_along_a_shift_vanish(name, pair):
    both = PROGRAMS.setdefault(name, _value_and_slopes(name, 2))
    value, slopes = both(*pair)
    finite = np.isfinite(value)
    for slope in slopes:
        slope = np.asarray(slope, np.float64)[finite]
        # One rounding for each of six entries, in units of the largest; an entry
        # is itself the difference of numbers as large as the divergence.
        size = np.abs(slope).sum(axis=-1) + np.asarray(value, np.float64)[finite]
        if name == "bhattacharyya_distance":
            size += 1  # masses less an exponential of the distance
        assert draws.close(slope.sum(axis=-1), 0, 32, beside=size)


@pytest.mark.usefixtures("x64")
@draws.law
@given(x=draws.logits(), targets=draws.grid_tables())
def test_loss_is_a_cross_entropy(x, targets):
    loss, report = losses.softmax_cross_entropy_with_report(x, targets)
    np.testing.assert_array_equal(loss, losses.softmax_cross_entropy(x, targets))
    parts = (np.asarray(v, np.float64) for v in report[1:3])
    assert draws.close(report.cross_entropy, sum(parts), 32)
    assert (np.asarray(report.kl_divergence) >= 0).all()
    with np.errstate(divide="ignore"):
        log_targets = np.log(targets.astype(np.float64))
    same = logits.cross_entropy(log_targets, x.astype(np.float64))
    assert draws.close(loss, same, 16)
