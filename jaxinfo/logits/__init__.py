"""Measures of distributions given by logits.

Logits are unnormalized log-probabilities: the measures are those of their softmax, and
no constant added to a row changes them. The outcomes lie along `axis`, every other axis
is a batch axis, and joint measures name one axis, or a tuple of them, per variable.

- A logit of -inf, or an outcome where `where` is false, is absent: it reaches neither
  value nor gradient. A row with no outcome left has entropy and divergence 0.
- The logarithm of a table is a row of logits: `jnp.log(p)`, zeros included.
- bfloat16 and float16 are computed in float32 and returned as float32.
- `axis_name` names the axis of a mesh over which the outcomes are sharded in equal
  shards. Value and gradient are those of the whole row.
- Values are looked at only under `jaxinfo.checked`.
"""

from jaxinfo.logits._dependence import (
    conditional_mutual_information,
    lautum_information,
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
)
from jaxinfo.logits._distances import (
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    hellinger_distance,
    js_distance,
    squared_hellinger_distance,
    total_variation_distance,
)
from jaxinfo.logits._divergences import (
    binary_kl_divergence,
    chi_squared_divergence,
    cross_entropy,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
)
from jaxinfo.logits._entropies import (
    binary_entropy,
    entropy,
    hartley_entropy,
    min_entropy,
    normalized_entropy,
    perplexity,
    self_information,
)
from jaxinfo.logits._joint_entropies import (
    conditional_entropy,
    joint_entropy,
    variation_of_information,
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
