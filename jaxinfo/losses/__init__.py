"""Losses to hand to `jax.grad`.

A loss takes (logits, targets), the model first, and gives one number an example, in
nats; nothing is averaged. A loss with a report returns `(loss, report)`, ready for
`has_aux=True`. A class with a logit of -inf, or where `where` is false, is absent.
"""

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
