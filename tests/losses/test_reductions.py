"""Averages over what counts."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo import losses

VALUES = np.array([[1.0, 2.0, np.nan], [4.0, np.inf, 6.0]], np.float32)
WHERE = np.array([[True, True, False], [True, False, False]])


def test_mean_of_what_counts():
    got = losses.masked_mean(VALUES, WHERE)
    assert got.dtype == jnp.float32
    assert got.shape == ()
    np.testing.assert_allclose(got, 7 / 3, rtol=1e-6)
    column = np.array([[True], [False]])
    np.testing.assert_allclose(
        losses.masked_mean(VALUES[:, :2], column), 1.5, rtol=1e-6
    )
    assert np.isnan(losses.masked_mean(VALUES, WHERE | np.isnan(VALUES)))


def test_gradient_of_the_mean():
    slope = jax.grad(losses.masked_mean)(VALUES, WHERE)
    np.testing.assert_allclose(slope, WHERE / np.float32(3), rtol=1e-6)


def test_nothing_counts():
    nowhere = np.zeros_like(WHERE)
    assert losses.masked_mean(VALUES, nowhere) == 0
    assert np.isnan(losses.masked_mean(VALUES, nowhere, empty=np.nan))
    assert losses.masked_mean(VALUES, nowhere, empty=1) == 1
    assert (jax.grad(losses.masked_mean)(VALUES, nowhere) == 0).all()
    assert losses.masked_mean(VALUES[:, :0], WHERE[:, :0]) == 0


def test_half_precision_is_summed_in_single():
    values = np.full(4096, 1.0, jnp.bfloat16)
    got = losses.masked_mean(values, np.ones(4096, bool))
    assert got.dtype == jnp.float32
    assert got == 1
