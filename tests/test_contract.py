"""Every public function keeps the contract of the library."""

import functools
import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import checkify

import contract
import jaxinfo
from contract import BATCH, WIDEST, Case
from contract_rows import CASES, public_names

every_function = pytest.mark.parametrize("case", CASES, ids=str)
# `checked` has no options, and under a mask it says that the table has another sum.
MEASURES = [case for case in CASES if case.name != "checked"]
# Formulas of their own stand for all: `test_transforms` asks values and gradients of
# every verb in the matrix. There is none without 64-bit types: that run asks here all
# but the longest programs of tables.
FORMULAS = {
    *("probs.bhattacharyya_distance", "probs.chi_squared_divergence"),
    *("probs.conditional_mutual_information", "probs.js_divergence"),
    *("probs.normalized_mutual_information", "probs.pointwise_mutual_information"),
    *("probs.renyi_divergence", "probs.wasserstein_distance"),
    *("logits.js_divergence", "logits.renyi_divergence"),
    *("losses.distillation_loss", "losses.softmax_cross_entropy_with_report"),
}
if not jax.config.jax_enable_x64:
    FORMULAS |= {
        case.name
        for case in CASES
        if not case.name.startswith("logits.") and "third" not in case.axes
    } - {"probs.chernoff_information"}
with_axes = contract.sampled("case", [case for case in MEASURES if case.axes])
of_pairs = contract.sampled(
    "case",
    [case for case in MEASURES if case.draws in (("table",) * 2, ("logits",) * 2)],
)
with_masks = contract.sampled(
    "case", [case for case in MEASURES if "where" in case.options]
)


def test_table_covers_the_public_names():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert set(names) == set(public_names())


@every_function
def test_options_are_those_of_the_signature(case):
    parameters = inspect.signature(case.fn).parameters.values()
    options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert sorted(options) == sorted(case.options)
    assert len(case.parameters) + len(options) == len(parameters)


@pytest.mark.parametrize("case", [c for c in CASES if c.name in FORMULAS], ids=str)
def test_value_and_gradient(case):
    args = case.make_args()
    _, weights = contract.directions(case, args)
    got = contract.first_order(case.fn, case)(args, weights)
    want = contract.first_order(case.reference, case)(args, weights)
    contract.assert_close(got, want, contract.tolerance(WIDEST), str(case))


@contract.sampled("case", CASES)
def test_transforms(case):
    args = case.make_args()
    directions = contract.directions(case, args)
    program = contract.program(case)
    got = program(args, *directions)
    want = contract.expected(case, args, *directions)
    close = functools.partial(
        contract.assert_close, tolerance=contract.tolerance(WIDEST)
    )
    for part in ("value", "jvp", "grad", "hvp", "vmap"):
        close(got[part], want[part], what=f"{part} of {case}")
    _check_types(case, args, got)
    tangents, weights = directions
    along = [contract.weighted(weights, got["jvp"])]
    close(along, [contract.weighted(tangents, got["grad"])], what="jvp of grad")
    if case.name == "checked":
        return
    # Not to the last bit: another program is fused otherwise.
    close(case.fn(*args), got["value"], what="eager value", tolerance=_rounding())
    if case.output != "total":
        close(got["vmap"], got["value"], what="vmap", tolerance=_rounding())
        _check_rows_are_independent(case, program, args, directions)
    with contract.compilations() as seen:
        other = case.make_args(seed=2)
        program(other, *directions)
        case.fn(*other)
    assert seen == [0], "traced again for the same shapes"


def _rounding() -> float:
    return 64 * float(jnp.finfo(WIDEST).eps)


def _check_types(case: Case, args: tuple, got: dict) -> None:
    for part in ("value", "jvp", "vmap"):
        for x in got[part]:
            assert x.dtype == WIDEST, part
            assert not x.weak_type, part
    for x, argument in zip(got["grad"], case.select(args), strict=True):
        assert (x.dtype, x.shape) == (argument.dtype, argument.shape)


def _check_rows_are_independent(case, program, args, directions) -> None:
    """Not one bit of the other rows changes with a NaN or a nearly equal row."""
    first, *rest = args
    spoiled = first.at[0, 0].set(jnp.nan)
    # One row nearly one-hot, one row where both arguments are nearly equal.
    sharp = jnp.full(first.shape[2:], 1e-12, WIDEST)
    sharp = sharp.at[..., -1:].set(0.999) if case.event else sharp
    spoiled = spoiled.at[0, 1].set(jnp.log(sharp) if "logits" in case.draws else sharp)
    if rest and case.draws[0] == case.draws[1]:
        rest[0] = rest[0].at[1, 0].set(first[1, 0] * (1 + 1e-6))
    got = program(args, *directions)
    other = program((spoiled, *rest), *directions)
    kept = np.array([[False, False, True], [False, True, True]])
    for part in got:
        for x, y in zip(got[part], other[part], strict=True):
            np.testing.assert_array_equal(
                np.asarray(x)[kept], np.asarray(y)[kept], err_msg=part
            )
    # What a report says besides the loss need not depend on the logits.
    assert jnp.isnan(other["value"][0][0, 0]).all(), "NaN in, no NaN out"


def _types_of(case: Case, args: tuple) -> tuple:
    """The abstract results and gradients, and nothing compiled."""

    def both(args: tuple):
        moving = case.select(args)
        results, pull = jax.vjp(case.with_moving(case.fn, args), *moving)
        return results, pull(jax.tree.map(jnp.ones_like, results))

    return jax.eval_shape(both, args)


@contract.sampled("case", CASES)
@pytest.mark.parametrize("dtype", ["float32", "mixed"])
def test_types(case, dtype):
    """Float32 stays, halves give float32, mixtures the widest; gradients come back."""
    halves = [WIDEST, "float16", "bfloat16"]
    wide = [{"float32": "float32", "mixed": WIDEST}[dtype]]
    if dtype == "mixed" and len(case.moving) == 1:
        # Nothing to mix with: both halves one by one.
        mixtures, wide = [("bfloat16",), ("float16",)], ["float32"] * 2
    else:
        mixtures = [halves if dtype == "mixed" else ["float32"] * 3]
    for mixture, width in zip(mixtures, wide, strict=True):
        args = list(case.make_args())
        for i, name in zip(case.moving, mixture, strict=False):
            args[i] = args[i].astype(name)
        results, gradients = _types_of(case, tuple(args))
        for x in jax.tree.leaves(results):
            assert (x.dtype, x.weak_type) == (width, False)
        for x, argument in zip(gradients, case.select(args), strict=True):
            assert (x.dtype, x.shape) == (argument.dtype, argument.shape)


@every_function
def test_wrong_arguments_are_refused(case):
    args = case.make_args()
    for i, name in enumerate(case.parameters):
        wrong = [args[i].tolist()] if i in case.moving else []
        if case.name != "probs.normalize":
            wrong.append(args[i].astype("float32" if i not in case.moving else "int32"))
        if i in case.moving:
            wrong.append(args[i].astype("complex64"))
        for bad in wrong:
            with pytest.raises(TypeError, match=f"`{name}`"):
                case.fn(*args[:i], bad, *args[i + 1 :])


@every_function
def test_python_options_are_refused_when_traced(case):
    for name in {"axis", "base", "x_axis"} & set(case.options):
        args = case.make_args()
        with pytest.raises(TypeError, match=name):
            case.fn(*args, **{name: [0]})


def _event_first(case: Case, x: jax.Array) -> jax.Array:
    """The axes of the outcomes in front, in reverse order; batch axes last."""
    if x.ndim == len(BATCH):
        return x
    return jnp.transpose(x, (*reversed(range(2, x.ndim)), 0, 1))


def _axes_in_front(case: Case, *, negative: bool) -> dict:
    shift = len(BATCH) + case.event if negative else 0
    return {
        name: tuple(-1 - axis - shift for axis in axes)
        if len(axes) > 1
        else -1 - axes[0] - shift
        for name, axes in case.axes.items()
    }


def _blocks(case: Case, x: jax.Array) -> jax.Array:
    """The last axis of the outcomes cut in two."""
    return x.reshape(*x.shape[:-1], 2, -1) if x.ndim > len(BATCH) else x


def _axes_of_blocks(case: Case) -> dict:
    split = {-1: (-2, -1), -2: (-3,), -3: (-4,)}
    return {name: sum((split[a] for a in axes), ()) for name, axes in case.axes.items()}


@with_axes
def test_axes_and_units(case):
    """The same numbers along other axes, in blocks of axes, and in bits."""
    args = case.make_args()
    table = case.output == "table"
    of_one_axis = ("wasserstein_distance", "generalized_js_divergence")
    blocks_allowed = "labels" not in case.draws and not case.name.endswith(of_one_axis)

    def program(args):
        def call(move, **options):
            return case.fn(*(move(case, x) for x in args), **options)

        result = {"plain": case.fn(*args)}
        for negative in (False, True):
            options = _axes_in_front(case, negative=negative)
            moved = call(_event_first, **options)
            if table:
                moved = jnp.transpose(moved, (-2, -1, *reversed(range(case.event))))
            result[f"moved, negative={negative}"] = moved
        if blocks_allowed:
            cut = call(_blocks, **_axes_of_blocks(case))
            result["blocks"] = cut.reshape(args[0].shape) if table else cut
        if "base" in case.options:
            in_bits = case.fn(*args, base=2)
            # The distance is the root of the divergence in that base.
            root = case.name.endswith("js_distance")
            factor = math.log(2) ** (0.5 if root else 1.0)
            result["base"] = jax.tree.map(lambda x: x * factor, in_bits)
        return result

    got = contract.quick(program)(args)
    for what, result in got.items():
        contract.assert_close(result, got["plain"], _rounding(), what)


@with_masks
def test_where_drops_the_outcomes(case):
    """Masked entries are as if they were not there, whatever they hold."""
    args = case.make_args()
    _, weights = contract.directions(case, args)
    shape = args[0].shape
    # The last outcome is absent everywhere, and in one row every one.
    keep = np.broadcast_to(np.arange(shape[-1]) < shape[-1] - 1, shape).copy()
    keep[1, 2] = False
    hidden = tuple(
        jnp.where(keep, x, jnp.nan) if i in case.moving else x
        for i, x in enumerate(args)
    )

    def program(args, keep, weights):
        def masked(*args):
            return case.fn(*args, where=keep)

        value, pull = jax.vjp(case.with_moving(masked, args), *case.select(args))
        return value, pull(weights)

    value, gradients = contract.quick(program)(hidden, keep, weights)
    rows = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    index = tuple(np.array(rows).T)
    short = tuple(x[index][..., :-1] if x.ndim > 2 else x[index] for x in args)
    table = case.output == "table"

    def formula(args, weights):
        of_moving = case.with_moving(case.reference, args)
        value, pull = jax.vjp(of_moving, *case.select(args))
        leaves = zip(jax.tree.leaves(value), weights, strict=True)
        cut = [w[index][..., :-1] if table else w[index] for _, w in leaves]
        return value, pull(jax.tree.unflatten(jax.tree.structure(value), cut))

    want, slopes = contract.quick(formula)(short, jax.tree.leaves(weights))
    got = [np.asarray(x)[index] for x in jax.tree.leaves(value)]
    got = [x[..., :-1] for x in got] if table else got
    tolerance = contract.tolerance(WIDEST)
    contract.assert_close(got, want, tolerance, "value")
    for x, slope in zip(gradients, slopes, strict=True):
        contract.assert_close(x[index][..., :-1], slope, tolerance, "gradient")
        assert not np.asarray(x)[~keep].any(), "gradient of what is absent"
    if not table:
        for x in jax.tree.leaves(value):
            assert x[1, 2] == 0, "nothing left"


@of_pairs
def test_batches_broadcast(case):
    """A single distribution stands for a batch of them, in gradients too."""
    args = case.make_args()
    _, weights = contract.directions(case, args)

    def program(p, q, weights):
        value, pull = jax.vjp(case.fn, p, q)
        swapped, pull_swapped = jax.vjp(case.fn, q, p)
        return value, pull(weights), swapped, pull_swapped(weights)

    p, q = args[0], args[1][0, 0]
    got = contract.quick(program)(p, q, weights)
    want = contract.quick(program)(p, jnp.broadcast_to(q, p.shape), weights)
    want = (
        want[0],
        (want[1][0], want[1][1].sum((0, 1))),
        want[2],
        (want[3][0].sum((0, 1)), want[3][1]),
    )
    contract.assert_close(got, want, _rounding(), "broadcast")


@pytest.mark.parametrize(
    "fn",
    [
        jaxinfo.binary_entropy,
        jaxinfo.self_information,
        jaxinfo.logits.binary_entropy,
        functools.partial(jaxinfo.binary_kl_divergence, 0.5),
    ],
)
def test_python_numbers_give_strong_types(fn):
    x = fn(0.25)
    assert not x.weak_type
    assert x.dtype == WIDEST


def test_checked_names_the_argument_and_the_row():
    entropy = jaxinfo.checked(jax.jit(jaxinfo.entropy))
    tables = jnp.full((4, 2), 0.5)
    assert entropy(tables).shape == (4,)
    for bad, what in [(jnp.nan, "is NaN"), (-1.0, "is negative"), (0.2, "sum to one")]:
        with pytest.raises(checkify.JaxRuntimeError, match=f"`p`.*{what}.*row 2"):
            entropy(tables.at[2, 1].set(bad))


def test_checked_steps_are_differentiated_inside():
    step = jaxinfo.checked(jax.jit(jax.grad(lambda p: jaxinfo.entropy(p).sum())))
    tables = jnp.full((2, 2), 0.5)
    contract.assert_close(step(tables), jnp.log(2.0) - 1 + 0 * tables, 1e-6, "grad")
    with pytest.raises(checkify.JaxRuntimeError, match="`p` is NaN in row 1"):
        step(tables.at[1, 0].set(jnp.nan))


def test_compilations_are_counted():
    with contract.compilations() as seen:
        jax.jit(lambda x: x + 1)(jnp.ones(3))
    assert seen[0] >= 2
