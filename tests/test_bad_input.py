"""Bad arguments are refused with their name, what was expected and what was got."""

import inspect
import itertools
import re
from functools import partial

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from jaxinfo import logits, losses, probs

TABLE = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
CUBE = np.full((2, 2, 2), 0.125, np.float32)
ROW = np.full(3, 1 / 3, np.float32)
LABELS = np.array([0, 1], np.int32)

label_loss = losses.softmax_cross_entropy_with_integer_labels
soft_loss = losses.softmax_cross_entropy


def refuses(error, call, *parts):
    """Checks that a call raises, and that its message has the parts in this order."""
    pattern = "(?s)" + ".*".join(parts)
    with pytest.raises(error, match=pattern) as caught:
        call()
    # Not an error of JAX or NumPy that happens to derive from the class expected.
    assert caught.type is error
    message = str(caught.value)
    assert message.endswith("."), message
    assert len(message) < 250, message


def of_one(name):
    """The measures of one or two arrays in both rooms, on a table; by name."""
    return [getattr(room, name) for room in (probs, logits) if hasattr(room, name)]


def first(verb):
    """The name of the first argument."""
    return f"`{next(iter(inspect.signature(verb).parameters))}`"


# What measures take besides distributions; tested with them.
OTHERS = {"alpha": 0.5, "f": jnp.sqrt, "weights": np.full(2, 0.5, np.float32)}


def _bound(verb):
    """The measure as a function of distributions alone."""
    more = OTHERS.keys() & inspect.signature(verb).parameters.keys()
    if not more:
        return verb
    bound = partial(verb, **{name: OTHERS[name] for name in more})
    bound.__module__ = verb.__module__
    return bound


def _arrays(verb):
    """How many array arguments a measure takes."""
    kinds = inspect.signature(verb).parameters.values()
    return sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in kinds)


# Each of their programs is traced until it raises, and some are long.
LONG = ("chernoff_information", "dual_total_correlation", "o_information")
MEASURES = [
    pytest.param(
        _bound(getattr(room, name)),
        id=f"{room.__name__}.{name}",
        marks=pytest.mark.matrix if name in LONG else (),
    )
    for room in (probs, logits)
    for name in room.__all__
]
WITH = {
    option: [m for m in MEASURES if option in inspect.signature(m.values[0]).parameters]
    for option in ("axis", "base", "where", "x_axis")
}


def _good(verb):
    """Arguments of the right type and shape."""
    last = list(inspect.signature(verb).parameters)
    return [CUBE if "z_axis" in last else TABLE] * _arrays(verb)


def test_every_measure_is_listed():
    # So that an empty list cannot pass for success.
    assert len(MEASURES) == len(probs.__all__) + len(logits.__all__)
    assert {
        option: len(found) >= 10 for option, found in WITH.items()
    } == dict.fromkeys(WITH, True)


@pytest.mark.parametrize("verb", MEASURES)
def test_lists_are_refused(verb):
    wrong = [a.tolist() for a in _good(verb)]
    refuses(TypeError, lambda: verb(*wrong), first(verb), "array", "list", "asarray")


@pytest.mark.parametrize("verb", MEASURES)
def test_other_types_are_refused(verb):
    good = _good(verb)
    dtypes = [bool, np.complex64, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]
    if verb is not probs.normalize:  # where counts are welcome
        dtypes += [np.int32, np.uint8]
    for dtype, k in itertools.product(dtypes, range(len(good))):
        wrong = [a.astype(dtype) if i == k else a for i, a in enumerate(good)]
        name = f"`{list(inspect.signature(verb).parameters)[k]}`"
        found = f"dtype {np.dtype(dtype).name}"
        refuses(TypeError, lambda w=wrong: verb(*w), name, "float32", "got", found)


@pytest.mark.parametrize("verb", WITH["where"])
def test_integer_tables_are_told_what_to_do(verb):
    wrong = [a.astype(np.int32) for a in _good(verb)]
    hint = "jaxinfo.normalize" if verb.__module__.startswith("jaxinfo.probs") else ""
    refuses(TypeError, lambda: verb(*wrong), first(verb), "got dtype int32", hint)


AXES = [
    (3, ValueError, [r"\[-[123], [123]\)", "got 3"]),
    (-4, ValueError, [r"\[-[123], [123]\)", "got -4"]),
    ((0, 0), ValueError, ["distinct", r"got \(0, 0\)"]),
    ((0, 5), ValueError, [r"\[-[123], [123]\)", r"got \(0, 5\)"]),
    ((), ValueError, ["distinct", r"got \(\)"]),
    (1.0, TypeError, ["int", "got 1.0"]),
    ("x", TypeError, ["int", "got 'x'"]),
    (None, TypeError, ["int", "got None"]),
    (np.array(1), TypeError, ["static", "got ndarray"]),
    ([0, 1], TypeError, ["static", "tuple", "got list"]),
]


@pytest.mark.parametrize("verb", WITH["axis"] + WITH["x_axis"])
def test_bad_axes_are_refused(verb):
    names = ("axis", "given", "x_axis", "y_axis", "z_axis")
    names = [n for n in names if n in inspect.signature(verb).parameters]
    for name, (axis, error, parts) in itertools.product(names, AXES):
        if name == "z_axis" and isinstance(axis, tuple) and not axis:
            continue  # no condition: mutual information
        refuses(
            error,
            lambda n=name, a=axis: verb(*_good(verb), **{n: a}),
            f"`{name}`",
            *parts,
        )


BASES = [
    (0, ValueError, "0"),
    (-2, ValueError, "-2"),
    (1, ValueError, "1"),
    (1.0, ValueError, "1.0"),
    (float("nan"), ValueError, "nan"),
    (float("inf"), ValueError, "inf"),
    ("2", TypeError, "str"),
    (True, TypeError, "bool"),
    (2j, TypeError, "complex"),
    (np.array(2.0), TypeError, "ndarray"),
    ([2], TypeError, "list"),
]


# Refused at the end of a trace each: by default one, by one verb all.
@pytest.mark.parametrize(
    "bases",
    [
        pytest.param(BASES[:1], id="one"),
        pytest.param(BASES, id="all", marks=pytest.mark.matrix),
    ],
)
@pytest.mark.parametrize("verb", WITH["base"])
def test_bad_bases_are_refused(verb, bases):
    for base, error, got in bases:
        expected = "positive" if error is ValueError else "number"
        refuses(
            error,
            lambda b=base: jax.eval_shape(partial(verb, base=b), *_good(verb)),
            "`base`",
            expected,
            f"got {got}",
        )


@pytest.mark.parametrize("verb", of_one("entropy"))
def test_every_bad_base_is_refused(verb):
    test_bad_bases_are_refused(verb, BASES)


@pytest.mark.parametrize("verb", WITH["where"])
def test_bad_masks_are_refused(verb):
    good = _good(verb)
    shape = good[0].shape
    full, more = np.ones(shape), np.ones((2, *shape), bool)
    wrong = np.ones((*shape[:-1], 3), bool)
    name = first(verb)
    for mask in (full, full.astype(np.int32)):
        kind = f"dtype {jnp.asarray(mask).dtype}"
        refuses(
            TypeError, lambda m=mask: verb(*good, where=m), "`where`", "boolean", kind
        )
    for mask in (more, wrong):
        got = re.escape(f"got shape {mask.shape}")
        want = re.escape(str(shape))
        refuses(
            ValueError, lambda m=mask: verb(*good, where=m), "`where`", want, name, got
        )


PAIRS = [m for m in WITH["where"] if _arrays(m.values[0]) == 2]


@pytest.mark.parametrize("verb", PAIRS)
def test_outcomes_that_do_not_match_are_refused(verb):
    names = [f"`{n}`" for n in list(inspect.signature(verb).parameters)[:2]]
    cases = [
        ((3,), (4,), {}),
        ((2, 3), (2, 1), {}),
        ((2, 3), (4, 3), {}),
        ((2, 3), (3,), {"axis": 0}),
        ((3, 2), (3, 4), {"axis": (0, 1)}),
    ]
    for one, other, options in cases:
        arrays = [np.ones(s, np.float32) for s in (one, other)]
        shapes = [re.escape(str(s)) for s in (one, other)]
        refuses(ValueError, lambda a=arrays, o=options: verb(*a, **o), *names, *shapes)


@pytest.mark.parametrize("verb", of_one("binary_kl_divergence"))
def test_entries_that_do_not_broadcast_are_refused(verb):
    arrays = np.full(2, 0.5, np.float32), ROW
    refuses(ValueError, lambda: verb(*arrays), first(verb), "broadcast", r"\(2,\)")


@pytest.mark.parametrize("verb", WITH["x_axis"])
def test_axis_of_two_variables_is_refused(verb):
    table = _good(verb)[0]
    for x, y in ((-1, -1), (table.ndim - 1, -1), ((-2, -1), -1)):
        refuses(
            ValueError,
            lambda x=x, y=y: verb(table, x_axis=x, y_axis=y),
            "axis",
            re.escape(f"`x_axis`={x!r}, `y_axis`={y!r}"),
        )


@pytest.mark.parametrize("verb", of_one("conditional_entropy"))
def test_condition_on_itself_is_refused(verb):
    refuses(
        ValueError, lambda: verb(TABLE, axis=0, given=(0, 1)), "`given`=.*", "`axis`=0"
    )


@pytest.mark.parametrize("verb", WITH["x_axis"])
def test_missing_axes_of_variables_are_refused(verb):
    refuses(ValueError, lambda: verb(ROW), "`x_axis`", "1 dimension", "got -[23]")


@pytest.mark.parametrize("verb", of_one("normalized_mutual_information"))
@pytest.mark.parametrize("kind", ["mean", "Arithmetic", None, 2])
def test_unknown_normalization_is_refused(verb, kind):
    refuses(
        ValueError,
        lambda: verb(TABLE, normalization=kind),
        "`normalization`",
        "'arithmetic', 'geometric', 'min', 'max', 'joint'",
        f"got {kind!r}",
    )


@pytest.mark.parametrize("axis_name", [3, ("a", 1), b"x"])
@pytest.mark.parametrize("verb", [logits.entropy, logits.mutual_information])
def test_bad_axis_names_are_refused(verb, axis_name):
    got = re.escape(repr(axis_name))
    refuses(
        TypeError,
        lambda: verb(TABLE, axis_name=axis_name),
        "`axis_name`",
        "string",
        got,
    )


@pytest.mark.parametrize("option", ["axis", "base"])
def test_traced_options_are_refused(option):
    def call():
        jax.jit(lambda v: probs.entropy(TABLE, **{option: v}))(2)

    refuses(TypeError, call, f"`{option}`", "static", "Tracer")


LABEL_CASES = [
    (
        (np.array([0.0, 1.0], np.float32),),
        {},
        TypeError,
        ["`labels`", "int", "float32"],
    ),
    ((np.array([True, False]),), {}, TypeError, ["`labels`", "int", "bool"]),
    (
        (np.eye(2, dtype=np.int32),),
        {},
        ValueError,
        ["`labels`", r"\(2,\)", r"\(2, 2\)"],
    ),
    ((np.zeros(3, np.int32),), {}, ValueError, ["`labels`", r"\(2,\)", r"\(3,\)"]),
    ((LABELS,), {"axis": (0, 1)}, ValueError, ["`axis`", "single", r"\(0, 1\)"]),
    ((LABELS,), {"ignore_index": 1.0}, TypeError, ["`ignore_index`", "int", "float"]),
    ((LABELS,), {"ignore_index": "1"}, TypeError, ["`ignore_index`", "int", "str"]),
    ((LABELS,), {"ignore_index": True}, TypeError, ["`ignore_index`", "int", "bool"]),
    ((LABELS,), {"ignore_index": [1]}, TypeError, ["`ignore_index`", "list"]),
]


@pytest.mark.parametrize(("labels", "options", "error", "parts"), LABEL_CASES)
def test_bad_labels_are_refused(labels, options, error, parts):
    refuses(error, lambda: label_loss(TABLE, *labels, **options), *parts)


@pytest.mark.parametrize("option", ["label_smoothing", "z_loss"])
@pytest.mark.parametrize("value", [np.ones(2, np.float32), True, 1j])
def test_shares_that_are_no_real_scalars_are_refused(option, value):
    for loss, answer in ((label_loss, LABELS), (soft_loss, TABLE)):
        refuses(
            TypeError,
            lambda f=loss, a=answer: f(TABLE, a, **{option: value}),
            f"`{option}`",
            "real scalar",
            "got",
        )


@pytest.mark.parametrize("loss", [soft_loss, losses.softmax_cross_entropy_with_report])
def test_bad_targets_are_refused(loss):
    labels = "softmax_cross_entropy_with_integer_labels"
    whole = TABLE.astype(np.int32)
    refuses(TypeError, lambda: loss(TABLE, whole), "`targets`", "int32", labels)
    refuses(TypeError, lambda: loss(TABLE, TABLE.tolist()), "`targets`", "list")
    refuses(
        ValueError, lambda: loss(TABLE, TABLE[0]), "`targets`", "`logits`", r"\(2,\)"
    )
    refuses(TypeError, lambda: loss(TABLE.tolist(), TABLE), "`logits`", "list")


def test_options_of_the_other_kind_of_targets_are_refused():
    loss = losses.softmax_cross_entropy_with_report
    refuses(TypeError, lambda: soft_loss(TABLE, LABELS), "`targets`", "int32")
    refuses(ValueError, lambda: loss(TABLE, LABELS[:1]), "`targets`", r"\(1,\)")
    for name, value in (("ignore_index", 1), ("focal", 2.0)):
        refuses(
            ValueError,
            lambda options={name: value}: loss(TABLE, TABLE, **options),
            f"`{name}`",
            "integer `targets`",
        )


def test_bad_averages_are_refused():
    mean, where = losses.masked_mean, TABLE > 0
    refuses(TypeError, lambda: mean(LABELS, where[0]), "`values`", "int32")
    refuses(TypeError, lambda: mean([1.0], where), "`values`", "array", "list")
    refuses(TypeError, lambda: mean(TABLE, LABELS), "`where`", "boolean", "int32")
    refuses(ValueError, lambda: mean(TABLE, ROW > 0), "`where`", r"\(2, 2\)", r"\(3,\)")
    refuses(TypeError, lambda: mean(TABLE, where, empty=TABLE), "`empty`", "scalar")


class DataFrame:
    """A table of pandas, as far as the message about it looks."""

    def to_numpy(self):
        return TABLE


def test_tables_of_other_libraries_are_named():
    for verb in (probs.entropy, probs.normalize, logits.entropy):
        with pytest.raises(TypeError, match=r"`.*` must .* DataFrame: .*to_numpy"):
            verb(DataFrame())
    with pytest.raises(TypeError, match="positional argument"):
        probs.entropy(TABLE, 0)
