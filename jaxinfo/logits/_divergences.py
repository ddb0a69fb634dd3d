"""Cross-entropy and divergences of two sets of logits."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, logit_divergences, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

__all__ = [
    "binary_kl_divergence",
    "chi_squared_divergence",
    "cross_entropy",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
]

Axis = int | tuple[int, ...]


@jitted("axis", "base", "axis_name")
def cross_entropy(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Cross-entropy between two distributions given by logits.

    $$ H(p, q) = -\sum_k p_k \log q_k $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape without
      `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.cross_entropy(logits_p, logits_q, base=2).round(3))
      1.75

    Notes:
      It is +inf where q lacks an outcome of p. The gradient in `logits_q` is q - p,
      also there; in `logits_p` it is -p_k (log q_k + H(p, q)), and where the value is
      +inf its limit: +inf on what q lacks, -inf on the other outcomes of p (0 if q
      lacks all of them), never NaN.

      Six passes over one or both arguments, up to four more if rows are nearly one-hot
      or q lacks outcomes; no table of temporaries.

    References:
      Kerridge (1961), Inaccuracy and inference.

    See Also:
      `jaxinfo.probs.cross_entropy`: from tables of probabilities.
      `jaxinfo.losses.softmax_cross_entropy`: a loss, (logits, targets), for a table of
      targets.
      `jaxinfo.logits.kl_divergence`: less the entropy of p, without cancellation.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(logit_divergences.cross_entropy(rows, x, y)), base)


@jitted("axis", "base", "axis_name")
def kl_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of two distributions given by logits.

    $$ D(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.kl_divergence(logits_p, logits_q, base=2).round(3))
      0.25

      Nearly equal logits keep their digits:

      >>> near = logits_p + jnp.array([1e-3, 0.0, 0.0])
      >>> print(f"{jaxinfo.logits.kl_divergence(logits_p, near):.3e}")
      1.250e-07

    Notes:
      Close rows are compared by the difference of their logits, not of their
      log-softmaxes. The value is never negative and exactly 0 for equal logits. It is
      +inf where q lacks an outcome of p.

      The gradient in `logits_q` is q - p, also where the value is +inf. In `logits_p`
      it is there the limit: +inf on what q lacks, -inf on the other outcomes of p (0 if
      q lacks all of them), never NaN.

      Six passes over one or both arguments, two more if some rows are nearly equal, up
      to four more if rows are nearly one-hot or q lacks outcomes; no table of
      temporaries. Under `jax.vmap` all of them run.

    References:
      Kullback and Leibler (1951), On information and sufficiency, eq. (2.4).
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.probs.kl_divergence`: from tables; for a table on one side only, pass its
      logarithm here.
      `jaxinfo.logits.jeffreys_divergence`: the sum of both directions.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(logit_divergences.kl_divergence(rows, x, y)), base)


@jitted("base")
def binary_kl_divergence(
    logit_p: ArrayLike, logit_q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of yes-or-no outcomes given by their logits.

    $$ d(p \,\|\, q) = p \log \frac{p}{q} + (1 - p) \log \frac{1 - p}{1 - q} $$

    with p and q the sigmoid of `logit_p` and `logit_q`, entry by entry.

    Args:
      logit_p: Logit of the outcome under p, log p/(1-p), of any shape.
      logit_q: Logit of the outcome under q, of a shape that broadcasts.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
      float64.

    Raises:
      TypeError: If an argument is not a floating-point array or number, or `base` is
        not a static number.
      ValueError: If the shapes do not broadcast, or `base` is not positive and finite,
        or is 1.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logit_q = jnp.array([0.0, 1.0, jnp.inf])
      >>> print(jaxinfo.logits.binary_kl_divergence(jnp.zeros(3), logit_q).round(3))
      [0.   0.12  inf]

    Notes:
      It equals the divergence of the logits (l, 0), keeps its digits for nearly equal
      logits and is exactly 0 for equal ones, infinite or not. It is +inf where q rules
      out what p does not.

      The gradient in `logit_q` is q - p; in `logit_p` it is p (1 - p) times the
      difference of the logits, with a very large number in place of an infinite logit.

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.26).

    See Also:
      `jaxinfo.probs.binary_kl_divergence`: from the probabilities.
      `jaxinfo.logits.kl_divergence`: over an axis of outcomes.
    """
    x, y = checks.of_single_logits(["logit_p", "logit_q"], [logit_p, logit_q])
    return units.from_nats(binary.kl_divergence_of_logits(x, y), base, summed=False)


@jitted("axis", "base", "axis_name")
def jeffreys_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Jeffreys divergence of two distributions given by logits.

    $$ J(p, q) = D(p \,\|\, q) + D(q \,\|\, p) $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.jeffreys_divergence(logits_p, logits_q, base=2).round(3))
      0.5

    Notes:
      Symmetric, never negative, accurate for nearly equal logits, and +inf unless p and
      q have the same outcomes. Value, gradient and cost are the sums of those of the
      two KL divergences, the infinite ones included.

    References:
      Jeffreys (1946), An invariant form for the prior probability in estimation
      problems.
      Kullback and Leibler (1951), On information and sufficiency.

    See Also:
      `jaxinfo.probs.jeffreys_divergence`: from tables of probabilities.
      `jaxinfo.logits.js_divergence`: symmetric too, and always finite.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    # Cast first: the gradients of both directions are added before they are rounded.
    x, y = rows.load(x, y)
    there = logit_divergences.kl_divergence(rows, x, y)
    back = logit_divergences.kl_divergence(rows, y, x)
    return units.from_nats(rows.drop(there + back), base)


@jitted("axis", "base", "axis_name")
def js_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Jensen-Shannon divergence of two distributions given by logits.

    $$ \mathrm{JS}(p, q) = \tfrac12 D(p \,\|\, m) + \tfrac12 D(q \,\|\, m),
       \qquad m = \tfrac12 (p + q) $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence in nats, at most log 2, or in the unit of `base`; the broadcast shape
      without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis`, `base` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.array([0.0, 0.0, -jnp.inf])
      >>> logits_q = jnp.array([-jnp.inf, 0.0, 0.0])
      >>> print(jaxinfo.logits.js_divergence(logits_p, logits_q, base=2).round(3))
      0.5

    Notes:
      Symmetric, never negative, exactly 0 for equal logits and accurate for nearly
      equal ones: it is summed from the difference of the logits. Supports may differ;
      the gradient is finite everywhere, and 0 at what is absent.

      Six passes over one or both arguments, two more if rows are nearly one-hot; no
      table of temporaries.

    References:
      Lin (1991), Divergence measures based on the Shannon entropy.

    See Also:
      `jaxinfo.probs.js_divergence`: from tables of probabilities.
      `jaxinfo.logits.js_distance`: its square root, a metric.
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return units.from_nats(rows.drop(logit_divergences.js_divergence(rows, x, y)), base)


@jitted("axis", "axis_name")
def chi_squared_divergence(
    logits_p: ArrayLike,
    logits_q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Pearson chi-squared divergence of two distributions given by logits.

    $$ \chi^2(p \,\|\, q) = \sum_k \frac{(p_k - q_k)^2}{q_k} $$

    with p and q the softmax of `logits_p` and `logits_q`.

    Args:
      logits_p: Logits of p, shape `(..., K)`.
      logits_q: Logits of q, shape `(..., K)`; batch axes broadcast.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Divergence, without a unit; the broadcast shape without `axis`, float32 or
      float64.

    Raises:
      TypeError: If `logits_p` or `logits_q` is not a floating-point array, `where` is
        not boolean, or an option is of the wrong type.
      ValueError: If `axis` or one of the shapes is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits_p = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> logits_q = jnp.log(jnp.array([0.25, 0.25, 0.5]))
      >>> print(jaxinfo.logits.chi_squared_divergence(logits_p, logits_q).round(3))
      0.375

    Notes:
      Neyman's divergence is the one with the arguments exchanged. The terms come from
      differences of logits: nearly equal logits keep their digits, and p_k^2 / q_k is
      formed from logarithms. It is +inf where q lacks an outcome of p, and where the
      sum overflows.

      Where q lacks an outcome the gradient is the limit: in `logits_p` +inf on what q
      lacks and -inf on the other outcomes of p, in `logits_q` the opposite, and 0 if q
      lacks all of them. After an overflow it is finite but very large.

    References:
      Pearson (1900), On the criterion that a given system of deviations from the
      probable in the case of a correlated system of variables is such that it can be
      reasonably supposed to have arisen from random sampling.

    See Also:
      `jaxinfo.probs.chi_squared_divergence`: from tables of probabilities.
      `jaxinfo.logits.kl_divergence`: never larger than log(1 + chi-squared).
    """
    rows, (x, y) = checks.of_logits(
        ["logits_p", "logits_q"], [logits_p, logits_q], axis, where, axis_name
    )
    return rows.drop(logit_divergences.chi_squared_divergence(rows, x, y))
