"""A vocabulary of 32,000 classes in half precision, and labels at the edge."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import sampled
from jaxinfo import logits, losses, probs

CLASSES = 32_000
DTYPES = [jnp.bfloat16, jnp.float16]


@functools.cache
def _rows(dtype):
    rng = np.random.default_rng(11)
    x = 3 * rng.normal(size=(2, CLASSES))
    y = x + 0.1 * rng.normal(size=(2, CLASSES))
    return tuple(
        np.asarray(jnp.asarray(v.astype(np.float32)).astype(dtype)) for v in (x, y)
    )


def _log_softmax(x):
    x = np.asarray(x, np.float32).astype(np.float64)
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _reference(name, x, y):
    """In double precision of the rounded logits, by forms that do not cancel."""
    log_p, log_q = _log_softmax(x), _log_softmax(y)
    p, q = np.exp(log_p), np.exp(log_q)
    u = log_q - log_p
    if name == "entropy":
        return -(p * log_p).sum(axis=-1)
    if name == "cross_entropy":
        return -(p * log_q).sum(axis=-1)
    if name == "kl_divergence":
        return (p * (np.expm1(u) - u)).sum(axis=-1)
    t = np.tanh(u / 2)
    curve = (1 + t) * np.log1p(t) + (1 - t) * np.log1p(-t)
    return ((p + q) * curve).sum(axis=-1) / 4


@sampled("dtype", DTYPES, "bfloat16")
@sampled("name", ["entropy", "cross_entropy", "kl_divergence", "js_divergence"])
def test_measures_of_logits(name, dtype):
    x, y = _rows(dtype)
    verb = getattr(logits, name)
    arrays = (x,) if name == "entropy" else (x, y)

    @jax.jit
    def run(*arrays):
        value, pull = jax.vjp(lambda *a: verb(*a), *arrays)
        return value, pull(jnp.ones_like(value))

    value, slopes = run(*arrays)
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, _reference(name, x, y), rtol=1e-5)
    for slope in slopes:
        assert slope.dtype == dtype
        assert np.isfinite(np.asarray(slope, np.float32)).all()
        assert np.asarray(slope, np.float32).any()


@sampled("name", ["entropy", "kl_divergence", "js_divergence"])
def test_measures_of_tables(name):
    rows = _rows(jnp.bfloat16)
    tables = [np.exp(_log_softmax(v)).astype(jnp.bfloat16) for v in rows]
    p, q = (v.astype(np.float64) for v in tables)
    if name == "entropy":
        want = -(p * np.log(p)).sum(axis=-1)
    elif name == "kl_divergence":
        want = (p * np.log(p / q) - p + q).sum(axis=-1)
    else:
        m = (p + q) / 2
        want = ((p * np.log(p / m)) + q * np.log(q / m)).sum(axis=-1) / 2
    arrays = tables[:1] if name == "entropy" else tables
    got = getattr(probs, name)(*arrays)
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_loss_of_labels(dtype):
    x, _ = _rows(dtype)
    labels = np.array([31_999, 7], np.int32)
    loss = losses.softmax_cross_entropy_with_integer_labels(x, labels)
    want = -np.take_along_axis(_log_softmax(x), labels[:, None], axis=-1)[:, 0]
    assert loss.dtype == jnp.float32
    np.testing.assert_allclose(loss, want, rtol=1e-6)
