"""The rows of the contract: every public function, its formula and its options."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxinfo
from contract import Case
from jaxinfo.benchmarks import _formulas as textbook

__all__ = ["CASES", "VARIANTS", "public_names"]

ROOMS = ("probs", "logits", "losses")
# Arguments that are no distributions: their own tests ask what the contract does.
ELSEWHERE = {
    "losses.linear_distillation_loss",
    "losses.linear_softmax_cross_entropy",
    "losses.linear_softmax_cross_entropy_with_report",
    "losses.sampled_targets",
    "losses.softmax_cross_entropy_with_sparse_targets",
    "losses.top_k_targets",
}


def public_names() -> list[str]:
    """Every public function, by the shortest path that owns it."""
    names = ["checked"]
    for room in ROOMS:
        module = getattr(jaxinfo, room)
        functions = (n for n in module.__all__ if inspect.isroutine(getattr(module, n)))
        names += [f"{room}.{name}" for name in functions]
    return [name for name in names if name not in ELSEWHERE]


_AXIS = {"axis": (-1,)}
_BLOCKS = {"x_axis": (-2,), "y_axis": (-1,)}
_JOINT_AXES = {
    "conditional_entropy": {"axis": (-1,), "given": (-2,)},
    "conditional_mutual_information": {
        "x_axis": (-3,),
        "y_axis": (-2,),
        "z_axis": (-1,),
    },
    "joint_entropy": {"axis": (-2, -1)},
}
# A number without a unit has no base.
_WITHOUT_BASE = {
    "bhattacharyya_coefficient",
    "chi_squared_divergence",
    "hellinger_distance",
    "normalized_entropy",
    "normalized_mutual_information",
    "perplexity",
    "squared_hellinger_distance",
    "total_variation_distance",
    "alpha_divergence",
    "f_divergence",
    "tsallis_divergence",
    "tsallis_entropy",
    "wasserstein_distance",
}
_TABLE_OUT = {"normalize", "pointwise_mutual_information", "self_information"}


def _measure(room: str, name: str, formula: Callable, event: int) -> Case:
    """The row of one measure, in the room of tables or in that of logits."""
    single = event == 0 or (name == "self_information" and room == "probs")
    axes = {} if single else _JOINT_AXES.get(name, _AXIS if event < 2 else _BLOCKS)
    options = [*axes] if single or name == "normalize" else [*axes, "where"]
    options += [] if name in {*_WITHOUT_BASE, "normalize"} else ["base"]
    options += ["normalization"] if name == "normalized_mutual_information" else []
    options += ["positions"] if name == "wasserstein_distance" else []
    reference = formula
    if room == "logits":
        options += [] if single else ["axis_name"]
        of_rows = textbook.of_logits(formula, event)
        reference = textbook.of_single_logits(formula) if single else of_rows
    draw = {"probs": "table", "logits": "logits"}[room]
    return Case(
        name=f"{room}.{name}",
        fn=getattr(getattr(jaxinfo, room), name),
        reference=reference,
        draws=(draw,) * len(inspect.signature(formula).parameters)
        if name != "normalized_mutual_information"
        else (draw,),
        event=0 if single else event,
        axes=axes,
        options=tuple(options),
        output="table" if name in _TABLE_OUT else "row",
    )


def _measures() -> Iterator[Case]:
    formulas = [textbook.BINARY, textbook.TABLES, textbook.JOINT, textbook.TRIPLE]
    for event, table in enumerate(formulas):
        for name, formula in table.items():
            yield _measure("probs", name, formula, event)
            if name != "normalize":
                yield _measure("logits", name, formula, event)


def _bound(room: str, name: str, formula: Callable, **bound: Any) -> Case:
    """The row of a measure that takes more than distributions: the rest is bound."""
    variables = list(inspect.signature(formula).parameters)
    distributions = [v for v in variables if v not in bound]
    of_tables = functools.partial(formula, **bound)
    several = name == "generalized_js_divergence"
    axes = {**_AXIS, "component_axis": (-2,)} if several else _AXIS
    options = [*axes, "where", *bound]
    options += [] if name in _WITHOUT_BASE else ["base"]
    options += ["axis_name"] if room == "logits" else []
    return Case(
        name=f"{room}.{name}",
        fn=functools.partial(getattr(getattr(jaxinfo, room), name), **bound),
        reference=of_tables if room == "probs" else textbook.of_logits(of_tables, 1),
        draws=({"probs": "tables" if several else "table", "logits": "logits"}[room],)
        * len(distributions),
        event=2 if several else 1,
        axes=axes,
        options=tuple(options),
    )


def _bounds() -> Iterator[Case]:
    """The measures of an order, of a function and of weights."""
    weights = np.array([0.25, 0.5, 0.25], "float32")
    for room in ("probs", "logits"):
        for name, formula in textbook.ORDERS.items():
            yield _bound(room, name, formula, alpha=0.7)
        yield _bound(
            room, "f_divergence", textbook.f_divergence, f=lambda t: (t - 1) ** 2
        )
        formula = textbook.generalized_js_divergence
        yield _bound(room, "generalized_js_divergence", formula, weights=weights)


_VARIABLES = {"first": (-3,), "second": (-2,), "third": (-1,)}


def _many(room: str, name: str, formula: Callable) -> Case:
    """The row of a measure of many variables: three, each an option of its own."""
    measure = getattr(getattr(jaxinfo, room), name)
    more = {"axis_name"} if room == "logits" else set()
    subsets = name == "subset_entropies"
    parameters = set(list(inspect.signature(measure).parameters)[1:])
    order = {"order"} if subsets else set()
    assert parameters == {"axes", "where", "base"} | more | order

    def combined(nats: jax.Array) -> jax.Array:
        # One number a row: what is right for these weights is right for each subset.
        weights = np.cos(np.arange(nats.shape[-1])).astype(nats.dtype)
        return jnp.sum(nats * jnp.broadcast_to(weights, nats.shape), axis=-1)

    def of_three(p, *, first=-3, second=-2, third=-1, **options):
        result = measure(p, axes=(first, second, third), **options)
        return combined(result.entropies) if subsets else result

    # Its signature is that of the measure, with an option for each variable.
    first, *_ = named = inspect.signature(measure).parameters.values()
    options = [v for v in named if v.name in {"where", "base", "axis_name"}]
    kept = inspect.signature(of_three).parameters
    variables = [kept[name] for name in _VARIABLES]
    of_three.__signature__ = inspect.Signature([first, *variables, *options])
    of_rows = (lambda p: combined(formula(p))) if subsets else formula
    return Case(
        name=f"{room}.{name}",
        fn=of_three,
        reference=of_rows if room == "probs" else textbook.of_logits(of_rows, 3),
        draws=({"probs": "table", "logits": "logits"}[room],),
        event=3,
        axes=_VARIABLES,
        options=(*_VARIABLES, *(v.name for v in options)),
    )


def _loss(name: str, formula: Callable, draw: str, *more: str) -> Case:
    options = ("axis", "where", *more, "label_smoothing", "z_loss", "axis_name")
    fn = getattr(jaxinfo.losses, name)
    return Case(f"losses.{name}", fn, formula, ("logits", draw), 1, _AXIS, options)


def _masked_mean(values: jax.Array, where: jax.Array) -> jax.Array:
    return jnp.mean(values, where=where)


_MEASURES = [
    *_measures(),
    *_bounds(),
    *(
        _many(room, *row)
        for room in ("probs", "logits")
        for row in textbook.MANY.items()
    ),
]
_LOSSES = [
    _loss(
        "softmax_cross_entropy",
        textbook.soft_targets,
        "table",
        "class_weights",
        "poly",
    ),
    _loss(
        "softmax_cross_entropy_with_integer_labels",
        textbook.integer_labels,
        "labels",
        "ignore_index",
        "class_weights",
        "focal",
        "poly",
    ),
    _loss(
        "softmax_cross_entropy_with_report",
        textbook.report,
        "table",
        "ignore_index",
        "class_weights",
        "focal",
        "poly",
    ),
    Case(
        "losses.sigmoid_cross_entropy",
        jaxinfo.losses.sigmoid_cross_entropy,
        textbook.events,
        ("logits", "table"),
        event=1,
        axes={},
        options=("where", "class_weights", "label_smoothing", "focal", "z_loss"),
        output="table",
    ),
]


def _of_samples(name: str, formula: Callable, *options: str) -> Case:
    """The row of a loss of samples; the two logarithms may be any numbers."""
    fn = getattr(jaxinfo.losses, name)
    draws = ("logits", "table")
    return Case(f"losses.{name}", fn, formula, draws, 1, {}, options, output="table")


CASES = [
    *_MEASURES,
    *_LOSSES,
    _of_samples("kl_estimate", textbook.estimate, "kind", "where"),
    _of_samples(
        "kl_surrogate", textbook.surrogate, "log_behavior", "direction", "where"
    ),
    Case(
        "losses.masked_mean",
        jaxinfo.losses.masked_mean,
        _masked_mean,
        ("logits", "mask"),
        event=1,
        axes={},
        options=("empty",),
        output="total",
    ),
    Case(
        "losses.distillation_loss",
        jaxinfo.losses.distillation_loss,
        textbook.distillation,
        ("logits", "logits"),
        event=1,
        axes=_AXIS,
        options=("direction", "temperature", "axis", "where", "axis_name"),
    ),
    # It goes outermost, around compiled code: the program it is part of is what a
    # training step would be.
    Case(
        "checked",
        jaxinfo.entropy,
        textbook.TABLES["entropy"],
        ("table",),
        event=1,
        axes=_AXIS,
        options=("axis", "where", "base"),
        compile=lambda program: jaxinfo.checked(jax.jit(program)),
    ),
]


def _with(case: Case, **options: Any) -> Case:
    """The same function, and the same formula, with options."""
    return dataclasses.replace(
        case,
        fn=functools.partial(case.fn, **options),
        reference=functools.partial(_unwrapped(case.name), **options),
        variant=",".join(map(_shown, options, options.values())),
    )


def _shown(name: str, value: Any) -> str:
    return name if isinstance(value, np.ndarray) else str(value)


def _unwrapped(name: str) -> Callable:
    """The formula that takes the options of the function."""
    room, verb = name.split(".")
    if room == "losses":
        return next(case.reference for case in _LOSSES if case.name == name)
    formula = textbook.JOINT[verb]
    if room == "probs":
        return formula
    return lambda x, **options: formula(jax.nn.softmax(x, axis=(-2, -1)), **options)


# Options that select other formulas.
_WEIGHTS = np.linspace(0.5, 1.5, 6, dtype="float32")
VARIANTS = [
    *(_with(case, label_smoothing=0.1, z_loss=1e-2) for case in _LOSSES),
    _with(_LOSSES[0], class_weights=_WEIGHTS, poly=0.5),
    _with(_LOSSES[1], class_weights=_WEIGHTS, poly=0.5, focal=1.5),
    _with(_LOSSES[1], class_weights=_WEIGHTS, poly=0.5, label_smoothing=0.1),
    _with(_LOSSES[2], class_weights=_WEIGHTS, poly=0.5),
    dataclasses.replace(_LOSSES[2], draws=("logits", "labels"), variant="labels"),
    dataclasses.replace(
        _with(_LOSSES[2], label_smoothing=0.1),
        draws=("logits", "labels"),
        variant="labels,smoothed",
    ),
    _with(_LOSSES[3], class_weights=_WEIGHTS[:2], focal=1.5, label_smoothing=0.1),
    *(
        _with(case, normalization=normalization)
        for case in _MEASURES
        if case.name.endswith(".normalized_mutual_information")
        for normalization in ("geometric", "min", "max", "joint")
    ),
]
