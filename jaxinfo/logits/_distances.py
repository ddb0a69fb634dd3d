"""Distances of two sets of logits, and their overlap."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, logit_divergences, softmax, units
from jaxinfo._core import tables as roots
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.logits._divergences import js_divergence

__all__ = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "hellinger_distance",
    "js_distance",
    "squared_hellinger_distance",
    "total_variation_distance",
]

Axis = int | tuple[int, ...]


@jitted("axis", "base", "axis_name")
def js_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Jensen-Shannon distance of two distributions given by logits, a metric.

    $$ d(p, q) = \sqrt{\mathrm{JS}(p, q)} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm in the divergence under the root; `None` is e.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Distance, the root of the divergence in nats, or in the unit of `base`; at most 1
      with `base=2`. The broadcast shape without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.array([0.0, -jnp.inf])
      >>> logits_q = jnp.array([-jnp.inf, 0.0])
      >>> print(jaxinfo.logits.js_distance(logits_p, logits_q, base=2).round(3))
      1.0

    Notes:
      Accurate for nearly equal logits. At equal ones the distance has a kink, and its
      gradient is given as 0. Cost as for the divergence.

    References:
      Endres and Schindelin (2003), A new metric for probability distributions.

    See Also:
      `jaxinfo.probs.js_distance`: from tables of probabilities.
      `jaxinfo.logits.js_divergence`: its square, smooth at equal logits.
    """
    return roots.square_root(
        js_divergence(
            logits_p, logits_q, axis=axis, where=where, base=base, axis_name=axis_name
        )
    )


@jitted("axis", "axis_name")
def total_variation_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Total variation distance of two distributions given by logits.

    $$ \mathrm{TV}(p, q) = \tfrac12 \sum_k |p_k - q_k| $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Distance between 0 and 1; the broadcast shape without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.total_variation_distance(logits_p, logits_q).round(3))
      0.25

    Notes:
      The difference q - p comes from that of the logits: nearly equal logits keep their
      digits. The gradient follows the sign of q_k - p_k, and counts it as 0 where both
      are equal, at the kink.

      Six passes over one or both arguments, two more if rows are nearly one-hot; no
      table of temporaries.

    References:
      Levin and Peres (2017), Markov Chains and Mixing Times, 2nd ed., proposition 4.2.

    See Also:
      `jaxinfo.probs.total_variation_distance`: from tables of probabilities.
      `jaxinfo.logits.hellinger_distance`: a distance with a smooth square.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(logit_divergences.total_variation_distance(rows, x, y))


@jitted("axis", "axis_name")
def squared_hellinger_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Squared Hellinger distance of two distributions given by logits.

    $$ H^2(p, q) = \tfrac12 \sum_k \bigl( \sqrt{p_k} - \sqrt{q_k} \bigr)^2 $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Squared distance between 0 and 1; the broadcast shape without `axis`, float32 or
      float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.array([0.0, 0.0, -jnp.inf])
      >>> logits_q = jnp.array([-jnp.inf, 0.0, 0.0])
      >>> print(jaxinfo.logits.squared_hellinger_distance(logits_p, logits_q).round(3))
      0.5

    Notes:
      Summed from the difference of the logits, so that nearly equal logits keep their
      digits; exactly 0 for equal ones. Supports may differ; the gradient is finite
      everywhere, and 0 at what is absent.

      Six passes over one or both arguments, two more if rows are nearly one-hot; no
      table of temporaries.

    References:
      Hellinger (1909), Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen.

    See Also:
      `jaxinfo.probs.squared_hellinger_distance`: from tables of probabilities.
      `jaxinfo.logits.hellinger_distance`: its square root, a metric.
      `jaxinfo.logits.bhattacharyya_coefficient`: 1 less this.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(logit_divergences.squared_hellinger_distance(rows, x, y))


@jitted("axis", "axis_name")
def hellinger_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Hellinger distance of two distributions given by logits, a metric.

    $$ H(p, q) = \sqrt{\tfrac12 \sum_k \bigl( \sqrt{p_k} - \sqrt{q_k} \bigr)^2} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Distance between 0 and 1; the broadcast shape without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.hellinger_distance(logits_p, logits_q).round(3))
      0.207

    Notes:
      Accurate for nearly equal logits. At equal ones the distance has a kink, and its
      gradient is given as 0. Cost as for the squared distance.

    References:
      Hellinger (1909), Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen.

    See Also:
      `jaxinfo.probs.hellinger_distance`: from tables of probabilities.
      `jaxinfo.logits.squared_hellinger_distance`: its square, smooth at equal logits.
    """
    return roots.square_root(
        squared_hellinger_distance(
            logits_p, logits_q, axis=axis, where=where, axis_name=axis_name
        )
    )


@jitted("axis", "axis_name")
def bhattacharyya_coefficient(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Bhattacharyya coefficient of two distributions given by logits, their overlap.

    $$ \mathrm{BC}(p, q) = \sum_k \sqrt{p_k q_k} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Coefficient between 0, nothing in common, and 1, equal; the broadcast shape
      without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.bhattacharyya_coefficient(logits_p, logits_q).round(3))
      0.957

    Notes:
      The exponential of minus the distance. Exactly 1 for equal logits, and so for a
      row without outcomes; 0, with gradient 0, where p and q have no outcome in common.

    References:
      Bhattacharyya (1943), On a measure of divergence between two statistical
      populations defined by their probability distributions.

    See Also:
      `jaxinfo.probs.bhattacharyya_coefficient`: from tables of probabilities.
      `jaxinfo.logits.bhattacharyya_distance`: minus its logarithm, without underflow.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    overlap = jnp.exp(-logit_divergences.bhattacharyya_distance(rows, x, y))
    none = (softmax.number(rows, x) == 0) | (softmax.number(rows, y) == 0)
    return rows.drop(jnp.where(none, 0.0, overlap))


@jitted("axis", "base", "axis_name")
def bhattacharyya_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Bhattacharyya distance of two distributions given by logits.

    $$ D_B(p, q) = -\log \sum_k \sqrt{p_k q_k} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Distance in nats, or in the unit of `base`; the broadcast shape without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.array([0.0, -400.0])
      >>> logits_q = jnp.array([-400.0, 0.0])
      >>> print(jaxinfo.logits.bhattacharyya_distance(logits_p, logits_q).round(3))
      199.307

    Notes:
      Near distributions go through the squared Hellinger distance and keep their
      digits; far ones through the mean of the logits, which does not underflow where
      the coefficient does. The distance is no metric: it lacks the triangle inequality.

      Where p and q have no outcome in common the value is +inf, and the gradient is
      given as 0. Elsewhere it is half of p - r and of q - r, with r the normalized
      sqrt(p q).

    References:
      Bhattacharyya (1943), On a measure of divergence between two statistical
      populations defined by their probability distributions. Kailath (1967), The
      divergence and Bhattacharyya distance measures in signal selection.

    See Also:
      `jaxinfo.probs.bhattacharyya_distance`: from tables of probabilities.
      `jaxinfo.logits.hellinger_distance`: a metric of the same coefficient.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    nats = logit_divergences.bhattacharyya_distance(rows, x, y)
    return units.from_nats(rows.drop(nats), base)
