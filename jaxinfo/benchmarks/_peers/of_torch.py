"""The losses and distributions of PyTorch, as it runs when nothing is compiled."""

import importlib
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from jaxinfo.benchmarks._cases import Case
from jaxinfo.benchmarks._cases.case import Call
from jaxinfo.benchmarks._peers.library import Library
from jaxinfo.benchmarks._programs import Program

__all__ = ["library"]


def _torch() -> Any:
    """The library, looked up when it is used: this file can be read without it."""
    return importlib.import_module("torch")


def _functional() -> Any:
    return _torch().nn.functional


def _program(
    case: Case, call: Call, goal: str, inputs: Sequence[Any]
) -> Program | None:
    """The call, and the backward pass of its sum."""
    backend = jax.default_backend()
    device = {"cpu": "cpu", "gpu": "cuda"}.get(backend)
    if device is None or (device == "cuda" and not _torch().cuda.is_available()):
        return None
    tensors = [_tensor(x).to(device) for x in inputs]
    wanted = case.argnums if isinstance(case.argnums, tuple) else (case.argnums,)
    leaves = [tensors[i] for i in wanted if i is not None]

    def value() -> Any:
        with _torch().no_grad():
            result = call(*tensors)
        return _finished(result)

    def gradient() -> Any:
        for leaf in leaves:
            leaf.requires_grad_().grad = None
        total = call(*tensors).sum()
        total.backward()
        slopes = tuple(_finished(leaf.grad) for leaf in leaves)
        return total.detach(), slopes if isinstance(case.argnums, tuple) else slopes[0]

    return Program(value if goal == "value" else gradient)


def _tensor(x: Any) -> Any:
    """A tensor of the same type; classes are 64-bit integers there."""
    if x.dtype == jax.numpy.bfloat16:
        return _torch().tensor(np.asarray(x, np.float32)).to(_torch().bfloat16)
    tensor = _torch().tensor(np.asarray(x))
    return tensor.long() if x.dtype == jax.numpy.int32 else tensor


def _finished(result: Any) -> Any:
    if result.is_cuda:
        _torch().cuda.synchronize()
    return result


def _labels(x, y):
    return _functional().cross_entropy(x, y, reduction="none")


def _kl_of_logs(log_p, log_q):
    return _functional().kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)


def _logit_kl(x, y):
    return _kl_of_logs(
        _functional().log_softmax(x, -1), _functional().log_softmax(y, -1)
    )


def _js(p, q):
    log_m = ((p + q) / 2).log()
    halves = [_functional().kl_div(log_m, t, reduction="none").sum(-1) for t in (p, q)]
    return (halves[0] + halves[1]) / 2


def _binary(x, t):
    return _functional().binary_cross_entropy_with_logits(x, t, reduction="none")


def library() -> Library:
    """What is written with `torch.nn.functional` and `torch.distributions`."""
    categorical = _torch().distributions.Categorical
    calls = {
        "probs.entropy": lambda p: _torch().special.entr(p).sum(-1),
        "probs.js_divergence": _js,
        "probs.kl_divergence": lambda p, q: (
            _functional().kl_div(q.log(), p, reduction="none").sum(-1)
        ),
        "logits.entropy": lambda x: categorical(
            logits=x, validate_args=False
        ).entropy(),
        "logits.kl_divergence": _logit_kl,
        "losses.distillation_loss": lambda student, teacher: _logit_kl(
            teacher, student
        ),
        "losses.linear_softmax_cross_entropy": lambda h, w, y: _labels(h @ w, y),
        "losses.sigmoid_cross_entropy": _binary,
        "losses.softmax_cross_entropy": lambda x, t: _functional().cross_entropy(
            x, t, reduction="none"
        ),
        "losses.softmax_cross_entropy_with_integer_labels": _labels,
    }
    return Library(calls, _program)
