"""The bounds, their formulas, and arguments that all tests share."""

import dataclasses
import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxinfo import bounds
from jaxinfo.benchmarks import _bound_formulas

__all__ = ["CASES", "Case", "by_name", "sampled"]


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
    fn, formula = getattr(bounds, name), getattr(_bound_formulas, name)
    if options:
        fn = functools.partial(fn, **options)
        formula = functools.partial(formula, **options)
    return Case(name + suffix, fn, formula, extra)


def _with_alpha(alpha):
    def ours(f, log_baseline, **options):
        return bounds.interpolated(f, log_baseline, alpha, **options)

    def formula(f, log_baseline):
        return _bound_formulas.interpolated(f, log_baseline, alpha)

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
