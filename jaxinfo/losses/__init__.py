"""Losses to hand to `jax.grad`. One number an example, in nats; nothing is averaged."""

from jaxinfo.losses._classification import (
    CrossEntropyReport,
    softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels,
    softmax_cross_entropy_with_report,
)
from jaxinfo.losses._reductions import masked_mean

__all__ = [
    "CrossEntropyReport",
    "masked_mean",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
    "softmax_cross_entropy_with_report",
]
