"""Losses of linear heads against the text-book loss of all their logits."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import contract
import linear_heads as heads
from contract import HALVES, WIDEST, compiled, quick
from jaxinfo import benchmarks, losses
from jaxinfo.benchmarks import _formulas as textbook
from linear_heads import CLASSES, TOKENS, WIDTH, close

loss_of = losses.linear_softmax_cross_entropy
report_of = losses.linear_softmax_cross_entropy_with_report
TILINGS = [
    {"tiling": "tokens", "tile_size": 4},
    {"tiling": "vocabulary", "tile_size": 5},
]
TOLERANCE = {"float64": 1e-13, "float32": 3e-6}
tilings = pytest.mark.parametrize("tiling", TILINGS, ids=lambda t: t["tiling"])
OPTIONS = {"label_smoothing": 0.1, "z_loss": 0.02, "soft_cap": 3.0}
with_options = pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="plain", marks=pytest.mark.matrix),
        pytest.param(OPTIONS, id="options"),
    ],
)


def weights_of(dtype=WIDEST):
    return jnp.asarray(np.random.default_rng(5).random(TOKENS), dtype)


def both(loss, weights):
    """Each loss, and the gradients of their weighted sum."""

    def program(hidden, kernel, bias, labels):
        def total(*layer):
            each = loss(*layer, labels)
            return jnp.sum(each * weights), each

        layer = (hidden, kernel, bias)
        gradients, each = jax.grad(total, argnums=(0, 1, 2), has_aux=True)(*layer)
        return each, gradients

    return program


def ours(hidden, kernel, bias, labels, **options):
    return loss_of(hidden, kernel, labels, bias=bias, **options)


@tilings
@with_options
def test_each_token_and_its_gradients(tiling, options):
    args, weights = heads.arguments(WIDEST), weights_of()
    got = compiled(both(functools.partial(ours, **tiling, **options), weights))(*args)
    of_formula = functools.partial(heads.label_loss, **options)
    want = quick(both(of_formula, weights))(*args)
    close(got, want, TOLERANCE[WIDEST])


@tilings
@with_options
def test_weighted_sum_and_its_gradients(tiling, options):
    *layer, labels = heads.arguments(WIDEST)
    weights = weights_of().at[2].set(0.0)
    options = {**tiling, **options}

    def total(hidden, kernel, bias, weights):
        return ours(hidden, kernel, bias, labels, weights=weights, **options)

    def formula(hidden, kernel, bias, weights):
        more = {name: options[name] for name in OPTIONS if name in options}
        each = heads.label_loss(hidden, kernel, bias, labels, **more)
        return jnp.sum(each * weights)

    got = compiled(jax.value_and_grad(total, argnums=(0, 1, 2, 3)))(*layer, weights)
    want = quick(jax.value_and_grad(formula, argnums=(0, 1, 2, 3)))(*layer, weights)
    slope = want[1][3].at[2].set(0.0)  # what does not count has no slope
    close(got, (want[0], (*want[1][:3], slope)), TOLERANCE[WIDEST])


@pytest.mark.matrix
@tilings
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_is_summed_in_single(tiling, weighted, dtype):
    """Against the formula in float64 of the rounded arguments; gradients in halves."""
    args = heads.arguments(dtype)
    exact = [
        x.astype(WIDEST) if x.ndim > 1 or i == 2 else x for i, x in enumerate(args)
    ]
    # Of a mean over many tokens, where slopes times weights are too small for float16.
    weights = weights_of("float32") * 2.0**-14

    def total(hidden, kernel, bias):
        more = {"weights": weights} if weighted else {}
        each = ours(hidden, kernel, bias, args[3], **tiling, **more)
        return each if weighted else jnp.sum(each * weights)

    def formula(hidden, kernel, bias):
        each = heads.label_loss(hidden, kernel, bias, args[3])
        return jnp.sum(each * weights.astype(WIDEST))

    value, slopes = compiled(jax.value_and_grad(total, argnums=(0, 1, 2)))(*args[:3])
    want, exact_slopes = quick(jax.value_and_grad(formula, (0, 1, 2)))(*exact[:3])
    assert value.dtype == jnp.float32
    assert {slope.dtype for slope in slopes} == {jnp.dtype(dtype)}
    close(value, want, 1e-6)
    # The slopes in the logits are rounded once, the gradients once more.
    close(slopes, exact_slopes, 2 * float(jnp.finfo(dtype).eps))


@contract.long
def test_every_derivative_of_tiles_of_tokens():
    """Forward mode, Hessian-vector products and vmap; weighted and not."""
    hidden, kernel, bias, labels = heads.arguments(WIDEST)
    weights = weights_of()
    rng = np.random.default_rng(8)
    along = tuple(
        jnp.asarray(rng.standard_normal(x.shape), WIDEST) for x in (hidden, kernel)
    )

    def program(total):
        def derivatives(hidden, kernel):
            primals = (hidden, kernel)
            gradient = jax.grad(total, argnums=(0, 1))
            _, change = jax.jvp(total, primals, along)
            _, curvature = jax.jvp(gradient, primals, along)
            batch = tuple(jnp.stack([x, 2 * x]) for x in primals)
            return change, curvature, jax.vmap(gradient)(*batch)

        return derivatives(hidden, kernel)

    options = {"bias": bias, "tile_size": 4, "z_loss": 0.1}
    want = quick(
        lambda: program(
            lambda h, k: jnp.sum(
                heads.label_loss(h, k, bias, labels, z_loss=0.1) * weights
            )
        )
    )()
    got = compiled(
        lambda: program(lambda h, k: loss_of(h, k, labels, weights=weights, **options))
    )()
    close(got, want, TOLERANCE[WIDEST])
    got = compiled(
        lambda: program(
            lambda h, k: jnp.sum(weights * loss_of(h, k, labels, **options))
        )
    )()
    close(got, want, TOLERANCE[WIDEST])


@pytest.mark.matrix
@pytest.mark.parametrize("weighted", [False, True])
def test_soft_targets_and_their_report(weighted):
    hidden, kernel, bias, _ = heads.arguments(WIDEST)
    targets, weights = heads.soft_targets(WIDEST), weights_of()
    present = jnp.delete(targets, 3, axis=1)
    options = {"label_smoothing": 0.1, "z_loss": 0.02}

    def total(hidden, kernel):
        more = {"weights": weights} if weighted else {}
        loss, report = report_of(
            hidden, kernel, targets, bias=bias, tile_size=4, **options, **more
        )
        return loss if weighted else jnp.sum(loss * weights), report

    def formula(hidden, kernel):
        x = heads.logits_of(hidden, kernel, bias)
        loss, *report = textbook.report(x, present, **options)
        return jnp.sum(loss * weights), report

    of_both = functools.partial(jax.value_and_grad, argnums=(0, 1), has_aux=True)
    got = compiled(of_both(total))(hidden, kernel)
    want = quick(of_both(formula))(hidden, kernel)
    close(got, want, TOLERANCE[WIDEST])


def test_report_of_labels():
    hidden, kernel, bias, labels = heads.arguments(WIDEST)
    labels = labels.at[1].set(-1)
    weights = jnp.where(labels == -1, 0.0, 1.0).astype(WIDEST)
    of = functools.partial(report_of, ignore_index=-1, tile_size=4)
    loss, report = compiled(of)(hidden, kernel, labels, bias=bias, weights=weights)
    x = heads.logits_of(hidden, kernel, bias)
    one_hot = jax.nn.one_hot(labels - 1, CLASSES - 1, dtype=x.dtype)
    counts = np.array(weights, bool)
    ce = np.asarray(textbook.integer_labels(x, labels - 1))[counts]
    entropy = np.asarray(textbook.entropy(jax.nn.softmax(x)))[counts]
    right = np.asarray(x.argmax(-1) == one_hot.argmax(-1))[counts]
    close(loss, ce.sum(), TOLERANCE[WIDEST])
    close(report.cross_entropy[counts], ce, TOLERANCE[WIDEST])
    close(report.kl_divergence[counts], ce, TOLERANCE[WIDEST])
    close(report.prediction_entropy[counts], entropy, TOLERANCE[WIDEST])
    np.testing.assert_array_equal(report.accuracy[counts], right)
    np.testing.assert_array_equal(report.target_entropy, np.zeros(TOKENS))
    for part in report:
        assert part[1] == 0


@tilings
def test_what_is_absent_is_not_seen(tiling):
    """NaN in rows that are ignored or weigh nothing, and in columns that are masked."""
    hidden, kernel, bias, labels = heads.arguments(WIDEST)
    bias = jnp.where(jnp.isneginf(bias), 0.0, bias)
    where = jnp.arange(CLASSES) != 3
    spoiled = kernel.at[:, 3].set(jnp.nan)
    dirty = hidden.at[2].set(jnp.nan)
    ignored = labels.at[2].set(-100)

    def each(hidden, kernel):
        loss = loss_of(
            hidden, kernel, ignored, bias=bias, where=where, ignore_index=-100, **tiling
        )
        return jnp.sum(loss), loss

    def total(hidden, kernel):
        weights = jnp.ones(TOKENS, WIDEST).at[2].set(0.0)
        return loss_of(
            hidden, kernel, labels, bias=bias, where=where, weights=weights, **tiling
        )

    of_layer = functools.partial(jax.value_and_grad, argnums=(0, 1))
    (value, loss), slopes = compiled(of_layer(each, has_aux=True))(dirty, spoiled)
    want, clean = compiled(of_layer(total))(hidden, kernel)
    close((value, slopes), (want, clean), TOLERANCE[WIDEST])
    assert loss[2] == 0
    assert not np.any(slopes[0][2])
    assert not np.any(slopes[1][:, 3])
    close(compiled(of_layer(total))(dirty, spoiled), (want, clean), 0)


@tilings
def test_nan_and_bad_labels_stay_in_their_token(tiling):
    hidden, kernel, bias, labels = heads.arguments(WIDEST)
    clean = ours(hidden, kernel, bias, labels, **tiling)
    other = labels.at[1].set(CLASSES).at[4].set(-1).at[6].set(3)
    loss = ours(hidden.at[8].set(jnp.nan), kernel, bias, other, **tiling)
    assert np.isnan(loss[np.array([1, 4, 8])]).all()
    assert loss[6] == np.inf  # the class is absent
    kept = np.delete(np.arange(TOKENS), [1, 4, 6, 8])
    np.testing.assert_array_equal(loss[kept], clean[kept])


@tilings
def test_confident_tokens_keep_their_digits(tiling):
    """The loss of a label that has nearly all of the mass, and the slope there."""
    gaps = jnp.asarray([10.0, 15.0, 20.0, 80.0], "float32")
    kernel = jnp.asarray([[0.0, 1.0, 0.0, 0.0, 0.0]], "float32")
    labels = jnp.full(4, 1, jnp.int32)

    def total(hidden):
        loss = loss_of(hidden, kernel, labels, **tiling)
        return jnp.sum(loss), loss

    slope, loss = jax.grad(total, has_aux=True)(gaps[:, None])
    rest = 4 * np.exp(-np.asarray(gaps, "float64"))
    np.testing.assert_allclose(loss, np.log1p(rest), rtol=1e-6)
    np.testing.assert_allclose(slope[:, 0], -rest / (1 + rest), rtol=1e-6)


@pytest.mark.matrix
@tilings
def test_a_shift_of_all_logits_changes_nothing(tiling):
    rng = np.random.default_rng(3)
    hidden = jnp.asarray(rng.integers(-8, 9, (TOKENS, WIDTH)) / 2, "float32")
    kernel = jnp.asarray(rng.integers(-8, 9, (WIDTH, CLASSES)) / 2, "float32")
    labels = jnp.zeros(TOKENS, jnp.int32)
    program = compiled(
        jax.value_and_grad(
            lambda h, b: loss_of(h, kernel, labels, bias=b, **tiling).sum()
        )
    )
    near = program(hidden, jnp.zeros(CLASSES, "float32"))
    far = program(hidden, jnp.full(CLASSES, 2.0**20, "float32"))
    close(far, near, 1e-6)


@pytest.mark.matrix
@pytest.mark.parametrize("size", [1, 4, 5, 100])
@pytest.mark.parametrize("tiling", ["tokens", "vocabulary"])
def test_any_tile_will_do(tiling, size):
    args = heads.arguments(WIDEST)
    got = ours(*args, tiling=tiling, tile_size=size)
    close(got, heads.label_loss(*args), TOLERANCE[WIDEST])


@pytest.mark.matrix
def test_batch_axes_come_back():
    hidden, kernel, bias, labels = heads.arguments(WIDEST, tokens=12)
    flat = ours(hidden, kernel, bias, labels)
    got = ours(hidden.reshape(3, 4, WIDTH), kernel, bias, labels.reshape(3, 4))
    np.testing.assert_array_equal(got, flat.reshape(3, 4))
    _, report = report_of(hidden.reshape(3, 4, WIDTH), kernel, labels.reshape(3, 4))
    assert {x.shape for x in report} == {(3, 4)}


def _products(weighted, dtype):
    """Matrix products of a step: the types of their factors, and the text of each."""
    shapes = [(TOKENS, WIDTH), (WIDTH, CLASSES)]
    layer = [jax.ShapeDtypeStruct(s, dtype) for s in shapes]
    labels = jnp.zeros(TOKENS, jnp.int32)
    weights = jnp.ones(TOKENS, "float32") if weighted else None

    def step(hidden, kernel):
        return jnp.sum(loss_of(hidden, kernel, labels, weights=weights))

    text = jax.jit(jax.value_and_grad(step, argnums=(0, 1))).lower(*layer).as_text()
    return [line for line in text.splitlines() if "stablehlo.dot_general" in line]


@pytest.mark.parametrize("weighted", [True, False])
def test_matrix_products(weighted):
    """Three with weights, four without; none of them in a lower precision unasked."""
    products = _products(weighted, jnp.bfloat16)
    assert len(products) == (3 if weighted else 4)
    for line in products:
        assert "lhs_precision_type = bf16" in line
        assert "accumulation_type = f32" in line
        if weighted:  # both factors are in half precision when they get there
            assert len(re.findall(r"tensor<[0-9x]+xbf16>", line)) == 2
    for line in _products(weighted, jnp.float32):
        assert "precision = [HIGHEST, HIGHEST]" in line


def _temporaries(step, tokens, width, classes):
    layer = [(tokens, width), (width, classes)]
    args = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in layer]
    labels = jax.ShapeDtypeStruct((tokens,), jnp.int32)
    program = jax.jit(step).lower(*args, labels).compile()
    return program.memory_analysis().temp_size_in_bytes


def _ours(hidden, kernel, labels, **tiling):
    weights = jnp.full(labels.shape, 1 / labels.size, "float32")
    return loss_of(hidden, kernel, labels, weights=weights, **tiling)


def _materialized(hidden, kernel, labels):
    each = optax.softmax_cross_entropy_with_integer_labels(hidden @ kernel, labels)
    return jnp.mean(each)


HEAD = benchmarks.cases("losses")["losses.linear_softmax_cross_entropy"]
SMALLER, LARGER = HEAD.shapes["medium"]


@pytest.mark.usefixtures("frugal_compiler")
@pytest.mark.parametrize(
    ("shape", "share"),
    [
        pytest.param(SMALLER, 1 / 3, id="32,000"),
        pytest.param(LARGER, 0.6, id="128,256", marks=pytest.mark.matrix),
    ],
)
def test_memory_is_that_of_a_tile(shape, share, optimized):
    theirs = _temporaries(jax.value_and_grad(_materialized, argnums=(0, 1)), *shape)
    step = jax.value_and_grad(_ours, argnums=(0, 1))
    assert _temporaries(step, *shape) <= share * theirs
    tokens, _, classes = shape
    tile = 4 * max(tokens // 4, 256) * classes
    assert _temporaries(_ours, *shape) <= 1.1 * tile


@pytest.mark.matrix
def test_memory_of_tiles_of_the_vocabulary(optimized):
    tokens, *_ = shape = LARGER
    wide = functools.partial(_ours, tiling="vocabulary")
    tile = 4 * tokens * 8192
    assert _temporaries(wide, *shape) <= 3 * tile
    step = jax.value_and_grad(wide, argnums=(0, 1))
    assert _temporaries(step, *shape) <= 5 * tile


WRONG = {
    "kernel": (ValueError, {"kernel": jnp.ones((WIDTH + 1, CLASSES))}),
    "hidden": (TypeError, {"hidden": jnp.ones((TOKENS, WIDTH), jnp.int32)}),
    "bias": (ValueError, {"bias": jnp.ones(CLASSES + 1)}),
    "targets": (ValueError, {"targets": jnp.zeros(TOKENS + 1, jnp.int32)}),
    "weights": (ValueError, {"weights": jnp.ones(TOKENS + 1)}),
    "where": (TypeError, {"where": jnp.ones(CLASSES)}),
    "tiling": (ValueError, {"tiling": "rows"}),
    "tile_size": (ValueError, {"tile_size": 0}),
    "soft_cap": (TypeError, {"soft_cap": jnp.ones(2)}),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused(name):
    hidden, kernel, bias, labels = heads.arguments("float32")
    args = {"hidden": hidden, "kernel": kernel, "targets": labels, "bias": bias}
    error, wrong = WRONG[name]
    with pytest.raises(error, match=f"`{name}`"):
        loss_of(**{**args, **wrong})


def test_a_table_of_targets_needs_tiles_of_tokens():
    hidden, kernel, _, _ = heads.arguments(WIDEST)
    with pytest.raises(ValueError, match="`tiling`"):
        loss_of(hidden, kernel, heads.soft_targets(WIDEST), tiling="vocabulary")
