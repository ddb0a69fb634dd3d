"""The loss of independent events: against mpmath, optax, and at the ends."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import optax
import pytest

from contract import quick
from jaxinfo import losses

INF = np.inf
loss_of = losses.sigmoid_cross_entropy

POINTS = [0, 1e-6, -1e-3, 0.5, -2, 10, -15, 20, -40, 80, -80, 1e4]
TARGETS = [0, 1e-6, 0.25, 0.5, 0.9, 1]
X, T = (np.float32(v).ravel() for v in np.meshgrid(POINTS, TARGETS))


def _derivatives(fn):
    """Value, both slopes and the curvature in the logit, entry by entry."""

    def all_of_them(x, t):
        slope, of_target = jax.grad(fn, (0, 1))(x, t)
        curve = jax.jvp(jax.grad(fn), (x, t), (jnp.ones_like(x), jnp.zeros_like(t)))
        again = jax.grad(jax.grad(fn))(x, t)
        return fn(x, t), slope, of_target, curve[1], again

    return quick(jax.vmap(all_of_them))


def _truth(formula):
    """The same by 50 digits; mpmath differentiates, and optax has no part in it."""
    with mpmath.workdps(50):
        rows = []
        for x, t in zip(X, T, strict=True):
            x, t = mpmath.mpf(float(x)), mpmath.mpf(float(t))
            value = formula(x, t)
            in_x = mpmath.diff(formula, (x, t), (1, 0), h=mpmath.mpf(10) ** -12)
            in_t = formula(x, t + 1) - value  # linear in the targets
            curve = mpmath.diff(formula, (x, t), (2, 0), h=mpmath.mpf(10) ** -12)
            rows.append([value, in_x, in_t, curve, curve])
        return np.array(rows, "float64").T


def _terms(x, t, power):
    s, rest = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
    one = t * rest**power * mpmath.log1p(mpmath.exp(-x))
    return one + (1 - t) * s**power * mpmath.log1p(mpmath.exp(x))


@pytest.mark.parametrize("power", [0, 0.5, 2])
def test_digits_of_value_and_derivatives(power):
    options = {"focal": np.float32(power)} if power else {}
    run = _derivatives(lambda x, t: loss_of(x, t, **options))
    got = [np.asarray(v, "float64") for v in run(X, T)]
    want = _truth(lambda x, t: _terms(x, t, power))
    floor = 4 * np.finfo("float32").tiny
    # Where the target is no surprise nothing cancels, in between the two terms do.
    between = 3e-7 * np.sqrt(T * (1 - T)) * (1 + np.abs(X))
    in_t = 3e-7 * (power > 0)
    room = [0, between, in_t, between, between]
    for a, b, more in zip(got, want, room, strict=True):
        bound = 5e-6 * np.abs(b) + more + floor
        np.testing.assert_array_less(np.abs(a - b), bound)


def test_slope_is_accurate_where_it_vanishes():
    x = np.array([1e-6, -1e-20], np.float32)
    half = np.full(2, 0.5, np.float32)
    slopes = jax.grad(lambda x, t: loss_of(x, t).sum(), (0, 1))(x, half)
    np.testing.assert_allclose(slopes, [x / 4, -x], rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"focal": 0.5}, {"class_weights": np.ones(2)}])
def test_certain_events(options):
    options = {k: np.asarray(v, np.float32) for k, v in options.items()}
    x = np.array([INF, -INF, INF, -INF, INF], np.float32)
    t = np.array([1, 0, 0, 1, 0.5], np.float32)
    np.testing.assert_array_equal(loss_of(x, t, **options), [0, 0, INF, INF, INF])
    run = _derivatives(lambda x, t: loss_of(x, t, **options))
    _, slope, of_target, curve, again = run(x, t)
    np.testing.assert_array_equal(slope, [0, 0, 1, -1, 0.5])
    np.testing.assert_array_equal(of_target, [0, 0, -INF, INF, -INF])
    np.testing.assert_array_equal(curve, np.zeros(5))
    np.testing.assert_array_equal(again, np.zeros(5))


def test_events_are_those_of_optax():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3)).astype(np.float32)
    t = rng.random((4, 3)).astype(np.float32)
    hard = np.round(t)
    want = optax.sigmoid_binary_cross_entropy(x, t)
    np.testing.assert_allclose(loss_of(x, t), want, rtol=2e-6)
    want = optax.sigmoid_focal_loss(x, hard, alpha=0.25, gamma=2.0)
    weights = np.array([0.75, 0.25], np.float32)
    got = loss_of(x, hard, class_weights=weights, focal=2.0)
    np.testing.assert_allclose(got, want, rtol=2e-6)
    mixed = loss_of(x, hard, label_smoothing=0.1)
    want = optax.sigmoid_binary_cross_entropy(x, 0.9 * hard + np.float32(0.05))
    np.testing.assert_allclose(mixed, want, rtol=2e-6)
    # The log-normalizer of an event is that of the two logits (x, 0).
    extra = loss_of(x, t, z_loss=0.5) - loss_of(x, t)
    pair = jnp.stack([x, jnp.zeros_like(x)])
    np.testing.assert_allclose(extra, 0.5 * jax.nn.logsumexp(pair, 0) ** 2, rtol=1e-5)


def test_events_that_do_not_count():
    x = np.array([np.nan, 1, INF], np.float32)
    t = np.array([np.nan, 1, 0], np.float32)
    where = np.array([False, True, False])
    run = jax.value_and_grad(lambda x, t: loss_of(x, t, where=where).sum(), (0, 1))
    value, slopes = run(x, t)
    np.testing.assert_allclose(value, np.log1p(np.exp(-1)), rtol=1e-6)
    np.testing.assert_allclose(slopes[0], [0, -1 / (1 + np.e), 0], rtol=1e-6)
    np.testing.assert_array_equal(slopes[1], [0, -1, 0])
    assert np.isnan(loss_of(x, t)[0])


def test_half_precision_is_computed_in_single():
    x, t = X.astype(jnp.bfloat16), T.astype(jnp.bfloat16)
    got = loss_of(x, t)
    assert got.dtype == jnp.float32
    want = loss_of(x.astype(np.float32), t.astype(np.float32))
    np.testing.assert_array_equal(got, want)


def test_bad_events_are_refused():
    x = np.ones((2, 3), np.float32)
    with pytest.raises(TypeError, match=r"`targets` .*int32: convert it with"):
        loss_of(x, x.astype(np.int32))
    with pytest.raises(ValueError, match=r"`targets` .*\(3,\) and \(2, 3\)"):
        loss_of(x, x[0])
    with pytest.raises(ValueError, match=r"`class_weights` .*\(2,\).* got \(3,\)"):
        loss_of(x, x, class_weights=x[0])
    with pytest.raises(TypeError, match="`focal` must be a real scalar"):
        loss_of(x, x, focal=x)
