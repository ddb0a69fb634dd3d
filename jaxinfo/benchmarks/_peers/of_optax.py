"""The losses of optax, which take the prediction first: D(p || q) is f(q, p)."""

import jax
import optax
from jax.nn import log_softmax

from jaxinfo.benchmarks._peers.library import Library, of_jax

__all__ = ["library"]

_labels = optax.losses.softmax_cross_entropy_with_integer_labels


def _kl(x, y):
    return optax.losses.kl_divergence_with_log_targets(log_softmax(y), log_softmax(x))


def library() -> Library:
    """The losses that optax has, and the head that its users write."""
    calls = {
        "probs.kl_divergence": lambda p, q: optax.losses.kl_divergence(
            jax.numpy.log(q), p
        ),
        "logits.kl_divergence": _kl,
        "losses.distillation_loss": lambda student, teacher: _kl(teacher, student),
        "losses.linear_softmax_cross_entropy": lambda h, w, y: _labels(h @ w, y),
        "losses.sigmoid_cross_entropy": optax.losses.sigmoid_binary_cross_entropy,
        "losses.softmax_cross_entropy": optax.losses.softmax_cross_entropy,
        "losses.softmax_cross_entropy_with_integer_labels": _labels,
    }
    return Library(calls, of_jax)
