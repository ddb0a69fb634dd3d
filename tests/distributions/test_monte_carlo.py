"""Estimates by sampling: unbiased in value and gradient, with a true standard error."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from jaxinfo import distributions, families, logits

WIDEST = contract.WIDEST


class Normal:
    """As in NumPyro, `sample(key, sample_shape)`; the sampler is differentiable."""

    event_shape = ()

    def __init__(self, loc, scale):
        self.loc, self.scale = jnp.broadcast_arrays(*map(jnp.asarray, (loc, scale)))

    @property
    def batch_shape(self):
        return self.loc.shape

    def sample(self, key, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        x = jax.random.normal(key, shape, self.loc.dtype)
        loc, scale = (jnp.broadcast_to(y, shape) for y in (self.loc, self.scale))
        return loc + scale * x

    def log_prob(self, x):
        shape = jnp.broadcast_shapes(x.shape, self.batch_shape)
        x, loc, scale = (jnp.broadcast_to(y, shape) for y in (x, self.loc, self.scale))
        return -0.5 * ((x - loc) / scale) ** 2 - jnp.log(scale * math.sqrt(2 * math.pi))


class Categorical:
    """As in distrax and TFP, `sample(seed=, sample_shape=)`; outcomes are integers."""

    event_shape = ()

    def __init__(self, logits):
        self.logits = jax.nn.log_softmax(logits)

    @property
    def batch_shape(self):
        return self.logits.shape[:-1]

    def sample(self, sample_shape=(), seed=None):
        shape = (*sample_shape, *self.batch_shape)
        return jax.random.categorical(seed, self.logits, shape=shape)

    def log_prob(self, x):
        shape = jnp.broadcast_shapes(x.shape, self.batch_shape)
        rows = jnp.broadcast_to(self.logits, (*shape, self.logits.shape[-1]))
        index = jnp.broadcast_to(x, shape)[..., None]
        return jnp.take_along_axis(rows, index, axis=-1)[..., 0]


class Exponential:
    """Its support does not depend on the rate, but it is not all of the line."""

    def __init__(self, rate, low=0.0):
        self.rate, self.low = jnp.asarray(rate), low

    def sample(self, key, sample_shape=()):
        return self.low + jax.random.exponential(key, sample_shape) / self.rate

    def log_prob(self, x):
        value = jnp.log(self.rate) - self.rate * (x - self.low)
        return jnp.where(x >= self.low, value, -jnp.inf)


class Power:
    """A power of a uniform variable: how its density moves along a path varies."""

    def __init__(self, a):
        self.a = jnp.asarray(a)

    def sample(self, key, sample_shape=()):
        return jax.random.uniform(key, sample_shape, minval=1e-12) ** (1.0 / self.a)

    def log_prob(self, x):
        return jnp.log(self.a) + (self.a - 1.0) * jnp.log(x)


kl = distributions.monte_carlo_kl_divergence
KEYS = jax.random.split(jax.random.key(7), 2000)


def over_keys(program, keys=KEYS):
    """A program of a key, over many: what came out, the mean and how sure it is."""
    values = jax.tree.map(np.asarray, contract.quick(jax.vmap(program))(keys))
    deviation = jax.tree.map(lambda x: x.std(0, ddof=1), values)
    mean = jax.tree.map(lambda x: x.mean(0), values)
    sure = jax.tree.map(lambda x: x / np.sqrt(len(keys)), deviation)
    return mean, sure, deviation


def assert_unbiased(mean, sure, truth):
    got, width, want = map(jax.tree.leaves, (mean, sure, truth))
    for x, s, y in zip(got, width, want, strict=True):
        assert (np.abs(x - y) <= 4.5 * s + 1e-7).all(), (x, s, y)


def test_values_are_unbiased_and_errors_true():
    loc = jnp.array([0.5, -1.0])

    def program(key):
        p, q = Normal(loc, 1.0), Normal(0.0, 1.5)
        cross = distributions.monte_carlo_cross_entropy
        return {
            "kl": kl(key, p, q, num_samples=8),
            "cross": cross(key, p, q, num_samples=8),
            "entropy": distributions.monte_carlo_entropy(key, p, num_samples=8),
            "bits": kl(key, p, q, num_samples=8, base=2),
            "control": kl(
                key, p, Normal(0.5, 1.0), num_samples=8, control_variate=True
            ),
            "path": kl(key, p, q, num_samples=8, pathwise=True),
        }

    mean, sure, deviation = over_keys(program)
    verbs = families.normal
    divergence = verbs.kl_divergence(loc, 1.0, 0.0, 1.5)
    truth = {
        "kl": divergence,
        "cross": verbs.cross_entropy(loc, 1.0, 0.0, 1.5),
        "entropy": verbs.entropy(1.0, loc=loc),
        "bits": divergence / np.log(2),
        "control": verbs.kl_divergence(loc, 1.0, 0.5, 1.0),
        "path": divergence,
    }
    for what, want in truth.items():
        assert_unbiased(mean[what].estimate, sure[what].estimate, want)
    for what in ("kl", "cross", "entropy", "bits", "path"):
        # The square of the error is unbiased; the error itself a little too small.
        error = np.hypot(mean[what].standard_error, deviation[what].standard_error)
        np.testing.assert_allclose(error, deviation[what].estimate, rtol=0.1)


def test_standard_error_is_that_of_the_mean():
    """And it has no gradient."""

    @contract.quick
    def program(key, scale):
        def error(scale):
            p = Normal(0.0, scale)
            return distributions.monte_carlo_entropy(key, p, num_samples=64)[1]

        x = Normal(0.0, scale).sample(key, (64,))
        return x, *jax.value_and_grad(error)(scale)

    x, error, slope = program(KEYS[0], 2.0)
    costs = 0.5 * (np.asarray(x) / 2.0) ** 2
    np.testing.assert_allclose(error, costs.std(ddof=1) / 8, rtol=1e-5)
    assert slope == 0


@contract.long
def test_gradients_are_unbiased():
    """Of discrete outcomes; by the score and by the path; the second derivative too."""
    row, other = jnp.array([0.3, -0.4, 1.0]), jnp.array([-0.5, 0.2, 0.1])

    def discrete(x, y, key):
        return kl(key, Categorical(x), Categorical(y), num_samples=16).estimate

    def smooth(x, key, **options):
        p, q = Normal(x[0], x[1]), Normal(0.0, 1.5)
        return kl(key, p, q, num_samples=16, **options).estimate

    def powers(a, key, **options):
        verb = distributions.monte_carlo_entropy
        return verb(key, Power(a), num_samples=16, **options).estimate

    x = jnp.array([0.7, 0.9])

    def program(key):
        return {
            "discrete": jax.grad(discrete, argnums=(0, 1))(row, other, key),
            "score": jax.grad(smooth)(x, key),
            "path": jax.grad(functools.partial(smooth, pathwise=True))(x, key),
            "power": jax.grad(powers)(2.0, key),
            "power, path": jax.grad(functools.partial(powers, pathwise=True))(2.0, key),
            "second": jax.hessian(smooth)(x, key),
            "control": jax.grad(functools.partial(smooth, control_variate=True))(
                x, key
            ),
        }

    def exact(x):
        return families.normal.kl_divergence(x[0], x[1], 0.0, 1.5)

    mean, sure, _ = over_keys(program)
    slope = jax.grad(exact)(x)
    truth = {
        "discrete": jax.grad(logits.kl_divergence, argnums=(0, 1))(row, other),
        "score": slope,
        "path": slope,
        "power": 2.0**-2 - 1 / 2.0,
        "power, path": 2.0**-2 - 1 / 2.0,
        "second": jax.hessian(exact)(x),
        "control": slope,
    }
    for what, want in truth.items():
        assert_unbiased(mean[what], sure[what], want)


def test_gradient_has_no_more_noise_than_the_costs():
    """Costs that are all the same leave the score of log p alone, of mean 0."""

    @contract.quick
    def program(key):
        other = Normal(0.3, 1.0)
        x = other.sample(key, (64,))
        score = jax.grad(lambda loc: Normal(loc, 1.0).log_prob(x).mean())(0.3)

        def estimate(loc):
            return kl(key, Normal(loc, 1.0), other, num_samples=64).estimate

        def cross(loc):
            p = Categorical(jnp.stack([loc, -loc]))
            flat = Categorical(jnp.zeros(2))
            verb = distributions.monte_carlo_cross_entropy
            return verb(key, p, flat, num_samples=64).estimate

        return jax.grad(estimate)(0.3), score, jax.grad(cross)(0.3)

    slope, score, flat = program(KEYS[0])
    contract.assert_close(slope, score, 1e-6, "the mean of the score")
    contract.assert_close(flat, 0.0, 1e-6, "costs that are all log 2")


def test_control_variate():
    """Never negative, as much better as said, and too low where p misses outcomes."""

    @contract.quick
    def program(key):
        near = Normal(0.0, 1.0), Normal(0.1, 1.0)
        # q has all but exp(-1) of its outcomes below those of p.
        part = Exponential(1.0, low=1.0), Exponential(1.0)
        return [
            [kl(key, *pair, num_samples=4096, control_variate=c) for c in (False, True)]
            for pair in (near, part)
        ]

    (plain, better), (whole, low) = program(KEYS[0])
    assert better.estimate > 0
    assert 10 < plain.standard_error / better.standard_error < 20
    contract.assert_close(whole.estimate, 1.0, 1e-5, "of one ratio everywhere")
    contract.assert_close(low.estimate, np.exp(-1.0), 1e-5, "less what p misses")


def test_divergence_that_is_infinite():
    @contract.quick
    def program(key, rate):
        def estimate(rate):
            p, q = Exponential(rate), Exponential(1.0, low=1.0)
            result = kl(key, p, q, num_samples=64)
            return result.estimate, result.standard_error

        return jax.value_and_grad(estimate, has_aux=True)(rate)

    (estimate, error), slope = program(KEYS[0], 1.0)
    assert estimate == jnp.inf
    assert jnp.isnan(error)
    assert not jnp.isnan(slope)


def test_batches_broadcast():
    """Whichever has more axes; never the samples against the batch."""
    one, several = Normal(0.3, 1.0), Normal(jnp.zeros((2, 3)), jnp.full((2, 3), 1.5))
    row = Normal(jnp.arange(3.0), 1.0)
    pairs = [(one, several), (several, one), (row, several), (several, row)]
    program = contract.quick(
        lambda key: [kl(key, p, q, num_samples=1024) for p, q in pairs]
    )
    for (p, q), result in zip(pairs, program(KEYS[0]), strict=True):
        want = families.normal.kl_divergence(p.loc, p.scale, q.loc, q.scale)
        assert result.estimate.shape == result.standard_error.shape == (2, 3)
        off = np.abs(result.estimate - want) / result.standard_error
        assert off.max() < 4.5


@pytest.mark.parametrize("dtype", contract.WIDTHS)
def test_types(dtype):
    p, q = Normal(jnp.zeros((), dtype), jnp.ones((), dtype)), Normal(0.0, 2.0)
    q.loc, q.scale = q.loc.astype(dtype), q.scale.astype(dtype)
    for x in jax.eval_shape(functools.partial(kl, p=p, q=q, num_samples=4), KEYS[0]):
        assert (x.dtype, x.weak_type, x.shape) == (dtype, False, ())
    half = Normal(jnp.zeros(2, "bfloat16"), jnp.ones(2, "bfloat16"))
    half.log_prob = lambda x: jnp.zeros(x.shape, "bfloat16")
    verb = functools.partial(distributions.monte_carlo_entropy, num_samples=4)
    result = jax.eval_shape(lambda key: verb(key, half), KEYS[0])
    assert {x.dtype.name for x in result} == {"float32"}


def test_one_key_gives_one_result():
    p = Normal(0.0, 1.0)
    program = contract.quick(lambda key: kl(key, p, Normal(1.0, 1.0), num_samples=4))
    first, again, other = (program(key) for key in (KEYS[0], KEYS[0], KEYS[1]))
    assert first == again
    assert first.estimate != other.estimate


def test_bad_arguments_are_refused():
    p, entropy = Normal(0.0, 1.0), distributions.monte_carlo_entropy
    for number, error in [(1, ValueError), (2.0, TypeError), (None, TypeError)]:
        with pytest.raises(error, match="`num_samples`"):
            entropy(KEYS[0], p, num_samples=number)
    with pytest.raises(TypeError, match="`num_samples` must be a static int"):
        jax.jit(lambda n: entropy(KEYS[0], p, num_samples=n))(3)
    for q, what in [(0.0, "`q` must have a method `log_prob`, got float")]:
        with pytest.raises(TypeError, match=what):
            kl(KEYS[0], p, q, num_samples=4)
    with pytest.raises(TypeError, match="`p` must have a method `sample`"):
        kl(KEYS[0], object(), p, num_samples=4)
    with pytest.raises(ValueError, match="`base`"):
        entropy(KEYS[0], p, num_samples=4, base=1)
    q = Normal(0.0, 1.0)
    q.event_shape = (2,)
    with pytest.raises(ValueError, match=r"event shape, got \(\) and \(2,\)"):
        kl(KEYS[0], p, q, num_samples=4)


def test_events_of_several_arrays():
    """Of a joint distribution the outcome may be any tree of arrays."""

    class Pair:
        event_shape = {"x": (), "y": ()}

        def sample(self, key, sample_shape):
            x = jax.random.normal(key, sample_shape)
            return {"x": x, "y": -x}

        def log_prob(self, value):
            return -jnp.abs(value["x"]) - jnp.abs(value["y"])

    verb = functools.partial(distributions.monte_carlo_entropy, num_samples=1024)
    result = contract.quick(lambda key: verb(key, Pair()))(KEYS[0])
    want = 2 * np.sqrt(2 / np.pi)
    assert abs(result.estimate - want) < 4.5 * result.standard_error
