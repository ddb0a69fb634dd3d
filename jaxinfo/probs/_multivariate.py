"""Measures of many variables of joint probability tables."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import subsets, units, variables
from jaxinfo._core.jit import jitted
from jaxinfo._core.variables import Axes

__all__ = [
    "dual_total_correlation",
    "o_information",
    "residual_entropy",
    "s_information",
    "total_correlation",
]


@jitted("axes", "base")
def dual_total_correlation(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Dual total correlation of the variables of a joint table.

    $$ D(X_1, \ldots, X_n) = H(X_1, \ldots, X_n)
    - \sum_i H(X_i \mid X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Correlation in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes` or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.dual_total_correlation(p, base=2).round(3))
      2.0

    Notes:
      Also binding information: the entropy that more than one variable has. Of two
      variables it is the mutual information. Never negative, exactly 0 for a product of
      marginals that are exact, and accurate near it: computed as S-information less
      total correlation, of which it is no less than one part in n. The gradient is 0
      where p is 0, since it is infinite there. About ten passes over the table for each
      variable.

    References:
      T. S. Han, "Nonnegative entropy measures of multivariate symmetric correlations",
      1978, eq. (2.13); S. A. Abdallah and M. D. Plumbley, "A measure of statistical
      complexity based on predictive information", 2010.

    See Also:
      `total_correlation`, its dual; `residual_entropy`, what is left of the entropy;
      `jaxinfo.logits.dual_total_correlation`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.dual_total_correlation(joint), base)


@jitted("axes", "base")
def o_information(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""O-information of the variables of a joint table: redundancy less synergy.

    $$ \Omega(X_1, \ldots, X_n) = T(X_1, \ldots, X_n) - D(X_1, \ldots, X_n) $$

    the total less the dual total correlation.

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; of either sign, shape of the batch
      axes, float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes` or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2 are synergy:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.o_information(p, base=2).round(3))
      -1.0

    Notes:
      Positive where variables repeat each other, negative where they tell more together
      than apart; 0 of two variables. Accurate near independence, to a rounding of the
      two correlations. The gradient is 0 where p is 0, since it is infinite there.
      About ten passes over the table for each variable.

    References:
      F. E. Rosas, P. A. M. Mediano, M. Gastpar and H. J. Jensen, "Quantifying
      high-order interdependencies via multivariate extensions of the mutual
      information", 2019, eq. (6).

    See Also:
      `total_correlation` and `dual_total_correlation`, its parts; `s_information`,
      their sum; `jaxinfo.logits.o_information`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.o_information(joint), base)


@jitted("axes", "base")
def residual_entropy(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Residual entropy of the variables of a joint table, or erasure entropy.

    $$ R(X_1, \ldots, X_n) = \sum_i H(X_i \mid X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes` or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Of two fair bits and their sum modulo 2 no one has anything of its own:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.residual_entropy(p, base=2).round(3))
      0.0

    Notes:
      The entropy that one variable has alone, summed over all of them. A sum of terms
      that are not negative: exactly 0 where each variable follows from the others. The
      gradient is the sum of log(p(rest) / p), and 0 where p is 0, since it is infinite
      there. Four passes over the table for each variable.

    References:
      S. Verdú and T. Weissman, "The information lost in erasures", 2008, eq. (3); S. A.
      Abdallah and M. D. Plumbley, "A measure of statistical complexity based on
      predictive information", 2010.

    See Also:
      `dual_total_correlation`, the rest of the joint entropy; `conditional_entropy`,
      one of its terms; `jaxinfo.logits.residual_entropy`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.residual_entropy(joint), base)


@jitted("axes", "base")
def s_information(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""S-information of the variables of a joint table, the sum of both correlations.

    $$ \Sigma(X_1, \ldots, X_n) = \sum_i I(X_i; X_{-i}) $$

    with X_{-i} all variables but the i-th.

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes` or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Of two fair bits and their sum modulo 2 each follows from the others:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.s_information(p, base=2).round(3))
      3.0

    Notes:
      What each variable shares with all others, summed: never negative, exactly 0 for a
      product of marginals that are exact, and accurate near it. The gradient is 0 where
      p is 0, since it is infinite there. About ten passes over the table for each
      variable.

    References:
      F. E. Rosas, P. A. M. Mediano, M. Gastpar and H. J. Jensen, "Quantifying
      high-order interdependencies via multivariate extensions of the mutual
      information", 2019, section II.

    See Also:
      `o_information`, the difference of the same two; `mutual_information`, one of its
      terms; `jaxinfo.logits.s_information`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.s_information(joint), base)


@jitted("axes", "base")
def total_correlation(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Total correlation of the variables of a joint table, or multi-information.

    $$ T(X_1, \ldots, X_n) = \sum_i H(X_i) - H(X_1, \ldots, X_n) $$

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Correlation in nats, or in the unit of `base`; shape of the batch axes, float32 or
      float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes` or
        `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `base` is out of range,
        or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.total_correlation(p, base=2).round(3))
      1.0

    Notes:
      The divergence of the table from the product of its marginals, which are summed
      and multiplied without rounding: never negative, exactly 0 for a product of
      marginals that are exact, and accurate near it. Of two variables it is the mutual
      information. The gradient is the logarithm of p over that product, and 0 where p
      is 0, since it is infinite there. About ten passes over the table.

    References:
      S. Watanabe, "Information theoretical analysis of multivariate correlation", 1960,
      eq. (2.2).

    See Also:
      `dual_total_correlation`, its dual; `mutual_information`, of two variables or
      blocks; `jaxinfo.logits.total_correlation`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.total_correlation(joint), base)
