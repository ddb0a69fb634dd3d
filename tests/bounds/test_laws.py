"""Directions, caps and closed forms: expectations over all batches of a small table."""

import functools
import itertools
import math

import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from bounds.formulas import sampled
from contract import WIDEST
from jaxinfo import bounds

# A joint table with a pair that never occurs, and one without.
SPARSE = np.array([[0.4, 0.1, 0.0], [0.05, 0.15, 0.3]])
FULL = np.array([[0.4, 0.1, 0.05], [0.05, 0.15, 0.25]])
BATCH = 3


def product(p):
    return p.sum(1, keepdims=True) * p.sum(0, keepdims=True)


def information(p):
    """In nats, by the definition."""
    joint, marginals = p[p > 0], product(p)[p > 0]
    return float((joint * np.log(joint / marginals)).sum())


def all_batches(p):
    """Every batch of pairs that can occur, and its probability."""
    cells = np.argwhere(p > 0)
    batches = cells[np.array(list(itertools.product(range(len(cells)), repeat=BATCH)))]
    x, y = batches[..., 0], batches[..., 1]
    return x, y, p[x, y].prod(-1)


def scores_of(critic, x, y):
    return jnp.asarray(critic[x[:, :, None], y[:, None, :]], WIDEST)


@functools.lru_cache
def compiled(bound):
    return contract.quick(bound)


def between(f, log_baseline):
    """The interpolated bound for three alphas, the last axis."""
    bound = functools.partial(bounds.interpolated, f, log_baseline)
    return jax.vmap(bound, out_axes=-1)(jnp.asarray([0.0, 0.2, 1.0], f.dtype))


def expectation(p, bound, critic, *of_x, of_pair=()):
    """Of a bound whose critic is a table; other arguments are tables too."""
    x, y, weight = all_batches(p)
    more = [jnp.asarray(a[x], WIDEST) for a in of_x]
    more += [jnp.asarray(a[x, y], WIDEST) for a in of_pair]
    values = compiled(bound)(scores_of(critic, x, y), *more)
    return weight @ np.asarray(values, "float64")


def log_ratio(p):
    with np.errstate(divide="ignore"):
        return np.log(p / product(p))


def tolerance():
    return 1e-10 if WIDEST == "float64" else 2e-5


@pytest.mark.parametrize(
    "p",
    [
        pytest.param(SPARSE, id="sparse"),
        pytest.param(FULL, id="full", marks=pytest.mark.matrix),
    ],
)
def test_the_best_critic_is_tight(p):
    """Unbiased bounds have the mutual information itself as expectation.

    The ratio is 0 where a pair never occurs: its score of -inf is counted.
    """
    best, truth = log_ratio(p), information(p)
    baseline = np.array([0.3, -0.8])
    shifted = best + baseline[:, None]
    level = np.log(product(p).sum(0) @ np.exp(shifted).T)[:, None] - shifted
    got = {
        "nwj": expectation(p, bounds.nwj, best + 1),
        "tuba": expectation(p, bounds.tuba, shifted, baseline),
        "alpha 0": expectation(p, between, shifted, baseline)[0],
        "flo": expectation(p, bounds.flo, shifted, of_pair=[level]),
    }
    for name, value in got.items():
        assert value == pytest.approx(truth, abs=tolerance()), name
    # At most the cap is lost, and some of it is.
    capped = expectation(p, bounds.info_nce, best)
    assert 0 < capped < min(truth, math.log(BATCH)) - 0.01
    # Twice the Jensen-Shannon divergence, less log 4.
    q = product(p)
    m, s = (p + q) / 2, p > 0
    js = 0.5 * (p[s] * np.log(p[s] / m[s])).sum() + 0.5 * (q * np.log(q / m)).sum()
    got = expectation(p, bounds.js_bound, best)
    assert got == pytest.approx(2 * js - math.log(4), abs=tolerance())


def test_conditional_densities():
    """The lower bound is exact; the upper bounds are above, CLUB by what is known."""
    p, q = FULL, product(FULL)
    truth, marginal = information(p), p.sum(0)
    log_conditional = np.log(p / p.sum(1, keepdims=True))
    entropy = float(-(marginal * np.log(marginal)).sum())
    got = expectation(
        p,
        lambda f: bounds.barber_agakov(f, jnp.asarray(entropy, WIDEST)),
        log_conditional,
    )
    assert got == pytest.approx(truth, abs=tolerance())
    club = expectation(p, bounds.club, log_conditional)
    want = float(((p - q) * log_conditional).sum())
    assert club == pytest.approx(want, abs=tolerance())
    out = expectation(p, bounds.leave_one_out, log_conditional)
    assert truth < out < club


@pytest.mark.matrix
def test_other_critics_stay_below():
    """Lower bounds for any critic, baseline, level and alpha."""
    rng = np.random.default_rng(0)
    for p in (SPARSE, FULL):
        truth = information(p)
        for scale in (0.3, 1.0, 3.0):
            critic = log_ratio(FULL) + scale * rng.normal(size=p.shape)
            baseline, level = rng.normal(size=2), rng.normal(size=p.shape)
            values = [
                expectation(p, bounds.info_nce, critic),
                expectation(p, bounds.nwj, critic),
                expectation(p, bounds.tuba, critic, baseline),
                expectation(p, bounds.flo, critic, of_pair=[level]),
            ]
            values += list(expectation(p, between, critic, baseline))
            assert max(values) < truth
            # The average of logarithms of averages is not a bound, but above NWJ.
            assert expectation(p, bounds.donsker_varadhan, critic) > values[1]


sizes = st.sampled_from([2, 5])
scales = st.sampled_from([1e-3, 1.0, 30.0, 1e4, 1e30])
seeds = st.integers(0, 2**32 - 1)


def drawn(seed, scale, size):
    rng = np.random.default_rng(seed)
    f = scale * rng.normal(size=(64, size, size))
    # Some rows are decided, some undecided, some have scores of -inf.
    f[::4] += 40 * scale * np.eye(size)[None]
    f[1::8] = f[1::8, :1, :1]
    return jnp.asarray(f, "float32")


@contract.long
@hypothesis.given(seeds, scales, sizes)
@hypothesis.settings(max_examples=15)
def test_info_nce_never_exceeds_its_cap(seed, scale, size):
    f = drawn(seed, scale, size)
    assert (np.asarray(bounds.info_nce(f)) <= np.float32(math.log(size))).all()
    eye = jnp.eye(size, dtype="float32")
    best = bounds.info_nce(1e4 * scale * eye)
    np.testing.assert_allclose(best, math.log(size) if scale >= 1 else best, rtol=1e-6)


@hypothesis.given(seeds, scales, st.sampled_from([0.0, 0.1, 0.5, 1.0]))
@hypothesis.settings(max_examples=15)
def test_interpolation_never_exceeds_its_cap(seed, scale, alpha):
    f = drawn(seed, scale, 5)
    baseline = jnp.zeros((), "float32")
    value = np.asarray(bounds.interpolated(f, baseline, alpha))
    assert not np.isnan(value).any()
    if alpha:
        cap = math.log(4 / alpha) + (alpha < 1)
        assert (value <= cap * (1 + 1e-6)).all()


@pytest.mark.matrix
@hypothesis.given(seeds, scales)
@hypothesis.settings(max_examples=15)
def test_directions_of_every_batch(seed, scale):
    """What holds for every matrix, not only on average."""
    f = drawn(seed, min(scale, 30.0), 5)
    nwj, dv = bounds.nwj(f), bounds.donsker_varadhan(f)
    slack = 1e-5 * (1 + np.abs(np.asarray(f)).max())
    assert (np.asarray(nwj) <= np.asarray(dv) + slack).all()
    js = np.asarray(bounds.js_bound(f))
    assert (js <= 0).all()
    out, club = bounds.leave_one_out(f), bounds.club(f)
    assert (np.asarray(out) <= np.asarray(club) + slack).all()
    wide = bounds.smile(f, clip=jnp.inf)
    np.testing.assert_array_equal(wide, dv)


def test_undecided_scores_have_no_information():
    """Exactly 0 at equality, and all digits near it."""
    for level in (0.0, -3.7, 1e4):
        f = jnp.full((7, 7), level, "float32")
        assert bounds.info_nce(f) == 0
        np.testing.assert_allclose(bounds.donsker_varadhan(f), 0, atol=2e-7)
    rng = np.random.default_rng(2)
    f = (1e-4 * rng.normal(size=(7, 7))).astype("float32")
    wide = f.astype("float64")
    shares = np.exp(wide - np.diag(wide)[:, None]).mean(-1)
    np.testing.assert_allclose(bounds.info_nce(f), -np.log(shares).mean(), rtol=2e-6)


HUGE = [1e2, 1e4, 1e36]


@sampled("info_nce", "nwj", "interpolated 0.3")
def test_gradients_are_finite_at_huge_scores(case):
    """Also with pairs that the critic rules out, whole rows of them included."""
    rng = np.random.default_rng(5)
    f = rng.choice([-1.0, 1.0], size=(len(HUGE), 2, 4, 4)) * rng.random((4, 4))
    f *= np.array(HUGE)[:, None, None, None]
    f[:, 1, 0, 1:] = f[:, 1, 2, 3] = -np.inf
    _, *rest = case.args(batch=f.shape[:2], size=4, dtype="float32")

    @contract.quick
    def both(f, *rest):
        value, pull = jax.vjp(case.fn, f, *rest)
        return value, pull(jnp.ones_like(value))

    value, gradients = both(jnp.asarray(f, "float32"), *rest)
    assert not np.isnan(value[:, 0]).any()
    for gradient in gradients:
        assert np.isfinite(gradient).all()


def test_value_where_the_exponential_overflows():
    f = jnp.asarray([[0.0, 200.0], [-200.0, 0.0]], "float32")
    value, slope = jax.value_and_grad(bounds.nwj)(f)
    assert value == -np.inf
    # The direction is kept: all of it belongs to the largest score.
    assert slope[0, 1] < -1e37
    np.testing.assert_array_equal(slope[1], [0, 0.5])


def test_shift_of_all_scores():
    """Differences alone count: those of huge scores are as good as those of small."""
    rng = np.random.default_rng(8)
    f = jnp.asarray(rng.integers(-64, 64, (6, 6)) / 16, "float32")
    for bound in (bounds.info_nce, bounds.donsker_varadhan):
        for shift in (4096.0, -65536.0):
            np.testing.assert_allclose(bound(f + shift), bound(f), rtol=2e-6)


def test_one_score_outweighs_its_row():
    """What is left without it is not a difference of two that are equal."""
    f = np.zeros((3, 3), "float32")
    f[0, 1] = f[2, 2] = 40.0
    e = np.exp(f.astype("longdouble"))
    total = 0.0
    for i, j in itertools.permutations(range(3), 2):
        without = [np.delete(e[i], k).mean() for k in range(3)]
        total += np.log(e[i, i] / without[j]) - e[i, j] / without[i]
    got = bounds.interpolated(f, jnp.zeros((), "float32"), 1.0)
    np.testing.assert_allclose(got, float(1 + total / 6), rtol=1e-6)
