"""Divergences of two probability tables."""

import jax
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, divergences, tables, units
from jaxinfo._core.jit import jitted

__all__ = [
    "binary_kl_divergence",
    "chi_squared_divergence",
    "cross_entropy",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
]

Axis = int | tuple[int, ...]


@jitted("axis", "base")
def cross_entropy(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Cross-entropy of q relative to p.

    $$ H(p, q) = -\sum_k p_k \log q_k $$

    Args:
      p: Probabilities that outcomes are drawn from, shape `(..., K)`.
      q: Probabilities that they are coded by, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; shape of the broadcast batch
        axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        or `base` not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis`, `base` or the shape of
        `where` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.cross_entropy(p, q).round(3))
      0.837

    Notes:
      q = 0 < p gives +inf; p = 0 adds nothing. The gradient is -log q in p and -p/q
      in q, where q is 0 taken as 0 in q, and in p too if p is 0. One pass over the
      tables, without temporaries.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961; T. M. Cover and J. A. Thomas,
      "Elements of Information Theory", 2nd ed., 2006, theorem 5.4.3.

    See Also:
      `kl_divergence`, the part above `entropy`, accurate where p and q are close;
      `jaxinfo.logits.cross_entropy`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(tables.cross_entropy(rows, p, q)), base)


@jitted("axis", "base")
def kl_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Kullback-Leibler divergence of p from q, or relative entropy.

    $$ D(p \,\|\, q) = \sum_k \left( p_k \log \frac{p_k}{q_k} - p_k + q_k \right) $$

    The last two terms cancel for tables of one mass; others have the generalized
    divergence.

    Args:
      p: Reference probabilities, shape `(..., K)`.
      q: Probabilities compared with them, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; shape of the broadcast batch axes,
        float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        or `base` not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis`, `base` or the shape of
        `where` does not fit.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.kl_divergence(p, q).round(3))
      0.144
      >>> print(jax.grad(jaxinfo.kl_divergence, argnums=1)(p, q).round(3))
      [-1.     0.333]

      Nearly equal tables keep their digits:

      >>> step = jnp.array([2.0**-20, -(2.0**-20)])
      >>> print((jaxinfo.kl_divergence(p, p + step) * 2.0**39).round(3))
      1.0

    Notes:
      Accurate near p = q, exactly 0 at equality, never negative. q = 0 < p gives +inf;
      supports may differ. The gradient is log(p/q) in p and 1 - p/q in q, those of the
      generalized divergence; it is 0 in p where p = 0 < q, and 0 in q where q = 0 < p,
      since it is infinite there. Where both are 0 it is 0 in p and 1 in q. One pass
      over the tables, without temporaries.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4);
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eq. (2.26).

    See Also:
      `jeffreys_divergence` and `js_divergence`, symmetric; `binary_kl_divergence`, of
      single events; `jaxinfo.logits.kl_divergence`, the same verb of logits, for models
      in training.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(divergences.kl_divergence(rows, p, q)), base)


@jitted("base")
def binary_kl_divergence(
    p: ArrayLike, q: ArrayLike, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence between two probabilities of one event.

    $$ d(p \,\|\, q) = p \log \frac{p}{q} + (1 - p) \log \frac{1 - p}{1 - q} $$

    Args:
      p: Reference probabilities of the event, any shape; each is taken by itself.
      q: Probabilities compared with them, of a shape that broadcasts.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape, float32 or
        float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, or `base` not a Python number.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> q = jnp.array([0.25, 0.5, 0.0])
      >>> print(jaxinfo.binary_kl_divergence(jnp.array(0.5), q).round(3))
      [0.144 0. inf]

    Notes:
      Accurate near p = q, exactly 0 at equality, never negative. The gradient is the
      one `kl_divergence` gives on the two outcomes: where p or q is 0 or 1, the outcome
      with an infinite derivative at its zero adds 0, the other adds its own.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4),
      for two outcomes.

    See Also:
      `kl_divergence`, of whole tables; `jaxinfo.logits.binary_kl_divergence`, the same
      verb of single logits.
    """
    p, q = checks.of_probabilities(["p", "q"], [p, q])
    return units.from_nats(binary.kl_divergence(p, q), base, summed=False)


@jitted("axis", "base")
def jeffreys_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Jeffreys divergence, the sum of the Kullback-Leibler divergences both ways.

    $$ J(p, q) = D(p \,\|\, q) + D(q \,\|\, p)
       = \sum_k (p_k - q_k) \log \frac{p_k}{q_k} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; shape of the broadcast batch axes,
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
      >>> print(jaxinfo.jeffreys_divergence(p, q).round(3))
      0.275

    Notes:
      Accurate near p = q, exactly 0 at equality, never negative; +inf unless the
      supports are the same. The gradient is the sum of those of the two divergences,
      each with its own zeros at the boundary.

    References:
      H. Jeffreys, "An invariant form for the prior probability in estimation problems",
      1946.

    See Also:
      `js_divergence`, symmetric and bounded; `jaxinfo.logits.jeffreys_divergence`, the
      same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    # Cast first: the gradients of both directions are added before they are rounded.
    p, q = rows.load(p, q)
    return units.from_nats(
        rows.drop(
            divergences.kl_divergence(rows, p, q)
            + divergences.kl_divergence(rows, q, p)
        ),
        base,
    )


@jitted("axis", "base")
def js_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Jensen-Shannon divergence, the mean divergence from the midpoint.

    $$ JS(p, q) = \tfrac12 D(p \,\|\, m) + \tfrac12 D(q \,\|\, m),
       \qquad m = \tfrac12 (p + q) $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, at most log 2, or in the unit of `base`; shape of the
        broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        or `base` not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis`, `base` or the shape of
        `where` does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([1.0, 0.0])
      >>> q = jnp.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
      >>> print(jaxinfo.js_divergence(p, q, base=2).round(3))
      [1.    0.311 0.   ]

    Notes:
      Accurate near p = q, exactly 0 at equality, never negative, finite on any
      supports. The gradient in p is log(p/m)/2, and 0 where p = 0 < q, since it is
      infinite there; in q likewise. One pass over the tables, without temporaries.

    References:
      J. Lin, "Divergence Measures Based on the Shannon Entropy", 1991.

    See Also:
      `js_distance`, its square root, a metric; `jaxinfo.logits.js_divergence`, the same
      verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return units.from_nats(rows.drop(divergences.js_divergence(rows, p, q)), base)


@jitted("axis")
def chi_squared_divergence(
    p: ArrayLike, q: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Pearson's chi-squared divergence of p from q.

    $$ \chi^2(p \,\|\, q) = \sum_k \frac{(p_k - q_k)^2}{q_k} $$

    Args:
      p: Probabilities, shape `(..., K)`.
      q: Probabilities that divide, shape `(..., K)`; Neyman's divergence is the swap.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to the tables; false outcomes are absent.

    Returns:
      Divergence, without a unit; shape of the broadcast batch axes, float32 or float64.

    Raises:
      TypeError: If `p` or `q` is not a floating array, `where` not boolean, or `axis`
        not a Python value.
      ValueError: If `p` and `q` differ along `axis`, or `axis` or the shape of `where`
        does not fit.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p, q = jnp.array([0.5, 0.5]), jnp.array([0.25, 0.75])
      >>> print(jaxinfo.chi_squared_divergence(p, q).round(3))
      0.333

    Notes:
      Accurate near p = q, exactly 0 at equality, never negative; q = 0 < p gives +inf.
      The gradient is 2 (p/q - 1) in p and 1 - (p/q)² in q, the latter 0 where
      q = 0 < p, since it is infinite there. Where both are 0 it is 0 in p and 1 in q.

    References:
      K. Pearson, "On the criterion that a given system of deviations from the probable
      in the case of a correlated system of variables is such that it can be reasonably
      supposed to have arisen from random sampling", 1900.

    See Also:
      `kl_divergence`, about half of it where p and q are close;
      `jaxinfo.logits.chi_squared_divergence`, the same verb of logits.
    """
    rows, (p, q) = checks.of_tables(["p", "q"], [p, q], axis, where)
    return rows.drop(divergences.chi_squared_divergence(rows, p, q))
