"""The bounds as their papers write them, and arguments that all tests share."""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxinfo import bounds

__all__ = ["CASES", "Case", "by_name", "sampled"]


def diagonal(f):
    return jnp.diagonal(f, axis1=-2, axis2=-1)


def off(f):
    """The entries off the diagonal, one row shorter."""
    b = f.shape[-1]
    i, j = np.nonzero(~np.eye(b, dtype=bool))
    return f[..., i, j].reshape(*f.shape[:-1], b - 1)


def mean_off(f):
    return off(f).mean((-2, -1))


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
    total = 0.0
    for i in range(b):
        e = jnp.exp(f[..., i, :])
        a = (1 - alpha) * jnp.exp(log_baseline[..., i])

        def mixed(j, e=e, a=a):
            return alpha * (e.sum(-1) - e[..., j]) / (b - 1) + a

        for j in range(b):
            if j != i:
                total += jnp.log(e[..., i] / mixed(j)) - e[..., j] / mixed(i)
    return 1 + total / (b * (b - 1))


def flo(f, u):
    rise = jnp.exp(off(f) - diagonal(f)[..., None]).mean(-1)
    return 1 - (u + jnp.exp(-u) * rise).mean(-1)


def barber_agakov(q, entropy):
    return diagonal(q).mean(-1) + entropy


def club(q):
    return diagonal(q).mean(-1) - mean_off(q)


def leave_one_out(q):
    marginal = jnp.exp(off(jnp.swapaxes(q, -1, -2))).mean(-1)
    return (diagonal(q) - jnp.log(marginal)).mean(-1)


@dataclasses.dataclass(frozen=True)
class Case:
    """A bound, its formula, and what it takes beside the matrix: "row" or "batch"."""

    name: str
    fn: Callable
    formula: Callable
    extra: str = ""

    def __str__(self):
        return self.name

    def args(self, seed=0, batch=(2, 3), size=5, dtype=None):
        """Random arguments: the matrix first."""
        rng = np.random.default_rng(seed)
        shapes = {"": [], "row": [(*batch, size)], "batch": [batch]}[self.extra]
        arrays = [1.5 * rng.normal(size=(*batch, size, size))]
        arrays += [rng.normal(size=shape) for shape in shapes]
        widest = "float64" if jax.config.jax_enable_x64 else "float32"
        return tuple(jnp.asarray(x, dtype or widest) for x in arrays)


def _case(name, extra="", suffix="", **options):
    fn, formula = getattr(bounds, name), globals()[name]
    if options:
        fn = functools.partial(fn, **options)
        formula = functools.partial(formula, **options)
    return Case(name + suffix, fn, formula, extra)


def _with_alpha(alpha):
    def ours(f, log_baseline, **options):
        return bounds.interpolated(f, log_baseline, alpha, **options)

    def formula(f, log_baseline):
        return interpolated(f, log_baseline, alpha)

    return Case(f"interpolated {alpha}", ours, formula, "row")


CASES = [
    _case("info_nce"),
    _case("donsker_varadhan"),
    _case("nwj"),
    _case("tuba", "row"),
    _case("js_bound"),
    _case("smile", clip=1.0),
    _with_alpha(0.3),
    _case("flo", "row"),
    _case("barber_agakov", "batch"),
    _case("club"),
    _case("leave_one_out"),
]


def by_name(name):
    (case,) = (case for case in CASES if case.name.startswith(name))
    return case


def sampled(*names):
    """Parametrizes by bounds; all but those named are `matrix`."""
    params = [
        pytest.param(c, marks=() if c.name in names else pytest.mark.matrix, id=c.name)
        for c in CASES
    ]
    return pytest.mark.parametrize("case", params)
