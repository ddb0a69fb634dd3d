"""Masks, huge and infinite logits, low precision and NaN."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import quick, sampled
from edge_cases import oracle
from jaxinfo import logits

INF = np.inf
X = [0.5, -1.25, 2.0, 0.75]
Y = [1.5, 0.25, -0.5, 1.0]
CASES = {
    "generic": (X, Y),
    "mask_both": ([0.5, -INF, 2.0, -INF], [1.5, -INF, -0.5, -INF]),
    "mask_p": ([0.5, -INF, 2.0, -INF], Y),
    "mask_q": (X, [1.5, -INF, -0.5, -INF]),
    "mask_different": ([0.5, -INF, 2.0, 0.75], [1.5, 0.25, -0.5, -INF]),
    "disjoint": ([0.5, 2.0, -INF, -INF], [-INF, -INF, 1.5, 1.0]),
    "one_left_p": ([-INF, -INF, 7.0, -INF], Y),
    "one_left_both": ([-INF, -INF, 7.0, -INF], [-INF, -INF, -3.0, -INF]),
    "1e4": ([1e4, -1e4, 0, 5e3], [-1e4, 1e4, 0, 1.0]),
    "1e4_shared": ([1e4, 9999, 9998, 0], [1e4, 9998, 9999, 1]),
    "3e38": ([3e38, 0, -3e38, 1e38], [3e38, 1, -3e38, 2e38]),
    "1e37_apart": ([1e37, 0, -1e37, 1], [-1e37, 0, 1e37, 1]),
    "1e38_apart": ([1e38, 0, -1e38, 1], [-1e38, 0, 1e38, 1]),
    "gap100": ([0, -100, -1, -2], [0.5, 0, -100, -1]),
    "gap200": ([0, -200, -1, -2], [0.5, 0, -200, -1]),
    "gap200_both": ([200, 0, 100, 0], [0, 200, 100, 0]),
    "gap_only": ([0, -200, -300, -400], [-200, 0, -300, -400]),
    "equal": (X, X),
    "equal_masked": ([0.5, -INF, 2.0, -INF],) * 2,
    "equal_shifted": (X, [v + 1024 for v in X]),
}
P, Q = (np.array([case[k] for case in CASES.values()], np.float32) for k in (0, 1))
NAMES = [*oracle.OF_ONE, *oracle.OF_TWO]
# The tests of one verb follow each other, so that a worker compiles it once. What is a
# function of another measure is part of the matrix.
by_name = sampled("name", NAMES, *set(NAMES) - oracle.DERIVED, scope="module")
# Of what is a program of its own for every verb.
by_some_names = sampled("name", NAMES, scope="module")
UNBOUNDED = ["chi_squared_divergence", "cross_entropy", "kl_divergence"]
# Twice the budget of the truth cases.
ULPS = 32


@functools.cache
def _program(name):
    """Values and gradients of a batch, compiled once for every case."""
    verb = getattr(logits, name)
    count = 1 if name in oracle.OF_ONE else 2

    @quick
    def run(*arrays):
        value, pull = jax.vjp(lambda *a: verb(*a), *arrays[:count])
        return value, pull(jnp.ones_like(value))

    return run


@functools.cache
def _results(name):
    value, slopes = _program(name)(P, Q)
    return np.asarray(value), [np.asarray(s) for s in slopes]


def _value(name, *rows):
    """The measure of softmaxes, in high precision."""
    return oracle.value(name, *map(oracle.softmax, rows))


def _single(x):
    """Rounded to single precision; what it cannot hold is 0 or infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(x, np.float32)


@by_name
def test_values_are_right(name):
    got, _ = _results(name)
    assert got.dtype == np.float32
    for k, case in enumerate(CASES):
        want = _value(name, *(P[k], Q[k])[: 1 if name in oracle.OF_ONE else 2])
        size = 1 if name == "bhattacharyya_distance" else 0
        if case.startswith("equal") and name.endswith(("divergence", "distance")):
            assert got[k] == 0, case
        assert oracle.close(got[k], _single(want), ULPS, size=size), (
            case,
            got[k],
            want,
        )


@by_name
def test_gradients_are_right_and_never_nan(name):
    value, slopes = _results(name)
    for k, case in enumerate(CASES):
        rows = (P[k], Q[k])[: len(slopes)]
        for slope in slopes:
            assert not np.isnan(slope[k]).any(), (case, slope[k])
        if np.isinf(value[k]) or (value[k] == 0 and "distance" in name):
            continue
        for slope, x, want in zip(
            slopes, rows, oracle.logit_gradients(name, *rows), strict=True
        ):
            if name == "min_entropy" and (x == x.max()).sum() > 1:
                continue
            # An entry is a difference of numbers as large as the value.
            size = max(abs(float(value[k])), 1) * np.abs(want).max() + 1e-7
            assert oracle.close(slope[k], _single(want), ULPS, size=size), (case, want)
            # What is absent has no slope.
            assert (slope[k][np.isneginf(x)] == 0).all(), (case, slope[k])


@pytest.mark.parametrize("name", ["kl_divergence", "cross_entropy"])
def test_gradients_of_infinite_divergence(name):
    value, (in_x, in_y) = _results(name)
    seen = 0
    for k, case in enumerate(CASES):
        lacks = np.isneginf(Q[k]) & ~np.isneginf(P[k])
        assert (value[k] == INF) == lacks.any(), case
        if not lacks.any():
            continue
        seen += 1
        p, q = (np.array(oracle.softmax(v), np.float64) for v in (P[k], Q[k]))
        assert oracle.close(in_y[k], q - p, ULPS), case
        want = np.where(np.isneginf(P[k]), 0, np.where(lacks, INF, -INF))
        if (lacks == ~np.isneginf(P[k])).all():
            want = np.zeros(4)  # nowhere to move to
        np.testing.assert_array_equal(in_x[k], want, case)
    assert seen == 3


@sampled(
    "name",
    ["chi_squared_divergence", "jeffreys_divergence"],
    "chi_squared_divergence",
)
def test_other_infinite_divergences_have_the_same_limits(name):
    value, (in_x, _) = _results(name)
    k = list(CASES).index("mask_q")
    assert value[k] == INF
    np.testing.assert_array_equal(in_x[k], [-INF, INF, -INF, INF])


@by_some_names
def test_no_outcome_left(name):
    verb = getattr(logits, name)
    where = np.ones(P.shape, bool)
    where[0] = False

    @quick
    def run(*arrays):
        value, pull = jax.vjp(lambda *a: verb(*a, where=where), *arrays)
        return value, pull(jnp.ones_like(value))

    rows = [P.copy(), Q.copy()][: 1 if name in oracle.OF_ONE else 2]
    for x in rows:
        x[0], x[1] = np.nan, -INF  # by the mask, and by themselves
    value, slopes = run(*rows)
    assert (np.asarray(value)[:2] == 0).all()
    assert all((s[:2] == 0).all() for s in slopes)
    np.testing.assert_allclose(value[2:], _results(name)[0][2:], rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("name", ["kl_divergence", "cross_entropy"])
def test_no_outcome_of_one_argument_left(name):
    nothing = np.full(P.shape, -INF, np.float32)
    some = np.broadcast_to(np.array(Y, np.float32), P.shape)
    value, slopes = _program(name)(some, nothing)
    assert (value == INF).all()  # p lies outside q altogether
    assert (slopes[0] == 0).all()
    value, slopes = _program(name)(nothing, some)
    assert (value == 0).all()  # there is nothing to encode
    assert all((s == 0).all() for s in slopes)


@by_name
@pytest.mark.parametrize("junk", [np.nan, INF])
def test_what_is_no_distribution_is_not_hidden(name, junk):
    if name == "hartley_entropy" and junk == INF:
        return  # it counts outcomes, and they are there
    for place in range(4):
        for k in range(1 if name in oracle.OF_ONE else 2):
            rows = [P.copy(), Q.copy()]
            rows[k][:, place] = junk
            value, _ = _program(name)(*rows)
            hidden = np.isfinite(value) if junk == INF else ~np.isnan(value)
            assert not hidden.any(), (place, k, value)


F16_6E4 = [6e4, 59e3, -6e4, 0], [59968, 6e4, 6e4, -INF]


@pytest.mark.matrix
@by_name
def test_half_precision_is_computed_in_single(name):
    half = [np.asarray(jnp.asarray(v[:8], jnp.bfloat16)) for v in (P, Q)]
    got, slopes = _program(name)(*half)
    want, wide_slopes = _program(name)(*[v.astype(np.float32) for v in half])
    assert got.dtype == jnp.float32
    np.testing.assert_array_equal(got, want)
    for slope, reference in zip(slopes, wide_slopes, strict=True):
        assert slope.dtype == jnp.bfloat16
        for row, exact in zip(np.asarray(slope, np.float32), reference, strict=True):
            rounded = np.asarray(jnp.asarray(exact, jnp.bfloat16), np.float32)
            assert oracle.close(row, rounded, 1, dtype=jnp.bfloat16)


@sampled("name", ["entropy", *UNBOUNDED, "js_divergence"])
def test_float16_near_its_largest_number(name):
    rows = [np.array([v], np.float16) for v in F16_6E4]
    value, slopes = _program(name)(*rows)
    assert value.dtype == jnp.float32
    want = _single(_value(name, *[v[0] for v in rows][: len(slopes)]))
    assert oracle.close(value[0], want, ULPS)
    assert all(s.dtype == jnp.float16 for s in slopes)
    assert not np.isnan(np.asarray(slopes, np.float32)).any()


@by_some_names
def test_empty_logits(name):
    value, slopes = _program(name)(*2 * [np.zeros((3, 0), np.float32)])
    assert value.shape == (3,)
    assert all(s.shape == (3, 0) for s in slopes)
    assert (np.asarray(value) == 0).all(), value
