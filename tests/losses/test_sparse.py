"""Targets with a few classes: their loss, and what the ways to make them promise."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import linear_heads as heads
from contract import WIDEST, compiled, quick
from jaxinfo import losses
from linear_heads import CLASSES, TOKENS, close

sparse_loss = losses.softmax_cross_entropy_with_sparse_targets
TOLERANCE = {"float64": 1e-13, "float32": 3e-6}
FEW = 3


def _arguments():
    rng = np.random.default_rng(2)
    x = jnp.asarray(2 * rng.standard_normal((TOKENS, CLASSES)), WIDEST)
    classes = np.stack([rng.permutation(CLASSES)[:FEW] for _ in range(TOKENS)])
    probs = jnp.asarray(rng.dirichlet(np.ones(FEW), TOKENS) * 0.9, WIDEST)
    return x, losses.SparseTargets(jnp.asarray(classes), probs)


def _dense(targets):
    rows = jnp.arange(TOKENS)[:, None]
    table = jnp.zeros((TOKENS, CLASSES), targets.probs.dtype)
    return table.at[rows, targets.classes].add(targets.probs)


def test_loss_is_that_of_the_whole_table():
    x, targets = _arguments()
    along = jnp.asarray(np.random.default_rng(4).standard_normal(x.shape), WIDEST)

    def ours(x, probs):
        few = targets._replace(probs=probs)
        return jnp.sum(sparse_loss(x, few, z_loss=0.1) * jnp.arange(1.0, TOKENS + 1))

    def whole(x, probs):
        t = _dense(targets._replace(probs=probs))
        log_q = jax.nn.log_softmax(x)
        loss = -jnp.sum(t * log_q, -1) + 0.1 * jax.nn.logsumexp(x, -1) ** 2
        return jnp.sum(loss * jnp.arange(1.0, TOKENS + 1))

    def program(fn):
        def derivatives(x, probs):
            of_both = jax.value_and_grad(fn, argnums=(0, 1))
            curvature = jax.jvp(lambda x: jax.grad(fn)(x, probs), (x,), (along,))[1]
            return of_both(x, probs), curvature

        return derivatives(x, targets.probs)

    got = compiled(lambda: program(ours))()
    want = quick(lambda: program(whole))()
    close(got, want, 10 * TOLERANCE[WIDEST])


@pytest.mark.parametrize("tiling", ["tokens", "vocabulary"])
def test_linear_head_with_few_classes(tiling):
    hidden, kernel, bias, _ = heads.arguments(WIDEST)
    _, targets = _arguments()
    # One class twice, as a sampler that does not merge would give it.
    classes = targets.classes.at[0, 1].set(targets.classes[0, 0])
    classes = jnp.where(classes == 3, 4, classes)  # the fourth class is absent
    targets = targets._replace(classes=classes)

    def ours(hidden, kernel):
        loss = losses.linear_softmax_cross_entropy(
            hidden, kernel, targets, bias=bias, tiling=tiling, tile_size=4
        )
        return jnp.sum(loss * jnp.arange(1.0, TOKENS + 1)), loss

    def whole(hidden, kernel):
        log_q = jax.nn.log_softmax(heads.logits_of(hidden, kernel, bias))
        t = jnp.delete(_dense(targets), 3, axis=1)
        loss = -jnp.sum(t * log_q, axis=-1)
        return jnp.sum(loss * jnp.arange(1.0, TOKENS + 1)), loss

    of_both = functools.partial(jax.value_and_grad, argnums=(0, 1), has_aux=True)
    got = compiled(of_both(ours))(hidden, kernel)
    close(got, quick(of_both(whole))(hidden, kernel), 10 * TOLERANCE[WIDEST])


def test_classes_that_are_not_there():
    x, targets = _arguments()
    classes = targets.classes.at[0, 0].set(CLASSES).at[1, 0].set(-1)
    probs = targets.probs.at[1, 0].set(0.0)
    x = x.at[2, targets.classes[2, 0]].set(-jnp.inf)
    loss = sparse_loss(x, losses.SparseTargets(classes, probs))
    assert np.isnan(loss[0])
    assert np.isinf(loss[2])
    assert np.isfinite(np.delete(loss, [0, 2])).all()


def test_largest_classes():
    x, _ = _arguments()
    p = np.asarray(jax.nn.softmax(x), "float64")
    for renormalized in (True, False):
        classes, probs = losses.top_k_targets(x, k=FEW, renormalized=renormalized)
        want = np.sort(p, axis=-1)[:, ::-1][:, :FEW]
        want = want / want.sum(-1, keepdims=True) if renormalized else want
        np.testing.assert_allclose(probs, want, rtol=3e-6)
        rows = np.arange(TOKENS)[:, None]
        np.testing.assert_array_equal(np.sort(p)[:, ::-1][:, :FEW], p[rows, classes])


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_samples_are_unbiased_and_the_largest_are_not(key, temperature):
    """The mean over many draws is the teacher, within five standard errors."""
    x = _arguments()[0][:2]
    draws = 4096

    def table(key):
        classes, probs = losses.sampled_targets(
            key, x, num_samples=4, proposal_temperature=temperature
        )
        rows = jnp.arange(2)[:, None]
        return jnp.zeros(x.shape, probs.dtype).at[rows, classes].add(probs)

    tables = np.asarray(
        jax.jit(jax.vmap(table))(jax.random.split(key, draws)), "float64"
    )
    p = np.asarray(jax.nn.softmax(x), "float64")
    error = tables.std(0) / np.sqrt(draws)
    assert (np.abs(tables.mean(0) - p) < 5 * error + 1e-9).all()
    classes, probs = losses.top_k_targets(x, k=4)
    head = np.zeros_like(p)
    np.put_along_axis(head, np.asarray(classes), np.asarray(probs, "float64"), -1)
    assert (np.abs(head - p) > 5 * error).any()


def test_teachers_carry_no_gradient(key):
    x, _ = _arguments()

    def total(x):
        top = losses.top_k_targets(x, k=2).probs
        drawn = losses.sampled_targets(key, x, num_samples=2).probs
        return jnp.sum(top[:, 0]) + jnp.sum(drawn)

    assert not np.any(jax.grad(total)(x))


@pytest.mark.parametrize(
    ("error", "name", "call"),
    [
        (ValueError, "k", lambda x: losses.top_k_targets(x, k=CLASSES + 1)),
        (TypeError, "k", lambda x: losses.top_k_targets(x, k=1.5)),
        (
            ValueError,
            "num_samples",
            lambda x: losses.sampled_targets(jax.random.key(0), x, num_samples=0),
        ),
        (TypeError, "targets", lambda x: sparse_loss(x, (x, x))),
        (
            ValueError,
            "targets",
            lambda x: sparse_loss(x, losses.SparseTargets(jnp.zeros(3, int), x[0, :3])),
        ),
    ],
)
def test_wrong_arguments_are_refused(error, name, call):
    with pytest.raises(error, match=f"`{name}"):
        call(_arguments()[0])
