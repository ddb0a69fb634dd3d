"""The families of jaxinfo by the distributions of SciPy, and integrals over them."""

import numpy as np
from scipy import special, stats

from jaxinfo import families

__all__ = ["DISCRETE", "SCIPY", "expected_log_ratio", "params", "power_mass"]


def _laplace(loc, scale):
    dist = stats.laplace(loc, scale)
    # That of SciPy is the logarithm of a density that underflows.
    dist.logpdf = lambda x: -abs(x - loc) / scale - np.log(2 * scale)
    return dist


DISCRETE = {"bernoulli", "geometric", "poisson"}
SCIPY = {
    "bernoulli": stats.bernoulli,
    "beta": stats.beta,
    "exponential": lambda rate: stats.expon(scale=1 / rate),
    "gamma": lambda a, rate: stats.gamma(a, scale=1 / rate),
    "geometric": stats.geom,
    "gumbel": stats.gumbel_r,
    "inverse_gamma": lambda a, rate: stats.invgamma(a, scale=rate),
    "laplace": _laplace,
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
_POSITIVE = ("exponential", "gamma", "inverse_gamma", "log_normal", "weibull")
_COUNTS = np.arange(0, 2000)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def params(name, values, dtype=float):
    return getattr(families, name).Params(*(np.asarray(v, dtype) for v in values))


def _axis(name):
    """A change of variables that makes the tails exponential, and its inverse."""
    if name in _POSITIVE:
        return np.exp, np.exp, np.log
    if name == "beta":
        return (
            special.expit,
            lambda t: special.expit(t) * special.expit(-t),
            special.logit,
        )
    if name in ("student_t", "pareto"):
        return np.sinh, np.cosh, np.arcsinh
    return lambda t: t, np.ones_like, lambda x: x


def _range(name, p, tail):
    if name == "von_mises":
        loc = p.kwds["loc"]
        return loc - np.pi, loc + np.pi
    return p.ppf(tail), p.isf(tail)


def _points(name, dists, kinks, tail=1e-15):
    """Nodes and weights over all that matters of the distributions."""
    forward, slope, back = _axis(name)
    ends = [back(np.asarray(_range(name, d, tail))) for d in dists]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    low, high = max(low, -500.0), min(high, 500.0)
    inner = [back(np.asarray(d.median())) for d in dists if name != "von_mises"]
    inner += [back(np.asarray(k)) for k in kinks]
    edges = np.unique([*np.linspace(low, high, 25), *inner])
    edges = edges[(edges >= low) & (edges <= high)]
    half = np.diff(edges)[:, None] / 2
    t = (edges[:-1, None] + half * (1 + _NODES)).ravel()
    return forward(t), (half * _WEIGHTS).ravel() * slope(t)


def expected_log_ratio(name_p, p, name_q, q):
    """The divergence of two distributions, from their densities alone."""
    kinks = [q[0]] if name_q == "laplace" else []
    p, q = SCIPY[name_p](*p), SCIPY[name_q](*q)
    if name_p in DISCRETE:
        k = _COUNTS[p.pmf(_COUNTS) > 0]
        return np.sum(p.pmf(k) * (p.logpmf(k) - q.logpmf(k)))
    x, w = _points(name_p, [p], kinks, 1e-15 if name_p == "beta" else 1e-30)
    return np.sum(w * p.pdf(x) * (p.logpdf(x) - q.logpdf(x)))


def power_mass(name, p, q, alpha):
    """The integral of p to the alpha, q to the rest; of p alone without q."""
    jumps = {"laplace": slice(0, 1), "pareto": slice(1, 2), "uniform": slice(0, 2)}
    given = [x for x in (p, q) if x is not None and name in jumps]
    kinks = [k for x in given for k in x[jumps[name]]]
    dists = [SCIPY[name](*x) for x in (p, q) if x is not None]
    if name in DISCRETE:
        k = _COUNTS[dists[0].pmf(_COUNTS) > 0]
        logs, w = [d.logpmf(k) for d in dists], 1.0
    else:
        x, w = _points(name, dists, kinks, 1e-15 if name == "beta" else 1e-40)
        logs = [d.logpdf(x) for d in dists]
    with np.errstate(invalid="ignore"):  # where neither has mass
        power = alpha * logs[0] + ((1 - alpha) * logs[1] if len(logs) > 1 else 0.0)
    return np.sum(w * np.exp(np.where(np.isneginf(logs[0]), -np.inf, power)))
