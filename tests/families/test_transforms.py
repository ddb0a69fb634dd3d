"""Every closed form under jit, vmap, jvp and grad, at equality too; bad input."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from families import cases
from families.cases import WIDEST, close

LIGHT = [name for name in cases.NAMES if name not in cases.HEAVY]
# What is compiled of the heavy families in the default run.
LEADING = ("entropy", "kl_divergence")
RUNS = [
    *((name, None) for name in LIGHT),
    *((name, LEADING) for name in cases.HEAVY),
    *(
        pytest.param(name, None, marks=pytest.mark.matrix, id=f"{name}-all")
        for name in cases.HEAVY
    ),
]


def tangent_to(name, p, rng):
    along = [rng.normal(size=x.shape) * np.maximum(np.abs(x), 0.1) for x in p]
    if name == "categorical":
        # Along the simplex: off it the divergence is the generalized one.
        along = [x - x.mean(-1, keepdims=True) for x in along]
    return tuple(along)


@pytest.mark.parametrize(("name", "only"), RUNS)
def test_derivatives(name, only):
    """By forward and by reverse mode, against differences of values; vmap is a loop."""
    p, q = cases.draw(name)
    rng = np.random.default_rng(1)
    along = (tangent_to(name, p, rng), tangent_to(name, q, rng), 0.3)
    weights = [1.0 + 0.375 * i for i in range(len(cases.measured(name, only)))]
    mapped, change, gradient = cases.slopes(name, p, q, 1.1, along, weights, only)
    value = cases.values(name, p, q, 1.1)
    step = 1e-5 if WIDEST == "float64" else 1e-2

    def moved(by):
        a, b = (
            tuple(x + by * d for x, d in zip(point, direction, strict=True))
            for point, direction in zip((p, q), along[:2], strict=True)
        )
        return cases.values(name, a, b, 1.1 + by * along[2])

    ahead, behind = moved(step), moved(-step)
    for verb in mapped:
        assert mapped[verb].shape == cases.BATCH, verb
        assert mapped[verb].dtype == WIDEST
        assert not mapped[verb].weak_type
        close(mapped[verb], value[verb], 1e-13, verb)
        finite = np.isfinite(value[verb][0])
        if WIDEST == "float64":
            slope = (ahead[verb] - behind[verb])[0] / step / 2
            np.testing.assert_allclose(
                change[verb][0][finite],
                slope[finite],
                rtol=1e-5,
                atol=1e-7,
                err_msg=verb,
            )
    both = zip(jax.tree.leaves(gradient), jax.tree.leaves(along), strict=True)
    total = sum(float(jnp.sum(slope * d)) for slope, d in both)
    changes = (jnp.sum(change[verb]) for verb in cases.measured(name, only))
    close(total, sum(w * c for w, c in zip(weights, changes, strict=True)), 1e-10)


@pytest.mark.parametrize(("name", "only"), RUNS)
def test_zero_at_equality(name, only):
    """Exactly, at every order; and a gradient of 0, but for one-sided divergences."""
    p, _ = cases.draw(name)
    distances = [v for v in cases.verbs(name) if v.endswith(("divergence", "distance"))]
    for alpha in (0.0, 0.5, 1.0, 2.0, np.inf):
        value = cases.values(name, p, p, alpha)
        for verb in distances:
            assert (value[verb] == 0).all(), (verb, alpha)
    along = (tuple(map(np.ones_like, p)), tuple(map(np.zeros_like, p)), 0.0)
    weights = [float(verb in distances) for verb in cases.measured(name, only)]
    for alpha in (0.5, 1.0, 2.0):
        _, _, gradient = cases.slopes(name, p, p, alpha, along, weights, only)
        for slope in jax.tree.leaves(gradient[:2]):
            if name in ("pareto", "uniform", "categorical"):
                assert jnp.isfinite(slope).all()
            else:
                np.testing.assert_allclose(slope, 0, atol=1e-6)


ALL = [
    pytest.param(name, verb, fn, id=f"{name}.{verb}")
    for name in cases.NAMES
    for verb, fn in cases.verbs(name).items()
]


def _named(name, fn):
    (p, q), fields = cases.draw(name), cases.module(name).Params._fields
    known = dict(zip(fields, p, strict=True))
    known |= {f"{f}_p": x for f, x in zip(fields, p, strict=True)}
    known |= {f"{f}_q": x for f, x in zip(fields, q, strict=True)}
    known |= {"alpha": np.asarray(1.1), "correlation": np.full(cases.BATCH, 0.4)}
    names = [k for k in inspect.signature(fn).parameters if k in known]
    return {k: jnp.asarray(known[k], WIDEST) for k in names}


@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_types_and_bad_input(name, verb, fn):
    """Half precision is widened; what cannot be computed is refused by name."""
    given = _named(name, fn)
    shape = jax.eval_shape(fn, **{k: v.astype("bfloat16") for k, v in given.items()})
    assert shape.dtype == "float32"
    assert shape.shape == cases.BATCH
    keys = [k for k in given if k != "alpha"]
    for key in keys:
        for wrong in (given[key].astype("int32"), [1.0]):
            with pytest.raises(TypeError, match=f"`{key}`"):
                jax.eval_shape(fn, **given | {key: wrong})
    if "alpha" in given:
        with pytest.raises(TypeError, match="`alpha`"):
            jax.eval_shape(fn, **given | {"alpha": jnp.ones(2)})
    if len(keys) > 1:
        with pytest.raises(ValueError, match="broadcast"):
            fn(**given | {keys[0]: jnp.ones((5, *given[keys[0]].shape[1:]), WIDEST)})
    if "base" in inspect.signature(fn).parameters:
        with pytest.raises(TypeError, match="`base`"):
            fn(**given, base=[2])
        with pytest.raises(ValueError, match="`base`"):
            fn(**given, base=1)


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "verb", "fn"), ALL)
def test_base_and_second_derivatives(name, verb, fn):
    """Bits are nats over log 2; Hessians are finite where the value is."""
    given = _named(name, fn)
    value = fn(**given)
    if "base" in inspect.signature(fn).parameters:
        close(fn(**given, base=2) * np.log(2), value, 1e-14)
    moving = {k: v[0] for k, v in given.items() if k != "alpha"}
    order = {k: v for k, v in given.items() if k == "alpha"}

    def total(moving):
        return jnp.sum(fn(**moving, **order))

    ones = jax.tree.map(jnp.ones_like, moving)
    _, curved = jax.jit(lambda m: jax.jvp(jax.grad(total), (m,), (ones,)))(moving)
    if np.isfinite(value[0]).all():
        assert all(jnp.isfinite(x).all() for x in jax.tree.leaves(curved))


def test_batches_broadcast():
    normal, dirichlet = cases.module("normal"), cases.module("dirichlet")
    loc, scale = jnp.zeros((3, 1), WIDEST), jnp.ones(4, WIDEST)
    one = jnp.ones((), WIDEST)
    assert normal.kl_divergence(loc, scale, one, one).shape == (3, 4)
    assert normal.entropy(scale, loc=loc).shape == (3, 4)
    a = jnp.ones((2, 1, 5), WIDEST)
    assert dirichlet.kl_divergence(a, jnp.ones(5, WIDEST)).shape == (2, 1)
    with pytest.raises(ValueError, match="last axis"):
        dirichlet.kl_divergence(a, jnp.ones(4, WIDEST))
