"""The entropies and distances of SciPy."""

from typing import Any

from scipy import special, stats
from scipy.spatial.distance import jensenshannon

from jaxinfo.benchmarks._peers.library import Library, of_host

__all__ = ["library"]

# Its type does not say that it takes an axis.
_js_distance: Any = jensenshannon


def _logit_kl(x, y):
    log_p, log_q = (special.log_softmax(z, axis=-1) for z in (x, y))
    return (special.softmax(x, axis=-1) * (log_p - log_q)).sum(axis=-1)


def library() -> Library:
    """`scipy.stats`, `scipy.special` and `scipy.spatial`."""
    calls = {
        "probs.binary_entropy": lambda p: special.entr(p) + special.entr(1 - p),
        "probs.entropy": lambda p: stats.entropy(p, axis=-1),
        "probs.js_distance": lambda p, q: _js_distance(p, q, axis=-1),
        "probs.js_divergence": lambda p, q: _js_distance(p, q, axis=-1) ** 2,
        "probs.kl_divergence": lambda p, q: stats.entropy(p, q, axis=-1),
        "logits.entropy": lambda x: stats.entropy(special.softmax(x, axis=-1), axis=-1),
        "logits.kl_divergence": _logit_kl,
    }
    return Library(calls, of_host)
