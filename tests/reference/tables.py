"""Measures of numbers and of probability tables of one variable, in mpmath.

Each function is the text-book formula. Precision, not skill, makes the result right:
the caller raises it until the digits agree. All logarithms are natural.
"""

from mpmath import exp, fsum, inf, log, mpf, sqrt

__all__ = [
    "alpha_divergence",
    "bhattacharyya",
    "binary_entropy",
    "binary_kl",
    "chi2_neyman",
    "chi2_pearson",
    "cross_entropy",
    "entropy",
    "gjs",
    "grad_cross_entropy_p",
    "grad_cross_entropy_q",
    "grad_entropy_p",
    "grad_js_p",
    "grad_kl_p",
    "grad_kl_q",
    "hellinger",
    "jeffreys",
    "js",
    "js_distance",
    "kl",
    "kl_div_elem",
    "kl_generalized",
    "neg_p_log_p",
    "perplexity",
    "rel_entr_elem",
    "renyi_divergence",
    "renyi_entropy",
    "reverse_kl",
    "self_information",
    "squared_hellinger",
    "tsallis_divergence",
    "tsallis_entropy",
    "tv",
]


def total(terms):
    # `fsum` makes NaN of an infinity among the terms.
    terms = list(terms)
    return inf if inf in terms else fsum(terms)


def self_information(p):
    return inf if p == 0 else -log(p)


def neg_p_log_p(p):
    return mpf(0) if p == 0 else -p * log(p)


def binary_entropy(p):
    return neg_p_log_p(p) + neg_p_log_p(1 - p)


def rel_entr_elem(p, q):
    if p == 0:
        return mpf(0)
    return inf if q == 0 else p * log(p / q)


def kl_div_elem(p, q):
    return rel_entr_elem(p, q) - p + q


def binary_kl(p, q):
    return total([rel_entr_elem(p, q), rel_entr_elem(1 - p, 1 - q)])


def entropy(p):
    return fsum(neg_p_log_p(a) for a in p)


def perplexity(p):
    return exp(entropy(p))


def cross_entropy(p, q):
    return total(a * self_information(b) for a, b in zip(p, q, strict=True) if a > 0)


def kl(p, q):
    return total(rel_entr_elem(a, b) for a, b in zip(p, q, strict=True))


def reverse_kl(p, q):
    return kl(q, p)


def kl_generalized(p, q):
    return total(kl_div_elem(a, b) for a, b in zip(p, q, strict=True))


def jeffreys(p, q):
    return total([kl(p, q), kl(q, p)])


def js(p, q):
    return gjs([p, q], [mpf(1) / 2, mpf(1) / 2])


def js_distance(p, q):
    return sqrt(js(p, q))


def gjs(ps, w):
    columns = zip(*ps, strict=True)
    mixture = [fsum(a * b for a, b in zip(w, c, strict=True)) for c in columns]
    return fsum(a * kl(p, mixture) for a, p in zip(w, ps, strict=True) if a > 0)


def squared_hellinger(p, q):
    return fsum((sqrt(a) - sqrt(b)) ** 2 for a, b in zip(p, q, strict=True)) / 2


def hellinger(p, q):
    return sqrt(squared_hellinger(p, q))


def tv(p, q):
    return fsum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def chi2_pearson(p, q):
    pairs = [(a, b) for a, b in zip(p, q, strict=True) if a != b]
    return total(inf if b == 0 else (a - b) ** 2 / b for a, b in pairs)


def chi2_neyman(p, q):
    return chi2_pearson(q, p)


def bhattacharyya(p, q):
    return self_information(fsum(sqrt(a * b) for a, b in zip(p, q, strict=True)))


def renyi_entropy(p, alpha):
    present = [a for a in p if a > 0]
    if alpha == 1:
        return entropy(p)
    if alpha == inf:
        return -log(max(present))
    return log(fsum(a**alpha for a in present)) / (1 - alpha)


def tsallis_entropy(p, alpha):
    if alpha == 1:
        return entropy(p)
    return (1 - fsum(a**alpha for a in p if a > 0)) / (alpha - 1)


def _power_sum(p, q, alpha):
    # The sum of p^a q^(1 - a), with 0^0 = 0: an outcome that neither has is absent.
    terms = []
    for a, b in zip(p, q, strict=True):
        if a > 0 and b > 0:
            terms.append(a**alpha * b ** (1 - alpha))
        elif (a > 0 and alpha > 1) or (b > 0 and alpha < 0):
            return inf
    return fsum(terms)


def renyi_divergence(p, q, alpha):
    if alpha == 1:
        return kl(p, q)
    if alpha == 0:
        return self_information(fsum(b for a, b in zip(p, q, strict=True) if a > 0))
    if alpha == inf:
        pairs = [(a, b) for a, b in zip(p, q, strict=True) if a > 0]
        return log(max(inf if b == 0 else a / b for a, b in pairs))
    power_sum = _power_sum(p, q, alpha)
    return inf if power_sum in (0, inf) else log(power_sum) / (alpha - 1)


def tsallis_divergence(p, q, alpha):
    if alpha == 1:
        return kl(p, q)
    return (_power_sum(p, q, alpha) - 1) / (alpha - 1)


def alpha_divergence(p, q, alpha):
    if alpha in (0, 1):
        return kl(p, q) if alpha == 1 else kl(q, p)
    return (_power_sum(p, q, alpha) - 1) / (alpha * (alpha - 1))


# Gradients take the entries as free coordinates, without a projection on the simplex.


def grad_entropy_p(p):
    return [inf if a == 0 else -log(a) - 1 for a in p]


def grad_kl_p(p, q):
    return [log(a / b) + 1 for a, b in zip(p, q, strict=True)]


def grad_kl_q(p, q):
    return [-a / b for a, b in zip(p, q, strict=True)]


def grad_cross_entropy_p(p, q):
    return [self_information(b) for _, b in zip(p, q, strict=True)]


def grad_cross_entropy_q(p, q):
    return grad_kl_q(p, q)


def grad_js_p(p, q):
    return [log(2 * a / (a + b)) / 2 for a, b in zip(p, q, strict=True)]
