"""Measures of probability tables.

One number a row: the outcomes lie along `axis`, every other axis is a batch. Joint
tables name the axes of each variable. Nothing is normalized, clipped or averaged.
"""

from jaxinfo.probs._joint import (
    conditional_entropy,
    conditional_mutual_information,
    joint_entropy,
    lautum_information,
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
    variation_of_information,
)
from jaxinfo.probs._one import (
    binary_entropy,
    entropy,
    hartley_entropy,
    min_entropy,
    normalize,
    normalized_entropy,
    perplexity,
    self_information,
)
from jaxinfo.probs._two import (
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    binary_kl_divergence,
    chi_squared_divergence,
    cross_entropy,
    hellinger_distance,
    jeffreys_divergence,
    js_distance,
    js_divergence,
    kl_divergence,
    squared_hellinger_distance,
    total_variation_distance,
)

__all__ = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "binary_kl_divergence",
    "chi_squared_divergence",
    "conditional_entropy",
    "conditional_mutual_information",
    "cross_entropy",
    "entropy",
    "hartley_entropy",
    "hellinger_distance",
    "jeffreys_divergence",
    "joint_entropy",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "lautum_information",
    "min_entropy",
    "mutual_information",
    "normalize",
    "normalized_entropy",
    "normalized_mutual_information",
    "perplexity",
    "pointwise_mutual_information",
    "self_information",
    "squared_hellinger_distance",
    "total_variation_distance",
    "variation_of_information",
]
