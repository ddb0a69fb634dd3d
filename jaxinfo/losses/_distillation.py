"""Distillation: a student's logits against a teacher's."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo import logits as measures
from jaxinfo._core import checks, values
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = ["DIRECTIONS", "distillation_loss", "divergence"]

DIRECTIONS = ("forward", "reverse", "js")


@jitted("direction", "axis", "axis_name")
def distillation_loss(
    logits: ArrayLike,
    teacher_logits: ArrayLike,
    *,
    direction: str = "forward",
    temperature: ArrayLike | None = None,
    axis: int | tuple[int, ...] = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Divergence of a student's softmax from a teacher's.

    $$ \text{forward: } D(p \,\|\, q) \qquad \text{reverse: } D(q \,\|\, p) \qquad
       \text{js: } \mathrm{JS}(p, q) $$

    with q the softmax of the student's logits over T, p that of the teacher's.

    Args:
      logits: Logits of the student, shape `(..., K)`.
      teacher_logits: Logits of the teacher, shape `(..., K)`; batch axes broadcast.
      direction: `"forward"`, `"reverse"` or `"js"`, a static string.
      temperature: Temperature T of both, positive; may be traced. `None` is one.
      axis: Axis or axes of the classes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent class.
      axis_name: Mesh axis over which the classes are sharded, if they are.

    Returns:
      Loss of every example in nats, not averaged; shape of the logits without `axis`,
      float32 or float64.

    Raises:
      TypeError: If an argument is not a floating-point array, or an option is of the
        wrong type.
      ValueError: If shapes do not fit, or `direction` is none of the three.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> student, teacher = jnp.array([0.0, 1.0, 2.0]), jnp.array([0.0, 2.0, 1.0])
      >>> for way in ("forward", "reverse", "js"):
      ...     loss = jaxinfo.losses.distillation_loss(student, teacher, direction=way)
      ...     print(f"{way} {loss:.3f}")
      forward 0.421
      reverse 0.421
      js 0.101

    Notes:
      Forward KL makes the student cover all that the teacher does; reverse KL lets it
      settle on one mode; Jensen-Shannon lies between and is bounded by log 2.

      The gradient reaches both logits: take `jax.lax.stop_gradient` of the teacher's
      if they are being trained too. It falls as 1 over T squared as T grows; Hinton et
      al. multiply the loss by T squared, which is left to the caller. The temperature
      has no gradient. Where the student lacks a class of the teacher the forward loss
      is +inf, and the other way round the reverse one.

      With a temperature XLA sets aside both tables of logits on the CPU, divided by it;
      without one nothing.

    References:
      Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network,
      eqs. (1) and (2).
      Agarwal et al. (2024), On-policy distillation of language models, section 3.

    See Also:
      `jaxinfo.losses.linear_distillation_loss`: without the table of logits.
      `jaxinfo.losses.top_k_targets`, `jaxinfo.losses.sampled_targets`: few classes of
      the teacher.
    """
    checks.option("direction", direction, DIRECTIONS)
    names = ["logits", "teacher_logits"]
    given = [logits, teacher_logits]
    rows, (x, y) = checks.of_logits(names, given, axis, where, axis_name)
    x, y = (z.astype(rows.dtype) for z in (x, y))
    if temperature is not None:
        heat = checks.as_scalar("temperature", temperature, rows.dtype)
        x, y = (_cooled(z, heat, rows.axes, axis_name) for z in (x, y))
    return divergence(direction, x, y, rows.axes, axis_name)


def divergence(
    direction: str,
    x: jax.Array,
    y: jax.Array,
    axes: tuple[int, ...],
    axis_name: AxisName,
) -> jax.Array:
    """The divergence of that direction, x the student's logits and y the teacher's."""
    if direction == "js":
        return measures.js_divergence(y, x, axis=axes, axis_name=axis_name)
    p, q = (y, x) if direction == "forward" else (x, y)
    return measures.kl_divergence(p, q, axis=axes, axis_name=axis_name)


def _cooled(
    x: jax.Array, temperature: jax.Array, axes: tuple[int, ...], axis_name: AxisName
) -> jax.Array:
    """Logits over the temperature, the maximum taken off first."""
    values.report(~(temperature > 0), "`temperature` is not positive")
    top = jnp.max(x, axis=axes, keepdims=True, initial=-jnp.inf)
    top = lax.pmax(lax.stop_gradient(top), axis_name) if axis_name else top
    top = lax.stop_gradient(jnp.where(jnp.isneginf(top), jnp.zeros_like(top), top))
    return (x - top) / lax.stop_gradient(temperature)
