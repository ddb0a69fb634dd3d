"""Measures of logits, in mpmath.

`log1p` and `expm1` keep the digits of results as small as exp(-20000), which the
plain formulas would reach only with 20000 working digits.
"""

from mpmath import exp, expm1, fsum, inf, log, log1p, mpf

from reference import tables

__all__ = [
    "binary_entropy_from_logit",
    "binary_kl_from_logits",
    "cross_entropy_from_logits",
    "entropy_from_logits",
    "grad_cross_entropy_logits_p",
    "grad_cross_entropy_logits_q",
    "grad_entropy_logits",
    "grad_js_logits_p",
    "grad_kl_logits_p",
    "grad_kl_logits_q",
    "grad_label_cross_entropy_logits",
    "js_from_logits",
    "kl_from_logits",
    "label_cross_entropy_from_logits",
]


def _log_softmax(x):
    top = x.index(max(x))
    rest = fsum(exp(v - x[top]) for i, v in enumerate(x) if i != top)
    return [v - x[top] - log1p(rest) for v in x]


def _pairs(x, y):
    """Log-probabilities of both, where the first is present."""
    pairs = zip(_log_softmax(x), _log_softmax(y), strict=True)
    return [(a, b) for a, b in pairs if a != -inf]


def binary_entropy_from_logit(x):
    return log1p(exp(-x)) / (1 + exp(-x)) + log1p(exp(x)) / (1 + exp(x))


def binary_kl_from_logits(x, y):
    one = (log1p(exp(-y)) - log1p(exp(-x))) / (1 + exp(-x))
    return one + (log1p(exp(y)) - log1p(exp(x))) / (1 + exp(x))


def entropy_from_logits(x):
    return cross_entropy_from_logits(x, x)


def cross_entropy_from_logits(x, y):
    return tables.total(-exp(a) * b for a, b in _pairs(x, y))


def kl_from_logits(x, y):
    return tables.total(exp(a) * (a - b) for a, b in _pairs(x, y))


def _log_ratio(a, b):
    """log(p / m) for the mixture m = (p + q) / 2, with a = log p and b = log q."""
    return log(mpf(2)) if b == -inf else -log1p(expm1(b - a) / 2)


def js_from_logits(x, y):
    left = fsum(exp(a) * _log_ratio(a, b) for a, b in _pairs(x, y))
    return (left + fsum(exp(b) * _log_ratio(b, a) for b, a in _pairs(y, x))) / 2


def label_cross_entropy_from_logits(x, label):
    return -_log_softmax(x)[label]


def _centered(x, weights):
    """The gradient of a mean: p times the deviation of the weight from its mean."""
    p = [exp(a) for a in _log_softmax(x)]
    # An absent outcome has probability 0 and whatever weight.
    weights = [w if a > 0 else mpf(0) for a, w in zip(p, weights, strict=True)]
    mean = fsum(a * w for a, w in zip(p, weights, strict=True))
    return [a * (w - mean) for a, w in zip(p, weights, strict=True)]


def grad_entropy_logits(x):
    return _centered(x, [-a for a in _log_softmax(x)])


def grad_kl_logits_p(x, y):
    pairs = zip(_log_softmax(x), _log_softmax(y), strict=True)
    return _centered(x, [a - b for a, b in pairs])


def grad_kl_logits_q(x, y):
    pairs = zip(_log_softmax(x), _log_softmax(y), strict=True)
    return [exp(a) * expm1(b - a) for a, b in pairs]


def grad_cross_entropy_logits_p(x, y):
    return _centered(x, [-b for b in _log_softmax(y)])


def grad_cross_entropy_logits_q(x, y):
    return grad_kl_logits_q(x, y)


def grad_js_logits_p(x, y):
    pairs = zip(_log_softmax(x), _log_softmax(y), strict=True)
    return _centered(x, [_log_ratio(a, b) / 2 for a, b in pairs])


def grad_label_cross_entropy_logits(x, label):
    logs = _log_softmax(x)
    return [expm1(a) if i == label else exp(a) for i, a in enumerate(logs)]
