"""Distances of two probability tables, and their overlap."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, divergences, numerics, tables, units
from jaxinfo._core.jit import jitted
from jaxinfo.probs._divergences import js_divergence

__all__ = [
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "hellinger_distance",
    "js_distance",
    "squared_hellinger_distance",
    "total_variation_distance",
]

Axis = int | tuple[int, ...]


@jitted("axis", "base")
def js_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Jensen-Shannon distance, the square root of the divergence, a metric.

    $$ \sqrt{JS(p, q)} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits and makes it at most 1.

    Returns:
      Square root of JS in nats, or in the unit of `base`; shape of the broadcast batch
        axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        or `base` not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis`, `base` or the shape of
        `where` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([1.0, 0.0]), jnp.array([[0.0, 1.0], [0.5, 0.5]])
      >>> print(jaxinfo.js_distance(p, q, base=2).round(3))
      [1.    0.558]

    Notes:
      The gradient is 0 at p = q, where the distance has a tip; elsewhere it is that of
      `js_divergence` over twice the distance.

    References:
      D. M. Endres and J. E. Schindelin, "A new metric for probability distributions",
      2003.

    See Also:
      `js_divergence`, its square, smooth at p = q; `jaxinfo.logits.js_distance`, the
      same verb of logits.
    """
    return tables.square_root(js_divergence(p, q, axis=axis, where=where, base=base))


@jitted("axis")
def total_variation_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Total variation distance, the largest difference in probability of any event.

    $$ TV(p, q) = \tfrac12 \sum_k \left| p_k - q_k \right| $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Distance, between 0 and 1; shape of the broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis` or the shape of `where`
        does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.total_variation_distance(p, q).round(3))
      0.25

    Notes:
      The gradient is half the sign of the difference, 0 on outcomes where p = q.

    References:
      D. A. Levin, Y. Peres and E. L. Wilmer, "Markov Chains and Mixing Times", 2009,
      proposition 4.2.

    See Also:
      `hellinger_distance`, a metric that is smooth away from p = q;
      `jaxinfo.logits.total_variation_distance`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(divergences.total_variation_distance(rows, p, q))


@jitted("axis")
def squared_hellinger_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Squared Hellinger distance of two probability tables.

    $$ H^2(p, q) = \tfrac12 \sum_k \left( \sqrt{p_k} - \sqrt{q_k} \right)^2 $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Squared distance, between 0 and 1; shape of the broadcast batch axes, float32 or
        float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis` or the shape of `where`
        does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.squared_hellinger_distance(p, q).round(3))
      0.034

    Notes:
      Some authors leave out the factor 1/2. Accurate near p = q, exactly 0 at equality.
      The gradient in p is (1 - sqrt(q/p)) / 2, and 0 where p = 0 < q, since it is
      infinite there; where both are 0 it is 1/2. In q likewise.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `hellinger_distance`, its square root; `bhattacharyya_coefficient`, one minus it;
      `jaxinfo.logits.squared_hellinger_distance`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(divergences.squared_hellinger_distance(rows, p, q))


@jitted("axis")
def hellinger_distance(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Hellinger distance of two probability tables, a metric.

    $$ H(p, q) = \sqrt{\tfrac12 \sum_k \left( \sqrt{p_k} - \sqrt{q_k} \right)^2} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Distance, between 0 and 1; shape of the broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis` or the shape of `where`
        does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.hellinger_distance(p, q).round(3))
      0.185

    Notes:
      The gradient is 0 at p = q, where the distance has a tip; elsewhere it is that of
      `squared_hellinger_distance` over twice the distance.

    References:
      E. Hellinger, "Neue Begründung der Theorie quadratischer Formen von
      unendlichvielen Veränderlichen", 1909.

    See Also:
      `squared_hellinger_distance`, smooth at p = q;
      `jaxinfo.logits.hellinger_distance`, the same verb of logits.
    """
    return tables.square_root(squared_hellinger_distance(p, q, axis=axis, where=where))


@jitted("axis")
def bhattacharyya_coefficient(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Bhattacharyya coefficient, the overlap of two probability tables.

    $$ BC(p, q) = \sum_k \sqrt{p_k q_k} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Coefficient, 0 for disjoint supports and 1 at p = q but for rounding; shape of the
        broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis` or the shape of `where`
        does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.bhattacharyya_coefficient(p, q).round(3))
      0.966

    Notes:
      The gradient in p is sqrt(q/p) / 2, and 0 where p or q is 0; in q likewise.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `squared_hellinger_distance`, one minus it, accurate near p = q;
      `jaxinfo.logits.bhattacharyya_coefficient`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(tables.affinity(rows, p, q))


@jitted("axis", "base")
def bhattacharyya_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Bhattacharyya distance, the negative logarithm of the overlap.

    $$ D_B(p, q) = -\log \sum_k \sqrt{p_k q_k} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Distance in nats, or in the unit of `base`; shape of the broadcast batch axes,
        float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        or `base` not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis`, `base` or the shape of
        `where` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.bhattacharyya_distance(p, q).round(3))
      0.035

    Notes:
      No metric: the triangle inequality fails. Disjoint supports give +inf, with a
      gradient of 0. Masses that are one but for rounding are taken as one: up to a
      squared Hellinger distance of 1/2, value and gradient are then those of
      -log(1 - H²), accurate near p = q and exactly 0 at equality. This gradient differs
      from that of the formula by a constant within a row, which has no effect while the
      masses stay one.

    References:
      A. Bhattacharyya, "On a measure of divergence between two statistical populations
      defined by their probability distributions", 1943.

    See Also:
      `hellinger_distance`, a bounded metric of the same overlap;
      `jaxinfo.logits.bhattacharyya_distance`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    affinity, squared = (
        tables.affinity(rows, p, q),
        divergences.squared_hellinger_distance(rows, p, q),
    )
    # The affinity is the mean mass less the squared Hellinger distance. Masses that are
    # one but for rounding are taken as one: they hold no digits of the distance.
    mass = jax.lax.stop_gradient(affinity + squared)
    near = (squared <= 0.5) & (jnp.abs(mass - 1) < jnp.finfo(rows.dtype).eps ** 0.5)
    far = -jnp.log(jnp.where(affinity == 0, 1.0, affinity))
    close = -jnp.log1p(-jnp.where(near, squared, 0.0))
    nats = jnp.where(near, numerics.as_if(close, far), far)
    nats = jnp.where((affinity == 0) & (mass > 0), jnp.inf, nats)
    return units.from_nats(rows.drop(nats), base)
