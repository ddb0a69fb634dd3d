"""What people write with NumPy."""

import numpy as np

from jaxinfo.benchmarks._peers.library import Library, of_host

__all__ = ["library"]


def _log_softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _kl(p, q):
    return (p * np.log(p / q)).sum(axis=-1)


def _js(p, q):
    m = (p + q) / 2
    return (_kl(p, m) + _kl(q, m)) / 2


def _logit_entropy(x):
    log_p = _log_softmax(x)
    return -(np.exp(log_p) * log_p).sum(axis=-1)


def _logit_kl(x, y):
    log_p = _log_softmax(x)
    return (np.exp(log_p) * (log_p - _log_softmax(y))).sum(axis=-1)


def _mutual_information(p):
    product = p.sum(axis=-1, keepdims=True) * p.sum(axis=-2, keepdims=True)
    return (p * np.log(p / product)).sum(axis=(-2, -1))


def library() -> Library:
    """The measures that everybody has written once."""
    calls = {
        "probs.cross_entropy": lambda p, q: -(p * np.log(q)).sum(axis=-1),
        "probs.entropy": lambda p: -(p * np.log(p)).sum(axis=-1),
        "probs.js_divergence": _js,
        "probs.kl_divergence": _kl,
        "probs.mutual_information": _mutual_information,
        "probs.total_variation_distance": lambda p, q: np.abs(p - q).sum(axis=-1) / 2,
        "logits.entropy": _logit_entropy,
        "logits.kl_divergence": _logit_kl,
        "losses.softmax_cross_entropy_with_integer_labels": lambda x, y: (
            -np.take_along_axis(_log_softmax(x), y[:, None], axis=-1)[:, 0]
        ),
    }
    return Library(calls, of_host)
