"""Bounds that compare each pair with the others of its row."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, numerics, values
from jaxinfo._core.jit import jitted
from jaxinfo._core.passes import mended
from jaxinfo._core.rows import AxisName
from jaxinfo.bounds._pairs import Pairs, Scores, Tile, of_scores
from jaxinfo.bounds._statistics import (
    Contrasts,
    capped_exp,
    contrasts,
    finite,
    gaps,
    log_of,
    mean_of_others,
    mean_of_own,
    row_sum,
    settled,
    with_others,
)

__all__ = ["flo", "info_nce", "interpolated"]


@jitted("tile_size", "axis_name")
def info_nce(
    scores: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""InfoNCE lower bound on mutual information.

    $$ \frac{1}{B} \sum_i \log \frac{e^{f_{ii}}}{\frac{1}{B} \sum_j e^{f_{ij}}} $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64.

    Raises:
      TypeError: If `scores` is not floating point, `where` is not boolean, or an option
        is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `where` does not
        broadcast to it.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> print(jaxinfo.bounds.info_nce(scores).round(3))
      0.644

      A loss from embeddings, whose matrix of scores is never in memory:

      >>> x, y = jax.random.normal(jax.random.key(0), (2, 512, 8), jnp.float32)
      >>> def loss(x):
      ...     return -jaxinfo.bounds.info_nce(
      ...         jaxinfo.bounds.Embeddings(x, y, temperature=0.5), tile_size=64
      ...     )
      >>> print(jax.grad(loss)(x).shape)
      (512, 8)

    Notes:
      The expectation is a lower bound for any critic, tight only far below the cap: the
      value is never above log B. Its variance is low. The pair itself is among the
      negatives, which the bound needs. Only differences within a row count; exchange
      the axes for negatives of x, and average both for the loss of CLIP.

      The gradient is, up to 1/B, the identity less the softmax of each row, finite for
      scores of any size. A score of -inf is a pair that the critic rules out, and is
      counted; one masked by `where` is not, and log B is then the mean over the rows of
      the logarithm of what is left. A row without its own pair is left out.

      With `axis_name` each shard has B/n rows, of a matrix or of both embeddings, and
      negatives are those of all shards; the result is the same on each. Embeddings of y
      are gathered. Under `jax.jit` alone, sharded arrays need no name.

    References:
      Oord, Li and Vinyals (2018), Representation learning with contrastive predictive
      coding, eq. (4) and section 2.3.
      Poole et al. (2019), On variational bounds of mutual information, section 2.3.

    See Also:
      `jaxinfo.bounds.interpolated`: trades the cap for variance.
      `jaxinfo.bounds.flo`: without a logarithm of a sum over the batch.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name)

    c = pairs.each(contrasts)
    if where is None:
        cap = jnp.asarray(math.log(pairs.size), c.own.dtype)
    else:
        cap = mean_of_own(pairs, c, jnp.log1p(c.number_off))
    # What is taken off the cap is never negative, not even by a rounding.
    value = cap - mean_of_own(pairs, c, jax.nn.softplus(gaps(c)))
    near = _near_zero(pairs, *lax.stop_gradient((c, value)))
    return settled(pairs, c, numerics.as_if(near, value), others=False)


def _near_zero(pairs: Pairs, c: Contrasts, value: jax.Array) -> jax.Array:
    """The value of `info_nce`, where it is near 0 and has lost its digits.

    The excess of each row over its own pair has them.
    """
    own = jnp.where(jnp.isfinite(c.own), c.own, 0.0)

    def statistic(tile: Tile, own: jax.Array) -> jax.Array:
        def rises(x: jax.Array, own: jax.Array) -> jax.Array:
            return jnp.expm1(jnp.minimum(x - own, 1.0))

        # The own pair adds exactly 0.
        return row_sum(tile, rises, own[..., None])

    def excess() -> jax.Array:
        return pairs.each(statistic, own) / (c.number_off + 1.0)

    rise = jnp.where(c.number_own > 0, finite(c.top) - c.own, -jnp.inf)
    # Where all rows are near, the value is below log(4/3).
    close = (jnp.abs(value) < 0.3) & (pairs.rows.max(rise) < 1.0)
    rises = mended(close, excess, jnp.zeros_like(c.own))
    spread = jnp.where(c.number_own > 0, 4.0 * jnp.abs(rises), -jnp.inf)
    near = -mean_of_own(pairs, c, jnp.log1p(jnp.maximum(rises, -0.5)))
    return jnp.where(close & (pairs.rows.max(spread) < 1.0), near, value)


@jitted("tile_size", "axis_name")
def flo(
    scores: Scores,
    u: ArrayLike,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Fenchel-Legendre (FLO) lower bound on mutual information.

    $$ 1 - \frac{1}{B} \sum_i \Bigl( u_i
       + \frac{1}{B - 1} \sum_{j \ne i} e^{f_{ij} - f_{ii} - u_i} \Bigr) $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      u: Values u_i = u(x_i, y_i) of a second function, trained with the critic; shape
        `(..., B)`, or one that broadcasts to it.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64.

    Raises:
      TypeError: If `scores` or `u` is not floating point, `where` is not boolean, or an
        option is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `u` or `where` does
        not broadcast.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> u = jnp.array([-1.0, -3.0, -0.5])
      >>> print(jaxinfo.bounds.flo(scores, u).round(3))
      1.563

    Notes:
      The expectation is a lower bound for any critic and any u, and that of the
      gradient is the gradient of the expectation: both are unbiased with batches of any
      size. There is no cap; the variance grows with the exponential of the mutual
      information. The best u_i is the log of the mean of exp(f_ij - f_ii) over
      independent y_j. The pair itself is not among the negatives.

      Where the exponential overflows the value is -inf and its slope is large but
      finite. A score of -inf is counted, with exponential 0; a pair masked by `where`
      is not, and a row without its own pair, or with nothing else, is left out.
      Sharding is that of `info_nce`; `u` has the rows of its shard.

    References:
      Guo et al. (2022), Tight mutual information estimation with contrastive
      Fenchel-Legendre optimization, section 3.1.

    See Also:
      `jaxinfo.bounds.info_nce`: u replaced by its estimate from the batch; capped.
      `jaxinfo.bounds.tuba`: a second function of x alone.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name, others=[("u", u)])
    c = with_others(pairs.each(contrasts))
    level = pairs.per_row("u", u)
    gap = gaps(c) - jnp.log(jnp.maximum(c.number_off, 1.0))
    terms = level + capped_exp(gap - level)
    return settled(pairs, c, 1.0 - mean_of_own(pairs, c, terms))


@jitted("tile_size", "axis_name")
def interpolated(
    scores: Scores,
    log_baseline: ArrayLike,
    alpha: ArrayLike,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Interpolated lower bound on mutual information, between TUBA and InfoNCE.

    $$ 1 + \frac{1}{B (B - 1)} \sum_i \sum_{j \ne i} \Bigl(
       \log \frac{e^{f_{ii}}}{\alpha m_{ij} + (1 - \alpha) a_i}
       - \frac{e^{f_{ij}}}{\alpha m_{ii} + (1 - \alpha) a_i} \Bigr),
       \qquad m_{ij} = \frac{1}{B - 1} \sum_{k \ne j} e^{f_{ik}} $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      log_baseline: Logarithms of the baseline a_i = a(x_i), shape `(..., B)`, or one
        that broadcasts to it.
      alpha: Weight of the baseline from the batch, between 0 and 1; may be traced.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64. NaN if `alpha` is not in [0, 1].

    Raises:
      TypeError: If `scores` or `log_baseline` is not floating point, `alpha` is not a
        real scalar, `where` is not boolean, or an option is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `log_baseline` or
        `where` does not broadcast.

    Examples:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> baseline = jnp.ones(3)
      >>> for alpha in (0.0, 0.5, 1.0):
      ...     print(jaxinfo.bounds.interpolated(scores, baseline, alpha).round(3))
      1.421
      0.911
      0.436

    Notes:
      The expectation is a lower bound for any critic, baseline and alpha. With alpha 0
      it is TUBA; with alpha 1 it is InfoNCE of B - 1 samples, averaged over which of
      the negatives is left out, and at most log(B - 1). Between them alpha trades cap
      for variance: it is at most 1 + log((B - 1) / alpha). Negatives are the
      off-diagonal pairs.

      Where one score outweighs its row, what is left without it is summed on its own,
      not as a difference. The gradient in alpha is finite, also at 0 and 1. A score of
      -inf is counted, with exponential 0; a pair masked by `where` is not, and a row
      without its own pair, or with nothing else, is left out. Sharding is that of
      `info_nce`; `log_baseline` has the rows of its shard.

    References:
      Poole et al. (2019), On variational bounds of mutual information, section 2.4.
      Their code has the baseline of y: exchange the axes of the scores.

    See Also:
      `jaxinfo.bounds.tuba`: alpha 0.
      `jaxinfo.bounds.info_nce`: about alpha 1.
    """
    others = [("log_baseline", log_baseline)]
    pairs = of_scores("scores", scores, where, tile_size, axis_name, others=others)
    share = checks.as_scalar("alpha", alpha, pairs.rows.dtype)
    values.report((share < 0) | (share > 1), "`alpha` is not in [0, 1]")

    def statistic(tile: Tile, baseline: jax.Array) -> tuple[Contrasts, jax.Array]:
        c = contrasts(tile)
        # Counted from the own score, where there is one.
        level = lax.stop_gradient(jnp.where(jnp.isfinite(c.own), c.own, 0.0))
        number = jnp.log(jnp.maximum(c.number_off, 1.0))
        rest = _without_one(tile, level) - number[..., None]
        mixed = _log_mix(share, rest, (baseline - level)[..., None])
        joint = c.number_off * (c.own - level) - tile.over_off(mixed)
        # Of the others alone: the mean of their own exponentials over the baseline.
        alone = tile.of_own(rest)
        ratio = jnp.exp(alone - tile.of_own(mixed))
        return c, jnp.where(c.number_own > 0, joint - c.number_off * ratio, 0.0)

    c, terms = pairs.each(statistic, pairs.per_row("log_baseline", log_baseline))
    c = with_others(c)
    c = c._replace(number_off=c.number_off * c.number_own)
    value = settled(pairs, c, 1.0 + mean_of_others(pairs, c, terms))
    return jnp.where((share >= 0) & (share <= 1), value, jnp.nan)


def _without_one(tile: Tile, level: jax.Array) -> jax.Array:
    """The log-sum-exp of the row without each of its entries, less the level."""
    x = jnp.where(tile.own | tile.off, tile.scores, -jnp.inf) - level[..., None]
    columns = lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1)
    largest = columns == jnp.argmax(x, axis=-1, keepdims=True).astype(jnp.int32)

    def exponentials(x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        top = finite(jnp.max(x, axis=-1, keepdims=True))
        each = jnp.exp(x - top)
        return top, each, jnp.sum(each, axis=-1, keepdims=True)

    top, each, total = exponentials(x)
    second, _, rest = exponentials(jnp.where(largest, -jnp.inf, x))
    # Without an entry other than the largest at least half of the total is left.
    left = jnp.where(largest, 1.0, total - each)
    return jnp.where(largest, second + log_of(rest), top + log_of(left))


def _log_mix(share: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """`log(share e^x + (1 - share) e^y)`, with a finite slope in the share."""
    share = share.reshape((1,) * x.ndim)
    top = finite(jnp.maximum(log_of(share) + x, log_of(1.0 - share) + y))
    cap = jnp.log(jnp.asarray(numerics.largest(x), x.dtype))
    of_x, of_y = (jnp.exp(jnp.minimum(v - top, cap)) for v in (x, y))
    return top + log_of(share * of_x + (1.0 - share) * of_y)
