"""Measures of streams: what a training or evaluation loop carries along.

Each function makes a `Metric` of four pure functions, `init`, `update`, `merge` and
`result`. States are trees of arrays: they are carried by `jax.lax.scan`, donated,
mapped, saved, and merged over batches, devices and hosts, without losing a count or a
digit.
"""

from jaxinfo.streaming._adaptors import as_clu_metric, as_nnx_metric
from jaxinfo.streaming._calibration import Calibration, calibration
from jaxinfo.streaming._counts import Count
from jaxinfo.streaming._losses import (
    cross_entropy,
    entropy,
    kl_divergence,
    perplexity,
)
from jaxinfo.streaming._means import mean
from jaxinfo.streaming._metric import Metric, merge_across
from jaxinfo.streaming._tables import Histogram, histogram, mutual_information

__all__ = [
    "Calibration",
    "Count",
    "Histogram",
    "Metric",
    "as_clu_metric",
    "as_nnx_metric",
    "calibration",
    "cross_entropy",
    "entropy",
    "histogram",
    "kl_divergence",
    "mean",
    "merge_across",
    "mutual_information",
    "perplexity",
]
