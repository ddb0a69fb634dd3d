"""The losses of logits, and those of a linear head whose logits are never all there."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxinfo import losses
from jaxinfo.benchmarks import _formulas
from jaxinfo.benchmarks._cases import case
from jaxinfo.benchmarks._cases.case import Case, Shape
from jaxinfo.benchmarks._cases.measures import ENTRIES, ROWS

__all__ = ["DENSE", "HEADS", "WIDTHS"]

# Tokens, width of the hidden rows, classes. The large ones are the heads of Llama 3 8B,
# of Gemma 2 2B and of Marin's training runs.
WIDTHS: dict[str, tuple[Shape, ...]] = {
    "small": ((64, 64, 2048),),
    "medium": ((1024, 256, 32_000), (512, 512, 128_256)),
    "large": ((8192, 4096, 128_256), (8192, 2304, 256_000), (32_768, 2560, 128_256)),
}


def _report_formula(x: Array, targets: Array) -> tuple[Array, tuple[Array, ...]]:
    loss, *rest = _formulas.report(x, targets)
    return loss, tuple(rest)


_TABLE = case.table(1)

DENSE = (
    Case(
        "losses.softmax_cross_entropy",
        losses.softmax_cross_entropy,
        _formulas.soft_targets,
        (case.logits, _TABLE),
        ROWS,
    ),
    Case(
        "losses.softmax_cross_entropy_with_integer_labels",
        losses.softmax_cross_entropy_with_integer_labels,
        _formulas.integer_labels,
        (case.logits, case.labels),
        ROWS,
    ),
    Case(
        "losses.softmax_cross_entropy_with_report",
        losses.softmax_cross_entropy_with_report,
        _report_formula,
        (case.logits, _TABLE),
        ROWS,
        has_aux=True,
    ),
    Case(
        "losses.softmax_cross_entropy_with_report, labels",
        losses.softmax_cross_entropy_with_report,
        _report_formula,
        (case.logits, case.labels),
        ROWS,
        has_aux=True,
    ),
    Case(
        "losses.distillation_loss",
        losses.distillation_loss,
        _formulas.distillation,
        (case.logits, case.logits),
        ROWS,
    ),
    Case(
        "losses.sigmoid_cross_entropy",
        losses.sigmoid_cross_entropy,
        _formulas.events,
        (case.logits, case.probability),
        ENTRIES,
    ),
)


def _hidden(key: Array, shape: Shape, dtype: str) -> Array:
    tokens, width, _ = shape
    wide = case.wide_of(dtype)
    return jax.random.normal(key, (tokens, width), wide).astype(dtype)


def _kernel(key: Array, shape: Shape, dtype: str) -> Array:
    """Such that logits are of the order of one."""
    kernel = jax.random.normal(key, shape[1:], case.wide_of(dtype))
    return (kernel / shape[1] ** 0.5).astype(dtype)


def _label(key: Array, shape: Shape, dtype: str) -> Array:
    return case.labels(key, (shape[0], shape[2]), dtype)


def _ones(hidden: Array) -> Array:
    """Weights of tokens, for the sum: its gradient is cheaper than one of each."""
    return jnp.ones(hidden.shape[0], jnp.float32)


def _labeled(call: case.Call, **options: Any) -> dict[str, case.Call]:
    """A loss of each token, and the sum that is differentiated."""

    def summed(h: Array, w: Array, y: Array) -> Array:
        return call(h, w, y, weights=_ones(h), **options)

    return {"call": functools.partial(call, **options), "summed": summed}


def _label_formula(h: Array, w: Array, y: Array) -> Array:
    return _formulas.integer_labels(h @ w, y)


def _head_report_formula(h: Array, w: Array, y: Array) -> Any:
    return _report_formula(h @ w, y)


def _distilled(h: Array, w: Array, teacher: Array, kernel: Array) -> Array:
    return losses.linear_distillation_loss(h, w, teacher, kernel, weights=_ones(h))


def _flops(products: int) -> case.Call:
    """Of products of all hidden rows and the kernel."""
    return lambda shape: 2.0 * products * shape[0] * shape[1] * shape[2]


_HEAD: dict[str, Any] = {
    "draws": (_hidden, _kernel, _label),
    "shapes": WIDTHS,
    "argnums": (0, 1),
    "shared": frozenset({1}),
    "flops": _flops(1),
}

HEADS = (
    Case(
        "losses.linear_softmax_cross_entropy",
        **_labeled(losses.linear_softmax_cross_entropy),
        formula=_label_formula,
        **_HEAD,
    ),
    Case(
        "losses.linear_softmax_cross_entropy, vocabulary tiles",
        **_labeled(losses.linear_softmax_cross_entropy, tiling="vocabulary"),
        formula=_label_formula,
        **_HEAD,
    ),
    Case(
        "losses.linear_softmax_cross_entropy_with_report",
        **_labeled(losses.linear_softmax_cross_entropy_with_report),
        formula=_head_report_formula,
        has_aux=True,
        **_HEAD,
    ),
    Case(
        "losses.linear_distillation_loss",
        losses.linear_distillation_loss,
        lambda h, w, t, v: _formulas.distillation(h @ w, t @ v),
        **{
            **_HEAD,
            "draws": (_hidden, _kernel) * 2,
            "shared": frozenset({1, 3}),
            "flops": _flops(2),
        },
        summed=_distilled,
    ),
)
