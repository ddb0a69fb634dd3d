"""Measures of any order, of functions, of mixtures and of transport, on tables."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.stats

import contract
from jaxinfo import probs

DTYPES = contract.precisions()
P = np.array([10, 20, 3, 5, 7, 19]) / 64
Q = np.array([11, 5, 14, 6, 27, 1]) / 64
DIVERGENCES = ["renyi_divergence", "tsallis_divergence", "alpha_divergence"]
ENTROPIES = ["renyi_entropy", "tsallis_entropy"]
# The hardest divergence and one entropy stand for all in the default run.
of_order = contract.sampled(
    "name", DIVERGENCES + ENTROPIES, "renyi_divergence", "tsallis_entropy"
)
ORDERS = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, np.inf]


def _mp(name, p, q, a):
    """The measure of exact numbers, in sixty digits; not at 0, 1 or infinity."""
    mpmath.mp.dps = 60
    p, q = ([mpmath.mpf(float(v)) for v in x] for x in (p, q))
    a = mpmath.mpf(float(a))
    both = [(x, y) for x, y in zip(p, q, strict=True) if x > 0]
    if name.endswith("entropy"):
        s = mpmath.fsum(x**a for x, _ in both)
        return mpmath.log(s) / (1 - a) if "renyi" in name else (1 - s) / (a - 1)
    s = mpmath.fsum(x**a * y ** (1 - a) for x, y in both)
    if "renyi" in name:
        return mpmath.log(s) / (a - 1)
    return (s - 1) / ((a - 1) * (a if "alpha" in name else 1))


@functools.cache
def _program(name):
    return contract.quick(getattr(probs, name))


def _tables(name, p, q):
    return [p] if name.endswith("entropy") else [p, q]


def _call(name, p, q, a):
    return _program(name)(*_tables(name, p, q), a)


@functools.cache
def _value_and_gradients(name):
    """In both tables and in the order, as one program."""

    @contract.quick
    def program(p, q, a):
        verb = getattr(probs, name)
        value, pull = jax.vjp(lambda p, q, a: verb(*_tables(name, p, q), a), p, q, a)
        return value, pull(jnp.ones_like(value))

    return program


def _ulps(got, want, dtype):
    return float(abs(mpmath.mpf(float(got)) - want) / abs(want)) / np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIVERGENCES + ENTROPIES)
def test_ladder_around_order_one(name, dtype):
    bits = np.finfo(dtype).nmant
    steps = 2.0 ** -np.arange(1, bits + 1)
    orders = np.concatenate([1 - steps, 1 + steps]).astype(dtype)
    near = np.array([11, 19, 3, 5, 7, 19]) / 64
    for q in (Q, near):
        got = np.asarray(_call(name, P.astype(dtype), q.astype(dtype), orders))
        assert got.dtype == dtype
        worst = max(
            _ulps(g, _mp(name, P, q, a), dtype)
            for g, a in zip(got, orders, strict=True)
        )
        assert worst < 8


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIVERGENCES)
def test_nearly_equal_tables_keep_their_digits(name, dtype):
    eps = float(np.finfo(dtype).eps)
    p = np.array([0.25, 0.25, 0.5], dtype)
    q = np.array([0.25 + eps, 0.25 - eps, 0.5], dtype)
    orders = np.array([0.25, 0.5, 0.999, 1.001, 2.0, 7.0], dtype)
    got = np.asarray(_call(name, p, q, orders))
    for g, a in zip(got, orders, strict=True):
        assert _ulps(g, _mp(name, p, q, a), dtype) < 8


@pytest.mark.parametrize("dtype", DTYPES)
def test_small_overlap_and_huge_ratios_keep_their_digits(dtype):
    # The sum of powers is 2^-10 or so below order 1; it overflows float32 above.
    p = np.array([1 - 5 * 2.0**-22, 5 * 2.0**-22])
    q = p[::-1]
    orders = np.array([0.25, 0.5, 0.75, 3.0, 11.0], dtype)
    got = probs.renyi_divergence(p.astype(dtype), q.astype(dtype), orders)
    for g, a in zip(np.asarray(got), orders, strict=True):
        assert _ulps(g, _mp("renyi_divergence", p, q, a), dtype) < 8


def test_limits_are_the_named_measures(x64):
    p, q = np.array([0.5, 0.25, 0.25, 0.0]), np.array([0.125, 0.25, 0.5, 0.125])
    orders = jnp.array([2.0, -1.0, 0.5])

    @contract.quick
    def program(ends):
        entropy, kl = probs.entropy(p), probs.kl_divergence(p, q)
        return {
            "renyi": (
                probs.renyi_entropy(p, ends),
                [np.log(3), entropy, probs.min_entropy(p)],
            ),
            "tsallis": (probs.tsallis_entropy(p, ends), [2, entropy, 0]),
            "renyi of two": (
                probs.renyi_divergence(p, q, ends),
                [-np.log1p(-0.125), kl, np.log(4)],
            ),
            "tsallis of two": (
                probs.tsallis_divergence(p, q, ends),
                [0.125, kl, np.inf],
            ),
            "alpha": (probs.alpha_divergence(q, p, ends), [kl, np.inf, np.inf]),
            "twice": (
                probs.alpha_divergence(P, Q, orders),
                [
                    probs.chi_squared_divergence(P, Q) / 2,
                    probs.chi_squared_divergence(Q, P) / 2,
                    4 * probs.squared_hellinger_distance(P, Q),
                ],
            ),
        }

    for name, (got, want) in program(jnp.array([0.0, 1.0, np.inf])).items():
        np.testing.assert_allclose(got, want, rtol=1e-13, err_msg=name)


@of_order
def test_orders_without_a_meaning_are_nan(name):
    bad = jnp.array([-1.0, -np.inf, np.nan])
    values = np.isnan(_call(name, P, Q, bad))
    assert values.tolist() == ([False] * 2 + [True] if "alpha" in name else [True] * 3)


@contract.sampled("name", DIVERGENCES, "renyi_divergence")
def test_equal_tables_have_divergence_zero(name):
    p = np.random.default_rng(0).dirichlet(np.ones(9), 20)
    orders = jnp.array(ORDERS)[:, None]
    value, (_, gradient, _) = _value_and_gradients(name)(p, p, orders)
    assert not np.asarray(value).any()
    assert not np.asarray(gradient).any()


@of_order
@pytest.mark.parametrize("a", [0.3, 0.9999, 1.0, 1.0001, 2.5])
def test_gradients_are_those_of_differences(name, a, x64):
    mpmath.mp.dps = 60
    h = mpmath.mpf(10) ** -20
    v = [0, 1, -1, 0, 0, 0]

    def at(dp, dq, da):
        def move(x, d):
            return [mpmath.mpf(float(u)) + d * w for u, w in zip(x, v, strict=True)]

        a_ = mpmath.mpf(a) + da
        if a == 1.0:  # the formula has a pole that its limit has not
            a_ += mpmath.mpf(10) ** -25
        s_p, s_q = move(P, dp), move(Q, dq)
        if name.endswith("entropy"):
            s = mpmath.fsum(x**a_ for x in s_p)
            top = mpmath.log(s) / (1 - a_)
            return top if "renyi" in name else (1 - s) / (a_ - 1)
        s = mpmath.fsum(x**a_ * y ** (1 - a_) for x, y in zip(s_p, s_q, strict=True))
        if "renyi" in name:
            return mpmath.log(s) / (a_ - 1)
        return (s - 1) / ((a_ - 1) * (a_ if "alpha" in name else 1))

    mpmath.mp.dps = 120
    steps = [(h, 0, 0), (0, h, 0), (0, 0, h)]
    want = [float((at(*d) - at(*(-x for x in d))) / (2 * h)) for d in steps]
    _, grads = _value_and_gradients(name)(P, Q, jnp.asarray(a))
    got = [grads[0] @ jnp.asarray(v, P.dtype), grads[1] @ jnp.asarray(v, P.dtype)]
    np.testing.assert_allclose([*got, grads[2]], want, rtol=1e-10, atol=1e-14)


@of_order
def test_zeros_give_no_nan_gradient(name):
    p = jnp.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.25, 0.0, 0.75]])
    q = jnp.array([[0.5, 0.0, 0.5], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    for a in ORDERS:
        value, grads = _value_and_gradients(name)(p, q, jnp.asarray(a))
        assert not np.isnan(value).any()
        assert not any(np.isnan(g).any() for g in grads)
    ends = jnp.array([0.0, np.inf])
    if name != "alpha_divergence":
        _, (_, _, slopes) = _value_and_gradients(name)(P, Q, ends)
        assert not slopes.any()


@pytest.mark.matrix
def test_laws_of_the_orders(x64):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(7), (2, 50))
    orders = jnp.linspace(0, 6, 49)[:, None]
    divergence = probs.renyi_divergence(p, q, orders)
    slack = 1e-13
    assert (jnp.diff(divergence, axis=0) >= -slack).all()
    assert (jnp.diff(probs.renyi_entropy(p, orders), axis=0) <= slack).all()
    # Data processing, additivity and Pinsker's inequality.
    kernel = rng.dirichlet(np.ones(4), 7)
    for name in DIVERGENCES:
        fine = _call(name, p, q, orders)
        assert (_call(name, p @ kernel, q @ kernel, orders) <= fine + slack).all()
        assert (fine >= 0).all()
    pp, qq = (np.einsum("bi,bj->bij", x, x).reshape(50, -1) for x in (p, q))
    np.testing.assert_allclose(
        probs.renyi_divergence(pp, qq, orders), 2 * divergence, rtol=1e-11
    )
    tv = probs.total_variation_distance(p, q)
    bound = orders / 2 * (2 * tv[None]) ** 2
    assert (divergence[:9] >= bound[:9] - slack).all()  # orders up to 1


def test_orders_broadcast_against_the_batch():
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(5), (2, 3))
    orders = jnp.array([0.5, 1.0, 3.0])
    got = probs.renyi_entropy(np.moveaxis(p, -1, 0), orders, axis=0)
    for k, a in enumerate(orders):
        np.testing.assert_allclose(got[:, k], _program("renyi_entropy")(p[:, k], a))
    assert probs.tsallis_entropy(p, jnp.ones((4, 1, 1))).shape == (4, 2, 3)
    assert probs.renyi_divergence(p, p[0, 0], 2).shape == (2, 3)
    for bad in ([1.0], True, 1j, jnp.ones(4)):
        with pytest.raises((TypeError, ValueError), match="`alpha`"):
            probs.renyi_entropy(p, bad)


FUNCTIONS = {
    "kl_divergence": lambda t: t * jnp.log(t),
    "total_variation_distance": lambda t: 0.5 * jnp.abs(t - 1),
    "chi_squared_divergence": lambda t: (t - 1) ** 2,
    "squared_hellinger_distance": lambda t: 0.5 * (jnp.sqrt(t) - 1) ** 2,
}


@contract.sampled("name", FUNCTIONS)
def test_f_divergence_of_known_functions(name, x64):
    p = np.array([P, [0.5, 0.5, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.25, 0.25]])
    q = np.array([Q, [0.25, 0.25, 0.5, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
    got = probs.f_divergence(p, q, FUNCTIONS[name])
    np.testing.assert_allclose(got, getattr(probs, name)(p, q), rtol=1e-9)
    slopes = jax.jit(
        jax.grad(lambda p: probs.f_divergence(p, q, FUNCTIONS[name]).sum())
    )(jnp.asarray(p))
    assert not np.isnan(slopes).any()


def test_bad_functions_are_refused():
    with pytest.raises(TypeError, match="`f` must be a function, got float"):
        probs.f_divergence(P, Q, 1.0)
    with pytest.raises(ValueError, match="`f` must be elementwise"):
        probs.f_divergence(P, Q, jnp.sum)


def test_generalized_js_divergence(x64):
    half = jnp.array([0.5, 0.5])
    both = probs.generalized_js_divergence(np.stack([P, Q]), half)
    np.testing.assert_allclose(both, probs.js_divergence(P, Q), rtol=1e-14)
    w = jnp.array([0.25, 0.0, 0.75])
    ps = np.stack([P, [1, 0, 0, 0, 0, 0], Q])
    m = w @ ps
    want = probs.entropy(m) - w @ probs.entropy(ps)
    np.testing.assert_allclose(probs.generalized_js_divergence(ps, w), want, rtol=1e-12)
    swapped = probs.generalized_js_divergence(ps.T, w, axis=0, component_axis=1)
    np.testing.assert_allclose(swapped, want, rtol=1e-12)
    # The distribution without weight has an outcome that the mixture lacks.
    ps[[0, 2], 0], ps[[0, 2], 1] = 0, ps[[0, 2], :2].sum(axis=1)
    grads = jax.grad(probs.generalized_js_divergence, argnums=(0, 1))(
        jnp.asarray(ps), w
    )
    assert not any(np.isnan(g).any() for g in grads)
    for bad, error in ((w[:2], ValueError), ([1.0], TypeError)):
        with pytest.raises(error, match="`weights`"):
            probs.generalized_js_divergence(ps, bad)


def _chernoff(p, q):
    mpmath.mp.dps = 60
    pairs = [
        (mpmath.mpf(float(x)), mpmath.mpf(float(y))) for x, y in zip(p, q, strict=True)
    ]

    def moment(a):
        return mpmath.fsum(x**a * y ** (1 - a) * mpmath.log(x / y) for x, y in pairs)

    low, high = mpmath.mpf(0), mpmath.mpf(1)
    for _ in range(190):
        middle = (low + high) / 2
        low, high = (low, middle) if moment(middle) > 0 else (middle, high)
    return -mpmath.log(mpmath.fsum(x**low * y ** (1 - low) for x, y in pairs))


@contract.long
@pytest.mark.parametrize("dtype", DTYPES)
def test_chernoff_information(dtype):
    eps = float(np.finfo(dtype).eps)
    near = P + np.array([1, -1, 0, 2, -2, 0]) * eps
    far = np.array([1, 1, 1, 1, 4, 2**20 - 8]) / 2**20
    of = contract.quick(jax.value_and_grad(probs.chernoff_information))
    for p, q in ((P, Q), (P, near), (far, far[::-1])):
        got, _ = of(p.astype(dtype), q.astype(dtype))
        assert _ulps(got, _chernoff(p, q), dtype) < 8
    assert of(P.astype(dtype), P.astype(dtype))[0] == 0
    one, two, *_ = np.eye(6, dtype=dtype)
    value, slope = of(one, two)
    assert jnp.isposinf(value)
    assert not slope.any()
    # Contained support: the overlap is least at the end of the interval.
    np.testing.assert_allclose(of((one + two) / 2, one)[0], np.log(2), rtol=1e-6)


def test_wasserstein_distance(x64):
    rng = np.random.default_rng(5)
    x = rng.normal(size=6)
    for places in (None, x):
        where = np.arange(6.0) if places is None else places
        want = scipy.stats.wasserstein_distance(where, where, P, Q)
        got = probs.wasserstein_distance(P, Q, positions=places)
        np.testing.assert_allclose(got, want, rtol=1e-12)
    moved = probs.wasserstein_distance(
        np.stack([P, Q], axis=1), np.stack([Q, P], axis=1), axis=0
    )
    np.testing.assert_allclose(moved, probs.wasserstein_distance(P, Q), rtol=1e-14)
    for bad in ([1.0], np.ones(3), np.ones(6, bool)):
        with pytest.raises((TypeError, ValueError), match="`positions`"):
            probs.wasserstein_distance(P, Q, positions=bad)
    with pytest.raises(ValueError, match="`axis` must be a single axis"):
        probs.wasserstein_distance(P[None], Q[None], axis=(0, 1))


@of_order
@pytest.mark.parametrize(
    "half", ["bfloat16", pytest.param("float16", marks=pytest.mark.matrix)]
)
def test_halves_and_masks(half, name):
    verb = getattr(probs, name)
    keep = np.array([True] * 5 + [False])

    @contract.quick
    def program(*tables):
        wide = verb(*(t.astype("float32") for t in tables), 0.7)
        hidden = [t.at[5].set(jnp.nan) for t in tables]
        masked = verb(*hidden, 0.7, where=keep)
        short = verb(*(t[:5] for t in tables), 0.7)
        return verb(*tables, 0.7), wide, masked, short

    tables = (jnp.asarray(x, half) for x in _tables(name, P, Q))
    got, wide, masked, short = program(*tables)
    assert got.dtype == "float32"
    assert got == wide
    np.testing.assert_allclose(masked, short, rtol=1e-6)
