"""The normal distribution of many coordinates, against definitions to 60 digits."""

import functools
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
from jaxinfo.families import multivariate_normal as mvn
from jaxinfo.families import normal

WIDEST = contract.WIDEST
# The run without 64-bit types makes the programs of single precision.
DTYPES = [
    "float64",
    pytest.param(
        "float32", marks=pytest.mark.matrix if jax.config.jax_enable_x64 else ()
    ),
]
ALPHAS = (0.25, 1.0625)
DIVERGENCES = {
    "kl": mvn.kl_divergence,
    "bhattacharyya": mvn.bhattacharyya_distance,
    "wasserstein": mvn.wasserstein_distance,
}
EXACT = {
    "kl": exact.normal_kl,
    "bhattacharyya": lambda *a: exact.normal_renyi(*a, 0.5) / 2,
    "wasserstein": exact.normal_wasserstein,
    "0.25": lambda *a: exact.normal_renyi(*a, 0.25),
    "1.0625": lambda *a: exact.normal_renyi(*a, 1.0625),
}


@contract.quick
def _divergences(p, q):
    orders = jnp.asarray(ALPHAS, p[0].dtype)
    renyi = jax.vmap(lambda a: mvn.renyi_divergence(*p, *q, a))(orders)
    named = {name: fn(*p, *q) for name, fn in DIVERGENCES.items()}
    return named | dict(zip(map(str, ALPHAS), renyi, strict=True))


def divergences(p, q):
    """Of rows of any number, as one program: they are filled up to 24."""
    rows = len(p[0])
    p, q = jax.tree.map(
        lambda x: jnp.concatenate([x, jnp.repeat(x[:1], 24 - rows, 0)]), (p, q)
    )
    return {name: values[:rows] for name, values in _divergences(p, q).items()}


def covariance(rng, d, condition=10.0):
    """A random rotation of variances from 1 down to one over the condition."""
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    cov = turn * np.geomspace(1.0, 1.0 / condition, d) @ turn.T
    return (cov + cov.T) / 2


def near(rng, cov, step):
    """The covariance with each entry changed by a relative step."""
    noise = rng.uniform(-1, 1, cov.shape)
    return cov * (1 + step * (noise + noise.T) / 2)


def rounded(x, dtype):
    """An array as it is after a round trip through a dtype."""
    return np.asarray(np.asarray(x, dtype), "float64")


def close(got, want, tolerance):
    np.testing.assert_allclose(np.asarray(got, float), np.array(want, float), tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_divergences_keep_their_digits(dtype):
    """From far apart to the last digits, for covariances of conditions 10 and 1000."""
    rng = np.random.default_rng(0)
    eps = float(jnp.finfo(dtype).eps)
    # Far narrower than q along one axis: a small eigenvalue, with all of its digits.
    narrow = np.diag([1.0, 0.5, 1.0, 2.0**-20])
    cases = [(np.zeros(4), narrow, np.ones(4), covariance(rng, 4))]
    for condition in (10.0, 1000.0):
        q = covariance(rng, 4, condition)
        loc = rng.standard_normal(4)
        lower = np.linalg.cholesky(q)
        far = lower @ covariance(rng, 4) @ lower.T
        cases.append((loc, (far + far.T) / 2, loc + 1.0, q))
        for step in (1e-4, 30 * eps):
            step /= math.sqrt(condition)
            shift = step * 0.1 * rng.standard_normal(4)
            cases.append((loc, near(rng, q, step), loc + shift, q))
    cases = [[rounded(x, dtype) for x in case] for case in cases]
    arrays = [jnp.asarray(np.stack(x), dtype) for x in zip(*cases, strict=True)]
    got = divergences(arrays[:2], arrays[2:])
    for name, values in got.items():
        assert values.dtype == dtype
        want = [EXACT[name](*case) for case in cases]
        close(values[:4], want[:4], 64 * eps)
        # What the covariance is rounded to already costs its condition.
        close(values[4:], want[4:], 1000 * eps)


def kinds(rng, d=6, r=2):
    """A covariance of each kind, and as it is in full."""
    factor, noise = rng.standard_normal((d, r)), rng.uniform(0.5, 2.0, d)
    full = covariance(rng, d)
    return {
        "full": (jnp.asarray(full, WIDEST), full),
        "diagonal": (mvn.Diagonal(jnp.asarray(noise, WIDEST)), np.diag(noise)),
        "low_rank": (
            mvn.LowRank(jnp.asarray(factor, WIDEST), jnp.asarray(noise, WIDEST)),
            factor @ factor.T + np.diag(noise),
        ),
    }


@pytest.mark.matrix
@contract.sampled("kind", ["full", "diagonal", "low_rank"], "low_rank")
def test_kinds_of_covariances_agree(kind):
    """Each kind against each, as p and as q."""
    rng = np.random.default_rng(1)
    (p, dense_p), others = kinds(rng)[kind], kinds(rng)
    loc = jnp.asarray(rng.standard_normal((2, 6)), WIDEST)

    @contract.quick
    def program(p, others):
        return {
            name: (
                mvn.kl_divergence(loc[0], p, loc[1], q),
                mvn.bhattacharyya_distance(loc[1], q, loc[0], p),
                mvn.entropy(p),
                mvn.mutual_information(p, 2),
            )
            for name, q in others.items()
        }

    results = program(p, {name: q for name, (q, _) in others.items()})
    for name, (_, dense_q) in others.items():
        p_full, q_full = (np.asarray(loc[0]), dense_p), (np.asarray(loc[1]), dense_q)
        want = (
            exact.normal_kl(*p_full, *q_full),
            exact.normal_renyi(*q_full, *p_full, 0.5) / 2,
            exact.normal_entropy(dense_p),
            exact.normal_information(dense_p, 2),
        )
        tolerance = 500 * float(jnp.finfo(WIDEST).eps)
        np.testing.assert_allclose(
            np.array(results[name]), np.array(want, float), tolerance, tolerance
        )


@pytest.mark.matrix
@pytest.mark.parametrize("kind", ["full", "diagonal", "low_rank"])
def test_kinds_agree_where_arrays_are_formed(kind):
    rng = np.random.default_rng(1)
    (p, dense_p), others = kinds(rng)[kind], kinds(rng)
    loc = jnp.zeros(6, WIDEST)
    for q, dense_q in others.values():
        full = [jnp.asarray(x, WIDEST) for x in (dense_p, dense_q)]
        beyond = functools.partial(mvn.renyi_divergence, alpha=1.0625)
        for fn in (*DIVERGENCES.values(), beyond):
            tolerance = 1e4 * float(jnp.finfo(WIDEST).eps)
            want = fn(loc, full[0], loc + 1, full[1])
            np.testing.assert_allclose(fn(loc, p, loc + 1, q), want, tolerance)


@pytest.mark.matrix
def test_thin_factors_keep_their_digits(x64):
    """Near equality of factors, of noise, and of both."""
    rng = np.random.default_rng(2)
    factor, noise = rng.standard_normal((6, 2)), rng.uniform(0.5, 2.0, 6)
    loc = rng.standard_normal(6)
    steps = [(a, b) for e in (0.3, 1e-4, 1e-7) for a, b in ((e, e), (0, e), (e, 0))]
    factors = np.stack([factor + a * rng.standard_normal((6, 2)) for a, _ in steps])
    noises = np.stack([noise * (1 + b * rng.uniform(-1, 1, 6)) for _, b in steps])
    p, q = mvn.LowRank(factors, noises), mvn.LowRank(factor, noise)
    got = contract.quick(mvn.kl_divergence)(loc, p, loc, q)
    half = contract.quick(mvn.bhattacharyya_distance)(loc, p, loc, q)

    def dense(f, a):
        f = exact.matrix(f)
        return f * f.T + exact.mp.diag([float(x) for x in a])

    for i in range(len(steps)):
        pair = loc, dense(factors[i], noises[i]), loc, dense(factor, noise)
        close(got[i], exact.normal_kl(*pair), 1e-13)
        close(half[i], exact.normal_renyi(*pair, 0.5) / 2, 1e-13)


@pytest.mark.matrix
def test_equal_distributions_are_exactly_zero_apart():
    rng = np.random.default_rng(3)
    loc = jnp.asarray(rng.standard_normal(6), WIDEST)

    @contract.quick
    def program(covs):
        measures = mvn.kl_divergence, mvn.bhattacharyya_distance
        return [fn(loc, cov, loc, cov) for fn in measures for cov in covs]

    assert program([cov for cov, _ in kinds(rng).values()]) == [0] * 6
    cov = jnp.asarray(np.stack([covariance(rng, 4) for _ in range(24)]), WIDEST)
    p = jnp.zeros((24, 4), WIDEST), cov
    assert all((x == 0).all() for x in divergences(p, p).values())


def test_divergence_is_never_negative():
    rng = np.random.default_rng(4)
    cov = np.stack([covariance(rng, 4) for _ in range(24)])
    steps = np.geomspace(1e-18, 1.0, 24)[:, None, None]
    noise = rng.standard_normal((24, 4, 1)) * np.sqrt(steps)
    p = jnp.asarray(cov + noise * np.swapaxes(noise, -1, -2), WIDEST)
    zero = jnp.zeros((24, 4), WIDEST)
    for values in divergences((zero, p), (zero, jnp.asarray(cov, WIDEST))).values():
        assert (values >= 0).all()


def smooth(loc_p, cov_p, loc_q, cov_q):
    """A sum of what has two derivatives at equality too."""
    total = mvn.cross_entropy(loc_p, cov_p, loc_q, cov_q)
    total += mvn.bhattacharyya_distance(loc_p, cov_p, loc_q, cov_q)
    total += mvn.renyi_divergence(loc_p, cov_p, loc_q, cov_q, 1.0625)
    return total + mvn.mutual_information(cov_p, 1)


def rough(loc_p, cov_p, loc_q, cov_q):
    return mvn.wasserstein_distance(loc_p, cov_p, loc_q, cov_q)


@pytest.mark.matrix
@pytest.mark.parametrize(
    "fn",
    [
        pytest.param(smooth, id="smooth"),
        pytest.param(rough, marks=pytest.mark.matrix, id="rough"),
    ],
)
def test_derivatives_of_both_orders(fn, x64):
    """Against finite differences, apart and where all eigenvalues coincide."""
    rng = np.random.default_rng(5)
    a = [covariance(rng, 3) for _ in range(2)]
    loc = rng.standard_normal(3)
    points = [(loc, a[0], loc + 0.5, a[1]), (loc, np.eye(3), loc + 0.5, np.eye(3))]
    if fn is smooth:
        points.append((loc, a[0], loc, a[0]))
    point = [np.stack(x) for x in zip(*points, strict=True)]
    along = [rng.standard_normal(x.shape) for x in point]
    along = [x + np.swapaxes(x, -1, -2) if x.ndim > 2 else x for x in along]

    @contract.quick
    def program(point, along):
        def slopes(*point):
            return jax.grad(lambda *p: fn(*p).sum(), range(4))(*point)

        value, change = jax.jvp(fn, point, along)
        return value, change, *jax.jvp(slopes, point, along)

    def at(step):
        return program([x + step * v for x, v in zip(point, along, strict=True)], along)

    def dot(slopes):
        terms = [np.asarray(s * v) for s, v in zip(slopes, along, strict=True)]
        return sum(t.sum(tuple(range(1, t.ndim))) for t in terms)

    _, change, slopes, curve = at(0.0)
    ahead, behind = at(1e-5), at(-1e-5)
    np.testing.assert_allclose(change, dot(slopes), 1e-10)
    first = (ahead[0] - behind[0]) / 2e-5
    np.testing.assert_allclose(change, first, 1e-5, atol=1e-6)
    for own, plus, minus in zip(curve, ahead[2], behind[2], strict=True):
        np.testing.assert_allclose(own, (plus - minus) / 2e-5, 1e-4, atol=1e-5)


def test_curvature_at_equality_is_the_information_of_fisher(x64):
    rng = np.random.default_rng(6)
    cov, loc = covariance(rng, 3), np.zeros(3)
    along = rng.standard_normal((3, 3))
    along = along + along.T

    def of(t):
        return mvn.kl_divergence(loc, cov, loc, cov + t * along)

    curvature = jax.jit(jax.hessian(of))(0.0)
    inverse = np.linalg.inv(cov)
    np.testing.assert_allclose(
        curvature, np.trace(inverse @ along @ inverse @ along) / 2, 1e-12
    )


@pytest.mark.matrix
def test_one_coordinate_is_the_normal_distribution():
    loc = jnp.asarray([0.3, -0.5], WIDEST)
    scale = jnp.asarray([0.7, 1.6], WIDEST)
    alphas = jnp.asarray([0.0, 0.3, 1.0, 1.1, math.inf], WIDEST)

    def both(module, p, q, entropy):
        same = ["kl_divergence", "cross_entropy", "bhattacharyya_distance"]
        same += ["hellinger_distance", "squared_hellinger_distance"]
        same += ["wasserstein_distance"]
        results = [getattr(module, name)(*p, *q) for name in same]
        results += [*jax.vmap(lambda a: module.renyi_divergence(*p, *q, a))(alphas)]
        results += [module.entropy(entropy), module.renyi_entropy(entropy, 2.0)]
        return jnp.stack([*results, module.entropy(entropy, base=2)])

    cov = (scale * scale)[:, None, None]
    of_scales = contract.quick(functools.partial(both, normal))
    want = of_scales((loc[0], scale[0]), (loc[1], scale[1]), scale[0])
    of_covs = contract.quick(functools.partial(both, mvn))
    p, q = zip(loc[:, None], cov, strict=True)
    tolerance = 32 * float(jnp.finfo(WIDEST).eps)
    np.testing.assert_allclose(of_covs(p, q, cov[0]), want, tolerance)
    diagonals = [(m, mvn.Diagonal(c[0])) for m, c in (p, q)]
    flat = of_covs(*diagonals, diagonals[0][1])
    np.testing.assert_allclose(flat, want, tolerance)


@pytest.mark.matrix
def test_orders_at_their_ends_and_around_one():
    rng = np.random.default_rng(7)
    q = jnp.asarray(covariance(rng, 3), WIDEST)
    loc = jnp.zeros(3, WIDEST)
    p = 0.5 * jnp.asarray(near(rng, np.asarray(q), 0.1), WIDEST)
    of = contract.quick(
        jax.value_and_grad(lambda a: mvn.renyi_divergence(loc, p, loc + 1, q, a))
    )
    value, slope = of(jnp.ones((), WIDEST))
    np.testing.assert_allclose(value, mvn.kl_divergence(loc, p, loc + 1, q), 1e-6)
    left, right = (of(jnp.asarray(1 + s, WIDEST))[0] for s in (-(2**-9), 2**-9))
    np.testing.assert_allclose(slope, (right - left) * 2**8, 1e-3)
    assert of(jnp.zeros((), WIDEST)) == (0, 0)
    assert jnp.isnan(of(jnp.asarray(-0.1, WIDEST))[0])
    largest, flat = of(jnp.asarray(jnp.inf, WIDEST))
    assert flat == 0
    np.testing.assert_allclose(of(jnp.asarray(1e5, WIDEST))[0], largest, 1e-3)
    # The largest log-ratio of densities of one coordinate twice as narrow as another.
    wide = mvn.renyi_divergence(loc, 2 * q, loc, q, jnp.inf)
    assert jnp.isposinf(wide)
    narrow = mvn.renyi_divergence(loc, q, loc, 4 * q, jnp.inf)
    np.testing.assert_allclose(narrow, 3 * math.log(2), 1e-6)
    assert mvn.renyi_divergence(loc, q, loc, q, jnp.inf) == 0
    # Beyond the order at which the integral diverges.
    steep, slope = jax.value_and_grad(mvn.renyi_divergence, 1)(loc, 2 * q, loc, q, 3.0)
    assert jnp.isposinf(steep)
    assert (slope == 0).all()


def test_information_near_independence_and_of_factors(x64):
    rng = np.random.default_rng(8)
    cov = np.stack([covariance(rng, 5)] * 3)
    for i, share in enumerate((1.0, 1e-3, 1e-9)):
        cov[i, :2, 2:] *= share
        cov[i, 2:, :2] *= share
    got = mvn.mutual_information(cov, 2)
    close(got, [exact.normal_information(c, 2) for c in cov], 1e-13)
    # Factors of which x has one and y the other.
    factor = np.zeros((6, 2))
    factor[:3, 0], factor[3:, 1] = rng.standard_normal((2, 3))
    factor[0, 1] = 1e-6
    noise = rng.uniform(0.5, 2.0, 6)
    f = exact.matrix(factor)
    dense = f * f.T + exact.mp.diag([float(x) for x in noise])
    got = mvn.mutual_information(mvn.LowRank(factor, noise), 3)
    close(got, exact.normal_information(dense, 3), 1e-9)
    assert mvn.mutual_information(mvn.Diagonal(noise), 3) == 0
    assert mvn.mutual_information(np.eye(4), 3) == 0


@contract.sampled("verb", ["entropy", "kl_divergence", "bhattacharyya_distance"])
def test_thin_factors_form_no_array(verb):
    d = 64
    cov = mvn.LowRank(jnp.ones((d, 2), WIDEST), jnp.ones(d, WIDEST))
    loc = jnp.zeros(d, WIDEST)
    args = (cov,) if verb == "entropy" else (loc, cov, loc, cov)
    fn = getattr(mvn, verb)
    slopes = jax.jit(jax.grad(lambda *a: fn(*a), len(args) - 1))
    text = slopes.lower(*args).as_text()
    assert f"tensor<{d}x2x" in text
    assert f"{d}x{d}x" not in text


def test_entropy_is_that_of_scipy_and_divergence_the_mean():
    rng = np.random.default_rng(9)
    p, q = covariance(rng, 3), covariance(rng, 3)
    loc = rng.standard_normal((2, 3))
    for cov in (p, q):
        want = stats.multivariate_normal(np.zeros(3), cov).entropy()
        np.testing.assert_allclose(mvn.entropy(jnp.asarray(cov, WIDEST)), want, 1e-6)
    of_p, of_q = (stats.multivariate_normal(*x) for x in ((loc[0], p), (loc[1], q)))
    draws = of_p.rvs(100_000, random_state=0)
    logs = of_p.logpdf(draws) - of_q.logpdf(draws)
    args = [jnp.asarray(x, WIDEST) for x in (loc[0], p, loc[1], q)]
    gap = abs(mvn.kl_divergence(*args) - logs.mean())
    assert gap < 5 * logs.std() / math.sqrt(len(logs))
    affinity = np.exp(-0.5 * logs)
    gap = abs(1 - mvn.squared_hellinger_distance(*args) - affinity.mean())
    assert gap < 5 * affinity.std() / math.sqrt(len(logs))


def test_invariance_under_affine_maps(x64):
    rng = np.random.default_rng(10)
    p, q, loc = covariance(rng, 4), covariance(rng, 4), rng.standard_normal((2, 4))
    turn, shift = rng.standard_normal((4, 4)), rng.standard_normal(4)
    both = zip(loc, (p, q), strict=True)
    plain = divergences((loc[:1], p[None]), (loc[1:], q[None]))
    moved = [((turn @ m + shift)[None], (turn @ c @ turn.T)[None]) for m, c in both]
    mapped = divergences(*moved)
    for name in ("kl", "bhattacharyya", "0.25", "1.0625"):
        np.testing.assert_allclose(mapped[name], plain[name], 1e-11)


def test_bad_covariances_stay_in_their_row():
    eye = jnp.eye(4, dtype=WIDEST)
    bad = jnp.stack([eye, eye.at[2, 2].set(-1), eye, eye * jnp.nan, jnp.ones((4, 4))])
    zero, good = jnp.zeros((5, 4), WIDEST), 2 * jnp.broadcast_to(eye, (5, 4, 4))
    bad = bad.astype(WIDEST)
    for p, q in ((bad, good), (good, bad)):
        for values in divergences((zero, p), (zero, q)).values():
            assert jnp.isnan(values[jnp.array([1, 3, 4])]).all()
            assert (values[0] == values[2]) & jnp.isfinite(values[0])
    assert jnp.isnan(mvn.entropy(bad[1]))
    flat = mvn.Diagonal(jnp.asarray([1.0, -1.0], WIDEST))
    loc = jnp.zeros(2, WIDEST)
    assert jnp.isnan(mvn.kl_divergence(loc, flat, loc, flat))


def test_values_are_checked_on_demand():
    eye = jnp.eye(2, dtype=WIDEST)
    entropy = jaxinfo.checked(jax.jit(lambda c: mvn.entropy(c)))
    assert jnp.isfinite(entropy(jnp.stack([eye, eye]))).all()
    wrong = {
        "`cov` is not positive definite in entry 1": jnp.stack([eye, -eye]),
        "`cov` is NaN in entry 0": eye * jnp.nan,
        "`cov` is not symmetric in entry 0": eye.at[0, 1].set(0.5),
    }
    for message, cov in wrong.items():
        with pytest.raises(checkify.JaxRuntimeError, match=message):
            entropy(cov)
    with pytest.raises(checkify.JaxRuntimeError, match="`cov` is not positive"):
        entropy(mvn.Diagonal(jnp.asarray([1.0, 0.0], WIDEST)))


def test_bad_arguments_are_refused():
    eye, loc = jnp.eye(3, dtype=WIDEST), jnp.zeros(3, WIDEST)
    with pytest.raises(ValueError, match=r"`cov` must be of shape \(\.\.\., d, d\)"):
        mvn.entropy(eye[:2])
    with pytest.raises(ValueError, match=r"`loc_q`.*of one size d, got 3.*2"):
        mvn.kl_divergence(loc, eye, loc[:2], eye)
    stack = jnp.stack([eye, eye])
    with pytest.raises(ValueError, match="batches that broadcast"):
        mvn.kl_divergence(loc, stack, jnp.zeros((3, 3), WIDEST), eye)
    with pytest.raises(ValueError, match=r"`cov_p` must be of shape.*d, r"):
        mvn.kl_divergence(loc, mvn.LowRank(eye[:2], loc), loc, eye)
    with pytest.raises(TypeError, match=r"`cov.variances` must be float32"):
        mvn.entropy(mvn.Diagonal(jnp.arange(3)))
    with pytest.raises(TypeError, match="`cov` must be an array"):
        mvn.entropy([[1.0]])
    for num_x in (0, 3):
        with pytest.raises(ValueError, match=r"`num_x` must be in \(0, 3\)"):
            mvn.mutual_information(eye, num_x)
    with pytest.raises(TypeError, match="`num_x` must be a Python int"):
        mvn.mutual_information(eye, 1.5)
    with pytest.raises(TypeError, match="`num_x` must be a static Python value"):
        mvn.mutual_information(eye, jnp.asarray(1))


def test_types_batches_and_dispatch():
    p = mvn.Params(jnp.zeros((3, 1, 2), "bfloat16"), jnp.eye(2, dtype="bfloat16"))
    q = mvn.Params(jnp.ones((4, 2), "float32"), mvn.Diagonal(jnp.ones(2, "float16")))
    value = families.kl_divergence(p, q)
    assert value.shape == (3, 4)
    assert value.dtype == "float32"
    np.testing.assert_allclose(value, 1.0, 1e-6)
    cross = families.cross_entropy(p, q, base=2)
    entropy = mvn.entropy(p.cov, base=2)
    np.testing.assert_allclose(cross - entropy, 1 / math.log(2), 1e-5)
    mapped = jax.vmap(lambda m: mvn.kl_divergence(m, p.cov, *q))(p.loc)
    np.testing.assert_allclose(mapped, value, 1e-6)
    slope = jax.grad(lambda c: families.kl_divergence(p._replace(cov=c), q).sum())(
        p.cov
    )
    assert slope.dtype == "bfloat16"
