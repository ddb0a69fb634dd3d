"""Divergences of normal and Wishart distributions from their definitions, to 60 digits.

Every function takes arrays whose entries count as they are, and returns an `mpf`.
"""

import mpmath
import numpy as np
from mpmath import mp

__all__ = [
    "matrix",
    "normal_entropy",
    "normal_information",
    "normal_kl",
    "normal_renyi",
    "normal_wasserstein",
    "wishart_entropy",
    "wishart_kl",
    "wishart_renyi",
]

mp.dps = 60


def matrix(a):
    return (
        a if isinstance(a, mpmath.matrix) else mp.matrix(np.asarray(a, float).tolist())
    )


def _trace(a):
    return mp.fsum(a[i, i] for i in range(a.rows))


def _log_det(a):
    return mp.log(mp.det(a))


def _quadratic(a, x):
    return (x.T * a**-1 * x)[0]


def _difference(x, y):
    return matrix(np.asarray(x)[:, None]) - matrix(np.asarray(y)[:, None])


def normal_entropy(cov):
    cov = matrix(cov)
    return (cov.rows * mp.log(2 * mp.pi * mp.e) + _log_det(cov)) / 2


def normal_kl(loc_p, cov_p, loc_q, cov_q):
    p, q = matrix(cov_p), matrix(cov_q)
    shift = _quadratic(q, _difference(loc_p, loc_q))
    return (_trace(q**-1 * p) - p.rows + _log_det(q) - _log_det(p) + shift) / 2


def normal_renyi(loc_p, cov_p, loc_q, cov_q, alpha):
    p, q, a = matrix(cov_p), matrix(cov_q), mp.mpf(float(alpha))
    mixed = (1 - a) * p + a * q
    logs = _log_det(mixed) - (1 - a) * _log_det(p) - a * _log_det(q)
    shift = _quadratic(mixed, _difference(loc_p, loc_q))
    return a * shift / 2 - logs / (2 * (a - 1))


def normal_wasserstein(loc_p, cov_p, loc_q, cov_q):
    p, q = matrix(cov_p), matrix(cov_q)
    lower, shift = mp.cholesky(p), _difference(loc_p, loc_q)
    sizes = mp.eigsy(lower.T * q * lower, eigvals_only=True)
    roots = mp.fsum(mp.sqrt(v) for v in sizes)
    return mp.sqrt((shift.T * shift)[0] + _trace(p) + _trace(q) - 2 * roots)


def normal_information(cov, num_x):
    cov = matrix(cov)
    x, y = cov[:num_x, :num_x], cov[num_x:, num_x:]
    return (_log_det(x) + _log_det(y) - _log_det(cov)) / 2


def _log_gamma(a, d):
    parts = mp.fsum(mp.loggamma(a - mp.mpf(j) / 2) for j in range(d))
    return mp.mpf(d * (d - 1)) / 4 * mp.log(mp.pi) + parts


def _digamma(a, d):
    return mp.fsum(mp.digamma(a - mp.mpf(j) / 2) for j in range(d))


def _log_partition(df, inverse):
    d = inverse.rows
    return df * (d * mp.log(2) - _log_det(inverse)) / 2 + _log_gamma(df / 2, d)


def wishart_entropy(df, scale):
    n, v = mp.mpf(float(df)), matrix(scale)
    d = v.rows
    gammas = _log_gamma(n / 2, d) - (n - d - 1) / 2 * _digamma(n / 2, d)
    return (d + 1) * (_log_det(v) + d * mp.log(2)) / 2 + gammas + n * d / 2


def wishart_kl(df_p, scale_p, df_q, scale_q):
    n, m, p, q = (
        mp.mpf(float(df_p)),
        mp.mpf(float(df_q)),
        matrix(scale_p),
        matrix(scale_q),
    )
    d = p.rows
    gammas = _log_gamma(m / 2, d) - _log_gamma(n / 2, d)
    gammas += (n - m) / 2 * _digamma(n / 2, d)
    logs = _log_det(q) - _log_det(p)
    return m * logs / 2 + n * (_trace(q**-1 * p) - d) / 2 + gammas


def wishart_renyi(df_p, scale_p, df_q, scale_q, alpha):
    n, m, a = (mp.mpf(float(x)) for x in (df_p, df_q, alpha))
    p, q = matrix(scale_p) ** -1, matrix(scale_q) ** -1
    mixed = _log_partition(a * n + (1 - a) * m, a * p + (1 - a) * q)
    ends = a * _log_partition(n, p) + (1 - a) * _log_partition(m, q)
    return (mixed - ends) / (a - 1)
