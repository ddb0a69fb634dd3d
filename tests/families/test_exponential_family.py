"""The mechanism agrees with the families that are written by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.special import gammaln

import contract
from jaxinfo import families, logits
from jaxinfo.families import exponential_family

WIDEST = contract.WIDEST
TIGHT = 1e-10 if WIDEST == "float64" else 2e-4


def arrays(values, dtype):
    return [jnp.asarray(x, dtype) for x in values]


def _exponential(natural):
    return -jnp.log(-natural)


def _gamma(natural):
    a, rate = natural["a"] + 1.0, -natural["rate"]
    return jnp.where(a > 0, gammaln(a) - a * jnp.log(rate), jnp.inf)


def _naturals_of_gamma(a, rate):
    return {"a": a - 1.0, "rate": -rate}


def _poisson(natural):
    return jnp.exp(natural)


def _categorical(natural):
    return jax.nn.logsumexp(natural)


VERBS = (
    "kl_divergence",
    "cross_entropy",
    "bhattacharyya_distance",
    "hellinger_distance",
    "squared_hellinger_distance",
)


@contract.quick
def every_measure(a, r, b, s, alpha):
    """By the mechanism, and by the family itself."""
    p, q = _naturals_of_gamma(a, r), _naturals_of_gamma(b, s)
    mechanism, family = exponential_family, families.gamma
    got = [getattr(mechanism, verb)(_gamma, p, q) for verb in VERBS]
    got += [
        mechanism.entropy(_gamma, p, base=2),
        mechanism.renyi_divergence(_gamma, p, q, alpha),
        *jax.value_and_grad(mechanism.renyi_entropy, 2)(_gamma, p, alpha),
    ]
    want = [getattr(family, verb)(a, r, b, s) for verb in VERBS]
    want += [
        family.entropy(a, r, base=2),
        family.renyi_divergence(a, r, b, s, alpha),
        *jax.value_and_grad(family.renyi_entropy, 2)(a, r, alpha),
    ]
    return got, want


@pytest.mark.matrix
def test_gamma_in_every_measure():
    given = arrays((2.5, 1.5, 0.7, 4.0), WIDEST)
    for alpha in arrays((0.3, 1.0, 1.1), WIDEST):
        got, want = every_measure(*given, alpha)
        np.testing.assert_allclose(got, want, rtol=TIGHT)
    # Outside of the family: infinite.
    got, _ = every_measure(*given, *arrays((5.0,), WIDEST))
    assert jnp.isposinf(got[6])
    a, r, b, s = given
    got, _ = every_measure(b, s, a, r, *arrays((9.0,), WIDEST))
    assert jnp.isneginf(got[7])
    got, _ = every_measure(b, s, a, r, *arrays((0.0,), WIDEST))
    assert jnp.isnan(got[7])


def test_logits_are_natural_parameters():
    x, y = arrays(np.random.default_rng(0).normal(size=(2, 5)), WIDEST)
    of = functools.partial(exponential_family.kl_divergence, _categorical)
    got = contract.quick(jax.vmap(of))(jnp.stack([x, y]), jnp.stack([y, x]))
    want = [logits.kl_divergence(x, y), logits.kl_divergence(y, x)]
    np.testing.assert_allclose(got, want, rtol=TIGHT)


@contract.quick
def near_equality(p, q):
    """Values and slopes in q, by the mechanism and by the family itself."""
    mechanism = functools.partial(exponential_family.kl_divergence, _exponential)
    got = jax.vmap(jax.value_and_grad(mechanism, 1))(p, q)

    def kl(q):
        return families.exponential.kl_divergence(-p, -q)

    return got, (kl(q), jax.grad(lambda q: kl(q).sum())(q))


@pytest.mark.parametrize("step", [1e-2, 1e-4, 3e-6])
def test_near_equality_keeps_digits(step):
    p = jnp.asarray([-0.5, -3.0, -40.0], WIDEST)
    q = p * jnp.asarray(1.0 + step, WIDEST)
    (kl, slope), want = near_equality(p, q)
    eps = float(jnp.finfo(WIDEST).eps)
    np.testing.assert_allclose(kl, want[0], rtol=64 * eps)
    np.testing.assert_allclose(slope, want[1], rtol=1e3 * eps / step)
    assert (near_equality(p, p)[0][0] == 0).all()


def test_carrier_and_jit():
    rate = jnp.asarray(3.0, WIDEST)
    k = jnp.arange(1, 60).astype(WIDEST)
    logs = gammaln(k + 1)
    mass = jnp.exp(k * jnp.log(rate) - rate - logs)
    carrier = -jnp.sum(mass * logs)

    @jax.jit
    def entropy(rate):
        natural = jnp.log(rate)
        return exponential_family.entropy(_poisson, natural, mean_log_carrier=carrier)

    want = families.poisson.entropy(rate)
    np.testing.assert_allclose(entropy(rate), want, rtol=1e-5)


def test_bad_input():
    p = jnp.asarray(-1.0, WIDEST)
    kl = exponential_family.kl_divergence
    with pytest.raises(TypeError, match="`natural_q`"):
        kl(_exponential, p, jnp.int32(-1))
    with pytest.raises(ValueError, match="scalar"):
        kl(_exponential, p[None], p[None])
    with pytest.raises(ValueError, match=r"`natural_q`.*structure"):
        kl(_exponential, p, p[None])
    with pytest.raises(TypeError, match="alpha"):
        exponential_family.renyi_divergence(_exponential, p, p, jnp.ones(2))
