"""Every closed form under jit, vmap, jvp and grad, at equality too; bad input."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from families import cases
from families.cases import WIDEST, close

ORDER = 1.1


def tangent_to(name, p, rng):
    along = [rng.normal(size=x.shape) * np.maximum(np.abs(x), 0.1) for x in p]
    if name == "categorical":
        # Along the simplex: off it the divergence is the generalized one.
        along = [x - x.mean(-1, keepdims=True) for x in along]
    return tuple(along)


def direction(name, p, q):
    rng = np.random.default_rng(1)
    return tangent_to(name, p, rng), tangent_to(name, q, rng), 0.3


def differences(name, p, q, along):
    """The change of every value along a direction, from the values on both sides."""
    step = 1e-5

    def moved(by):
        a, b = (
            tuple(x + by * d for x, d in zip(point, way, strict=True))
            for point, way in zip((p, q), along[:2], strict=True)
        )
        return cases.values(name, a, b, ORDER + by * along[2])

    ahead, behind = moved(step), moved(-step)
    return {verb: (ahead[verb] - behind[verb]) / step / 2 for verb in ahead}


def change_of(slopes, along):
    """The change of each number, from its slopes and a direction."""
    pairs = zip(slopes, along, strict=True)
    changes = (np.asarray(s, float) * d for s, d in pairs)
    return sum(x.reshape(*cases.BATCH, -1).sum(-1) for x in changes)


@cases.sampled()
def test_vmap_and_gradient(name):
    """In single precision, against values and their differences in the widest."""
    only = cases.leading(name)
    p, q = cases.draw(name)
    measured = cases.measured(name, only)
    weights = [1.0 + 0.375 * i for i in range(len(measured))]
    mapped, gradient = cases.slopes(name, p, q, ORDER, weights, only)
    value = cases.values(name, p, q, ORDER)
    for verb in measured:
        assert mapped[verb].shape == cases.BATCH, verb
        assert mapped[verb].dtype == "float32"
        assert not mapped[verb].weak_type
        # In the other rows p and q are so close that rounding them matters.
        np.testing.assert_allclose(
            mapped[verb][0], value[verb][0], rtol=1e-4, atol=1e-5, err_msg=verb
        )
    if WIDEST == "float64":
        along = direction(name, p, q)
        got = change_of(gradient[0], along[0]) + change_of(gradient[1], along[1])
        change = differences(name, p, q, (*along[:2], 0.0))
        want = sum(w * change[v] for w, v in zip(weights, measured, strict=True))
        ok = np.isfinite(want[:2])
        assert ok.sum() >= 8
        np.testing.assert_allclose(got[:2][ok], want[:2][ok], rtol=1e-3, atol=1e-3)


@cases.sampled()
def test_zero_at_equality(name):
    """Exactly, at every order; and a gradient of 0, but for one-sided divergences."""
    only = cases.leading(name)
    wide, single = cases.draw(name)[0], cases.draw(name, "float32")[0]
    measured = cases.measured(name, only)
    distances = [v for v in measured if v.endswith(("divergence", "distance"))]
    weights = [float(verb in distances) for verb in measured]
    for alpha in (0.0, 0.5, 1.0, 2.0, np.inf):
        for value in (
            cases.values(name, wide, wide, alpha),
            cases.slopes(name, single, single, alpha, weights, only)[0],
        ):
            for verb in distances:
                assert (np.abs(value[verb]) <= TABLE.get(name, 0.0)).all(), verb
    for alpha in (0.5, 1.0, 2.0):
        _, gradient = cases.slopes(name, single, single, alpha, weights, only)
        for slope in jax.tree.leaves(gradient):
            if name in ("pareto", "uniform", "categorical"):
                assert jnp.isfinite(slope).all()
            else:
                np.testing.assert_allclose(slope, 0, atol=1e-6)


# A table of probabilities sums to one but for rounding, which is seen in its affinity.
TABLE = {"categorical": 1e-7}


@pytest.mark.matrix
@pytest.mark.parametrize("name", cases.NAMES)
def test_forward_mode(name, x64):
    p, q = cases.draw(name)
    along = direction(name, p, q)
    got = cases.changes(name, p, q, ORDER, along)
    want = differences(name, p, q, along)
    for verb in got:
        # In the other rows the step is as large as the distance of p and q.
        x, y = got[verb][:2], want[verb][:2]
        finite = np.isfinite(y)
        np.testing.assert_allclose(
            x[finite], y[finite], rtol=1e-5, atol=1e-7, err_msg=verb
        )


@pytest.mark.matrix
@pytest.mark.parametrize("name", cases.NAMES)
def test_reverse_mode(name, x64):
    p, q = cases.draw(name)
    along = direction(name, p, q)
    weights = [1.0 + 0.375 * i for i in range(len(cases.measured(name)))]
    mapped, gradient = cases.slopes(name, p, q, ORDER, weights, dtype=WIDEST)
    value = cases.values(name, p, q, ORDER)
    change = cases.changes(name, p, q, ORDER, along)
    for verb in value:
        close(mapped[verb], value[verb], 1e-13, verb)
    both = zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True)
    got = sum(float(jnp.sum(slope * d)) for slope, d in both)
    pairs = zip(weights, cases.measured(name), strict=True)
    close(got, sum(w * jnp.sum(change[v]) for w, v in pairs), 1e-10)
    if name in ("pareto", "uniform", "categorical"):
        return
    only = [float(v.endswith(("divergence", "distance"))) for v in cases.measured(name)]
    for alpha in (0.5, 1.0, 2.0):
        _, gradient = cases.slopes(name, p, p, alpha, only, dtype=WIDEST)
        for slope in jax.tree.leaves(gradient):
            np.testing.assert_allclose(slope, 0, atol=1e-12)


ALL = [
    pytest.param(name, verb, fn, id=f"{name}.{verb}")
    for name in cases.NAMES
    for verb, fn in cases.verbs(name).items()
]


@functools.cache
def _drawn(name):
    return cases.draw(name)


def _named(name, fn):
    (p, q), fields = _drawn(name), cases.module(name).Params._fields
    known = dict(zip(fields, p, strict=True))
    known |= {f"{f}_p": x for f, x in zip(fields, p, strict=True)}
    known |= {f"{f}_q": x for f, x in zip(fields, q, strict=True)}
    known |= {"alpha": np.asarray(1.1), "correlation": np.full(cases.BATCH, 0.4)}
    names = [k for k in inspect.signature(fn).parameters if k in known]
    return {k: jnp.asarray(known[k], WIDEST) for k in names}


@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_bad_input(name, verb, fn):
    """What cannot be computed is refused by name."""
    given = _named(name, fn)
    keys = [k for k in given if k != "alpha"]
    for key in keys:
        with pytest.raises(TypeError, match=f"`{key}`"):
            fn(**given | {key: given[key].astype("int32")})
    if "alpha" in given:
        with pytest.raises(TypeError, match="`alpha`"):
            fn(**given | {"alpha": jnp.ones(2)})
    if len(keys) > 1:
        with pytest.raises(ValueError, match="broadcast"):
            fn(**given | {keys[0]: jnp.ones((5, *given[keys[0]].shape[1:]), WIDEST)})


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_types_base_and_second_derivatives(name, verb, fn):
    """Half precision is widened; bits are nats over log 2; Hessians are finite."""
    given = {k: v.astype("float32") for k, v in _named(name, fn).items()}
    shape = jax.eval_shape(fn, **{k: v.astype("bfloat16") for k, v in given.items()})
    assert shape.dtype == "float32"
    assert shape.shape == cases.BATCH
    has_base = "base" in inspect.signature(fn).parameters
    if has_base:
        with pytest.raises(TypeError, match="`base`"):
            fn(**given, base=[2])
        with pytest.raises(ValueError, match="`base`"):
            fn(**given, base=1)
    order = {k: given.pop(k) for k in list(given) if k == "alpha"}
    ones = jax.tree.map(jnp.ones_like, given)

    @contract.quick
    def program(given):
        slope = jax.grad(lambda x: jnp.sum(fn(**x, **order)))
        bits = fn(**given, **order, base=2) if has_base else None
        return fn(**given, **order), bits, jax.jvp(slope, (given,), (ones,))[1]

    value, bits, curved = program(given)
    if has_base:
        np.testing.assert_allclose(bits * np.float32(np.log(2)), value, rtol=1e-6)
    if np.isfinite(value).all():
        assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(curved))


def test_batches_broadcast():
    normal, dirichlet = cases.module("normal"), cases.module("dirichlet")
    loc, scale = jnp.zeros((3, 1), WIDEST), jnp.ones(4, WIDEST)
    one = jnp.ones((), WIDEST)
    assert normal.kl_divergence(loc, scale, one, one).shape == (3, 4)
    assert normal.entropy(scale, loc=loc).shape == (3, 4)
    a = jnp.ones((2, 1, 5), WIDEST)
    shape = jax.eval_shape(dirichlet.kl_divergence, a, jnp.ones(5, WIDEST)).shape
    assert shape == (2, 1)
    with pytest.raises(ValueError, match="last axis"):
        dirichlet.kl_divergence(a, jnp.ones(4, WIDEST))
