"""The losses inside of training code: the gradients are those of all logits at once."""

import functools
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import lax

import contract
from jaxinfo import losses, streaming
from jaxinfo.benchmarks import _formulas as textbook
from linear_heads import close

BATCH, LENGTH, WIDTH, CLASSES, LAYERS, STEPS = 4, 6, 8, 13, 2, 20
DTYPE = contract.WIDEST
TOLERANCE = 1e-5 if DTYPE == "float32" else 1e-13
METRIC = streaming.perplexity()


def parameters(seed=0, width=WIDTH):
    """Embeddings, layers in one array, and a head, of a tiny language model."""
    rng = np.random.default_rng(seed)
    shapes = {
        "embedding": (CLASSES, width),
        "layers": (LAYERS, width, width),
        "head": (width, CLASSES),
    }
    draws = {k: rng.normal(size=s, scale=0.3) for k, s in shapes.items()}
    return jax.tree.map(lambda x: jnp.asarray(x, DTYPE), draws)


def text(seed=1, batch=BATCH):
    """Tokens, which ones follow them, and which of these count."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(CLASSES, size=(batch, LENGTH + 1), dtype=np.int32)
    mask = rng.random((batch, LENGTH)) < 0.7
    return jnp.asarray(tokens[:, :-1]), jnp.asarray(tokens[:, 1:]), jnp.asarray(mask)


def layer(hidden, kernel):
    return hidden + jnp.tanh(hidden @ kernel)


def hidden_rows(params, tokens):
    hidden = params["embedding"][tokens]
    for kernel in params["layers"]:
        hidden = layer(hidden, kernel)
    return hidden


def shares(mask):
    """Weights that make a mean over the tokens that count."""
    mask = mask.astype(DTYPE)
    return mask / mask.sum()


def head_loss(hidden, head, labels, weights):
    """The loss of the head in four tiles, and its report."""
    return losses.linear_softmax_cross_entropy_with_report(
        hidden, head, labels, weights=weights, tile_size=7
    )


def loss_of(params, tokens, labels, mask):
    hidden = hidden_rows(params, tokens)
    return head_loss(hidden, params["head"], labels, shares(mask))


def textbook_loss(params, tokens, labels, mask):
    """The same loss from the table of all logits."""
    logits = hidden_rows(params, tokens) @ params["head"]
    return jnp.sum(shares(mask) * textbook.integer_labels(logits, labels))


@functools.cache
def wanted():
    """The loss of all logits and its gradient."""
    return contract.quick(jax.value_and_grad(textbook_loss))(parameters(), *text())


def assert_trained(history, perplexity, mask):
    """The losses fall, and the metric has seen all of them."""
    history = np.asarray(history, "float64")
    assert len(history) == STEPS
    assert history[-1] < 0.7 * history[0]
    # The mean over tokens of every step: all have the same mask.
    assert perplexity == pytest.approx(np.exp(history.mean()), rel=1e-5)
    assert 0 < mask.sum() < mask.size


def test_step_with_optax():
    """Parameters, state of the optimizer and metric are donated, and gone."""
    batch, optimizer = text(), optax.adam(0.03)

    @functools.partial(contract.quick, donate_argnums=(0, 1, 2))
    def step(params, state, seen, tokens, labels, mask):
        (loss, report), gradient = jax.value_and_grad(loss_of, has_aux=True)(
            params, tokens, labels, mask
        )
        seen = METRIC.update(seen, report.cross_entropy, where=mask)
        with jax.numpy_dtype_promotion("standard"):
            updates, state = optimizer.update(gradient, state, params)
            params = optax.apply_updates(params, updates)
        return params, state, seen, loss, gradient

    carry, history = (parameters(), optimizer.init(parameters()), METRIC.init()), []
    for i in range(STEPS):
        given = jax.tree.leaves(carry[:2])
        *carry, loss, gradient = step(*carry, *batch)
        assert all(x.is_deleted() for x in given)
        history.append(loss)
        if i == 0:
            close(gradient, wanted()[1], TOLERANCE)
    assert_trained(history, METRIC.result(carry[2]), batch[2])


@pytest.fixture(scope="module")
def nnx():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("flax.nnx")


@pytest.mark.matrix
def test_step_with_nnx(nnx):
    batch = text()

    class Model(nnx.Module):
        def __init__(self):
            params = parameters()
            self.embedding = nnx.Param(params["embedding"])
            self.layers = nnx.Param(params["layers"])
            self.head = nnx.Param(params["head"])

        def __call__(self, tokens, labels, mask):
            names = ("embedding", "layers", "head")
            params = {name: getattr(self, name)[...] for name in names}
            return loss_of(params, tokens, labels, mask)

    @nnx.jit
    def step(model, optimizer, metric, tokens, labels, mask):
        (loss, report), gradient = nnx.value_and_grad(Model.__call__, has_aux=True)(
            model, tokens, labels, mask
        )
        metric.update(loss=report.cross_entropy, mask=mask)
        with jax.numpy_dtype_promotion("standard"):
            optimizer.update(model, gradient)
        return loss, nnx.to_pure_dict(gradient)

    model = Model()
    optimizer = nnx.Optimizer(model, optax.adam(0.03), wrt=nnx.Param)
    metric = streaming.as_nnx_metric(METRIC, names={"values": "loss"})
    steps = [step(model, optimizer, metric, *batch) for _ in range(STEPS)]
    close(steps[0][1], wanted()[1], TOLERANCE)
    assert_trained([loss for loss, _ in steps], metric.compute(), batch[2])


@pytest.mark.matrix
def test_step_with_equinox():
    eqx = pytest.importorskip("equinox")
    batch, optimizer = text(), optax.adam(0.03)

    class Model(eqx.Module):
        params: dict
        loss: object = eqx.field(static=True, default=loss_of)

        def __call__(self, *batch):
            return self.loss(self.params, *batch)

    @eqx.filter_jit
    def step(model, state, seen, tokens, labels, mask):
        (loss, report), gradient = eqx.filter_value_and_grad(
            Model.__call__, has_aux=True
        )(model, tokens, labels, mask)
        seen = METRIC.update(seen, report.cross_entropy, where=mask)
        with jax.numpy_dtype_promotion("standard"):
            updates, state = optimizer.update(gradient, state, model)
            model = eqx.apply_updates(model, updates)
        return model, state, seen, loss, gradient.params

    model, history = Model(parameters()), []
    carry = (model, optimizer.init(eqx.filter(model, eqx.is_array)), METRIC.init())
    for i in range(STEPS):
        *carry, loss, gradient = step(*carry, *batch)
        history.append(loss)
        if i == 0:
            close(gradient, wanted()[1], TOLERANCE)
    assert_trained(history, METRIC.result(carry[2]), batch[2])


def test_gradients_of_micro_batches_add_up():
    """With weights that are shares of the whole batch, whatever each part has."""
    tokens, labels, mask = text()
    weights = shares(mask)

    def part_loss(params, tokens, labels, weights):
        hidden = hidden_rows(params, tokens)
        return head_loss(hidden, params["head"], labels, weights)[0]

    def accumulate(sums, part):
        loss, gradient = jax.value_and_grad(part_loss)(params, *part)
        return jax.tree.map(jnp.add, sums, (loss, gradient)), None

    params = parameters()
    parts = jax.tree.map(
        lambda x: x.reshape(4, -1, *x.shape[1:]), (tokens, labels, weights)
    )
    start = (jnp.zeros((), DTYPE), jax.tree.map(jnp.zeros_like, params))
    got, _ = contract.quick(lambda parts: lax.scan(accumulate, start, parts))(parts)
    assert len({int(x.sum()) for x in mask}) > 1, "parts with equal shares say nothing"
    close(got, wanted(), TOLERANCE)


def scanned(params, tokens, body):
    """Hidden rows by a scan over the layers."""
    hidden = params["embedding"][tokens]
    return lax.scan(lambda h, w: (body(h, w), None), hidden, params["layers"])[0]


@pytest.mark.matrix
@pytest.mark.parametrize("policy", [None, "dots_saveable"])
@pytest.mark.parametrize("weighted", [True, False])
def test_rematerialized(policy, weighted):
    """The loss inside of `jax.checkpoint`, above layers that are scanned."""
    policy = policy and getattr(jax.checkpoint_policies, policy)
    again = functools.partial(jax.checkpoint, policy=policy)

    @again
    def block(hidden, params, labels, mask):
        hidden = layer(hidden, params["layers"][-1])
        if weighted:
            return head_loss(hidden, params["head"], labels, shares(mask))
        each, report = head_loss(hidden, params["head"], labels, None)
        return jnp.sum(shares(mask) * each), report

    def total(params, tokens, labels, mask):
        below = params | {"layers": params["layers"][:-1]}
        hidden = scanned(below, tokens, again(layer))
        return block(hidden, params, labels, mask)

    gradient, report = contract.quick(jax.grad(total, has_aux=True))(
        parameters(), *text()
    )
    close(gradient, wanted()[1], TOLERANCE)
    _, want = loss_of(parameters(), *text())
    counts = text()[2]
    close([x[counts] for x in report], [x[counts] for x in want], TOLERANCE)


@pytest.mark.matrix
@pytest.mark.parametrize("width", [WIDTH, 128])
@pytest.mark.parametrize("shared", [True, False])
def test_ensemble_of_heads(width, shared):
    """Kernels with a batch axis; the rows below are common, or each has its own."""
    tokens, labels, mask = text()
    members = [parameters(seed, width) for seed in range(3)]
    rows = [hidden_rows(member, tokens) for member in members]
    rows = jnp.stack([rows[0]] * 3 if shared else rows)
    heads = jnp.stack([member["head"] for member in members])

    def loss(hidden, head):
        return head_loss(hidden, head, labels, shares(mask))[0]

    def plain(hidden, head):
        logits = hidden @ head
        return jnp.sum(shares(mask) * textbook.integer_labels(logits, labels))

    def gradients(loss):
        return jax.value_and_grad(loss, argnums=(0, 1))

    axes = (None, 0) if shared else (0, 0)
    batched = contract.quick(jax.vmap(gradients(loss), in_axes=axes))
    got = batched(rows[0] if shared else rows, heads)
    each = contract.quick(gradients(plain))
    want = [each(h, w) for h, w in zip(rows, heads, strict=True)]
    close(got, jax.tree.map(lambda *x: jnp.stack(x), *want), TOLERANCE)
