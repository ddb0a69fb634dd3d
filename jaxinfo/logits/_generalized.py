"""Divergences of logits: of a function, of mixtures, of tests and of transport."""

import functools
from collections.abc import Callable

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, chernoff, generalized, orders, powers, softmax, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName, Rows

__all__ = [
    "chernoff_information",
    "f_divergence",
    "generalized_js_divergence",
    "wasserstein_distance",
]

Axis = int | tuple[int, ...]

_chernoff = chernoff.information(orders.LOGITS)


@functools.partial(jax.jit, static_argnums=0)
def _softmax(rows: Rows, x: jax.Array) -> jax.Array:
    """The probabilities, compiled once where the caller is not."""
    return softmax.probabilities(rows, x, softmax.stats(rows, x))


def f_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    f: Callable[[jax.Array], jax.Array],
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""F-divergence of two distributions given by logits, of any convex function.

    $$ D_f(p \,\|\, q) = \sum_k q_k f\!\left(\frac{p_k}{q_k}\right) $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      f: Convex function of the ratio p/q with f(1) = 0, elementwise, of JAX operations.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence, without a unit; shape of the broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `f` not a
        function, `where` not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, `axis` or
        the shape of `where` is out of range, or `f` changes the shape.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.f_divergence(x, y, lambda t: (t - 1) ** 2).round(3))
      0.333

    Notes:
      An outcome that q lacks adds p times the limit of f(t)/t at infinity, one that p
      lacks q times f(0): both limits are read off `f`, at infinity from its derivative,
      or from its growth where that is NaN. Derivatives are those of JAX through `f`, 0
      at the masses that are 0 but for the limits above.

      Only as accurate near p = q as `f` is near 1: a measure with a name of its own
      keeps its digits. Not compiled by itself, since `f` may be new in each call; it
      nests in your `jax.jit`.

    References:
      I. Csiszár, "Information-type measures of difference of probability
      distributions", 1967, eq. (1.1).

    See Also:
      `alpha_divergence`, a family of them; `jaxinfo.probs.f_divergence`, the same verb
      of tables.
    """
    generalized.check_static(axis)
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    p, q = (_softmax(rows, z) for z in (x, y))
    return rows.drop(generalized.f_divergence(rows, p, q, f))


@jitted("axis", "component_axis", "base", "axis_name")
def generalized_js_divergence(
    logits: ArrayLike,
    weights: ArrayLike,
    *,
    axis: Axis = -1,
    component_axis: int = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Jensen-Shannon divergence of several distributions given by logits.

    $$ JS_w(p_1, \dots, p_n) = \sum_i w_i D(p_i \,\|\, m), \qquad m = \sum_i w_i p_i $$

    Args:
      logits: Logits of n distributions, shape `(..., n, K)`.
      weights: Weights of the distributions, which sum to one: shape `(n,)`, or `(...,
        n)` with the batch axes.
      axis: Axis or axes of the outcomes; the others are batch axes.
      component_axis: Axis of the distributions that are mixed.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence in nats, or in the unit of `base`; shape of the batch axes, float32 or
        float64.

    Raises:
      TypeError: If `logits` or `weights` is not a floating array, `where` not boolean,
        or an option of the wrong type.
      ValueError: If `weights` does not broadcast, or `axis`, `component_axis`, `base`
        or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x, w = jnp.log(jnp.eye(4)), jnp.full(4, 0.25)
      >>> print(jaxinfo.logits.generalized_js_divergence(x, w, base=2).round(3))
      2.0

    Notes:
      It is the mutual information between an outcome and which distribution it came
      from. Accurate near equality, exactly 0 there, never negative; at most the entropy
      of the weights. The gradient is w log(p/m) in p, 0 where p = 0, and D(p_i || m) in
      the weights; a weight of 0 takes its distribution out.

    References:
      J. Lin, "Divergence Measures Based on the Shannon Entropy", 1991, eq. (5.1).

    See Also:
      `js_divergence`, of two with equal weights;
      `jaxinfo.probs.generalized_js_divergence`, the same verb of tables.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    component, w = generalized.as_mixture(
        "logits", x.shape, rows.axes, component_axis, weights
    )
    rows = rows._replace(dtype=checks.compute_dtype(x, w))

    def divergence(rows: Rows, x: jax.Array, w: jax.Array) -> jax.Array:
        first = jax.lax.slice_in_dim(x, 0, 1, axis=component)
        o = powers.of_logits(rows, first, x, orders.LOGITS.prepare(rows, first, x))
        return generalized.mixture_js(rows, o.q.value, o.diff, w, component)

    nats = generalized.of_mixtures(divergence, rows, x, w, component)
    return units.from_nats(jax.lax.squeeze(nats, (*rows.axes, component)), base)


@jitted("axis", "base", "axis_name")
def chernoff_information(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Chernoff information of two distributions given by logits.

    $$ C(p, q) = \max_{0 \le \lambda \le 1}
       -\log \sum_k p_k^\lambda q_k^{1 - \lambda} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` is nats, 2 is bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Information in nats, or in the unit of `base`; shape of the broadcast batch axes,
        float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `where` not
        boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`,
        `base` or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.chernoff_information(x, y).round(3))
      0.035

    Notes:
      Symmetric. Accurate near p = q, exactly 0 at equality, never negative; +inf for
      disjoint supports, with a gradient of 0. The order is found in twelve halvings and
      four steps of Newton's method, each a pass over the tables; derivatives are those
      of the maximum (the envelope theorem), the second ones with the order moving
      along. Masses that are one but for rounding are taken as one: gradients are fixed
      up to a constant within a row.

    References:
      H. Chernoff, "A Measure of Asymptotic Efficiency for Tests of a Hypothesis Based
      on the sum of Observations", 1952; T. M. Cover and J. A. Thomas, "Elements of
      Information Theory", 2nd ed., 2006, eq. (11.239).

    See Also:
      `bhattacharyya_distance`, the same at λ = 1/2;
      `jaxinfo.probs.chernoff_information`, the same verb of tables.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(_chernoff(rows, x, y)), base)


@jitted("axis", "axis_name")
def wasserstein_distance(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: int = -1,
    where: ArrayLike | None = None,
    positions: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Wasserstein distance of order 1 of two distributions given by logits.

    $$ W_1(p, q) = \sum_k |P_k - Q_k| \, (x_{k+1} - x_k) $$

    with P and Q the distribution functions and x the positions.

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis of the outcomes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      positions: Places of the outcomes on the line, shape `(K,)`; `None` is 0, 1, ...,
        K - 1. In any order, but increasing if they are sharded, with the logits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Distance, in the unit of `positions`; shape of the broadcast batch axes, float32
        or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating array, `positions` not
        real, `where` not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, `axis` is
        out of range or not single, or the shape of `where` or `positions` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> x = jnp.log(jnp.array([0.5, 0.5]))
      >>> y = jnp.log(jnp.array([0.25, 0.75]))
      >>> print(jaxinfo.logits.wasserstein_distance(x, y).round(3))
      0.25

    Notes:
      A metric. The distribution functions are compared through the sums of q - p:
      nearly equal distributions keep their digits. The gradient counts the sign of Q -
      P as 0 where both are equal, at the kink. Of tables of different mass, the part
      behind the last outcome is left out. One pass and the memory of one table.

    References:
      S. S. Vallender, "Calculation of the Wasserstein distance between probability
      distributions on the line", 1974.

    See Also:
      `total_variation_distance`, which knows no order of the outcomes;
      `jaxinfo.probs.wasserstein_distance`, the same verb of tables.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    places = generalized.as_positions(rows, positions, x.shape[rows.axes[0]])

    def area(rows: Rows, x: jax.Array, y: jax.Array) -> jax.Array:
        o = powers.of_logits(rows, x, y, orders.LOGITS.prepare(rows, x, y))
        return generalized.transport(rows, o.diff, places, where)

    # What is seen from outside, and may be differentiated, is no part of a block.
    measure = generalized.by_rows(area) if places is None and where is None else area
    return rows.drop(measure(rows, x, y))
