"""Every closed form against integrals, SciPy, high precision and the contract."""

import functools
import inspect
import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

import contract
from families import families_of_scipy as oracle
from jaxinfo import families

WIDEST = contract.WIDEST
# Two sets of parameters that are far apart, with finite divergences both ways or one.
PAIRS = {
    "bernoulli": ((0.3,), (0.6,)),
    "beta": ((2.0, 1.7), (1.3, 4.0)),
    "exponential": ((0.4,), (1.0,)),
    "gamma": ((2.5, 1.5), (0.7, 4.0)),
    "geometric": ((0.3,), (0.6,)),
    "gumbel": ((0.3, 0.7), (-0.5, 1.6)),
    "inverse_gamma": ((2.5, 1.5), (3.5, 4.0)),
    "laplace": ((0.3, 0.7), (-0.5, 1.6)),
    "log_normal": ((0.3, 0.7), (-0.5, 0.9)),
    "logistic": ((0.3, 0.7), (-0.5, 1.6)),
    "normal": ((0.3, 0.7), (-0.5, 1.6)),
    "pareto": ((2.5, 1.5), (4.0, 0.7)),
    "poisson": ((3.0,), (7.0,)),
    "student_t": ((3.0, 0.3, 0.7), (5.0, -0.5, 1.6)),
    "uniform": ((0.3, 0.7), (-0.5, 1.6)),
    "von_mises": ((0.3, 1.5), (-0.5, 4.0)),
    "weibull": ((2.5, 1.5), (1.3, 4.0)),
}
VECTORS = {
    "categorical": ((0.2, 0.3, 0.5), (0.5, 0.25, 0.25)),
    "dirichlet": ((2.0, 0.7, 1.5), (1.3, 4.0, 0.4)),
}
DIVERGENT = [n for n in PAIRS if hasattr(getattr(families, n), "kl_divergence")]
RENYI = [n for n in PAIRS if hasattr(getattr(families, n), "renyi_divergence")]


def call(name, verb, *values, dtype=WIDEST, **options):
    module = getattr(families, name)
    return getattr(module, verb)(*oracle.arrays(values, dtype), **options)


def close(got, want, tolerance=1e-7):
    tolerance = tolerance if WIDEST == "float64" else max(tolerance, 1e-4)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def own_parameters(name, values):
    """The parameters that the entropy depends on, by keyword."""
    module = getattr(families, name)
    named = dict(zip(module.Params._fields, values, strict=True))
    return {k: jnp.asarray(v, WIDEST) for k, v in named.items()}


@pytest.mark.parametrize("name", PAIRS)
def test_entropy_is_that_of_scipy(name):
    for values in PAIRS[name]:
        got = getattr(families, name).entropy(**own_parameters(name, values))
        close(got, oracle.SCIPY[name](*values).entropy())


@pytest.mark.parametrize("name", DIVERGENT)
def test_divergence_is_the_integral(name):
    p, q = PAIRS[name]
    want = oracle.kl_by_quadrature(name, p, name, q)
    close(call(name, "kl_divergence", *p, *q), want)
    entropy = oracle.SCIPY[name](*p).entropy()
    close(call(name, "cross_entropy", *p, *q), want + entropy)
    close(call(name, "cross_entropy", *p, *q, base=2), (want + entropy) / np.log(2))


@pytest.mark.parametrize("rate", [1e-6, 0.1, 5.0, 100.0, 127.9, 128.1, 1e4, 1e8])
def test_entropy_of_poisson(rate):
    mpmath.mp.dps = 30
    got = float(call("poisson", "entropy", rate))
    if rate < 1000:
        k = np.arange(0, 600)
        want = float(
            sum(
                -mpmath.exp(log) * log
                for i in k
                for log in [i * mpmath.log(rate) - rate - mpmath.loggamma(i + 1)]
            )
        )
    else:
        r = mpmath.mpf(rate)
        want = float(
            mpmath.log(2 * mpmath.pi * mpmath.e * r) / 2
            - 1 / (12 * r)
            - 1 / (24 * r**2)
            - mpmath.mpf(19) / (360 * r**3)
        )
    np.testing.assert_allclose(got, want, rtol=32 * float(jnp.finfo(WIDEST).eps))


def _renyi_by_quadrature(name, p, q, alpha):
    p, q = oracle.SCIPY[name](*p), oracle.SCIPY[name](*q)
    if name in oracle.DISCRETE:
        k = np.arange(0, 400)
        mass = np.sum(np.exp(alpha * p.logpmf(k) + (1 - alpha) * q.logpmf(k)))
        return np.log(mass) / (alpha - 1)

    def integrand(x):
        return np.exp(alpha * p.logpdf(x) + (1 - alpha) * q.logpdf(x))

    edges = np.unique([*p.ppf([1e-13, 1e-3, 0.5]), *q.ppf([1e-13, 1e-3, 0.5, 0.9])])
    edges = [*edges, *np.unique([*p.isf([1e-3, 1e-13]), *q.isf([1e-3, 1e-13])])]
    edges = np.unique(edges)
    mass = sum(
        integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-10, limit=200)[0]
        for a, b in itertools.pairwise(edges)
    )
    return np.log(mass) / (alpha - 1)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 1.1])
@pytest.mark.parametrize("name", RENYI)
def test_renyi_divergence_is_the_integral(name, alpha):
    p, q = PAIRS[name]
    want = _renyi_by_quadrature(name, p, q, alpha)
    close(call(name, "renyi_divergence", *p, *q, alpha), want, 1e-6)
    if alpha == 0.5:
        close(call(name, "bhattacharyya_distance", *p, *q), want / 2, 1e-6)
        squared = -np.expm1(-want / 2)
        close(call(name, "squared_hellinger_distance", *p, *q), squared, 1e-6)
        close(call(name, "hellinger_distance", *p, *q), np.sqrt(squared), 1e-6)


RENYI_ENTROPIES = [n for n in PAIRS if hasattr(getattr(families, n), "renyi_entropy")]


@pytest.mark.parametrize("alpha", [0.6, 2.0])
@pytest.mark.parametrize("name", RENYI_ENTROPIES)
def test_renyi_entropy_is_the_integral(name, alpha):
    values = PAIRS[name][0]
    p = oracle.SCIPY[name](*values)
    low, high = p.ppf(1e-16), p.isf(1e-16)
    edges = np.unique([low, *p.ppf([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6]), high])
    mass = sum(
        integrate.quad(lambda x: p.pdf(x) ** alpha, a, b, epsrel=1e-10, limit=300)[0]
        for a, b in itertools.pairwise(edges)
    )
    module = getattr(families, name)
    got = module.renyi_entropy(**own_parameters(name, values), alpha=alpha)
    close(got, np.log(mass) / (1 - alpha), 1e-5)


@pytest.mark.parametrize("name", RENYI)
def test_renyi_divergence_around_one_and_at_the_ends(name):
    p, q = (jnp.asarray(v, WIDEST) for v in np.array(PAIRS[name]))
    module = getattr(families, name)

    def of(alpha):
        return module.renyi_divergence(*p, *q, alpha)

    one = jnp.ones((), WIDEST)
    kl = module.kl_divergence(*p, *q)
    close(of(one), kl, 1e-14)
    step = 2.0**-10
    left, right = of(one - step), of(one + step)
    assert left < kl < right
    slope = jax.grad(of)(one)
    np.testing.assert_allclose(slope, (right - left) / (2 * step), rtol=1e-2)
    assert of(0 * one) == 0
    assert jnp.isnan(of(-one))
    assert jnp.isnan(of(one * jnp.nan))
    assert of(one * jnp.inf) >= of(2 * one)
    # Through infinity: from far out, for the direction that stays finite.
    swapped = [
        module.renyi_divergence(*q, *p, jnp.asarray(a, WIDEST)) for a in (1e3, jnp.inf)
    ]
    far = [of(jnp.asarray(a, WIDEST)) for a in (1e3, jnp.inf)]
    for near, limit in (swapped, far):
        assert (near == limit) | (jnp.abs(near / limit - 1) < 2e-2)


W2 = [n for n in PAIRS if hasattr(getattr(families, n), "wasserstein_distance")]


@pytest.mark.parametrize("name", W2)
def test_wasserstein_distance_is_that_of_quantiles(name):
    p, q = PAIRS[name]
    x, w = np.polynomial.legendre.leggauss(4000)
    u = np.sin(0.25 * np.pi * (x + 1)) ** 2
    w = w * np.sin(0.5 * np.pi * (x + 1)) * 0.25 * np.pi
    gap = oracle.SCIPY[name](*p).ppf(u) - oracle.SCIPY[name](*q).ppf(u)
    close(call(name, "wasserstein_distance", *p, *q), np.sqrt(np.sum(w * gap**2)), 1e-5)


def test_dirichlet_agrees_with_scipy_and_beta():
    p, q = (jnp.asarray(v, WIDEST) for v in VECTORS["dirichlet"])
    close(families.dirichlet.entropy(p), stats.dirichlet(np.array(p)).entropy())
    draws = np.random.default_rng(0).dirichlet(np.array(p, float), 40_000)
    gap = [stats.dirichlet(np.array(x, float)) for x in (p, q)]
    logs = gap[0].logpdf(draws.T) - gap[1].logpdf(draws.T)
    error = logs.std() / np.sqrt(len(logs))
    assert abs(families.dirichlet.kl_divergence(p, q) - logs.mean()) < 5 * error
    two = (jnp.asarray(v, WIDEST) for v in ((2.0, 0.7), (1.3, 4.0)))
    close(
        families.dirichlet.kl_divergence(*two),
        call("beta", "kl_divergence", 2.0, 0.7, 1.3, 4.0),
        1e-14,
    )


# In high precision: the divergence of each family from its log-densities.
def _mp_gamma(a, r, b, s):
    m = mpmath
    first = (a - b) * m.digamma(a) - m.loggamma(a) + m.loggamma(b)
    return first + b * m.log(r / s) + a * (s / r - 1)


def _mp_beta(a, b, c, d):
    m = mpmath
    norm = m.loggamma(c) + m.loggamma(d) - m.loggamma(c + d)
    norm -= m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)
    rest = (a - c) * m.digamma(a) + (b - d) * m.digamma(b)
    return norm + rest + (c - a + d - b) * m.digamma(a + b)


def _mp_normal(m, s, n, t):
    return mpmath.log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - mpmath.mpf(1) / 2


def _mp_laplace(m, s, n, t):
    gap = abs(m - n)
    return mpmath.log(t / s) + (s * mpmath.exp(-gap / s) + gap) / t - 1


def _mp_extreme(c, shift):
    u = shift + mpmath.loggamma(1 + c)
    rest = mpmath.loggamma(c) - mpmath.euler * (1 - c)
    return mpmath.exp(u) - 1 - u + rest


def _mp_von_mises(m, k, n, j):
    i = mpmath.besseli
    logs = mpmath.log(i(0, j) / i(0, k))
    return logs + i(1, k) / i(0, k) * (k - j * mpmath.cos(m - n))


def _mp_binary(p, q):
    other = (1 - p) * mpmath.log((1 - p) / (1 - q)) if p < 1 else 0
    return p * mpmath.log(p / q) + other


MP = {
    "bernoulli": _mp_binary,
    "beta": _mp_beta,
    "exponential": lambda r, s: mpmath.log(r / s) + s / r - 1,
    "gamma": _mp_gamma,
    "geometric": lambda p, q: _mp_binary(p, q) / p,
    "gumbel": lambda m, s, n, t: _mp_extreme(s / t, (n - m) / t),
    "inverse_gamma": _mp_gamma,
    "laplace": _mp_laplace,
    "log_normal": _mp_normal,
    "normal": _mp_normal,
    "pareto": lambda a, s, b, t: mpmath.log(a / b) + b / a - 1 + b * mpmath.log(s / t),
    "poisson": lambda r, s: r * mpmath.log(r / s) - r + s,
    "uniform": lambda a, b, c, d: mpmath.log((d - c) / (b - a)),
    "von_mises": _mp_von_mises,
    "weibull": lambda k, s, j, t: _mp_extreme(j / k, j * mpmath.log(s / t)),
}
# The concentration of a beta distribution cancels against that of the sum.
ULP = {"beta": 200.0, "von_mises": 64.0}


def _near(name, dtype, rng):
    """Parameters of p of many sizes, and q next to them."""
    size = 24
    fields = getattr(families, name).Params._fields
    near = np.float64(2.0) ** -rng.integers(1, 11 if dtype == "float32" else 24, size)
    p, q = [], []
    for field in fields:
        x = np.exp(rng.uniform(-2.5, 4.0, size))
        if field == "probs":
            x = rng.uniform(0.02, 0.9, size)
        y = x * (1 + near * rng.uniform(-1, 1, size))
        if field in ("loc", "low", "high") and name != "uniform":
            x = rng.normal(size=size)
            y = x + near * rng.normal(size=size)
        p.append(x.astype(dtype))
        q.append(y.astype(dtype))
    if name == "uniform":
        p = [-p[0], p[1]]
        q = [(p[0] * (1 + near)).astype(dtype), (p[1] * (1 + near)).astype(dtype)]
    if name == "pareto":
        q[1] = np.minimum(p[1], q[1])
    if name == "bernoulli":
        q = [np.minimum(q[0], 0.99).astype(dtype)]
    return p, q


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(MP))
def test_near_equal_parameters_keep_their_digits(name, dtype):
    rng = np.random.default_rng(3)
    p, q = _near(name, dtype, rng)
    got = np.asarray(call(name, "kl_divergence", *p, *q, dtype=dtype))
    assert got.dtype == dtype
    assert (got >= 0).all()
    with mpmath.workdps(60):
        for i, value in enumerate(got):
            numbers = [mpmath.mpf(float(x[i])) for x in (*p, *q)]
            want = MP[name](*numbers)
            error = abs(mpmath.mpf(float(value)) - want)
            unit = abs(want) * float(np.finfo(dtype).eps)
            assert error <= ULP.get(name, 24.0) * unit, (numbers, value, want)


def _vectors(name, p, q):
    return [jnp.asarray(v, WIDEST) for v in (p, q)]


@pytest.mark.parametrize("name", [*DIVERGENT, *VECTORS])
def test_zero_at_equality(name):
    values = {**PAIRS, **VECTORS}[name]
    module = getattr(families, name)
    measures = {
        n: getattr(module, n)
        for n in module.__all__
        if n.endswith(("divergence", "distance"))
    }
    for one in values:
        for scale in (1.0, 0.37):
            one = [x * scale for x in one]
            p = [jnp.asarray(one, WIDEST)] if name in VECTORS else one
            if name == "categorical":
                p = [p[0] / jnp.sum(p[0])]
            p = oracle.arrays(p, WIDEST)
            count = 2 * len(p)
            for verb, measure in measures.items():
                orders = [(0.5,), (1.0,), (2.0,), (jnp.inf,)]
                for alpha in orders if verb.startswith("renyi") else [()]:
                    assert measure(*p, *p, *alpha) == 0, (verb, alpha)
                    slopes = jax.grad(
                        lambda *x, a=alpha, m=measure: m(*x, *a), tuple(range(count))
                    )(*p, *p)
                    for slope in slopes:
                        if verb == "kl_divergence" and name in ("pareto", "uniform"):
                            assert jnp.isfinite(slope).all()
                        elif alpha != (jnp.inf,) and name != "categorical":
                            np.testing.assert_allclose(slope, 0, atol=1e-6)


def _verbs(name):
    module = getattr(families, name)
    return [
        (verb, getattr(module, verb))
        for verb in module.__all__
        if verb != "Params" and inspect.isroutine(getattr(module, verb))
    ]


def _arguments(name, verb, fn, batch):
    """Arguments of a verb by name, each a batch of its own."""
    rng = np.random.default_rng(5)
    fields = getattr(families, name).Params._fields
    p, q = {**PAIRS, **VECTORS}[name]
    if name == "pareto":
        q = (4.0, 0.5)
    named = dict(zip(fields, p, strict=True))
    named |= {f"{k}_p": v for k, v in zip(fields, p, strict=True)}
    named |= {f"{k}_q": v for k, v in zip(fields, q, strict=True)}
    named |= {"correlation": 0.4}
    out = {}
    for key in inspect.signature(fn).parameters:
        if key in named:
            value = np.asarray(named[key])
            spread = np.exp(0.1 * rng.uniform(-1, 1, (*batch, *value.shape)))
            spread = 1.0 if name in ("categorical", "uniform") else spread
            full = np.broadcast_to(value * spread, (*batch, *value.shape))
            out[key] = jnp.asarray(full, WIDEST)
        elif key == "alpha":
            out[key] = jnp.asarray(1.1, WIDEST)
    return out


ALL = [
    pytest.param(name, verb, fn, id=f"{name}.{verb}")
    for name in [*PAIRS, *VECTORS]
    for verb, fn in _verbs(name)
]


@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_transforms(name, verb, fn):
    """One program: value, vmap, gradient, jvp, against finite differences."""
    given = _arguments(name, verb, fn, (2,))
    moving = {k: v for k, v in given.items() if k != "alpha"}
    order = {k: v for k, v in given.items() if k == "alpha"}
    rng = np.random.default_rng(1)
    along = {
        k: jnp.asarray(rng.normal(size=v.shape), WIDEST) for k, v in moving.items()
    }

    def of(moving):
        return fn(**moving, **order)

    @jax.jit
    def program(moving, along):
        value, change = jax.jvp(of, (moving,), (along,))
        slopes = jax.grad(lambda m: of(m).sum())(moving)
        step = 1e-4 if WIDEST == "float64" else 1e-2
        ahead, behind = (
            of({k: v + s * along[k] for k, v in moving.items()}) for s in (step, -step)
        )
        return value, change, slopes, jax.vmap(of)(moving), (ahead - behind) / step / 2

    value, change, slopes, mapped, finite = program(moving, along)
    assert value.shape == (2,)
    assert value.dtype == WIDEST
    assert not value.weak_type
    close(mapped, value, 1e-12)
    close(of(moving), value, 1e-12)
    total = sum(jnp.sum(slopes[k] * along[k]) for k in moving)
    close(total, jnp.sum(change), 1e-10)
    # The divergence of tables is the generalized one: its slope is that along the
    # simplex alone.
    if WIDEST == "float64" and name != "categorical":
        np.testing.assert_allclose(change, finite, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_types_and_bad_input(name, verb, fn):
    given = _arguments(name, verb, fn, ())
    shape = jax.eval_shape(fn, **{k: v.astype("bfloat16") for k, v in given.items()})
    assert shape.dtype == "float32"
    for key in given:
        if key == "alpha":
            with pytest.raises(TypeError, match="`alpha`"):
                fn(**given | {key: jnp.ones(2)})
            continue
        with pytest.raises(TypeError, match=f"`{key}`"):
            fn(**given | {key: given[key].astype("int32")})
        with pytest.raises(TypeError, match=f"`{key}`"):
            fn(**given | {key: given[key].tolist() if given[key].ndim else [1.0]})
    keys = [k for k in given if k != "alpha"]
    if len(keys) > 1:
        event = given[keys[0]].shape
        bad = {
            keys[0]: jnp.ones((2, *event), WIDEST),
            keys[1]: jnp.ones((3, *event), WIDEST),
        }
        with pytest.raises(ValueError, match="broadcast"):
            fn(**given | bad)
    if "base" in inspect.signature(fn).parameters:
        with pytest.raises(TypeError, match="base"):
            fn(**given, base=[2])
        close(fn(**given, base=2) * np.log(2), fn(**given), 1e-6)


def test_batches_broadcast():
    loc = jnp.zeros((3, 1), WIDEST)
    scale = jnp.ones(4, WIDEST)
    one = jnp.ones((), WIDEST)
    assert families.normal.kl_divergence(loc, scale, one, one).shape == (3, 4)
    assert families.normal.entropy(scale, loc=loc).shape == (3, 4)
    a = jnp.ones((2, 1, 5), WIDEST)
    assert families.dirichlet.kl_divergence(a, jnp.ones(5, WIDEST)).shape == (2, 1)
    with pytest.raises(ValueError, match="last axis"):
        families.dirichlet.kl_divergence(a, jnp.ones(4, WIDEST))


INFINITE = {
    "bernoulli": [((0.5,), (0.0,)), ((0.5,), (1.0,))],
    "pareto": [((2.0, 1.0), (2.0, 1.5))],
    "poisson": [((1.0,), (0.0,))],
    "uniform": [((0.0, 1.0), (0.5, 2.0)), ((0.0, 1.0), (-1.0, 0.5))],
}


@pytest.mark.parametrize("name", INFINITE)
def test_infinite_by_support(name):
    for p, q in INFINITE[name]:
        for verb in ("kl_divergence", "cross_entropy"):
            fn = getattr(getattr(families, name), verb)
            values = oracle.arrays((*p, *q), WIDEST)
            assert jnp.isposinf(fn(*values))
            for slope in jax.grad(fn, tuple(range(len(values))))(*values):
                assert not jnp.isnan(slope)


def test_poisson_at_rate_zero():
    zero, one = jnp.zeros((), WIDEST), jnp.ones((), WIDEST)
    assert families.poisson.entropy(zero) == 0
    assert families.poisson.kl_divergence(zero, one) == 1
    assert families.poisson.kl_divergence(zero, zero) == 0
    assert jax.grad(families.poisson.entropy)(zero) == 0
    assert families.poisson.renyi_divergence(zero, one, 0.5) == 1
    assert jnp.isposinf(families.poisson.renyi_divergence(one, zero, 2.0))
    close(families.poisson.renyi_divergence(one, zero, 0.5), 1.0)


def test_student_t_goes_over_into_normal():
    scale = jnp.asarray(1.3, WIDEST)
    normal = families.normal.entropy(scale)
    for df in (1e9, 1e17, jnp.inf):
        got = families.student_t.entropy(jnp.asarray(df, WIDEST), scale)
        close(got, normal, 2e-9)


def test_nan_stays_in_its_row():
    rate = jnp.asarray([1.0, jnp.nan, 3.0], WIDEST)
    for name in ("exponential", "poisson"):
        fn = getattr(families, name).kl_divergence
        value = fn(rate, jnp.asarray(2.0, WIDEST))
        np.testing.assert_array_equal(jnp.isnan(value), [False, True, False])
    low = jnp.asarray([jnp.nan, 0.0], WIDEST)
    one = jnp.ones(2, WIDEST)
    value = families.uniform.kl_divergence(low, one, -one, 2 * one)
    np.testing.assert_array_equal(jnp.isnan(value), [True, False])


def test_mutual_information_of_correlation():
    rho = jnp.asarray([0.0, 0.5, -0.5, 1.0], WIDEST)
    got = families.normal.mutual_information(rho)
    close(got[:3], [0.0, 0.5 * np.log(4 / 3), 0.5 * np.log(4 / 3)], 1e-12)
    assert jnp.isposinf(got[3])


def test_checked_reports_negative_parameters():
    from jax.experimental import checkify

    import jaxinfo

    entropy = jaxinfo.checked(jax.jit(functools.partial(families.normal.entropy)))
    entropy(jnp.ones(3, WIDEST))
    with pytest.raises(checkify.JaxRuntimeError, match="`scale` is negative"):
        entropy(jnp.asarray([1.0, -1.0], WIDEST))
