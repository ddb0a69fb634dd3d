"""Every verb of `probs` and of `logits`."""

import functools
import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from jaxinfo import logits, probs
from jaxinfo.benchmarks import _formulas
from jaxinfo.benchmarks._accuracy import textbook
from jaxinfo.benchmarks._cases import case
from jaxinfo.benchmarks._cases.case import Call, Case, Draw, Shape

__all__ = ["LOGITS", "PROBS", "ROWS"]

# Rows and outcomes: many and short, long, and so few that threads have none to share.
ROWS: dict[str, tuple[Shape, ...]] = {
    "small": ((256, 1000),),
    "medium": ((4096, 1000), (4096, 4096), (512, 32_000), (64, 128_256)),
    "large": ((32_768, 4096), (16_384, 32_768), (8192, 131_072), (2048, 262_144)),
}
# The other verbs of one variable: what differs from those above is the formula.
ONE_SHAPE: dict[str, tuple[Shape, ...]] = {
    "small": ((256, 1000),),
    "medium": ((4096, 1000),),
    "large": ((16_384, 32_768),),
}
ENTRIES: dict[str, tuple[Shape, ...]] = {
    "small": ((65_536,),),
    "medium": ((4_194_304,),),
    "large": ((536_870_912,),),
}
PAIRS: dict[str, tuple[Shape, ...]] = {
    "small": ((16, 32, 32),),
    "medium": ((256, 128, 128),),
    "large": ((512, 1024, 1024),),
}
MIXTURES: dict[str, tuple[Shape, ...]] = {
    "small": ((64, 4, 1000),),
    "medium": ((1024, 4, 1000),),
    "large": ((4096, 4, 32_768),),
}
TRIPLES: dict[str, tuple[Shape, ...]] = {
    "small": ((16, 8, 8, 16),),
    "medium": ((256, 16, 16, 64),),
    "large": ((512, 64, 64, 128),),
}

# The verbs that every loss and every report is made of.
_MAIN = {"entropy", "cross_entropy", "kl_divergence", "js_divergence"}
# As defined for tables that sum to one; ours are those of tables of any mass.
_RAW = {
    "kl_divergence": textbook.MEASURES["kl"],
    "mutual_information": textbook.MEASURES["mi"],
}
# What stands for each number of variables: formulas and shapes.
_OF_VARIABLES = (
    (_formulas.BINARY, ENTRIES),
    (_formulas.TABLES, ONE_SHAPE),
    (_formulas.JOINT, PAIRS),
    (_formulas.TRIPLE | _formulas.MANY, TRIPLES),
)


def _cases(room: ModuleType) -> Iterator[Case]:
    """The cases of a room, by the number of variables that their tables have."""
    for event, (formulas, shapes) in enumerate(_OF_VARIABLES):
        for name, formula in formulas.items():
            if hasattr(room, name):
                yield _case(room, name, formula, event, shapes)
    for name, formula in _formulas.ORDERS.items():
        yield _case(room, name, formula, 1, ONE_SHAPE, alpha=0.7)
    more = {
        "f_divergence": (_formulas.f_divergence, ONE_SHAPE, {"f": _square}),
        "generalized_js_divergence": (
            _formulas.generalized_js_divergence,
            MIXTURES,
            {"weights": np.full(4, 0.25, np.float32)},
        ),
    }
    for name, (formula, shapes, options) in more.items():
        yield _case(room, name, formula, 1, shapes, **options)


def _case(
    room: ModuleType,
    name: str,
    formula: Call,
    event: int,
    shapes: Mapping[str, tuple[Shape, ...]],
    **options: Any,
) -> Case:
    """The case of one verb; its gradient is in the last distribution, the model."""
    given = {*options, "normalization"}
    count = len([v for v in inspect.signature(formula).parameters if v not in given])
    measure = functools.partial(getattr(room, name), **options)
    if name in _formulas.MANY:
        measure = functools.partial(measure, axes=(-3, -2, -1))
    if name == "subset_entropies":
        measure = _entropies(measure)
    return Case(
        name=f"{room.__name__.rpartition('.')[2]}.{name}",
        call=measure,
        formula=_of_room(room, functools.partial(formula, **options), event),
        draws=(_draw(room, event),) * count,
        shapes=ROWS if name in _MAIN else shapes,
        # The sum of a normalized table does not change.
        argnums=None if name == "normalize" else count - 1,
        raw=_RAW.get(name) if room is probs else None,
    )


def _entropies(subsets: Call) -> Call:
    return lambda table: subsets(table).entropies


def _square(t: Any) -> Any:
    """The function of the chi-squared divergence."""
    return (t - 1) ** 2


def _of_room(room: ModuleType, formula: Call, event: int) -> Call:
    """The formula of tables, or of the tables that logits stand for."""
    if room is probs:
        return formula
    if event == 0:
        return _formulas.of_single_logits(formula)
    return _formulas.of_logits(formula, event)


def _draw(room: ModuleType, event: int) -> Draw:
    if room is logits:
        return case.logits
    return case.table(event) if event else case.probability


PROBS = tuple(_cases(probs))
LOGITS = tuple(_cases(logits))
