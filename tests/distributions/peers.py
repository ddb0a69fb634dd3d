"""The distributions of other libraries, where they are installed, and what they are."""

import functools
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from families.families_of_scipy import DISCRETE, SCIPY
from jaxinfo.distributions import _objects

__all__ = ["as_users_do", "assert_density", "load"]


def load(module):
    """Imports a library; it may use what newer releases of JAX deprecate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(module, exc_type=ImportError)


def as_users_do(fn):
    """Runs what belongs to another library with the promotion that it relies on."""

    @functools.wraps(fn)
    def wrapped(*args, **kwargs):
        with (
            warnings.catch_warnings(),
            jax.numpy_rank_promotion("allow"),
            jax.numpy_dtype_promotion("standard"),
        ):
            warnings.simplefilter("ignore")
            return fn(*args, **kwargs)

    return wrapped


def _outcomes(name, params):
    """Some outcomes inside the support, and their density by the parameters read."""
    values = [np.asarray(x, "float64") for x in params]
    if name == "categorical":
        k = np.arange(values[0].shape[-1])
        return k, np.log(values[0])
    if name == "dirichlet":
        x = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
        return x, np.array([stats.dirichlet(values[0]).logpdf(row) for row in x])
    if name == "multivariate_normal":
        x = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, -0.3]])
        return x, stats.multivariate_normal(*values).logpdf(x)
    if name == "wishart":
        x = np.stack([values[1], values[1] + np.eye(3)])
        known = stats.wishart(float(values[0]), values[1])
        return x, known.logpdf(np.moveaxis(x, 0, -1))
    known = SCIPY[name](*values)
    if name == "bernoulli":
        return np.array([0, 1]), known.logpmf([0, 1])
    if name in DISCRETE:
        k = np.arange(4)
        # Ours counts trials or failures: it makes no difference to a measure.
        return k, known.logpmf(k + (name == "geometric"))
    x = known.ppf([0.1, 0.4, 0.8])
    return x, known.logpdf(x)


def _probs(name, logits):
    return special.softmax(logits) if name == "categorical" else special.expit(logits)


def _dense(cov):
    """A covariance matrix, whichever way it is given."""
    if not hasattr(cov, "_fields"):
        return cov
    if len(cov) == 1:
        return np.diag(cov[0])
    return np.asarray(cov[0]) @ np.asarray(cov[0]).T + np.diag(cov[1])


def assert_density(log_prob, found, dtype):
    """Whether the density of the library is that of the parameters that were read."""
    name, params = found
    if isinstance(params, _objects.Logits):
        params = (_probs(name, np.asarray(params.logits, "float64")),)
    if name == "multivariate_normal":
        params = (params[0], _dense(params[1]))
    x, want = _outcomes(name, params)
    x = jnp.asarray(x, dtype if x.dtype == "float64" else x.dtype)
    np.testing.assert_allclose(as_users_do(log_prob)(x), want, rtol=2e-5, atol=2e-5)
