"""The full product of functions, transforms and dtypes; marked `matrix`, for CI."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import checkify

import contract
import jaxinfo
from contract import BATCH, HALVES, WIDEST, WIDTHS
from contract_rows import CASES, VARIANTS, public_names

pytestmark = pytest.mark.matrix

# `checked` goes outermost: it has no part in what goes around a function.
NESTED = [case for case in [*CASES, *VARIANTS] if case.name != "checked"]
MAPPED = [case for case in NESTED if case.output != "total"]

every_case = pytest.mark.parametrize("case", NESTED, ids=str)
every_width = pytest.mark.parametrize("dtype", WIDTHS)


def rounding(dtype):
    return 64 * float(jnp.finfo(dtype).eps)


def looped(case, fn, args):
    """One row after another."""
    flat = [x.reshape(-1, *x.shape[len(BATCH) :]) for x in args]
    rows = jax.lax.map(lambda row: fn(*row), tuple(flat))
    return jax.tree.map(lambda x: x.reshape(*BATCH, *x.shape[1:]), rows)


def scanned(case, fn, args):
    """In the body of a scan, its results carried along too."""

    def body(carry, row):
        result = fn(*row)
        return contract.weighted(result, result) + carry, result

    start = jnp.zeros((), jax.tree.leaves(jax.eval_shape(fn, *args))[0].dtype)
    return jax.lax.scan(body, start, args)[1]


def rematerialized(case, fn, args):
    return jax.checkpoint(fn)(*args)


def conditional(case, fn, args):
    result = jax.eval_shape(fn, *args)
    nothing = jax.tree.map(lambda x: jnp.full(x.shape, jnp.nan, x.dtype), result)
    return jax.lax.cond(args[0].size > 0, lambda: fn(*args), lambda: nothing)


def mapped_over_the_last_axis(case, fn, args):
    """A batch axis behind the outcomes, `vmap` in front and behind."""
    moved = [jnp.moveaxis(x, 0, -1) for x in args]
    inner = jax.vmap(fn)
    return jax.vmap(inner, in_axes=-1)(*moved)


def linearized(case, fn, args):
    """The value, and a directional derivative that has to be zero along zero."""
    moving = case.select(args)
    value, push = jax.linearize(case.with_moving(fn, args), *moving)
    still = push(*map(jnp.zeros_like, moving))
    return jax.tree.map(jnp.add, value, still)


ANYWHERE = [rematerialized, conditional, linearized]
BY_ROW = [looped, scanned, mapped_over_the_last_axis]


@every_width
@every_case
def test_value_and_gradient_wherever_it_is_called(case, dtype):
    args = case.make_args(dtype=dtype)
    _, weights = contract.directions(case, args)

    def both(call):
        value, pull = jax.vjp(case.with_moving(call, args), *case.select(args))
        return jax.tree.leaves(value), pull(weights)

    def nested(transform):
        return both(lambda *full: transform(case, case.fn, full))

    transforms = ANYWHERE if case.output == "total" else ANYWHERE + BY_ROW
    got = contract.quick(lambda: {t.__name__: nested(t) for t in transforms})()
    want = contract.quick(lambda: both(case.fn))()
    for name, result in got.items():
        contract.assert_close(result, want, rounding(dtype), name)


# The default run has the functions in the widest dtype, without their variants.
@pytest.mark.parametrize(
    ("case", "dtype"),
    [(case, dtype) for case in NESTED for dtype in WIDTHS if dtype != WIDEST]
    + [(case, WIDEST) for case in VARIANTS],
    ids=str,
)
def test_transforms_of_every_width_and_variant(case, dtype):
    args = case.make_args(dtype=dtype)
    directions = contract.directions(case, args)
    got = contract.program(case)(args, *directions)
    want = contract.expected(case, args, *directions)
    for part in got:
        contract.assert_close(got[part], want[part], contract.tolerance(dtype), part)
        for x in got[part]:
            assert (x.dtype, x.weak_type) == (dtype, False)


@every_case
def test_jacobians_and_hessians(case):
    """Forward, reverse and both over each other, of one row in full."""
    args = case.make_args()
    row = args if case.output == "total" else tuple(x[0, 0] for x in args)

    def all_of_them(fn):
        of_moving = case.with_moving(fn, row)
        moving = case.select(row)
        every = tuple(range(len(moving)))

        def leaves(*moving):
            return jax.tree.leaves(of_moving(*moving))

        return {
            "jacfwd": jax.jacfwd(leaves, every)(*moving),
            "jacrev": jax.jacrev(leaves, every)(*moving),
            "hessian": jax.hessian(leaves, every)(*moving),
            "twice reverse": jax.jacrev(jax.jacrev(leaves, every), every)(*moving),
        }

    got = contract.quick(lambda: all_of_them(case.fn))()
    want = contract.quick(lambda: all_of_them(case.reference))()
    for part in got:
        contract.assert_close(got[part], want[part], contract.tolerance(WIDEST), part)


@pytest.mark.usefixtures("optimized")
@pytest.mark.parametrize("half", HALVES)
@every_case
def test_halves_are_computed_in_float32(case, half):
    """To the last bit; the gradients are those of float32, rounded once."""
    args = case.make_args(dtype=half)
    wide = tuple(x.astype("float32") if x.dtype == half else x for x in args)
    _, weights = contract.directions(case, wide)

    @jax.jit
    def both(args):
        value, pull = jax.vjp(case.with_moving(case.fn, args), *case.select(args))
        return jax.tree.leaves(value), pull(weights)

    value, gradients = both(args)
    want, slopes = both(wide)
    for x, y in zip(value, want, strict=True):
        assert (x.dtype, x.weak_type) == ("float32", False)
        np.testing.assert_array_equal(x, y)
    for x, y in zip(gradients, slopes, strict=True):
        assert x.dtype == half
        np.testing.assert_array_equal(x, y.astype(half))


@every_case
def test_value_checks_report_the_row(case):
    """Every function says which argument is NaN, and where, when it is asked."""
    checked = jaxinfo.checked(jax.jit(case.fn))
    args = case.make_args()
    checked(*args)
    if case.name in {"losses.masked_mean", "probs.normalize"}:
        pytest.skip("takes values that may be anything")
    # A batch of 2 x 3 is counted row by row; of each, several tables in their turn.
    row = 9 if case.name.endswith("generalized_js_divergence") else 3
    by_entry = ("sigmoid_cross_entropy", "kl_estimate", "kl_surrogate")
    row = 18 if case.name.endswith(by_entry) else row
    for i in case.moving:
        bad = (*args[:i], args[i].at[1, 0].set(jnp.nan), *args[i + 1 :])
        said = rf"`{case.parameters[i]}` is (NaN|not in \[0, 1\]) in (row|entry) {row} "
        with pytest.raises(checkify.JaxRuntimeError, match=said):
            checked(*bad)


def test_every_public_name_is_here():
    names = {case.name for case in NESTED}
    assert names | {"checked"} == set(public_names())
