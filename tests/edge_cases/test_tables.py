"""Zeros, tiny numbers, low precision and NaN in probability tables."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import quick, sampled
from edge_cases import oracle
from jaxinfo import probs

# Powers of two wherever rows are meant to be equal or to sum to one exactly.
GENERIC_P = [0.5, 0.25, 0.125, 0.125]
GENERIC_Q = [0.125, 0.5, 0.0625, 0.3125]
NORMAL = float(np.finfo(np.float32).tiny)  # the smallest normal number
CASES = {
    "generic": (GENERIC_P, GENERIC_Q),
    "p0": ([0.5, 0.5, 0, 0], [0.25, 0.375, 0.125, 0.25]),
    "p0q0": ([0.75, 0.25, 0, 0], [0.5, 0.5, 0, 0]),
    "q0": ([0.5, 0.125, 0.25, 0.125], [0.75, 0, 0.25, 0]),
    "disjoint": ([0.75, 0.25, 0, 0], [0, 0, 0.25, 0.75]),
    "onehot_p": ([0, 1, 0, 0], GENERIC_Q),
    "onehot_q": (GENERIC_P, [0, 1, 0, 0]),
    "onehots": ([0, 1, 0, 0], [0, 0, 0, 1]),
    "equal": (GENERIC_P, GENERIC_P),
    "equal_with_zeros": ([0.75, 0, 0.25, 0], [0.75, 0, 0.25, 0]),
    "equal_onehots": ([0, 1, 0, 0], [0, 1, 0, 0]),
    "tiny_p": ([NORMAL, 0.5, 0.25, 0.25], GENERIC_Q),
    "tiny_q": (GENERIC_P, [NORMAL, 0.5, 0.25, 0.25]),
    "tiny_both": ([NORMAL, 0.5, 0.25, 0.25], [4 * NORMAL, 0.25, 0.5, 0.25]),
}
P, Q = (np.array([case[k] for case in CASES.values()], np.float32) for k in (0, 1))
NAMES = [*oracle.OF_ONE, *oracle.OF_TWO]
# The tests of one verb follow each other, so that a worker compiles it once. What is a
# function of another measure is part of the matrix.
by_name = sampled("name", NAMES, *set(NAMES) - oracle.DERIVED, scope="module")
# Of what is a program of its own for every verb.
by_some_names = sampled("name", NAMES, scope="module")
# Twice the budget of the truth cases, for the entries of a gradient that is a root.
ULPS = 32


@functools.cache
def _program(name):
    """Values and gradients of a batch, compiled once for every case."""
    verb = getattr(probs, name)
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


@by_name
def test_values_are_right(name):
    got, _ = _results(name)
    assert got.dtype == np.float32
    for k, (case, rows) in enumerate(CASES.items()):
        want = oracle.value(name, *rows[: 1 if name in oracle.OF_ONE else 2])
        assert oracle.close(got[k], want, ULPS), (case, got[k], want)
        if case.startswith("equal") and "divergence" in name:
            assert got[k] == 0, case


def _known(name, p, q):
    """The entries where the slope is settled.

    Where both masses are 0 it depends on the direction; the largest entry of a table
    that has two has a slope in each; a distance of equal rows has none.
    """
    known = (p > 0) | (q > 0)
    if name == "min_entropy" and (p == p.max()).sum() > 1:
        known &= False
    if name in ("js_distance", "hellinger_distance") and (p == q).all():
        known &= False
    if name == "bhattacharyya_distance":
        known &= (p > 0) & (q > 0)
    return known


@by_name
def test_gradients_are_right_and_never_nan(name):
    _, slopes = _results(name)
    for k, (case, _) in enumerate(CASES.items()):
        rows = (P[k], Q[k])[: len(slopes)]
        known = _known(name, P[k], Q[k])
        if name in oracle.OF_ONE:
            known &= (P[k] > 0) | (name != "min_entropy")
        for slope, want in zip(slopes, oracle.gradients(name, *rows), strict=True):
            got = slope[k]
            assert not np.isnan(got).any(), (case, got)
            if name == "bhattacharyya_distance" and known.any():
                # It counts as a function of normalized tables, with slopes up to a
                # constant: that of -log1p(-H^2) or that of -log of the coefficient.
                got, want = (v - v[known].mean() for v in (got, want))
            # Beyond single precision: the derivative is right to be infinite.
            with np.errstate(over="ignore"):
                want = want.astype(np.float32)
            for i in np.flatnonzero(known):
                assert oracle.close(got[i], want[i], ULPS), (case, i, got, want)
            assert np.isfinite(got[~known]).all(), (case, got)


@pytest.mark.parametrize(
    "name", ["js_distance", "hellinger_distance", "total_variation_distance"]
)
def test_distances_of_equal_rows_have_slope_zero(name):
    _, slopes = _results(name)
    for k, case in enumerate(CASES):
        if case.startswith("equal"):
            assert all((s[k] == 0).all() for s in slopes), case


@by_name
def test_subnormal_entries_are_right_or_flushed(name):
    # Accelerators, and the CPU of JAX, take numbers below 1.2e-38 for 0.
    subnormal = np.float32(1e-40)
    row = np.array([[subnormal, 0.5, 0.25, 0.25]], np.float32)
    flushed = np.where(row == subnormal, 0, row)
    other = np.array([GENERIC_Q], np.float32)
    for pair, zeroed in (
        ((row, other), (flushed, other)),
        ((other, row), (other, flushed)),
    ):
        value, slopes = _program(name)(*map(_filled, pair))
        count = len(slopes)
        exact = oracle.value(name, *[v[0] for v in pair[:count]])
        zero = oracle.value(name, *[v[0] for v in zeroed[:count]])
        assert any(oracle.close(value[0], want, ULPS) for want in (exact, zero))
        assert not np.isnan(slopes).any()


def _filled(rows):
    """As many rows as there are cases, so that the program is theirs."""
    return rows[np.arange(len(CASES)) % len(rows)]


@by_name
def test_nan_is_not_hidden(name):
    count = 1 if name in oracle.OF_ONE else 2
    for place in range(4):
        for k in range(count):
            rows = [P.copy(), Q.copy()]
            rows[k][:, place] = np.nan
            value, _ = _program(name)(*rows)
            # Not even where the other argument is 0, or the value infinite.
            assert np.isnan(value).all(), (place, k, value)


@pytest.mark.matrix
@by_name
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16], ids=str)
def test_half_precision_is_computed_in_single(name, dtype):
    half = [np.asarray(jnp.asarray(v, dtype)) for v in (P[:11], Q[:11])]
    wide = [v.astype(np.float32) for v in half]
    got, slopes = _program(name)(*half)
    want, wide_slopes = _program(name)(*wide)
    assert got.dtype == jnp.float32
    np.testing.assert_array_equal(got, want)
    for slope, reference in zip(slopes, wide_slopes, strict=True):
        assert slope.dtype == dtype
        rounded = np.asarray(jnp.asarray(reference, dtype), np.float32)
        # One rounding; two programs may differ in the last digit before it.
        np.testing.assert_allclose(
            np.asarray(slope, np.float32), rounded, rtol=float(jnp.finfo(dtype).eps)
        )


@by_some_names
def test_smallest_number_of_half_precision(name):
    # 6e-8 is subnormal in float16, and an ordinary number in float32.
    rows = np.array([[6e-8, 0.5, 0.25, 0.25], GENERIC_P], np.float16)
    for pair in ((rows[:1], rows[1:]), (rows[1:], rows[:1])):
        value, slopes = _program(name)(*pair)
        want = oracle.value(name, *[v[0] for v in pair[: len(slopes)]])
        assert oracle.close(value[0], want, ULPS)
        assert not np.isnan(np.asarray(slopes, np.float32)).any()


@by_name
def test_unnormalized_tables_are_taken_as_they_are(name):
    rows = np.array([[1, 2, 3, 4]], np.float32), np.array([[4, 3, 2, 1]], np.float32)
    value, slopes = _program(name)(*map(_filled, rows))
    rows = [v[0] for v in rows[: len(slopes)]]
    assert oracle.close(value[0], oracle.value(name, *rows), ULPS)
    for slope, want in zip(slopes, oracle.gradients(name, *rows), strict=True):
        assert oracle.close(slope[0], want, ULPS)


@pytest.mark.parametrize("name", ["js_divergence", "kl_divergence", "cross_entropy"])
def test_gradient_in_a_small_entry(name):
    small = np.array([1e-3, 1e-6, 1e-9, 1e-12, 1e-20, 1e-30], np.float32)
    p = np.stack([small, 1 - small], axis=-1)
    q = np.full_like(p, 0.5)
    for pair in ((p, q), (q, p)):
        _, slopes = _program(name)(*pair)
        for k in range(len(small)):
            wants = oracle.gradients(name, *[v[k] for v in pair])
            # Each entry has digits of its own.
            for slope, want in zip(slopes, wants, strict=True):
                for got, exact in zip(slope[k], want, strict=True):
                    assert oracle.close(got, exact, ULPS), (small[k], slope[k], want)


@pytest.mark.parametrize(
    "name", ["kl_divergence", "jeffreys_divergence", "js_divergence"]
)
@pytest.mark.parametrize("scale", [1.0, 4.0, 1e4, 1e20])
def test_large_masses_beside_zeros(name, scale):
    p = np.array([[1, 0, 2, 0], [1, 0, 2, 0], [1, 2, 0, 3]], np.float32) * scale
    q = np.array([[1, 3, 4, 0], [1, 0, 3, 0], [1, 3, 4, 4]], np.float32) * scale
    value, slopes = _program(name)(_filled(p), _filled(q))
    for k in range(3):
        assert oracle.close(value[k], oracle.value(name, p[k], q[k]), ULPS)
    assert not np.isnan(slopes).any()


@by_some_names
def test_empty_tables(name):
    for shape in ((3, 0), (0, 4)):
        value, slopes = _program(name)(*2 * [np.zeros(shape, np.float32)])
        assert value.shape == shape[:-1]
        assert all(s.shape == shape for s in slopes)
        assert (np.asarray(value) == 0).all(), value


@by_some_names
def test_no_outcome_left(name):
    verb = getattr(probs, name)
    count = 1 if name in oracle.OF_ONE else 2
    where = np.ones(P.shape, bool)
    where[1] = False

    @quick
    def run(where, *arrays):
        value, pull = jax.vjp(lambda *a: verb(*a, where=where), *arrays[:count])
        return value, pull(jnp.ones_like(value))

    junk = [np.where(where, v, np.nan).astype(np.float32) for v in (P, Q)]
    value, slopes = run(where, *junk)
    value, (plain, _) = np.asarray(value), _results(name)
    others = np.arange(len(P)) != 1
    np.testing.assert_allclose(value[others], plain[others], rtol=1e-6)
    assert float(value[1]) == 0
    assert all((s[1] == 0).all() for s in slopes)
