"""Closed forms of scalar families of distributions, in mpmath.

`scale` is a standard deviation or scale, `rate` an inverse scale.
"""

from mpmath import (
    besseli,
    cos,
    digamma,
    euler,
    exp,
    inf,
    log,
    loggamma,
    mp,
    mpf,
    pi,
    sqrt,
)

from reference import tables

__all__ = [
    "bernoulli_entropy",
    "bernoulli_kl",
    "beta_entropy",
    "beta_kl",
    "exponential_entropy",
    "exponential_kl",
    "gamma_cross_entropy",
    "gamma_entropy",
    "gamma_kl",
    "gaussian_mi_from_rho",
    "geometric_entropy",
    "geometric_kl",
    "gumbel_entropy",
    "laplace_entropy",
    "laplace_kl",
    "logistic_entropy",
    "lognormal_entropy",
    "lognormal_kl",
    "normal_bhattacharyya",
    "normal_cross_entropy",
    "normal_entropy",
    "normal_hellinger",
    "normal_kl",
    "normal_renyi_divergence",
    "normal_renyi_entropy",
    "normal_squared_hellinger",
    "normal_w2",
    "pareto_entropy",
    "pareto_kl",
    "poisson_kl",
    "student_t_entropy",
    "uniform_entropy",
    "uniform_kl",
    "von_mises_entropy",
    "von_mises_kl",
    "weibull_entropy",
]


def normal_entropy(scale):
    return log(2 * pi * mp.e * scale**2) / 2


def normal_cross_entropy(loc1, scale1, loc2, scale2):
    spread = scale1**2 + (loc1 - loc2) ** 2
    return log(2 * pi * scale2**2) / 2 + spread / (2 * scale2**2)


def normal_kl(loc1, scale1, loc2, scale2):
    return normal_cross_entropy(loc1, scale1, loc2, scale2) - normal_entropy(scale1)


def normal_renyi_entropy(scale, alpha):
    if alpha == 1:
        return normal_entropy(scale)
    return log(2 * pi * scale**2) / 2 + log(alpha) / (2 * (alpha - 1))


def normal_renyi_divergence(loc1, scale1, loc2, scale2, alpha):
    if alpha == 1:
        return normal_kl(loc1, scale1, loc2, scale2)
    mixed = (1 - alpha) * scale1**2 + alpha * scale2**2
    if mixed <= 0:
        return inf
    spread = log(scale2 / scale1) + log(scale2**2 / mixed) / (2 * (alpha - 1))
    return spread + alpha * (loc1 - loc2) ** 2 / (2 * mixed)


def normal_bhattacharyya(loc1, scale1, loc2, scale2):
    both = scale1**2 + scale2**2
    return (loc1 - loc2) ** 2 / (4 * both) + log(both / (2 * scale1 * scale2)) / 2


def normal_squared_hellinger(loc1, scale1, loc2, scale2):
    return 1 - exp(-normal_bhattacharyya(loc1, scale1, loc2, scale2))


def normal_hellinger(loc1, scale1, loc2, scale2):
    return sqrt(normal_squared_hellinger(loc1, scale1, loc2, scale2))


def normal_w2(loc1, scale1, loc2, scale2):
    return sqrt((loc1 - loc2) ** 2 + (scale1 - scale2) ** 2)


def lognormal_entropy(loc, scale):
    return loc + normal_entropy(scale)


def lognormal_kl(loc1, scale1, loc2, scale2):
    return normal_kl(loc1, scale1, loc2, scale2)


def gaussian_mi_from_rho(rho):
    return -log(1 - rho**2) / 2


def exponential_entropy(rate):
    return 1 - log(rate)


def exponential_kl(rate1, rate2):
    return log(rate1 / rate2) + rate2 / rate1 - 1


def poisson_kl(rate1, rate2):
    return tables.kl_div_elem(rate1, rate2)


def gamma_entropy(a, rate):
    return a - log(rate) + loggamma(a) + (1 - a) * digamma(a)


def gamma_cross_entropy(a1, rate1, a2, rate2):
    mean_log = digamma(a1) - log(rate1)
    return loggamma(a2) - a2 * log(rate2) - (a2 - 1) * mean_log + rate2 * a1 / rate1


def gamma_kl(a1, rate1, a2, rate2):
    return gamma_cross_entropy(a1, rate1, a2, rate2) - gamma_entropy(a1, rate1)


def _log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def _beta_cross_entropy(a1, b1, a2, b2):
    log_x = digamma(a1) - digamma(a1 + b1)
    log_y = digamma(b1) - digamma(a1 + b1)
    return _log_beta(a2, b2) - (a2 - 1) * log_x - (b2 - 1) * log_y


def beta_entropy(a, b):
    return _beta_cross_entropy(a, b, a, b)


def beta_kl(a1, b1, a2, b2):
    return _beta_cross_entropy(a1, b1, a2, b2) - beta_entropy(a1, b1)


def bernoulli_entropy(p):
    return tables.binary_entropy(p)


def bernoulli_kl(p, q):
    return tables.binary_kl(p, q)


def geometric_entropy(p):
    return tables.binary_entropy(p) / p


def geometric_kl(p, q):
    return tables.binary_kl(p, q) / p


def laplace_entropy(scale):
    return 1 + log(2 * scale)


def laplace_kl(loc1, scale1, loc2, scale2):
    gap = abs(loc1 - loc2)
    mean = scale1 * exp(-gap / scale1) + gap
    return log(scale2 / scale1) + mean / scale2 - 1


def von_mises_entropy(kappa):
    ratio = besseli(1, kappa) / besseli(0, kappa)
    return log(2 * pi * besseli(0, kappa)) - kappa * ratio


def von_mises_kl(loc1, kappa1, loc2, kappa2):
    ratio = besseli(1, kappa1) / besseli(0, kappa1)
    scales = log(besseli(0, kappa2) / besseli(0, kappa1))
    return scales + ratio * (kappa1 - kappa2 * cos(loc1 - loc2))


def uniform_entropy(low, high):
    return log(high - low)


def uniform_kl(low1, high1, low2, high2):
    inside = low2 <= low1 and high1 <= high2
    return log((high2 - low2) / (high1 - low1)) if inside else inf


def student_t_entropy(df, scale):
    half = (df + 1) / 2
    slope = half * (digamma(half) - digamma(df / 2))
    return slope + log(df) / 2 + _log_beta(df / 2, mpf(1) / 2) + log(scale)


def weibull_entropy(k, scale):
    return euler * (1 - 1 / k) + log(scale / k) + 1


def gumbel_entropy(scale):
    return log(scale) + euler + 1


def logistic_entropy(scale):
    return log(scale) + 2


def pareto_entropy(a, scale):
    return log(scale / a) + 1 / a + 1


def pareto_kl(a1, a2):
    # Of a common scale.
    return log(a1 / a2) + a2 / a1 - 1
