"""What every public measure promises: one table, and how a row of it is run.

All cases share one small shape: a batch of 2 x 3 in front of the axes of the outcomes.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxinfo
import textbook

__all__ = [
    "BATCH",
    "CASES",
    "HALVES",
    "VARIANTS",
    "WIDEST",
    "WIDTHS",
    "Case",
    "assert_close",
    "compilations",
    "directions",
    "expected",
    "program",
    "public_names",
    "quick",
    "tolerance",
    "weighted",
]

BATCH = (2, 3)
WIDTHS = ["float32", "float64"] if jax.config.jax_enable_x64 else ["float32"]
WIDEST = WIDTHS[-1]
HALVES = ["bfloat16", "float16"]
# For what needs to be right but not fast: compiled in half the time.
quick = functools.partial(
    jax.jit,
    compiler_options={
        "xla_backend_optimization_level": 0,
        "xla_llvm_disable_expensive_passes": True,
    },
)
ROOMS = ("probs", "logits", "losses")


def public_names() -> list[str]:
    """Every public function, by the shortest path that owns it."""
    names = ["checked"]
    for room in ROOMS:
        module = getattr(jaxinfo, room)
        functions = (n for n in module.__all__ if inspect.isroutine(getattr(module, n)))
        names += [f"{room}.{name}" for name in functions]
    return names


@dataclasses.dataclass(frozen=True)
class Case:
    """One public function, arguments that it accepts, and which promises apply.

    Attributes:
      name: The room and the name.
      fn: The function.
      reference: A textbook formula with the same positional arguments.
      draws: For every argument what to draw: a key of `DRAWS`.
      event: How many trailing axes of the first argument hold the outcomes.
      axes: The options that name axes, and the axes that they name by default.
      options: Every keyword-only parameter.
      output: "row" (one number a distribution), "table" or "total" (one number).
      compile: How a program that calls the function is compiled.
      variant: Which options of the function the case is about, if any.
    """

    name: str
    fn: Callable[..., Any]
    reference: Callable[..., Any]
    draws: tuple[str, ...]
    event: int
    axes: Mapping[str, tuple[int, ...]]
    options: tuple[str, ...]
    output: str = "row"
    compile: Callable[[Callable], Callable] = jax.jit
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.variant}]" if self.variant else self.name

    @property
    def moving(self) -> tuple[int, ...]:
        """Which arguments are differentiable."""
        whole = ("labels", "mask", "counts")
        return tuple(i for i, draw in enumerate(self.draws) if draw not in whole)

    @property
    def parameters(self) -> list[str]:
        """The names of the positional arguments."""
        return list(inspect.signature(self.fn).parameters)[: len(self.draws)]

    def make_args(
        self,
        seed: int = 0,
        dtype: str = WIDEST,
        *,
        batch: tuple[int, ...] = BATCH,
        last: int | None = None,
    ) -> tuple[jax.Array, ...]:
        """Arguments well inside the domain; `last` is the length of the last axis."""
        rng = np.random.default_rng(seed)
        outcomes = _OUTCOMES[self.event]
        outcomes = (*outcomes[:-1], last) if last else outcomes
        draws = [DRAWS[draw](rng, batch, outcomes) for draw in self.draws]
        return tuple(
            jnp.asarray(x, dtype if x.dtype == "float64" else x.dtype) for x in draws
        )

    def with_moving(self, fn: Callable, args: tuple) -> Callable:
        """`fn` as a function of its differentiable arguments alone."""

        def partial(*moving: jax.Array) -> Any:
            full = list(args)
            for i, x in zip(self.moving, moving, strict=True):
                full[i] = x
            return fn(*full)

        return partial

    def select(self, args: tuple) -> tuple:
        """The differentiable arguments."""
        return tuple(args[i] for i in self.moving)


_OUTCOMES = {0: (), 1: (6,), 2: (3, 4), 3: (2, 3, 4)}


Shape = tuple[int, ...]


def _logits(rng: np.random.Generator, batch: Shape, outcomes: Shape) -> np.ndarray:
    return 1.5 * rng.standard_normal((*batch, *outcomes))


def _table(rng: np.random.Generator, batch: Shape, outcomes: Shape) -> np.ndarray:
    weights = np.exp(_logits(rng, batch, outcomes))
    if not outcomes:
        return weights / (1 + weights)
    axes = tuple(range(-len(outcomes), 0))
    return weights / weights.sum(axis=axes, keepdims=True)


def _tables(rng: np.random.Generator, batch: Shape, outcomes: Shape) -> np.ndarray:
    """Several tables, each of which sums to one."""
    return _table(rng, (*batch, *outcomes[:-1]), outcomes[-1:])


def _labels(rng: np.random.Generator, batch: Shape, outcomes: Shape) -> np.ndarray:
    # Never the last class: the test of `where` takes that one away.
    return rng.integers(0, outcomes[-1] - 1, batch, dtype=np.int32)


def _mask(rng: np.random.Generator, batch: Shape, outcomes: Shape) -> np.ndarray:
    return rng.random((*batch, *outcomes)) < 0.7


DRAWS = {
    "logits": _logits,
    "table": _table,
    "tables": _tables,
    "labels": _labels,
    "mask": _mask,
}
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
    _loss("softmax_cross_entropy", textbook.soft_targets, "table"),
    _loss(
        "softmax_cross_entropy_with_integer_labels",
        textbook.integer_labels,
        "labels",
        "ignore_index",
    ),
    _loss("softmax_cross_entropy_with_report", textbook.report, "table"),
]
CASES = [
    *_MEASURES,
    *_LOSSES,
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
        variant=",".join(str(value) for value in options.values()),
    )


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
VARIANTS = [
    *(_with(case, label_smoothing=0.1, z_loss=1e-2) for case in _LOSSES),
    *(
        _with(case, normalization=normalization)
        for case in _MEASURES
        if case.name.endswith(".normalized_mutual_information")
        for normalization in ("geometric", "min", "max", "joint")
    ),
]


def directions(case: Case, args: tuple, seed: int = 1) -> tuple[tuple, Any]:
    """Random tangents of the differentiable arguments, and weights of the results."""
    rng = np.random.default_rng(seed)

    def like(x: Any) -> jax.Array:
        return jnp.asarray(rng.standard_normal(x.shape), x.dtype)

    tangents = tuple(map(like, case.select(args)))
    return tangents, jax.tree.map(like, jax.eval_shape(case.fn, *args))


def weighted(weights: Any, results: Any) -> jax.Array:
    """One number that holds every result: its gradient is that of all of them."""
    pairs = zip(jax.tree.leaves(weights), jax.tree.leaves(results), strict=True)
    return sum((jnp.vdot(w, x) for w, x in pairs), start=jnp.zeros((), _dtype(weights)))


def _dtype(tree: Any) -> Any:
    return jax.tree.leaves(tree)[0].dtype


def derivatives(
    case: Case, fn: Callable, args: tuple, tangents: tuple, weights: Any
) -> dict[str, list[jax.Array]]:
    """Value, jvp, gradient and Hessian-vector product, in one program."""
    of_moving = case.with_moving(fn, args)
    moving = case.select(args)

    def total(*moving: jax.Array) -> jax.Array:
        return weighted(weights, of_moving(*moving))

    value, change = jax.jvp(of_moving, moving, tangents)
    gradient_of = jax.grad(total, argnums=tuple(range(len(moving))))
    gradient, curvature = jax.jvp(gradient_of, moving, tangents)
    return {
        "value": jax.tree.leaves(value),
        "jvp": jax.tree.leaves(change),
        "grad": list(gradient),
        "hvp": list(curvature),
    }


def program(case: Case) -> Callable[..., dict[str, list[jax.Array]]]:
    """The contract of a function as one program: its derivatives and nested vmap."""

    def contract(args: tuple, *directions: Any) -> dict[str, list[jax.Array]]:
        results = derivatives(case, case.fn, args, *directions)
        nested = jax.vmap(jax.vmap(case.fn))(*args)
        return results | {"vmap": jax.tree.leaves(nested)}

    return case.compile(contract)


def expected(case: Case, args: tuple, *directions: Any) -> dict[str, list[jax.Array]]:
    """The same of the textbook formula."""

    def contract(args: tuple, *directions: Any) -> dict[str, list[jax.Array]]:
        results = derivatives(case, case.reference, args, *directions)
        nested = results["value"]
        if case.output == "total":
            nested = jax.vmap(jax.vmap(case.reference))(*args)
        return results | {"vmap": jax.tree.leaves(nested)}

    return quick(contract)(args, *directions)


def tolerance(dtype: str) -> float:
    """What the textbook formulas themselves lose at interior points, with room."""
    return 1e-11 if dtype == "float64" else 1e-4


def assert_close(got: Any, want: Any, tolerance: float, what: str) -> None:
    """Compares trees of arrays, relative to the largest entry of each or to 1."""
    got, want = jax.tree.leaves(got), jax.tree.leaves(want)
    assert len(got) == len(want), what
    for x, y in zip(got, want, strict=True):
        x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
        scale = max(1.0, np.abs(y[np.isfinite(y)]).max(initial=0.0))
        np.testing.assert_allclose(x, y, rtol=0, atol=tolerance * scale, err_msg=what)


_tally = {"trace": 0}


def _count(event: str, *_: Any, **__: Any) -> None:
    if event.endswith(("/jaxpr_trace_duration", "/backend_compile_duration")):
        _tally["trace"] += 1


jax.monitoring.register_event_duration_secs_listener(_count)


@contextmanager
def compilations() -> Iterator[list[int]]:
    """Counts the programs that are traced or compiled; the list gets the number."""
    before, seen = _tally["trace"], []
    yield seen
    seen.append(_tally["trace"] - before)
