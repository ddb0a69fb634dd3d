"""Cross-entropy, divergence, entropy and perplexity of a stream."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxinfo
from contract import WIDEST, quick
from jaxinfo import losses, streaming


def seen(metric, *batches, **options):
    state = metric.init()
    for batch in batches:
        state = metric.update(state, batch, **options)
    return metric.result(state)


def test_perplexity_of_one_bad_miss():
    """Others exponentiate the sum of a batch, and overflow."""
    nll = np.zeros(1000, "float32")
    nll[17] = 110.0
    got = seen(streaming.perplexity(), nll)
    np.testing.assert_allclose(got, np.exp(0.11), rtol=1e-6)


def test_perplexity_counts_tokens_not_batches():
    """One token with loss 5 and 99 with loss 0; a mean over rows makes it 12.18."""
    metric = streaming.perplexity()
    one = metric.update(metric.init(), np.array([5.0], "float32"))
    many = metric.update(metric.init(), np.zeros((9, 11), "float32"))
    for state in (metric.merge(one, many), metric.merge(many, one)):
        np.testing.assert_allclose(metric.result(state), np.exp(0.05), rtol=1e-6)


def test_certain_miss_is_infinite():
    """Not 1e7, where probabilities would be clipped."""
    metric = streaming.perplexity()
    logits = jnp.array([[0.0, -jnp.inf, 1.0], [0.0, -1e5, 1.0]], WIDEST)
    state = metric.update(metric.init(), logits=logits, labels=jnp.array([1, 0]))
    assert metric.result(state) == jnp.inf
    state = metric.update(metric.init(), logits=logits, labels=jnp.array([0, 1]))
    nll = streaming.cross_entropy().result(state)
    np.testing.assert_allclose(nll, (1.3132617 + 100001.31326) / 2, rtol=1e-6)


def test_masked_vocabulary():
    logits = np.array([[0.0, -np.inf, 0.0, 0.0], [1.0, -np.inf, 1.0, 1.0]], WIDEST)
    metric = streaming.perplexity()
    state = metric.update(metric.init(), logits=logits, labels=np.array([0, 3]))
    np.testing.assert_allclose(metric.result(state), 3.0, rtol=1e-6)


def test_nothing_seen():
    nowhere = np.zeros(3, bool)
    values = np.full(3, np.nan, "float32")
    for metric, empty in [
        (streaming.mean(), 0),
        (streaming.cross_entropy(), 0),
        (streaming.kl_divergence(), 0),
        (streaming.entropy(empty=7), 7),
        (streaming.perplexity(), 1),
        (streaming.perplexity(empty=0.5), 0.5),
    ]:
        assert metric.result(metric.init()) == empty
        assert seen(metric, values, where=nowhere) == empty
        assert seen(metric, values, weights=np.zeros(3, "float32")) == empty
    metric = streaming.mean(empty=np.nan)
    assert np.isnan(metric.result(metric.init()))


def test_what_is_absent_and_what_is_not():
    values = np.array([[1.0, 2.0, np.nan], [4.0, np.inf, 6.0]], "float32")
    where = np.array([[True, True, False], [True, False, False]])
    weights = np.array([[1, 2, 0], [3, 0, 0]])
    mean = streaming.mean()
    np.testing.assert_allclose(seen(mean, values, where=where), 7 / 3, rtol=1e-6)
    np.testing.assert_allclose(seen(mean, values, weights=weights), 17 / 6, rtol=1e-6)
    both = seen(mean, values, where=where, weights=np.array([[0.5], [1]], "float32"))
    np.testing.assert_allclose(both, 5.5 / 2, rtol=1e-6)
    assert np.isnan(seen(mean, values))
    assert seen(mean, values[1], values[0, :2]) == np.inf
    assert seen(mean, -values[1], values[0, :2]) == -np.inf
    assert np.isnan(seen(mean, -values[1], values[1]))
    # What is infinite stays so when more comes, and through a merge.
    state = mean.update(mean.init(), values[1])
    assert mean.result(mean.merge(state, mean.update(state, values[0, :2]))) == np.inf
    # The range of single precision is that of the sums too.
    assert seen(streaming.mean(dtype="float32"), np.array([3e38], "float32")) > 2.9e38


def test_labels_ignored(key):
    logits = jax.random.normal(key, (2, 3, 5), WIDEST)
    labels = jnp.array([[0, 4, -100], [2, -100, -100]])
    metric = streaming.cross_entropy(ignore_index=-100)
    state = metric.update(metric.init(), logits=logits, labels=labels)
    loss = losses.softmax_cross_entropy_with_integer_labels(
        logits, labels, ignore_index=-100
    )
    np.testing.assert_allclose(metric.result(state), loss.sum() / 3, rtol=1e-6)
    where = np.array([True, False, True])
    state = metric.update(metric.init(), logits=logits, labels=labels, where=where)
    want = (loss[0, 0] + loss[1, 0]) / 2
    np.testing.assert_allclose(metric.result(state), want, rtol=1e-6)


@pytest.mark.matrix
def test_labels_out_of_range():
    logits, labels = jnp.zeros((2, 3, 5), WIDEST), jnp.array([[0, 4, 1], [2, 5, 0]])
    metric = streaming.cross_entropy()
    state = metric.update(metric.init(), logits=logits, labels=labels)
    assert np.isnan(metric.result(state))


@pytest.mark.matrix
def test_each_against_the_measures(key):
    logits, other = jax.random.normal(key, (2, 4, 6), WIDEST)
    targets = jax.nn.softmax(other)
    state = (m := streaming.cross_entropy(base=2)).init()
    state = m.update(state, logits=logits, targets=targets)
    want = jaxinfo.logits.cross_entropy(other, logits, base=2).mean()
    np.testing.assert_allclose(m.result(state), want, rtol=1e-6)
    state = (m := streaming.kl_divergence(base=2)).init()
    state = m.update(state, logits=logits, targets=targets)
    want = jaxinfo.logits.kl_divergence(other, logits, base=2).mean()
    np.testing.assert_allclose(m.result(state), want, rtol=1e-6)
    state = (m := streaming.entropy(base=2)).init()
    state = m.update(state, logits=logits)
    want = jaxinfo.logits.entropy(logits, base=2).mean()
    np.testing.assert_allclose(m.result(state), want, rtol=1e-6)


@pytest.mark.matrix
def test_divergence_keeps_its_digits():
    """KL of 1e-8 beside a cross-entropy of 1, in single precision."""
    targets = np.tile(np.array([0.5, 0.25, 0.25], "float32"), (100, 1))
    logits = np.log(targets)
    logits[:, 0] += np.float32(2e-4)
    metric = streaming.kl_divergence(dtype="float32")
    state = metric.update(metric.init(), logits=logits, targets=targets)
    x = logits[0].astype("float64")
    log_q = x - np.log(np.exp(x).sum())
    p = targets[0].astype("float64")
    want = np.sum(p * (np.log(p) - log_q))
    np.testing.assert_allclose(metric.result(state), want, rtol=1e-3)


@pytest.mark.matrix
def test_report_of_a_loss(key):
    logits, other = jax.random.normal(key, (2, 4, 6), WIDEST)
    targets = jax.nn.softmax(other)
    _, report = losses.softmax_cross_entropy_with_report(logits, targets)
    metric = streaming.mean(like=report)
    where = np.array([True, True, False, True])
    got = metric.result(metric.update(metric.init(), report, where=where))
    assert type(got) is losses.CrossEntropyReport
    for x, y in zip(got, report, strict=True):
        np.testing.assert_allclose(x, np.asarray(y)[where].mean(), rtol=1e-6)


def test_perplexity_keeps_its_digits():
    """The second part of the mean counts where the exponential is large."""
    values = np.array([60.0, 60.0 + 2**-18], "float32")
    got = seen(streaming.perplexity(dtype="float32"), values)
    want = np.exp(values.astype("float64").mean())
    np.testing.assert_allclose(got, want, rtol=3e-7)


def test_in_a_training_step(key):
    """Inside of what is differentiated, in a scan, donated, mapped."""
    metric = streaming.cross_entropy()
    logits = jax.random.normal(key, (3, 4, 5), WIDEST)
    labels = jnp.array([0, 1, 2, 3])

    def loss_of(shift, state, logits):
        logits = logits + shift
        loss = losses.softmax_cross_entropy_with_integer_labels(logits, labels)
        return loss.mean(), metric.update(state, loss)

    @functools.partial(quick, donate_argnums=1)
    def train(shift, state, logits):
        def step(state, logits):
            gradient, state = jax.grad(loss_of, has_aux=True)(shift, state, logits)
            return state, gradient

        return jax.lax.scan(step, state, logits)

    shift = jnp.zeros(4, WIDEST)[:, None]
    state, gradient = train(shift, metric.init(), logits)
    loss = losses.softmax_cross_entropy_with_integer_labels(
        logits, jnp.broadcast_to(labels, (3, 4))
    )
    np.testing.assert_allclose(metric.result(state), loss.mean(), rtol=1e-6)
    assert jnp.isfinite(gradient).all()
    states = jax.vmap(lambda _: metric.init())(jnp.arange(3))
    states = quick(jax.vmap(metric.update))(states, loss)
    means = jax.vmap(metric.result)(states)
    np.testing.assert_allclose(means, loss.mean(axis=1), rtol=1e-6)


@pytest.mark.matrix
def test_no_gradient():
    def result(x, t):
        state = (m := streaming.perplexity()).update(m.init(), x[:, 0], weights=t[:, 0])
        state = m.update(state, logits=x, targets=t)
        return m.result(state)

    x, t = jnp.ones((2, 3), WIDEST), jnp.ones((2, 3), WIDEST) / 3
    assert not any(g.any() for g in quick(jax.grad(result, argnums=(0, 1)))(x, t))


@pytest.mark.matrix
def test_types():
    for dtype in ("bfloat16", "float16", "float32", WIDEST):
        state = (m := streaming.mean()).update(m.init(), jnp.ones(3, dtype))
        assert state.totals.high.dtype == m.result(state).dtype == WIDEST
    metric = streaming.perplexity(dtype="float32")
    state = metric.update(metric.init(), jnp.ones(3, "bfloat16"))
    assert metric.result(state).dtype == jnp.float32
    assert not metric.result(state).weak_type
    assert not jax.tree.reduce(lambda a, x: a | x.weak_type, state, False)


@pytest.mark.usefixtures("x64")
def test_wide_values_need_a_wide_state():
    metric = streaming.mean(dtype="float32")
    with pytest.raises(TypeError, match=r"`values` must not be wider.*float64"):
        metric.update(metric.init(), jnp.ones(3, "float64"))


def test_wide_state_needs_wide_types():
    if jax.config.jax_enable_x64:
        pytest.skip("there are 64-bit types")
    with pytest.raises(ValueError, match="`dtype` must not be float64"):
        streaming.mean(dtype="float64").init()


def test_bad_arguments():
    metric = streaming.cross_entropy()
    state, x = metric.init(), jnp.zeros((2, 3))
    labels = jnp.zeros(2, jnp.int32)
    with pytest.raises(TypeError, match=r"`values`.*`logits` and one of.*got neither"):
        metric.update(state)
    with pytest.raises(TypeError, match="got `values`, `logits`, `labels`"):
        metric.update(state, x, logits=x, labels=labels)
    with pytest.raises(TypeError, match=r"got `logits`\."):
        metric.update(state, logits=x)
    with pytest.raises(TypeError, match="got `logits`, `labels`, `targets`"):
        metric.update(state, logits=x, labels=labels, targets=x)
    with pytest.raises(TypeError, match="got `labels`"):
        metric.update(state, labels=labels)
    with pytest.raises(ValueError, match=r"`labels` must have the shape \(2,\)"):
        metric.update(state, logits=x, labels=labels[:1])
    with pytest.raises(TypeError, match="`values` must be float32"):
        metric.update(state, labels)
    with pytest.raises(TypeError, match="`where` must be boolean"):
        metric.update(state, x, where=x)
    with pytest.raises(ValueError, match="`where` must broadcast"):
        metric.update(state, x, where=labels == 0)
    with pytest.raises(ValueError, match=r"`weights` must broadcast.*\(2, 3\)"):
        metric.update(state, x, weights=labels)
    with pytest.raises(TypeError, match="`weights` must be an array, got a list"):
        metric.update(state, x, weights=[1.0, 2.0])
    with pytest.raises(TypeError, match="`logits` and `targets`"):
        streaming.kl_divergence().update(state, logits=x)
    with pytest.raises(TypeError, match="or `logits`, got neither"):
        streaming.entropy().update(state)
    pair = streaming.mean(like=(0, 0))
    with pytest.raises(ValueError, match="`values` must have the structure"):
        pair.update(pair.init(), x)
    with pytest.raises(ValueError, match="`values` must be of one shape"):
        pair.update(pair.init(), (x, x[0]))
    with pytest.raises(TypeError, match="`dtype` must be float32, float64 or None"):
        streaming.mean(dtype="bfloat16")
    with pytest.raises(ValueError, match="`base` must be positive"):
        streaming.entropy(base=1)
    with pytest.raises(TypeError, match="`ignore_index` must be an int"):
        streaming.perplexity(ignore_index=1.5).update(state, logits=x, labels=labels)
    with pytest.raises(TypeError, match="`empty` must be a real scalar"):
        streaming.mean(empty=jnp.zeros(2)).result(state)


def test_bad_values():
    metric = streaming.mean()
    update = jaxinfo.checked(functools.partial(metric.update, metric.init()))
    with pytest.raises(Exception, match="`weights` is negative or NaN in entry 1"):
        update(jnp.ones(2, WIDEST), weights=jnp.array([1.0, -1.0], WIDEST))
    weights, where = jnp.array([1.0, -1.0], WIDEST), jnp.array([True, False])
    assert metric.result(update(jnp.ones(2, WIDEST), weights=weights, where=where)) == 1
