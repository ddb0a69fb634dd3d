"""What every public measure promises: how a row of `contract_rows` is run.

All cases share one small shape: a batch of 2 x 3 in front of the axes of the outcomes.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

__all__ = [
    "BATCH",
    "HALVES",
    "SAMPLE",
    "WIDEST",
    "WIDTHS",
    "Case",
    "assert_close",
    "compilations",
    "compiled",
    "directions",
    "expected",
    "first_order",
    "long",
    "precisions",
    "program",
    "quick",
    "sampled",
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
# The run without 64-bit types compiles as users do.
compiled = quick if jax.config.jax_enable_x64 else jax.jit

# The verbs that stand for all of their kind in the default run. Without 64-bit types
# there is no matrix: that run asks more.
SAMPLE = {
    "checked",
    "entropy",
    "probs.f_divergence",
    "kl_divergence",
    "masked_mean",
    "probs.mutual_information",
    "softmax_cross_entropy_with_integer_labels",
}
if not jax.config.jax_enable_x64:
    SAMPLE |= {"f_divergence", "mutual_information", "probs.total_correlation"}


def long(test: Any) -> Any:
    """Marks what compiles long as `matrix`, but for the run without 64-bit types."""
    return pytest.mark.matrix(test) if jax.config.jax_enable_x64 else test


def sampled(
    names: str, items: Iterable[Any], *more: str, **options: Any
) -> pytest.MarkDecorator:
    """Parametrizes by verbs, cases or tuples with one of them.

    All but the sample, and more, are `matrix`.
    """

    def param(item: Any) -> Any:
        values = item if isinstance(item, tuple) else (item,)
        labels = [getattr(x, "__name__", str(x)) for x in values]
        words = {*labels, *(getattr(x, "name", "") for x in values)}
        words |= {word.rpartition(".")[2] for word in words}
        chosen = words & SAMPLE.union(more)
        return pytest.param(
            *values,
            marks=() if chosen else pytest.mark.matrix,
            id="-".join(labels),
        )

    return pytest.mark.parametrize(names, [param(item) for item in items], **options)


def precisions() -> list[Any]:
    """Both; where there are 64-bit types, single precision is part of the matrix.

    The run without them makes the same programs.
    """
    marks = pytest.mark.matrix if jax.config.jax_enable_x64 else ()
    return [pytest.param("float32", marks=marks), "float64"]


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
    compile: Callable[[Callable], Callable] = compiled
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


def first_order(fn: Callable, case: Case) -> Callable[..., tuple]:
    """Value and gradient as one program: of the function, or of the formula."""

    def contract(args: tuple, weights: Any) -> tuple:
        value, pull = jax.vjp(case.with_moving(fn, args), *case.select(args))
        kind = jax.tree.structure(value)
        return value, pull(jax.tree.unflatten(kind, jax.tree.leaves(weights)))

    return compiled(contract)


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
        assert x.shape == y.shape, what
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
