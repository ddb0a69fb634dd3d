"""Critics trained on correlated Gaussians, as in figure 2 of Poole et al. (2019)."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxinfo import bounds

pytestmark = pytest.mark.slow

DIMENSIONS, BATCH, HIDDEN, EMBEDDING = 20, 64, 256, 32
STEPS, LAST = 2500, 500


@pytest.fixture(autouse=True)
def promotion():
    """Adam of optax takes a floating-point number to an integer power."""
    with jax.numpy_dtype_promotion("standard"):
        yield


def layers(key, sizes):
    init = jax.nn.initializers.glorot_normal()
    pairs = list(itertools.pairwise(sizes))
    keys = jax.random.split(key, len(pairs))
    return [
        (init(k, shape, jnp.float32), jnp.zeros(shape[1:], jnp.float32))
        for k, shape in zip(keys, pairs, strict=True)
    ]


def network(params, x):
    *hidden, (weight, bias) = params
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b[None])
    return x @ weight + bias[None]


def samples(key, truth):
    """Pairs of Gaussians whose mutual information is the truth."""
    rho = math.sqrt(1 - math.exp(-2 * truth / DIMENSIONS))
    x, noise = jax.random.normal(key, (2, BATCH, DIMENSIONS), jnp.float32)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def estimates(truth, objective, measures):
    """Trains a separable critic; the measures of the last batches, before each step."""
    sizes = (DIMENSIONS, HIDDEN, HIDDEN, EMBEDDING)
    keys = jax.random.split(jax.random.key(0), 2)
    params = [layers(k, sizes) for k in keys]
    optimizer = optax.adam(5e-4)

    def scores_of(params, key):
        x, y = samples(key, truth)
        return network(params[0], x) @ network(params[1], y).T

    def step(carry, key):
        params, state = carry

        def loss(params):
            scores = scores_of(params, key)
            return -objective(scores), [measure(scores) for measure in measures]

        gradient, measured = jax.grad(loss, has_aux=True)(params)
        updates, state = optimizer.update(gradient, state, params)
        return (optax.apply_updates(params, updates), state), measured

    keys = jax.random.split(jax.random.key(1), STEPS)
    start = (params, optimizer.init(params))
    _, measured = jax.jit(lambda c, k: jax.lax.scan(step, c, k))(start, keys)
    return [np.asarray(m)[-LAST:] for m in measured]


@pytest.mark.parametrize("truth", [2.0, 6.0, 10.0])
def test_info_nce_saturates(truth, optimized):
    """It follows small mutual information, and stays below log B = 4.16."""
    (values,) = estimates(truth, bounds.info_nce, [bounds.info_nce])
    low, high = {2.0: (1.45, 1.95), 6.0: (3.3, 3.9), 10.0: (3.85, 4.15)}[truth]
    assert low < np.median(values) < high
    assert values.max() <= np.float32(math.log(BATCH))


@pytest.mark.parametrize("truth", [2.0, 6.0])
def test_unbiased_bounds_stay_below(truth, optimized):
    """No cap, but what the critic has not learned; medians, as the tails are heavy."""
    (nwj,) = estimates(truth, bounds.nwj, [bounds.nwj])
    (dv,) = estimates(truth, bounds.donsker_varadhan, [bounds.donsker_varadhan])
    low = {2.0: 1.3, 6.0: 2.5}[truth]
    assert low < np.median(nwj) < truth
    assert np.median(nwj) - 0.3 < np.median(dv) < truth + 0.3
    assert dv.std() < {2.0: 0.6, 6.0: 3.0}[truth]


@pytest.mark.parametrize("truth", [2.0, 6.0, 10.0])
def test_critics_of_the_jensen_shannon_objective(truth, optimized):
    """Evaluated with SMILE and NWJ: beyond the cap of InfoNCE."""
    measures = [
        bounds.js_bound,
        bounds.smile,
        lambda scores: bounds.nwj(scores + 1),
    ]
    js, smile, nwj = estimates(truth, bounds.js_bound, measures)
    assert -math.log(4) < np.median(js) <= 0
    low, high = {2.0: (1.4, 2.1), 6.0: (5.0, 7.2), 10.0: (8.8, 12.8)}[truth]
    assert low < np.median(smile) < high
    assert {2.0: 1.3, 6.0: 4.2, 10.0: 7.0}[truth] < np.median(nwj) < truth
