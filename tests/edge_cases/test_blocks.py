"""Measures that go by blocks of rows: as each row by itself, wherever blocks end."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from contract import WIDEST
from jaxinfo import logits, probs

# The last block is cut short, and FEW rows are no blocks at all.
ROWS, FEW, OUTCOMES, BAD = 67, 5, 600, 40

heavy = pytest.mark.matrix
pytestmark = pytest.mark.usefixtures("one_device")
CASES = [
    pytest.param(functools.partial(probs.renyi_entropy, alpha=0.7), 1, id="renyi"),
    pytest.param(
        functools.partial(probs.tsallis_divergence, alpha=0.7),
        2,
        id="tsallis",
        marks=heavy,
    ),
    pytest.param(probs.wasserstein_distance, 2, id="wasserstein"),
    pytest.param(logits.chi_squared_divergence, 2, id="chi", marks=heavy),
    pytest.param(
        functools.partial(logits.renyi_divergence, alpha=1.5), 2, id="of logits"
    ),
    pytest.param(logits.chernoff_information, 2, id="chernoff", marks=heavy),
]


def tables(count):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, ROWS, OUTCOMES))
    return jax.nn.softmax(jnp.asarray(x, WIDEST), axis=-1)


def close(got, want):
    """Equal but for some units of the largest entry."""
    units = 64 * float(jnp.finfo(WIDEST).eps)
    np.testing.assert_allclose(got, want, 0, units * np.max(np.abs(want)))


def both(fn, count):
    """The values and the gradients in all arguments."""

    def total(*args):
        value = fn(*args)
        return jnp.sum(value), value

    def program(*args):
        gradient = jax.grad(total, tuple(range(count)), has_aux=True)
        slopes, value = gradient(*args)
        return value, *slopes

    return contract.quick(program)


def test_there_are_blocks():
    """The rest of this file is about a loop."""
    program = jax.jit(functools.partial(probs.renyi_entropy, alpha=0.7))
    table = tables(1)[0]
    assert " while(" in program.lower(table).compile().as_text()
    assert " while(" not in program.lower(table[:FEW]).compile().as_text()


@pytest.mark.parametrize(("fn", "count"), CASES)
def test_blocks_are_rows(fn, count):
    args = tables(count)
    program = both(fn, count)
    few = [slice(0, FEW), slice(ROWS - FEW, ROWS)]
    got = program(*args)
    for some in few:
        want = program(*(x[some] for x in args))
        for one, two in zip(got, want, strict=True):
            close(one[some], two)


@pytest.mark.parametrize(("fn", "count"), CASES)
def test_nan_stays_in_its_row(fn, count):
    args = tables(count)
    program = both(fn, count)
    clean = program(*args)
    spoiled = program(args[0].at[BAD, 3].set(jnp.nan), *args[1:])
    others = np.arange(ROWS) != BAD
    assert np.isnan(spoiled[0][BAD])
    for one, two in zip(spoiled, clean, strict=True):
        np.testing.assert_array_equal(one[others], two[others])


@pytest.mark.matrix
def test_axes_and_rows_that_are_shared():
    p, q = tables(2)
    fn = functools.partial(probs.renyi_divergence, alpha=0.7)
    program = both(fn, 2)
    want = program(jnp.broadcast_to(p[:1], q.shape), q)
    got = program(p[0], q)
    close(got[0], want[0])
    close(got[1], jnp.sum(want[1], axis=0))
    close(got[2], want[2])
    turned = both(functools.partial(fn, axis=0), 2)(p.T, q.T)
    close(turned[0], program(p, q)[0])
    close(turned[2].T, program(p, q)[2])


@contract.long
def test_derivative_of_the_gradient():
    p, q = tables(2)

    def change(p, q):
        def slope(q):
            fn = functools.partial(probs.tsallis_divergence, alpha=0.7)
            return jax.grad(lambda q: jnp.sum(fn(p, q)))(q)

        return jax.jvp(slope, (q,), (p,))[1]

    program = contract.quick(change)
    close(program(p, q)[:FEW], program(p[:FEW], q[:FEW]))


@pytest.mark.matrix
def test_mixtures_are_not_cut():
    x = tables(3).transpose(1, 0, 2)
    weights = jnp.asarray([0.2, 0.5, 0.3], WIDEST)
    for room in (probs, logits):
        program = both(room.generalized_js_divergence, 2)
        got, want = program(x, weights), program(x[:FEW], weights)
        close(got[0][:FEW], want[0])
        close(got[1][:FEW], want[1])
        each = [program(x[i : i + FEW], weights)[2] for i in range(0, ROWS, FEW)]
        close(got[2], sum(each))


@pytest.mark.parametrize("room", [probs, logits])
def test_nan_is_not_counted(room):
    """Nor passed over, in rows that are long enough for the long loops."""
    x = tables(1)[0].at[BAD, 3].set(jnp.nan)
    x = x.at[0, :4].set(0.0 if room is probs else -jnp.inf)
    value = room.hartley_entropy(x)
    assert np.isnan(value[BAD])
    np.testing.assert_allclose(value[0], np.log(OUTCOMES - 4), 1e-6)
    np.testing.assert_allclose(value[1], np.log(OUTCOMES), 1e-6)


@pytest.mark.matrix
@pytest.mark.parametrize(("fn", "count"), [c for c in CASES if c.values[1] == 2])
def test_slope_of_a_row_that_stands_for_many(fn, count):
    p, q = tables(count)
    got = both(fn, count)(p, q[0])[2]
    want = both(fn, count)(p, jnp.broadcast_to(q[0], p.shape))[2]
    close(got, jnp.sum(want, axis=0))
