"""Two families at once: every pair against integrals, and the dispatch itself."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from families import families_of_scipy as oracle
from jaxinfo import families

WIDEST = contract.WIDEST
# As p with a support inside that of q where there is one, light tails where it matters.
P = {
    "bernoulli": (0.3,),
    "beta": (2.0, 1.7),
    "exponential": (1.4,),
    "gamma": (2.5, 1.5),
    "gumbel": (0.3, 0.7),
    "inverse_gamma": (4.5, 1.5),
    "laplace": (0.3, 0.7),
    "log_normal": (0.3, 0.4),
    "logistic": (0.3, 0.7),
    "normal": (0.3, 0.7),
    "pareto": (4.5, 1.5),
    "poisson": (3.0,),
    "student_t": (7.0, 0.3, 0.7),
    "uniform": (0.3, 0.7),
    "weibull": (2.5, 1.5),
}
Q = {
    "bernoulli": (0.6,),
    "beta": (1.3, 4.0),
    "exponential": (0.8,),
    "gamma": (1.7, 2.0),
    "gumbel": (0.2, 1.5),
    "laplace": (0.6, 1.2),
    "normal": (-0.2, 1.1),
    "pareto": (2.0, 0.1),
    "poisson": (0.7,),
    "student_t": (5.0, -0.2, 1.1),
    "uniform": (-0.5, 1.2),
    "weibull": (1.3, 2.0),
}
MIXED = [pair for pair in families.pairs() if pair[0] != pair[1]]
SIZE = 3


def batch(table, name):
    """A few distributions of a family around the one that is listed."""
    rng = np.random.default_rng(len(name))
    spread = np.exp(0.05 * rng.uniform(-1, 1, SIZE))
    return tuple(np.asarray(x * spread, WIDEST) for x in table[name])


def arrays(*values):
    return [jnp.asarray(x, WIDEST) for x in values]


def both(name_p, name_q, dtype=WIDEST):
    given = (name_p, batch(P, name_p)), (name_q, batch(Q, name_q))
    return tuple(
        getattr(families, name).Params(*(jnp.asarray(x, dtype) for x in values))
        for name, values in given
    )


@functools.cache
def all_values():
    """Divergence and cross-entropy of all pairs, by one program."""

    def program(given):
        return [(families.kl_divergence(*x), families.cross_entropy(*x)) for x in given]

    found = contract.quick(program)([both(*pair) for pair in MIXED])
    return dict(zip(MIXED, found, strict=True))


@functools.cache
def all_slopes(pairs):
    """Divergences by vmap and their gradients, in single precision."""

    def measures(given):
        return [jax.vmap(families.kl_divergence)(*x) for x in given]

    def program(given):
        # Different pairs have different arguments: one backward pass for all.
        value, backward = jax.vjp(measures, given)
        return value, backward(jax.tree.map(jnp.ones_like, value))[0]

    values, slopes = contract.quick(program)([both(*p, "float32") for p in pairs])
    return dict(zip(pairs, zip(values, slopes, strict=True), strict=True))


def inside(name_p, name_q):
    """Whether the support of p is in that of q, by SciPy."""
    p, q = oracle.SCIPY[name_p](*P[name_p]), oracle.SCIPY[name_q](*Q[name_q])
    (low_p, high_p), (low_q, high_q) = p.support(), q.support()
    return low_q <= low_p and high_p <= high_q


def test_pairs_are_counted():
    assert len([pair for pair in families.pairs() if pair[0] == pair[1]]) == 21
    assert len(MIXED) == 83
    assert len([pair for pair in MIXED if inside(*pair)]) == 39


# What torch.distributions registers, of the families that are here.
TORCH = """
bernoulli poisson, beta pareto, beta exponential, beta gamma, beta normal, beta uniform,
exponential beta, exponential pareto, exponential uniform, exponential gamma,
exponential gumbel, exponential normal, gamma beta, gamma pareto, gamma uniform,
gamma exponential, gamma gumbel, gamma normal, gumbel beta, gumbel exponential,
gumbel gamma, gumbel pareto, gumbel uniform, gumbel normal, laplace beta,
laplace exponential, laplace gamma, laplace pareto, laplace uniform, laplace normal,
normal beta, normal exponential, normal gamma, normal pareto, normal uniform,
normal gumbel, normal laplace, pareto beta, pareto uniform, pareto exponential,
pareto gamma, pareto normal, poisson bernoulli, uniform beta, uniform exponential,
uniform gamma, uniform gumbel, uniform normal, uniform pareto
"""


def test_pairs_hold_those_of_torch():
    theirs = {tuple(pair.split()) for pair in TORCH.split(",")}
    assert len(theirs) == 49
    assert theirs - set(families.pairs()) == set()


@pytest.mark.matrix
def test_divergences_are_the_integrals():
    tolerance = 1e-9 if WIDEST == "float64" else 1e-4
    for pair in MIXED:
        kl, cross = all_values()[pair]
        assert kl.shape == cross.shape == (SIZE,)
        if not inside(*pair):
            assert jnp.isposinf(kl).all(), pair
            assert jnp.isposinf(cross).all(), pair
            continue
        points = [batch(P, pair[0]), batch(Q, pair[1])]
        for i in range(SIZE):
            p, q = (tuple(x[i] for x in point) for point in points)
            want = oracle.expected_log_ratio(pair[0], p, pair[1], q)
            scale = tolerance * (1 + abs(want))
            assert abs(kl[i] - want) < scale, (pair, kl[i], want)
            want += oracle.SCIPY[pair[0]](*p).entropy()
            assert abs(cross[i] - want) < scale * (1 + abs(want)), (pair, cross[i])


# Nearly every moment and every cost is among them.
SOME = ("exponential", "pareto", "poisson", "uniform")


@pytest.mark.matrix
def test_vmap_and_gradients():
    """Finite; and 0 where the value is infinite."""
    pairs = tuple(pair for pair in MIXED if pair[0] in SOME)
    for pair, (value, slopes) in all_slopes(pairs).items():
        want = all_values()[pair][0]
        np.testing.assert_allclose(value, want, rtol=2e-4, atol=1e-5, err_msg=pair)
        for slope in jax.tree.leaves(slopes):
            assert jnp.isfinite(slope).all(), pair
            assert inside(*pair) or (slope == 0).all(), pair


@pytest.mark.matrix
def test_gradients_are_differences(x64):
    """Of the pairs that are finite, along a direction, by one program."""
    pairs = [pair for pair in MIXED if inside(*pair)]
    rng = np.random.default_rng(0)
    given = [both(*pair) for pair in pairs]
    along = jax.tree.map(lambda x: jnp.asarray(rng.normal(size=x.shape)), given)

    @contract.quick
    def program(given):
        def total(given):
            values = [families.kl_divergence(*x) for x in given]
            return sum(jnp.sum(x) for x in values), values

        return jax.grad(total, has_aux=True)(given)

    slopes, _ = program(given)
    step = 1e-6
    ahead, behind = (
        program(jax.tree.map(lambda x, d, s=s: x + s * d, given, along))[1]
        for s in (step, -step)
    )
    for pair, slope, way, high, low in zip(
        pairs, slopes, along, ahead, behind, strict=True
    ):
        parts = jax.tree.map(jnp.multiply, slope, way)
        got = sum(jax.tree.leaves(parts))
        want = (high - low) / step / 2
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=pair)


def test_tails_without_moments_are_infinite():
    p = families.pareto.Params(*arrays(1.5, 1.0))
    q = families.normal.Params(*arrays(0.0, 1.0))
    assert jnp.isposinf(families.kl_divergence(p, q))
    p = families.student_t.Params(*arrays(1.5, 0.0, 1.0))
    assert jnp.isposinf(families.kl_divergence(p, q))


def test_one_family_is_its_module():
    p = families.normal.Params(*arrays(0.0, 1.0))
    q = families.normal.Params(*arrays(1.0, 2.0))
    module = families.normal
    assert families.kl_divergence(p, q) == module.kl_divergence(*p, *q)
    assert families.cross_entropy(p, q) == module.cross_entropy(*p, *q)


def test_parts_of_a_family_are_exactly_zero_at_equality():
    rate = jnp.asarray([0.3, 7.0], WIDEST)
    one = families.exponential.Params(rate)
    gamma = families.gamma.Params(jnp.ones_like(rate), rate)
    assert (families.kl_divergence(one, gamma) == 0).all()
    assert (families.kl_divergence(gamma, one) == 0).all()


def test_batches_and_vmap():
    p = families.normal.Params(jnp.zeros((3, 1), WIDEST), jnp.ones((3, 1), WIDEST))
    q = families.laplace.Params(*arrays(np.zeros(4), np.ones(4)))
    value = families.kl_divergence(p, q)
    assert value.shape == (3, 4)
    mapped = jax.vmap(lambda p: families.kl_divergence(p, q))(p)
    np.testing.assert_allclose(mapped, value, rtol=1e-6)
    assert (
        families.kl_divergence(
            *jax.tree.map(lambda x: x.astype("bfloat16"), (p, q))
        ).dtype
        == "float32"
    )


def test_other_pairs_are_refused():
    p = families.laplace.Params(*arrays(0.0, 1.0))
    q = families.student_t.Params(*arrays(3.0, 0.0, 1.0))
    for verb in (families.kl_divergence, families.cross_entropy):
        with pytest.raises(TypeError, match=r"\(laplace, student_t\).*\(beta, beta\)"):
            verb(p, q)
        with pytest.raises(TypeError, match=r"`params_q` must be `Params`.*tuple"):
            verb(p, (0.0, 1.0))
        with pytest.raises(TypeError, match="`scale_p`"):
            verb(p._replace(scale=jnp.int32(1)), families.normal.Params(*p))
        with pytest.raises(TypeError, match="base"):
            verb(p, p, base=[2])


def test_python_numbers_are_parameters():
    """Whole ones too: it is arrays of integers that are refused."""
    kl = families.normal.kl_divergence(0, 1, 1, 2)
    assert kl == families.normal.kl_divergence(*arrays(0.0, 1.0, 1.0, 2.0))
    assert kl.dtype == families.normal.kl_divergence(0.0, 1.0, 1.0, 2.0).dtype
    assert not kl.weak_type
    params = families.normal.Params(0, 1)
    assert families.kl_divergence(params, params) == 0
