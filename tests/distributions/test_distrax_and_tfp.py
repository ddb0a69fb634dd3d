"""distrax and TFP: every family against its own densities, layers and maps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from distributions import peers
from jaxinfo import distributions, families
from jaxinfo.distributions import _objects

dx = peers.load("distrax")
tfp = peers.load("tensorflow_probability.substrates.jax")
dist, maps = tfp.distributions, tfp.bijectors

TABLE, POINT = np.array([0.2, 0.5, 0.3]), np.array([0.3, -0.2, 0.5], "float32")
COV = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]], "float32")
LOWER = np.linalg.cholesky(COV)
MAKE = {
    "distrax.Bernoulli": lambda: dx.Bernoulli(probs=0.3),
    "distrax.Bernoulli, logits": lambda: dx.Bernoulli(logits=0.3),
    "distrax.Beta": lambda: dx.Beta(2.0, 1.3),
    "distrax.Categorical": lambda: dx.Categorical(probs=TABLE),
    "distrax.Categorical, logits": lambda: dx.Categorical(logits=np.log(TABLE)),
    "distrax.Dirichlet": lambda: dx.Dirichlet(10 * TABLE),
    "distrax.EpsilonGreedy": lambda: dx.EpsilonGreedy(TABLE, 0.1),
    "distrax.Gamma": lambda: dx.Gamma(2.5, 1.7),
    "distrax.Gumbel": lambda: dx.Gumbel(0.4, 1.7),
    "distrax.Laplace": lambda: dx.Laplace(0.4, 1.7),
    "distrax.LogStddevNormal": lambda: dx.LogStddevNormal(0.4, 0.7),
    "distrax.Logistic": lambda: dx.Logistic(0.4, 1.7),
    "distrax.Normal": lambda: dx.Normal(0.4, 1.7),
    "distrax.Softmax": lambda: dx.Softmax(TABLE, 0.3),
    "distrax.Uniform": lambda: dx.Uniform(0.4, 1.7),
    "distrax.VonMises": lambda: dx.VonMises(0.4, 1.7),
    "distrax of TFP": lambda: dx.as_distribution(dist.Weibull(2.5, 1.7)),
    "TFP of distrax": lambda: dx.to_tfp(dx.Gamma(2.5, 1.7)),
    "Bernoulli": lambda: dist.Bernoulli(probs=0.3),
    "Bernoulli, logits": lambda: dist.Bernoulli(logits=0.3),
    "Beta": lambda: dist.Beta(2.0, 1.3),
    "Categorical": lambda: dist.Categorical(probs=TABLE),
    "Categorical, logits": lambda: dist.Categorical(logits=np.log(TABLE)),
    "Dirichlet": lambda: dist.Dirichlet(10 * TABLE),
    "Exponential": lambda: dist.Exponential(1.7),
    "Gamma": lambda: dist.Gamma(2.5, 1.7),
    "Gamma, log rate": lambda: dist.Gamma(2.5, log_rate=0.4),
    "Geometric": lambda: dist.Geometric(probs=0.3),
    "Geometric, logits": lambda: dist.Geometric(logits=0.3),
    "Gumbel": lambda: dist.Gumbel(0.4, 1.7),
    "InverseGamma": lambda: dist.InverseGamma(2.5, 1.7),
    "Laplace": lambda: dist.Laplace(0.4, 1.7),
    "LogNormal": lambda: dist.LogNormal(0.4, 0.7),
    "Logistic": lambda: dist.Logistic(0.4, 1.7),
    "Normal": lambda: dist.Normal(0.4, 1.7),
    "Pareto": lambda: dist.Pareto(2.5, 1.7),
    "Poisson": lambda: dist.Poisson(1.7),
    "Poisson, log rate": lambda: dist.Poisson(log_rate=0.4),
    "StudentT": lambda: dist.StudentT(3.0, 0.4, 1.7),
    "Uniform": lambda: dist.Uniform(0.4, 1.7),
    "VonMises": lambda: dist.VonMises(0.4, 1.7),
    "Weibull": lambda: dist.Weibull(2.5, 1.7),
}
SEVERAL = {
    "distrax diagonal": lambda: dx.MultivariateNormalDiag(POINT, np.diag(COV)),
    "distrax triangle": lambda: dx.MultivariateNormalTri(POINT, LOWER),
    "distrax full": lambda: dx.MultivariateNormalFullCovariance(POINT, COV),
    "distrax low rank": lambda: dx.MultivariateNormalDiagPlusLowRank(
        POINT, np.diag(COV), 0.1 * COV[:, :2]
    ),
    "TFP diagonal": lambda: dist.MultivariateNormalDiag(POINT, np.diag(COV)),
    "TFP triangle": lambda: dist.MultivariateNormalTriL(POINT, LOWER),
    "TFP full": lambda: dist.MultivariateNormalFullCovariance(POINT, COV),
    "TFP low rank": lambda: dist.MultivariateNormalDiagPlusLowRank(
        POINT, np.diag(COV), 0.1 * COV[:, :2]
    ),
    "TFP low rank covariance": (
        lambda: dist.MultivariateNormalDiagPlusLowRankCovariance(
            POINT, np.diag(COV), COV[:, :2]
        )
    ),
}
if hasattr(families, "multivariate_normal"):
    MAKE |= SEVERAL
if hasattr(families, "wishart"):
    MAKE["WishartTriL"] = lambda: dist.WishartTriL(np.float32(5.0), LOWER)


@pytest.mark.parametrize("name", MAKE)
@peers.as_users_do
def test_density_is_that_of_the_parameters(name):
    d = MAKE[name]()
    # TFP makes float32 of Python numbers, and some of it takes nothing else then.
    peers.assert_density(jax.jit(d.log_prob), _objects.read(d), "float32")


@peers.as_users_do
def test_one_hot_outcomes():
    for p in (dx.OneHotCategorical(probs=TABLE), dist.OneHotCategorical(probs=TABLE)):
        want = families.categorical.entropy(TABLE)
        contract.assert_close(distributions.entropy(p), want, 1e-6, "entropy")
        with pytest.raises(ValueError, match=r"event shape, got \(3,\) and \(\)"):
            distributions.kl_divergence(p, dist.Categorical(probs=TABLE))


@pytest.mark.parametrize("library", [dx, dist], ids=["distrax", "TFP"])
@peers.as_users_do
def test_layers_and_pytrees(library):
    loc = jnp.array([[0.5, 0.0, -0.5], [1.0, 2.0, 3.0]])
    p = library.Independent(library.Normal(loc, jnp.ones(3)), 1)
    q = library.Independent(library.Normal(jnp.zeros(3), 2 * jnp.ones(3)), 1)
    want = (np.log(2) + (1 + np.asarray(loc) ** 2) / 8 - 0.5).sum(-1)
    for fn in (distributions.kl_divergence, jax.jit(distributions.kl_divergence)):
        contract.assert_close(fn(p, q), want, 1e-5, "divergence")

    def made_inside(loc):
        p = library.Independent(library.Normal(loc, jnp.ones(3)), 1)
        return distributions.kl_divergence(p, q).sum()

    slope = jax.jit(jax.grad(made_inside))(loc)
    contract.assert_close(slope, loc / 4, 1e-5, "gradient")
    result = distributions.monte_carlo_kl_divergence(
        jax.random.key(0), p, q, num_samples=4000
    )
    assert (np.abs(result.estimate - want) < 4.5 * result.standard_error).all()


@peers.as_users_do
def test_maps():
    bases = dist.Normal(0.4, 1.0), dist.Normal(0.0, 2.0)
    gap = distributions.kl_divergence(*bases)
    made = {
        "TFP, none": lambda: maps.Exp(),
        "TFP": lambda: maps.Chain([maps.Exp(), maps.Scale(2.0)]),
        "distrax, none": lambda: dx.Tanh(),
        "distrax": lambda: dx.Chain([dx.Tanh(), dx.ScalarAffine(1.0, -2.0)]),
        "distrax, function": lambda: dx.Lambda(jnp.sinh),
    }
    for name, make in made.items():
        kind = dx.Transformed if "distrax" in name else dist.TransformedDistribution
        p, q = (kind(d, make()) for d in bases)
        got = distributions.kl_divergence(p, q)
        contract.assert_close(got, gap, 1e-6, name)
        with pytest.raises(TypeError, match="no constant determinant"):
            distributions.entropy(p)
    others = {
        "TFP": lambda: maps.Chain([maps.Exp(), maps.Scale(3.0)]),
        "distrax": lambda: dx.Chain([dx.Tanh(), dx.ScalarAffine(1.0, 2.0)]),
        "distrax, function": lambda: dx.Lambda(jnp.exp),
    }
    for name, make in others.items():
        kind = dx.Transformed if "distrax" in name else dist.TransformedDistribution
        p, q = kind(bases[0], made[name]()), kind(bases[1], make())
        with pytest.raises(TypeError, match="not known to be equal"):
            distributions.kl_divergence(p, q)


@peers.as_users_do
def test_maps_of_constant_determinant():
    base, want = dist.Normal(0.4, 1.0), families.normal.entropy(3.0)
    by_tfp = dist.TransformedDistribution(base, maps.Scale(-3.0))
    by_distrax = dx.Transformed(base, dx.ScalarAffine(1.0, -3.0))
    for d in (by_tfp, by_distrax):
        contract.assert_close(distributions.entropy(d), want, 1e-5, "entropy")
    block = dx.Block(dx.ScalarAffine(1.0, -3.0), 1)
    several = dx.Independent(dx.Normal(jnp.zeros(4), jnp.ones(4)), 1)
    got = distributions.entropy(dx.Transformed(several, block))
    contract.assert_close(got, 4 * want, 1e-5, "entropy of four")
    several = dist.Sample(dist.Normal(0.0, 1.0), 4)
    got = distributions.entropy(dist.TransformedDistribution(several, maps.Scale(3.0)))
    contract.assert_close(got, 4 * want, 1e-5, "entropy of four")


@peers.as_users_do
def test_what_has_no_closed_form():
    mixture = dist.MixtureSameFamily(
        dist.Categorical(probs=[0.3, 0.7]), dist.Normal([-1.0, 1.0], 1.0)
    )
    both = dx.MixtureSameFamily(
        dx.Categorical(probs=np.array([0.3, 0.7])),
        dx.Normal(np.array([-1.0, 1.0]), np.ones(2)),
    )
    for p in (mixture, both):
        with pytest.raises(TypeError, match=r"MixtureSameFamily .*monte_carlo_kl"):
            distributions.kl_divergence(p, dist.Normal(0.0, 1.0))
        result = distributions.monte_carlo_kl_divergence(
            jax.random.key(0), p, dx.Normal(0.2, 1.5), num_samples=20_000
        )
        x = np.linspace(-10, 10, 2001)
        log_p = np.asarray(p.log_prob(jnp.asarray(x, "float32")), "float64")
        log_q = -0.5 * ((x - 0.2) / 1.5) ** 2 - np.log(1.5 * np.sqrt(2 * np.pi))
        want = np.trapezoid(np.exp(log_p) * (log_p - log_q), x)
        assert abs(result.estimate - want) < 4.5 * result.standard_error
