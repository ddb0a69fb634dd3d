"""Values and gradients of rows in high precision, in the conventions of the library.

Slopes are those of the summand at (p, q), one-sided at 0, and 0 where that is infinite
because the argument is 0.
"""

import jax.numpy as jnp
import mpmath
import numpy as np
from mpmath import inf, mp, mpf, sqrt

from reference import tables

__all__ = [
    "DERIVED",
    "OF_ONE",
    "OF_TWO",
    "close",
    "gradients",
    "logit_gradients",
    "softmax",
    "value",
]

DIGITS = 60

OF_ONE = {
    "entropy": tables.entropy,
    "hartley_entropy": lambda p: mpmath.log(sum(a > 0 for a in p)),
    "min_entropy": lambda p: -mpmath.log(max(p)),
    "perplexity": tables.perplexity,
}
OF_TWO = {
    "bhattacharyya_coefficient": lambda p, q: mpmath.fsum(map(_root, p, q)),
    "bhattacharyya_distance": tables.bhattacharyya,
    "chi_squared_divergence": tables.chi2_pearson,
    "cross_entropy": tables.cross_entropy,
    "hellinger_distance": tables.hellinger,
    "jeffreys_divergence": tables.jeffreys,
    "js_distance": tables.js_distance,
    "js_divergence": tables.js,
    "kl_divergence": tables.kl_generalized,
    "squared_hellinger_distance": tables.squared_hellinger,
    "total_variation_distance": tables.tv,
}


# Each is the exponential, the root, the sum or the logarithm of another.
DERIVED = {
    "bhattacharyya_coefficient",
    "hellinger_distance",
    "jeffreys_divergence",
    "js_distance",
    "perplexity",
}


def _root(p, q):
    return sqrt(p) * sqrt(q)


def _log(x):
    return -inf if x == 0 else mpmath.log(x)


def _kl(p, q):
    if p == 0:
        return mpf(0), mpf(q > 0 or p == q)
    return (inf, mpf(0)) if q == 0 else (mpmath.log(p / q), 1 - p / q)


def _js(p, q):
    return mpf(0) if p == 0 else mpmath.log(2 * p / (p + q)) / 2


def _hellinger(p, q):
    if p == 0:
        return mpf(0) if q > 0 else mpf(1) / 2
    return (1 - sqrt(q / p)) / 2


def _chi(p, q):
    if q == 0:
        return (inf if p > 0 else mpf(0)), mpf(p == 0)
    return 2 * (p / q - 1), 1 - (p / q) ** 2


def _cross_entropy(p, q):
    if q == 0:
        return (inf if p > 0 else mpf(0)), mpf(0)
    return -_log(q), -p / q


def _sign(x):
    return mpf((x > 0) - (x < 0))


# The slopes of one summand in p and in q.
SUMMANDS = {
    "bhattacharyya_coefficient": lambda p, q: (_affinity(p, q), _affinity(q, p)),
    "chi_squared_divergence": _chi,
    "cross_entropy": _cross_entropy,
    "jeffreys_divergence": lambda p, q: tuple(
        a + b for a, b in zip(_kl(p, q), _kl(q, p)[::-1], strict=True)
    ),
    "js_divergence": lambda p, q: (_js(p, q), _js(q, p)),
    "kl_divergence": _kl,
    "squared_hellinger_distance": lambda p, q: (_hellinger(p, q), _hellinger(q, p)),
    "total_variation_distance": lambda p, q: (_sign(p - q) / 2, _sign(q - p) / 2),
}


def _affinity(p, q):
    return mpf(0) if p == 0 or q == 0 else sqrt(q / p) / 2


def _of_one(name, p):
    if name == "hartley_entropy":
        return [mpf(0) for _ in p]
    if name == "min_entropy":
        return [-1 / a if a == max(p) else mpf(0) for a in p]
    slopes = [mpf(0) if a == 0 else -mpmath.log(a) - 1 for a in p]
    scale = tables.perplexity(p) if name == "perplexity" else 1
    return [scale * s for s in slopes]


def _root_of(slopes, root):
    """The chain rule of the square root; the tip of a cone has slope 0."""
    return [[mpf(0) if root == 0 else s / (2 * root) for s in row] for row in slopes]


def _gradients(name, p, q=None):
    if q is None:
        return [_of_one(name, p)]
    if name == "bhattacharyya_distance":
        affinity = OF_TWO["bhattacharyya_coefficient"](p, q)
        slopes = _gradients("bhattacharyya_coefficient", p, q)
        return [[mpf(0) if affinity == 0 else -s / affinity for s in r] for r in slopes]
    if name in ("js_distance", "hellinger_distance"):
        inner = {"js_distance": "js_divergence"}.get(name, "squared_hellinger_distance")
        return _root_of(_gradients(inner, p, q), OF_TWO[name](p, q))
    pairs = [SUMMANDS[name](a, b) for a, b in zip(p, q, strict=True)]
    return [list(slopes) for slopes in zip(*pairs, strict=True)]


def _exact(row):
    return [v if isinstance(v, mpf) else mpf(float(v)) for v in row]


def _float(x):
    """Rounds a number, a list or lists of lists."""
    return [_float(v) for v in x] if isinstance(x, list) else float(x)


def value(name, *rows):
    """The measure of tables, a float."""
    with mp.workdps(DIGITS):
        return float((OF_ONE | OF_TWO)[name](*map(_exact, rows)))


def gradients(name, *rows):
    """The gradient of a measure in each of its tables."""
    with mp.workdps(DIGITS):
        return [np.array(_float(g)) for g in _gradients(name, *map(_exact, rows))]


def _softmax(x):
    top = max(x)
    weights = [mpmath.exp(v - top) for v in x]
    total = mpmath.fsum(weights)
    return [w / total for w in weights]


def softmax(x):
    """Probabilities in high precision; a row without an outcome is none of them."""
    with mp.workdps(DIGITS):
        return _softmax(_exact(x))


def logit_gradients(name, *rows):
    """The gradient of a measure in each of its rows of logits, where it is finite."""
    with mp.workdps(DIGITS):
        tables = [_softmax(_exact(x)) for x in rows]
        chained = []
        for p, slopes in zip(tables, _gradients(name, *tables), strict=True):
            terms = [a * s if a > 0 else mpf(0) for a, s in zip(p, slopes, strict=True)]
            mean = mpmath.fsum(terms)
            chained.append([t - a * mean for a, t in zip(p, terms, strict=True)])
        return [np.array(_float(g)) for g in chained]


def close(got, want, ulps, *, dtype=np.float32, size=0.0):
    """Agreement to so many ULP of the result, or of the largest entry of an array."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    finite = np.isfinite(want)
    largest = max([size, *np.abs(want[finite])])
    info = jnp.finfo(dtype)
    slack = ulps * (float(info.eps) * largest + float(info.tiny))
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= slack
    return bool(np.all(np.where(finite, near, got == want)))
