"""Bounds from a model q(y | x) of the conditional density."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.bounds._pairs import Scores, fitting, of_scores
from jaxinfo.bounds._statistics import (
    contrasts,
    gaps,
    infinite,
    mean_of_others,
    mean_of_own,
    settled,
    sums,
    with_others,
)

__all__ = ["barber_agakov", "club", "leave_one_out"]


@jitted("tile_size", "axis_name")
def barber_agakov(
    log_conditional: Scores,
    entropy: ArrayLike,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Barber-Agakov lower bound on mutual information.

    $$ \frac{1}{B} \sum_i \log q(y_i \mid x_i) + H(Y) $$

    Args:
      log_conditional: Log-densities log q(y_j | x_i), shape `(..., B, B)`, the diagonal
        of pairs drawn together; or `Embeddings`.
      entropy: Entropy H(Y) in nats, shape `(...)`, or one that broadcasts to it.
      where: Boolean mask that broadcasts to the matrix; false marks an absent pair.
      tile_size: How many rows of the matrix are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `log_conditional.shape[:-2]`; float32
      or float64.

    Raises:
      TypeError: If `log_conditional` or `entropy` is not floating point, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If `log_conditional` is not square with B at least 2, or `entropy` or
        `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> q = jnp.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
      >>> log_conditional = jnp.log(q)
      >>> entropy = jnp.log(3.0)
      >>> print(jaxinfo.bounds.barber_agakov(log_conditional, entropy).round(3))
      0.875

    Notes:
      The expectation is a lower bound for any q, and short of the mutual information by
      the mean of D(p(y|x) || q(y|x)): tight for the true conditional. It is unbiased,
      with the variance of the log-density, and has no cap, but needs the entropy of y.
      With that of a model of y in its place it is a difference of entropies, and no
      bound.

      Of the matrix only the diagonal is read, so that it can be handed to `club` too;
      of log q(y_i | x_i) alone it is the mean, plus H(Y). Sharding is that of
      `info_nce`.

    References:
      Barber and Agakov (2003), The IM algorithm: a variational approach to information
      maximization.
      Poole et al. (2019), On variational bounds of mutual information, section 2.1.

    See Also:
      `jaxinfo.bounds.club`: an upper bound from the same matrix.
      `jaxinfo.bounds.tuba`: for a q that is not normalized.
    """
    others = [("entropy", entropy)]
    pairs = of_scores(
        "log_conditional", log_conditional, where, tile_size, axis_name, others=others
    )
    c = pairs.each(lambda tile: sums(tile, None))
    value = settled(pairs, c, mean_of_own(pairs, c, c.own), others=False)
    return value + fitting("entropy", entropy, value.shape).astype(value.dtype)


@jitted("tile_size", "axis_name")
def club(
    log_conditional: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""CLUB upper bound on mutual information, for the true conditional.

    $$ \frac{1}{B} \sum_i \log q(y_i \mid x_i)
       - \frac{1}{B (B - 1)} \sum_{i \ne j} \log q(y_j \mid x_i) $$

    Args:
      log_conditional: Log-densities log q(y_j | x_i), shape `(..., B, B)`, the diagonal
        of pairs drawn together; or `Embeddings`.
      where: Boolean mask that broadcasts to the matrix; false marks an absent pair.
      tile_size: How many rows of the matrix are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `log_conditional.shape[:-2]`; float32
      or float64.

    Raises:
      TypeError: If `log_conditional` is not floating point, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `log_conditional` is not square with B at least 2, or `where`
        does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> q = jnp.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
      >>> log_conditional = jnp.log(q)
      >>> print(jaxinfo.bounds.club(log_conditional).round(3))
      2.079

    Notes:
      The expectation is an upper bound if q is the true conditional or close to it, in
      the sense of the paper; else it is neither an upper nor a lower bound. It is
      unbiased; the variance is that of log-densities of unlikely pairs. There is no
      cap: it is +inf where q rules a pair out that occurs among the negatives.

      Negatives are the off-diagonal pairs. The paper averages over the diagonal too,
      which multiplies the estimate by (B - 1) / B and so takes the upper bound away.
      Sharding is that of `info_nce`.

    References:
      Cheng et al. (2020), CLUB: a contrastive log-ratio upper bound of mutual
      information, section 3.

    See Also:
      `jaxinfo.bounds.leave_one_out`: a smaller upper bound from the same matrix.
      `jaxinfo.bounds.barber_agakov`: a lower bound.
    """
    pairs = of_scores("log_conditional", log_conditional, where, tile_size, axis_name)
    c = pairs.each(lambda tile: sums(tile, lambda x: x, infinite))
    value = mean_of_own(pairs, c, c.own) - mean_of_others(pairs, c, c.total)
    return settled(pairs, c, value)


@jitted("tile_size", "axis_name")
def leave_one_out(
    log_conditional: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Leave-one-out upper bound on mutual information, for the true conditional.

    $$ \frac{1}{B} \sum_i \log \frac{q(y_i \mid x_i)}
       {\frac{1}{B - 1} \sum_{j \ne i} q(y_i \mid x_j)} $$

    Args:
      log_conditional: Log-densities log q(y_j | x_i), shape `(..., B, B)`, the diagonal
        of pairs drawn together; or `Embeddings`.
      where: Boolean mask that broadcasts to the matrix; false marks an absent pair.
      tile_size: How many rows of the matrix are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `log_conditional.shape[:-2]`; float32
      or float64.

    Raises:
      TypeError: If `log_conditional` is not floating point, `where` is not boolean, or
        an option is of the wrong type.
      ValueError: If `log_conditional` is not square with B at least 2, or `where`
        does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> q = jnp.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
      >>> log_conditional = jnp.log(q)
      >>> print(jaxinfo.bounds.leave_one_out(log_conditional).round(3))
      2.079

    Notes:
      The expectation is an upper bound if q is the true conditional; for another q it
      is neither. For the same matrix it is never above `club`. The variance is low, and
      the gap to the mutual information closes with B, slowly where that is large. There
      is no cap. The marginal of y_i is estimated from the x of the other pairs: the
      diagonal is excluded.

      A density of 0 is counted; a pair masked by `where` is not, and a y without its
      own pair, or with nothing else, is left out. Where no other x gives y_i any
      density, it is +inf. Sharding is that of `info_nce`; a sharded matrix is
      transposed between the shards.

    References:
      Poole et al. (2019), On variational bounds of mutual information, section 2.5.

    See Also:
      `jaxinfo.bounds.club`: the average of logarithms in the place of their
      log-mean-exp.
      `jaxinfo.bounds.info_nce`: a lower bound if the pair itself is averaged over too.
    """
    pairs = of_scores(
        "log_conditional", log_conditional, where, tile_size, axis_name, turned=True
    )
    c = with_others(pairs.each(contrasts))
    gap = gaps(c) - jnp.log(jnp.maximum(c.number_off, 1.0))
    return settled(pairs, c, -mean_of_own(pairs, c, gap))
