"""Information theory in JAX: pure functions that jit, vmap and differentiate.

The measures of probability tables are here; those of logits are in `jaxinfo.logits`,
with the same names, and what one hands to `jax.grad` is in `jaxinfo.losses`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from jaxinfo import logits, probs
from jaxinfo._core.checked import checked
from jaxinfo.probs import (
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    binary_entropy,
    binary_kl_divergence,
    chi_squared_divergence,
    conditional_entropy,
    conditional_mutual_information,
    cross_entropy,
    entropy,
    hartley_entropy,
    hellinger_distance,
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
    perplexity,
    pointwise_mutual_information,
    self_information,
    squared_hellinger_distance,
    total_variation_distance,
    variation_of_information,
)

if TYPE_CHECKING:
    from jaxinfo import benchmarks, losses

__version__ = "0.1.0.dev0"

__all__ = [
    "benchmarks",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "binary_kl_divergence",
    "checked",
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
    "logits",
    "losses",
    "min_entropy",
    "mutual_information",
    "normalize",
    "normalized_entropy",
    "normalized_mutual_information",
    "perplexity",
    "pointwise_mutual_information",
    "probs",
    "self_information",
    "squared_hellinger_distance",
    "total_variation_distance",
    "variation_of_information",
]

# Rooms above the measures load when they are first asked for.
_LAZY = frozenset({"benchmarks", "losses"})


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"jaxinfo.{name}")
    raise AttributeError(f"module 'jaxinfo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
