"""Every dense loss on hard rows: float32 and bfloat16 against numpy in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract import quick
from jaxinfo import losses

INF = np.inf
OFFSET = np.float32(1e6)
# Multiples of a quarter: an offset of 1e6 is exact.
X = np.array(
    [
        [0.5, -1.25, 2, 0.25, -0.75],
        [40, 0, 3, -60, 1],  # nearly one-hot
        [0.5, -INF, 1, -INF, 2],
        [-INF, -INF, 3, -INF, -INF],  # one class is left
        [2, 2, 2, 2, 2],
        [1e30, 2e30, -1e30, 0, 3e30],
    ],
    np.float32,
)
WHERE = np.array([True, True, True, False, True])
LABELS = np.array([2, 0, 4, 2, 3, 1], np.int32)  # the last but one is ignored
TARGETS = np.array(
    [
        [0.25, 0.5, 0, 0.125, 0.125],
        [1, 0, 0, 0, 0],
        [0.5, 0, 0.25, 0, 0.25],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1],
    ],
    np.float32,
)


def _truth(x, t, smoothing=0.0, z_loss=0.0):
    """Loss, slope and the diagonal of the curvature in the logits, in float64."""
    x, t = x.astype(np.float64), t.astype(np.float64)
    there = ~np.isneginf(x)
    t = (1 - smoothing) * t + smoothing * there / there.sum(-1, keepdims=True)
    # Below the top by so much; what the top leaves to the others has all its digits.
    fall = x.max(-1, keepdims=True) - x
    e = np.exp(-fall)
    tail = np.sort(e, -1)[:, :-1].sum(-1, keepdims=True)
    q, miss = e / (1 + tail), np.where(e == 1, tail, 1 + tail - e) / (1 + tail)
    lse = np.log1p(tail) + x.max(-1, keepdims=True)
    terms = np.where(t > 0, t * (np.log1p(tail) + np.where(t > 0, fall, 0)), 0)
    others = t.sum(-1, keepdims=True) - t
    slope = others * q - t * miss  # q sum(t) - t
    loss = terms.sum(-1) + z_loss * lse[:, 0] ** 2
    return loss, slope + 2 * z_loss * lse * q, t.sum(-1, keepdims=True) * q * miss


def _soft(x, **options):
    return losses.softmax_cross_entropy(x, TARGETS, **options)


def _hard(x, **options):
    options |= {"ignore_index": 3}
    return losses.softmax_cross_entropy_with_integer_labels(x, LABELS, **options)


def _soft_report(x, **options):
    return losses.softmax_cross_entropy_with_report(x, TARGETS, **options)[0]


def _hard_report(x, **options):
    options |= {"ignore_index": 3}
    return losses.softmax_cross_entropy_with_report(x, LABELS, **options)[0]


OPTIONS = {
    "plain": {},
    "masked": {"where": WHERE},
    "smoothed": {"label_smoothing": np.float32(0.125)},
    "z": {"z_loss": np.float32(0.5)},
}
LOSSES = {
    "soft": _soft,
    "hard": _hard,
    "soft report": _soft_report,
    "hard report": _hard_report,
}


def _expected(name, option, x):
    t = np.eye(5, dtype=np.float32)[LABELS] if "hard" in name else TARGETS
    masked = option == "masked"
    x = np.where(WHERE, x, -INF) if masked else x
    t = np.where(WHERE, t, 0) if masked else t
    smoothing = 0.125 if option == "smoothed" else 0.0
    want = _truth(x, t, smoothing, 0.5 if option == "z" else 0.0)
    if "hard" in name:
        want = [
            np.where((LABELS == 3).reshape(-1, *[1] * (w.ndim - 1)), 0, w) for w in want
        ]
    return want


def _close(got, want, rtol, rows):
    got, want = np.asarray(got, np.float64)[rows], want[rows]
    scale = np.finfo("float32").tiny
    np.testing.assert_allclose(got, want, rtol=rtol, atol=4 * scale)


@pytest.mark.parametrize(
    "name",
    [
        "hard",
        *(
            pytest.param(name, marks=pytest.mark.matrix)
            for name in LOSSES
            if name != "hard"
        ),
    ],
)
def test_value_and_slope_of_hard_rows(name):
    x = jnp.asarray(X)
    half = x.astype(jnp.bfloat16)
    fn = LOSSES[name]

    def run(x, half, far):
        def both(x, options):
            return fn(x, **options), jax.grad(lambda x: fn(x, **options).sum())(x)

        results = {}
        for option, values in OPTIONS.items():
            results[option] = both(x, values), both(half, values), fn(far, **values)
        return results

    far = np.where(np.arange(6)[:, None] < 5, X + OFFSET, X)
    got = quick(run)(x, half, far)
    for option, (single, low, moved) in got.items():
        # The square of a huge log-sum-exp is infinite.
        rows = slice(0, 5) if option == "z" else slice(None)
        loss, slope, _ = _expected(name, option, X)
        _close(single[0], loss, 2e-6, rows)
        np.testing.assert_allclose(single[1][rows], slope[rows], rtol=3e-6, atol=3e-7)
        if option == "plain":
            _close(single[1][1], slope[1], 3e-6, slice(None))
        loss, slope, _ = _expected(name, option, np.asarray(half, np.float32))
        assert (low[0].dtype, low[1].dtype) == (jnp.float32, jnp.bfloat16)
        _close(low[0], loss, 2e-6, rows)
        # Of the gradient eight bits are left.
        np.testing.assert_allclose(
            np.asarray(low[1], np.float64)[rows], slope[rows], rtol=2**-8, atol=3e-7
        )
        if option != "z":
            np.testing.assert_array_equal(moved, single[0])


@pytest.mark.parametrize("name", ["soft", "hard"])
def test_curvature_of_hard_rows(name):
    def curvature(x):
        def slope(x):
            return jax.grad(lambda x: LOSSES[name](x).sum())(x)

        columns = [jnp.zeros_like(x).at[:, k].set(1.0) for k in range(5)]
        changes = [jax.jvp(slope, (x,), (c,))[1] for c in columns]
        return jnp.stack([change[:, k] for k, change in enumerate(changes)], axis=-1)

    got = quick(curvature)(jnp.asarray(X))
    _close(got, _expected(name, "plain", X)[2], 5e-6, slice(None))
