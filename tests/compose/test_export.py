"""Values and gradients through `jax.export`, for the CPU, for CUDA and for TPU.

No device but the CPU is needed to lower a program; this one is compiled and called.
"""

import functools
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from jaxinfo import bounds, losses, streaming
from linear_heads import close

# So wide that the sums of the kernel's gradient are taken in another way on the CPU.
TOKENS, WIDTH, CLASSES = 8, 128, 13
PLATFORMS = ("cpu", "cuda", "tpu")
METRIC = streaming.perplexity(dtype="float32")


def label_loss(logits, labels):
    return losses.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def weighted_head(hidden, kernel, labels, weights):
    return losses.linear_softmax_cross_entropy(
        hidden, kernel, labels, weights=weights, tile_size=3
    )


def head(hidden, kernel, labels, tiling=None):
    return losses.linear_softmax_cross_entropy(
        hidden, kernel, labels, tiling=tiling, tile_size=tiling and 3
    ).mean()


def distillation(hidden, kernel, labels, weights):
    # The teacher is the student of other tokens.
    return losses.linear_distillation_loss(
        hidden, kernel, hidden[::-1] + 0, kernel, weights=weights, tile_size=3
    )


def surrogate(log_policy, log_reference):
    return losses.kl_surrogate(log_policy, log_reference).mean()


def info_nce(scores):
    return bounds.info_nce(scores)


def info_nce_in_tiles(x, y):
    return bounds.info_nce(bounds.Embeddings(x, y))


def seen(values, *leaves):
    """The state of a metric after an update, as the list of its arrays."""
    state = jax.tree.unflatten(jax.tree.structure(METRIC.init()), leaves)
    return jax.tree.leaves(METRIC.update(state, values))


def drawn(*shape, dtype="float32", seed=0):
    draws = np.random.default_rng(seed).standard_normal(shape)
    return jnp.asarray(draws / math.sqrt(shape[-1]), dtype)


def arguments(dtype, tokens=TOKENS):
    """The functions, and arrays for them."""
    draw = functools.partial(drawn, dtype=dtype)
    labels = jnp.arange(tokens, dtype=jnp.int32) % CLASSES
    weights = jnp.arange(tokens, dtype=jnp.float32) / tokens
    layer = (draw(tokens, WIDTH), draw(WIDTH, CLASSES, seed=1), labels)
    rows = (draw(tokens, CLASSES), draw(tokens, CLASSES, seed=1))
    vocabulary = functools.partial(head, tiling="vocabulary")
    return {
        "labels": (label_loss, (rows[0], labels)),
        "weighted head": (weighted_head, (*layer, weights)),
        "head": (head, layer),
        "head, by classes": (vocabulary, layer),
        "distillation": (distillation, (*layer, weights)),
        "surrogate": (surrogate, rows),
        "info_nce": (info_nce, (draw(tokens, tokens),)),
        "info_nce, in tiles": (info_nce_in_tiles, rows),
        "metric": (seen, (rows[0][:, 0] ** 2, *jax.tree.leaves(METRIC.init()))),
    }


NAMES = list(arguments("float32"))
# The number of tokens may be left open, but for that of which a logarithm is taken.
OPEN = [name for name in NAMES if not name.startswith("info_nce")]


def program(name, dtype, tokens=TOKENS):
    """A jitted function, its value and gradient if it has one, and arguments."""
    fn, args = arguments(dtype, tokens)[name]
    if fn is seen:
        return jax.jit(fn), args
    moving = [i for i, x in enumerate(args[:2]) if x.dtype == dtype]
    return jax.jit(jax.value_and_grad(fn, argnums=moving)), args


def marked(names):
    """All but one are `matrix`."""
    return [
        pytest.param(x, marks=() if x == "weighted head" else pytest.mark.matrix)
        for x in names
    ]


@pytest.mark.parametrize("name", marked(NAMES))
def test_three_platforms(name):
    """Lowered for all of them; and the CPU's part gives what the function gives."""
    for dtype in ("float32", "bfloat16"):
        fn, args = program(name, dtype)
        exported = export.export(fn, platforms=PLATFORMS)(*args)
        assert exported.platforms == PLATFORMS
        close(exported.call(*args), fn(*args), 1e-6 if dtype == "float32" else 1e-2)


@pytest.mark.matrix
@pytest.mark.parametrize("name", ["weighted head", "head", "head, by classes"])
@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_products_of_half_precision_stay_so(name, platform):
    """Single precision is multiplied in full, half precision as it is."""
    module = {}
    for dtype in ("float32", "bfloat16"):
        fn, args = program(name, dtype)
        text = export.export(fn, platforms=[platform])(*args).mlir_module()
        module[dtype] = re.findall(r"stablehlo\.dot_general .*", text)
    assert len(module["float32"]) == len(module["bfloat16"]) >= 3
    for line in module["float32"]:
        assert "[HIGHEST, HIGHEST]" in line, line
    for line in module["bfloat16"]:
        assert "lhs_precision_type = bf16" in line, line
        assert "accumulation_type = f32" in line, line


@pytest.mark.matrix
@pytest.mark.parametrize("name", OPEN)
def test_number_of_tokens_left_open(name):
    fn, args = program(name, "float32")
    scope = export.SymbolicScope()
    shapes = ["b, ..." if x.shape[:1] == (TOKENS,) else None for x in args]
    specs = export.symbolic_args_specs(args, shapes, scope=scope)
    exported = export.export(fn, platforms=PLATFORMS)(*specs)
    for tokens in (1, TOKENS, 21):
        fn, args = program(name, "float32", tokens)
        close(exported.call(*args), fn(*args), 1e-6)


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name):
    pytest.importorskip("flatbuffers")
    fn, args = program(name, "float32")
    data = export.export(fn, platforms=PLATFORMS)(*args).serialize()
    again = export.deserialize(data)
    assert again.platforms == PLATFORMS
    close(again.call(*args), fn(*args), 1e-6)
