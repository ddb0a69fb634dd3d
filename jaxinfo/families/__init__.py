"""Closed forms of parametric families: one module a family, the same verbs in each.

`jaxinfo.families.normal.kl_divergence(loc_p, scale_p, loc_q, scale_q)` takes arrays of
parameters that broadcast as batches, those of p before those of q. `Params` of a module
holds the parameters of one distribution, or of a batch; `kl_divergence` and
`cross_entropy` here take two of them, of one family or of two. Families that nobody
has listed come with their log-partition function: `exponential_family`.
"""

from jaxinfo.families import (
    bernoulli,
    beta,
    categorical,
    dirichlet,
    exponential,
    exponential_family,
    gamma,
    geometric,
    gumbel,
    inverse_gamma,
    laplace,
    log_normal,
    logistic,
    multivariate_normal,
    normal,
    pareto,
    poisson,
    student_t,
    uniform,
    von_mises,
    weibull,
    wishart,
)
from jaxinfo.families._dispatch import cross_entropy, kl_divergence, pairs

__all__ = [
    "bernoulli",
    "beta",
    "categorical",
    "cross_entropy",
    "dirichlet",
    "exponential",
    "exponential_family",
    "gamma",
    "geometric",
    "gumbel",
    "inverse_gamma",
    "kl_divergence",
    "laplace",
    "log_normal",
    "logistic",
    "multivariate_normal",
    "normal",
    "pairs",
    "pareto",
    "poisson",
    "student_t",
    "uniform",
    "von_mises",
    "weibull",
    "wishart",
]
