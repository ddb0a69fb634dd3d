"""Losses to hand to `jax.grad`.

A loss takes (logits, targets), the model first, and gives one number an example, in
nats; nothing is averaged. A loss with a report returns `(loss, report)`, ready for
`has_aux=True`. A class with a logit of -inf, or where `where` is false, is absent.
`sigmoid_cross_entropy`, `kl_estimate` and `kl_surrogate` give one number an entry.
"""

from jaxinfo.losses._classification import (
    softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels,
)
from jaxinfo.losses._distillation import distillation_loss
from jaxinfo.losses._estimators import kl_estimate, kl_surrogate
from jaxinfo.losses._linear import (
    linear_softmax_cross_entropy,
    linear_softmax_cross_entropy_with_report,
)
from jaxinfo.losses._linear_distillation import linear_distillation_loss
from jaxinfo.losses._reductions import masked_mean
from jaxinfo.losses._report import (
    CrossEntropyReport,
    softmax_cross_entropy_with_report,
)
from jaxinfo.losses._sigmoid import sigmoid_cross_entropy
from jaxinfo.losses._sparse import (
    SparseTargets,
    sampled_targets,
    softmax_cross_entropy_with_sparse_targets,
    top_k_targets,
)

__all__ = [
    "CrossEntropyReport",
    "SparseTargets",
    "distillation_loss",
    "kl_estimate",
    "kl_surrogate",
    "linear_distillation_loss",
    "linear_softmax_cross_entropy",
    "linear_softmax_cross_entropy_with_report",
    "masked_mean",
    "sampled_targets",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "softmax_cross_entropy_with_integer_labels",
    "softmax_cross_entropy_with_report",
    "softmax_cross_entropy_with_sparse_targets",
    "top_k_targets",
]
