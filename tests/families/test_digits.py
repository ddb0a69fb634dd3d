"""Divergences next to equality, against sixty digits; those that are integrals."""

import mpmath
import numpy as np
import pytest

import contract
from families import cases
from families.cases import WIDEST, close


def _gamma(a, r, b, s):
    m = mpmath
    first = (a - b) * m.digamma(a) - m.loggamma(a) + m.loggamma(b)
    return first + b * m.log(r / s) + a * (s / r - 1)


def _dirichlet(p, q):
    total_p, total_q = sum(p), sum(q)
    terms = (
        mpmath.loggamma(b) - mpmath.loggamma(a) + (a - b) * mpmath.digamma(a)
        for a, b in zip(p, q, strict=True)
    )
    totals = mpmath.loggamma(total_p) - mpmath.loggamma(total_q)
    return sum(terms) + totals + (total_q - total_p) * mpmath.digamma(total_p)


def _normal(m, s, n, t):
    return mpmath.log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - mpmath.mpf(1) / 2


def _laplace(m, s, n, t):
    gap = abs(m - n)
    return mpmath.log(t / s) + (s * mpmath.exp(-gap / s) + gap) / t - 1


def _extreme(c, shift):
    u = shift + mpmath.loggamma(1 + c)
    rest = mpmath.loggamma(c) - mpmath.euler * (1 - c)
    return mpmath.exp(u) - 1 - u + rest


def _von_mises(m, k, n, j):
    i = mpmath.besseli
    logs = mpmath.log(i(0, j) / i(0, k))
    return logs + i(1, k) / i(0, k) * (k - j * mpmath.cos(m - n))


def _binary(p, q):
    return p * mpmath.log(p / q) + (1 - p) * mpmath.log((1 - p) / (1 - q))


# The divergence of each family from its log-densities.
EXACT = {
    "bernoulli": _binary,
    "beta": lambda a, b, c, d: _dirichlet((a, b), (c, d)),
    "exponential": lambda r, s: mpmath.log(r / s) + s / r - 1,
    "gamma": _gamma,
    "geometric": lambda p, q: _binary(p, q) / p,
    "gumbel": lambda m, s, n, t: _extreme(s / t, (n - m) / t),
    "inverse_gamma": _gamma,
    "laplace": _laplace,
    "log_normal": _normal,
    "normal": _normal,
    "pareto": lambda a, s, b, t: mpmath.log(a / b) + b / a - 1 + b * mpmath.log(s / t),
    "poisson": lambda r, s: r * mpmath.log(r / s) - r + s,
    "uniform": lambda a, b, c, d: mpmath.log((d - c) / (b - a)),
    "von_mises": _von_mises,
    "weibull": lambda k, s, j, t: _extreme(j / k, j * mpmath.log(s / t)),
}
# Where the location is rounded relative to itself, or bands of Bessel functions meet.
ULP = {"von_mises": 64.0}

single = pytest.param(
    "float32", marks=pytest.mark.matrix if WIDEST == "float64" else ()
)
by_dtype = pytest.mark.parametrize("dtype", [single, "float64"])


def errors(got, numbers, exact):
    """The error of each value in units of its last place."""
    eps = float(np.finfo(got.dtype).eps)
    with mpmath.workdps(60):
        for value, given in zip(got.ravel(), numbers, strict=True):
            want = exact(*given)
            yield float(abs(mpmath.mpf(float(value)) - want) / want) / eps


def exactly(x):
    return [mpmath.mpf(float(y)) for y in np.ravel(x)]


@by_dtype
@cases.sampled(sorted(EXACT))
def test_near_equal_parameters_keep_their_digits(name, dtype):
    p, q = cases.draw(name, dtype)
    got = np.asarray(cases.values(name, p, q, dtype=dtype)["kl_divergence"])
    assert got.dtype == dtype
    assert (got > 0).all()
    numbers = zip(*map(exactly, (*p, *q)), strict=True)
    assert max(errors(got, numbers, EXACT[name])) <= ULP.get(name, 24.0)


@contract.long
@by_dtype
def test_tiny_concentration_beside_a_large_one(dtype):
    """The gaps of the gamma function at the large one and at the total cancel."""
    p, q = cases.draw("beta", dtype)
    p, q = ((1e-4 * x[0], 1e4 * x[1]) for x in (p, q))
    got = np.asarray(cases.values("beta", p, q, dtype=dtype)["kl_divergence"])
    numbers = zip(*map(exactly, (*p, *q)), strict=True)
    assert max(errors(got, numbers, EXACT["beta"])) <= 48.0


# What the divergence is per half a squared step, by parameter: Fisher's information.
FISHER = {
    "logistic": lambda loc, s: (1 / (3 * s**2), (3 + np.pi**2) / (9 * s**2)),
    "student_t": lambda df, loc, s: (
        None,
        (df + 1) / (df + 3) / s**2,
        2 * df / (df + 3) / s**2,
    ),
}


@cases.sampled(sorted(FISHER))
def test_integrals_next_to_equality_are_information(name):
    p, _ = cases.draw(name)
    step = 2.0**-9 if WIDEST == "float32" else 2.0**-20
    for i, information in enumerate(FISHER[name](*(x.astype(float) for x in p))):
        if information is None:
            continue
        q = tuple(x + step * p[-1] * (i == j) for j, x in enumerate(p))
        got = cases.values(name, p, q)["kl_divergence"]
        size = np.asarray(q[i], float) - p[i]
        np.testing.assert_allclose(got, 0.5 * information * size**2, rtol=8 * step)


def test_integrals_that_have_a_closed_form():
    """Logistic of one scale, Cauchy, and infinitely many degrees of freedom."""
    p, q = cases.draw("logistic")
    for shift in (1e-3, 1.0, 30.0, 1e6):
        d = np.full(cases.BATCH, shift, WIDEST)
        moved = (p[0] * 0, p[1] * 0 + 1), (d, p[1] * 0 + 1)
        got = cases.values("logistic", *moved)["kl_divergence"]
        with mpmath.workdps(40):
            half = mpmath.mpf(float(d[0, 0])) / 2
            want = 2 * half * mpmath.coth(half) - 2
        np.testing.assert_allclose(
            got, float(want), rtol=2e-6 if WIDEST == "float32" else 1e-13
        )
    p, q = cases.draw("student_t")
    for ratio in (1.0, 30.0, 1e-3):
        (_, m, s), (_, n, t) = p, (q[0], q[1], ratio * q[2])
        one = np.ones(cases.BATCH, WIDEST)
        got = cases.values("student_t", (one, m, s), (one, n, t))["kl_divergence"]
        m, s, n, t = (x[0].astype(float) for x in (m, s, n, t))
        close(got[0], np.log(((s + t) ** 2 + (m - n) ** 2) / (4 * s * t)), 1e-13)
        got = cases.values(
            "student_t", (one * np.inf, *p[1:]), (one * np.inf, q[1], ratio * q[2])
        )
        want = cases.values("normal", p[1:], (q[1], ratio * q[2]))
        close(got["kl_divergence"] / want["kl_divergence"], one, 1e-9)
