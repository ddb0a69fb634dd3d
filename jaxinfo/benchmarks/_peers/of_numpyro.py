"""The categorical distribution of NumPyro."""

from typing import Any

from numpyro import distributions

from jaxinfo.benchmarks._peers.library import Library, of_jax

__all__ = ["library"]


# A function that its type says may be missing.
_categorical: Any = distributions.Categorical


def library() -> Library:
    """Its entropy and its divergence."""
    calls = {
        "probs.entropy": lambda p: _categorical(probs=p).entropy(),
        "probs.kl_divergence": lambda p, q: distributions.kl_divergence(
            _categorical(probs=p), _categorical(probs=q)
        ),
        "logits.entropy": lambda x: _categorical(logits=x).entropy(),
        "logits.kl_divergence": lambda x, y: distributions.kl_divergence(
            _categorical(logits=x), _categorical(logits=y)
        ),
    }
    return Library(calls, of_jax)
