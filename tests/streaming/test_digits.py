"""No count and no digit is lost, however long the stream and however it is merged."""

import fractions
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxinfo import streaming

# As users compile, sums could be reordered; that is what would destroy them.
pytestmark = pytest.mark.usefixtures("optimized")

every_width = pytest.mark.parametrize(
    "dtype", ["float32", pytest.param("float64", marks=pytest.mark.matrix)]
)


def ulp(dtype):
    return float(jnp.finfo(dtype).eps)


def exact(double):
    """The number that the two parts of a sum are, as a fraction."""
    return fractions.Fraction(float(double.high)) + fractions.Fraction(
        float(double.low)
    )


def exact_sum(values):
    return sum((fractions.Fraction(float(v)) for v in np.ravel(values)), start=0)


def magnitudes(values):
    return math.fsum(map(abs, np.ravel(values).tolist()))


def streams(dtype):
    """Values, one an update, that are hard to add."""
    rng = np.random.default_rng(0)
    tenth = np.full(2000, 0.1)
    huge_first = np.concatenate([[1e9], tenth])
    alternating = np.where(np.arange(2000) % 2, 1e8, 1e-3) * rng.random(2000)
    cancelling = np.concatenate([alternating, [3.0], -alternating[::-1]])
    spread = rng.standard_normal(2000) * np.exp(9 * rng.standard_normal(2000))
    longest = 4001
    for values in (tenth, huge_first, alternating, cancelling, spread):
        yield np.pad(values, (0, longest - values.size)).astype(dtype)


def one_by_one(metric):
    """The state after a stream of updates of one value each, in a scan."""

    def run(values):
        def step(state, value):
            return metric.update(state, value[None]), None

        return jax.lax.scan(step, metric.init(), values)[0]

    return jax.jit(run)


@every_width
def test_hard_streams(dtype):
    """Far within two units in the last place of the sum of the magnitudes."""
    metric = streaming.mean(dtype=dtype)
    run = one_by_one(metric)
    at_once = jax.jit(lambda values: metric.update(metric.init(), values))
    for values in streams(dtype):
        want = exact_sum(values)
        for state in (run(values), at_once(values)):
            slack = magnitudes(values) * ulp(dtype) ** 2 * 2**8
            assert abs(exact(state.totals) - want) <= slack
            assert exact(state.weight) == values.size
            mean = float(metric.result(state))
            slack = slack / values.size + ulp(dtype) * abs(mean)
            assert mean == pytest.approx(float(want / values.size), rel=0, abs=slack)


@every_width
def test_billion_tokens(dtype):
    """A thousand updates of a thousand values, each of which weighs a thousand."""
    rng = np.random.default_rng(1)
    block = rng.exponential(2.0, 1000).astype(dtype)
    metric = streaming.cross_entropy(dtype=dtype)

    @jax.jit
    def run(block):
        def step(_, state):
            return metric.update(state, block, weights=jnp.asarray(1024.0, dtype))

        return jax.lax.fori_loop(0, 1000, step, metric.init())

    state = run(block)
    assert exact(state.weight) == 1024 * 10**6
    assert exact(state.totals) == pytest.approx(1024000 * exact_sum(block), rel=1e-11)
    mean = math.fsum(block.tolist()) / 1000
    assert float(metric.result(state)) == pytest.approx(mean, rel=ulp(dtype))


@pytest.mark.matrix
def test_millions_of_tokens_in_one_update():
    """Too many to be added without rounding in one go."""
    values = np.random.default_rng(4).exponential(2.0, (2**12, 2**11))
    values = values.astype("float32")
    metric = streaming.mean(dtype="float32")
    state = metric.update(metric.init(), values)
    want = np.sum(values, dtype="float64")
    assert float(exact(state.totals)) == pytest.approx(want, rel=1e-11)
    assert exact(state.weight) == 2**23


@pytest.mark.slow
def test_billion_tokens_one_for_one():
    rng = np.random.default_rng(2)
    blocks = rng.exponential(2.0, (10, 10**5)).astype("float32")
    metric = streaming.perplexity(dtype="float32")

    @jax.jit
    def run(blocks):
        def step(i, state):
            return metric.update(state, blocks[i % 10])

        return jax.lax.fori_loop(0, 10**4, step, metric.init())

    state = run(blocks)
    assert exact(state.weight) == 10**9
    want = math.fsum(np.ravel(blocks).tolist()) / 10**6
    assert float(exact(state.totals) / 10**9) == pytest.approx(want, rel=1e-11)
    assert float(metric.result(state)) == pytest.approx(math.exp(want), rel=3e-7)


def merged_at_random(metric, states, rng):
    """Merges the states pair by pair, in random order, until one is left."""
    states = list(states)
    while len(states) > 1:
        i, j = rng.choice(len(states), 2, replace=False)
        pair = states[i], states[j]
        states = [s for k, s in enumerate(states) if k not in (i, j)]
        states.append(metric.merge(*pair))
    return states[0]


@every_width
def test_order_of_merges(dtype):
    rng = np.random.default_rng(3)
    values = rng.standard_normal((40, 3)) * np.exp(8 * rng.standard_normal((40, 1)))
    values = values.astype(dtype)
    weights = rng.random((40, 3)).astype(dtype)
    metric = streaming.mean(dtype=dtype)
    update = jax.jit(functools.partial(metric.update, metric.init()))
    states = [update(v, weights=w) for v, w in zip(values, weights, strict=True)]
    products = (values * weights).astype(dtype)
    size = fractions.Fraction(magnitudes(products))
    for _ in range(5):
        state = merged_at_random(metric, states, rng)
        assert abs(exact(state.totals) - exact_sum(products)) < size * ulp(dtype) ** 1.9
        off = abs(exact(state.weight) - exact_sum(weights))
        assert off < ulp(dtype) ** 1.9 * 120


LARGE = [2**24 + 1, 2**31 + 5, 2**40, 2**40 + 2**24 + 1, 2**44 - 1]


def repeated(metric, one, times):
    """The state of the same thing seen that often, by doubling."""
    state = metric.init()
    for bit in bin(times)[2:]:
        state = metric.merge(state, state)
        if bit == "1":
            state = metric.merge(state, one)
    return state


@every_width
@pytest.mark.parametrize("times", LARGE)
def test_counts_neither_stop_nor_overflow(dtype, times):
    mean = streaming.mean(dtype=dtype)
    state = repeated(mean, mean.update(mean.init(), np.ones(1, dtype)), times)
    assert exact(state.weight) == exact(state.totals) == times
    pairs = streaming.mutual_information(2, dtype=dtype)
    one = pairs.update(pairs.init(), np.array([0, 1, 1]), np.array([0, 1, 1]))
    state = repeated(pairs, one, times)
    assert state.counts.to_numpy().tolist() == [[times, 0], [0, 2 * times]]
    want = math.log(3) - 2 / 3 * math.log(2)
    assert float(pairs.result(state)) == pytest.approx(want, rel=4 * ulp(dtype))


@pytest.mark.matrix
@every_width
@pytest.mark.parametrize("times", LARGE)
def test_counts_of_a_histogram(dtype, times):
    bins = streaming.histogram([0.0, 1.0], dtype=dtype)
    state = repeated(bins, bins.update(bins.init(), np.ones(1, dtype)), times)
    assert bins.result(state).counts.to_numpy().tolist() == [0, times, 0]
    assert bins.result(state).probabilities.tolist() == [0, 1, 0]


def test_carry_at_every_limb():
    one = streaming.Count(jnp.uint32(0), jnp.uint32(1))
    metric = streaming.histogram([0.0, 1.0])
    for n in (2**16 - 1, 2**16, 2**32 - 1, 2**32, 2**48 - 1, 2**63 + 2**31):
        high, low = divmod(n, 2**32)
        count = streaming.Count(jnp.uint32(high), jnp.uint32(low))
        assert int(count) == n
        assert int(metric.merge(count, one)) == n + 1
        assert int(metric.merge(count, count)) == 2 * n % 2**64
