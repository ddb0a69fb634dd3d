"""Every measure as a textbook writes it: naive, and right at generic interior points.

The outcomes are the last axis, those of joint tables the last two or three. A table
that does not sum to one is taken as it is: the formulas are those of its entries, and
the reference of a dependence is the product of the marginals over the mass.
"""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = [
    "BINARY",
    "JOINT",
    "MANY",
    "ORDERS",
    "TABLES",
    "TRIPLE",
    "chernoff_information",
    "estimate",
    "events",
    "f_divergence",
    "generalized_js_divergence",
    "integer_labels",
    "of_logits",
    "of_single_logits",
    "report",
    "soft_targets",
    "surrogate",
]

log, sqrt = jnp.log, jnp.sqrt


def total(terms, axis: Any = -1):
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


def excess(p, q, a):
    """Sum of p^a q^(1-a), less what makes it 0 at p = q, with its slopes."""
    return total(p**a * q ** (1 - a) - a * p - (1 - a) * q)


def renyi_divergence(p, q, alpha):
    # Masses that are one are taken as one; not where the sum is small.
    near = log(1 + excess(p, q, alpha))
    far = log(total(p**alpha * q ** (1 - alpha)))
    low = (alpha < 1) & (1 + excess(p, q, alpha) < 0.5)
    return jnp.where(low, far, near) / (alpha - 1)


def renyi_entropy(p, alpha):
    near, far = log(1 + total(p**alpha - p)), log(total(p**alpha))
    low = (alpha > 1) & (1 + total(p**alpha - p) < 0.5)
    return jnp.where(low, far, near) / (1 - alpha)


def f_divergence(p, q, f):
    return total(q * f(p / q))


def generalized_js_divergence(ps, weights):
    weights = jnp.broadcast_to(weights, ps.shape[:-1]).astype(ps.dtype)
    mixture = total(weights[..., None] * ps, -2)[..., None, :]
    return total(weights * kl(ps, jnp.broadcast_to(mixture, ps.shape)))


def chernoff_information(p, q):
    """By Newton's method from the middle; a last step carries the derivatives."""

    def rise(a):
        moment = total(p**a * q ** (1 - a) * log(p / q))
        return total(p - q) - moment, total(p**a * q ** (1 - a) * log(p / q) ** 2)

    a = jnp.full((*p.shape[:-1],), 0.5, p.dtype)[..., None]
    for _ in range(8):
        slope, curve = rise(a)
        a = jax.lax.stop_gradient(a + (slope / curve)[..., None])
    slope, curve = rise(a)
    a = a + (slope / jax.lax.stop_gradient(curve))[..., None]
    return -log(1 + excess(p, q, a))


# Of an order as well.
ORDERS = {
    "alpha_divergence": lambda p, q, alpha: excess(p, q, alpha) / (alpha * (alpha - 1)),
    "renyi_divergence": renyi_divergence,
    "renyi_entropy": renyi_entropy,
    "tsallis_divergence": lambda p, q, alpha: excess(p, q, alpha) / (alpha - 1),
    "tsallis_entropy": lambda p, alpha: total(p - p**alpha) / (alpha - 1),
}

# On tables of one variable.
TABLES = {
    "bhattacharyya_coefficient": affinity,
    "bhattacharyya_distance": lambda p, q: -log(affinity(p, q)),
    "chernoff_information": chernoff_information,
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
    "wasserstein_distance": lambda p, q: total(
        jnp.abs(jnp.cumsum(q - p, axis=-1)[..., :-1])
    ),
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

# The subsets of three variables, by their number from the left.
SUBSETS = [s for k in (1, 2, 3) for s in itertools.combinations(range(3), k)]


def subset_entropies(p):
    """The entropy of every subset of three variables, along a new last axis."""
    rest = [tuple(i - 3 for i in range(3) if i not in s) for s in SUBSETS]
    marginal = [jnp.sum(p, axis, keepdims=True) for axis in rest]
    return jnp.stack([total(-m * log(m), (-3, -2, -1)) for m in marginal], axis=-1)


def of_subsets(*weights):
    """A weighted sum of the entropies of subsets, for tables of any mass."""
    w = np.array(weights)

    def measure(p):
        mass = total(p, (-3, -2, -1))
        nats = subset_entropies(p) + (mass * log(mass))[..., None]
        return total(nats * np.broadcast_to(w.astype(p.dtype), nats.shape))

    return measure


# On joint tables of three variables: weights of H(X), H(Y), H(Z), H(XY), H(XZ), H(YZ)
# and H(XYZ).
MANY = {
    "co_information": of_subsets(1, 1, 1, -1, -1, -1, 1),
    "dual_total_correlation": of_subsets(0, 0, 0, 1, 1, 1, -2),
    "interaction_information": of_subsets(1, 1, 1, -1, -1, -1, 1),
    "o_information": of_subsets(1, 1, 1, -1, -1, -1, 1),
    "residual_entropy": of_subsets(0, 0, 0, -1, -1, -1, 3),
    "s_information": of_subsets(1, 1, 1, 1, 1, 1, -3),
    "subset_entropies": subset_entropies,
    "total_correlation": of_subsets(1, 1, 1, 0, 0, 0, -1),
    "tse_complexity": of_subsets(1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, -1),
}


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


def soft_targets(
    logits, targets, label_smoothing=0.0, z_loss=0.0, class_weights=None, poly=0.0
):
    targets = smoothed(targets, label_smoothing)
    if class_weights is not None:
        weights = jnp.asarray(class_weights, targets.dtype)
        targets = targets * jnp.broadcast_to(weights, targets.shape)
    loss = -total(targets * jax.nn.log_softmax(logits))
    loss += poly * total(targets * (1 - jax.nn.softmax(logits)))
    return loss + z_loss * log_sum_exp(logits) ** 2


def integer_labels(logits, labels, focal=0.0, **options):
    targets = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    loss = soft_targets(logits, targets, **options)
    if focal:
        length = soft_targets(logits, targets)
        weighted = soft_targets(logits, targets, 0.0, 0.0, options["class_weights"])
        loss += ((1 - jnp.exp(-length)) ** focal - 1) * weighted
    return loss


def events(
    logits, targets, label_smoothing=0.0, z_loss=0.0, class_weights=(1, 1), focal=0.0
):
    t = (1 - label_smoothing) * targets + label_smoothing / 2
    s = jax.nn.sigmoid(logits)
    other, one = map(float, class_weights)
    loss = -one * t * (1 - s) ** focal * log(s)
    loss -= other * (1 - t) * s**focal * log(1 - s)
    return loss + z_loss * jnp.logaddexp(logits, 0) ** 2


def report(logits, targets, label_smoothing=0.0, z_loss=0.0, **options):
    """The loss, then the fields of its report in their order."""
    if targets.ndim < logits.ndim:
        targets = jax.nn.one_hot(targets, logits.shape[-1], dtype=logits.dtype)
    t = smoothed(targets, label_smoothing)
    q = jax.nn.softmax(logits)
    right = jnp.argmax(logits, axis=-1) == jnp.argmax(targets, axis=-1)
    length = soft_targets(logits, t)
    least = -total(jax.scipy.special.xlogy(t, t))
    return (
        soft_targets(logits, targets, label_smoothing, z_loss, **options),
        length,
        least,
        length - least - total(t) + 1,
        entropy(q),
        right.astype(logits.dtype),
        log_sum_exp(logits),
    )


def distillation(student, teacher):
    return kl(jax.nn.softmax(teacher), jax.nn.softmax(student))


def estimate(logp, logq):
    return jnp.exp(logq - logp) - 1 - (logq - logp)


def surrogate(log_policy, log_reference):
    """The weight is 1, and is differentiated."""
    weight = jnp.exp(log_policy - jax.lax.stop_gradient(log_policy))
    return weight * estimate(log_policy, log_reference)
