"""Entropy, cross-entropy and divergence of distribution objects."""

from typing import Any

import jax

from jaxinfo._core import units
from jaxinfo.distributions import _forms, _sampling

__all__ = ["cross_entropy", "entropy", "kl_divergence"]


def cross_entropy(p: Any, q: Any, *, base: float | None = None) -> jax.Array:
    r"""Cross-entropy of two distribution objects.

    $$ H(p, q) = -E_p \log q(x) $$

    Args:
      p: Distribution of distrax, NumPyro or TFP on JAX, or a batch of them.
      q: Distribution of any of these, of outcomes of the same shape; batches broadcast.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape of the
        batches, float32 or float64.

    Raises:
      TypeError: If there is no closed form for the two, or `base` is not a Python
        number.
      ValueError: If the shapes of the outcomes differ, the batches do not broadcast, or
        `base` is out of range.

    Examples:
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> p, q = dist.Normal(0.0, 1.0), dist.Normal(1.0, 2.0)
      >>> print(distributions.cross_entropy(p, q).round(3))
      1.862

    Notes:
      +inf where p has outcomes that q misses. Under a map of both, such as that of a
      transformed distribution, there is a closed form only where the determinant of the
      map is a constant; for the rest see `kl_divergence`.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961.

    See Also:
      `kl_divergence`, the part above `entropy`; `monte_carlo_cross_entropy`, of any
      objects.
    """
    _sampling.check_events(p, q)
    return units.from_nats(_forms.of_two("cross_entropy", p, q), base)


def entropy(p: Any, *, base: float | None = None) -> jax.Array:
    r"""Entropy of a distribution object.

    $$ H(p) = -E_p \log p(x) $$

    Args:
      p: Distribution of distrax, NumPyro or TFP on JAX, or a batch of them.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Entropy in nats, or in the unit of `base`, differential where p has a density; the
        shape of the batch, float32 or float64.

    Raises:
      TypeError: If there is no closed form for p, or `base` is not a Python number.
      ValueError: If `base` is out of range.

    Examples:
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> p = dist.Normal(0.0, 1.0).expand((3,)).to_event(1)
      >>> print(distributions.entropy(p).round(3))
      4.257

    Notes:
      Independent parts are added; what a mask of NumPyro hides counts 0. A map adds the
      logarithm of its determinant to the entropy of a density, where that is a
      constant, and nothing to that of discrete outcomes, which it only renames. A point
      mass has no entropy here: it is 0 or -inf, by what is counted.

    References:
      T. M. Cover and J. A. Thomas, "Elements of Information Theory", 2nd ed., 2006,
      eq. (2.1) and (8.1).

    See Also:
      `jaxinfo.families`, of parameters; `monte_carlo_entropy`, of any object.
    """
    return units.from_nats(_forms.of_one(p), base)


def kl_divergence(p: Any, q: Any, *, base: float | None = None) -> jax.Array:
    r"""Kullback-Leibler divergence of two distribution objects.

    $$ D(p \,\|\, q) = E_p \log \frac{p(x)}{q(x)} $$

    Args:
      p: Distribution of distrax, NumPyro or TFP on JAX, or a batch of them.
      q: Distribution of any of these, of outcomes of the same shape; batches broadcast.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape of the batches,
        float32 or float64.

    Raises:
      TypeError: If there is no closed form for the two, or `base` is not a Python
        number.
      ValueError: If the shapes of the outcomes differ, the batches do not broadcast, or
        `base` is out of range.

    Examples:
      >>> import numpyro.distributions as dist
      >>> from jaxinfo import distributions
      >>> p, q = dist.Normal(0.0, 1.0), dist.Normal(1.0, 2.0)
      >>> print(distributions.kl_divergence(p, q).round(3))
      0.443
      >>> try:
      ...     distributions.kl_divergence(dist.Laplace(), dist.StudentT(4.0))
      ... except TypeError as error:
      ...     print(str(error).partition(":")[0])
      `kl_divergence` has no closed form for Laplace (numpyro) and StudentT (numpyro)

    Notes:
      Of two families, or of one: as in `jaxinfo.families`, accurate near equality;
      `families.pairs()` lists the pairs. Logits of categorical, Bernoulli and geometric
      distributions are taken as such, and so is a probability of 0.

      An invertible map changes nothing: of two transformed distributions it is the
      divergence of their bases, if the maps are known to be equal while tracing: of the
      same classes, with the same parameters, which may be one array in both or arrays
      whose numbers are known. Inside `jax.jit` they are known of maps without
      parameters, and of maps made outside.

      Independent parts are added. What a mask of NumPyro on either side hides counts 0,
      but its parameters must be valid for a gradient. A class that defines a density of
      its own is not taken for the family that it derives from. Objects are read while
      tracing: hand them to `jax.jit` where their library makes them pytrees, or make
      them inside.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4)
      and, for maps, corollary 4.1.

    See Also:
      `monte_carlo_kl_divergence`, of any objects: mixtures, or maps that differ.
    """
    _sampling.check_events(p, q)
    return units.from_nats(_forms.of_two("kl_divergence", p, q), base)
