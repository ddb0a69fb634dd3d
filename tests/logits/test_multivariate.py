"""Joint logits of many variables: the measures of their softmax."""

import jax
import jax.numpy as jnp
import numpy as np

import contract
from jaxinfo import logits, probs

NAMES = [
    "co_information",
    "dual_total_correlation",
    "residual_entropy",
    "total_correlation",
    "tse_complexity",
]
AXES = (1, 2, 3)


def _logits():
    return (2 * np.random.default_rng(1).normal(size=(4, 2, 3, 2))).astype(np.float32)


@contract.sampled("name", NAMES, "o_information", "total_correlation")
def test_measures_are_those_of_the_softmax(name):
    x = _logits()
    x[:, 0, 1, 1] = -np.inf
    p = jax.nn.softmax(x, axis=AXES)
    want = getattr(probs, name)(p, axes=AXES)
    got = getattr(logits, name)(x, axes=AXES)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    # A power of two as large as this rounds nothing away.
    x = np.round(x * 2**10) / 2**10
    plain = getattr(logits, name)(x, axes=AXES)
    np.testing.assert_array_equal(getattr(logits, name)(x + 64, axes=AXES), plain)


def test_entropies_of_subsets():
    x = _logits()
    result = logits.subset_entropies(x, axes=AXES, order=2, base=2)
    want = probs.subset_entropies(
        jax.nn.softmax(x, axis=AXES), axes=AXES, order=2, base=2
    )
    assert result.subsets == want.subsets
    np.testing.assert_allclose(result.entropies, want.entropies, rtol=1e-5)


@contract.sampled(
    "name", ["dual_total_correlation", "total_correlation"], "total_correlation"
)
def test_sums_of_logits_are_independent(name):
    # Rounded softmaxes of 12 cells: what is left is of the order of their square.
    rng = np.random.default_rng(2)
    a, b, c = (rng.integers(-4, 4, k).astype(np.float32) for k in (2, 3, 2))
    x = jnp.asarray(a[:, None, None] + b[:, None] + c)
    assert 0 <= getattr(logits, name)(x) < 1e-12


def test_absent_cells_have_no_gradient():
    x = jnp.asarray(_logits()).at[:, 0, 1, 1].set(-jnp.inf)
    slope = jax.grad(lambda x: logits.total_correlation(x, axes=AXES).sum())(x)
    assert np.isfinite(slope).all()
    assert (np.asarray(slope)[:, 0, 1, 1] == 0).all()
