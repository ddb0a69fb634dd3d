"""What the machine can do, by the simplest programs, timed in the same rounds."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxinfo.benchmarks import _programs
from jaxinfo.benchmarks._cases import Case, Shape
from jaxinfo.benchmarks._cases.case import wide_of

__all__ = ["Work", "limits", "work"]

# So many numbers are enough to know how fast exponentials are.
_ENOUGH = 2**22


class Work(NamedTuple):
    """The least that a program must do.

    Attributes:
      bytes: Read of inputs and written of results, each of them once.
      flops: Of products of matrices; 0 where there is none.
    """

    bytes: int
    flops: float


def work(case: Case, shape: Shape, goal: str, inputs: Sequence[Any]) -> Work:
    """The least work of a case."""
    results = jax.eval_shape(case.program(goal), *inputs)
    size = sum(x.size * x.dtype.itemsize for x in jax.tree.leaves((inputs, results)))
    # The gradient in either factor costs what the product costs.
    products = 3 if goal == "gradient" else 1
    return Work(size, products * case.flops(shape) if case.flops else 0.0)


def limits(
    case: Case, least: Work, shape: Shape, inputs: Sequence[Array]
) -> dict[str, tuple[_programs.Program, float]]:
    """Programs that a case cannot be faster than, and how many of each.

    `read` reads as many bytes as the case reads and writes; `exp` sums an exponential
    of every number of the largest input; `product` multiplies the matrices of a case
    that is made of products, once for its value and three times with the gradients.
    """
    numbers = [x for x in inputs if jnp.issubdtype(x.dtype, jnp.floating)]
    if case.flops is not None:
        left, right = numbers[0], numbers[1]
        right = right if left.shape[-1] == right.shape[0] else right.T
        one = 2.0 * left.shape[0] * left.shape[1] * right.shape[1]
        wide = wide_of(left.dtype.name)
        product = functools.partial(jnp.matmul, preferred_element_type=wide)
        program = _programs.compiled(product, (left, right))
        return {"product": (program, least.flops / one)}
    largest = max(numbers, key=lambda x: x.size)
    dtype = largest.dtype.name
    reads = _array(least.bytes // largest.dtype.itemsize, dtype)
    few = _array(min(largest.size, _ENOUGH), dtype)
    return {
        "read": (_programs.compiled(_sum, (reads,)), 1.0),
        "exp": (_programs.compiled(_sum_of_exp, (few,)), largest.size / few.size),
    }


def _array(size: int, dtype: str) -> Array:
    """Rows of numbers that are no zeros: those might be pages that are none."""
    rows = max(1, size // 4096)
    return jnp.tile(jnp.linspace(-1, 1, 4096, dtype=dtype), (rows, 1))


def _sum(x: Array) -> Array:
    return jnp.sum(x.astype(wide_of(x.dtype.name)), axis=-1)


def _sum_of_exp(x: Array) -> Array:
    return jnp.sum(jnp.exp(x.astype(wide_of(x.dtype.name))), axis=-1)
