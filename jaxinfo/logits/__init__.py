"""Measures of distributions given by logits.

Logits are unnormalized log-probabilities: the measures are those of their softmax, and
no constant added to a row changes them. A logit of -inf marks an outcome as absent. The
outcomes lie along `axis`, every other axis is a batch.
"""

from jaxinfo.logits._joint import (
    conditional_entropy,
    conditional_mutual_information,
    joint_entropy,
    lautum_information,
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
    variation_of_information,
)
from jaxinfo.logits._one import (
    binary_entropy,
    entropy,
    hartley_entropy,
    min_entropy,
    normalized_entropy,
    perplexity,
    self_information,
)
from jaxinfo.logits._two import (
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
    "normalized_entropy",
    "normalized_mutual_information",
    "perplexity",
    "pointwise_mutual_information",
    "self_information",
    "squared_hellinger_distance",
    "total_variation_distance",
    "variation_of_information",
]
