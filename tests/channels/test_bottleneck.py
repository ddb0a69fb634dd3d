"""The information bottleneck: its laws, brute force, and its implicit derivatives."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
import jaxinfo
from contract import WIDEST, precisions, quick
from jaxinfo import channels, checked


def compiled(**options):
    return quick(functools.partial(channels.information_bottleneck, **options))


def drawn(seed, x=5, y=4, batch=()):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(x * y, 0.5), batch).reshape(*batch, x, y), rng


BETAS = np.array([0.5, 1.0, 1.6, 3.0, 10.0, 1e3, 1e6])


@pytest.fixture(scope="module", params=precisions())
def dtype(request):
    if request.param == "float64" and WIDEST != "float64":
        pytest.skip("needs 64-bit types")
    return request.param


def test_laws(dtype):
    tables, _ = drawn(0, batch=(2, 1))
    p = jnp.asarray(tables, dtype)
    got = channels.information_bottleneck(None, p, jnp.asarray(BETAS, dtype))
    assert {x.dtype.name for x in got} == {dtype, "int32"}
    digits = {"float64": 1e-9, "float32": 1e-4}[dtype]
    whole = jaxinfo.mutual_information(p)
    assert (got.relevance <= got.complexity + digits).all()
    assert (got.relevance <= whole + digits).all()
    assert (got.relevance >= 0).all()
    # Up to 1 nothing is worth its price; at last nothing is left out.
    np.testing.assert_allclose(got.complexity[:, :2], 0, atol=digits)
    assert (np.asarray(got.num_used)[:, :2] == 1).all()
    np.testing.assert_allclose(got.relevance[:, -1], whole[:, 0], atol=digits)
    assert (np.asarray(got.num_used)[:, -1] == 5).all()
    # More is paid for more, and the objective is concave and falling in beta.
    assert (np.diff(got.relevance, axis=1) >= -digits).all()
    assert (np.diff(got.objective, axis=1) <= digits).all()
    np.testing.assert_allclose(got.encoder.sum(-1), 1, rtol=1e-6)
    assert (np.asarray(got.residual) <= 1e-5).all()


def equations(p, beta, encoder):
    """The right side of the self-consistent equations, in NumPy."""
    p_x = p.sum(1)
    given_x, p_t = p / p_x[:, None], p_x @ encoder
    given_t = encoder.T @ p / p_t[:, None]
    ratio = np.log(given_x[:, None, :] / given_t[None, :, :])
    weights = p_t * np.exp(-beta * np.sum(given_x[:, None, :] * ratio, -1))
    return weights / weights.sum(1, keepdims=True)


def objective(p, beta, encoder):
    with_x, with_y = p.sum(1)[:, None] * encoder, encoder.T @ p

    def information(joint):
        product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
        some = joint > 0
        return np.sum(joint[some] * np.log(joint[some] / product[some]))

    return information(with_x) - beta * information(with_y)


@pytest.mark.matrix
def test_solves_the_equations_and_brute_force_finds_no_better(x64, key):
    p, _ = drawn(1, x=3, y=3)
    several = jax.vmap(
        functools.partial(channels.information_bottleneck, num_clusters=2),
        in_axes=(0, None, None),
    )
    beta = 8.0
    got = quick(several)(jax.random.split(key, 8), jnp.asarray(p), jnp.asarray(beta))
    for encoder, value in zip(np.asarray(got.encoder), got.objective, strict=True):
        np.testing.assert_allclose(equations(p, beta, encoder), encoder, atol=1e-8)
        assert objective(p, beta, encoder) == pytest.approx(float(value), abs=1e-12)
    best = got.objective.min()
    grid = np.linspace(0, 1, 21)
    for shares in itertools.product(grid, repeat=3):
        encoder = np.stack([shares, 1 - np.array(shares)], -1)
        assert objective(p, beta, encoder) >= best - 1e-9
    again = quick(several)(jax.random.split(key, 8), jnp.asarray(p), jnp.asarray(beta))
    np.testing.assert_array_equal(got.encoder, again.encoder)


@pytest.mark.matrix
def test_derivatives(x64):
    """Along a line, against differences; where clusters coincide, of the measures."""
    p, rng = drawn(2)
    change = p * rng.standard_normal(p.shape)
    change -= p * change.sum()
    betas = jnp.array([3.0, 10.0])
    weights = jnp.asarray(rng.standard_normal((2, 5, 3)))
    options = dict(num_clusters=3, tolerance=1e-13, max_iterations=20000)

    def along(t):
        got = channels.information_bottleneck(
            None, p + t * change, betas + t, **options
        )
        measures = jnp.stack([got.complexity, got.relevance, got.objective])
        return measures, got.encoder, jnp.sum(weights * got.encoder)

    @quick
    def program(step):
        values, slopes = jax.jvp(along, (0.0,), (1.0,))
        ends = jax.vmap(along)(jnp.stack([step, -step]))
        moved = jax.tree.map(lambda x: (x[0] - x[1]) / (2 * step), ends)
        return values, slopes, moved, jax.jacrev(lambda t: along(t)[::2])(0.0)

    values, slopes, moved, reverse = program(jnp.float64(1e-5))
    np.testing.assert_allclose(slopes[0], moved[0], rtol=1e-5, atol=1e-6)
    # The measures do not see how coinciding clusters share their mass.
    np.testing.assert_allclose(slopes[1][1], moved[1][1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(reverse[0], slopes[0], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(reverse[1], slopes[2], rtol=1e-6)
    assert np.isfinite(values[0]).all()


@contract.long
def test_edges():
    p = jnp.asarray(drawn(3)[0], WIDEST)
    spoiled = jnp.stack([p, p.at[1, 1].set(jnp.nan), p.at[2].set(0) / (1 - p[2].sum())])
    run = compiled(num_clusters=2)
    got = run(None, spoiled, jnp.asarray(5.0, WIDEST))
    assert jnp.isfinite(got.objective[jnp.array([0, 2])]).all()
    assert jnp.isnan(got.encoder[1]).all()
    assert jnp.isnan(got.relevance[1])


@pytest.mark.matrix
def test_bad_values():
    p = jnp.asarray(drawn(3)[0], WIDEST)
    spoiled = jnp.stack([p, p.at[1, 1].set(jnp.nan)])
    bad = checked(functools.partial(channels.information_bottleneck, None))
    with pytest.raises(Exception, match="`p_xy` is NaN in row 1"):
        bad(spoiled, jnp.asarray(5.0, WIDEST))


def test_bad_arguments():
    verb, p, beta = channels.information_bottleneck, jnp.full((2, 2), 0.25), jnp.ones(3)
    with pytest.raises(TypeError, match="`p_xy`"):
        verb(None, p.tolist(), beta)
    with pytest.raises(ValueError, match=r"`p_xy` must have shape.*\(2,\)"):
        verb(None, p[0], beta)
    with pytest.raises(TypeError, match="`beta`"):
        verb(None, p, jnp.int32(1))
    with pytest.raises(ValueError, match="`p_xy` and `beta` must broadcast"):
        verb(None, jnp.full((2, 2, 2), 0.25), beta)
    with pytest.raises(TypeError, match="`num_clusters` must be an int"):
        verb(None, p, beta, num_clusters=2.0)
    with pytest.raises(ValueError, match="`num_clusters` must be at least 1, got 0"):
        verb(None, p, beta, num_clusters=0)
