"""The families at the edges: outside of the support, at zero, at infinity, at NaN."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import contract
import jaxinfo
from families import cases
from families.cases import WIDEST, close
from jaxinfo import families

# Pairs in which p has outcomes that q misses.
INFINITE = {
    "bernoulli": [((0.5,), (0.0,)), ((0.5,), (1.0,))],
    "pareto": [((2.0, 1.0), (2.0, 1.5))],
    "poisson": [((1.0,), (0.0,))],
    "uniform": [((0.0, 1.0), (0.5, 2.0)), ((0.0, 1.0), (-1.0, 0.5))],
}


def array(x):
    return jnp.asarray(x, WIDEST)


def instead(name, pairs):
    """A batch of the usual shape that starts with the given pairs of parameters."""
    p, q = cases.draw(name)
    for i, pair in enumerate(pairs):
        for point, values in zip((p, q), pair, strict=True):
            for field, value in zip(point, values, strict=True):
                field[0, i] = value
    return p, q


@cases.sampled(INFINITE)
def test_infinite_by_support(name):
    pairs = INFINITE[name]
    p, q = instead(name, pairs)
    only = cases.leading(name)
    weights = [float(verb == "kl_divergence") for verb in only]
    value, slopes = cases.slopes(name, p, q, 0.5, weights, only)
    both = cases.values(name, p, q) | {"kl_divergence": value["kl_divergence"]}
    for verb in ("kl_divergence", "cross_entropy"):
        assert jnp.isposinf(both[verb][0, : len(pairs)]).all()
        assert jnp.isfinite(both[verb][0, len(pairs) :]).all()
    assert not any(jnp.isnan(slope).any() for slope in jax.tree.leaves(slopes))


@contract.sampled(
    "name",
    [n for n in cases.NAMES if "renyi_divergence" in cases.verbs(n)],
    "normal",
    "poisson",
)
def test_renyi_divergence_over_the_orders(name):
    p, q = cases.draw(name)
    at = {
        alpha: np.asarray(cases.values(name, p, q, alpha)["renyi_divergence"])
        for alpha in (
            0.0,
            0.5,
            1 - 2.0**-10,
            1.0,
            1 + 2.0**-10,
            1.5,
            np.inf,
            -1.0,
            np.nan,
        )
    }
    kl = cases.values(name, p, q)["kl_divergence"]
    close(at[1.0], kl, 1e-13)
    if name not in ("pareto", "uniform"):  # the others have one support
        assert (at[0.0] == 0).all()
    assert np.isnan(at[-1.0]).all()
    # It grows with the order, and smoothly through 1.
    orders = [0.0, 0.5, 1 - 2.0**-10, 1.0, 1 + 2.0**-10, 1.5, np.inf]
    for low, high in itertools.pairwise(orders):
        slack = 8 * float(jnp.finfo(WIDEST).eps) * (1 + np.abs(at[low]))
        assert (at[low] <= at[high] + slack).all(), (low, high)
    middle = 0.5 * (at[1 - 2.0**-10] + at[1 + 2.0**-10])
    near = np.isfinite(middle[0])
    np.testing.assert_allclose(middle[0][near], kl[0][near], rtol=1e-4)
    far = np.asarray(cases.values(name, p, q, 3e3)["renyi_divergence"])[0]
    limit = at[np.inf][0]
    finite = np.isfinite(limit)
    assert (far[~finite] > 100).all()
    np.testing.assert_allclose(far[finite], limit[finite], rtol=1e-2, atol=1e-2)


@contract.sampled(
    "name", [n for n in cases.NAMES if "renyi_entropy" in cases.verbs(n)], "normal"
)
def test_renyi_entropy_over_the_orders(name):
    p, q = cases.draw(name)
    at = {
        alpha: np.asarray(cases.values(name, p, q, alpha)["renyi_entropy"])
        for alpha in (0.0, 0.5, 1 - 2.0**-10, 1.0, 1 + 2.0**-10, 2.0, np.inf)
    }
    close(at[1.0], cases.values(name, p, q)["entropy"], 1e-13)
    orders = list(at)
    for low, high in itertools.pairwise(orders):
        slack = 8 * float(jnp.finfo(WIDEST).eps) * (1 + np.abs(at[high]))
        assert (at[low] + slack >= at[high]).all(), (low, high)
    middle = 0.5 * (at[1 - 2.0**-10] + at[1 + 2.0**-10])
    np.testing.assert_allclose(middle, at[1.0], rtol=1e-4, atol=1e-4)
    far = np.asarray(cases.values(name, p, q, 3e3)["renyi_entropy"])
    finite = np.isfinite(at[np.inf])
    np.testing.assert_allclose(far[finite], at[np.inf][finite], rtol=1e-2, atol=1e-2)
    assert (far[~finite] == -np.inf).all()


def _exact_poisson_entropy(rate):
    r = mpmath.mpf(rate)
    if rate > 1000:
        tail = 1 / (12 * r) + 1 / (24 * r**2) + mpmath.mpf(19) / (360 * r**3)
        return mpmath.log(2 * mpmath.pi * mpmath.e * r) / 2 - tail
    logs = (k * mpmath.log(r) - r - mpmath.loggamma(k + 1) for k in range(600))
    return -sum(mpmath.exp(log) * log for log in logs)


def test_entropy_of_poisson():
    rates = np.array([1e-6, 0.1, 5.0, 100.0, 128.1, 1e4], WIDEST)
    p, q = instead("poisson", [((rate,), (1.0,)) for rate in rates])
    got = cases.values("poisson", p, q)["entropy"][0]
    with mpmath.workdps(30):
        want = [float(_exact_poisson_entropy(float(r))) for r in rates]
    np.testing.assert_allclose(got, want, rtol=32 * float(jnp.finfo(WIDEST).eps))


def test_poisson_at_rate_zero():
    p, q = instead("poisson", [((0.0,), (1.0,)), ((0.0,), (0.0,)), ((1.0,), (0.0,))])
    half, two = (cases.values("poisson", p, q, alpha) for alpha in (0.5, 2.0))
    assert (half["entropy"][0, :2] == 0).all()
    for got, want in (
        (half["kl_divergence"], [1, 0, np.inf]),
        (half["renyi_divergence"], [1, 0, 1]),
        (two["renyi_divergence"], [1, 0, np.inf]),
        (half["bhattacharyya_distance"], [0.5, 0, 0.5]),
    ):
        np.testing.assert_allclose(got[0, :3], want, rtol=1e-6)
    assert jax.grad(families.poisson.entropy)(array(0.0)) == 0


def test_student_t_goes_over_into_normal():
    dfs = (1e9, 1e17, np.inf)
    pairs = [((df, 0.3, 1.3), (3.0, 0.0, 1.0)) for df in dfs]
    got = cases.values("student_t", *instead("student_t", pairs))["entropy"][0, :3]
    close(got, np.full(3, families.normal.entropy(array(1.3))), 2e-9)


@cases.sampled()
def test_nan_and_what_is_out_of_range_stay_in_their_row(name):
    # A table has the rules of tables, and an end of an interval has no range.
    ranges = name not in ("categorical", "uniform")
    p, q = cases.draw(name)
    clean = cases.values(name, p, q)
    for bad in (np.nan, -1.0) if ranges else (np.nan,):
        wrong_p, wrong_q = (tuple(x.copy() for x in point) for point in (p, q))
        wrong_p[-1][1, 2] = wrong_q[-1][1, 2] = bad
        for points in ((wrong_p, q), (p, wrong_q)):
            got = cases.values(name, *points)
            alone = {"entropy", "renyi_entropy"} if points[0] is p else set()
            for verb in set(got) - {"mutual_information"} - alone:
                want = np.array(clean[verb])
                want[1, 2] = np.nan
                np.testing.assert_array_equal(got[verb], want, f"{name}.{verb}")


def test_mutual_information_of_correlation():
    got = families.normal.mutual_information(array([0.0, 0.5, -0.5, 1.0]))
    close(got[:3], [0.0, 0.5 * np.log(4 / 3), 0.5 * np.log(4 / 3)], 1e-12)
    assert jnp.isposinf(got[3])


def test_checked_reports_negative_parameters():
    entropy = jaxinfo.checked(jax.jit(lambda scale: families.normal.entropy(scale)))
    entropy(jnp.ones(3, WIDEST))
    with pytest.raises(Exception, match="`scale` is negative"):
        entropy(array([1.0, -1.0]))
