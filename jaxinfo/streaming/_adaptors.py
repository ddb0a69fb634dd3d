"""Metrics as those of CLU and of Flax NNX, which are imported when asked for."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from jaxinfo.streaming._metric import Metric

__all__ = ["as_clu_metric", "as_nnx_metric"]

Names = Mapping[str, str] | None


def _missing(module: str, package: str) -> str:
    return f"`{module}` is needed and cannot be imported: `pip install {package}`."


def _parameters(metric: Metric) -> list[str]:
    """What `update` takes but for the state, and but for what the maker has bound."""
    names = list(inspect.signature(metric.update).parameters)[1:]
    bound = getattr(metric.update, "keywords", {})
    return [name for name in names if name not in bound]


def _check_names(metric: Metric, names: Names) -> None:
    known = _parameters(metric)
    for name in names or {}:
        if name not in known:
            listed = ", ".join(f"`{k}`" for k in known)
            raise ValueError(
                f"`names` must be of arguments of `update`, {listed}, got {name!r}."
            )


def _arguments(metric: Metric, names: Names, outputs: Mapping[str, Any]) -> dict:
    """The arguments of `update` that are among the outputs of a model."""
    known = _parameters(metric)
    if names is None:
        given = {name: outputs.get(name) for name in known}
    else:
        lacking = [name for name in names.values() if name not in outputs]
        if lacking:
            raise TypeError(
                f"`{lacking[0]}` must be given by name, or be among the outputs of the "
                "model, "
                f"got {', '.join(map(repr, outputs))}."
            )
        given = {name: outputs[output] for name, output in names.items()}
    # What the other libraries call a mask.
    if "where" in known and given.get("where") is None:
        given["where"] = outputs.get("mask")
    return {name: x for name, x in given.items() if x is not None}


def as_clu_metric(metric: Metric, *, names: Names = None) -> type[Any]:
    """A class of metrics of CLU (Common Loop Utils) that measures the same.

    Args:
      metric: Metric of this room, or any other `Metric`.
      names: Which output of the model each argument of `update` is, by its keyword:
        `{"values": "loss"}`. `None` is the outputs of the same names. An output `mask`
        is `where` in any case.

    Returns:
      A subclass of `clu.metrics.Metric`, for a `clu.metrics.Collection`; `compute` is
      the `result` of `metric`.

    Raises:
      ImportError: If `clu` is not installed.
      ValueError: If `names` has what is no argument of `update`.

    Examples:
      >>> import importlib.util, jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> def evaluate(losses):
      ...     from clu import metrics
      ...     perplexity = streaming.as_clu_metric(
      ...         streaming.perplexity(), names={"values": "loss"}
      ...     )
      ...     collection = metrics.Collection.create(perplexity=perplexity)
      ...     return collection.single_from_model_output(loss=losses).compute()
      >>> if importlib.util.find_spec("clu"):
      ...     result = evaluate(jnp.zeros(3))

    Notes:
      `merge`, `reduce` and `gather_from_model_output` of a collection are exact in
      counts and keep the digits of sums, as `Metric.merge` does. Masks are boolean.

    See Also:
      `jaxinfo.streaming.as_nnx_metric`: the same for Flax NNX.
    """
    try:
        metrics: Any = importlib.import_module("clu.metrics")
        struct: Any = importlib.import_module("flax.struct")
    except ImportError as error:
        raise ImportError(_missing("clu.metrics", "clu")) from error
    _check_names(metric, names)

    @struct.dataclass
    class StreamingMetric(metrics.Metric):
        """A metric of jaxinfo as one of CLU."""

        state: Any

        @classmethod
        def empty(cls) -> Any:
            return cls(state=metric.init())

        @classmethod
        def from_model_output(cls, *args: Any, **outputs: Any) -> Any:
            given = _arguments(metric, names if not args else {}, outputs)
            return cls(state=metric.update(metric.init(), *args, **given))

        def merge(self, other: Any) -> Any:
            return type(self)(state=metric.merge(self.state, other.state))

        def compute(self) -> Any:
            return metric.result(self.state)

    return StreamingMetric


def as_nnx_metric(metric: Metric, *, names: Names = None) -> Any:
    """A metric object of Flax NNX that measures the same.

    Args:
      metric: Metric of this room, or any other `Metric`.
      names: Which keyword of the object's `update` each argument of the metric's
        `update` is: `{"values": "loss"}`. `None` is those of the same names. A keyword
        `mask` is `where` in any case.

    Returns:
      An `nnx.Metric`, for an `nnx.MultiMetric`; `compute` is the `result` of `metric`.

    Raises:
      ImportError: If `flax` is not installed, or has no NNX.
      ValueError: If `names` has what is no argument of `update`.

    Examples:
      >>> import importlib.util, jax.numpy as jnp
      >>> from jaxinfo import streaming
      >>> def evaluate(losses):
      ...     metric = streaming.as_nnx_metric(
      ...         streaming.perplexity(), names={"values": "loss"}
      ...     )
      ...     metric.update(loss=losses)
      ...     return metric.compute()
      >>> if importlib.util.find_spec("flax"):
      ...     result = evaluate(jnp.zeros(3))

    Notes:
      The state is one `nnx.metrics.MetricState` that holds the tree of arrays, so that
      `nnx.jit`, `nnx.split` and checkpoints treat it as they do those of Flax. Masks
      are boolean; keywords that are not named are left alone.

    See Also:
      `jaxinfo.streaming.as_clu_metric`: the same for CLU.
    """
    try:
        nnx: Any = importlib.import_module("flax.nnx")
    except ImportError as error:
        raise ImportError(_missing("flax.nnx", "flax")) from error
    _check_names(metric, names)

    class StreamingMetric(nnx.Metric):
        """A metric of jaxinfo as one of NNX."""

        def __init__(self) -> None:
            self.state = nnx.metrics.MetricState(metric.init())

        def reset(self) -> None:
            self.state.set_value(metric.init())

        def update(self, **outputs: Any) -> None:
            given = _arguments(metric, names, outputs)
            self.state.set_value(metric.update(self.state.get_value(), **given))

        def compute(self) -> Any:
            return metric.result(self.state.get_value())

    return StreamingMetric()
