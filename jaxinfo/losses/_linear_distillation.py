"""Distillation from one linear head to another, tile by tile."""

import functools
from typing import Any, NamedTuple

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.kernels import linear_head
from jaxinfo.losses._distillation import DIRECTIONS, distillation_loss
from jaxinfo.losses._heads import of_head

__all__ = ["linear_distillation_loss"]


class _Static(NamedTuple):
    """What is static about the loss of a tile."""

    direction: str
    axis_name: AxisName


@jitted("direction", "tile_size", "axis_name")
def linear_distillation_loss(
    hidden: ArrayLike,
    kernel: ArrayLike,
    teacher_hidden: ArrayLike,
    teacher_kernel: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    teacher_bias: ArrayLike | None = None,
    where: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    direction: str = "forward",
    temperature: ArrayLike | None = None,
    soft_cap: ArrayLike | None = None,
    teacher_soft_cap: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Divergence of a student's softmax from a teacher's, both of linear layers.

    $$ \text{forward: } D(p \,\|\, q) \qquad \text{reverse: } D(q \,\|\, p) \qquad
       \text{js: } \mathrm{JS}(p, q) $$

    with q the softmax of (h W + b) / T, p that of the teacher's; one number a token, or
    summed over tokens with `weights`.

    Args:
      hidden: Hidden rows h of the student, shape `(..., D)`.
      kernel: Weights W of its layer, shape `(D, V)`.
      teacher_hidden: Hidden rows of the teacher, shape `(..., E)`.
      teacher_kernel: Weights of its layer, shape `(E, V)`.
      bias: Bias b of the layer, shape `(V,)`; -inf marks an absent class.
      teacher_bias: That of the teacher.
      where: Boolean mask of shape `(V,)`; false marks a class that both lack.
      weights: Weights of the tokens, of the shape of the batch; `mask / mask.sum()`
        makes a mean. A token of weight 0 is absent. `None` keeps the tokens apart.
      direction: `"forward"`, `"reverse"` or `"js"`, a static string.
      temperature: Temperature T of both, positive; may be traced. `None` is one.
      soft_cap: Bound c of the logits, c tanh(l / c) in place of l; may be traced.
      teacher_soft_cap: That of the teacher.
      tile_size: How many tokens a tile has at most; a static int.
      axis_name: Mesh axis over which the vocabulary is sharded, if it is.

    Returns:
      Loss of every token in nats, shape of `hidden` without its last axis; with
      `weights` their weighted sum, a scalar. float32 or float64.

    Raises:
      TypeError: If an array is not floating point, or an option is of the wrong type.
      ValueError: If shapes do not fit, or `direction` is none of the three.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> hidden, kernel = jnp.ones((4, 2)), jnp.zeros((2, 3))
      >>> teacher = jnp.ones((4, 1)), jnp.array([[0.0, 1.0, 2.0]])
      >>> loss, gradient = jax.value_and_grad(
      ...     lambda kernel: jaxinfo.losses.linear_distillation_loss(
      ...         hidden, kernel, *teacher, weights=jnp.full(4, 0.25)
      ...     )
      ... )(kernel)
      >>> print(loss.round(3))
      0.266
      >>> print(gradient.round(3))
      [[ 0.243  0.089 -0.332]
       [ 0.243  0.089 -0.332]]

    Notes:
      The logits of student and teacher are made together, tile by tile. With `weights`
      four matrix products in all, without them six, and memory for two tiles and the
      gradient of the kernel; tiles and types are those of
      `linear_softmax_cross_entropy`. The gradient is that in the student's layer and in
      the weights; the teacher is a constant.

      A teacher that is stored as a few classes a token goes through
      `linear_softmax_cross_entropy` with `SparseTargets`: of the largest ones, biased,
      or of samples, unbiased.

    References:
      Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network,
      eqs. (1) and (2).
      Agarwal et al. (2024), On-policy distillation of language models, section 3.

    See Also:
      `jaxinfo.losses.distillation_loss`: from logits.
      `jaxinfo.losses.linear_softmax_cross_entropy`: from labels or few classes.
    """
    checks.option("direction", direction, DIRECTIONS)
    names = ("hidden", "kernel", "bias")
    student = of_head(names, hidden, kernel, bias, where, soft_cap, weights, axis_name)
    of_teacher = [f"teacher_{name}" for name in names]
    given = (teacher_hidden, teacher_kernel, teacher_bias)
    teacher = of_head(of_teacher, *given, where, teacher_soft_cap, None, axis_name)
    if teacher.head.kernel.shape[1] != student.head.kernel.shape[1]:
        raise ValueError(
            "`kernel` and `teacher_kernel` must have the same classes, got shapes "
            f"{student.head.kernel.shape} and {teacher.head.kernel.shape}."
        )
    if teacher.batch != student.batch:
        raise ValueError(
            "`hidden` and `teacher_hidden` must have the same tokens, got batch axes "
            f"{student.batch} and {teacher.batch}."
        )
    head = jax.lax.stop_gradient(teacher.head)
    shared = (head._replace(hidden=None), temperature)
    loss = functools.partial(_loss, _Static(direction, axis_name))
    return student.run(loss, head.hidden, shared, tile_size)[0]


def _loss(static: _Static, x: jax.Array, hidden: jax.Array, shared: Any) -> tuple:
    """The loss of a tile, from the student's logits and the teacher's hidden rows."""
    head, temperature = shared
    y = linear_head.project(head._replace(hidden=hidden))
    loss = distillation_loss(
        x,
        y,
        direction=static.direction,
        temperature=temperature,
        axis_name=static.axis_name,
    )
    return loss, None
