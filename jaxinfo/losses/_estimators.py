"""KL divergences from log-probabilities of samples, to report and to descend."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike

from jaxinfo._core import checks, numerics
from jaxinfo._core.jit import jitted
from jaxinfo._core.passes import elementwise

__all__ = ["kl_estimate", "kl_surrogate"]


@jitted("kind")
def kl_estimate(
    logp: ArrayLike,
    logq: ArrayLike,
    *,
    kind: str = "k3",
    where: ArrayLike | None = None,
) -> jax.Array:
    r"""Estimate of KL(p ‖ q) from each sample of p; to report, not to descend.

    $$ k_1 = -u, \qquad k_2 = \tfrac12 u^2, \qquad k_3 = e^u - 1 - u, \qquad
       u = \log q(x) - \log p(x), \quad x \sim p $$

    Args:
      logp: Log-probabilities or log-densities of the samples under p, from which they
        were drawn; any shape, one entry a sample, a sequence or a token.
      logq: Those of the same samples under q, same shape.
      kind: `"k1"`, `"k2"` or `"k3"`, a static string.
      where: Boolean mask that broadcasts to `logp`; false marks an entry that does not
        count, such as padding: its estimate and gradient are 0.

    Returns:
      Estimate of every entry in nats, not averaged; shape of `logp`, float32 or
      float64.

    Raises:
      TypeError: If `logp` or `logq` is not a floating-point array, or `where` is not
        boolean.
      ValueError: If the shapes of `logp` and `logq` differ, that of `where` does not
        fit, or `kind` is not one of those above.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> logp = jnp.log(jnp.array([0.5, 0.25]))
      >>> logq = jnp.log(jnp.array([0.25, 0.5]))
      >>> print(jaxinfo.losses.kl_estimate(logp, logq).round(3))
      [0.193 0.307]
      >>> print(jaxinfo.losses.kl_estimate(logp, logq, kind="k1").round(3))
      [ 0.693 -0.693]

    Notes:
      k1 and k3 are unbiased; k1 is of either sign and noisy, k3 is never negative and
      mostly of less variance, k2 is of little variance and biased where p and q are
      far apart. k3 keeps its digits as the two log-probabilities meet. Where q is much
      larger, e^u is a heavy tail: it overflows to +inf, in float32 from u = 89, as it
      would in any average. A sample that q lacks gives +inf.

      The gradient is that of the formula, with the sample held fixed. If p is what is
      trained, its mean over samples of p is not the gradient of what is estimated: it
      is 0 for k1, the gradient of KL(p ‖ q) for k2, and that of KL(q ‖ p) for k3. If q
      is what is trained, it is the gradient of KL(p ‖ q) for k1 and k3. Descend
      `kl_surrogate`, whose value and gradient are of the same divergence.

      Summed over the tokens of a sequence drawn from p, k1 and k3 estimate the
      divergence of the sequences.

    References:
      Schulman (2020), Approximating KL divergence, joschu.net/blog/kl-approx.html.
      Tang and Munos (2025), On a few pitfalls in KL divergence gradient estimation for
      RL, section 3.

    See Also:
      `jaxinfo.losses.kl_surrogate`: for a loss.
      `jaxinfo.logits.kl_divergence`: exact, where all logits are at hand.
    """
    checks.option("kind", kind, ("k1", "k2", "k3"))
    # What is masked is 0 under both: so is what is estimated there.
    (p, q), _ = checks.of_samples(("logp", "logq"), (logp, logq), where)
    u = _log_ratio(p, q)
    return {"k1": lambda u: -u, "k2": lambda u: 0.5 * u * u, "k3": _excess}[kind](u)


@jitted("direction")
def kl_surrogate(
    log_policy: ArrayLike,
    log_reference: ArrayLike,
    *,
    log_behavior: ArrayLike | None = None,
    direction: str = "reverse",
    where: ArrayLike | None = None,
) -> jax.Array:
    r"""Loss of each sample whose mean is a KL divergence, in value and in gradient.

    $$ \begin{aligned}
       \mathrm{KL}(\pi \,\|\, \rho): &\quad w \, (e^u - 1 - u), \\
       \mathrm{KL}(\rho \,\|\, \pi): &\quad w \, (u e^u - e^u + 1),
       \end{aligned} \qquad
       u = \log \rho(x) - \log \pi(x), \quad w = \frac{\pi(x)}{b(x)},
       \quad x \sim b $$

    with pi the policy that is trained, rho the reference and b what the samples were
    drawn from: the policy itself, unless `log_behavior` says otherwise.

    Args:
      log_policy: Log-probabilities of the samples under the policy as it is now, to be
        differentiated; any shape, one entry a sample.
      log_reference: Those of the same samples under the reference, same shape.
      log_behavior: Those under what the samples were drawn from, same shape, such as
        the policy of some steps ago; taken as constants. `None`: the policy as it is
        now.
      direction: `"reverse"` is KL(policy ‖ reference), the usual penalty that keeps a
        policy near its reference; `"forward"` is KL(reference ‖ policy). A static
        string.
      where: Boolean mask that broadcasts to `log_policy`; false marks an entry that
        does not count, such as padding: its loss and gradient are 0.

    Returns:
      Loss of every entry in nats, never negative, not averaged; shape of `log_policy`,
      float32 or float64.

    Raises:
      TypeError: If an argument is not a floating-point array, or `where` is not
        boolean.
      ValueError: If shapes differ, that of `where` does not fit, or `direction` is not
        one of those above.

    Examples:
      Averaged over samples of the policy, the gradient is that of the divergence:

      >>> import jax
      >>> import jax.numpy as jnp
      >>> import jaxinfo
      >>> reference = jnp.log(jnp.array([0.5, 0.3, 0.2]))
      >>> logits = jnp.array([0.0, 1.0, 0.0])
      >>> actions = jax.random.categorical(jax.random.key(0), logits, shape=(100_000,))
      >>> def penalty(logits):
      ...     log_policy = jax.nn.log_softmax(logits)[actions]
      ...     return jaxinfo.losses.kl_surrogate(log_policy, reference[actions]).mean()
      >>> def exact(logits):
      ...     return jaxinfo.logits.kl_divergence(logits, reference)
      >>> error = jax.grad(penalty)(logits) - jax.grad(exact)(logits)
      >>> print(jnp.abs(error).max() < 0.01)
      True

    Notes:
      The terms e^u - 1 and 1 - e^u, times w, have mean 0 over samples of b: they are
      control variates, which make every loss non-negative and quiet near u = 0, at
      any policy, so that they bias neither value nor gradient. The gradient in
      `log_policy` is -w u in reverse and w (1 - e^u) forward, in `log_reference` that
      of the same divergence; through the weight w it is part of the loss even where
      w = 1. Do not stop it, and do not clip w, if the mean is to be right.

      The mean must be over samples of b, all of them: b > 0 wherever pi or rho is. w
      and e^u may be large where b is small; they overflow to +inf.

      Sequences: the divergence of whole sequences is had from log-probabilities that
      are summed over the tokens first. With one entry a token, the sum of the losses
      has the right mean on-policy, but its gradient holds the prefixes fixed: it leaves
      out that a token changes which tokens follow. Off-policy the weight of a token is
      its own, and prefixes are those of b, in value too.

      What is often used instead: `k1` has gradient 0 in the mean, `k3` (GRPO) that of
      the other direction, and both leave out w, although the samples of a second
      epoch are no longer the policy's.

    References:
      Tang and Munos (2025), On a few pitfalls in KL divergence gradient estimation for
      RL, sections 3 and 4.
      Schulman (2020), Approximating KL divergence, joschu.net/blog/kl-approx.html.
      Shao et al. (2024), DeepSeekMath, eq. (4) (GRPO).

    See Also:
      `jaxinfo.losses.kl_estimate`: to report, not to descend.
      `jaxinfo.logits.kl_divergence`: exact, where all logits are at hand.
    """
    checks.option("direction", direction, ("reverse", "forward"))
    names = ("log_policy", "log_reference", "log_behavior")
    behavior = log_policy if log_behavior is None else log_behavior
    samples = (log_policy, log_reference, behavior)
    # What is masked is 0 under all: so is its loss.
    (p, r, b), _ = checks.of_samples(names, samples, where)
    loss = {"reverse": _reverse, "forward": _forward}[direction]
    return loss(p, r, lax.stop_gradient(b))


def _log_ratio(p: jax.Array, q: jax.Array) -> jax.Array:
    """Log q/p; 0 where both are 0."""
    both = jnp.isneginf(p) & jnp.isneginf(q)
    return jnp.where(both, 0.0, q) - jnp.where(both, 0.0, p)


def _close(u: jax.Array) -> tuple[jax.Array, jax.Array]:
    near = jnp.abs(u) < 1
    return near, jnp.where(near, u, 0.0)


def _expm1(u: jax.Array) -> jax.Array:
    near, small = _close(u)
    # The expm1 of XLA:CPU is 4 units of the last place off in float64.
    return jnp.where(near, small + numerics.exp_excess(small), jnp.exp(u) - 1.0)


def _excess_value(u: jax.Array) -> jax.Array:
    near, small = _close(u)
    far = jnp.where(jnp.isposinf(u), jnp.inf, jnp.exp(u) - 1.0 - u)
    return jnp.where(near, numerics.exp_excess(small), far)


# E^u - 1 - u, and what it grows by.
_growth = elementwise(_expm1, lambda u: (jnp.exp(u),))
_excess = elementwise(_excess_value, lambda u: (_growth(u),))


def _parts(p: jax.Array, r: jax.Array, b: jax.Array) -> tuple[jax.Array, ...]:
    """Log r/p, and the weights p/b and r/b."""
    return _log_ratio(p, r), jnp.exp(_log_ratio(b, p)), jnp.exp(_log_ratio(b, r))


def _reverse_value(p: jax.Array, r: jax.Array, b: jax.Array) -> jax.Array:
    u, w, v = _parts(p, r, b)
    near, small = _close(u)
    # A weight of 0 takes the infinite logarithm with it.
    far = v - w * (1.0 + jnp.minimum(u, numerics.largest(u)))
    return jnp.where(near, w * numerics.exp_excess(small), far)


def _reverse_slopes(p: jax.Array, r: jax.Array, b: jax.Array) -> tuple[jax.Array, ...]:
    u, w, v = _parts(p, r, b)
    in_p = -w * jnp.minimum(u, numerics.largest(u))
    near, small = _close(u)
    in_r = numerics.as_if(jnp.where(near, w * _expm1(small), v - w), v - w)
    return in_p, in_r, jnp.zeros_like(b)


def _forward_value(p: jax.Array, r: jax.Array, b: jax.Array) -> jax.Array:
    u, w, v = _parts(p, r, b)
    near, small = _close(u)
    far = v * (jnp.maximum(u, -numerics.largest(u)) - 1.0) + w
    return jnp.where(near, v * numerics.exp_excess(-small), far)


def _forward_slopes(p: jax.Array, r: jax.Array, b: jax.Array) -> tuple[jax.Array, ...]:
    u, w, v = _parts(p, r, b)
    near, small = _close(u)
    in_p = numerics.as_if(jnp.where(near, -w * _expm1(small), w - v), w - v)
    return in_p, v * jnp.maximum(u, -numerics.largest(u)), jnp.zeros_like(b)


_reverse = elementwise(_reverse_value, _reverse_slopes)
_forward = elementwise(_forward_value, _forward_slopes)
