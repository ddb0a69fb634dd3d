"""Nearly equal distributions: digits, signs, gradients and curvature."""

import functools

import jax
import mpmath
import numpy as np
import pytest
from mpmath import mpf

from contract import quick, sampled
from jaxinfo import logits, probs

DRAWS = 60
SIZES = {10: [1e-2, 1e-3, 1e-4, 1e-6], 1000: [1e-2, 1e-4, 1e-6]}
# The median relative error from tables: arithmetic is right to 1e-7, but where the
# distributions agree to 1e-6 the sums of the rounded tables differ as much as they do.
TABLE_ERROR = {(10, 1e-6): 1e-3, (1000, 1e-6): 1e-5}
TOLERANCE = 2e-7
NAMES = ["kl_divergence", "js_divergence"]


@functools.cache
def _drawn(size, eps):
    """Logits that differ by `eps` times noise, in single precision."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(DRAWS, size)).astype(np.float32)
    noise = rng.normal(size=(DRAWS, size))
    return x, (x + eps * noise).astype(np.float32)


def _log_softmax(x):
    x = x.astype(np.longdouble)
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _series(u):
    """e^u - 1 - u and (1+t) log(1+t) + (1-t) log(1-t), without cancellation."""
    terms = [u**k / float(mpmath.factorial(k)) for k in range(2, 12)]
    return sum(terms[::-1])


def _entropy_curve(t):
    terms = [2 * t ** (2 * k) / (2 * k * (2 * k - 1)) for k in range(1, 12)]
    return sum(terms[::-1])


def _kl_of_logits(x, y):
    """The sum of p (e^u - 1 - u), u = log q/p, whose mean has been subtracted."""
    x, y = (v.astype(np.longdouble) for v in (x, y))
    p = np.exp(_log_softmax(x))
    d = y - x
    d = d - (p * d).sum(axis=-1, keepdims=True)
    return np.log1p((p * _series(d)).sum(axis=-1))


def _js_of_logits(x, y):
    p = np.exp(_log_softmax(x))
    d = y.astype(np.longdouble) - x.astype(np.longdouble)
    u = d - np.log1p((p * np.expm1(d)).sum(axis=-1, keepdims=True))
    return ((p * (1 + np.exp(u))) * _entropy_curve(np.tanh(u / 2))).sum(axis=-1) / 4


def _kl_of_tables(p, q):
    """The generalized divergence of the very numbers."""
    p, q = (v.astype(np.longdouble) for v in (p, q))
    r = (q - p) / p
    # r - log(1 + r) by its series.
    terms = [(-r) ** k / k for k in range(2, 17)]
    return (p * sum(terms[::-1])).sum(axis=-1)


def _js_of_tables(p, q):
    p, q = (v.astype(np.longdouble) for v in (p, q))
    return ((p + q) * _entropy_curve((p - q) / (p + q))).sum(axis=-1) / 4


OF_LOGITS = dict(zip(NAMES, [_kl_of_logits, _js_of_logits], strict=True))
OF_TABLES = dict(zip(NAMES, [_kl_of_tables, _js_of_tables], strict=True))
CASES = [(size, eps) for size, several in SIZES.items() for eps in several]


@functools.cache
def _program(room, name):
    return quick(getattr(room, name))


def _errors(got, want):
    return np.abs(np.asarray(got, np.longdouble) - want) / want


by_size = pytest.mark.parametrize(
    ("size", "eps"),
    [pytest.param(*c, marks=pytest.mark.matrix if c[0] > 10 else ()) for c in CASES],
)


@pytest.mark.parametrize("name", NAMES)
@by_size
def test_divergences_of_logits(name, size, eps):
    x, y = _drawn(size, eps)
    got = np.asarray(_program(logits, name)(x, y))
    errors = _errors(got, OF_LOGITS[name](x, y))
    assert (got > 0).all()
    assert np.median(errors) < TOLERANCE
    assert errors.max() < 1e-6


@pytest.mark.parametrize("name", NAMES)
@by_size
def test_divergences_of_tables(name, size, eps):
    rows = _drawn(size, eps)
    p, q = (np.exp(_log_softmax(v)).astype(np.float32) for v in rows)
    got = np.asarray(_program(probs, name)(p, q))
    assert (got >= 0).all()
    # Of the numbers given, right to a rounding.
    assert _errors(got, OF_TABLES[name](p, q)).max() < 1e-6
    # Of the distributions that they are, once each is divided by its sum.
    allowed = TABLE_ERROR.get((size, eps), TOLERANCE)
    exact = [np.log(v.astype(np.longdouble)) for v in (p, q)]
    assert np.median(_errors(got, OF_LOGITS[name](*exact))) < allowed


def test_reference_is_right():
    # Forty digits by the definition, for the hardest rows.
    x, y = (v[:3] for v in _drawn(10, 1e-6))
    with mpmath.workdps(40):
        for k in range(3):
            rows = [[mpmath.exp(mpf(float(a))) for a in v[k]] for v in (x, y)]
            p, q = ([a / mpmath.fsum(row) for a in row] for row in rows)
            m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

            def kl(p, q):
                terms = zip(p, q, strict=True)
                return mpmath.fsum(a * mpmath.log(a / b) for a, b in terms)

            want = [kl(p, q), (kl(p, m) + kl(q, m)) / 2]
            for name, exact in zip(NAMES, want, strict=True):
                got = OF_LOGITS[name](x, y)[k]
                assert abs(mpf(float(got)) / exact - 1) < 1e-9


SMOOTH = [*NAMES, "squared_hellinger_distance", "jeffreys_divergence"]
# The second derivative of an f-divergence at equality, over that of KL.
CURVATURE = dict(zip(SMOOTH, [1, 1 / 4, 1 / 4, 2], strict=True))
CURVATURE |= {"chi_squared_divergence": 2, "bhattacharyya_distance": 1 / 4}


AT_EQUALITY = [(probs, name) for name in CURVATURE] + [(logits, n) for n in SMOOTH[:3]]


@sampled("room, name", AT_EQUALITY)
def test_curvature_at_equality_is_fisher_information(room, name):
    dtype = np.float64 if jax.config.jax_enable_x64 else np.float32
    p = np.array([0.5, 0.25, 0.1875, 0.0625], dtype)
    row = p if room is probs else np.log(p)
    verb = getattr(room, name)

    @quick
    def run(row):
        def slopes(*rows):
            return 2 * (jax.grad(verb, argnums=(0, 1))(*rows),)

        blocks, slopes = jax.jacfwd(slopes, argnums=(0, 1), has_aux=True)(row, row)
        return slopes, blocks

    slopes, ((first, mixed), (_, second)) = run(row)
    fisher = np.diag(1 / p) if room is probs else np.diag(p) - np.outer(p, p)
    fisher = CURVATURE[name] * fisher
    if (room, name) == (probs, "bhattacharyya_distance"):
        # Off the simplex it depends on the convention; along it, it does not.
        along = np.eye(4) - 1 / 4
        first, second, mixed, fisher = (
            along @ m @ along for m in (first, second, mixed, fisher)
        )
        slopes = [along @ s for s in slopes]
    rtol = 64 * np.finfo(dtype).eps
    size = rtol * np.abs(fisher).max()
    for slope in slopes:
        np.testing.assert_allclose(slope, 0, atol=rtol)
    for block, sign in ((first, 1), (second, 1), (mixed, -1)):
        np.testing.assert_allclose(block, sign * fisher, rtol=rtol, atol=size)


@sampled("room, name", [*AT_EQUALITY[:2], (logits, "kl_divergence")])
def test_third_derivative_near_equality(room, name):
    dtype = np.float64 if jax.config.jax_enable_x64 else np.float32
    p = np.array([0.5, 0.25, 0.1875, 0.0625], dtype)
    q = p + np.array([1, -2, 1, 0], dtype) * dtype(2.0**-12)
    v = np.array([0.5, -1, 0.25, 0.25], dtype)
    verb = getattr(room, name)
    rows = (p, q) if room is probs else (np.log(p), np.log(q))

    def along(f):
        return lambda row: jax.jvp(f, (row,), (v,))[1]

    @quick
    def third(first, second):
        return along(along(along(lambda row: verb(first, row))))(second)

    def measure(t):
        a, b = ([mpf(float(z)) for z in row] for row in rows)
        b = [z + t * mpf(float(w)) for z, w in zip(b, v, strict=True)]
        if room is logits:
            a, b = ([mpmath.exp(z) for z in row] for row in (a, b))
            a, b = ([z / mpmath.fsum(row) for z in row] for row in (a, b))
        pairs = list(zip(a, b, strict=True))
        if name == "kl_divergence":
            return mpmath.fsum(x * mpmath.log(x / y) - x + y for x, y in pairs)
        halves = [
            x * mpmath.log(2 * x / (x + y)) + y * mpmath.log(2 * y / (x + y))
            for x, y in pairs
        ]
        return mpmath.fsum(halves) / 2

    with mpmath.workdps(60):
        want = float(mpmath.diff(measure, 0, 3))
    got = float(third(*rows))
    assert abs(got / want - 1) < 1e4 * np.finfo(dtype).eps


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_nearly_equal_logits(name):
    x, y = (v[:8] for v in _drawn(10, 1e-4))
    verb = getattr(logits, name)
    got = quick(jax.grad(lambda x, y: verb(x, y).sum(), argnums=(0, 1)))(x, y)
    with mpmath.workdps(40):
        for k in range(8):
            rows = [[mpmath.exp(mpf(float(a))) for a in v[k]] for v in (x, y)]
            p, q = ([a / mpmath.fsum(row) for a in row] for row in rows)
            if name == "kl_divergence":
                slopes = (
                    [mpmath.log(a / b) for a, b in zip(p, q, strict=True)],
                    [-a / b for a, b in zip(p, q, strict=True)],
                )
            else:
                slopes = [
                    [
                        mpmath.log(2 * a / (a + b)) / 2
                        for a, b in zip(*pair, strict=True)
                    ]
                    for pair in ((p, q), (q, p))
                ]
            for slope, weights, table in zip(got, slopes, (p, q), strict=True):
                mean = mpmath.fsum(a * w for a, w in zip(table, weights, strict=True))
                want = [
                    float(a * (w - mean)) for a, w in zip(table, weights, strict=True)
                ]
                # Entries relative to the largest: some of them nearly vanish.
                size = 16 * np.finfo(np.float32).eps * np.abs(want).max()
                np.testing.assert_allclose(slope[k], want, rtol=0, atol=size)


@pytest.mark.parametrize("dependence", [1e-1, 1e-3, 1e-5, 0.0])
def test_mutual_information_of_nearly_independent_tables(dependence):
    # Products of marginals, rounded: without the dependence only the roundings are
    # left, and still the numbers given have a mutual information.
    rng = np.random.default_rng(13)
    x, y = rng.dirichlet(np.ones(4), size=40), rng.dirichlet(np.ones(5), size=40)
    noise = 1 + dependence * rng.normal(size=(40, 4, 5))
    table = (x[:, :, None] * y[:, None, :] * noise).astype(np.float32)
    p = table.astype(np.longdouble)
    over_x, over_y = p.sum(axis=1, keepdims=True), p.sum(axis=2, keepdims=True)
    q = over_x * over_y / p.sum(axis=(1, 2), keepdims=True)
    r = (q - p) / p
    terms = [(-r) ** k / k for k in range(2, 30)]
    small = (p * sum(terms[::-1])).sum(axis=(1, 2))
    large = (p * (r - np.log1p(r))).sum(axis=(1, 2))
    want = small if dependence < 0.01 else large
    got = probs.mutual_information(table)
    np.testing.assert_allclose(got, want.astype(float), rtol=1e-5)
    back = probs.lautum_information(table)
    if dependence < 0.01:  # equal to leading order
        np.testing.assert_allclose(
            back, want.astype(float), rtol=20 * dependence + 1e-5
        )
