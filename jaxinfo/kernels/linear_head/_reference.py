"""The operation with nothing left out: all logits at once."""

from collections.abc import Callable
from typing import Any

from jaxinfo.kernels.linear_head._head import Head, project

__all__ = ["reference_losses"]


def reference_losses(loss: Callable, head: Head, per_token: Any, shared: Any) -> Any:
    """`loss(logits, per_token, shared)` of the whole table of logits."""
    return loss(project(head), per_token, shared)
