"""Measures of any objects by sampling, with a standard error."""

from typing import Any

from jax.typing import ArrayLike

from jaxinfo.distributions import _sampling
from jaxinfo.distributions._sampling import MonteCarloEstimate

__all__ = [
    "MonteCarloEstimate",
    "monte_carlo_cross_entropy",
    "monte_carlo_entropy",
    "monte_carlo_kl_divergence",
]


def monte_carlo_cross_entropy(
    key: ArrayLike,
    p: Any,
    q: Any,
    *,
    num_samples: int,
    pathwise: bool = False,
    base: float | None = None,
) -> MonteCarloEstimate:
    r"""Cross-entropy of two distribution objects, estimated from samples of p.

    $$ \hat H(p, q) = -\frac1n \sum_i \log q(x_i), \quad x_i \sim p $$

    Args:
      key: Random key.
      p: Object with `sample`, as in distrax, NumPyro or TFP, and `log_prob`.
      q: Object with `log_prob`, of outcomes of the same shape; batches broadcast.
      num_samples: Number n of samples, at least 2.
      pathwise: Whether to differentiate through the samples; see
        `monte_carlo_kl_divergence`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Unbiased estimate and its standard error, in nats or in the unit of `base`; the
        broadcast shape of the batches, float32 or float64.

    Raises:
      TypeError: If a method is missing, or `num_samples` or `base` not a Python number.
      ValueError: If the shapes of the outcomes differ, or an option is out of range.

    Examples:
      >>> import jax
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> p, q = dist.Normal(0.0, 1.0), dist.StudentT(3.0)
      >>> mean, error = distributions.monte_carlo_cross_entropy(
      ...     jax.random.key(0), p, q, num_samples=10_000
      ... )
      >>> bool(abs(mean - 1.4881) < 4 * error), bool(error < 0.01)
      (True, True)

    Notes:
      The gradient is unbiased too, in p and in q, as in `monte_carlo_kl_divergence`.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961.

    See Also:
      `cross_entropy`, the closed form.
    """
    return _sampling.estimate(
        key,
        p,
        q,
        lambda _, log_q: -log_q,
        num_samples=num_samples,
        pathwise=pathwise,
        base=base,
    )


def monte_carlo_entropy(
    key: ArrayLike,
    p: Any,
    *,
    num_samples: int,
    pathwise: bool = False,
    base: float | None = None,
) -> MonteCarloEstimate:
    r"""Entropy of a distribution object, estimated from samples of it.

    $$ \hat H(p) = -\frac1n \sum_i \log p(x_i), \quad x_i \sim p $$

    Args:
      key: Random key.
      p: Object with `sample`, as in distrax, NumPyro or TFP, and `log_prob`.
      num_samples: Number n of samples, at least 2.
      pathwise: Whether to differentiate through the samples; see
        `monte_carlo_kl_divergence`.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Unbiased estimate and its standard error, in nats or in the unit of `base`; the
        shape of the batch, float32 or float64.

    Raises:
      TypeError: If a method is missing, or `num_samples` or `base` not a Python number.
      ValueError: If an option is out of range.

    Examples:
      >>> import jax
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> mean, error = distributions.monte_carlo_entropy(
      ...     jax.random.key(0), dist.Cauchy(0.0, 1.0), num_samples=10_000
      ... )
      >>> bool(abs(mean - 2.5310) < 4 * error), bool(error < 0.02)
      (True, True)

    Notes:
      The gradient is unbiased too, as in `monte_carlo_kl_divergence`.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eq. (8.1).

    See Also:
      `entropy`, the closed form.
    """
    return _sampling.estimate(
        key,
        p,
        p,
        lambda log_p, _: -log_p,
        num_samples=num_samples,
        pathwise=pathwise,
        base=base,
    )


def monte_carlo_kl_divergence(
    key: ArrayLike,
    p: Any,
    q: Any,
    *,
    num_samples: int,
    control_variate: bool = False,
    pathwise: bool = False,
    base: float | None = None,
) -> MonteCarloEstimate:
    r"""Kullback-Leibler divergence of two objects, estimated from samples of p.

    $$ \hat D(p \,\|\, q) = \frac1n \sum_i \log \frac{p(x_i)}{q(x_i)},
       \quad x_i \sim p $$

    Args:
      key: Random key.
      p: Object with `sample`, as in distrax, NumPyro or TFP, and `log_prob`.
      q: Object with `log_prob`, of outcomes of the same shape; batches broadcast.
      num_samples: Number n of samples, at least 2.
      control_variate: Whether to add q/p - 1 to each term. Its mean is 0 if q has no
        outcome that p misses; else the estimate is too low by the weight of those.
      pathwise: Whether to differentiate through the samples.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Unbiased estimate and its standard error, in nats or in the unit of `base`; the
        broadcast shape of the batches, float32 or float64.

    Raises:
      TypeError: If a method is missing, or `num_samples` or `base` not a Python number.
      ValueError: If the shapes of the outcomes differ, or an option is out of range.

    Examples:
      >>> import jax
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> p, q = dist.StudentT(5.0), dist.StudentT(3.0)
      >>> mean, error = distributions.monte_carlo_kl_divergence(
      ...     jax.random.key(0), p, q, num_samples=10_000
      ... )
      >>> bool(abs(mean - 0.0119) < 4 * error), bool(error < 0.003)
      (True, True)

    Notes:
      The log-ratio alone is right whatever the supports and the tails. With the control
      variate no term is negative, and close distributions need far fewer samples: the
      standard deviation of a term of two normal distributions of scale 1 falls by 14
      where the means are 0.1 apart, by 141 at 0.01, by 1.2 at 1. Of distributions that
      are far apart, or where q has the heavier tails, it grows, without bound where q/p
      has no variance under p: scales 1 and 1.1 gain 3.3, scales 1 and 1.3 lose 1.3.

      The gradient is unbiased for any sampler, of discrete outcomes and of mixtures
      too, and so are higher derivatives: samples are held fixed, and the score of p
      times a term, less the mean of the other terms, says how they would move. Where
      the support of p moves with its parameters, as that of a uniform distribution, or
      where the score is too noisy, `pathwise=True` differentiates through the samples
      instead, which is right only if all of the sampler is differentiable in the
      parameters, and then often less noisy.

      The standard error has no gradient; it is NaN where the estimate is infinite. The
      same samples serve a whole batch of q. All samples are held at once: to use less
      memory, average the estimates of several keys.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4);
      J. Foerster et al., "DiCE: The Infinitely Differentiable Monte Carlo Estimator",
      2018, for the gradient.

    See Also:
      `kl_divergence`, the closed form.
    """
    return _sampling.estimate(
        key,
        p,
        q,
        lambda log_p, log_q: _sampling.log_ratio(log_p, log_q, control_variate),
        num_samples=num_samples,
        pathwise=pathwise,
        base=base,
    )
