"""The families of jaxinfo by the distributions of SciPy, and integrals over them."""

import itertools

import jax.numpy as jnp
import numpy as np
from scipy import integrate, stats

from jaxinfo import families

__all__ = ["DISCRETE", "SCIPY", "arrays", "kl_by_quadrature", "params"]

DISCRETE = {"bernoulli", "geometric", "poisson"}
SCIPY = {
    "bernoulli": stats.bernoulli,
    "beta": stats.beta,
    "exponential": lambda rate: stats.expon(scale=1 / rate),
    "gamma": lambda a, rate: stats.gamma(a, scale=1 / rate),
    "geometric": stats.geom,
    "gumbel": stats.gumbel_r,
    "inverse_gamma": lambda a, rate: stats.invgamma(a, scale=rate),
    "laplace": stats.laplace,
    "log_normal": lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc)),
    "logistic": stats.logistic,
    "normal": stats.norm,
    "pareto": lambda a, scale: stats.pareto(a, scale=scale),
    "poisson": stats.poisson,
    "student_t": stats.t,
    "uniform": lambda low, high: stats.uniform(low, high - low),
    "von_mises": lambda loc, kappa: stats.vonmises(kappa, loc=loc),
    "weibull": lambda k, scale: stats.weibull_min(k, scale=scale),
}


def arrays(values, dtype):
    return [jnp.asarray(v, dtype) for v in values]


def params(name, values):
    return getattr(families, name).Params(*arrays(values, float))


def _edges(p, name):
    """Quantiles between which the integrand is smooth."""
    if name == "von_mises":
        return p.kwds["loc"] + np.linspace(-np.pi, np.pi, 9)
    tails = np.array([1e-14, 1e-9, 1e-5, 1e-2, 0.2, 0.5])
    return np.unique([*p.ppf(tails), *p.isf(tails), p.median()])


def kl_by_quadrature(name_p, p, name_q, q):
    """The divergence of two families, from their densities alone."""
    p, q = SCIPY[name_p](*p), SCIPY[name_q](*q)
    if name_p in DISCRETE:
        k = np.arange(0, 400)
        k = k[p.pmf(k) > 0]
        return np.sum(p.pmf(k) * (p.logpmf(k) - q.logpmf(k)))
    edges = _edges(p, name_p)
    if name_q == "laplace":
        edges = np.unique(
            [*edges, np.clip(q.kwds.get("loc", q.args[0]), *edges[[0, -1]])]
        )

    def integrand(x):
        return p.pdf(x) * (p.logpdf(x) - q.logpdf(x))

    pieces = [
        integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
        for a, b in itertools.pairwise(edges)
    ]
    return sum(pieces)
