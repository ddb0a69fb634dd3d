"""Every closed form against integrals over the densities of SciPy."""

import numpy as np
from scipy import stats

import contract
from families import cases
from families import families_of_scipy as oracle
from families.cases import close

# Of these there is a distribution in SciPy, of one number.
SCALAR = sorted(oracle.SCIPY)


def having(verb):
    return [name for name in SCALAR if verb in cases.verbs(name)]


def first_row(name):
    """The pairs that are far apart, one by one."""
    p, q = cases.draw(name)
    return [
        (one[: len(p)], one[len(p) :])
        for one in zip(*(x[0] for x in (*p, *q)), strict=True)
    ]


def test_every_family_is_here():
    assert len(cases.NAMES) >= 19
    assert set(cases.NAMES) == {*SCALAR, *cases.EVENTS}


@cases.sampled(SCALAR)
def test_divergence_and_entropies_are_the_integrals(name):
    pairs = first_row(name)
    entropy = np.array([oracle.SCIPY[name](*p).entropy() for p, _ in pairs], float)
    kl = np.array([oracle.expected_log_ratio(name, p, name, q) for p, q in pairs])
    got = cases.values(name, *cases.draw(name))
    close(got["entropy"][0], entropy, 1e-12)
    close(got["kl_divergence"][0], kl, 1e-9)
    close(got["cross_entropy"][0], entropy + kl, 1e-9)
    assert kl.max() > 0.05


@cases.sampled(having("bhattacharyya_distance"))
def test_distances_are_the_integrals(name):
    mass = np.array([oracle.power_mass(name, p, q, 0.5) for p, q in first_row(name)])
    got = cases.values(name, *cases.draw(name))
    close(got["bhattacharyya_distance"][0], -np.log(mass), 1e-11)
    close(got["squared_hellinger_distance"][0], 1 - mass, 1e-11)
    close(got["hellinger_distance"][0], np.sqrt(1 - mass), 1e-11)


@cases.sampled(having("renyi_divergence"))
def test_renyi_divergence_is_the_integral(name):
    p, q = cases.draw(name)
    for alpha in (0.3, 1.1):
        mass = [oracle.power_mass(name, *pair, alpha) for pair in first_row(name)]
        got = cases.values(name, p, q, alpha)["renyi_divergence"][0]
        finite = np.isfinite(got)
        assert finite.sum() >= 3
        close(got[finite], np.log(mass)[finite] / (alpha - 1), 1e-6)


@cases.sampled(having("renyi_entropy"))
def test_renyi_entropy_is_the_integral(name):
    p, q = cases.draw(name)
    for alpha in (0.7, 2.0):
        mass = [oracle.power_mass(name, one, None, alpha) for one, _ in first_row(name)]
        got = cases.values(name, p, q, alpha)["renyi_entropy"][0]
        close(got, np.log(mass) / (1 - alpha), 1e-6 if name == "pareto" else 1e-10)


@cases.sampled(having("wasserstein_distance"))
def test_wasserstein_distance_is_that_of_quantiles(name):
    x, w = np.polynomial.legendre.leggauss(200)
    u = np.sin(0.25 * np.pi * (x + 1)) ** 2
    w = w * np.sin(0.5 * np.pi * (x + 1)) * 0.25 * np.pi
    want = []
    for p, q in first_row(name):
        gap = oracle.SCIPY[name](*p).ppf(u) - oracle.SCIPY[name](*q).ppf(u)
        want.append(np.sqrt(np.sum(w * gap**2)))
    close(cases.values(name, *cases.draw(name))["wasserstein_distance"][0], want, 1e-4)


@contract.long
def test_dirichlet_is_the_mean_of_draws():
    """Measures of vectors from samples, to five standard errors."""
    p, q = cases.draw("dirichlet")
    got = cases.values("dirichlet", p, q)
    draws = np.random.default_rng(0)
    for i in range(cases.BATCH[1]):
        a, b = (np.asarray(x[0][0, i], float) for x in (p, q))
        x = draws.dirichlet(a, 20_000).T
        log_p, log_q = stats.dirichlet(a).logpdf(x), stats.dirichlet(b).logpdf(x)
        for verb, samples in {
            "kl_divergence": log_p - log_q,
            "cross_entropy": -log_q,
            "entropy": -log_p,
            "squared_hellinger_distance": 1 - np.exp(0.5 * (log_q - log_p)),
        }.items():
            error = samples.std() / np.sqrt(samples.size)
            assert abs(got[verb][0, i] - samples.mean()) < 5 * error, verb
        close(got["entropy"][0, i], stats.dirichlet(a).entropy(), 1e-12)


def test_categorical_is_the_sum():
    (p,), (q,) = cases.draw("categorical")
    got = cases.values("categorical", (p,), (q,))
    close(got["entropy"], -np.sum(p * np.log(p), -1), 1e-14)
    close(got["kl_divergence"], np.sum(p * np.log(p / q), -1), 1e-14)
    close(got["cross_entropy"], -np.sum(p * np.log(q), -1), 1e-14)
    mass = np.sum(np.sqrt(p * q), -1)
    close(got["bhattacharyya_distance"], -np.log(mass), 1e-14)
    close(got["squared_hellinger_distance"], 1 - mass, 1e-14)
