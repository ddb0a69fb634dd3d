"""Tiles and shards: the numbers of the whole matrix, and no such matrix in memory."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

import contract
from bounds.formulas import CASES, by_name, sampled
from contract import WIDEST
from jaxinfo import bounds

ROUNDING = 64 * float(jnp.finfo(WIDEST).eps)


def embedded(case, size=8, batch=()):
    """Embeddings and temperature, what else the bound takes, and a mask."""
    rng = np.random.default_rng(7)
    x, y = (jnp.asarray(rng.normal(size=(*batch, size, 3)), WIDEST) for _ in "xy")
    rest = case.args(batch=batch, size=size)[1:]
    keep = rng.random((*batch, size, size)) < 0.8
    return x, y, jnp.asarray(0.7, WIDEST), jnp.asarray(keep), rest


def dense(case, x, y, temperature, keep, rest):
    scores = jnp.matmul(x, jnp.swapaxes(y, -1, -2), precision="highest") / temperature
    return case.fn(scores, *rest, where=keep)


def tiled(case, x, y, temperature, keep, rest, **options):
    scores = bounds.Embeddings(x, y, temperature)
    return case.fn(scores, *rest, where=keep, **options)


def with_gradient(fn):
    """Value and gradients in the embeddings, the temperature and the rest."""

    def both(x, y, temperature, keep, rest):
        def total(x, y, temperature, rest):
            return jnp.sum(fn(x, y, temperature, keep, rest))

        return jax.value_and_grad(total, argnums=(0, 1, 2, 3))(x, y, temperature, rest)

    return both


def check_tiles(case, sizes, *, masked):
    args = list(embedded(case, batch=(2,)))
    if not masked:
        args[3] = None

    def program(args):
        fns = [functools.partial(tiled, tile_size=size) for size in sizes]
        fns = [functools.partial(fn, case) for fn in (dense, *fns)]
        return [with_gradient(fn)(*args) for fn in fns]

    want, *got = contract.quick(program)(args)
    for size, result in zip(sizes, got, strict=True):
        contract.assert_close(result, want, ROUNDING, f"tiles of {size}")


@sampled("info_nce")
def test_tiles_are_the_matrix(case):
    """Of a size that does not divide the batch: there is a loop, and a rest."""
    check_tiles(case, [3], masked=True)


@pytest.mark.matrix
@pytest.mark.parametrize("case", CASES, ids=str)
def test_tiles_of_any_size(case):
    check_tiles(case, [None, 4, 8, 1], masked=False)


@pytest.mark.matrix
@pytest.mark.parametrize("case", CASES, ids=str)
def test_rows_of_a_matrix_in_tiles(case):
    matrix, *rest = case.args()
    want = case.fn(matrix, *rest)
    got = jax.jit(functools.partial(case.fn, tile_size=2))(matrix, *rest)
    contract.assert_close(got, want, ROUNDING, str(case))


BATCH, TILE, DIMENSIONS = 4096, 64, 16


def bytes_set_aside(fn, case, size=BATCH):
    single = jax.ShapeDtypeStruct((size, DIMENSIONS), jnp.float32)
    row = jax.ShapeDtypeStruct((size,), jnp.float32)
    rest = {"": (), "row": (row,), "batch": (jax.ShapeDtypeStruct((), jnp.float32),)}

    def program(x, y, rest):
        return jax.value_and_grad(lambda x, y: fn(x, y, rest), argnums=(0, 1))(x, y)

    compiled = jax.jit(program).lower(single, single, rest[case.extra]).compile()
    return compiled.memory_analysis().temp_size_in_bytes


@sampled("info_nce")
def test_memory_is_that_of_a_tile(case, optimized):
    """Value and gradient: a few tiles, and the embeddings."""
    one = jnp.asarray(1.0, jnp.float32)

    def of_tiles(x, y, rest):
        return tiled(case, x, y, one, None, rest, tile_size=TILE)

    def of_matrix(x, y, rest):
        return dense(case, x, y, one, None, rest)

    tile, embeddings = 4 * BATCH * TILE, 4 * BATCH * DIMENSIONS
    assert bytes_set_aside(of_tiles, case) <= 12 * tile + 12 * embeddings
    if case.extra != "batch":  # which reads the diagonal alone
        assert bytes_set_aside(of_matrix, case) >= 4 * BATCH**2


def mesh(size=8):
    kinds = (jax.sharding.AxisType.Auto,)
    return jax.make_mesh((size,), ("data",), axis_types=kinds)


def specs(case):
    row = {"": (), "row": (P("data"),), "batch": (P(),)}[case.extra]
    return (P("data"), P("data"), P(), P("data"), row)


def by_shards(case, fn):
    """Value and gradients, differentiated outside and inside of `shard_map`."""
    named = functools.partial(fn, case, axis_name="data")
    where = specs(case)
    outside = with_gradient(
        jax.shard_map(named, mesh=mesh(), in_specs=where, out_specs=P())
    )
    within = jax.shard_map(
        with_gradient(named),
        mesh=mesh(),
        in_specs=where,
        out_specs=(P(), (where[0], where[1], where[2], where[4])),
    )
    return lambda *args: (outside(*args), within(*args))


@sampled("info_nce")
def test_negatives_of_all_shards(case):
    args = embedded(case, size=16)
    want = contract.quick(with_gradient(functools.partial(dense, case)))(*args)
    fn = functools.partial(tiled, tile_size=1) if case.name == "info_nce" else tiled
    outside, inside = contract.quick(by_shards(case, fn))(*args)
    contract.assert_close(outside, want, ROUNDING, "gradient taken outside")
    contract.assert_close(inside, want, ROUNDING, "gradient taken inside")


@sampled("leave_one_out")
def test_rows_of_a_matrix_in_shards(case):
    """Each shard has rows of the matrix itself."""
    matrix, *rest = case.args(batch=(), size=8)
    rest = tuple(rest)
    keep = jnp.asarray(np.random.default_rng(3).random((8, 8)) < 0.8)
    named = functools.partial(case.fn, axis_name="data")

    def of_rows(matrix, keep, rest):
        return named(matrix, *rest, where=keep)

    where = (P("data"), P("data"), specs(case)[-1])
    sharded = jax.shard_map(of_rows, mesh=mesh(), in_specs=where, out_specs=P())
    got = contract.quick(jax.value_and_grad(sharded))(matrix, keep, rest)
    whole = jax.value_and_grad(lambda m: case.fn(m, *rest, where=keep))
    contract.assert_close(got, contract.quick(whole)(matrix), ROUNDING, str(case))


@pytest.mark.matrix
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sharded_arrays_under_plain_jit(case):
    args = embedded(case, size=16)
    program = jax.jit(with_gradient(functools.partial(tiled, case)))
    want = program(*args)
    on_shards = jax.tree.map(
        lambda x, spec: jax.device_put(x, NamedSharding(mesh(), spec)),
        args,
        specs(case),
    )
    got = program(*on_shards)
    contract.assert_close(got, want, ROUNDING, str(case))


@pytest.mark.matrix
def test_name_of_a_vmap_axis():
    case = by_name("tuba")
    x, y, temperature, _, (baseline,) = embedded(case)

    def of_shard(x, y, baseline):
        scores = bounds.Embeddings(x, y, temperature)
        return bounds.tuba(scores, baseline, axis_name="shards")

    cut = [v.reshape(4, 2, *v.shape[1:]) for v in (x, y, baseline)]
    got = jax.vmap(of_shard, axis_name="shards")(*cut)
    want = bounds.tuba(bounds.Embeddings(x, y, temperature), baseline)
    contract.assert_close(got, jnp.broadcast_to(want, (4,)), ROUNDING, "value")


def test_shards_that_do_not_make_a_square_are_refused():
    rows = jnp.zeros((4, 8), WIDEST)
    with pytest.raises(ValueError, match=r"of which each of 4 shards"):
        jax.vmap(functools.partial(bounds.nwj, axis_name="i"), axis_name="i")(
            jnp.zeros((4, 3, 8), WIDEST)
        )
    with pytest.raises(TypeError, match="`axis_name` must be a string"):
        bounds.nwj(rows, axis_name=3)
