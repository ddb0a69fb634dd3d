"""The bounds on mutual information, of matrices of scores and of embeddings."""

import functools

import jax
from jax import Array

from jaxinfo import bounds
from jaxinfo.benchmarks import _bound_formulas
from jaxinfo.benchmarks._cases import case
from jaxinfo.benchmarks._cases.case import Call, Case, Draw, Shape

__all__ = ["BOUNDS"]

SCORES: dict[str, tuple[Shape, ...]] = {
    "small": ((256, 256),),
    "medium": ((2048, 2048),),
    "large": ((16_384, 16_384),),
}
# Pairs, and the length of an embedding.
EMBEDDINGS: dict[str, tuple[Shape, ...]] = {
    "small": ((256, 64),),
    "medium": ((4096, 128),),
    "large": ((16_384, 512),),
}


def _row(key: Array, shape: Shape, dtype: str) -> Array:
    """A number for each row of scores."""
    return case.logits(key, shape[:1], dtype)


def _number(key: Array, shape: Shape, dtype: str) -> Array:
    return case.logits(key, (), dtype)


def _embedding(key: Array, shape: Shape, dtype: str) -> Array:
    """Such that inner products are of the order of one."""
    wide = jax.random.normal(key, shape, case.wide_of(dtype))
    return (wide / shape[1] ** 0.25).astype(dtype)


def _bound(name: str, *more: Draw, **options: float) -> Case:
    measure, formula = getattr(bounds, name), getattr(_bound_formulas, name)
    draws = (case.logits, *more)
    return Case(
        f"bounds.{name}",
        functools.partial(measure, **options),
        functools.partial(formula, **options),
        draws,
        SCORES,
        shared=frozenset(range(len(draws))),
    )


def _interpolated(measure: Call) -> Call:
    return lambda scores, log_baseline: measure(scores, log_baseline, 0.3)


def _of_embeddings(x: Array, y: Array) -> Array:
    return bounds.info_nce(bounds.Embeddings(x, y))


BOUNDS = (
    _bound("barber_agakov", _number),
    _bound("club"),
    _bound("donsker_varadhan"),
    _bound("flo", _row),
    _bound("info_nce"),
    _bound("interpolated", _row)._replace(
        call=_interpolated(bounds.interpolated),
        formula=_interpolated(_bound_formulas.interpolated),
    ),
    _bound("js_bound"),
    _bound("leave_one_out"),
    _bound("nwj"),
    _bound("smile"),
    _bound("tuba", _row),
    Case(
        "bounds.info_nce, embeddings",
        _of_embeddings,
        lambda x, y: _bound_formulas.info_nce(x @ y.T),
        (_embedding, _embedding),
        EMBEDDINGS,
        argnums=(0, 1),
        shared=frozenset({0, 1}),
        flops=lambda shape: 2.0 * shape[0] ** 2 * shape[1],
    ),
)
