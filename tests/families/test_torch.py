"""The pairs that PyTorch has too, against `torch.distributions`, where it is there."""

import jax.numpy as jnp
import numpy as np
import pytest

from families import cases
from families.cases import WIDEST, close
from families.test_pairs import MIXED, P, Q, batch, inside
from jaxinfo import families

torch = pytest.importorskip("torch")
there = torch.distributions
THEIRS = {
    "bernoulli": there.Bernoulli,
    "beta": there.Beta,
    "categorical": there.Categorical,
    "dirichlet": there.Dirichlet,
    "exponential": there.Exponential,
    "gamma": there.Gamma,
    "geometric": there.Geometric,
    "gumbel": there.Gumbel,
    "inverse_gamma": there.InverseGamma,
    "laplace": there.Laplace,
    "log_normal": there.LogNormal,
    "normal": there.Normal,
    "pareto": lambda a, scale: there.Pareto(scale, a),
    "poisson": there.Poisson,
    "student_t": there.StudentT,
    "uniform": there.Uniform,
    "von_mises": there.VonMises,
    "weibull": lambda k, scale: there.Weibull(scale, k),
}
OWN = {
    "bernoulli", "beta", "categorical", "dirichlet", "exponential", "gamma",
    "geometric", "gumbel", "laplace", "log_normal", "normal", "pareto",
    "poisson", "uniform",
}  # fmt: skip


def torches(name, values):
    return THEIRS[name](*(torch.tensor(np.asarray(x)) for x in values))


def registered(p, q):
    try:
        return there.kl_divergence(p, q).numpy()
    except NotImplementedError:
        return None


@cases.sampled(sorted(OWN))
def test_divergence_of_one_family(name):
    p, q = cases.draw(name)
    p, q = (tuple(x[:1] for x in point) for point in (p, q))
    want = there.kl_divergence(torches(name, p), torches(name, q)).numpy()
    got = cases.module(name).kl_divergence(*map(jnp.asarray, (*p, *q)))
    close(got, want, 1e-12)


@pytest.mark.matrix
def test_divergences_of_two_families():
    """Every one that is registered there is here, and equal."""
    seen = 0
    ours = set(MIXED)
    for name_p in set(P) & set(THEIRS):
        for name_q in set(Q) & set(THEIRS) - {name_p}:
            values = batch(P, name_p), batch(Q, name_q)
            want = registered(torches(name_p, values[0]), torches(name_q, values[1]))
            if want is None:
                continue
            seen += 1
            assert (name_p, name_q) in ours
            if not inside(name_p, name_q):
                assert np.isinf(want).all()
                continue
            p, q = (
                getattr(families, n).Params(*map(jnp.asarray, x))
                for n, x in zip((name_p, name_q), values, strict=True)
            )
            np.testing.assert_allclose(
                families.kl_divergence(p, q),
                want,
                rtol=1e-10 if WIDEST == "float64" else 1e-4,
                atol=1e-10 if WIDEST == "float64" else 1e-4,
                err_msg=f"{name_p}, {name_q}",
            )
    assert seen >= 45
