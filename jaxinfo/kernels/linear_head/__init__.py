"""Losses of the logits that a linear layer makes, without the table of logits.

The logits `hidden @ kernel + bias` of N tokens and V classes are the largest array of
a language model. They are made in tiles and forgotten: tiles of tokens, each with all
classes (`weighted_sum`, `each_token`), or tiles of classes, each with all tokens
(`target_statistics`).
"""

from jaxinfo.kernels.linear_head._head import Head, project
from jaxinfo.kernels.linear_head._tokens import Tiling, each_token, weighted_sum
from jaxinfo.kernels.linear_head._vocabulary import (
    TargetStatistics,
    target_statistics,
)

__all__ = [
    "Head",
    "TargetStatistics",
    "Tiling",
    "each_token",
    "project",
    "target_statistics",
    "weighted_sum",
]
