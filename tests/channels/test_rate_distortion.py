"""Rate-distortion functions with closed forms, and the bounds that certify the rest."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import WIDEST, precisions, quick
from jaxinfo import channels, checked

rate_distortion = quick(channels.rate_distortion)
rate_at_distortion = quick(channels.rate_at_distortion)

TOLERANCE = {"float64": 2e-12, "float32": 2e-5}
SLACK = {"float64": 1e-15, "float32": 2e-6}


def binary_entropy(p):
    p = np.asarray(p, "float64")
    q = np.where((p > 0) & (p < 1), p, 0.5)
    return np.where(p == q, -q * np.log(q) - (1 - q) * np.log(1 - q), 0.0)


def hamming(k):
    return 1.0 - np.eye(k)


def of_bernoulli(p, allowed):
    """Cover and Thomas, eq. (10.18)."""
    return np.maximum(binary_entropy(p) - binary_entropy(np.minimum(allowed, p)), 0)


def of_uniform(k, allowed):
    """Cover and Thomas, exercise 10.5: log K - H(D) - D log(K - 1)."""
    most = 1 - 1 / k
    d = np.minimum(allowed, most)
    return math.log(k) - binary_entropy(d) - d * math.log(k - 1)


# The ends of the curve and what is next to them, in parts of the largest distortion.
PARTS = np.array([0.0, 1e-4, 0.1, 0.5, 0.9, 0.999, 1.0, 1.5])
BERNOULLI, SIZE = 0.3, 5


@pytest.fixture(scope="module", params=precisions())
def dtype(request):
    if request.param == "float64" and WIDEST != "float64":
        pytest.skip("needs 64-bit types")
    return request.param


def known():
    """Sources of five symbols, distortions, allowed distortions and rates."""
    # Two symbols out of five, the others without probability.
    two = np.array([BERNOULLI, 1 - BERNOULLI, 0, 0, 0])
    uniform = np.full(SIZE, 1 / SIZE)
    # A bit, and a reproduction "?" that costs 1; a wrong bit is forbidden. The rate is
    # log 2 (1 - D): Cover and Thomas, exercise 10.7.
    erasure = np.full((SIZE, SIZE), np.inf)
    erasure[[0, 1], [0, 1]] = 0
    erasure[:, 2] = 1
    bit = np.array([0.5, 0.5, 0, 0, 0])
    largest = BERNOULLI * PARTS, (1 - 1 / SIZE) * PARTS, PARTS
    return (
        np.stack([two, uniform, bit])[:, None],
        np.stack([hamming(SIZE), hamming(SIZE), erasure])[:, None],
        np.stack(largest),
        np.stack(
            [
                of_bernoulli(BERNOULLI, largest[0]),
                of_uniform(SIZE, largest[1]),
                math.log(2) * np.maximum(1 - PARTS, 0),
            ]
        ),
    )


def test_known_curves(dtype):
    p, d, allowed, want = known()
    p, d, given = (jnp.asarray(x, dtype) for x in (p, d, allowed))
    got = rate_at_distortion(p, d, given)
    assert {x.dtype.name for x in got} == {dtype, "int32"}
    np.testing.assert_allclose(got.rate, want, rtol=0, atol=TOLERANCE[dtype])
    assert (np.asarray(got.gap) <= TOLERANCE[dtype]).all()
    error = abs(np.asarray(got.rate, "float64") - want)
    # What is given is rounded, and so is the closed form.
    assert (error <= np.asarray(got.gap) + SLACK[dtype]).all()
    most = allowed[:, 6:7]
    close = dict(rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    np.testing.assert_allclose(got.distortion, np.minimum(allowed, most), **close)
    assert not np.asarray(got.rate)[:, 6:].any()
    assert not np.asarray(got.multiplier)[:, 6:].any()
    assert np.isinf(np.asarray(got.multiplier)[:, 0]).all()
    assert not np.asarray(got.distortion)[:, 0].any()
    np.testing.assert_allclose(got.channel.sum(-1), 1, rtol=1e-5)
    marginal = np.sum(np.asarray(p)[..., None] * np.asarray(got.channel), axis=-2)
    np.testing.assert_allclose(got.outputs, marginal, rtol=1e-4, atol=1e-6)
    # The slope of a curve of Hamming distortion: log((K - 1) (1 - D) / D).
    inside = allowed[1, 1:6]
    slope = np.log((SIZE - 1) * (1 - inside) / inside)
    np.testing.assert_allclose(got.multiplier[1, 1:6], slope, rtol=1e-3)
    # The same points by their slopes; not on the straight piece, which has one slope.
    again = rate_distortion(p[:2], d[:2], got.multiplier[:2])
    np.testing.assert_allclose(again.rate, got.rate[:2], rtol=0, atol=1e-4)
    if dtype == "float64":
        np.testing.assert_allclose(again.rate, got.rate[:2], rtol=0, atol=1e-10)
        np.testing.assert_allclose(again.distortion, got.distortion[:2], atol=1e-10)
    assert (np.asarray(again.gap) <= TOLERANCE[dtype]).all()


def drawn(seed, batch=4, x=5, y=4):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(x), batch)
    return p, rng.random((batch, x, y)), rng


def dual_bound(p, d, multiplier, q):
    """Blahut's lower bound on R + b D from any outputs q, in NumPy."""
    a = np.exp(-multiplier[:, None, None] * d)
    total = np.einsum("bxy,by->bx", a, q)
    gains = np.einsum("bx,bxy->by", p / total, a)
    return -np.sum(p * np.log(total), -1) - np.log(gains.max(-1))


@pytest.mark.matrix
def test_certificate_and_derivatives(x64):
    """Of both verbs on random sources, against NumPy and against differences."""
    p, d, rng = drawn(0)
    change_p = p * rng.standard_normal(p.shape)
    change_p -= p * change_p.sum(-1, keepdims=True)
    change_d = rng.standard_normal(d.shape) * 0.3
    least = (p * d.min(-1)).sum(-1)
    most = (p[..., None] * d).sum(1).min(-1)
    slope, allowed = np.array([2.0, 4.0, 8.0, 16.0]), least + 0.4 * (most - least)

    def along(t):
        now = p + t * change_p, d + t * change_d
        by_slope = channels.rate_distortion(*now, slope + t, tolerance=1e-14)
        by_excess = channels.rate_at_distortion(*now, allowed + t, tolerance=1e-14)
        return [
            r._replace(gap=r.rate, iterations=r.rate) for r in (by_slope, by_excess)
        ]

    @quick
    def program(step):
        values, slopes = jax.jvp(along, (0.0,), (1.0,))
        ends = jax.vmap(along)(jnp.stack([step, -step]))
        moved = jax.tree.map(lambda x: (x[0] - x[1]) / (2 * step), ends)
        reverse = jax.grad(lambda t: sum(jnp.sum(r.rate) for r in along(t)))(0.0)
        return values, slopes, moved, reverse

    values, slopes, moved, reverse = program(jnp.float64(1e-5))
    for result, change in zip(values, slopes, strict=True):
        bound = dual_bound(p, d, np.asarray(result.multiplier), result.outputs)
        dual = result.rate + result.multiplier * result.distortion
        np.testing.assert_allclose(dual, bound, rtol=1e-10)
        assert change.rate.shape == (4,)
    for got, want in zip(jax.tree.leaves(slopes), jax.tree.leaves(moved), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(reverse, sum(r.rate.sum() for r in slopes), rtol=1e-8)
    np.testing.assert_allclose(values[1].distortion, allowed, rtol=1e-12)


@pytest.mark.matrix
def test_certificate_holds_wherever_the_search_stops(x64):
    """After three steps, and in float32: R + b D is within the gap of its least."""
    p, d, _ = drawn(2, batch=40)
    slope = jnp.asarray(np.geomspace(0.3, 60, 40), "float32")
    single = [jnp.asarray(x, "float32") for x in (p, d)] + [slope]
    double = [x.astype("float64") for x in single]
    exact, early = (rate_distortion(*double, max_iterations=n) for n in (100, 3))
    rounded = rate_distortion(*single, max_iterations=100)

    def dual(result):
        rate, distortion = (np.asarray(x, "float64") for x in result[:2])
        return rate + np.asarray(double[2]) * distortion

    for result in early, rounded:
        above = dual(result) - dual(exact)
        assert (above <= np.asarray(result.gap)).all()
        assert (above >= -np.asarray(result.gap if result is rounded else 1e-12)).all()
    assert (np.asarray(early.gap) > 1e-6).any()
    assert (np.asarray(rounded.gap) <= 2e-5 * (1 + dual(exact))).all()


@pytest.mark.matrix
def test_slope_of_the_rate_is_the_multiplier(x64):
    p, d, _ = drawn(1)
    least = (p * d.min(-1)).sum(-1)
    most = (p[..., None] * d).sum(1).min(-1)

    def rate(allowed):
        got = channels.rate_at_distortion(jnp.asarray(p), jnp.asarray(d), allowed)
        return got.rate.sum(), got

    allowed = least + np.array([0.0, 0.3, 0.8, 1.2]) * (most - least)
    slope, got = quick(jax.grad(rate, has_aux=True))(allowed)
    np.testing.assert_allclose(slope[1:], -got.multiplier[1:], rtol=1e-9)
    assert slope[0] == slope[3] == 0


@pytest.mark.matrix
def test_straight_pieces_are_mixed(x64):
    """A third reproduction costs 0.3 whatever is sent: the curve ends in a line."""
    d = jnp.array([[0.0, 1.0, 0.3], [1.0, 0.0, 0.3]])
    p = jnp.full(2, 0.5)
    # The tangent from (0.3, 0) to log 2 - H(D).
    got = rate_at_distortion(p, d, jnp.array([0.05, 0.2, 0.25, 0.3]))
    np.testing.assert_allclose(got.distortion, [0.05, 0.2, 0.25, 0.3], rtol=1e-12)
    np.testing.assert_allclose(got.rate[0], math.log(2) - binary_entropy(0.05))
    np.testing.assert_allclose(got.rate[1], 2 * got.rate[2], rtol=1e-10)
    np.testing.assert_allclose(got.rate[2], 0.05 * got.multiplier[2], rtol=1e-10)
    touch = 1 / (1 + math.exp(got.multiplier[1]))
    line = math.log(2) - binary_entropy(touch) - (0.3 - touch) * got.multiplier[1]
    assert abs(line) < 1e-10
    assert (got.gap < 1e-11).all()


@pytest.mark.matrix
def test_edges():
    p, d = jnp.full(2, 0.5, WIDEST), jnp.asarray(hamming(2), WIDEST)
    allowed = jnp.asarray([-0.1, jnp.nan, 0.1], WIDEST)
    got = rate_at_distortion(p, d, allowed)
    assert got.rate[0] == jnp.inf
    assert jnp.isnan(got.rate[1])
    assert jnp.isfinite(got.rate[2])
    slopes = jnp.asarray([0.0, jnp.nan, jnp.inf], WIDEST)
    got = rate_distortion(p, d, slopes)
    assert jnp.isnan(got.rate[1])
    np.testing.assert_allclose(got.rate[2], math.log(2), rtol=1e-6)
    np.testing.assert_allclose(got.distortion[0], 0.5)


@pytest.mark.matrix
def test_bad_values():
    p, d = jnp.full(2, 0.5, WIDEST), jnp.asarray(hamming(2), WIDEST)
    slopes = jnp.asarray([0.0, jnp.nan, jnp.inf], WIDEST)
    bad = checked(channels.rate_distortion)
    with pytest.raises(Exception, match="`multiplier` is NaN in row 1"):
        bad(p, d, slopes)
    with pytest.raises(Exception, match="`p` does not sum to one"):
        bad(2 * p, d, slopes[0])


def test_bad_arguments():
    """What is known while tracing: nothing is compiled."""
    p, d, s = jnp.full(2, 0.5), jnp.zeros((2, 3)), jnp.ones(())
    for verb, name in (
        (rate_distortion, "multiplier"),
        (rate_at_distortion, "max_distortion"),
    ):
        with pytest.raises(TypeError, match=f"`{name}`"):
            verb(p, d, jnp.ones(2, int))
        with pytest.raises(TypeError, match="`distortion`"):
            verb(p, d.tolist(), s)
        with pytest.raises(ValueError, match=r"`distortion`.*\(3, 2\) and \(2,\)"):
            verb(p, d.T, s)
        with pytest.raises(ValueError, match=f"batch axes.*`{name}`.*broadcast"):
            verb(jnp.full((4, 2), 0.5), d, jnp.ones(3))
