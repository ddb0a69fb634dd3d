"""Entropies of one set of logits."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import binary, checks, logit_divergences, softmax, units
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName

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


@jitted("axis", "base", "axis_name")
def self_information(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Self-information of every outcome of a distribution given by logits.

    $$ -\log p_k = \log \sum_j e^{l_j} - l_k $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Minus the log-softmax in nats, or in the unit of `base`; a table of the shape of
      `logits`, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis`, `base` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([2.0, 0.0, -jnp.inf])
      >>> print(jaxinfo.logits.self_information(logits).round(3))
      [0.127 2.127   inf]

    Notes:
      An absent outcome has self-information +inf, with gradient 0. The derivative of
      entry k in logit j is p_j, less 1 where j = k.

      With `axis_name`, every shard gets the entries of its own outcomes.

    References:
      Fano (1961), Transmission of Information.

    See Also:
      `jaxinfo.probs.self_information`: of probabilities, entry by entry.
      `jaxinfo.logits.entropy`: its expected value.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    nats = -softmax.log_probabilities(rows, x, softmax.stats(rows, x))
    return units.from_nats(
        jnp.where(jnp.isneginf(x), jnp.inf, nats), base, summed=False
    )


@jitted("axis", "base", "axis_name")
def entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Shannon entropy of a distribution given by logits.

    $$ H(p) = -\sum_k p_k \log p_k, \qquad p = \mathrm{softmax}(l) $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `logits` without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis`, `base` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> print(jaxinfo.logits.entropy(logits, base=2).round(3))
      1.5

      Nearly one-hot rows keep their digits:

      >>> print(f"{jaxinfo.logits.entropy(jnp.array([30.0, 0.0])):.3e}")
      2.901e-12

    Notes:
      The maximum is left out of the sum of exponentials, and log p is never rounded at
      the size of the logits: the entropy is accurate however small it is. The gradient
      is -p_k (log p_k + H), 0 at an absent outcome.

      Three passes over the logits, a fourth if some row is nearly one-hot; no table of
      temporaries.

    References:
      Shannon (1948), A Mathematical Theory of Communication, section 6.
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., eq. (2.1).

    See Also:
      `jaxinfo.probs.entropy`: from a table of probabilities.
      `jaxinfo.logits.perplexity`: its exponential.
      `jaxinfo.logits.joint_entropy`: of several variables together.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.entropy(rows, x)), base)


@jitted("base")
def binary_entropy(logit: ArrayLike, *, base: float | None = None) -> jax.Array:
    r"""Entropy of a yes-or-no outcome given by its logit, entry by entry.

    $$ h(p) = -p \log p - (1 - p) \log(1 - p), \qquad p = \frac{1}{1 + e^{-l}} $$

    Args:
      logit: Logit l of the outcome, log p/(1-p), of any shape.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.

    Returns:
      Entropy in nats, or in the unit of `base`; shape of `logit`, float32 or float64.

    Raises:
      TypeError: If `logit` is not a floating-point array or number, or `base` is not a
        static number.
      ValueError: If `base` is not positive and finite, or is 1.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logit = jnp.array([0.0, 3.0, -jnp.inf])
      >>> print(jaxinfo.logits.binary_entropy(logit, base=2).round(3))
      [1.    0.275 0.   ]

    Notes:
      It equals the entropy of the two logits (l, 0). Both signs of a large logit keep
      all digits. An infinite logit is a certain outcome, with entropy 0 and gradient 0.
      The gradient is -l p (1 - p).

    References:
      Cover and Thomas (2006), Elements of Information Theory, 2nd ed., example 2.1.1.

    See Also:
      `jaxinfo.probs.binary_entropy`: from the probability.
      `jaxinfo.logits.entropy`: over an axis of outcomes.
    """
    (x,) = checks.of_single_logits(["logit"], [logit])
    return units.from_nats(binary.entropy_of_logit(x), base, summed=False)


@jitted("axis", "axis_name")
def perplexity(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Perplexity of a distribution given by logits, the exponential of its entropy.

    $$ e^{H(p)}, \qquad p = \mathrm{softmax}(l) $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Perplexity, a number of equally likely outcomes between 1 and K; shape of `logits`
      without `axis`, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> print(jaxinfo.logits.perplexity(jnp.zeros(8)).round(3))
      8.0
      >>> print(jaxinfo.logits.perplexity(jnp.array([0.0, 0.0, -jnp.inf])).round(3))
      2.0

    Notes:
      It does not depend on the base of the logarithm. A row without outcomes has
      perplexity 0. Cost as for the entropy, and one pass for the maximum.

    References:
      Jelinek, Mercer, Bahl and Baker (1977), Perplexity, a measure of the difficulty of
      speech recognition tasks.

    See Also:
      `jaxinfo.probs.perplexity`: from a table of probabilities.
      `jaxinfo.logits.entropy`: its logarithm.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    value = jnp.exp(logit_divergences.entropy(rows, x))
    none = jnp.isneginf(rows.max(rows.load(lax.stop_gradient(x))[0]))
    return rows.drop(jnp.where(none & ~jnp.isnan(value), 0.0, value))


@jitted("axis", "axis_name")
def normalized_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Entropy of a distribution given by logits, relative to the largest possible.

    $$ \frac{H(p)}{\log K}, \qquad p = \mathrm{softmax}(l) $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Entropy over its maximum, between 0 and 1; shape of `logits` without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([1.0, 1.0, 0.0, -jnp.inf])
      >>> print(jaxinfo.logits.normalized_entropy(logits).round(3))
      0.926

    Notes:
      K counts the outcomes that are present: neither masked out nor -inf. With one of
      them or none the value is 0.

    References:
      Shannon (1948), A Mathematical Theory of Communication, section 7.

    See Also:
      `jaxinfo.probs.normalized_entropy`: of a table, where an outcome of probability 0
      counts as present.
      `jaxinfo.logits.entropy`: without the normalization.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    count = softmax.number(rows, x)
    several = count > 1
    size = jnp.log(jnp.where(several, count, 2.0))
    nats = logit_divergences.entropy(rows, x)
    return rows.drop(jnp.where(several, nats / size, 0.0 * nats))


@jitted("axis", "base", "axis_name")
def min_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Min-entropy of a distribution given by logits: Rényi entropy of order infinity.

    $$ H_\infty(p) = -\log \max_k p_k, \qquad p = \mathrm{softmax}(l) $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Min-entropy in nats, or in the unit of `base`; shape of `logits` without `axis`,
      float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis`, `base` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.log(jnp.array([0.5, 0.25, 0.25]))
      >>> print(jaxinfo.logits.min_entropy(logits, base=2).round(3))
      1.0

    Notes:
      Nearly one-hot rows keep their digits, as in the entropy. The gradient is p, less
      1 at the largest logit; logits that tie for the largest share the 1 equally.

      Two passes over the logits, a third if some row is nearly one-hot.

    References:
      Rényi (1961), On measures of entropy and information.

    See Also:
      `jaxinfo.probs.min_entropy`: from a table of probabilities.
      `jaxinfo.logits.entropy`: the expected self-information, not the least.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    return units.from_nats(rows.drop(logit_divergences.min_entropy(rows, x)), base)


@jitted("axis", "base", "axis_name")
def hartley_entropy(
    logits: ArrayLike,
    *,
    axis: Axis = -1,
    where: ArrayLike | None = None,
    base: float | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Hartley entropy of a distribution given by logits, the logarithm of its support.

    $$ H_0(p) = \log \#\{k : l_k > -\infty\} $$

    Args:
      logits: Logits l, shape `(..., K)`.
      axis: Axis or axes of the outcomes; the others are batch axes.
      where: Boolean mask that broadcasts to the logits; false marks an absent outcome.
      base: Base of the logarithm; `None` gives nats, 2 gives bits.
      axis_name: Mesh axis over which the outcomes are sharded, if they are.

    Returns:
      Hartley entropy in nats, or in the unit of `base`; shape of `logits` without
      `axis`, float32 or float64.

    Raises:
      TypeError: If `logits` is not a floating-point array, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `axis`, `base` or the shape of `where` is not valid.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logits = jnp.array([3.0, -50.0, 0.0, 0.0, -jnp.inf])
      >>> print(jaxinfo.logits.hartley_entropy(logits, base=2).round(3))
      2.0

    Notes:
      Every logit above -inf counts, even one whose probability underflows. The value is
      0 for a row without outcomes. The gradient is 0.

    References:
      Hartley (1928), Transmission of information.

    See Also:
      `jaxinfo.probs.hartley_entropy`: from a table of probabilities.
      `jaxinfo.logits.entropy`: never larger.
    """
    rows, (x,) = checks.of_logits(["logits"], [logits], axis, where, axis_name)
    nats = jnp.log(jnp.maximum(softmax.number(rows, x), 1.0))
    return units.from_nats(rows.drop(nats), base)
