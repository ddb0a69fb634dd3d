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

from jaxinfo.logits._alpha import (
    alpha_divergence,
    renyi_divergence,
    renyi_entropy,
    tsallis_divergence,
    tsallis_entropy,
)
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
from jaxinfo.logits._generalized import (
    chernoff_information,
    f_divergence,
    generalized_js_divergence,
    wasserstein_distance,
)
from jaxinfo.logits._joint_entropies import (
    conditional_entropy,
    joint_entropy,
    variation_of_information,
)
from jaxinfo.logits._multivariate import (
    dual_total_correlation,
    o_information,
    residual_entropy,
    s_information,
    total_correlation,
)
from jaxinfo.logits._subsets import (
    co_information,
    interaction_information,
    subset_entropies,
    tse_complexity,
)

__all__ = [
    "alpha_divergence",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "binary_kl_divergence",
    "chernoff_information",
    "chi_squared_divergence",
    "co_information",
    "conditional_entropy",
    "conditional_mutual_information",
    "cross_entropy",
    "dual_total_correlation",
    "entropy",
    "f_divergence",
    "generalized_js_divergence",
    "hartley_entropy",
    "hellinger_distance",
    "interaction_information",
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
    "o_information",
    "perplexity",
    "pointwise_mutual_information",
    "renyi_divergence",
    "renyi_entropy",
    "residual_entropy",
    "s_information",
    "self_information",
    "squared_hellinger_distance",
    "subset_entropies",
    "total_correlation",
    "total_variation_distance",
    "tsallis_divergence",
    "tsallis_entropy",
    "tse_complexity",
    "variation_of_information",
    "wasserstein_distance",
]
