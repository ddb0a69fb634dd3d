"""Information theory in JAX: pure functions that jit, vmap and differentiate.

The measures of probability tables are here; those of logits are in `jaxinfo.logits`,
with the same names, and what one hands to `jax.grad` is in `jaxinfo.losses`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from jaxinfo import logits, probs
from jaxinfo._core.checked import checked
from jaxinfo.probs import (
    alpha_divergence,
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    binary_entropy,
    binary_kl_divergence,
    chernoff_information,
    chi_squared_divergence,
    co_information,
    conditional_entropy,
    conditional_mutual_information,
    cross_entropy,
    dual_total_correlation,
    entropy,
    f_divergence,
    generalized_js_divergence,
    hartley_entropy,
    hellinger_distance,
    interaction_information,
    jeffreys_divergence,
    joint_entropy,
    js_distance,
    js_divergence,
    kl_divergence,
    lautum_information,
    min_entropy,
    mutual_information,
    normalize,
    normalized_entropy,
    normalized_mutual_information,
    o_information,
    perplexity,
    pointwise_mutual_information,
    renyi_divergence,
    renyi_entropy,
    residual_entropy,
    s_information,
    self_information,
    squared_hellinger_distance,
    subset_entropies,
    total_correlation,
    total_variation_distance,
    tsallis_divergence,
    tsallis_entropy,
    tse_complexity,
    variation_of_information,
    wasserstein_distance,
)

if TYPE_CHECKING:
    from jaxinfo import (
        benchmarks,
        bounds,
        channels,
        distributions,
        families,
        losses,
        plots,
        streaming,
    )

__version__ = "0.1.0"

__all__ = [
    "alpha_divergence",
    "benchmarks",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "binary_kl_divergence",
    "bounds",
    "channels",
    "checked",
    "chernoff_information",
    "chi_squared_divergence",
    "co_information",
    "conditional_entropy",
    "conditional_mutual_information",
    "cross_entropy",
    "distributions",
    "dual_total_correlation",
    "entropy",
    "f_divergence",
    "families",
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
    "logits",
    "losses",
    "min_entropy",
    "mutual_information",
    "normalize",
    "normalized_entropy",
    "normalized_mutual_information",
    "o_information",
    "perplexity",
    "plots",
    "pointwise_mutual_information",
    "probs",
    "renyi_divergence",
    "renyi_entropy",
    "residual_entropy",
    "s_information",
    "self_information",
    "squared_hellinger_distance",
    "streaming",
    "subset_entropies",
    "total_correlation",
    "total_variation_distance",
    "tsallis_divergence",
    "tsallis_entropy",
    "tse_complexity",
    "variation_of_information",
    "wasserstein_distance",
]

# Rooms above the measures load when they are first asked for.
_LAZY = frozenset(
    {
        "benchmarks",
        "bounds",
        "channels",
        "distributions",
        "families",
        "losses",
        "plots",
        "streaming",
    }
)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"jaxinfo.{name}")
    raise AttributeError(f"module 'jaxinfo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
