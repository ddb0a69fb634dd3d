"""Dependence of the variables of joint probability tables."""

from typing import Literal

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, units
from jaxinfo._core.jit import jitted

__all__ = [
    "conditional_mutual_information",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "pointwise_mutual_information",
]

Axis = int | tuple[int, ...]
Normalization = Literal["arithmetic", "geometric", "min", "max", "joint"]


@jitted("x_axis", "y_axis", "base")
def mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Mutual information of two variables of a joint table.

    $$ I(X; Y) = \sum_{x, y} p(x, y) \log \frac{p(x, y)}{p(x) \, p(y)} $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; shape of `p_xy` without the axes
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
      >>> print(jaxinfo.mutual_information(p_xy, base=2).round(3))
      0.278

    Notes:
      The divergence of the table from the product of its marginals, which are summed
      without rounding: accurate near independence, never negative, and 0 for a product
      but for the square of the rounding. A table of another mass than one has its mass
      times the value of the normalized table. The gradient is
      log(p(x, y) / (p(x) p(y))), and 0 where p(x, y) is 0, since it is infinite there.
      About ten passes over the table.

    References:
      C. E. Shannon, "A Mathematical Theory of Communication", 1948; T. M. Cover and
      J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006, eq. (2.28).

    See Also:
      `pointwise_mutual_information`, the logarithms it is the mean of;
      `lautum_information`, the divergence the other way;
      `jaxinfo.logits.mutual_information`, the same verb of logits.
    """
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base")
def pointwise_mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Pointwise mutual information of every cell of a joint table.

    $$ i(x; y) = \log \frac{p(x, y)}{p(x) \, p(y)} $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Table of information in nats, or in the unit of `base`; shape of `p_xy`, float32
        or float64.

    Raises:
      TypeError: If `p_xy` is not a floating array, `where` not boolean, or an axis or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range, or
        `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.5, 0.0], [0.2, 0.3]])
      >>> print(jaxinfo.pointwise_mutual_information(p_xy, base=2).round(3))
      [[ 0.515   -inf]
       [-0.807  1.   ]]

    Notes:
      -inf where p(x, y) is 0 or masked; derivatives take log p(x, y) as constant there.
      Accurate near 0. A factor common to the whole table changes nothing.

    References:
      R. M. Fano, "Transmission of Information", 1961; K. W. Church and P. Hanks, "Word
      association norms, mutual information, and lexicography", 1990.

    See Also:
      `mutual_information`, its mean; `jaxinfo.logits.pointwise_mutual_information`, the
      same verb of logits.
    """
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.pointwise(blocks, p), base, summed=False)


@jitted("x_axis", "y_axis", "z_axis", "base")
def conditional_mutual_information(
    p_xyz: ArrayLike,
    *,
    x_axis: Axis = -3,
    y_axis: Axis = -2,
    z_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Mutual information of two variables of a joint table given a third.

    $$ I(X; Y \mid Z) = \sum_{x, y, z} p(x, y, z)
       \log \frac{p(z) \, p(x, y, z)}{p(x, z) \, p(y, z)} $$

    Args:
      p_xyz: Joint probabilities, shape `(..., X, Y, Z)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      z_axis: Axis of Z, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xyz`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; shape of `p_xyz` without the axes
        named, float32 or float64.

    Raises:
      TypeError: If `p_xyz` is not a floating array, `where` not boolean, or an axis or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range, or
        `where` does not broadcast.

    Examples:
      Two fair bits are independent, until their sum modulo 2 is known:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xyz = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.mutual_information(p_xyz.sum(-1), base=2).round(3))
      0.0
      >>> print(jaxinfo.conditional_mutual_information(p_xyz, base=2).round(3))
      1.0

    Notes:
      The divergence of the table from p(x, z) p(y, z) / p(z), with marginals summed
      without rounding: accurate near conditional independence and never negative. A
      table of another mass than one has its mass times the value of the normalized
      table. The gradient is the logarithm in the formula, and 0 where p(x, y, z) is 0,
      since it is infinite there. About ten passes over the table.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eqs. (2.60)-(2.61).

    See Also:
      `mutual_information`, without a condition;
      `jaxinfo.logits.conditional_mutual_information`, the same verb of logits.
    """
    blocks, p = checks.of_joint(
        "p_xyz", p_xyz, where, x_axis=x_axis, y_axis=y_axis, z_axis=z_axis
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "normalization")
def normalized_mutual_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    normalization: Normalization = "arithmetic",
) -> jax.Array:
    r"""Mutual information of two variables over a mean of their entropies.

    $$ \frac{I(X; Y)}{M(H(X), H(Y))} $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      normalization: M, the `"arithmetic"` or `"geometric"` mean of H(X) and H(Y), their
        `"min"` or `"max"`, or, with `"joint"`, H(X, Y) instead.

    Returns:
      Ratio, between 0 and 1; shape of `p_xy` without the axes named, float32 or
        float64.

    Raises:
      TypeError: If `p_xy` is not a floating array, `where` not boolean, or an axis not
        a Python value.
      ValueError: If an axis is out of range or named twice, or `where` does not
        broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p_xy = jnp.array([[0.4, 0.1], [0.1, 0.4]])
      >>> print(jaxinfo.normalized_mutual_information(p_xy).round(3))
      0.278
      >>> nmi = jaxinfo.normalized_mutual_information(p_xy, normalization="joint")
      >>> print(nmi.round(3))
      0.161

    Notes:
      It is 1 if both entropies are 0, and 0 if only one is. The entropies are those of
      the table as it is: it has to sum to one for the ratio to lie between 0 and 1.

    References:
      N. X. Vinh, J. Epps and J. Bailey, "Information theoretic measures for clusterings
      comparison: variants, properties, normalization and correction for chance", 2010.

    See Also:
      `mutual_information`, with a unit; `jaxinfo.logits.normalized_mutual_information`,
      the same verb of logits.
    """
    checks.option("normalization", normalization, joint.NORMALIZATIONS)
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return joint.normalized_mutual_information(blocks, p, normalization)


@jitted("x_axis", "y_axis", "base")
def lautum_information(
    p_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Lautum information, the divergence of the product of marginals from the table.

    $$ L(X; Y) = \sum_{x, y} p(x) \, p(y) \log \frac{p(x) \, p(y)}{p(x, y)} $$

    Args:
      p_xy: Joint probabilities, shape `(..., X, Y)`; axes not named are batch axes.
      x_axis: Axis of X; a tuple is a block of variables.
      y_axis: Axis of Y, or a tuple likewise.
      where: Boolean mask that broadcasts to `p_xy`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; shape of `p_xy` without the axes
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
      >>> print(jaxinfo.lautum_information(p_xy, base=2).round(3))
      0.322

    Notes:
      Accurate near independence and never negative. A cell that is 0, or masked, while
      its marginals are not gives +inf. A table of another mass than one has its mass
      times the value of the normalized table. The gradient is 0 where p(x, y) is 0; a
      value of +inf comes with a gradient of +inf on the other cells of the row and the
      column that hold the missing one. About ten passes over the table.

    References:
      D. P. Palomar and S. Verdú, "Lautum Information", 2008.

    See Also:
      `mutual_information`, the divergence the other way;
      `jaxinfo.logits.lautum_information`, the same verb of logits.
    """
    blocks, p = checks.of_joint("p_xy", p_xy, where, x_axis=x_axis, y_axis=y_axis)
    return units.from_nats(joint.lautum_information(blocks, p), base)
