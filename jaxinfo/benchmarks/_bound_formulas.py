"""The bounds as their papers write them, of a matrix of scores: naive."""

import jax.numpy as jnp


def diagonal(f):
    return jnp.diagonal(f, axis1=-2, axis2=-1)


def off(f):
    """The mean of each row, without the diagonal."""
    return (f.sum(-1) - diagonal(f)) / (f.shape[-1] - 1)


def mean_off(f):
    return off(f).mean(-1)


def info_nce(f):
    p = jnp.exp(diagonal(f)) / jnp.exp(f).mean(-1)
    return jnp.log(p).mean(-1)


def donsker_varadhan(f):
    return diagonal(f).mean(-1) - jnp.log(mean_off(jnp.exp(f)))


def nwj(f):
    return diagonal(f).mean(-1) - mean_off(jnp.exp(f - 1))


def tuba(f, log_baseline):
    ratios = jnp.exp(f - log_baseline[..., None])
    joint = diagonal(f) - log_baseline
    return 1 + joint.mean(-1) - mean_off(ratios)


def softplus(x):
    return jnp.log(1 + jnp.exp(x))


def js_bound(f):
    return -softplus(-diagonal(f)).mean(-1) - mean_off(softplus(f))


def smile(f, clip=5.0):
    partition = mean_off(jnp.exp(jnp.clip(f, -clip, clip)))
    return diagonal(f).mean(-1) - jnp.log(partition)


def interpolated(f, log_baseline, alpha):
    b = f.shape[-1]
    e = jnp.exp(f)
    # Of the row of i, without j, and the baseline of i.
    means = (e.sum(-1, keepdims=True) - e) / (b - 1)
    mixed = alpha * means + (1 - alpha) * jnp.exp(log_baseline[..., None])
    own = diagonal(mixed)[..., None]
    return 1 + mean_off(diagonal(f)[..., None] - jnp.log(mixed) - e / own)


def flo(f, u):
    rise = off(jnp.exp(f - diagonal(f)[..., None]))
    return 1 - (u + jnp.exp(-u) * rise).mean(-1)


def barber_agakov(q, entropy):
    return diagonal(q).mean(-1) + entropy


def club(q):
    return diagonal(q).mean(-1) - mean_off(q)


def leave_one_out(q):
    marginal = off(jnp.exp(jnp.swapaxes(q, -1, -2)))
    return (diagonal(q) - jnp.log(marginal)).mean(-1)
