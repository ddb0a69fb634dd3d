"""The Wishart distribution, against definitions to 60 digits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import checkify
from scipy import stats

import contract
import jaxinfo
from families import matrices_of_mpmath as exact
from jaxinfo import families
from jaxinfo.families import gamma, wishart

WIDEST = contract.WIDEST
ALPHAS = (0.25, 1.0625)
# The run without 64-bit types makes the programs of single precision.
DTYPES = [
    "float64",
    pytest.param(
        "float32", marks=pytest.mark.matrix if jax.config.jax_enable_x64 else ()
    ),
]


@contract.quick
def _measures(*args):
    orders = jnp.asarray(ALPHAS, args[0].dtype)
    renyi = jax.vmap(lambda a: wishart.renyi_divergence(*args, a))(orders)
    return dict(zip(map(str, ALPHAS), renyi, strict=True)) | {
        "kl": wishart.kl_divergence(*args),
        "bhattacharyya": wishart.bhattacharyya_distance(*args),
        "entropy": wishart.entropy(*args[:2]),
    }


def measures(*args):
    """Of rows of any number, as one program: they are filled up to 16."""
    rows = len(args[0])
    filled = [jnp.concatenate([x, jnp.repeat(x[:1], 16 - rows, 0)]) for x in args]
    return {name: values[:rows] for name, values in _measures(*filled).items()}


EXACT = {
    "kl": exact.wishart_kl,
    "bhattacharyya": lambda *a: exact.wishart_renyi(*a, 0.5) / 2,
    "entropy": lambda *a: exact.wishart_entropy(*a[:2]),
    "0.25": lambda *a: exact.wishart_renyi(*a, 0.25),
    "1.0625": lambda *a: exact.wishart_renyi(*a, 1.0625),
}


def scale(rng, d=3):
    a = rng.standard_normal((d, d))
    return a @ a.T / d + np.eye(d)


def symmetric(rng, d=3):
    a = rng.uniform(-1, 1, (d, d))
    return (a + a.T) / 2


@pytest.mark.parametrize("dtype", DTYPES)
def test_measures_keep_their_digits(dtype):
    """From few to many degrees of freedom, from far apart to the last digits."""
    rng, eps = np.random.default_rng(0), float(jnp.finfo(dtype).eps)
    cases = []
    for df in (2.25, 7.0, 1e2, 1e5):
        for step in (0.3, 1e-4, 100 * eps):
            p = scale(rng)
            cases.append((df, p, df * (1 + step), p * (1 + step * symmetric(rng))))
        # With the same mean.
        cases.append((df, p, df * 1.125, p / 1.125))
    arrays = [jnp.asarray(np.stack(x), dtype) for x in zip(*cases, strict=True)]
    cases = list(zip(*(np.asarray(x, "float64") for x in arrays), strict=True))
    for name, values in measures(*arrays).items():
        assert values.dtype == dtype
        want = np.array([EXACT[name](*case) for case in cases], float)
        np.testing.assert_allclose(values, want, 256 * eps, err_msg=name)


def test_equal_distributions_are_exactly_zero_apart():
    rng = np.random.default_rng(1)
    df = jnp.asarray(np.geomspace(2.1, 1e6, 16), WIDEST)
    p = jnp.asarray(np.stack([scale(rng) for _ in range(16)]), WIDEST)
    for name, values in measures(df, p, df, p).items():
        assert name == "entropy" or (values == 0).all()


@pytest.mark.matrix
def test_one_row_is_the_gamma_distribution():
    """Both ways, at orders that are below 0, at their ends, at 1 and beyond."""
    df, v = jnp.asarray([3.0, 4.5], WIDEST), jnp.asarray([2.0, 0.7], WIDEST)
    orders = jnp.asarray([-1.0, 0.0, 0.5, 1.0, 1.25, 1e3, math.inf], WIDEST)

    def both(module, first, second):
        p, q = (first, second), (first[::-1], second[::-1])
        renyi = jax.vmap(lambda a: module.renyi_divergence(*p, *q, a))(orders)
        hellinger = module.squared_hellinger_distance(*p, *q)
        return jnp.stack([*renyi, hellinger, module.cross_entropy(*p, *q)])

    program = contract.quick(both, static_argnums=0)
    got = program(wishart, df, v[:, None, None])
    tolerance = 64 * float(jnp.finfo(WIDEST).eps)
    np.testing.assert_allclose(got, program(gamma, df / 2, 0.5 / v), tolerance)


def test_largest_ratio_is_the_limit_of_orders(x64):
    rng = np.random.default_rng(2)
    p = scale(rng)
    q = p + scale(rng)
    of = contract.quick(wishart.renyi_divergence)
    for df in (5.0, 6.5):
        largest = of(df, p, 5.0, q, jnp.inf)
        np.testing.assert_allclose(of(df, p, 5.0, q, 1e7), largest, 1e-4)
    assert of(5.0, p, 5.0, p, jnp.inf) == 0
    assert jnp.isposinf(of(5.0, p, 6.5, q, jnp.inf))
    assert jnp.isposinf(of(6.5, q, 5.0, p, jnp.inf))
    # Beyond the order at which the integral diverges, by the scale and by the freedom.
    assert jnp.isposinf(of(5.0, q, 5.0, p / 4, 5.0))
    assert jnp.isposinf(of(3.0, p, 6.0, p, 2.0))


@pytest.mark.matrix
def test_gradient_is_the_finite_difference(x64):
    rng = np.random.default_rng(3)
    point = [np.stack(x) for x in ((4.0, 4.0), [scale(rng)] * 2)]
    point += [np.array([5.0, 4.0]), np.stack([scale(rng), point[1][0]])]
    along = [rng.standard_normal(x.shape) for x in point]

    @contract.quick
    def program(point):
        def total(*args):
            return wishart.cross_entropy(*args) + wishart.bhattacharyya_distance(*args)

        return jax.jvp(total, point, along)

    ahead, behind = (
        program([x + step * v for x, v in zip(point, along, strict=True)])[0]
        for step in (1e-5, -1e-5)
    )
    slope = program(point)[1]
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-5, 1e-6, atol=1e-8)


@pytest.mark.matrix
def test_derivatives_of_both_orders(x64):
    """Against finite differences, apart and where all eigenvalues coincide."""
    rng = np.random.default_rng(3)
    a, b = scale(rng), scale(rng)
    points = [(4.0, a, 5.0, b), (4.0, np.eye(3), 5.0, np.eye(3)), (4.0, a, 4.0, a)]
    point = [np.stack(x) for x in zip(*points, strict=True)]
    along = [rng.standard_normal(x.shape) for x in point]
    along = [x + np.swapaxes(x, -1, -2) if x.ndim > 2 else x for x in along]

    def total(*args):
        return wishart.cross_entropy(*args) + wishart.renyi_divergence(*args, 1.0625)

    @contract.quick
    def program(point):
        def slopes(*point):
            return jax.grad(lambda *p: total(*p).sum(), range(4))(*point)

        value, change = jax.jvp(total, point, along)
        return value, change, *jax.jvp(slopes, point, along)

    def at(step):
        return program([x + step * v for x, v in zip(point, along, strict=True)])

    _, change, slopes, curve = at(0.0)
    ahead, behind = at(1e-5), at(-1e-5)
    terms = [np.asarray(s * v) for s, v in zip(slopes, along, strict=True)]
    backward = sum(t.sum(tuple(range(1, t.ndim))) for t in terms)
    np.testing.assert_allclose(change, backward, 1e-10)
    np.testing.assert_allclose(change, (ahead[0] - behind[0]) / 2e-5, 1e-5, atol=1e-6)
    for own, plus, minus in zip(curve, ahead[2], behind[2], strict=True):
        np.testing.assert_allclose(own, (plus - minus) / 2e-5, 1e-4, atol=1e-5)


@pytest.mark.matrix
def test_slope_in_the_order_at_one(x64):
    rng = np.random.default_rng(4)
    args = 4.0, scale(rng), 5.5, scale(rng)
    of = jax.jit(jax.value_and_grad(lambda a: wishart.renyi_divergence(*args, a)))
    value, slope = of(1.0)
    np.testing.assert_allclose(value, float(exact.wishart_kl(*args)), 1e-12)
    np.testing.assert_allclose(slope, (of(1.001)[0] - of(0.999)[0]) / 2e-3, 1e-4)
    assert of(0.0) == (0, 0)
    assert jnp.isnan(of(-1.0)[0])


@pytest.mark.matrix
def test_entropy_is_that_of_scipy_and_divergence_the_mean():
    rng = np.random.default_rng(5)
    p, q = scale(rng), scale(rng)
    of_p, of_q = stats.wishart(4.5, p), stats.wishart(6.0, q)
    args = [jnp.asarray(x, WIDEST)[None] for x in (4.5, p, 6.0, q)]
    got = {name: float(x[0]) for name, x in measures(*args).items()}
    np.testing.assert_allclose(got["entropy"], of_p.entropy(), 1e-6)
    draws = np.moveaxis(of_p.rvs(20_000, random_state=0), 0, -1)
    logs = of_p.logpdf(draws) - of_q.logpdf(draws)
    assert abs(got["kl"] - logs.mean()) < 5 * logs.std() / math.sqrt(len(logs))
    affinity = np.exp(-0.5 * logs)
    gap = abs(math.exp(-got["bhattacharyya"]) - affinity.mean())
    assert gap < 5 * affinity.std() / math.sqrt(len(logs))


def test_bad_parameters_stay_in_their_row():
    eye = jnp.eye(3, dtype=WIDEST)
    df = jnp.asarray([4.0, 2.0, 4.0, jnp.nan], WIDEST)
    scales = jnp.stack([eye, eye, -eye, eye])
    good = jnp.full(4, 5.0, WIDEST), 2 * jnp.broadcast_to(eye, (4, 3, 3))
    forth, back = measures(df, scales, *good), measures(*good, df, scales)
    back.pop("entropy")
    for values in (*forth.values(), *back.values()):
        assert jnp.isfinite(values[0])
        assert jnp.isnan(values[1:]).all()
    entropy = jaxinfo.checked(jax.jit(lambda n, v: wishart.entropy(n, v)))
    with pytest.raises(checkify.JaxRuntimeError, match="`df` is not above d - 1 in en"):
        entropy(df[1], eye)
    with pytest.raises(checkify.JaxRuntimeError, match="`scale` is not positive def"):
        entropy(df[0], -eye)


def test_arguments_types_and_dispatch():
    kl = contract.quick(families.kl_divergence)
    p = wishart.Params(jnp.asarray(4.0, "float16"), jnp.eye(2, dtype="float16"))
    q = wishart.Params(jnp.asarray([4.0, 5.0, 6.0], "float32"), jnp.eye(2))
    q = q._replace(scale=q.scale.astype("float32"))
    value = kl(p, q)
    assert value.shape == (3,)
    assert value.dtype == "float32"
    np.testing.assert_allclose(
        value[2], float(exact.wishart_kl(4, np.eye(2), 6, np.eye(2))), 1e-5
    )
    cross = contract.quick(families.cross_entropy)(p, q)
    entropy = wishart.entropy(*p)
    np.testing.assert_allclose(cross - value, np.full(3, entropy), 1e-5)
    with pytest.raises(ValueError, match=r"`scale` must be of shape \(\.\.\., d, d\)"):
        wishart.entropy(p.df, p.scale[0])
    with pytest.raises(
        ValueError, match=r"`scale_p` and `scale_q` must be of one size"
    ):
        wishart.kl_divergence(*p, p.df, jnp.eye(3))
    with pytest.raises(TypeError, match="`df` must be float32"):
        wishart.entropy(jnp.int32(4), p.scale)
