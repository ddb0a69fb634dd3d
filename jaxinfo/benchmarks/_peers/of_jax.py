"""What people write by hand with `jax.scipy.special` and `jax.nn`."""

from jaxinfo.benchmarks._accuracy import textbook
from jaxinfo.benchmarks._cases import SUITES
from jaxinfo.benchmarks._peers.library import Library, of_jax

__all__ = ["library"]

# The careful lines of the accuracy suite, by their names there.
_CAREFUL = {
    "probs.cross_entropy": "cross_entropy",
    "probs.entropy": "entropy",
    "probs.joint_entropy": "joint_entropy",
    "probs.js_divergence": "js",
    "probs.js_distance": "js_distance",
    "probs.kl_divergence": "kl",
    "probs.mutual_information": "mi",
    "logits.binary_entropy": "binary_entropy_from_logit",
    "logits.binary_kl_divergence": "binary_kl_from_logits",
    "logits.cross_entropy": "cross_entropy_from_logits",
    "logits.entropy": "entropy_from_logits",
    "logits.js_divergence": "js_from_logits",
    "logits.kl_divergence": "kl_from_logits",
    "losses.softmax_cross_entropy_with_integer_labels": (
        "label_cross_entropy_from_logits"
    ),
}


def library() -> Library:
    """Every formula that a case has, written with care where the suite has that."""
    calls = {
        case.name: case.formula
        for cases in SUITES.values()
        for case in cases
        if case.formula is not None
    }
    careful = {name: textbook.MEASURES[key] for name, key in _CAREFUL.items()}
    return Library({**calls, **careful}, of_jax)
