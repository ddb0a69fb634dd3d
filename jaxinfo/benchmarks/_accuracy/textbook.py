"""Text-book lines of the measures, as a careful user writes them without jaxinfo."""

import jax.numpy as jnp
from jax import Array
from jax.nn import log_softmax, sigmoid, softmax, softplus
from jax.scipy.special import entr, kl_div, rel_entr, xlog1py, xlogy

from jaxinfo.benchmarks._accuracy.adapters import Call, gradient

__all__ = ["MEASURES"]


def _entropy(p: Array) -> Array:
    return entr(p).sum(axis=-1)


def _cross_entropy(p: Array, q: Array) -> Array:
    return -xlogy(p, q).sum(axis=-1)


def _kl(p: Array, q: Array) -> Array:
    return rel_entr(p, q).sum(axis=-1)


def _js(p: Array, q: Array) -> Array:
    m = (p + q) / 2
    return (_kl(p, m) + _kl(q, m)) / 2


def _squared_hellinger(p: Array, q: Array) -> Array:
    return ((jnp.sqrt(p) - jnp.sqrt(q)) ** 2).sum(axis=-1) / 2


def _chi_squared(p: Array, q: Array) -> Array:
    return ((p - q) ** 2 / q).sum(axis=-1)


def _binary_entropy(p: Array) -> Array:
    return -xlogy(p, p) - xlog1py(1 - p, -p)


def _binary_entropy_logit(x: Array) -> Array:
    return softplus(x) - x * sigmoid(x)


def _binary_kl_logits(x: Array, y: Array) -> Array:
    return sigmoid(x) * (x - y) + softplus(y) - softplus(x)


def _logit_entropy(x: Array) -> Array:
    return entr(softmax(x)).sum(axis=-1)


def _logit_cross_entropy(x: Array, y: Array) -> Array:
    return -(softmax(x) * log_softmax(y)).sum(axis=-1)


def _logit_kl(x: Array, y: Array) -> Array:
    return (softmax(x) * (log_softmax(x) - log_softmax(y))).sum(axis=-1)


def _logit_js(x: Array, y: Array) -> Array:
    return _js(softmax(x), softmax(y))


def _label_cross_entropy(x: Array, label: Array) -> Array:
    return -jnp.take_along_axis(log_softmax(x), label[..., None], axis=-1)[..., 0]


def _joint(table: Array) -> Array:
    return entr(table).sum(axis=tuple(range(1, table.ndim)))


def _x(table: Array) -> Array:
    return _entropy(table.sum(axis=2))


def _y(table: Array) -> Array:
    return _entropy(table.sum(axis=1))


def _product(table: Array) -> Array:
    return table.sum(axis=2, keepdims=True) * table.sum(axis=1, keepdims=True)


def _mi(table: Array) -> Array:
    return rel_entr(table, _product(table)).sum(axis=(1, 2))


def _nmi(table: Array, *, kind: str) -> Array:
    x, y = _x(table), _y(table)
    bound = {
        "arithmetic": (x + y) / 2,
        "geometric": jnp.sqrt(x * y),
        "min": jnp.minimum(x, y),
        "max": jnp.maximum(x, y),
        "joint": _joint(table),
    }
    return _mi(table) / bound[kind]


def _cmi(table: Array) -> Array:
    xz, yz, z = table.sum(axis=2), table.sum(axis=1), table.sum(axis=(1, 2))
    return _joint(xz) + _joint(yz) - _entropy(z) - _joint(table)


_VALUES: dict[str, Call] = {
    "self_information": lambda p: -jnp.log(p),
    "neg_p_log_p": entr,
    "kl_div_elem": kl_div,
    "binary_entropy": _binary_entropy,
    "binary_entropy_from_logit": _binary_entropy_logit,
    "binary_kl": lambda p, q: rel_entr(p, q) + rel_entr(1 - p, 1 - q),
    "binary_kl_from_logits": _binary_kl_logits,
    "bhattacharyya": lambda p, q: -jnp.log(jnp.sqrt(p * q).sum(axis=-1)),
    "chi2_neyman": lambda p, q: _chi_squared(q, p),
    "chi2_pearson": _chi_squared,
    "cross_entropy": _cross_entropy,
    "entropy": _entropy,
    "hellinger": lambda p, q: jnp.sqrt(_squared_hellinger(p, q)),
    "jeffreys": lambda p, q: _kl(p, q) + _kl(q, p),
    "js": _js,
    "js_distance": lambda p, q: jnp.sqrt(_js(p, q)),
    "kl": _kl,
    "kl_generalized": lambda p, q: kl_div(p, q).sum(axis=-1),
    "perplexity": lambda p: jnp.exp(_entropy(p)),
    "reverse_kl": lambda p, q: _kl(q, p),
    "squared_hellinger": _squared_hellinger,
    "tv": lambda p, q: jnp.abs(p - q).sum(axis=-1) / 2,
    "cmi": _cmi,
    "conditional_entropy_x_given_y": lambda t: _joint(t) - _y(t),
    "conditional_entropy_y_given_x": lambda t: _joint(t) - _x(t),
    "joint_entropy": _joint,
    "mi": _mi,
    "nmi": _nmi,
    "pmi": lambda t: jnp.log(t / _product(t)),
    "variation_of_information": lambda t: 2 * _joint(t) - _x(t) - _y(t),
    "cross_entropy_from_logits": _logit_cross_entropy,
    "entropy_from_logits": _logit_entropy,
    "js_from_logits": _logit_js,
    "kl_from_logits": _logit_kl,
    "label_cross_entropy_from_logits": _label_cross_entropy,
}

_GRADIENTS: dict[str, Call] = {
    "grad_cross_entropy_logits_p": gradient(_logit_cross_entropy, 0),
    "grad_cross_entropy_logits_q": gradient(_logit_cross_entropy, 1),
    "grad_cross_entropy_p": gradient(_cross_entropy, 0),
    "grad_cross_entropy_q": gradient(_cross_entropy, 1),
    "grad_entropy_logits": gradient(_logit_entropy, 0),
    "grad_entropy_p": gradient(_entropy, 0),
    "grad_js_logits_p": gradient(_logit_js, 0),
    "grad_js_p": gradient(_js, 0),
    "grad_kl_logits_p": gradient(_logit_kl, 0),
    "grad_kl_logits_q": gradient(_logit_kl, 1),
    "grad_kl_p": gradient(_kl, 0),
    "grad_kl_q": gradient(_kl, 1),
    "grad_label_cross_entropy_logits": gradient(_label_cross_entropy, 0),
}

MEASURES: dict[str, Call] = _VALUES | _GRADIENTS
