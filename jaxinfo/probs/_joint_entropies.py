"""Entropies of joint probability tables."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, tables, units
from jaxinfo._core.jit import jitted

__all__ = ["conditional_entropy", "joint_entropy", "variation_of_information"]

Axis = int | tuple[int, ...]


@jitted("axis", "base")
def joint_entropy(
    p_xy: ArrayLike,
    *,
    axis: Axis = (-2, -1),
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Joint entropy of the variables of a table.

    $$ H(X, Y) = -\sum_{x, y} p(x, y) \log p(x, y) $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      axis: Axes of the variables, any number of them.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `p_xy` without `axis`, float32
        or float64.

    Raises:
      TypeError: If `p_xy` is not a floating array, `where` not boolean, or `axis` or
        `base` not a Python value.
      ValueError: If `axis` or `base` is out of range, or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.4, 0.1], [0.1, 0.4]])
      >>> print(jaxinfo.joint_entropy(p_xy, base=2).round(3))
      1.722

    Notes:
      0 log 0 is 0. The gradient is -log p - 1, and 0 where p is 0, since it is infinite
      there.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eq. (2.8).

    See Also:
      `entropy`, the same with one axis as its default; `conditional_entropy`, less the
      entropy of one variable; `jaxinfo.logits.joint_entropy`, the same verb of logits.
    """
    rows, (p,) = checks.of_tables(["p_xy"], [p_xy], axis, where)
    return units.from_nats(rows.drop(tables.entropy(rows, p)), base)


@jitted("axis", "given", "base")
def conditional_entropy(
    p_xy: ArrayLike,
    *,
    axis: Axis = -1,
    given: Axis = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Conditional entropy of one variable of a joint table given another.

    $$ H(Y \mid X) = \sum_{x, y} p(x, y) \log \frac{p(x)}{p(x, y)} $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      axis: Axis of Y; a tuple is a block of variables.
      given: Axis of X, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `p_xy` without the axes named,
        float32 or float64.

    Raises:
      TypeError: If `p_xy` is not a floating array, `where` not boolean, or an axis or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range, or
        `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.4, 0.1], [0.0, 0.5]])
      >>> print(jaxinfo.conditional_entropy(p_xy, base=2).round(3))
      0.361
      >>> print(jaxinfo.conditional_entropy(p_xy, axis=0, given=1, base=2).round(3))
      0.39

    Notes:
      A sum of terms that are not negative: exact 0 where Y is a function of X, and
      accurate close to it. The gradient is log(p(x) / p(x, y)), and 0 where p(x, y) is
      0, since it is infinite there. Four passes over the table.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eqs. (2.10)-(2.12).

    See Also:
      `joint_entropy`, of both; `variation_of_information`, the sum of both directions;
      `jaxinfo.logits.conditional_entropy`, the same verb of logits.
    """
    blocks, p = checks.of_joint("p_xy", p_xy, where, given=given, axis=axis)
    return units.from_nats(joint.conditional_entropy(blocks, p), base)


@jitted("x_axis", "y_axis", "base")
def variation_of_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Variation of information, the entropy that two variables do not share.

    $$ VI(X, Y) = H(X \mid Y) + H(Y \mid X) $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Variation in nats, or in the unit of `base`; shape of `p_xy` without the axes
        named, float32 or float64.

    Raises:
      TypeError: If `p_xy` is not a floating array, `where` not boolean, or an axis or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range, or
        `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.4, 0.1], [0.1, 0.4]])
      >>> print(jaxinfo.variation_of_information(p_xy, base=2).round(3))
      1.444

    Notes:
      A metric between variables, 0 where each is a function of the other. The gradient
      is log(p(x) p(y) / p(x, y)²), and 0 where p(x, y) is 0, since it is infinite
      there. Eight passes over the table.

    References:
      M. Meilă, "Comparing clusterings - an information based distance", 2007.

    See Also:
      `conditional_entropy`, its two parts; `mutual_information`, the entropy shared;
      `jaxinfo.logits.variation_of_information`, the same verb of logits.
    """
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.variation_of_information(blocks, p), base)
