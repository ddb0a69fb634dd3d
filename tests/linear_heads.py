"""Linear heads as plain formulas of all logits, and arguments for them."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo.benchmarks import _formulas as textbook

TOKENS, WIDTH, CLASSES = 11, 4, 13


def arguments(dtype, seed=0, tokens=TOKENS):
    """Hidden rows, kernel, bias (with a class that is absent) and labels."""
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((tokens, WIDTH))
    kernel = rng.standard_normal((WIDTH, CLASSES))
    bias = rng.standard_normal(CLASSES)
    bias[3] = -np.inf
    labels = rng.integers(4, CLASSES, tokens, dtype=np.int32)
    arrays = (jnp.asarray(x, dtype) for x in (hidden, kernel, bias))
    return (*arrays, jnp.asarray(labels))


def logits_of(hidden, kernel, bias, soft_cap=None):
    """The logits of the classes that are present; the fourth is not."""
    x = hidden @ kernel + jnp.broadcast_to(bias, (hidden.shape[0], CLASSES))
    x = jnp.concatenate([x[:, :3], x[:, 4:]], axis=1)
    return x if soft_cap is None else soft_cap * jnp.tanh(x / soft_cap)


def label_loss(hidden, kernel, bias, labels, soft_cap=None, **options):
    """The text-book loss of labels beyond the absent class."""
    x = logits_of(hidden, kernel, bias, soft_cap)
    return textbook.integer_labels(x, labels - 1, **options)


def soft_targets(dtype, seed=1):
    rng = np.random.default_rng(seed)
    targets = rng.dirichlet(np.ones(CLASSES - 1), size=TOKENS)
    return jnp.asarray(np.insert(targets, 3, 0.0, axis=1), dtype)


def close(got, want, tolerance):
    """Trees of arrays, relative to the largest entry of each."""
    for x, y in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
        assert x.shape == y.shape
        scale = np.abs(y).max(initial=1e-30)
        np.testing.assert_allclose(x, y, rtol=0, atol=tolerance * scale)
