"""One Gaussian fitted to a mixture of several, by either divergence."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo import logits

__all__ = ["Fit", "Mixture", "fit_forward", "fit_reverse", "grid"]

# Steps of a natural gradient, most of which only polish.
_STEPS = 200
# More points than this are needed only by pictures of needles.
_MOST_POINTS = 20_001
_LEAST_POINTS = 1_001


class Mixture(NamedTuple):
    """A mixture of Gaussians: weights that sum to one, means and deviations."""

    weights: jax.Array
    locs: jax.Array
    scales: jax.Array

    def log_prob(self, x: jax.Array) -> jax.Array:
        """The logarithm of the density."""
        terms = normal_log_prob(x[:, None], self.locs[None], self.scales[None])
        return jax.nn.logsumexp(terms + jnp.log(self.weights)[None], axis=-1)


class Fit(NamedTuple):
    """A Gaussian, and the divergences between it and the mixture.

    Attributes:
      loc: Its mean.
      scale: Its standard deviation.
      forward: D(p || q), from the mixture to it, in nats.
      reverse: D(q || p), in nats.
    """

    loc: jax.Array
    scale: jax.Array
    forward: jax.Array
    reverse: jax.Array

    def log_prob(self, x: jax.Array) -> jax.Array:
        """The logarithm of the density."""
        return normal_log_prob(x, self.loc, self.scale)


def normal_log_prob(x: jax.Array, loc: jax.Array, scale: jax.Array) -> jax.Array:
    """The logarithm of a Gaussian density."""
    return -0.5 * ((x - loc) / scale) ** 2 - jnp.log(scale) - math.log(2 * math.pi) / 2


def _moments(p: Mixture) -> tuple[jax.Array, jax.Array]:
    loc = jnp.sum(p.weights * p.locs)
    variance = jnp.sum(p.weights * (p.scales**2 + (p.locs - loc) ** 2))
    return loc, jnp.sqrt(variance)


def grid(p: Mixture) -> jax.Array:
    """Points from one end of everything to the other, eight to the least deviation.

    On them the softmax of a log-density is the density times the step: the sums of
    `jaxinfo.logits` are then integrals, right to far more digits than are shown.

    Raises:
      ValueError: If that takes too many points.
    """
    loc, scale = _moments(p)
    low = float(jnp.minimum(loc - 8 * scale, jnp.min(p.locs - 8 * p.scales)))
    high = float(jnp.maximum(loc + 8 * scale, jnp.max(p.locs + 8 * p.scales)))
    points = math.ceil(8 * (high - low) / float(p.scales.min()))
    if points > _MOST_POINTS:
        raise ValueError(
            f"`scales` must not be so small beside the spread of `locs` and `scales`: "
            f"the least is {float(p.scales.min()):g} of {high - low:g}."
        )
    size = max(points, _LEAST_POINTS)
    return jnp.asarray(np.linspace(low, high, size), p.locs.dtype)


def _as_fit(p: Mixture, x: jax.Array, loc: jax.Array, scale: jax.Array) -> Fit:
    log_p, log_q = p.log_prob(x), normal_log_prob(x, loc, scale)
    forward = logits.kl_divergence(log_p, log_q)
    return Fit(loc, scale, forward, logits.kl_divergence(log_q, log_p))


@jax.jit
def fit_forward(p: Mixture, x: jax.Array) -> Fit:
    """The Gaussian of least D(p || q): that of the same mean and variance."""
    return _as_fit(p, x, *_moments(p))


@jax.jit
def fit_reverse(p: Mixture, x: jax.Array) -> Fit:
    """The Gaussian of least D(q || p), searched from each part and from all of them."""
    log_p = p.log_prob(x)

    def loss(theta: tuple[jax.Array, jax.Array]) -> jax.Array:
        # Text-book lines, compiled in no time: where the minimum is, they tell as well.
        log_q = jax.nn.log_softmax(normal_log_prob(x, theta[0], jnp.exp(theta[1])))
        return jnp.sum(jnp.exp(log_q) * (log_q - log_p))

    def step(theta: tuple, _: None) -> tuple[tuple, None]:
        # Divided by the Fisher information of a Gaussian: 1/scale^2 and 2.
        to_loc, to_log = jax.grad(loss)(theta)
        loc = theta[0] - 0.5 * jnp.exp(2 * theta[1]) * to_loc
        return (loc, theta[1] - jnp.clip(0.25 * to_log, -0.5, 0.5)), None

    def search(loc: jax.Array, scale: jax.Array) -> tuple[tuple, jax.Array]:
        theta, _ = jax.lax.scan(step, (loc, jnp.log(scale)), None, length=_STEPS)
        return theta, loss(theta)

    loc, scale = _moments(p)
    starts = jnp.append(p.locs, loc), jnp.append(p.scales, scale)
    (locs, logs), losses = jax.vmap(search)(*starts)
    best = jnp.argmin(losses)
    return _as_fit(p, x, locs[best], jnp.exp(logs[best]))
