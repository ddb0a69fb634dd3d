"""NumPyro: every family against its own densities, its layers, and as pytrees."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from distributions import peers
from jaxinfo import distributions, families
from jaxinfo.distributions import _objects

dist = peers.load("numpyro.distributions")

TABLE, POINT = np.array([0.2, 0.5, 0.3]), np.array([0.3, -0.2, 0.5])
COV = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]])
MAKE = {
    "Bernoulli": lambda: dist.Bernoulli(0.3),
    "BernoulliLogits": lambda: dist.Bernoulli(logits=0.3),
    "Beta": lambda: dist.Beta(2.0, 1.3),
    "BetaProportion": lambda: dist.BetaProportion(0.3, 4.0),
    "Categorical": lambda: dist.Categorical(TABLE),
    "CategoricalLogits": lambda: dist.Categorical(logits=np.log(TABLE)),
    "Chi2": lambda: dist.Chi2(3.0),
    "Dirichlet": lambda: dist.Dirichlet(10 * TABLE),
    "Exponential": lambda: dist.Exponential(1.7),
    "Gamma": lambda: dist.Gamma(2.5, 1.7),
    "Geometric": lambda: dist.Geometric(0.3),
    "GeometricLogits": lambda: dist.Geometric(logits=0.3),
    "Gumbel": lambda: dist.Gumbel(0.4, 1.7),
    "InverseGamma": lambda: dist.InverseGamma(2.5, 1.7),
    "Laplace": lambda: dist.Laplace(0.4, 1.7),
    "LogNormal": lambda: dist.LogNormal(0.4, 0.7),
    "Logistic": lambda: dist.Logistic(0.4, 1.7),
    "Normal": lambda: dist.Normal(0.4, 1.7),
    "Pareto": lambda: dist.Pareto(1.7, 2.5),
    "Poisson": lambda: dist.Poisson(1.7),
    "StudentT": lambda: dist.StudentT(3.0, 0.4, 1.7),
    "Uniform": lambda: dist.Uniform(0.4, 1.7),
    "VonMises": lambda: dist.VonMises(0.4, 1.7),
    "Weibull": lambda: dist.Weibull(1.7, 2.5),
}
SEVERAL = {
    "MultivariateNormal": lambda: dist.MultivariateNormal(POINT, COV),
    "MultivariateNormal, precision": lambda: dist.MultivariateNormal(
        POINT, precision_matrix=COV
    ),
    "LowRankMultivariateNormal": lambda: dist.LowRankMultivariateNormal(
        POINT, COV[:, :2], np.diag(COV)
    ),
}
if hasattr(families, "multivariate_normal"):
    MAKE |= SEVERAL
if hasattr(families, "wishart"):
    MAKE["Wishart"] = lambda: dist.Wishart(5.0, scale_matrix=COV)


@pytest.mark.parametrize("name", MAKE)
@peers.as_users_do
def test_density_is_that_of_the_parameters(name):
    d = MAKE[name]()
    peers.assert_density(jax.jit(d.log_prob), _objects.read(d), contract.WIDEST)


@peers.as_users_do
def make_pair():
    loc = jnp.array([[0.5, 0.0, -0.5], [1.0, 2.0, 3.0]])
    return dist.Normal(loc, 1.0).to_event(1), dist.Normal(0.0, 2.0).expand(
        (3,)
    ).to_event(1)


def test_layers_and_pytrees():
    """As arguments of programs and of gradients."""
    p, q = make_pair()
    loc = np.asarray(p.base_dist.loc)
    want = (np.log(2) + (1 + loc**2) / 8 - 0.5).sum(-1)
    value, slope = jax.jit(
        jax.value_and_grad(lambda p, q: distributions.kl_divergence(p, q).sum())
    )(p, q)
    contract.assert_close(value, want.sum(), 1e-5, "value")
    contract.assert_close(slope.base_dist.loc, loc / 4, 1e-5, "gradient")
    contract.assert_close(distributions.kl_divergence(p, q), want, 1e-5, "rows")
    hidden = p.mask(jnp.array([True, False]))
    got = distributions.kl_divergence(hidden, q)
    contract.assert_close(got, want * np.array([1, 0]), 1e-5, "mask")
    with pytest.raises(ValueError, match=r"event shape, got \(3,\) and \(\)"):
        distributions.kl_divergence(p, dist.Normal(0.0, 1.0))


@peers.as_users_do
def test_maps():
    transforms = dist.transforms
    affine = [transforms.AffineTransform(1.0, -3.0), transforms.ExpTransform()]
    bases = dist.Normal(0.4, 1.0), dist.Normal(0.0, 2.0)
    p, q = (dist.TransformedDistribution(d, affine) for d in bases)
    got = distributions.kl_divergence(p, q)
    contract.assert_close(got, distributions.kl_divergence(*bases), 0, "divergence")
    other = [transforms.AffineTransform(1.0, 3.0), transforms.ExpTransform()]
    with pytest.raises(TypeError, match="not known to be equal"):
        distributions.kl_divergence(p, dist.TransformedDistribution(bases[1], other))
    with pytest.raises(TypeError, match="no constant determinant"):
        distributions.entropy(p)
    # Of vectors, and of scalars under one map for each.
    factor = np.array([[2.0, 0.0], [1.0, 0.5]])
    base = dist.Normal(jnp.zeros(2), 1.0)
    whole = transforms.LowerCholeskyAffine(jnp.zeros(2), jnp.asarray(factor))
    joint = dist.TransformedDistribution(base, whole)
    parts = transforms.AffineTransform(0.0, jnp.array([2.0, 0.5]))
    single = dist.TransformedDistribution(dist.Normal(0.0, 1.0), parts).to_event(1)
    vector = dist.TransformedDistribution(base.to_event(1), parts)
    want = 2 * families.normal.entropy(1.0)
    for d in (joint, single, vector):
        contract.assert_close(distributions.entropy(d), want, 1e-5, "entropy")


@peers.as_users_do
def test_mixtures_by_sampling():
    weights, locs = jnp.array([0.3, 0.7]), jnp.array([-1.0, 2.0])

    def mixture(weights):
        parts = dist.Normal(locs, 1.0)
        return dist.MixtureSameFamily(dist.Categorical(weights), parts)

    p, q = mixture(weights), dist.Normal(0.0, 3.0)
    with pytest.raises(TypeError, match=r"MixtureSameFamily .*monte_carlo_kl"):
        distributions.kl_divergence(p, q)

    @contract.quick
    def program(row, key):
        def estimate(row):
            verb, p = (
                distributions.monte_carlo_kl_divergence,
                mixture(jax.nn.softmax(row)),
            )
            result = verb(key, p, q, num_samples=20_000)
            return result.estimate, result

        return jax.grad(estimate, has_aux=True)(row)

    slope, result = program(jnp.log(weights), jax.random.key(1))
    # The derivative in the weights is that which no path through the samples has.
    x = np.linspace(-12, 14, 4001)
    weights, locs = np.asarray(weights), np.asarray(locs)
    parts = np.exp(-0.5 * (x[:, None] - locs) ** 2) / np.sqrt(2 * np.pi)
    density = parts @ weights
    ratio = np.log(density) + 0.5 * (x / 3) ** 2 + np.log(3 * np.sqrt(2 * np.pi))
    want = np.trapezoid(density * ratio, x)
    assert abs(result.estimate - want) < 4.5 * result.standard_error
    change = weights * (parts - density[:, None]) * ratio[:, None]
    exact = np.trapezoid(change, x, axis=0)
    np.testing.assert_allclose(slope, exact, atol=0.02)
