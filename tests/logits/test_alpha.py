"""Measures of any order, of mixtures and of transport, on logits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from jaxinfo import logits, probs

X = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 6)) * 2)
ORDERS = [0.0, 0.25, 0.5, 0.999, 1.0, 1.001, 2.0, 5.0, np.inf]
PAIRS = ["renyi_divergence", "tsallis_divergence", "alpha_divergence"]
ENTROPIES = ["renyi_entropy", "tsallis_entropy"]
# A softmax in single precision has roundings of its own.
CLOSE = {
    "float32": {"rtol": 1e-3, "atol": 1e-5},
    "float64": {"rtol": 1e-9, "atol": 1e-10},
}[contract.WIDEST]


def _softmax(x):
    return jax.nn.softmax(x, axis=-1)


@functools.cache
def _both(name):
    """Value and gradients in logits and order, by logits and by their softmax."""

    def program(x, y, a):
        def by(verb, of):
            tables = [x] if name.endswith("entropy") else [x, y]
            every = range(len(tables) + 1)
            return jax.value_and_grad(
                lambda *z: verb(*map(of, z[:-1]), z[-1]).sum(), argnums=tuple(every)
            )(*tables, a)

        return by(getattr(logits, name), lambda x: x), by(
            getattr(probs, name), _softmax
        )

    return contract.quick(program)


@pytest.mark.matrix
@pytest.mark.parametrize("a", ORDERS)
@contract.sampled("name", PAIRS + ENTROPIES, "renyi_divergence", "tsallis_entropy")
def test_measures_are_those_of_the_softmax(name, a):
    got, want = _both(name)(*X, jnp.asarray(a))
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(g, w, **CLOSE)


def test_powers_of_masses_that_underflow():
    # p = e^-200 is no float32, its tenth power is.
    x, y = jnp.array([0.0, -200.0], "float32"), jnp.array([-200.0, 0.0], "float32")
    got = logits.renyi_divergence(x, y, 0.05)
    want = -np.log(np.exp(-0.05 * 200) + np.exp(-0.95 * 200)) / 0.95
    np.testing.assert_allclose(got, want, rtol=1e-6)
    entropy = logits.renyi_entropy(x, 0.05)
    np.testing.assert_allclose(entropy, np.log1p(np.exp(-10)) / 0.95, rtol=1e-6)


@pytest.mark.matrix
@contract.sampled("name", PAIRS, "renyi_divergence")
def test_nearly_equal_logits_keep_their_digits(name, x64):
    x = X[0].astype("float32")
    y = x + jnp.linspace(-1e-5, 1e-5, 6, dtype="float32")[None]
    wide = [v.astype("float64") for v in (x, y)]
    verb = contract.quick(getattr(logits, name))
    for a in (0.3, 1.0, 2.0):
        got = verb(x, y, a)
        np.testing.assert_allclose(got, verb(*wide, a), rtol=3e-6)
        assert not verb(x, x, a).any()
    got = logits.chernoff_information(x, y)
    np.testing.assert_allclose(got, logits.chernoff_information(*wide), rtol=3e-6)


@pytest.mark.matrix
def test_absent_outcomes_give_no_nan():
    inf = jnp.inf
    x = jnp.array([[0.0, 1.0, -inf], [-inf, 0.0, -inf], [-inf] * 3, [0.0, -inf, -inf]])
    y = jnp.array([[0.0, -inf, 1.0], [0.0, 0.0, -inf], [0.0] * 3, [-inf, 0.0, 0.0]])
    for name in PAIRS:
        verb = getattr(logits, name)
        for a in ORDERS:
            value, grads = jax.value_and_grad(
                lambda *z, f=verb: f(*z).sum(), argnums=(0, 1, 2)
            )(x, y, a)
            assert not np.isnan(value)
            assert not any(np.isnan(g).any() for g in grads), (name, a)
            assert verb(x, y, a)[2] == 0
    for verb in (logits.chernoff_information, logits.wasserstein_distance):
        value, slope = jax.value_and_grad(lambda *z, f=verb: f(*z).sum())(x[:3], y[:3])
        assert not np.isnan(value)
        assert not np.isnan(slope).any()


@contract.long
def test_mixtures_and_transport_are_those_of_the_softmax():
    w = jnp.array([0.1, 0.2, 0.3, 0.2, 0.2])
    np.testing.assert_allclose(
        logits.generalized_js_divergence(X[0], w),
        probs.generalized_js_divergence(_softmax(X[0]), w),
        **CLOSE,
    )
    places = jnp.array([0.0, 1.0, 4.0, 2.0, 7.0, -1.0])
    for verb in ("wasserstein_distance", "chernoff_information"):
        options = {"positions": places} if verb.startswith("w") else {}
        got = getattr(logits, verb)(*X, **options)
        want = getattr(probs, verb)(*map(_softmax, X), **options)
        np.testing.assert_allclose(got, want, **CLOSE)
