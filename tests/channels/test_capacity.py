"""Capacities that are known, certificates that hold, derivatives that are right."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

import jaxinfo
from contract import WIDEST, precisions, quick
from jaxinfo import checked
from jaxinfo.channels import channel_capacity

DIGITS = {"float64": 1e-12, "float32": 5e-6}
CLOSE = {dtype: dict(rtol=x, atol=x) for dtype, x in DIGITS.items()}
FLIP, LOST = 0.11, 0.3


def entropy(p):
    return -sum(x * math.log(x) for x in np.ravel(p) if x > 0)


def noisy_typewriter(k):
    return (np.eye(k) + np.roll(np.eye(k), 1, axis=1)) / 2


def drawn(seed, *shape, sharpness=1.0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(shape[-1], sharpness), shape[:-1])


# A channel, its capacity and the best inputs. Cover and Thomas, sections 7.1.2 to 7.2;
# the Z-channel: Golomb, "The Limiting Behavior of the Z-Channel", 1980.
Z_CAPACITY = math.log1p((1 - LOST) * LOST ** (LOST / (1 - LOST)))
Z_ONE = 1 / ((1 - LOST) * (1 + math.exp(entropy([LOST, 1 - LOST]) / (1 - LOST))))
SYMMETRIC = math.log(2) - entropy([FLIP, 1 - FLIP])
KNOWN = {
    "binary symmetric": ([[1 - FLIP, FLIP], [FLIP, 1 - FLIP]], SYMMETRIC, [0.5, 0.5]),
    "erasure": (
        [[1 - LOST, LOST, 0], [0, LOST, 1 - LOST]],
        (1 - LOST) * math.log(2),
        [0.5, 0.5],
    ),
    "Z": ([[1, 0], [LOST, 1 - LOST]], Z_CAPACITY, [1 - Z_ONE, Z_ONE]),
    "noisy typewriter": (noisy_typewriter(26), math.log(13), None),
    "an input without use": (
        [[1 - FLIP, FLIP], [0.5, 0.5], [FLIP, 1 - FLIP]],
        SYMMETRIC,
        [0.5, 0, 0.5],
    ),
    "an input twice": (
        [[1 - FLIP, FLIP], [1 - FLIP, FLIP], [FLIP, 1 - FLIP]],
        SYMMETRIC,
        None,
    ),
    "noiseless": (np.eye(5), math.log(5), np.full(5, 0.2)),
    "deterministic": (np.eye(3)[[0, 1, 1, 2]], math.log(3), None),
    "nothing": ([[0.25, 0.25, 0.5]] * 3, 0.0, None),
    "one input": ([[0.25, 0.75]], 0.0, [1.0]),
}


def padded(channel, size=26):
    """The channel among inputs that repeat its first one: its capacity is the same."""
    channel = np.asarray(channel, "float64")
    rows = np.concatenate([channel, channel[[0] * (size - len(channel))]])
    return np.pad(rows, ((0, 0), (0, size - rows.shape[1])))


@pytest.fixture(scope="module", params=precisions())
def dtype(request):
    if request.param == "float64" and WIDEST != "float64":
        pytest.skip("needs 64-bit types")
    return request.param


def test_known_capacities(dtype):
    """All of them in one batch, padded with inputs and outputs that change nothing."""
    channels = jnp.asarray([padded(w) for w, _, _ in KNOWN.values()], dtype)
    want = np.array([c for _, c, _ in KNOWN.values()])
    got = channel_capacity(channels, base=2)
    assert {x.dtype.name for x in got} == {dtype, "int32"}
    bit = math.log(2)
    nats = (np.asarray(got.capacity) * bit, got.inputs, np.asarray(got.gap) * bit)
    got = got._replace(capacity=nats[0], gap=nats[2])
    np.testing.assert_allclose(got.capacity, want, **CLOSE[dtype])
    # The channel in float32 is not quite the one of the closed form.
    slack = 1e-7 if dtype == "float32" else 0
    assert (abs(got.capacity - want) <= np.asarray(got.gap) + slack).all()
    # Beside the tolerance the gap has what rounding may add.
    assert (np.asarray(got.gap) <= 1.5 * DIGITS[dtype] * want).all()
    np.testing.assert_allclose(got.inputs.sum(-1), 1, rtol=1e-6)
    names = list(KNOWN)
    for name in ("nothing", "one input"):
        assert got.capacity[names.index(name)] == 0
    useless = got.inputs[names.index("an input without use")]
    assert useless[1] == 0
    assert (got.iterations < 25).all()
    for found, (_, _, inputs) in zip(
        np.asarray(got.inputs), KNOWN.values(), strict=True
    ):
        if inputs is not None:
            n = len(inputs)
            merged = found[:n] + np.eye(n)[0] * found[n:].sum()
            # Information is flat at its maximum: they have half of the digits.
            np.testing.assert_allclose(merged, inputs, atol=2 * DIGITS[dtype] ** 0.5)


@quick
def certified(channels):
    """The bounds of Blahut, by the verbs of tables."""
    got = channel_capacity(channels)
    outputs = jnp.einsum("bx,bxy->by", got.inputs, channels)[:, None, :]
    divergences = jaxinfo.kl_divergence(channels, outputs)
    joint = got.inputs[..., None] * channels
    return got, jaxinfo.mutual_information(joint), jnp.max(divergences, axis=-1)


RANDOM = np.concatenate(
    [
        drawn(0, 8, 12, 6, sharpness=1.0),
        drawn(1, 8, 12, 6, sharpness=0.05),
        # Nearly no capacity.
        0.9999 * drawn(2, 8, 1, 6) + 0.0001 * drawn(3, 8, 12, 6),
    ]
)


def test_certificate_of_random_channels(dtype):
    channels = jnp.asarray(RANDOM, dtype)
    got, information, top = certified(channels)
    close = functools.partial(np.testing.assert_allclose, rtol=100 * DIGITS[dtype])
    close(got.capacity, information)
    assert (np.asarray(got.gap) <= 1.5 * DIGITS[dtype] * np.asarray(top)).all()
    if dtype == "float32" and WIDEST == "float64":
        # What is certified is true: to more digits the capacity is within the gap.
        exact = channel_capacity(channels.astype("float64")).capacity
        error = abs(got.capacity.astype("float64") - exact)
        assert (error <= got.gap.astype("float64")).all()
    if dtype == "float64":
        assert (top - got.capacity <= 1.1 * got.gap + 1e-15).all()


def test_against_general_optimization(x64):
    """SciPy's SLSQP on the information, which knows nothing of channels."""
    for channel in RANDOM[:2]:

        def loss(p, channel=channel):
            r = p @ channel
            ratio = np.log(np.where(channel > 0, channel, 1) / r)
            slopes = (channel * ratio).sum(1)
            return -(p @ slopes), 1 - slopes

        found = optimize.minimize(
            loss,
            np.full(len(channel), 1 / len(channel)),
            jac=True,
            bounds=[(0, 1)] * len(channel),
            constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-13, "maxiter": 300},
        )
        got = channel_capacity(jnp.asarray(channel))
        np.testing.assert_allclose(got.capacity, -found.fun, rtol=1e-6)
        assert got.capacity >= -found.fun - 1e-12


def test_weak_channels_keep_their_digits(dtype):
    """A binary symmetric channel with flips 1/2 - d: sum (2d)^2k / (2k (2k - 1))"""
    d = np.array([2.0**-8, 2.0**-11])
    flips = np.stack([0.5 - d, 0.5 + d], -1)
    channels = jnp.asarray(np.stack([flips, flips[:, ::-1]], 1), dtype)
    got = channel_capacity(channels)
    want = 2 * d**2 + 4 / 3 * d**4 + 32 / 15 * d**6 + 32 / 7 * d**8
    np.testing.assert_allclose(got.capacity, want, rtol=DIGITS[dtype])
    assert (np.asarray(got.gap) <= 2 * DIGITS[dtype] * want).all()


@pytest.mark.matrix
def test_derivatives(x64):
    """Of capacity and inputs along a line, against differences; forward is reverse."""
    rng = np.random.default_rng(3)
    channels = np.concatenate([drawn(4, 3, 5, 4), drawn(5, 1, 5, 4, sharpness=0.4)])
    channels[:, 0, 0] = 0
    channels /= channels.sum(-1, keepdims=True)
    change = channels * rng.standard_normal(channels.shape)
    change -= channels * change.sum(-1, keepdims=True)
    weights = jnp.asarray(rng.standard_normal(channels.shape[:2]))

    def along(t):
        got = channel_capacity(channels + t * change, tolerance=1e-14)
        return got.capacity, got.inputs, jnp.sum(weights * got.inputs)

    @quick
    def program(step):
        slopes = jax.jvp(along, (0.0,), (1.0,))[1]
        up, down = along(step), along(-step)
        moved = jax.tree.map(lambda a, b: (a - b) / (2 * step), up, down)

        def total(t):
            capacity, _, inputs = along(t)
            return jnp.sum(capacity), inputs

        return slopes, moved, jax.jacrev(total)(0.0), jax.hessian(total)(0.0)[0]

    slopes, moved, reverse, second = program(jnp.float64(1e-5))
    for got, want in zip(slopes, moved, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(reverse[0], slopes[0].sum(), rtol=1e-12)
    np.testing.assert_allclose(reverse[1], slopes[2], rtol=1e-9)
    up, middle, down = (jnp.sum(along(t)[0]) for t in (1e-3, 0.0, -1e-3))
    np.testing.assert_allclose(second, (up - 2 * middle + down) / 1e-6, rtol=1e-3)


def test_gradient_at_the_edge_is_finite():
    """Zero probabilities, inputs without use and equal rows."""
    channels = jnp.asarray([padded(w) for w, _, _ in KNOWN.values()], WIDEST)
    capacity = quick(jax.grad(lambda w: jnp.sum(channel_capacity(w).capacity)))
    slopes = capacity(channels)
    assert jnp.isfinite(slopes).all()
    assert not np.asarray(slopes)[np.asarray(channels) == 0].any()
    # Of the Z-channel, from its closed form.
    name = list(KNOWN).index("Z")
    change = np.zeros((26, 26))
    change[1, :2] = 1, -1
    step = 1e-6
    up, down = (
        math.log1p((1 - e) * e ** (e / (1 - e))) for e in (LOST + step, LOST - step)
    )
    want = (up - down) / (2 * step)
    got = float(np.sum(np.asarray(slopes[name], "float64") * change))
    assert got == pytest.approx(want, rel=20 * DIGITS[WIDEST] ** 0.5)


def test_batch_is_loop_and_rows_are_independent():
    channels = jnp.asarray(RANDOM[:4].reshape(2, 2, 12, 6), WIDEST)
    batch = channel_capacity(channels)
    spoiled = channel_capacity(channels.at[0, 1, 2, 3].set(jnp.nan))
    mapped = quick(jax.vmap(channel_capacity))(channels)
    for got, one, other in zip(batch, mapped, spoiled, strict=True):
        np.testing.assert_allclose(got, one, rtol=1e-5, atol=10 * DIGITS[WIDEST])
        kept = np.array([[True, False], [True, True]])
        np.testing.assert_array_equal(np.asarray(got)[kept], np.asarray(other)[kept])
    for x in spoiled[:3]:
        assert jnp.isnan(x[0, 1]).all()


@pytest.mark.matrix
def test_iterations_are_bounded():
    channel = jnp.asarray(RANDOM, WIDEST)
    few = channel_capacity(channel, max_iterations=2)
    many = channel_capacity(channel)
    rough = channel_capacity(channel, max_iterations=100, tolerance=0.1)
    assert (few.iterations == 2).all()
    assert (rough.iterations < many.iterations).all()
    for less in (few, rough):
        assert (less.gap > many.gap).all()
        assert (less.capacity <= many.capacity + many.gap).all()
        assert (many.capacity <= less.capacity + less.gap).all()


def test_bad_arguments():
    good = jnp.full((2, 2), 0.5, "float32")
    with pytest.raises(TypeError, match=r"`channel`.*array.*list"):
        channel_capacity([[0.5, 0.5]])
    with pytest.raises(TypeError, match=r"`channel`.*int32.*normalize"):
        channel_capacity(good.astype("int32"))
    with pytest.raises(ValueError, match=r"`channel`.*\(\.\.\., X, Y\).*\(2,\)"):
        channel_capacity(good[0])
    with pytest.raises(TypeError, match="`tolerance`"):
        channel_capacity(good, tolerance=jnp.ones(2, "float32"))
    with pytest.raises(ValueError, match="`base`"):
        channel_capacity(good, base=1)


@pytest.mark.matrix
def test_bad_values():
    good = jnp.full((2, 2), 0.5, "float32")
    bad = checked(channel_capacity)
    with pytest.raises(Exception, match="`channel` does not sum to one in row 1"):
        bad(good.at[1, 0].set(0.4))
    with pytest.raises(Exception, match="`channel` is negative in row 0"):
        bad(jnp.array([[1.5, -0.5], [0.5, 0.5]], "float32"))
