"""Measures of many variables: dit, exact zeros, digits near independence, edges."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mp, mpf

import contract
from jaxinfo import probs

# Each is a program of its own: the larger ones are for the full run.
LARGE = [(2, 2, 2), (3, 2, 2, 4), (2, 2, 3, 2, 2)]
SHAPES = [
    (2, 3, 2),
    *(pytest.param(shape, marks=pytest.mark.matrix) for shape in LARGE),
]
SIGNED = ["co_information", "interaction_information", "o_information"]
POSITIVE = [
    "dual_total_correlation",
    "residual_entropy",
    "s_information",
    "total_correlation",
    "tse_complexity",
]
DEPENDENCE = sorted({*SIGNED, *POSITIVE} - {"residual_entropy"})
some_measures = contract.sampled(
    "name", sorted(SIGNED + POSITIVE), "o_information", "total_correlation"
)


@functools.cache
def _program(name):
    """Value and gradient, compiled once for every table of a shape."""
    return contract.quick(jax.value_and_grad(getattr(probs, name)))


@pytest.fixture(params=contract.precisions())
def dtype(request):
    if request.param == "float64":
        request.getfixturevalue("x64")
    return request.param


def _table(shape, seed=0):
    """A table in which some cells are impossible."""
    rng = np.random.default_rng(seed)
    weights = rng.gamma(0.5, size=shape)
    weights[rng.random(shape) < 0.2] = 0
    return weights / weights.sum()


def _dit(name, table):
    dit = pytest.importorskip("dit")
    cells = [i for i in np.ndindex(table.shape) if table[i] > 0]
    distribution = dit.Distribution(cells, [table[i] for i in cells])
    measures = dit.multivariate
    return {
        "co_information": measures.coinformation,
        "dual_total_correlation": measures.dual_total_correlation,
        # dit has the sign of McGill.
        "interaction_information": lambda d: (
            (-1) ** table.ndim * measures.interaction_information(d)
        ),
        "o_information": measures.o_information,
        "residual_entropy": measures.residual_entropy,
        "s_information": measures.s_information,
        "total_correlation": measures.total_correlation,
        "tse_complexity": measures.tse_complexity,
    }[name](distribution)


@some_measures
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dit_agrees(name, shape, dtype):
    table = _table(shape)
    of = contract.quick(functools.partial(getattr(probs, name), base=2))
    got = of(table.astype(dtype))
    assert got.dtype == dtype
    atol = 4e-6 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(got, _dit(name, table), rtol=0, atol=atol)


@pytest.mark.parametrize("order", [1, 2, 3, 4, None])
def test_entropies_of_subsets(order, dtype):
    table = _table((3, 2, 2, 4)).astype(dtype)
    sizes = range(1, (order or 4) + 1)
    subsets = [s for k in sizes for s in itertools.combinations(range(4), k)]
    result = probs.subset_entropies(table, order=order)
    assert result.subsets == tuple(subsets)
    for subset, got in zip(subsets, result.entropies, strict=True):
        rest = tuple(i for i in range(4) if i not in subset)
        marginal = table.astype(np.float64).sum(axis=rest)
        marginal = marginal[marginal > 0]
        want = -(marginal * np.log(marginal)).sum()
        np.testing.assert_allclose(got, want, rtol=8 * np.finfo(dtype).eps)


def test_subsets_are_static():
    tables = np.stack([_table((2, 2, 3), seed) for seed in range(3)])

    @jax.jit
    def entropies(tables):
        result = jax.vmap(lambda p: probs.subset_entropies(p, order=2))(tables)
        assert result.subsets == ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
        return result

    batched = probs.subset_entropies(tables, axes=(1, 2, 3), order=2)
    assert entropies(tables).subsets == batched.subsets
    np.testing.assert_allclose(
        entropies(tables).entropies, batched.entropies, rtol=1e-6
    )


def _product(shape, dtype):
    """Independent variables, no rounding anywhere."""
    rng = np.random.default_rng(3)
    table = np.ones(())
    for size in shape:
        row = 1 + rng.multinomial(16 - size, np.ones(size) / size)
        table = table[..., None] * (row / 16)
    return table.astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@contract.sampled("name", DEPENDENCE, "o_information", "total_correlation")
def test_independence_is_exact(name, shape, dtype):
    value, slope = _program(name)(_product(shape, dtype))
    assert value == 0
    assert not np.abs(slope).max() > 0


def _truth(name, table):
    """Sixty digits, of a table as it is: its mass times that of the normalized one."""
    with mp.workdps(60):
        cells = {i: mpf(float(table[i])) for i in np.ndindex(table.shape)}
        mass = mp.fsum(cells.values())

        def entropy(*axes):
            parts = {}
            for index, p in cells.items():
                parts.setdefault(tuple(index[a] for a in axes), []).append(p / mass)
            return -mp.fsum(p * mp.log(p) for p in map(mp.fsum, parts.values()))

        h = [entropy(*axes) for axes in [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]]
        whole = entropy(0, 1, 2)
        if name == "total_correlation":
            return mass * (mp.fsum(h[:3]) - whole)
        return mass * (mp.fsum(h[3:]) - 2 * whole)


@pytest.mark.parametrize("name", ["dual_total_correlation", "total_correlation"])
@pytest.mark.parametrize("power", [4, 8, 12, 16, 20])
def test_digits_are_kept_near_independence(name, power, dtype):
    rng = np.random.default_rng(power)
    rows = [rng.dirichlet(np.ones(k)) for k in (2, 3, 2)]
    table = np.einsum("i,j,k->ijk", *rows)
    # Something of each order: of two variables, and of all three.
    step, sign = 2.0**-power * table.min(), np.array([1.0, -1.0])
    table[:2, :2, 0] += step * np.outer(sign, sign)
    table[:2, :2, :2] += 0.5 * step * np.einsum("i,j,k->ijk", sign, sign, sign)
    table = table.astype(dtype)
    want = float(_truth(name, table))
    got = getattr(probs, name)(table)
    assert abs(float(got) / want - 1) < 16 * np.finfo(dtype).eps


@pytest.mark.parametrize("shape", [(2, 2, 2), SHAPES[2]], ids=str)
@contract.sampled("name", POSITIVE, "dual_total_correlation", "total_correlation")
def test_never_negative(name, shape, dtype):
    rng = np.random.default_rng(5)
    rows = [rng.dirichlet(np.ones(k), size=200) for k in shape]
    tables = rows[0]
    for row in rows[1:]:
        tables = tables[..., None] * row.reshape(200, *[1] * (tables.ndim - 1), -1)
    # Independent but for a rounding of each cell.
    of = functools.partial(getattr(probs, name), axes=tuple(range(1, tables.ndim)))
    values = contract.quick(of)(tables.astype(dtype))
    if name != "tse_complexity":
        assert (np.asarray(values) >= 0).all()
    if name != "residual_entropy":
        assert np.abs(values).max() < 16 * np.finfo(dtype).eps


@contract.long
def test_rare_events_together(dtype):
    # Twelve events of probability 1e-4, always together: their product is no number.
    rare = np.float64(np.float32(1e-4))
    table = np.zeros((2,) * 12)
    table[(0,) * 12], table[(1,) * 12] = 1 - rare, rare
    entropy = -(rare * math.log(rare) + (1 - rare) * math.log1p(-rare))
    table = table.astype(dtype)
    rtol = 1e-4 if dtype == "float32" else 1e-10
    correlation, slope = _program("total_correlation")(table)
    np.testing.assert_allclose(correlation, 11 * entropy, rtol=rtol)
    want = math.log(rare / rare**12)
    np.testing.assert_allclose(slope[(1,) * 12], want, rtol=1e-5)
    dual = contract.quick(probs.dual_total_correlation)(table)
    np.testing.assert_allclose(dual, entropy, rtol=20 * rtol)


@contract.sampled("name", sorted(SIGNED + POSITIVE), "total_correlation")
def test_gradients_are_never_nan(name, dtype):
    table = _table((2, 2, 2, 3)).astype(dtype)
    assert (table == 0).any()
    slope = np.asarray(_program(name)(table)[1])
    assert np.isfinite(slope).all()
    assert (slope[table == 0] == 0).all()
    value, slope = _program(name)(np.zeros_like(table))
    assert value == 0
    assert not slope.any()


@contract.sampled("name", sorted(SIGNED + POSITIVE), "total_correlation")
def test_second_derivatives_of_variables_of_one_size(name, x64):
    """They are a batch, or a loop, where those of different sizes are not."""
    measure = getattr(probs, name)
    rng = np.random.default_rng(7)
    table = jnp.asarray(0.1 + 0.01 * rng.random((2, 2, 2, 2)))
    along = jnp.asarray(rng.standard_normal(table.shape))
    slope = jax.grad(measure)

    @contract.quick
    def program(table):
        change, forward = jax.jvp(slope, (table,), (along,))
        return change, forward, jax.grad(lambda p: jnp.vdot(slope(p), along))(table)

    ahead, behind = (program(table + step * along)[0] for step in (1e-5, -1e-5))
    change = (ahead - behind) / 2e-5
    for got in program(table)[1:]:
        np.testing.assert_allclose(
            got, change, rtol=0, atol=1e-6 * np.abs(change).max()
        )


@some_measures
def test_of_one_and_of_two_variables(name):
    measure = getattr(probs, name)
    table = _table((3, 4)).astype(np.float32)
    information = probs.mutual_information(table)
    left = probs.variation_of_information(table)
    entropy = probs.entropy(table[0] / table[0].sum())
    two, one = {
        "o_information": (0.0, 0.0),
        "s_information": (2 * information, 0.0),
        "tse_complexity": (information / 2, 0.0),
        "residual_entropy": (left, entropy),
        "co_information": (information, entropy),
        "interaction_information": (information, entropy),
    }.get(name, (information, 0.0))
    assert measure(table) == two
    np.testing.assert_allclose(
        measure(table[0] / table[0].sum()), one, rtol=1e-6, atol=0
    )


@pytest.mark.matrix
@some_measures
def test_blocks_batches_and_masks(name):
    measure = getattr(probs, name)
    table = _table((2, 3, 2, 2, 2)).astype(np.float32)
    table[1] /= table[1].sum() / table[0].sum()
    table /= table[0].sum()
    got = measure(table, axes=(1, (2, 4), 3))
    for k in range(2):
        merged = np.moveaxis(table[k], 2, 1).reshape(3, 2, 4)
        np.testing.assert_allclose(got[k], measure(merged), rtol=1e-4, atol=1e-6)
    where = np.ones(table.shape, bool)
    where[..., 1] = False
    masked = measure(np.where(where, table, np.nan), axes=(1, 2, 3, 4), where=where)
    cut = measure(table[..., :1], axes=(1, 2, 3, 4))
    np.testing.assert_allclose(masked, cut, rtol=1e-4, atol=1e-6)


def test_bad_options():
    table = _table((2, 2, 3)).astype(np.float32)
    for axes in [(0, 0), (0, (1, 0)), (), (3,)]:
        with pytest.raises(ValueError, match="`axes`"):
            probs.total_correlation(table, axes=axes)
    with pytest.raises(TypeError, match="`axes`"):
        probs.total_correlation(table, axes=(0, 1.5))
    for order in (0, 4):
        with pytest.raises(ValueError, match=r"`order` must be in \[1, 3\]"):
            probs.subset_entropies(table, order=order)
    with pytest.raises(TypeError, match="`order`"):
        probs.subset_entropies(table, order=1.0)
