"""Divergences of probability tables: of a function, of mixtures, of transport."""

from collections.abc import Callable

import jax
from jax.typing import ArrayLike

from jaxinfo._core import checks, chernoff, generalized, orders, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import Rows

__all__ = [
    "chernoff_information",
    "f_divergence",
    "generalized_js_divergence",
    "wasserstein_distance",
]

Axis = int | tuple[int, ...]

_chernoff = chernoff.information(orders.TABLES)


def f_divergence(
    p: ArrayLike,
    q: ArrayLike,
    f: Callable[[jax.Array], jax.Array],
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
) -> jax.Array:
    r"""F-divergence of p from q, of any convex function.

    $$ D_f(p \,\|\, q) = \sum_k q_k f\!\left(\frac{p_k}{q_k}\right) $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities compared with them, shape `(..., K)`.
      f: Convex function of the ratio p/q with f(1) = 0, elementwise, of JAX operations.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Divergence, without a unit; shape of the broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `f` not a function, `where` not
        boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, `axis` or
        the shape of `where` is out of range, or `f` changes the shape.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.f_divergence(p, q, lambda t: (t - 1) ** 2).round(3))
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
      `alpha_divergence`, a family of them; `jaxinfo.logits.f_divergence`, the same verb
      of logits.
    """
    generalized.check_static(axis)
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(generalized.f_divergence(rows, p, q, f))


@jitted("axis", "component_axis", "base")
def generalized_js_divergence(
    ps: ArrayLike,
    weights: ArrayLike,
    *,
    axis: Axis = -1,
    component_axis: int = -2,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Jensen-Shannon divergence of several distributions with weights.

    $$ JS_w(p_1, \dots, p_n) = \sum_i w_i D(p_i \,\|\, m), \qquad m = \sum_i w_i p_i $$

    Args:
      ps: Probabilities of n distributions, shape `(..., n, K)`.
      weights: Weights of the distributions, which sum to one: shape `(n,)`, or `(...,
        n)` with the batch axes.
      axis: Axis or axes of the outcomes.
      component_axis: Axis of the distributions that are mixed.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; shape of the batch axes, float32 or
        float64.

    Raises:
      TypeError: If `ps` or `weights` is not a floating array, `where` not boolean, or
        an option of the wrong type.
      ValueError: If `weights` does not broadcast, or `axis`, `component_axis`, `base`
        or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> ps, w = jnp.eye(4), jnp.full(4, 0.25)
      >>> print(jaxinfo.generalized_js_divergence(ps, w, base=2).round(3))
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
      `jaxinfo.logits.generalized_js_divergence`, the same verb of logits.
    """
    rows, (p,) = checks.of_tables(["ps"], [ps], axis, where)
    component, w = generalized.as_mixture(
        "ps", p.shape, rows.axes, component_axis, weights
    )
    rows = rows._replace(dtype=checks.compute_dtype(p, w))

    def divergence(rows: Rows, p: jax.Array, w: jax.Array) -> jax.Array:
        (p,) = rows.load(p)
        rise = p - jax.lax.slice_in_dim(p, 0, 1, axis=component)
        return generalized.mixture_js(rows, p, rise, w, component)

    nats = generalized.of_mixtures(divergence, rows, p, w, component)
    return units.from_nats(jax.lax.squeeze(nats, (*rows.axes, component)), base)


@jitted("axis", "base")
def chernoff_information(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Chernoff information, the best exponent in telling p from q.

    $$ C(p, q) = \max_{0 \le \lambda \le 1}
       -\log \sum_k p_k^\lambda q_k^{1 - \lambda} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities compared with them, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Information in nats, or in the unit of `base`; shape of the broadcast batch axes,
        float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or an
        option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, or `axis`,
        `base` or the shape of `where` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.chernoff_information(p, q).round(3))
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
      `jaxinfo.logits.chernoff_information`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(_chernoff(rows, p, q)), base)


@jitted("axis")
def wasserstein_distance(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: int = -1,
    where: ArrayLike | None = None,
    positions: ArrayLike | None = None,
) -> jax.Array:
    r"""Wasserstein distance of order 1 on an ordered support.

    $$ W_1(p, q) = \sum_k |P_k - Q_k| \, (x_{k+1} - x_k) $$

    with P and Q the distribution functions and x the positions.

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities compared with them, shape `(..., K)`.
      axis: Axis of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      positions: Places of the outcomes on the line, shape `(K,)`, in any order; `None`
        is 0, 1, ..., K - 1.

    Returns:
      Distance, in the unit of `positions`; shape of the broadcast batch axes, float32
        or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `positions` not real, `where`
        not boolean, or an option of the wrong type.
      ValueError: If the shapes do not fit along `axis` or do not broadcast, `axis` is
        out of range or not single, or the shape of `where` or `positions` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.wasserstein_distance(p, q).round(3))
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
      `jaxinfo.logits.wasserstein_distance`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    places = generalized.as_positions(rows, positions, p.shape[rows.axes[0]])

    def area(rows: Rows, p: jax.Array, q: jax.Array) -> jax.Array:
        p, q = rows.load(p, q)
        return generalized.transport(rows, q - p, places, where)

    # What is seen from outside, and may be differentiated, is no part of a block.
    measure = generalized.by_rows(area) if places is None and where is None else area
    return rows.drop(measure(rows, p, q))
