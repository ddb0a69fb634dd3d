"""Measures of probability tables.

One number a row: the outcomes lie along `axis`, every other axis is a batch. Joint
tables name the axes of each variable. Nothing is normalized, clipped or averaged.
"""

from jaxinfo.probs._distances import (
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    hellinger_distance,
    js_distance,
    squared_hellinger_distance,
    total_variation_distance,
)
from jaxinfo.probs._divergences import (
    binary_kl_divergence,
    chi_squared_divergence,
    cross_entropy,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
)
from jaxinfo.probs._entropies import (
    binary_entropy,
    entropy,
    hartley_entropy,
    min_entropy,
    normalized_entropy,
    perplexity,
    self_information,
)
from jaxinfo.probs._joint_entropies import (
    conditional_entropy,
    joint_entropy,
    variation_of_information,
)
from jaxinfo.probs._mutual_information import (
    conditional_mutual_information,
    lautum_information,
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
)
from jaxinfo.probs._normalize import (
    normalize,
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
