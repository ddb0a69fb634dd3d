"""A case: a public function, its text-book formula, and inputs of several sizes."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

__all__ = [
    "Call",
    "Case",
    "Draw",
    "Shape",
    "labels",
    "logits",
    "probability",
    "table",
    "wide_of",
]

Call = Callable[..., Any]
Shape = tuple[int, ...]
Draw = Callable[[Array, Shape, str], Array]


class Case(NamedTuple):
    """One public function on inputs of one kind.

    Attributes:
      name: The room and the function, as in `"probs.entropy"`.
      call: The function, of the inputs alone.
      formula: The same as a textbook writes it, which is what its value and gradient
        are compared with, in float64; `None` where there is none.
      draws: How each input is drawn, of a key, the shape and the type.
      shapes: The shapes of each size, `"small"`, `"medium"` or `"large"`.
      argnums: The inputs that the gradient is taken in; `None` for no gradient.
      raw: Another formula with the same value on tables that sum to one, whose gradient
        differs by a constant: other libraries may follow it.
      summed: What is differentiated, if that is another call than the sum of `call`.
      shared: The inputs that all rows share; every other one has a row for each.
      has_aux: Whether the call returns, beside the loss, what is not differentiated.
      flops: Floating-point operations of the value, of the shape, where they are what
        limits: the products of matrices. `None` where memory does.
    """

    name: str
    call: Call
    formula: Call | None
    draws: tuple[Draw, ...]
    shapes: Mapping[str, tuple[Shape, ...]]
    argnums: int | tuple[int, ...] | None = 0
    raw: Call | None = None
    summed: Call | None = None
    shared: frozenset[int] = frozenset()
    has_aux: bool = False
    flops: Callable[[Shape], float] | None = None

    def inputs(self, shape: Shape, dtype: str) -> tuple[Array, ...]:
        """The inputs, the same ones every time."""
        keys = jax.random.split(jax.random.key(0), len(self.draws))
        return tuple(
            draw(key, shape, dtype) for draw, key in zip(self.draws, keys, strict=True)
        )

    def abstract_inputs(self, shape: Shape, dtype: str) -> tuple[Any, ...]:
        """The shapes and types of the inputs, which take no memory."""
        return jax.eval_shape(lambda: self.inputs(shape, dtype))

    def program(self, goal: str) -> Call:
        """What is compiled: the value, or the value of the sum with its gradient."""
        summed = self.summed if goal == "gradient" else None
        return self.differentiated(summed or self.call, goal)

    def differentiated(self, call: Call, goal: str) -> Call:
        """The same of any call."""
        if goal == "value":
            return call
        assert self.argnums is not None, f"{self.name} has no gradient"

        def total(*inputs: Array) -> Any:
            result = call(*inputs)
            if self.has_aux:
                return jnp.sum(result[0]), result[1]
            return jnp.sum(result)

        return jax.value_and_grad(total, self.argnums, has_aux=self.has_aux)

    def goals(self) -> tuple[str, ...]:
        """What can be measured of it: `"value"`, `"gradient"`."""
        return ("value",) if self.argnums is None else ("value", "gradient")


def wide_of(dtype: str) -> Any:
    """The type that sums are in, and that is drawn in before it is rounded."""
    return jnp.float64 if dtype == "float64" else jnp.float32


def logits(key: Array, shape: Shape, dtype: str) -> Array:
    """Logits of one variable along the last axis, or of any block of axes."""
    return 2 * jax.random.normal(key, shape, wide_of(dtype)).astype(dtype)


def table(event: int) -> Draw:
    """Probabilities along the last `event` axes; none is 0."""

    def draw(key: Array, shape: Shape, dtype: str) -> Array:
        x = jax.random.normal(key, shape, wide_of(dtype))
        rows = x.reshape(*shape[: len(shape) - event], math.prod(shape[-event:]))
        return jax.nn.softmax(rows).reshape(shape).astype(dtype)

    return draw


def probability(key: Array, shape: Shape, dtype: str) -> Array:
    """The probability of an event, entry by entry, never 0 or 1."""
    unit = jax.random.uniform(key, shape, wide_of(dtype))
    return (1 / 64 + 31 / 32 * unit).astype(dtype)


def labels(key: Array, shape: Shape, dtype: str) -> Array:
    """A class for each row, of as many as the last axis has; integers."""
    del dtype
    return jax.random.randint(key, shape[:-1], 0, shape[-1], jnp.int32)
