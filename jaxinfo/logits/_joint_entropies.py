"""Entropies of joint logits."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, logit_divergences, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.logits._joint_table import Axis, joint_table

__all__ = [
    "conditional_entropy",
    "joint_entropy",
    "variation_of_information",
]


@jitted("axis", "base", "axis_name")
def joint_entropy(
    logits_xy: ArrayLike,
    *,
    axis: Axis = (-2, -1),
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Joint entropy of variables given by their joint logits.

    $$ H(X, Y) = -\sum_{x,y} p(x, y) \log p(x, y) $$

    with p the softmax of `logits_xy` over all of `axis`.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      axis: Axes of the variables, any number of them; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Joint entropy in nats, or in the unit of `base`; shape of `logits_xy` without
      `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.logits.joint_entropy(jnp.zeros((2, 4)), base=2).round(3))
      3.0

    Notes:
      The entropy of all cells as outcomes: nearly one-hot tables keep their digits, and
      there is no table of temporaries.

    References:
      Shannon (1948), A Mathematical Theory of Communication, section 6.
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.8).

    See Also:
      `jaxinfo.probs.joint_entropy`: from a joint table of probabilities.
      `jaxinfo.logits.entropy`: the same for one axis by default.
      `jaxinfo.logits.conditional_entropy`: of one variable when the other is known.
    """
    rows, (x,) = checks.of_logits(["logits_xy"], [logits_xy], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.entropy(rows, x)), base)


@jitted("axis", "given", "base", "axis_name")
def conditional_entropy(
    logits_xy: ArrayLike,
    *,
    axis: Axis = -1,
    given: Axis = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Conditional entropy of one variable given another, from their joint logits.

    $$ H(Y \mid X) = -\sum_{x,y} p(x, y) \log \frac{p(x, y)}{p(x)} $$

    with p the softmax of `logits_xy` over all the axes named.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      axis: Axis, or axes, of the variable Y whose entropy it is.
      given: Axis, or axes, of the variable X that is known. Axes not named are batch
        axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Conditional entropy in nats, or in the unit of `base`; shape of `logits_xy`
      without the axes named, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.25, 0.25], [0.5, 0.0]]))
      >>> print(jaxinfo.logits.conditional_entropy(logits_xy, base=2).round(3))
      0.5

    Notes:
      Not a difference of two entropies: it keeps its digits, and is not negative, also
      where Y nearly follows from X.

      The logits are normalized together, so that X has a distribution of its own. Costs
      the joint table, one table of temporaries.

    References:
      Shannon (1948), A Mathematical Theory of Communication, section 6.
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eqs.
      (2.10)-(2.12).

    See Also:
      `jaxinfo.probs.conditional_entropy`: from a joint table of probabilities.
      `jaxinfo.logits.mutual_information`: what X takes away from the entropy of Y.
    """
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, given=given, axis=axis
    )
    return units.from_nats(joint.conditional_entropy(blocks, p), base)


@jitted("x_axis", "y_axis", "base", "axis_name")
def variation_of_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Variation of information of two variables given by their joint logits, a metric.

    $$ \mathrm{VI}(X, Y) = H(X \mid Y) + H(Y \mid X) $$

    with the softmax of `logits_xy` over both variables as joint distribution.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Variation in nats, or in the unit of `base`; shape of `logits_xy` without the axes
      named, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.25, 0.25], [0.5, 0.0]]))
      >>> print(jaxinfo.logits.variation_of_information(logits_xy, base=2).round(3))
      1.189

    Notes:
      The sum of two conditional entropies, neither of them a difference: it keeps its
      digits, and is not negative, where each variable nearly follows from the other.
      Costs the joint table, one table of temporaries.

    References:
      Meilă (2007), Comparing clusterings: an information based distance.

    See Also:
      `jaxinfo.probs.variation_of_information`: from a joint table of probabilities.
      `jaxinfo.logits.conditional_entropy`: one of the two terms.
    """
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.variation_of_information(blocks, p), base)
