"""Entropies of one probability table."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, tables, units
from jaxinfo._core.jit import jitted

__all__ = [
    "binary_entropy",
    "entropy",
    "hartley_entropy",
    "min_entropy",
    "normalized_entropy",
    "perplexity",
    "self_information",
]

Axis = int | tuple[int, ...]


@jitted("base")
def self_information(p: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Self-information, or surprisal, of outcomes of given probability.

    $$ I(p) = -\log p $$

    Args:
      p: Probabilities, any shape; each is taken by itself.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Self-information in nats, or in the unit of `base`; shape of `p`, float32 or
        float64.

    Raises:
      TypeError: If `p` is not a floating array or `base` not a Python number.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.self_information(jnp.array([0.5, 0.125, 0.0]), base=2))
      [ 1.  3. inf]

    Notes:
      `p = 0` gives +inf. The gradient is -1/p, and 0 where p is 0, since it is
      infinite there.

    References:
      R. M. Fano, "Transmission of Information", 1961.

    See Also:
      `entropy`, its mean; `jaxinfo.logits.self_information`, the same verb of logits,
      which takes whole rows.
    """
    (p,) = checks.of_probabilities(["p"], [p])
    return units.from_nats(tables.self_information(p), base, summed=False)


@jitted("axis", "base")
def entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Shannon entropy of a probability table.

    $$ H(p) = -\sum_k p_k \log p_k $$

    Args:
      p: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to `p`; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `p` without `axis`, float32
        or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axis` or
        `base` not a Python value.
      ValueError: If `axis` or `base` is out of range, or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[0.5, 0.5], [0.9, 0.1]])
      >>> print(jaxinfo.entropy(p, base=2).round(3))
      [1.    0.469]

    Notes:
      0 log 0 is 0. The gradient is -log p - 1, and 0 where p is 0, since it is
      infinite there. One pass over the table, without temporaries.

    References:
      C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6;
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eq. (2.1).

    See Also:
      `cross_entropy`, with the logarithm of another table; `jaxinfo.logits.entropy`,
      the same verb of logits, accurate where a softmax is nearly one-hot.
    """
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    return units.from_nats(rows.drop(tables.entropy(rows, p)), base)


@jitted("base")
def binary_entropy(p: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Entropy of an event of given probability and its complement.

    $$ h(p) = -p \log p - (1 - p) \log (1 - p) $$

    Args:
      p: Probabilities of the event, any shape; each is taken by itself.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `p`, float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array or `base` not a Python number.
      ValueError: If `base` is out of range.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.binary_entropy(jnp.array([0.5, 0.1, 0.0]), base=2).round(3))
      [1.    0.469 0.   ]

    Notes:
      The gradient is log((1 - p) / p), and 0 where p is 0 or 1, since it is infinite
      there.

    References:
      C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6, fig. 7.

    See Also:
      `entropy`, of any number of outcomes; `jaxinfo.logits.binary_entropy`, the same
      verb of a logit, accurate near p = 1.
    """
    (p,) = checks.of_probabilities(["p"], [p])
    return units.from_nats(binary.entropy(p), base, summed=False)


@jitted("axis")
def perplexity(
    p: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Perplexity of a probability table, its effective number of outcomes.

    $$ \exp H(p) $$

    Args:
      p: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to `p`; false outcomes are absent.

    Returns:
      Perplexity, between 1 and K; shape of `p` without `axis`, float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axis` not a
        Python value.
      ValueError: If `axis` is out of range or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]])
      >>> print(jaxinfo.perplexity(p).round(3))
      [4. 2.]

    Notes:
      It is 0 for a row without outcomes. The gradient is that of `entropy` times the
      perplexity: 0 where p is 0.

    References:
      F. Jelinek, R. L. Mercer, L. R. Bahl and J. K. Baker, "Perplexity, a measure of
      the difficulty of speech recognition tasks", 1977.

    See Also:
      `entropy`, its logarithm; `jaxinfo.logits.perplexity`, the same verb of logits.
    """
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    value = jnp.exp(tables.entropy(rows, p))
    none = rows.max(rows.load(lax.stop_gradient(p))[0]) <= 0
    return rows.drop(jnp.where(none & ~jnp.isnan(value), 0.0, value))


@jitted("axis")
def normalized_entropy(
    p: ArrayLike, *, axis: Axis = -1, where: ArrayLike | None = None
) -> jax.Array:
    r"""Entropy of a probability table over the largest possible one.

    $$ \frac{H(p)}{\log n} $$

    n is the number of outcomes that are not masked, those of probability 0 included.

    Args:
      p: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to `p`; false outcomes are absent.

    Returns:
      Normalized entropy, between 0 and 1; shape of `p` without `axis`, float32 or
        float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axis` not a
        Python value.
      ValueError: If `axis` is out of range or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> p = jnp.array([0.5, 0.5, 0.0, 0.0])
      >>> print(jaxinfo.normalized_entropy(p).round(3))
      0.5
      >>> print(jaxinfo.normalized_entropy(p, where=p > 0).round(3))
      1.0

    Notes:
      It is 0 for a single outcome. The gradient is that of `entropy` over log n.

    References:
      E. C. Pielou, "The measurement of diversity in different types of biological
      collections", 1966.

    See Also:
      `entropy`, with a unit; `jaxinfo.logits.normalized_entropy`, the same verb of
      logits.
    """
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    count = rows.number(checks.as_mask(where, p.shape))
    several = count > 1
    size = jnp.log(jnp.where(several, count, 2).astype(rows.dtype))
    nats = units.unsigned_zero(tables.entropy(rows, p))
    return rows.drop(jnp.where(several, nats / size, 0.0 * nats))


@jitted("axis", "base")
def min_entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Min-entropy of a probability table, the Rényi entropy of order infinity.

    $$ H_\infty(p) = -\log \max_k p_k $$

    Args:
      p: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to `p`; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Min-entropy in nats, or in the unit of `base`; shape of `p` without `axis`,
        float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axis` or
        `base` not a Python value.
      ValueError: If `axis` or `base` is out of range, or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.min_entropy(jnp.array([0.5, 0.25, 0.25]), base=2).round(3))
      1.0

    Notes:
      The gradient is -1/p at the largest probability; ties share it equally. A row of
      zeros has value and gradient 0.

    References:
      R. König, R. Renner and C. Schaffner, "The operational meaning of min- and
      max-entropy", 2009.

    See Also:
      `entropy` and `hartley_entropy`, of order 1 and 0; `jaxinfo.logits.min_entropy`,
      the same verb of logits.
    """
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    p = p.astype(rows.dtype)
    top = jnp.max(p, axis=rows.axes, initial=0.0)
    top = jnp.where(top == 0, 1.0, top)
    # A maximum passes over NaN in long loops (XLA:CPU of jaxlib 0.10.2); no sum does.
    top = jnp.where(jnp.isnan(jnp.sum(p, axis=rows.axes)), jnp.nan, top)
    return units.from_nats(-jnp.log(top), base)


@jitted("axis", "base")
def hartley_entropy(
    p: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
) -> jax.Array:
    r"""Hartley entropy of a probability table, the logarithm of its support's size.

    $$ H_0(p) = \log \left| \{k : p_k > 0\} \right| $$

    Args:
      p: Probabilities, shape `(..., K)`.
      axis: Axis or axes of the outcomes.
      where: Boolean mask that broadcasts to `p`; false outcomes are absent.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Hartley entropy in nats, or in the unit of `base`; shape of `p` without `axis`,
        float32 or float64.

    Raises:
      TypeError: If `p` is not a floating array, `where` not boolean, or `axis` or
        `base` not a Python value.
      ValueError: If `axis` or `base` is out of range, or `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.hartley_entropy(jnp.array([0.9, 0.1, 0.0]), base=2).round(3))
      1.0

    Notes:
      The gradient is 0 everywhere: the value is a count. An empty support has value 0.

    References:
      R. V. L. Hartley, "Transmission of Information", 1928.

    See Also:
      `entropy` and `min_entropy`, of order 1 and infinity;
      `jaxinfo.logits.hartley_entropy`, the same verb of logits.
    """
    rows, (p,) = checks.of_tables(["p"], [p], axis, where)
    nats = jnp.log(jnp.maximum(tables.support_size(rows, p), 1.0))
    return units.from_nats(rows.drop(nats), base)
