"""Each bound against the formula of its paper: value, derivatives, types, masks."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from bounds.formulas import CASES, by_name, sampled
from contract import WIDEST
from jaxinfo import bounds
from jaxinfo.benchmarks import _bound_formulas as formulas

every_bound = pytest.mark.parametrize("case", CASES, ids=str)


def close(got, want, what=""):
    contract.assert_close(got, want, contract.tolerance(WIDEST), what)


def first_order(fn):
    def both(*args):
        value, pull = jax.vjp(fn, *args)
        return value, pull(
            jnp.cos(jnp.arange(value.size, dtype=value.dtype)).reshape(value.shape)
        )

    return both


def test_every_bound_has_a_case():
    names = {case.name.split()[0] for case in CASES}
    assert names == set(bounds.__all__) - {"Embeddings"}


def test_value_and_gradient():
    """All bounds in one program."""
    args = [case.args() for case in CASES]

    @contract.quick
    def program(args):
        pairs = zip(CASES, args, strict=True)
        return [(first_order(c.fn)(*a), first_order(c.formula)(*a)) for c, a in pairs]

    for case, (got, want) in zip(CASES, program(args), strict=True):
        close(got, want, case.name)


@sampled("info_nce")
def test_transforms(case):
    args = case.args()
    tangents = case.args(seed=1)

    def derivatives(fn):
        def total(*args):
            return jnp.sum(jnp.sin(fn(*args)))

        gradient = jax.grad(total, argnums=tuple(range(len(args))))
        return {
            "jvp": jax.jvp(fn, args, tangents),
            "hvp": jax.jvp(gradient, args, tangents),
            "vmap": jax.vmap(jax.vmap(fn))(*args),
            "reverse twice": jax.grad(
                lambda *x: contract.weighted(tangents, gradient(*x))
            )(*args),
        }

    got, want = (
        contract.compiled(lambda f=f: derivatives(f))() for f in (case.fn, case.formula)
    )
    for part in want:
        close(got[part], want[part], part)
    for x in jax.tree.leaves(got):
        assert x.dtype == WIDEST
        assert not x.weak_type
    with contract.compilations() as seen:
        case.fn(*args)
        case.fn(*case.args(seed=3))
    assert seen[0] <= 3, "traced again for the same shapes"


@every_bound
def test_types(case):
    for dtype, width in (("float32", "float32"), ("bfloat16", "float32")):
        args = case.args(dtype=dtype)

        def both(*args, case=case):
            value, pull = jax.vjp(case.fn, *args)
            return value, pull(jnp.ones_like(value))

        value, gradients = jax.eval_shape(both, *args)
        assert (value.dtype, value.weak_type) == (width, False)
        assert {x.dtype for x in gradients} == {args[0].dtype}


@every_bound
def test_wrong_arguments_are_refused(case):
    matrix, *rest = case.args()
    name = next(iter(inspect.signature(case.formula).parameters))
    name = {"f": "scores", "q": "log_conditional"}[name]
    for bad in (matrix.astype("int32"), [[1.0, 2.0], [0.0, 1.0]]):
        with pytest.raises(TypeError, match=f"`{name}`"):
            case.fn(bad, *rest)
    for bad in (matrix[..., :-1], matrix[0, 0, 0], matrix[..., :1, :1]):
        with pytest.raises(ValueError, match=f"`{name}` must be square"):
            case.fn(bad, *rest)
    with pytest.raises(TypeError, match="`where` must be boolean"):
        case.fn(matrix, *rest, where=jnp.ones((5, 5), "int32"))
    with pytest.raises(ValueError, match="`where` must broadcast"):
        case.fn(matrix, *rest, where=jnp.ones((4, 5), bool))
    for bad, error in ((0, ValueError), (2.0, TypeError), (True, TypeError)):
        with pytest.raises(error, match="`tile_size`"):
            case.fn(matrix, *rest, tile_size=bad)
    for extra in rest:
        with pytest.raises(ValueError, match="must broadcast to the shape"):
            case.fn(matrix, jnp.zeros((7, *extra.shape), WIDEST))


def test_wrong_embeddings_are_refused():
    x = jnp.zeros((4, 3), "float32")
    with pytest.raises(ValueError, match=r"`x` and `y` must have the same shape"):
        bounds.nwj(bounds.Embeddings(x, x[:3]))
    with pytest.raises(TypeError, match="`y` must be float32"):
        bounds.nwj(bounds.Embeddings(x, x.astype("int32")))
    with pytest.raises(TypeError, match="`temperature` must be a real scalar"):
        bounds.nwj(bounds.Embeddings(x, x, jnp.ones(2)))


@sampled("info_nce")
def test_where_drops_samples(case):
    """The last sample absent: as if not drawn, whatever is written there."""
    matrix, *rest = case.args(batch=(3,))
    keep = np.ones((5, 5), bool)
    keep[-1] = keep[:, -1] = False
    hidden = jnp.where(keep[None], matrix, jnp.nan)
    cut = [x[..., :-1] if x.shape[-1:] == (5,) else x for x in rest]

    def program(hidden, matrix, rest, cut):
        masked = functools.partial(case.fn, where=keep)
        got = first_order(masked)(hidden, *rest)
        want = first_order(case.formula)(matrix[..., :-1, :-1], *cut)
        nothing = first_order(functools.partial(case.fn, where=keep & False))
        return got, want, nothing(hidden, *rest)

    got, want, nothing = contract.quick(program)(hidden, matrix, rest, cut)
    close(got[0], want[0], "value")
    close(got[1][0][..., :-1, :-1], want[1][0], "gradient")
    assert not np.asarray(got[1][0])[:, ~keep].any()
    if case.extra != "batch":
        assert not np.asarray(nothing[0]).any(), "nothing left"
    assert not np.asarray(nothing[1][0]).any()


def test_where_drops_single_negatives():
    """Of a row two negatives are left: the formula has their mean."""
    (f,) = by_name("info_nce").args(batch=())
    keep = np.ones((5, 5), bool)
    keep[0, 2] = keep[0, 4] = keep[3, 3] = False
    e = np.exp(np.asarray(f))
    want = [np.log(e[i, i] / e[i, keep[i]].mean()) for i in range(5) if keep[i, i]]
    got = bounds.info_nce(f, where=keep)
    np.testing.assert_allclose(got, np.mean(want), rtol=1e-5)
    others = keep & ~np.eye(5, dtype=bool)
    own = np.diag(np.asarray(f))[np.diag(keep)].mean()
    got = bounds.donsker_varadhan(f, where=keep)
    np.testing.assert_allclose(got, own - np.log(e[others].mean()), rtol=1e-5)


@sampled("nwj")
def test_nan_stays_in_its_batch(case):
    args = case.args(batch=(3,))
    spoiled = (args[0].at[1, 0, 0].set(jnp.nan), *args[1:])
    program = contract.quick(first_order(case.fn))
    value, gradients = program(*args)
    other, slopes = program(*spoiled)
    assert np.isnan(other[1])
    for x, y in zip((value, *gradients), (other, *slopes), strict=True):
        np.testing.assert_array_equal(x[::2], y[::2])


def test_interpolation_ends_at_its_neighbours():
    f, baseline = by_name("interpolated").args()
    close(bounds.interpolated(f, baseline, 0.0), formulas.tuba(f, baseline), "alpha 0")
    for alpha in (-0.1, 1.1, jnp.nan):
        assert jnp.isnan(bounds.interpolated(f, baseline, alpha)).all()


@pytest.mark.matrix
def test_gradient_in_alpha():
    """Finite at both ends, and that of the formula."""
    f, baseline = by_name("interpolated").args()

    def slopes(bound):
        alphas = jnp.asarray([0.0, 0.4, 1.0], WIDEST)
        return contract.quick(
            jax.vmap(jax.grad(lambda a: bound(f, baseline, a).sum()))
        )(alphas)

    want = slopes(formulas.interpolated)
    close(slopes(bounds.interpolated), want, "gradient in alpha")
