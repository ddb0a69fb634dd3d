"""Measures of probability tables.

One number a row: the outcomes lie along `axis`, every other axis is a batch axis, and
joint measures name one axis, or a tuple of them, per variable. Batch axes of two tables
broadcast. Nothing is normalized, clipped or averaged.

An outcome with `where=False` is absent: it reaches neither value nor gradient. One of
probability 0 is present: 0 log 0 is 0, and the gradient is the one-sided derivative
where that is finite and 0 where it is infinite. float32 and float64 keep their type;
bfloat16 and float16 are computed in and returned as float32. Values are checked under
`jaxinfo.checked` alone.

All names are also in `jaxinfo` itself; `jaxinfo.logits` has the same verbs for logits.
"""

from jaxinfo.probs._alpha import (
    alpha_divergence,
    renyi_divergence,
    renyi_entropy,
    tsallis_divergence,
    tsallis_entropy,
)
from jaxinfo.probs._dependence import (
    conditional_mutual_information,
    lautum_information,
    mutual_information,
    normalized_mutual_information,
    pointwise_mutual_information,
)
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
from jaxinfo.probs._generalized import (
    chernoff_information,
    f_divergence,
    generalized_js_divergence,
    wasserstein_distance,
)
from jaxinfo.probs._joint_entropies import (
    conditional_entropy,
    joint_entropy,
    variation_of_information,
)
from jaxinfo.probs._multivariate import (
    dual_total_correlation,
    o_information,
    residual_entropy,
    s_information,
    total_correlation,
)
from jaxinfo.probs._normalize import normalize
from jaxinfo.probs._subsets import (
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
    "normalize",
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
