"""Measures of distribution objects: those of distrax, NumPyro and TFP on JAX.

The same verbs, on objects: `jaxinfo.distributions.kl_divergence(p, q)`. None of these
libraries is needed or imported: what an object is, its class and attributes tell, and
the closed form is that of `jaxinfo.families`, or of `jaxinfo.logits` where logits were
given. p and q may come from different libraries. Where there is no closed form there is
a `TypeError`, and `monte_carlo_kl_divergence` with its kin, which take any object that
can sample and tell its log-probability.
"""

from jaxinfo.distributions._closed_forms import cross_entropy, entropy, kl_divergence
from jaxinfo.distributions._monte_carlo import (
    MonteCarloEstimate,
    monte_carlo_cross_entropy,
    monte_carlo_entropy,
    monte_carlo_kl_divergence,
)

__all__ = [
    "MonteCarloEstimate",
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "monte_carlo_cross_entropy",
    "monte_carlo_entropy",
    "monte_carlo_kl_divergence",
]
