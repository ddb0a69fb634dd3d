"""Bounds that average over all pairs off the diagonal."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, values
from jaxinfo._core.jit import jitted
from jaxinfo._core.rows import AxisName
from jaxinfo.bounds._pairs import Pairs, Scores, Tile, of_scores
from jaxinfo.bounds._statistics import (
    Contrasts,
    capped_exp,
    contrasts,
    log_mean,
    mean_of_others,
    mean_of_own,
    settled,
    softplus,
    sums,
)

__all__ = ["donsker_varadhan", "js_bound", "nwj", "smile", "tuba"]


@jitted("tile_size", "axis_name")
def donsker_varadhan(
    scores: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Donsker-Varadhan estimate of mutual information, as in MINE.

    $$ \frac{1}{B} \sum_i f_{ii}
       - \log \Bigl( \frac{1}{B (B - 1)} \sum_{i \ne j} e^{f_{ij}} \Bigr) $$

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
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> print(jaxinfo.bounds.donsker_varadhan(scores).round(3))
      1.547

    Notes:
      With expectations in place of the averages it is a lower bound for any critic.
      The estimate from a batch is not: by Jensen's inequality its expectation is above
      that of the bound, and it may exceed the mutual information. The gradient is
      biased likewise (MINE divides by a moving average instead). The variance grows
      with the exponential of the mutual information. There is no cap. Negatives are the
      off-diagonal pairs.

      A constant added to all scores changes nothing, and the gradient is finite for
      scores of any size.
      A score of -inf is counted, with exponential 0; a pair masked by `where` is not.
      Sharding is that of `info_nce`.

    References:
      Donsker and Varadhan (1983), Asymptotic evaluation of certain Markov process
      expectations for large time IV.
      Belghazi et al. (2018), Mutual information neural estimation, section 3.

    See Also:
      `jaxinfo.bounds.nwj`: unbiased, with more variance.
      `jaxinfo.bounds.smile`: with the scores of negatives clipped.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name)
    c = pairs.each(contrasts)
    return settled(pairs, c, _log_ratio(pairs, c))


@jitted("tile_size", "axis_name")
def js_bound(
    scores: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Jensen-Shannon objective of Deep InfoMax, which orders but does not measure.

    $$ -\frac{1}{B} \sum_i \mathrm{softplus}(-f_{ii})
       - \frac{1}{B (B - 1)} \sum_{i \ne j} \mathrm{softplus}(f_{ij}) $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Value of the objective, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64.

    Raises:
      TypeError: If `scores` is not floating point, `where` is not boolean, or an option
        is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `where` does not
        broadcast to it.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> print(jaxinfo.bounds.js_bound(scores).round(3))
      -1.063

      Trained with it, the critic gives an estimate of mutual information too. This has
      the value of NWJ, and the gradient of the Jensen-Shannon objective:

      >>> import jax
      >>> def value_of_nwj(scores):
      ...     js = jaxinfo.bounds.js_bound(scores)
      ...     # At the optimum the critic is the log density ratio; NWJ wants 1 more.
      ...     nwj = jaxinfo.bounds.nwj(scores + 1)
      ...     return js + jax.lax.stop_gradient(nwj - js)
      >>> print(value_of_nwj(scores).round(3))
      1.427

    Notes:
      Not an estimate of mutual information. The expectation is a lower bound, for any
      critic, on 2 JSD - log 4, with JSD the Jensen-Shannon divergence of the joint
      distribution and the product of the marginals, which is at most log 2: the value
      lies between -log 4, for a critic that knows nothing, and 0. It is unbiased, its
      variance is low, and the best critic is the log density ratio, without a constant:
      hand the same scores to `nwj`, `donsker_varadhan` or `smile` for a number of nats.
      Negatives are the off-diagonal pairs.

      A score of -inf is counted, with exponential 0; a pair masked by `where` is not.
      Sharding is that of `info_nce`.

    References:
      Nowozin, Cseke and Tomioka (2016), f-GAN: training generative neural samplers
      using variational divergence minimization, section 2.
      Hjelm et al. (2019), Learning deep representations by mutual information
      estimation and maximization, eq. (4).
      Poole et al. (2019), On variational bounds of mutual information, section 2.2.

    See Also:
      `jaxinfo.bounds.smile`: what to evaluate a critic with that was trained so.
      `jaxinfo.js_divergence`: of two tables.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name)
    c = pairs.each(lambda tile: sums(tile, softplus))
    rise = mean_of_own(pairs, c, jax.nn.softplus(-c.own))
    return settled(pairs, c, -(rise + mean_of_others(pairs, c, c.total)))


@jitted("tile_size", "axis_name")
def nwj(
    scores: Scores,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""Nguyen-Wainwright-Jordan lower bound on mutual information.

    $$ \frac{1}{B} \sum_i f_{ii}
       - \frac{1}{B (B - 1)} \sum_{i \ne j} e^{f_{ij} - 1} $$

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
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> print(jaxinfo.bounds.nwj(scores).round(3))
      1.421

    Notes:
      The expectation is a lower bound for any critic, and tight for the log density
      ratio plus 1. Value and gradient are unbiased with batches of any size; the
      variance grows with the exponential of the mutual information, so that medians say
      more than means. There is no cap. Negatives are the off-diagonal pairs. Also known
      as MINE-f and as the f-GAN bound on KL.

      A large initial critic sends it far below 0, where training may stay: initialize
      with small weights. Where the exponential overflows (scores above 88 in float32)
      the value is -inf; the gradient keeps its direction and is large but finite.
      A score of -inf is counted, with exponential 0; a pair masked by `where` is not.
      Sharding is that of `info_nce`.

    References:
      Nguyen, Wainwright and Jordan (2010), Estimating divergence functionals and the
      likelihood ratio by convex risk minimization.
      Poole et al. (2019), On variational bounds of mutual information, section 2.2.

    See Also:
      `jaxinfo.bounds.tuba`: with a baseline other than e.
      `jaxinfo.bounds.donsker_varadhan`: above it for the same critic.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name)
    c = pairs.each(contrasts)
    return settled(pairs, c, _with_baseline(pairs, c, jnp.ones_like(c.own)))


@jitted("tile_size", "axis_name")
def smile(
    scores: Scores,
    *,
    clip: ArrayLike = 5.0,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""SMILE estimate of mutual information: Donsker-Varadhan with clipped negatives.

    $$ \frac{1}{B} \sum_i f_{ii} - \log \Bigl( \frac{1}{B (B - 1)}
       \sum_{i \ne j} e^{\mathrm{clip}(f_{ij}, -\tau, \tau)} \Bigr) $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      clip: Limit tau to the scores of negatives, not negative; may be traced.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64. NaN if `clip` is negative.

    Raises:
      TypeError: If `scores` is not floating point, `clip` is not a real scalar,
        `where` is not boolean, or an option is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `where` does not
        broadcast to it.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> print(jaxinfo.bounds.smile(scores, clip=0.5).round(3))
      1.804

      The authors train with the Jensen-Shannon objective and report this value:

      >>> import jax
      >>> def value_of_smile(scores):
      ...     js = jaxinfo.bounds.js_bound(scores)
      ...     smile = jaxinfo.bounds.smile(scores, clip=0.5)
      ...     return js + jax.lax.stop_gradient(smile - js)
      >>> print(value_of_smile(scores).round(3))
      1.804

    Notes:
      Neither a lower nor an upper bound: clipping trades the variance of the partition
      function, which it bounds, for a bias of either sign. It overshoots where the
      mutual information is much above tau. The critic has to be the log density ratio,
      not that plus a constant. There is no cap. Negatives are the off-diagonal pairs.

      The gradient is that of the formula: clipped negatives have none, and nothing
      keeps a critic that is trained with it from growing; train as in the example.
      A score of -inf is counted, with exponential 0; a pair masked by `where` is not.
      Sharding is that of `info_nce`.

    References:
      Song and Ermon (2020), Understanding the limitations of variational mutual
      information estimators, section 5.

    See Also:
      `jaxinfo.bounds.donsker_varadhan`: without clipping, tau infinite.
      `jaxinfo.bounds.js_bound`: the objective to train with.
    """
    pairs = of_scores("scores", scores, where, tile_size, axis_name)
    limit = checks.as_scalar("clip", clip, pairs.rows.dtype)
    values.report(limit < 0, "`clip` is negative")
    limit = jnp.where(limit >= 0, limit, jnp.nan)

    def clipped(x: jax.Array, limit: jax.Array) -> jax.Array:
        # Long loops of XLA:CPU clip NaN away: what is added rounds away, or is NaN.
        speck = 2.0**-100 / (1.0 + x * x)
        clip = jnp.minimum(jnp.maximum(x, -limit), limit)
        return clip + lax.stop_gradient(speck)

    def statistic(tile: Tile) -> Contrasts:
        bound = limit.reshape((1,) * tile.scores.ndim)
        if tile.keep is None:
            return contrasts(tile, clipped, bound)
        # Clipped first, or what stands for absent scores would be clipped too.
        c = contrasts(tile._replace(scores=clipped(tile.scores, bound)))
        return c._replace(own=sums(tile, None).own)

    c = pairs.each(statistic)
    return settled(pairs, c, _log_ratio(pairs, c))


@jitted("tile_size", "axis_name")
def tuba(
    scores: Scores,
    log_baseline: ArrayLike,
    *,
    where: ArrayLike | None = None,
    tile_size: int | None = None,
    axis_name: AxisName = None,
) -> jax.Array:
    r"""TUBA lower bound on mutual information, with a baseline for every x.

    $$ 1 + \frac{1}{B} \sum_i (f_{ii} - \log a_i)
       - \frac{1}{B (B - 1)} \sum_{i \ne j} \frac{e^{f_{ij}}}{a_i} $$

    Args:
      scores: Critic values f_ij = f(x_i, y_j), shape `(..., B, B)`, the diagonal of
        pairs drawn together; or `Embeddings`.
      log_baseline: Logarithms of the baseline a_i = a(x_i), shape `(..., B)`, or one
        that broadcasts to it.
      where: Boolean mask that broadcasts to the scores; false marks an absent pair.
      tile_size: How many rows of the scores are evaluated at a time; a static int.
        `None` is all rows of a matrix, and a few megabytes of embeddings.
      axis_name: Mesh axis over which the rows are sharded, if they are.

    Returns:
      Estimate in nats, one number a batch, shape `scores.shape[:-2]`; float32 or
      float64.

    Raises:
      TypeError: If `scores` or `log_baseline` is not floating point, `where` is not
        boolean, or an option is of the wrong type.
      ValueError: If `scores` is not square with B at least 2, or `log_baseline` or
        `where` does not broadcast.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> scores = jnp.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
      >>> baseline = jnp.array([1.0, 2.0, 0.5])
      >>> print(jaxinfo.bounds.tuba(scores, baseline).round(3))
      1.184

    Notes:
      The expectation is a lower bound for any critic and any baseline, tight for the
      log density ratio and a baseline of 1. Value and gradient are unbiased; the
      variance grows with the exponential of the mutual information, less with a
      baseline near the mean of the exponentials of a row. There is no cap. Negatives
      are the off-diagonal pairs.

      Where the exponential overflows the value is -inf; the gradient keeps its
      direction and is large but finite.
      A score of -inf is counted, with exponential 0; a pair masked by `where` is not.
      Sharding is that of `info_nce`; `log_baseline` has the rows of its shard.

    References:
      Barber and Agakov (2003), The IM algorithm.
      Poole et al. (2019), On variational bounds of mutual information, section 2.2.
      Their code has the baseline of y: exchange the axes of the scores.

    See Also:
      `jaxinfo.bounds.nwj`: a baseline of e.
      `jaxinfo.bounds.interpolated`: a baseline from the batch, in part.
    """
    others = [("log_baseline", log_baseline)]
    pairs = of_scores("scores", scores, where, tile_size, axis_name, others=others)
    c = pairs.each(contrasts)
    baseline = pairs.per_row("log_baseline", log_baseline)
    return settled(pairs, c, _with_baseline(pairs, c, baseline))


def _log_ratio(pairs: Pairs, c: Contrasts) -> jax.Array:
    """The mean of the own scores less the log-mean-exp of the others."""
    top, rest = log_mean(pairs, c, jnp.zeros_like(c.own))
    return mean_of_own(pairs, c, c.own - top) - rest


def _with_baseline(pairs: Pairs, c: Contrasts, baseline: jax.Array) -> jax.Array:
    """The bound of `tuba`."""
    top, rest = log_mean(pairs, c, baseline)
    return 1.0 + mean_of_own(pairs, c, c.own - baseline) - capped_exp(top + rest)
