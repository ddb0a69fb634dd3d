"""How each measure of the truth set is asked of jaxinfo.

A call takes the inputs of a case in their order, stacked along a new leading axis,
then the label if there is one; what else a measure needs is passed by keyword.
"""

from collections.abc import Callable

import jax
from jax import Array

from jaxinfo import logits, losses, probs

__all__ = ["MEASURES", "Call", "gradient"]

Call = Callable[..., Array]


def gradient(measure: Call, argument: int) -> Call:
    """The gradient of a measure in one argument, row by row."""
    return jax.vmap(jax.grad(measure, argnums=argument))


_SCALARS: dict[str, Call] = {
    "self_information": probs.self_information,
    # Elementwise measures that have no verb of their own are one-entry tables.
    "neg_p_log_p": lambda p: probs.entropy(p[:, None]),
    "kl_div_elem": lambda p, q: probs.kl_divergence(p[:, None], q[:, None]),
    "binary_entropy": probs.binary_entropy,
    "binary_entropy_from_logit": logits.binary_entropy,
    "binary_kl": probs.binary_kl_divergence,
    "binary_kl_from_logits": logits.binary_kl_divergence,
}

_VECTORS: dict[str, Call] = {
    "bhattacharyya": probs.bhattacharyya_distance,
    "chi2_neyman": lambda p, q: probs.chi_squared_divergence(q, p),
    "chi2_pearson": probs.chi_squared_divergence,
    "cross_entropy": probs.cross_entropy,
    "entropy": probs.entropy,
    "hellinger": probs.hellinger_distance,
    "jeffreys": probs.jeffreys_divergence,
    "js": probs.js_divergence,
    "js_distance": probs.js_distance,
    "kl": probs.kl_divergence,
    "kl_generalized": probs.kl_divergence,
    "perplexity": probs.perplexity,
    "reverse_kl": lambda p, q: probs.kl_divergence(q, p),
    "squared_hellinger": probs.squared_hellinger_distance,
    "tv": probs.total_variation_distance,
}

_TABLES: dict[str, Call] = {
    "cmi": probs.conditional_mutual_information,
    "conditional_entropy_x_given_y": lambda t: probs.conditional_entropy(
        t, axis=-2, given=-1
    ),
    "conditional_entropy_y_given_x": probs.conditional_entropy,
    "joint_entropy": lambda t: probs.joint_entropy(t, axis=tuple(range(1, t.ndim))),
    "mi": probs.mutual_information,
    "nmi": lambda t, *, kind: probs.normalized_mutual_information(
        t, normalization=kind
    ),
    "pmi": probs.pointwise_mutual_information,
    "variation_of_information": probs.variation_of_information,
}

_LOGITS: dict[str, Call] = {
    "cross_entropy_from_logits": logits.cross_entropy,
    "entropy_from_logits": logits.entropy,
    "js_from_logits": logits.js_divergence,
    "kl_from_logits": logits.kl_divergence,
    "label_cross_entropy_from_logits": losses.softmax_cross_entropy_with_integer_labels,
}

_GRADIENTS: dict[str, Call] = {
    "grad_cross_entropy_logits_p": gradient(logits.cross_entropy, 0),
    "grad_cross_entropy_logits_q": gradient(logits.cross_entropy, 1),
    "grad_cross_entropy_p": gradient(probs.cross_entropy, 0),
    "grad_cross_entropy_q": gradient(probs.cross_entropy, 1),
    "grad_entropy_logits": gradient(logits.entropy, 0),
    "grad_entropy_p": gradient(probs.entropy, 0),
    "grad_js_logits_p": gradient(logits.js_divergence, 0),
    "grad_js_p": gradient(probs.js_divergence, 0),
    "grad_kl_logits_p": gradient(logits.kl_divergence, 0),
    "grad_kl_logits_q": gradient(logits.kl_divergence, 1),
    "grad_kl_p": gradient(probs.kl_divergence, 0),
    "grad_kl_q": gradient(probs.kl_divergence, 1),
    "grad_label_cross_entropy_logits": gradient(
        losses.softmax_cross_entropy_with_integer_labels, 0
    ),
}

MEASURES: dict[str, Call] = _SCALARS | _VECTORS | _TABLES | _LOGITS | _GRADIENTS
