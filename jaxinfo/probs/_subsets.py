"""Measures of all subsets of the variables of joint probability tables."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import subsets, units, variables
from jaxinfo._core.jit import jitted
from jaxinfo._core.subsets import SubsetEntropies
from jaxinfo._core.variables import Axes

__all__ = [
    "co_information",
    "interaction_information",
    "subset_entropies",
    "tse_complexity",
]


@jitted("axes", "base")
def co_information(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Co-information, what all variables of a joint table share.

    $$ I(X_1; \ldots; X_n) = -\sum_{T} (-1)^{|T|} H(X_T) $$

    summed over the subsets T of the variables.

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
      Of two fair bits and their sum modulo 2, any two tell the third:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.co_information(p, base=2).round(3))
      -1.0

    Notes:
      Positive where variables repeat each other, negative where only together they tell
      something. Of two variables it is the mutual information, of three I(X; Y) - I(X;
      Y|Z) and the O-information. Counted as total correlations of the subsets, so that
      nearly independent tables keep their digits. The gradient is 0 where p is 0, since
      it is infinite there. Forms the marginals of all subsets: one more value for each
      variable.

    References:
      A. J. Bell, "The co-information lattice", 2003, eq. (6).

    See Also:
      `interaction_information`, the same number under its older name; `o_information`,
      the balance of redundancy and synergy; `jaxinfo.logits.co_information`, the same
      verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.co_information(joint), base)


@jitted("axes", "base")
def interaction_information(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Interaction information of the variables of a joint table.

    $$ I(X_1; \ldots; X_n) = I(X_1; \ldots; X_{n-1})
    - I(X_1; \ldots; X_{n-1} \mid X_n) $$

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
      Of two fair bits and their sum modulo 2, any two tell the third:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> print(jaxinfo.interaction_information(p, base=2).round(3))
      -1.0

    Notes:
      Negative where the variables tell more together than apart. McGill's own sign is
      the opposite one if the number of variables is odd. Of two variables it is the
      mutual information, of three the O-information. Accurate near independence. The
      gradient is 0 where p is 0, since it is infinite there. Forms the marginals of all
      subsets: one more value for each variable.

    References:
      W. J. McGill, "Multivariate information transmission", 1954; A. J. Bell, "The
      co-information lattice", 2003, eq. (6), for the sign.

    See Also:
      `co_information`, the same number; `conditional_mutual_information`, one of its
      terms; `jaxinfo.logits.interaction_information`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.co_information(joint), base)


@jitted("axes", "order", "base")
def subset_entropies(
    p: ArrayLike,
    *,
    axes: Axes = None,
    order: int | None = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> SubsetEntropies:
    r"""Entropies of all subsets of the variables of a joint table.

    $$ H(X_T) = -\sum_{x_T} p(x_T) \log p(x_T), \qquad 1 \le |T| \le \text{order} $$

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      order: The size of the largest subsets; `None` is all of them.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      `SubsetEntropies`: the subsets, tuples of variable numbers in the order of `axes`,
      small ones first, and an array of their entropies in nats, or in the unit of
      `base`: batch axes, then one for the subsets; float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axes`,
        `order` or `base` not a Python value.
      ValueError: If an axis is out of range or named twice, `order` or `base` is out
        of range, or `where` does not broadcast.

    Examples:
      Two fair bits and their sum modulo 2 are independent by pairs:

      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
      >>> subsets, entropies = jaxinfo.subset_entropies(p, order=2, base=2)
      >>> subsets
      ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
      >>> print(entropies.round(3))
      [1. 1. 1. 2. 2. 2.]

    Notes:
      Every measure of the Shannon family of many variables is a weighted sum of these.
      The empty subset is left out. In the result the subsets are static: `jax.jit`,
      `jax.vmap` and `jax.grad` see the entropies alone. 0 log 0 is 0, and the gradient
      is 0 where a marginal is 0, since it is infinite there. One program for all
      subsets, in the memory of their marginals: for n binary variables and all subsets
      3^n cells.

    References:
      R. W. Yeung, "A new outlook on Shannon's information measures", 1991; T. M. Cover
      and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006, section 17.6.

    See Also:
      `joint_entropy`, of one subset; `co_information` and `tse_complexity`, of which
      these are the terms; `jaxinfo.logits.subset_entropies`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    names, nats = subsets.entropies(joint, order)
    return SubsetEntropies(names, units.from_nats(nats, base))


@jitted("axes", "base")
def tse_complexity(
    p: ArrayLike,
    *,
    axes: Axes = None,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Tononi-Sporns-Edelman complexity of the variables of a joint table.

    $$ C(X_1, \ldots, X_n) = \sum_{k=1}^{n-1} \left( \langle H(X_T) \rangle_{|T| = k}
    - \frac{k}{n} H(X_1, \ldots, X_n) \right) $$

    with the mean over all subsets T of k variables.

    Args:
      p: Joint probabilities, one axis for each variable.
      axes: The axes of the variables; a tuple among them is a block that counts as one
        variable, and axes not named are batch axes. `None`: every axis is a variable.
      where: Boolean mask that broadcasts to `p`; false cells are absent, from the
        marginals too.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Complexity in nats, or in the unit of `base`; shape of the batch axes, float32 or
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
      >>> print(jaxinfo.tse_complexity(p, base=2).round(3))
      1.0

    Notes:
      Large where small subsets are nearly independent and large ones are not; half the
      sum of the mean informations between subsets of each size and the rest. Counted as
      total correlations of the subsets, so that nearly independent tables keep their
      digits. The gradient is 0 where p is 0, since it is infinite there. Forms the
      marginals of all subsets: one more value for each variable.

    References:
      G. Tononi, O. Sporns and G. M. Edelman, "A measure for brain complexity", 1994,
      eq. (5).

    See Also:
      `total_correlation`, of all variables; `subset_entropies`, what it is made of;
      `jaxinfo.logits.tse_complexity`, the same verb of logits.
    """
    joint = variables.of_table("p", p, axes, where)
    return units.from_nats(subsets.tse_complexity(joint), base)
