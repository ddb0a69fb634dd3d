"""Measures of many variables of joint logits."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import subsets, units, variables
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo._core.variables import Axes

__all__ = [
    "dual_total_correlation",
    "o_information",
    "residual_entropy",
    "s_information",
    "total_correlation",
]


@jitted("axes", "base", "axis_name")
def dual_total_correlation(
    logits: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Dual total correlation of the variables of joint logits.

    $$ D(X_1, \ldots, X_n) = H(X_1, \ldots, X_n)
    - \sum_i H(X_i \mid X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      logits: Logits of the joint distribution, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `logits`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Correlation in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating array, `where` not boolean, or `axes`
        or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.logits.dual_total_correlation(jnp.log(p), base=2).round(3))
      2.0

    Notes:
      Also binding information: the entropy that more than one variable has. Of two
      variables it is the mutual information. Never negative, and accurate near it:
      computed as S-information less total correlation, of which it is no less than one
      part in n. About ten passes over the table for each variable. That of the softmax,
      to whose rounding it is accurate; the gradient is 0 where a logit is -inf. Costs
      the joint table, and in every shard the whole one.

    References:
      T. S. Han, "Nonnegative entropy measures of multivariate symmetric correlations",
      1978, eq. (2.13); S. A. Abdallah and M. D. Plumbley, "A measure of statistical
      complexity based on predictive information", 2010.

    See Also:
      `total_correlation`, its dual; `residual_entropy`, what is left of the entropy;
      `jaxinfo.probs.dual_total_correlation`, the same verb of tables.
    """
    joint = variables.of_logits("logits", logits, axes, where, axis_name)
    return units.from_nats(subsets.dual_total_correlation(joint), base)


@jitted("axes", "base", "axis_name")
def o_information(
    logits: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""O-information of the variables of joint logits: redundancy less synergy.

    $$ \Omega(X_1, \ldots, X_n) = T(X_1, \ldots, X_n) - D(X_1, \ldots, X_n) $$

    the total less the dual total correlation.

    Args:
      logits: Logits of the joint distribution, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `logits`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Information in nats, or in the unit of `base`; of either sign, shape of the batch
      axes, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating array, `where` not boolean, or `axes`
        or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2 are synergy:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.logits.o_information(jnp.log(p), base=2).round(3))
      -1.0

    Notes:
      Positive where variables repeat each other, negative where they tell more together
      than apart; 0 of two variables. Accurate near independence, to a rounding of the
      two correlations. About ten passes over the table for each variable. That of the
      softmax, to whose rounding it is accurate; the gradient is 0 where a logit is
      -inf. Costs the joint table, and in every shard the whole one.

    References:
      F. E. Rosas, P. A. M. Mediano, M. Gastpar and H. J. Jensen, "Quantifying
      high-order interdependencies via multivariate extensions of the mutual
      information", 2019, eq. (6).

    See Also:
      `total_correlation` and `dual_total_correlation`, its parts; `s_information`,
      their sum; `jaxinfo.probs.o_information`, the same verb of tables.
    """
    joint = variables.of_logits("logits", logits, axes, where, axis_name)
    return units.from_nats(subsets.o_information(joint), base)


@jitted("axes", "base", "axis_name")
def residual_entropy(
    logits: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Residual entropy of the variables of joint logits, or erasure entropy.

    $$ R(X_1, \ldots, X_n) = \sum_i H(X_i \mid X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      logits: Logits of the joint distribution, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `logits`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating array, `where` not boolean, or `axes`
        or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Of two fair bits and their sum modulo 2 no one has anything of its own:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.logits.residual_entropy(jnp.log(p), base=2).round(3))
      0.0

    Notes:
      The entropy that one variable has alone, summed over all of them. A sum of terms
      that are not negative: exactly 0 where each variable follows from the others. Four
      passes over the table for each variable. That of the softmax, to whose rounding it
      is accurate; the gradient is 0 where a logit is -inf. Costs the joint table, and
      in every shard the whole one.

    References:
      S. Verdú and T. Weissman, "The information lost in erasures", 2008, eq. (3); S. A.
      Abdallah and M. D. Plumbley, "A measure of statistical complexity based on
      predictive information", 2010.

    See Also:
      `dual_total_correlation`, the rest of the joint entropy; `conditional_entropy`,
      one of its terms; `jaxinfo.probs.residual_entropy`, the same verb of tables.
    """
    joint = variables.of_logits("logits", logits, axes, where, axis_name)
    return units.from_nats(subsets.residual_entropy(joint), base)


@jitted("axes", "base", "axis_name")
def s_information(
    logits: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""S-information of the variables of joint logits, the sum of both correlations.

    $$ \Sigma(X_1, \ldots, X_n) = \sum_i I(X_i; X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      logits: Logits of the joint distribution, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `logits`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Information in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating array, `where` not boolean, or `axes`
        or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Of two fair bits and their sum modulo 2 each follows from the others:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.logits.s_information(jnp.log(p), base=2).round(3))
      3.0

    Notes:
      What each variable shares with all others, summed: never negative, and accurate
      near it. About ten passes over the table for each variable. That of the softmax,
      to whose rounding it is accurate; the gradient is 0 where a logit is -inf. Costs
      the joint table, and in every shard the whole one.

    References:
      F. E. Rosas, P. A. M. Mediano, M. Gastpar and H. J. Jensen, "Quantifying
      high-order interdependencies via multivariate extensions of the mutual
      information", 2019, section II.

    See Also:
      `o_information`, the difference of the same two; `mutual_information`, one of its
      terms; `jaxinfo.probs.s_information`, the same verb of tables.
    """
    joint = variables.of_logits("logits", logits, axes, where, axis_name)
    return units.from_nats(subsets.s_information(joint), base)


@jitted("axes", "base", "axis_name")
def total_correlation(
    logits: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Total correlation of the variables of joint logits, or multi-information.

    $$ T(X_1, \ldots, X_n) = \sum_i H(X_i) - H(X_1, \ldots, X_n) $$

    Args:
      logits: Logits of the joint distribution, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `logits`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the last of the axes named is sharded, if it is.

    Returns:
      Correlation in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `logits` is not a floating array, `where` not boolean, or `axes`
        or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.logits.total_correlation(jnp.log(p), base=2).round(3))
      1.0

    Notes:
      The divergence of the table from the product of its marginals, which are summed
      and multiplied without rounding: never negative and accurate near it. Of two
      variables it is the mutual information. About ten passes over the table. That of
      the softmax, to whose rounding it is accurate; the gradient is 0 where a logit is
      -inf. Costs the joint table, and in every shard the whole one.

    References:
      S. Watanabe, "Information theoretical analysis of multivariate correlation", 1960,
      eq. (2.2).

    See Also:
      `dual_total_correlation`, its dual; `mutual_information`, of two variables or
      blocks; `jaxinfo.probs.total_correlation`, the same verb of tables.
    """
    joint = variables.of_logits("logits", logits, axes, where, axis_name)
    return units.from_nats(subsets.total_correlation(joint), base)
