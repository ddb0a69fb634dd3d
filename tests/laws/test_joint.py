"""Laws of joint tables: dependence, its chain rules and its bounds."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import contract
from contract import sampled
from jaxinfo import logits, probs
from laws import draws

TWO = (3, 3, 4)
THREE = (3, 2, 3, 4)
KINDS = ["arithmetic", "geometric", "min", "max", "joint"]
DEPENDENCE = ["mutual_information", "lautum_information", "variation_of_information"]


def _f64(x):
    return np.asarray(x, np.float64)


def _joint(shape, draw=draws.grid_tables, **options):
    """Tables whose last axes are the variables, drawn flat."""
    flat = (shape[0], int(np.prod(shape[1:])))
    return draw(flat, **options).map(lambda p: p.reshape(shape))


def _margins(p):
    return p.sum(axis=2, dtype=np.float64), p.sum(axis=1, dtype=np.float64)


@st.composite
def products(draw, dtype=np.float32):
    """Joint tables of independent variables, without rounding."""
    # Twelve digits each, so that a product has twenty-four.
    x = draw(draws.compositions(2**12, TWO[:2])) / 2**12
    y = draw(draws.compositions(2**12, (TWO[0], TWO[2]))) / 2**12
    return (x[:, :, None] * y[:, None, :]).astype(dtype)


@st.composite
def nearly_products(draw, dtype=np.float32):
    """Independent variables with 2^-24 moved around a square of four cells."""
    p = draw(products(dtype)).astype(np.float64)
    size = draw(st.integers(1, 16)) / draws.GRID
    i, j = p[:, :2, :2].reshape(-1, 4).min(axis=1), p
    square = np.array([[1.0, -1.0], [-1.0, 1.0]]) * size
    square = np.where((i >= size)[:, None, None], square, 0.0)
    j[:, :2, :2] += square
    return j.astype(dtype)


joints = st.one_of(_joint(TWO), _joint(TWO, draws.tables), nearly_products())


@draws.law
@given(p=joints)
def test_dependence_is_not_negative(p):
    for name in [*DEPENDENCE, "conditional_entropy", "joint_entropy"]:
        assert (_f64(getattr(probs, name)(p)) >= 0).all(), name


@draws.law
@given(x=_joint(TWO, draws.logits))
def test_dependence_of_logits_is_not_negative(x):
    for name in [*DEPENDENCE, "conditional_entropy", "joint_entropy"]:
        assert (_f64(getattr(logits, name)(x)) >= 0).all(), name


@pytest.mark.usefixtures("x64")
@draws.law
@given(p=products(), wide=products(np.float64))
def test_independent_variables_share_exactly_nothing(p, wide):
    for table in (p, wide):
        for kind in ("mutual_information", "lautum_information"):
            assert (_f64(getattr(probs, kind)(table)) == 0).all(), kind
        pmi = _f64(probs.pointwise_mutual_information(table))
        assert (pmi[table > 0] == 0).all()
        assert np.isneginf(pmi[table == 0]).all()


@draws.law
@given(p=_joint(THREE), table=_joint(THREE, draws.tables))
def test_conditional_dependence_is_not_negative(p, table):
    for joint in (p, table):
        assert (_f64(probs.conditional_mutual_information(joint)) >= 0).all()


@draws.law
@given(x=_joint(THREE, draws.logits))
def test_conditional_dependence_of_logits_is_not_negative(x):
    assert (_f64(logits.conditional_mutual_information(x)) >= 0).all()


@draws.law
@given(data=st.data())
def test_variables_independent_given_a_third_share_exactly_nothing(data):
    z = data.draw(draws.compositions(2**8, (THREE[0], THREE[3]))) / 2**8
    # The mass of z is a power of two or 0, so that nothing is rounded.
    z = np.where(z > 0, 2.0**-3, 0.0)
    x = data.draw(draws.compositions(2**10, (THREE[0], THREE[3], THREE[1]))) / 2**10
    y = data.draw(draws.compositions(2**10, (THREE[0], THREE[3], THREE[2]))) / 2**10
    p = np.einsum("bk,bki,bkj->bijk", z, x, y).astype(np.float32)
    assert (_f64(probs.conditional_mutual_information(p)) == 0).all()


@pytest.mark.usefixtures("x64")
@draws.law
@given(p=st.one_of(_joint(TWO), nearly_products()))
def test_mutual_information_is_a_divergence(p):
    # In double precision the products of 24 digits are exact.
    x, y = _margins(p)
    both = x[:, :, None] * y[:, None, :]
    flat = [v.reshape(len(p), -1).astype(np.float64) for v in (p, both)]
    got = probs.mutual_information(p)
    assert draws.close(got, probs.kl_divergence(*flat), 16)
    back = probs.lautum_information(p)
    assert draws.close(back, probs.kl_divergence(*flat[::-1]), 16)
    # Of the pointwise dependence it is the mean.
    pmi = _f64(probs.pointwise_mutual_information(p))
    mean = np.where(p > 0, p * np.where(p > 0, pmi, 0), 0).sum(axis=(1, 2))
    size = np.where(p > 0, np.abs(p * np.where(p > 0, pmi, 0)), 0).sum(axis=(1, 2))
    assert draws.close(got, mean, 16, beside=size)


@pytest.mark.matrix
@draws.law
@given(p=st.one_of(_joint(TWO), nearly_products()))
def test_dependence_does_not_know_which_variable_is_first(p):
    turned = p.swapaxes(1, 2)
    for name in DEPENDENCE:
        verb = getattr(probs, name)
        other = verb(p, x_axis=-1, y_axis=-2)
        assert draws.close(verb(p), verb(turned), 16), name
        assert draws.close(verb(p), other, 16), name
    for kind in KINDS:
        verb = probs.normalized_mutual_information
        options = {"normalization": kind}
        assert draws.close(verb(p, **options), verb(turned, **options), 32), kind


@contract.long
@draws.law
@given(p=_joint(TWO))
def test_dependence_is_at_most_what_there_is_to_know(p):
    x, y = (v.astype(np.float32) for v in _margins(p))
    h_x, h_y = _f64(probs.entropy(x)), _f64(probs.entropy(y))
    shared = _f64(probs.mutual_information(p))
    assert draws.upper(shared, np.minimum(h_x, h_y), 16)
    ratios = {
        kind: _f64(probs.normalized_mutual_information(p, normalization=kind))
        for kind in KINDS
    }
    for kind, ratio in ratios.items():
        assert (ratio >= 0).all(), kind
        assert draws.upper(ratio, 1, 16), kind
    order = ["joint", "max", "arithmetic", "geometric", "min"]
    for less, more in itertools.pairwise(order):
        assert draws.upper(ratios[less], ratios[more], 16), (less, more)
    assert draws.upper(probs.conditional_entropy(p), h_y, 16)
    assert draws.upper(probs.joint_entropy(p), h_x + h_y, 16)


@draws.law
@given(p=_joint(TWO))
def test_chain_rules_of_two_variables(p):
    x, y = (v.astype(np.float32) for v in _margins(p))
    h_x, h_y, h_xy = (_f64(probs.entropy(v)) for v in (x, y, p.reshape(len(p), -1)))
    given_x = _f64(probs.conditional_entropy(p))
    given_y = _f64(probs.conditional_entropy(p, axis=-2, given=-1))
    shared = _f64(probs.mutual_information(p))
    apart = _f64(probs.variation_of_information(p))
    assert draws.close(probs.joint_entropy(p), h_xy, 4)
    assert draws.close(h_xy, h_x + given_x, 16)
    assert draws.close(h_xy, h_y + given_y, 16)
    assert draws.close(h_y, given_x + shared, 16)
    assert draws.close(h_xy, given_x + given_y + shared, 16)
    assert draws.close(apart, given_x + given_y, 4)


@pytest.mark.matrix
@pytest.mark.usefixtures("x64")
@draws.law
@given(p=_joint(THREE, dtype=np.float64))
def test_chain_rule_of_mutual_information(p):
    whole = probs.mutual_information(p, x_axis=1, y_axis=(2, 3))
    pair = _f64(probs.mutual_information(p.sum(axis=3)))
    rest = probs.conditional_mutual_information(p, x_axis=1, y_axis=3, z_axis=2)
    assert draws.close(whole, pair + _f64(rest), 64, dtype=np.float64)
    given_z = probs.conditional_entropy(p.sum(axis=2), axis=1, given=2)
    given_both = _f64(probs.conditional_entropy(p, axis=1, given=(2, 3)))
    conditional = _f64(probs.conditional_mutual_information(p))
    assert draws.close(given_z, given_both + conditional, 64, dtype=np.float64)


@pytest.mark.usefixtures("x64")
@draws.law
@given(p=_joint(TWO, dtype=np.float64), channel=draws.channels(TWO[-1]))
def test_processing_a_variable_loses_information(p, channel):
    before = _f64(probs.mutual_information(p))
    after = _f64(probs.mutual_information(p @ channel))
    # The product rounds every cell by some 1e-16; MI is of second order in that.
    assert (after <= before * (1 + 1e-12) + 1e-15).all()
    merged = np.stack([p[..., 0] + p[..., 1], p[..., 2] + p[..., 3]], axis=-1)
    merged = np.concatenate([merged, np.zeros_like(merged)], axis=-1)
    assert (_f64(probs.mutual_information(merged)) <= before * (1 + 1e-14)).all()


@pytest.mark.usefixtures("x64")
@draws.law
@given(p=_joint(THREE, dtype=np.float64))
def test_variation_of_information_obeys_the_triangle_inequality(p):
    # The third variable counts as a batch: sum it out first.
    sides = {
        (a, b): _f64(probs.variation_of_information(p.sum(axis=c)))
        for a, b, c in ((1, 2, 3), (1, 3, 2), (2, 3, 1))
    }
    for side in sides:
        detour = sum(v for k, v in sides.items() if k != side)
        assert draws.upper(sides[side], detour, 64, dtype=np.float64), side


@sampled("kind", KINDS, "arithmetic")
@draws.law
@given(counts=draws.compositions(shape=draws.SHAPE))
def test_copy_shares_everything(kind, counts):
    diagonal = draws.as_tables(counts)[:, :, None] * np.eye(draws.SHAPE[-1])
    p = diagonal.astype(np.float32)
    entropy = _f64(probs.entropy(draws.as_tables(counts)))
    assert draws.close(probs.mutual_information(p), entropy, 16)
    assert (_f64(probs.variation_of_information(p)) == 0).all()
    assert (_f64(probs.conditional_entropy(p)) == 0).all()
    ratio = probs.normalized_mutual_information(p, normalization=kind)
    # Two constants agree perfectly by convention.
    assert draws.close(ratio, 1, 16)
