"""Closed forms of families whose parameters are vectors or matrices, in mpmath."""

import mpmath
from mpmath import digamma, exp, fsum, log, loggamma, matrix, mp, mpf, pi, sqrt

__all__ = [
    "dirichlet_entropy",
    "dirichlet_kl",
    "mvn_bhattacharyya",
    "mvn_cross_entropy",
    "mvn_entropy",
    "mvn_hellinger",
    "mvn_kl",
    "mvn_mi",
    "mvn_renyi_divergence",
    "mvn_renyi_entropy",
    "mvn_squared_hellinger",
    "mvn_w2",
    "wishart_entropy",
]


def _log_det(cov):
    return log(mpmath.det(matrix(cov)))


def _quadratic(cov, loc1, loc2):
    """d^T cov^-1 d for the difference d of two locations."""
    gap = matrix([a - b for a, b in zip(loc1, loc2, strict=True)])
    return (gap.T * mpmath.lu_solve(matrix(cov), gap))[0]


def _trace(m):
    return fsum(m[i, i] for i in range(m.rows))


def _mix(weight, cov1, cov2):
    return ((1 - weight) * matrix(cov1) + weight * matrix(cov2)).tolist()


def mvn_entropy(cov):
    return (len(cov) * log(2 * pi * mp.e) + _log_det(cov)) / 2


def mvn_cross_entropy(loc1, cov1, loc2, cov2):
    spread = _trace(matrix(cov2) ** -1 * matrix(cov1)) + _quadratic(cov2, loc1, loc2)
    return (len(loc1) * log(2 * pi) + _log_det(cov2) + spread) / 2


def mvn_kl(loc1, cov1, loc2, cov2):
    return mvn_cross_entropy(loc1, cov1, loc2, cov2) - mvn_entropy(cov1)


def mvn_mi(cov, nx):
    x = [row[:nx] for row in cov[:nx]]
    y = [row[nx:] for row in cov[nx:]]
    return mvn_entropy(x) + mvn_entropy(y) - mvn_entropy(cov)


def mvn_renyi_entropy(cov, alpha):
    if alpha == 1:
        return mvn_entropy(cov)
    dim = len(cov)
    return (dim * log(2 * pi) + _log_det(cov) + dim * log(alpha) / (alpha - 1)) / 2


def mvn_renyi_divergence(loc1, cov1, loc2, cov2, alpha):
    if alpha == 1:
        return mvn_kl(loc1, cov1, loc2, cov2)
    mixed = _mix(alpha, cov1, cov2)
    volume = _log_det(mixed) - (1 - alpha) * _log_det(cov1) - alpha * _log_det(cov2)
    distance = alpha * _quadratic(mixed, loc1, loc2)
    return (distance - volume / (alpha - 1)) / 2


def mvn_bhattacharyya(loc1, cov1, loc2, cov2):
    mixed = _mix(mpf(1) / 2, cov1, cov2)
    volume = _log_det(mixed) - (_log_det(cov1) + _log_det(cov2)) / 2
    return _quadratic(mixed, loc1, loc2) / 8 + volume / 2


def mvn_squared_hellinger(loc1, cov1, loc2, cov2):
    return 1 - exp(-mvn_bhattacharyya(loc1, cov1, loc2, cov2))


def mvn_hellinger(loc1, cov1, loc2, cov2):
    return sqrt(mvn_squared_hellinger(loc1, cov1, loc2, cov2))


def mvn_w2(loc1, cov1, loc2, cov2):
    # The trace of (A^1/2 B A^1/2)^1/2 from the eigenvalues of L^T B L, with A = L L^T.
    a, b = matrix(cov1), matrix(cov2)
    root = mpmath.cholesky(a)
    eigenvalues = mpmath.eigsy(root.T * b * root, eigvals_only=True)
    gap = fsum((u - v) ** 2 for u, v in zip(loc1, loc2, strict=True))
    return sqrt(gap + _trace(a) + _trace(b) - 2 * fsum(sqrt(v) for v in eigenvalues))


def _log_beta(conc):
    return fsum(loggamma(a) for a in conc) - loggamma(fsum(conc))


def _dirichlet_cross_entropy(conc1, conc2):
    mean_logs = [digamma(a) - digamma(fsum(conc1)) for a in conc1]
    terms = ((b - 1) * m for b, m in zip(conc2, mean_logs, strict=True))
    return _log_beta(conc2) - fsum(terms)


def dirichlet_entropy(conc):
    return _dirichlet_cross_entropy(conc, conc)


def dirichlet_kl(conc1, conc2):
    return _dirichlet_cross_entropy(conc1, conc2) - dirichlet_entropy(conc1)


def wishart_entropy(df, scale):
    dim = len(scale)
    halves = [(df - j) / 2 for j in range(dim)]
    log_gamma = dim * (dim - 1) * log(pi) / 4 + fsum(loggamma(a) for a in halves)
    slope = (df - dim - 1) / 2 * fsum(digamma(a) for a in halves)
    volume = mpf(dim + 1) / 2 * (_log_det(scale) + dim * log(mpf(2)))
    return volume + log_gamma - slope + df * dim / 2
