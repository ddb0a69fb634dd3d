"""How the measures of the truth set are asked of other libraries."""

import importlib
import importlib.util
from types import ModuleType

import jax.numpy as jnp
from jax.nn import log_softmax, sigmoid, softmax

from jaxinfo.benchmarks._accuracy import textbook
from jaxinfo.benchmarks._accuracy.adapters import Call, gradient

__all__ = ["PEERS", "load"]


def load(name: str) -> dict[str, Call] | None:
    """The measures of a peer, or `None` if it is not installed."""
    if importlib.util.find_spec(name) is None:
        return None
    return PEERS[name](importlib.import_module(name))


def _jax(_: ModuleType) -> dict[str, Call]:
    """Text-book lines in `jax.scipy.special` and `jax.nn`."""
    return textbook.MEASURES


def _optax(optax: ModuleType) -> dict[str, Call]:
    """The losses of optax, which take the prediction first: D(p || q) is f(q, p)."""

    def cross_entropy(x, y):
        return optax.losses.softmax_cross_entropy(y, softmax(x))

    def kl(x, y):
        return optax.losses.kl_divergence_with_log_targets(
            log_softmax(y), log_softmax(x)
        )

    def table_kl(p, q):
        return optax.losses.kl_divergence(jnp.log(q), p)

    label = optax.losses.softmax_cross_entropy_with_integer_labels
    return {
        "binary_entropy_from_logit": lambda x: (
            optax.losses.sigmoid_binary_cross_entropy(x, sigmoid(x))
        ),
        "kl": table_kl,
        "reverse_kl": lambda p, q: table_kl(q, p),
        "cross_entropy_from_logits": cross_entropy,
        "kl_from_logits": kl,
        "label_cross_entropy_from_logits": label,
        "grad_cross_entropy_logits_p": gradient(cross_entropy, 0),
        "grad_cross_entropy_logits_q": gradient(cross_entropy, 1),
        "grad_kl_logits_p": gradient(kl, 0),
        "grad_kl_logits_q": gradient(kl, 1),
        "grad_kl_p": gradient(table_kl, 0),
        "grad_kl_q": gradient(table_kl, 1),
        "grad_label_cross_entropy_logits": gradient(label, 0),
    }


PEERS = {"jax": _jax, "optax": _optax}
