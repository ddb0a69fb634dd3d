"""Estimators of KL from samples: exact means over small policies, and their digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import WIDEST, quick
from jaxinfo import losses

INF = np.inf
estimate, surrogate = losses.kl_estimate, losses.kl_surrogate
CLOSE = 1e-12 if WIDEST == "float64" else 3e-6
log_softmax, freeze = jax.nn.log_softmax, jax.lax.stop_gradient


def _policies(*shape):
    rng = np.random.default_rng(3)
    return [jnp.asarray(rng.normal(size=shape), WIDEST) for _ in range(3)]


def _kl(log_p, log_q):
    return jnp.sum(jnp.exp(log_p) * (log_p - log_q), axis=-1)


def _mean(log_b, losses_of_outcomes):
    """Over all outcomes, drawn from b: what draws them is not differentiated."""
    return jnp.sum(freeze(jnp.exp(log_b)) * losses_of_outcomes)


def _close(got, want):
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=CLOSE)


def _differ(got, want):
    assert np.abs(np.asarray(got) - np.asarray(want)).max() > 0.01


def _all_of(fn):
    """Value, gradient and Hessian: the mean is the divergence, as a function."""
    return lambda x: (fn(x), jax.grad(fn)(x), jax.hessian(fn)(x))


@pytest.mark.parametrize("direction", ["reverse", "forward"])
def test_surrogate_is_the_divergence_in_the_mean(direction):
    policy, reference, behavior = _policies(5)

    def divergence(theta, phi):
        pair = log_softmax(theta), log_softmax(phi)
        return _kl(*(pair if direction == "reverse" else pair[::-1]))

    def off_policy(theta, phi):
        p, r, b = map(log_softmax, (theta, phi, behavior))
        return _mean(b, surrogate(p, r, log_behavior=b, direction=direction))

    def on_policy(theta, phi):
        p, r = log_softmax(theta), log_softmax(phi)
        return _mean(p, surrogate(p, r, direction=direction))

    @quick
    def run(x, y):
        exact = _all_of(lambda x: divergence(x, y))(x)
        away = _all_of(lambda x: off_policy(x, y))(x)
        in_reference = [jax.grad(f, 1)(x, y) for f in (divergence, off_policy)]
        here = _all_of(lambda x: on_policy(x, y))(x)
        return exact, away, here, in_reference

    exact, away, here, in_reference = run(policy, reference)
    _close(away, exact)
    _close(here, exact)
    _close(*in_reference)


def test_what_is_used_instead_has_another_mean():
    policy, reference, behavior = _policies(5)

    def of(fn, kind):
        def mean(theta):
            p, r = log_softmax(theta), log_softmax(reference)
            b = freeze(p) if kind == "on" else log_softmax(behavior)
            return _mean(b, fn(p, r))

        return mean

    def divergence(forward):
        def exact(theta):
            pair = log_softmax(theta), log_softmax(reference)
            return _kl(*(pair[::-1] if forward else pair))

        return exact

    fns = [
        of(lambda p, r, k=k: estimate(p, r, kind=k), "on") for k in ("k1", "k2", "k3")
    ]
    fns += [divergence(False), divergence(True)]
    # The ratio is forgotten: samples of an old policy, taken for those of the new one.
    fns += [of(lambda p, r: estimate(p, r, kind="k2"), "off"), of(surrogate, "off")]
    run = quick(lambda x: [jax.value_and_grad(fn)(x) for fn in fns])
    k1, k2, k3, reverse, forward, stale, unweighted = run(policy)
    _close((k1[0], k3[0]), (reverse[0], reverse[0]))
    _close((k1[1], k2[1], k3[1]), (jnp.zeros(5, WIDEST), reverse[1], forward[1]))
    _differ(k1[1], reverse[1])
    _differ(k2[0], reverse[0])
    _differ(k3[1], reverse[1])
    for wrong in (stale, unweighted):
        _differ(wrong[0], reverse[0])
        _differ(wrong[1], reverse[1])


def _tokens(theta):
    """Log-probabilities of both tokens of every sequence of two, (3, 3, 2)."""
    first, second = log_softmax(theta[0]), log_softmax(theta[1:])
    return jnp.stack([jnp.broadcast_to(first[:, None], (3, 3)), second], axis=-1)


def test_sequences_and_their_tokens():
    policy, reference, behavior = _policies(4, 3)
    ref, old = _tokens(reference), _tokens(behavior)

    def whole(tokens):
        return jnp.sum(tokens, axis=-1)

    def divergence(theta):
        p, r = whole(_tokens(theta)).ravel(), whole(ref).ravel()
        return _kl(p, r)

    def of_sequences(theta):
        b = whole(old)
        loss = surrogate(whole(_tokens(theta)), whole(ref), log_behavior=b)
        return _mean(b, loss)

    def of_tokens(theta):
        tokens = _tokens(theta)
        return _mean(whole(tokens), jnp.sum(surrogate(tokens, ref), axis=-1))

    def by_prefix(theta, prefix):
        each = _kl(log_softmax(theta), log_softmax(reference))
        return each[0] + jnp.vdot(jax.nn.softmax(prefix), each[1:])

    @quick
    def run(theta):
        fixed = jax.value_and_grad(by_prefix)(theta, freeze(theta[0]))
        moved = jax.grad(by_prefix, 1)(theta, theta[0])
        fns = (divergence, of_sequences, of_tokens)
        return [jax.value_and_grad(fn)(theta) for fn in fns], fixed, moved

    (exact, sequences, tokens), fixed, moved = run(policy)
    _close(sequences, exact)
    # Tokens: the value of the sequences, the gradient of prefixes that stay.
    _close(tokens[0], exact[0])
    _close(tokens, fixed)
    _differ(tokens[1], exact[1])
    _close(tokens[1].at[0].add(moved), exact[1])


U = np.array([0, 1e-6, -1e-3, 0.5, 0.999, -1.001, 3, -20, 60], np.float32)


def test_estimates_keep_their_digits():
    p = np.linspace(-2, 2, U.size).astype(np.float32)
    q = p + U
    u = q.astype(np.float64) - p.astype(np.float64)

    def run(p, q):
        def both(fn):
            return jax.vmap(jax.value_and_grad(fn, (0, 1)))(p, q)

        fns = [lambda p, q, k=k: estimate(p, q, kind=k) for k in ("k1", "k2", "k3")]
        fns += [lambda p, q, d=d: surrogate(p, q, direction=d) for d in WAYS]
        return [both(fn) for fn in fns]

    growth = np.expm1(u)
    excess = np.where(np.abs(u) < 1e-4, u * u / 2 + u**3 / 6, growth - u)
    mirror = np.where(np.abs(u) < 1e-4, u * u / 2 + u**3 / 3, u * np.exp(u) - growth)
    want = [
        (-u, (np.ones_like(u), -np.ones_like(u))),
        (u * u / 2, (-u, u)),
        (excess, (-growth, growth)),
        (excess, (-u, growth)),
        (mirror, (-growth, u * np.exp(u))),
    ]
    for got, right in zip(quick(run)(p, q), want, strict=True):
        for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(right), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-30)


WAYS = ("reverse", "forward")


def test_samples_that_one_side_lacks():
    none, some = np.full((), -INF, WIDEST), np.full((), -1, WIDEST)
    run = jax.value_and_grad
    assert estimate(some, none) == INF
    assert surrogate(some, none) == INF
    value, slope = run(lambda p: surrogate(p, none, direction="forward"))(some)
    assert (value, slope) == (1, 1)
    # The policy cannot do what an old one did: its weight is 0.
    value, slope = run(lambda p: surrogate(p, some, log_behavior=some))(none)
    assert (value, slope) == (1, 0)
    value = surrogate(none, some, log_behavior=some, direction="forward")
    assert value == INF
    for direction in WAYS:
        loss = surrogate(none, none, log_behavior=some, direction=direction)
        assert loss == 0


def test_padding_does_not_count():
    p = np.array([[-1, -2, np.nan], [-1, -INF, 0]], WIDEST)
    where = np.array([[True, True, False], [True, False, False]])
    for fn in (estimate, surrogate):

        def total(p, fn=fn):
            return fn(p, jnp.zeros_like(p), where=where).sum()

        value, slope = jax.value_and_grad(total)(p)
        assert np.isfinite(value)
        assert (np.asarray(fn(p, np.zeros_like(p), where=where))[~where] == 0).all()
        assert (np.asarray(slope)[~where] == 0).all()
        assert (np.asarray(slope)[where] != 0).all()


def test_bad_samples_are_refused():
    p = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"`logq` .*`logp`, got \(2, 1\) and \(2, 3\)"):
        estimate(p, p[:, :1])
    with pytest.raises(ValueError, match=r"`log_behavior` .*`log_policy`.*\(3,\)"):
        surrogate(p, p, log_behavior=p[0])
    with pytest.raises(ValueError, match=r"`kind` must be one of 'k1', 'k2', 'k3'"):
        estimate(p, p, kind="k4")
    with pytest.raises(ValueError, match="`direction` must be one of 'reverse'"):
        surrogate(p, p, direction="backward")
    with pytest.raises(TypeError, match=r"`log_reference` .*int32"):
        surrogate(p, p.astype(np.int32))
