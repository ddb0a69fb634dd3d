"""Every measure as a textbook writes it: naive, and right at generic interior points.

The outcomes are the last axis, those of joint tables the last two or three. A table
that does not sum to one is taken as it is: the formulas are those of its entries, and
the reference of a dependence is the product of the marginals over the mass.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

__all__ = [
    "BINARY",
    "JOINT",
    "TABLES",
    "TRIPLE",
    "integer_labels",
    "of_logits",
    "of_single_logits",
    "report",
    "soft_targets",
]

log, sqrt = jnp.log, jnp.sqrt


def total(terms, axis=-1):
    return jnp.sum(terms, axis=axis)


def entropy(p):
    return -total(p * log(p))


def kl(p, q):
    return total(p * log(p / q) - p + q)


def js(p, q):
    middle = 0.5 * (p + q)
    return 0.5 * (kl(p, middle) + kl(q, middle))


def squared_hellinger(p, q):
    return 0.5 * total((sqrt(p) - sqrt(q)) ** 2)


def affinity(p, q):
    return total(sqrt(p * q))


# On tables of one variable.
TABLES = {
    "bhattacharyya_coefficient": affinity,
    "bhattacharyya_distance": lambda p, q: -log(affinity(p, q)),
    "chi_squared_divergence": lambda p, q: total((p - q) ** 2 / q),
    "cross_entropy": lambda p, q: -total(p * log(q)),
    "entropy": entropy,
    "hartley_entropy": lambda p: log(total(jnp.ones_like(p))),
    "hellinger_distance": lambda p, q: sqrt(squared_hellinger(p, q)),
    "jeffreys_divergence": lambda p, q: total((p - q) * log(p / q)),
    "js_distance": lambda p, q: sqrt(js(p, q)),
    "js_divergence": js,
    "kl_divergence": kl,
    "min_entropy": lambda p: -log(jnp.max(p, axis=-1)),
    "normalize": lambda p: p / jnp.sum(p, axis=-1, keepdims=True),
    "normalized_entropy": lambda p: entropy(p) / log(total(jnp.ones_like(p))),
    "perplexity": lambda p: jnp.exp(entropy(p)),
    "self_information": lambda p: -log(p),
    "squared_hellinger_distance": squared_hellinger,
    "total_variation_distance": lambda p, q: 0.5 * total(jnp.abs(p - q)),
}

# On the probability of one outcome of two, entry by entry.
BINARY = {
    "binary_entropy": lambda p: -p * log(p) - (1 - p) * log(1 - p),
    "binary_kl_divergence": lambda p, q: (
        p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
    ),
}


def marginals(p):
    """p(x), p(y) and the mass, with their axes kept."""
    return tuple(jnp.sum(p, axis, keepdims=True) for axis in (-1, -2, (-2, -1)))


def joint_entropy(p):
    return -total(p * log(p), (-2, -1))


def conditional_entropy(p):
    return total(p * log(marginals(p)[0] / p), (-2, -1))


def pointwise(p):
    px, py, mass = marginals(p)
    return log(p * mass / (px * py))


def mutual_information(p):
    return total(p * pointwise(p), (-2, -1))


def lautum(p):
    px, py, mass = marginals(p)
    return -total(px * py / mass * pointwise(p), (-2, -1))


def normalized_mutual_information(p, normalization="arithmetic"):
    px, py, _ = marginals(p)
    hx, hy = (-total(m * log(m), (-2, -1)) for m in (px, py))
    scale = {
        "arithmetic": 0.5 * (hx + hy),
        "geometric": sqrt(hx * hy),
        "min": jnp.minimum(hx, hy),
        "max": jnp.maximum(hx, hy),
        "joint": joint_entropy(p),
    }
    return mutual_information(p) / scale[normalization]


# On joint tables p(x, y).
JOINT = {
    "conditional_entropy": conditional_entropy,
    "joint_entropy": joint_entropy,
    "lautum_information": lautum,
    "mutual_information": mutual_information,
    "normalized_mutual_information": normalized_mutual_information,
    "pointwise_mutual_information": pointwise,
    "variation_of_information": lambda p: (
        conditional_entropy(p) + conditional_entropy(jnp.swapaxes(p, -1, -2))
    ),
}


def conditional_mutual_information(p):
    pxz, pyz, pz = (jnp.sum(p, axis, keepdims=True) for axis in (-2, -3, (-3, -2)))
    return total(p * log(p * pz / (pxz * pyz)), (-3, -2, -1))


# On joint tables p(x, y, z).
TRIPLE = {"conditional_mutual_information": conditional_mutual_information}


def of_logits(measure: Callable, event: int) -> Callable:
    """The measure of the softmax over the last `event` axes."""
    axes = tuple(range(-event, 0))
    return lambda *logits: measure(*(jax.nn.softmax(x, axis=axes) for x in logits))


def of_single_logits(measure: Callable) -> Callable:
    """The measure of the sigmoid."""
    return lambda *logits: measure(*map(jax.nn.sigmoid, logits))


def log_sum_exp(logits):
    return jax.nn.logsumexp(logits, axis=-1)


def smoothed(targets, label_smoothing):
    return (1 - label_smoothing) * targets + label_smoothing / targets.shape[-1]


def soft_targets(logits, targets, label_smoothing=0.0, z_loss=0.0):
    targets = smoothed(targets, label_smoothing)
    loss = -total(targets * jax.nn.log_softmax(logits))
    return loss + z_loss * log_sum_exp(logits) ** 2


def integer_labels(logits, labels, label_smoothing=0.0, z_loss=0.0):
    targets = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return soft_targets(logits, targets, label_smoothing, z_loss)


def report(logits, targets, label_smoothing=0.0, z_loss=0.0):
    """The loss, then the fields of its report in their order."""
    t = smoothed(targets, label_smoothing)
    q = jax.nn.softmax(logits)
    right = jnp.argmax(logits, axis=-1) == jnp.argmax(targets, axis=-1)
    return (
        soft_targets(logits, targets, label_smoothing, z_loss),
        soft_targets(logits, t),
        entropy(t),
        kl(t, q),
        entropy(q),
        right.astype(logits.dtype),
        log_sum_exp(logits),
    )
