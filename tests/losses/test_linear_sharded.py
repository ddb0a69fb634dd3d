"""Linear heads with tokens, vocabulary or both over devices: the numbers of one."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from contract import WIDEST, quick
from jaxinfo import losses
from linear_heads import close

TOKENS, WIDTH, CLASSES = 16, 4, 24
GRID = {"rows": 2, "classes": 4}
TOLERANCE = {"float64": 1e-13, "float32": 5e-6}
loss_of = losses.linear_softmax_cross_entropy
TILINGS = [
    pytest.param(
        *case, marks=pytest.mark.matrix if i else (), id="-".join(map(str, case))
    )
    for i, case in enumerate(
        (tiling, weighted)
        for tiling in ("tokens", "vocabulary", "distillation")
        for weighted in (True, False)
    )
]


def mesh():
    kinds = (jax.sharding.AxisType.Auto,) * len(GRID)
    return jax.make_mesh(tuple(GRID.values()), tuple(GRID), axis_types=kinds)


def arguments():
    rng = np.random.default_rng(0)
    draw = rng.standard_normal
    hidden, kernel = draw((TOKENS, WIDTH)), draw((WIDTH, CLASSES))
    bias = draw(CLASSES)
    bias[-2:] = -np.inf  # padding that makes the shards equal
    labels = rng.integers(0, CLASSES - 2, TOKENS, dtype=np.int32)
    labels[3] = -1
    weights = rng.random(TOKENS)
    arrays = [jnp.asarray(x, WIDEST) for x in (hidden, kernel, bias, weights)]
    return (*arrays, jnp.asarray(labels))


SPECS = (
    P("rows"),
    P(None, "classes"),
    P("classes"),
    P("rows"),
    P("rows"),
)


def step(tiling, weighted, axis_name, hidden, kernel, bias, weights, labels):
    """The loss of each token, or a sum of this shard of the tokens."""
    options = {"bias": bias, "tile_size": 3, "axis_name": axis_name}
    if weighted:
        options["weights"] = weights
    if tiling == "distillation":
        return losses.linear_distillation_loss(
            hidden, kernel, 2 * hidden, kernel, teacher_bias=bias, **options
        )
    options |= {"ignore_index": -1, "z_loss": 0.1, "tiling": tiling}
    return loss_of(hidden, kernel, labels, **options)


def value_and_gradients(fn):
    def program(hidden, kernel, bias, weights, labels):
        def total(*layer):
            each = fn(*layer, weights, labels)
            return jnp.sum(each * weights) if each.ndim else each

        return jax.value_and_grad(total, argnums=(0, 1, 2))(hidden, kernel, bias)

    return program


def placed(args, grid):
    pairs = zip(args, SPECS, strict=True)
    return [jax.device_put(x, NamedSharding(grid, spec)) for x, spec in pairs]


@pytest.mark.parametrize(("tiling", "weighted"), TILINGS)
def test_named_axes(tiling, weighted):
    """Differentiated outside and inside of `shard_map`; no table is gathered."""
    grid, args = mesh(), arguments()
    local = functools.partial(step, tiling, weighted, "classes")

    def summed(*args):
        each = local(*args)
        return jax.lax.psum(each, "rows") if weighted else each

    outside = value_and_gradients(
        jax.shard_map(
            summed, mesh=grid, in_specs=SPECS, out_specs=P() if weighted else P("rows")
        )
    )

    def within(*args):
        value, slopes = value_and_gradients(local)(*args)
        return jax.lax.psum(value, "rows"), slopes

    inside = jax.shard_map(
        within, mesh=grid, in_specs=SPECS, out_specs=(P(), SPECS[:3])
    )
    whole = quick(value_and_gradients(functools.partial(step, tiling, weighted, None)))
    want = whole(*args)
    program = jax.jit(lambda *args: (outside(*args), inside(*args)))
    got = program(*placed(args, grid))
    close(got[0], want, TOLERANCE[WIDEST])
    close(got[1], want, TOLERANCE[WIDEST])
    text = program.lower(*placed(args, grid)).compile().as_text()
    assert not re.search(r"all-gather|all-to-all|collective-permute", text)


def tables_that_travel(text):
    """Collectives with as many numbers as a tile of logits or the kernel has."""
    found = []
    for line in text.splitlines():
        if re.search(r"= .*(all-gather|all-to-all|collective-permute)", line):
            shapes = re.findall(r"[fs]\d+\[([\d,]*)\]", line.split("(")[0])
            sizes = [int(np.prod([int(n) for n in s.split(",") if n])) for s in shapes]
            if max(sizes, default=0) >= TOKENS * WIDTH:
                found.append(line.strip()[:120])
    return found


@pytest.mark.parametrize(
    "weighted", [True, pytest.param(False, marks=pytest.mark.matrix)]
)
def test_sharded_arrays_under_plain_jit(weighted):
    """Tiles of tokens leave both axes where they are."""
    grid, args = mesh(), arguments()
    program = jax.jit(
        value_and_gradients(functools.partial(step, "tokens", weighted, None))
    )
    on_shards = placed(args, grid)
    close(program(*on_shards), program(*args), TOLERANCE[WIDEST])
    text = program.lower(*on_shards).compile().as_text()
    assert "all-reduce" in text
    assert not tables_that_travel(text)
