"""Two families at once: every pair against integrals, and the dispatch itself."""

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
    "uniform": (-0.5, 1.2),
    "weibull": (1.3, 2.0),
}
MIXED = [pair for pair in families.pairs() if pair[0] != pair[1]]
FINITE = [
    pair
    for pair in MIXED
    if not jnp.isinf(
        families.kl_divergence(
            oracle.params(pair[0], P[pair[0]]), oracle.params(pair[1], Q[pair[1]])
        )
    )
]


def both(name_p, name_q):
    return oracle.params(name_p, P[name_p]), oracle.params(name_q, Q[name_q])


def test_pairs_are_counted():
    # By support alone: five families on the line against five, five on the positive
    # numbers against three, Pareto against two, Poisson against Bernoulli, and beta
    # against Pareto for every scale above 0.
    infinite = 5 * 5 + 5 * 3 + 2 + 1 + 1
    assert len(MIXED) - len(FINITE) == infinite
    own = [pair for pair in families.pairs() if pair[0] == pair[1]]
    assert len(own) == 19
    assert len(MIXED) == 79
    assert len(FINITE) == 35


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


@pytest.mark.parametrize(("name_p", "name_q"), FINITE)
def test_divergence_is_the_integral(name_p, name_q):
    p, q = both(name_p, name_q)
    want = oracle.kl_by_quadrature(name_p, P[name_p], name_q, Q[name_q])
    tolerance = 1e-6 if WIDEST == "float64" else 1e-4
    got = families.kl_divergence(p, q)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    entropy = oracle.SCIPY[name_p](*P[name_p]).entropy()
    cross = families.cross_entropy(p, q, base=2)
    np.testing.assert_allclose(
        cross * np.log(2), want + entropy, rtol=tolerance, atol=tolerance
    )


def test_infinite_pairs_are_infinite_by_support():
    for name_p, name_q in sorted(set(MIXED) - set(FINITE)):
        p = oracle.SCIPY[name_p](*P[name_p])
        q = oracle.SCIPY[name_q](*Q[name_q])
        low, high = zip(p.support(), q.support(), strict=True)
        assert low[0] < low[1] or high[0] > high[1], (name_p, name_q)


@pytest.mark.parametrize("family", sorted(P))
def test_gradients_are_finite(family):
    """Where the value is infinite by support the gradient is 0, never NaN."""
    names = [q for p, q in MIXED if p == family]
    for name_q in names:
        p, q = both(family, name_q)
        value, slopes = jax.value_and_grad(families.kl_divergence, (0, 1))(p, q)
        for slope in jax.tree.leaves(slopes):
            assert jnp.isfinite(slope), (family, name_q)
            if jnp.isinf(value):
                assert slope == 0, (family, name_q)


def test_tails_without_moments_are_infinite():
    p = families.pareto.Params(*oracle.arrays((1.5, 1.0), WIDEST))
    q = families.normal.Params(*oracle.arrays((0.0, 1.0), WIDEST))
    assert jnp.isposinf(families.kl_divergence(p, q))
    p = families.student_t.Params(*oracle.arrays((1.5, 0.0, 1.0), WIDEST))
    assert jnp.isposinf(families.kl_divergence(p, q))


def test_one_family_is_its_module():
    p = families.normal.Params(*oracle.arrays((0.0, 1.0), WIDEST))
    q = families.normal.Params(*oracle.arrays((1.0, 2.0), WIDEST))
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
    q = families.laplace.Params(*oracle.arrays((np.zeros(4), np.ones(4)), WIDEST))
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
    p = families.laplace.Params(*oracle.arrays((0.0, 1.0), WIDEST))
    q = families.student_t.Params(*oracle.arrays((3.0, 0.0, 1.0), WIDEST))
    for verb in (families.kl_divergence, families.cross_entropy):
        with pytest.raises(TypeError, match=r"\(laplace, student_t\).*\(beta, beta\)"):
            verb(p, q)
        with pytest.raises(TypeError, match=r"`params_q` must be `Params`.*tuple"):
            verb(p, (0.0, 1.0))
        with pytest.raises(TypeError, match="`scale_p`"):
            verb(p._replace(scale=jnp.asarray(1)), families.normal.Params(*p))
        with pytest.raises(TypeError, match="base"):
            verb(p, p, base=[2])
