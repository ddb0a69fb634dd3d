"""Entropies and divergences of any order, of distributions given by logits."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, order_entropies, orders, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "alpha_divergence",
    "renyi_divergence",
    "renyi_entropy",
    "tsallis_divergence",
    "tsallis_entropy",
]

Axis = int | tuple[int, ...]

_DIVERGENCES = orders.measures(orders.LOGITS)
_renyi_entropy = order_entropies.renyi(order_entropies.LOGITS)
_tsallis_entropy = order_entropies.tsallis(order_entropies.LOGITS)


@jitted("axis", "base", "axis_name")
def renyi_entropy(
    logits: ArrayLike,
    alpha: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Rényi entropy of a distribution given by logits.

    $$ H_\alpha(p) = \frac{1}{1 - \alpha} \log \sum_k p_k^\alpha $$

    with p the softmax of `logits`.

    Args:
      logits: Logits, shape `(..., K)`.
      alpha: Order, at least 0 and perhaps infinite: a real number, traced or not, or an
        array that broadcasts against the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of the batch axes, broadcast
        against `alpha`, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating array, `alpha` not real, `where` not
        boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`,
        `base` or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> print(jaxinfo.logits.renyi_entropy(x, 2.0, base=2).round(3))
      1.415

    Notes:
      By their limits, order 0 is the Hartley entropy, 1 the Shannon entropy and
      infinity the min-entropy; smooth around 1, without loss of digits. NaN where
      `alpha` is negative or NaN. The gradient in alpha is finite at 1, and given as 0
      at 0 and at infinity.

      An outcome of probability 0 adds nothing; its gradient is 0 where it would be
      infinite. Masses that are one but for rounding are taken as one: gradients are
      fixed up to a constant within a row.

    References:
      A. Rényi, "On measures of entropy and information", 1961, eq. (1.21).

    See Also:
      `tsallis_entropy`, of the same sum of powers; `entropy`, its value at 1;
      `jaxinfo.probs.renyi_entropy`, the same verb of tables.
    """
    rows, arrays = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    rows, order, arrays = orders.as_order(rows, alpha, *arrays)
    return units.from_nats(rows.drop(_renyi_entropy(rows, *arrays, order)), base)


@jitted("axis", "axis_name")
def tsallis_entropy(
    logits: ArrayLike,
    alpha: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Tsallis entropy of a distribution given by logits.

    $$ S_\alpha(p) = \frac{1 - \sum_k p_k^\alpha}{\alpha - 1} $$

    with p the softmax of `logits`.

    Args:
      logits: Logits, shape `(..., K)`.
      alpha: Order, at least 0 and perhaps infinite: a real number, traced or not, or an
        array that broadcasts against the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Entropy, without a unit; shape of the batch axes, broadcast against `alpha`,
        float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating array, `alpha` not real, `where` not
        boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`
        or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> print(jaxinfo.logits.tsallis_entropy(x, 2.0).round(3))
      0.625

    Notes:
      By their limits, order 0 is the size of the support less one, 1 the Shannon
      entropy in nats and infinity 0; smooth around 1, without loss of digits; 2 is the
      Gini impurity. NaN where `alpha` is negative or NaN. The gradient in alpha is
      finite at 1, and given as 0 at 0 and at infinity.

      An outcome of probability 0 adds nothing; its gradient is 0 where it would be
      infinite. Of a table that does not sum to one it is the sum of (p - p^α) / (α -
      1).

    References:
      C. Tsallis, "Possible generalization of Boltzmann-Gibbs statistics", 1988, eq.
      (1).

    See Also:
      `renyi_entropy`, which is additive; `jaxinfo.probs.tsallis_entropy`, the same verb
      of tables.
    """
    rows, arrays = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    rows, order, arrays = orders.as_order(rows, alpha, *arrays)
    return rows.drop(_tsallis_entropy(rows, *arrays, order))


@jitted("axis", "base", "axis_name")
def renyi_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    alpha: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Rényi divergence of two distributions given by logits.

    $$ D_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1}
       \log \sum_k p_k^\alpha q_k^{1 - \alpha} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      alpha: Order, at least 0 and perhaps infinite: a real number, traced or not, or an
        array that broadcasts against the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence in nats, or in the unit of `base`; shape of the batch axes, broadcast
        against `alpha`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `alpha` not real,
        `where` not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`,
        `base` or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.renyi_divergence(x, y, 2.0).round(3))
      0.288

    Notes:
      By their limits, order 0 is -log q(p > 0), 1 the Kullback-Leibler divergence and
      infinity the logarithm of the largest p/q; smooth around 1. Accurate near p = q,
      exactly 0 at equality, never negative. NaN where `alpha` is negative or NaN. The
      gradient in alpha is finite at 1, and given as 0 at 0 and at infinity.

      q = 0 < p gives +inf from order 1 on; below, only disjoint supports do. The slope
      of an outcome is 0 where it would be infinite because its own mass is 0. Masses
      that are one but for rounding are taken as one: gradients are fixed up to a
      constant within a row. The gradient at order 1 is that of `kl_divergence`.

    References:
      T. van Erven and P. Harremoës, "Rényi divergence and Kullback-Leibler divergence",
      2014, eq. (1).

    See Also:
      `kl_divergence`, its value at 1; `tsallis_divergence` and `alpha_divergence`, of
      the same sum; `jaxinfo.probs.renyi_divergence`, the same verb of tables.
    """
    rows, arrays = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    rows, order, arrays = orders.as_order(rows, alpha, *arrays)
    return units.from_nats(rows.drop(_DIVERGENCES.renyi(rows, *arrays, order)), base)


@jitted("axis", "axis_name")
def tsallis_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    alpha: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Tsallis divergence of two distributions given by logits.

    $$ T_\alpha(p \,\|\, q) = \frac{1}{\alpha - 1}
       \sum_k \left( p_k^\alpha q_k^{1 - \alpha}
       - \alpha p_k - (1 - \alpha) q_k \right) $$

    The last two terms are 1 together if both distributions sum to one.

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      alpha: Order, at least 0 and perhaps infinite: a real number, traced or not, or an
        array that broadcasts against the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence, without a unit; shape of the batch axes, broadcast against `alpha`,
        float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `alpha` not real,
        `where` not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`
        or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.tsallis_divergence(x, y, 2.0).round(3))
      0.333

    Notes:
      By their limits, order 0 is 1 - q(p > 0), 1 the Kullback-Leibler divergence in
      nats and infinity +inf unless p = q; smooth around 1; 2 is
      `chi_squared_divergence`. Accurate near p = q, exactly 0 at equality, never
      negative. NaN where `alpha` is negative or NaN. The gradient in alpha is finite at
      1, and given as 0 at 0 and at infinity.

      q = 0 < p gives +inf from order 1 on. The gradient is α ((p/q)^(α-1) - 1) / (α -
      1) in p and 1 - (p/q)^α in q, and 0 where it would be infinite because the mass
      itself is 0.

    References:
      C. Tsallis, "Generalized entropy-based criterion for consistent testing", 1998,
      eq. (9).

    See Also:
      `alpha_divergence`, this over α; `renyi_divergence`, which is additive;
      `jaxinfo.probs.tsallis_divergence`, the same verb of tables.
    """
    rows, arrays = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    rows, order, arrays = orders.as_order(rows, alpha, *arrays)
    return rows.drop(_DIVERGENCES.tsallis(rows, *arrays, order))


@jitted("axis", "axis_name")
def alpha_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    alpha: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Alpha divergence of two distributions given by logits.

    $$ A_\alpha(p \,\|\, q) = \frac{1}{\alpha (\alpha - 1)}
       \sum_k \left( p_k^\alpha q_k^{1 - \alpha}
       - \alpha p_k - (1 - \alpha) q_k \right) $$

    The last two terms are 1 together if both distributions sum to one.

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      alpha: Order, any real number, traced or not, or an array that broadcasts against
        the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence, without a unit; shape of the batch axes, broadcast against `alpha`,
        float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `alpha` not real,
        `where` not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`
        or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.alpha_divergence(x, y, 0.5).round(3))
      0.136

    Notes:
      Order 1 is the Kullback-Leibler divergence D(p || q), 0 is D(q || p), 2 half of
      Pearson's and -1 half of Neyman's chi-squared divergence, 1/2 four times the
      squared Hellinger distance; p and q change places as α and 1 - α do. Smooth in α
      everywhere, its gradient too. Accurate near p = q, exactly 0 at equality, never
      negative. At infinite orders it is +inf unless p = q; NaN gives NaN.

      q = 0 < p gives +inf from order 1 up, p = 0 < q from order 0 down. The slope of an
      outcome is 0 where it would be infinite because its own mass is 0.

    References:
      S. Amari, "alpha-Divergence Is Unique, Belonging to Both f-Divergence and Bregman
      Divergence Classes", 2009; N. Cressie and T. R. C. Read, "Multinomial
      Goodness-of-Fit Tests", 1984, eq. (2.1).

    See Also:
      `tsallis_divergence`, this times α; `f_divergence`, of any convex function;
      `jaxinfo.probs.alpha_divergence`, the same verb of tables.
    """
    rows, arrays = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    rows, order, arrays = orders.as_order(rows, alpha, *arrays)
    return rows.drop(_DIVERGENCES.alpha(rows, *arrays, order))
