"""Dependence of the variables of joint logits."""

from typing import Literal

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, joint, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.logits._joint_table import Axis, joint_table

__all__ = [
    "conditional_mutual_information",
    "lautum_information",
    "mutual_information",
    "normalized_mutual_information",
    "pointwise_mutual_information",
]

Normalization = Literal["arithmetic", "geometric", "min", "max", "joint"]


@jitted("x_axis", "y_axis", "base", "axis_name")
def mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Mutual information of two variables given by their joint logits.

    $$ I(X; Y) = \sum_{x,y} p(x, y) \log \frac{p(x, y)}{p(x)\, p(y)} $$

    with p the softmax of `logits_xy` over both variables.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Mutual information in nats, or in the unit of `base`; shape of `logits_xy` without
      the axes named, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.4, 0.1], [0.1, 0.4]]))
      >>> print(jaxinfo.logits.mutual_information(logits_xy, base=2).round(3))
      0.278

    Notes:
      Summed as the divergence of p(x, y) from the product of its marginals, never
      negative, and accurate near independence up to the rounding of the softmax.

      The gradient is p(x, y) times the pointwise information less the mean, 0 at an
      absent cell. Costs the joint table, one table of temporaries.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.28).

    See Also:
      `jaxinfo.probs.mutual_information`: from a joint table of probabilities.
      `jaxinfo.logits.conditional_mutual_information`: given a third variable.
      `jaxinfo.logits.pointwise_mutual_information`: cell by cell.
    """
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "base", "axis_name")
def pointwise_mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Pointwise mutual information of every cell of the joint logits of two variables.

    $$ i(x; y) = \log \frac{p(x, y)}{p(x)\, p(y)} $$

    with p the softmax of `logits_xy` over both variables.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Information in nats, or in the unit of `base`; a table of the shape of
      `logits_xy`, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.375, 0.125], [0.125, 0.375]]))
      >>> with jnp.printoptions(precision=3, suppress=True):
      ...     print(jaxinfo.logits.pointwise_mutual_information(logits_xy))
      [[ 0.405 -0.693]
       [-0.693  0.405]]

    Notes:
      Of either sign; accurate near 0. A cell that is absent, or whose probability
      underflows, has -inf, with gradient 0.

      With `axis_name`, every shard gets the entries of its own cells.

    References:
      Fano (1961), Transmission of Information.
      Church and Hanks (1990), Word association norms, mutual information, and
      lexicography.

    See Also:
      `jaxinfo.probs.pointwise_mutual_information`: from a joint table of probabilities.
      `jaxinfo.logits.mutual_information`: its expected value.
    """
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.pointwise(blocks, p), base, summed=False)


@jitted("x_axis", "y_axis", "z_axis", "base", "axis_name")
def conditional_mutual_information(
    logits_xyz: ArrayLike,
    *,
    x_axis: Axis = -3,
    y_axis: Axis = -2,
    z_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Mutual information of two variables given a third, from their joint logits.

    $$ I(X; Y \mid Z) = \sum_{x,y,z} p(x, y, z)
       \log \frac{p(x, y, z)\, p(z)}{p(x, z)\, p(y, z)} $$

    with p the softmax of `logits_xyz` over all three variables.

    Args:
      logits_xyz: Logits of the joint distribution, shape `(..., X, Y, Z)` or in any
        order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      z_axis: Axis, or axes, of the variable Z that is known.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Mutual information in nats, or in the unit of `base`; shape of `logits_xyz`
      without the axes named, float32 or float64.

    Raises:
      TypeError: If `logits_xyz` is not a floating-point array, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x, y = jnp.meshgrid(jnp.arange(2), jnp.arange(2), indexing="ij")
      >>> z_is_xor = jnp.stack([x == y, x != y], axis=-1)
      >>> logits_xyz = jnp.where(z_is_xor, 0.0, -jnp.inf)
      >>> print(
      ...     jaxinfo.logits.conditional_mutual_information(logits_xyz, base=2).round(3)
      ... )
      1.0

    Notes:
      Never negative and accurate near conditional independence, as the mutual
      information is. Costs the joint table, one table of temporaries, and its
      marginals.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eqs.
      (2.60)-(2.61).

    See Also:
      `jaxinfo.probs.conditional_mutual_information`: from a joint table of
      probabilities.
      `jaxinfo.logits.mutual_information`: with nothing known.
    """
    blocks, p = joint_table(
        "logits_xyz",
        logits_xyz,
        where,
        axis_name,
        x_axis=x_axis,
        y_axis=y_axis,
        z_axis=z_axis,
    )
    return units.from_nats(joint.mutual_information(blocks, p), base)


@jitted("x_axis", "y_axis", "normalization", "axis_name")
def normalized_mutual_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    normalization: Normalization = "arithmetic",
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Mutual information of joint logits, relative to the entropies of the variables.

    $$ \frac{I(X; Y)}{M(H(X), H(Y))} $$

    with M a mean, or the joint entropy, of the softmax of `logits_xy`.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      normalization: What divides. "arithmetic" or "geometric" mean of the two
        entropies, their "min" or "max", or the "joint" entropy.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Ratio between 0 and 1; shape of `logits_xy` without the axes named, float32 or
      float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `normalization` or the
        shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.4, 0.1], [0.1, 0.4]]))
      >>> print(jaxinfo.logits.normalized_mutual_information(logits_xy).round(3))
      0.278

    Notes:
      If both variables are constant the value is 1, and if only one is, 0. A table with
      no cell left counts as the former. Accurate near independence, as the mutual
      information is. Costs the joint table, one table of temporaries.

    References:
      Strehl and Ghosh (2002), Cluster ensembles: a knowledge reuse framework for
      combining multiple partitions.
      Vinh, Epps and Bailey (2010), Information theoretic measures for clusterings
      comparison.

    See Also:
      `jaxinfo.probs.normalized_mutual_information`: from a joint table of
      probabilities.
      `jaxinfo.logits.variation_of_information`: a metric instead of a ratio.
    """
    checks.option("normalization", normalization, joint.NORMALIZATIONS)
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return joint.normalized_mutual_information(blocks, p, normalization)


@jitted("x_axis", "y_axis", "base", "axis_name")
def lautum_information(
    logits_xy: ArrayLike,
    *,
    x_axis: Axis = -2,
    y_axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Lautum information of two variables given by their joint logits.

    $$ L(X; Y) = \sum_{x,y} p(x)\, p(y) \log \frac{p(x)\, p(y)}{p(x, y)} $$

    with p the softmax of `logits_xy` over both variables.

    Args:
      logits_xy: Logits of the joint distribution, shape `(..., X, Y)` or in any order.
      x_axis: Axis, or axes, of the variable X.
      y_axis: Axis, or axes, of the variable Y.
      where: Boolean mask that broadcasts to the logits; false marks an absent cell.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Lautum information in nats, or in the unit of `base`; shape of `logits_xy` without
      the axes named, float32 or float64.

    Raises:
      TypeError: If `logits_xy` is not a floating-point array, `where` is not boolean,
        or an option is of the wrong type.
      ValueError: If an axis is out of range or named twice, or `base` or the shape of
        `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_xy = jnp.log(jnp.array([[0.4, 0.1], [0.1, 0.4]]))
      >>> print(jaxinfo.logits.lautum_information(logits_xy, base=2).round(3))
      0.322

    Notes:
      The divergence of the mutual information with its arguments exchanged: never
      negative, accurate near independence. It is +inf if a cell is absent, or its
      probability underflows, while its row and column are not; there is no gradient
      there. Costs the joint table, one table of temporaries.

    References:
      Palomar and Verdú (2008), Lautum information.

    See Also:
      `jaxinfo.probs.lautum_information`: from a joint table of probabilities.
      `jaxinfo.logits.mutual_information`: the other direction, always finite.
    """
    blocks, p = joint_table(
        "logits_xy", logits_xy, where, axis_name, x_axis=x_axis, y_axis=y_axis
    )
    return units.from_nats(joint.lautum_information(blocks, p), base)
