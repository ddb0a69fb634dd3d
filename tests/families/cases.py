"""Parameters of every family, and the two programs that answer all questions of one.

All families share one batch of parameters, of shape `BATCH`: its first row has pairs
(p, q) that are far apart, the others pairs that get closer and closer. What is asked
of a family is asked of two compiled programs, `values` and `slopes`; other parameters
are other data.
"""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np

import contract
from jaxinfo import families

__all__ = [
    "BATCH",
    "EVENTS",
    "NAMES",
    "WIDEST",
    "changes",
    "close",
    "draw",
    "leading",
    "measured",
    "module",
    "sampled",
    "slopes",
    "values",
    "verbs",
]

WIDEST = contract.WIDEST
BATCH = (4, 6)
EVENTS = ("categorical", "dirichlet")
NAMES = [
    name
    for name in families.__all__
    if hasattr(getattr(families, name), "Params")
    and name not in ("multivariate_normal", "wishart")
]

# They stand for all in the default run: each has a support, or a function, of its own.
SAMPLE = ("categorical", "dirichlet", "normal", "poisson")


def sampled(names=NAMES):
    """Parametrizes by families; all but the sample are `matrix`."""
    return contract.sampled("name", names, *SAMPLE)


# How the parameters of p are drawn, by name: from a to b, and whether on a log scale.
_RANGES = {
    "concentration": (0.9, 9.0, True),
    "concentration0": (0.9, 9.0, True),
    "concentration1": (0.9, 9.0, True),
    "df": (1.5, 60.0, True),
    "high": (1.0, 2.0, False),
    "loc": (-1.0, 1.0, False),
    "low": (-2.0, 0.5, False),
    "probs": (0.1, 0.8, False),
    "rate": (0.2, 9.0, True),
    "scale": (0.4, 3.0, True),
}


def module(name):
    return getattr(families, name)


def verbs(name):
    """The measures of a family, by name."""
    found = {verb: getattr(module(name), verb) for verb in module(name).__all__}
    return {verb: fn for verb, fn in found.items() if inspect.isroutine(fn)}


def leading(name):
    """The measures of a family whose slopes are in the default run.

    A program of all slopes takes seconds to compile: that is part of the matrix. Of the
    other measures the normal family, which is cheap, has all.
    """
    every = ("entropy", "kl_divergence")
    return tuple(v for v in verbs(name) if v in every or name == "normal")


def _drawn(rng, field, shape):
    low, high, wide = _RANGES[field]
    if wide:
        return np.exp(rng.uniform(np.log(low), np.log(high), shape))
    return rng.uniform(low, high, shape)


def _moved(field, x, by):
    """Parameters of q, as far from those of p as the sizes in `by` say."""
    if field == "loc":
        return x + by
    if field == "probs":
        return 1 / (1 + (1 / x - 1) * np.exp(by))
    return x * np.exp(by)


def _mended(name, p, q, apart):
    """Puts the support of p inside that of q, and vectors on the simplex."""
    if name == "uniform":
        q = {"low": p["low"] - apart, "high": p["high"] + 2 * apart}
    if name == "pareto":
        q["scale"] = p["scale"] * np.exp(-apart)
    if name == "categorical":
        p, q = (
            {"probs": x["probs"] / x["probs"].sum(-1, keepdims=True)} for x in (p, q)
        )
    return p, q


def draw(name, dtype=WIDEST):
    """Parameters of p and of q: two tuples of arrays of shape `BATCH`."""
    rng = np.random.default_rng(7)
    shape = (*BATCH, 3) if name in EVENTS else BATCH
    size = np.array(
        [1.0, 2.0**-3, 2.0**-7, 2.0**-11 if dtype == "float32" else 2.0**-22]
    )
    size = size.reshape(-1, *(1,) * (len(shape) - 1))
    fields = module(name).Params._fields
    p = {field: _drawn(rng, field, shape) for field in fields}
    by = {field: size * rng.uniform(-1, 1, shape) for field in fields}
    q = {field: _moved(field, p[field], by[field]) for field in fields}
    p, q = _mended(name, p, q, np.abs(by[fields[0]]))
    return tuple(tuple(np.asarray(x[f], dtype) for f in fields) for x in (p, q))


def _given(name, p, q, alpha, correlation):
    """Everything that a verb may ask for, by the name of its parameter."""
    fields = module(name).Params._fields
    given = dict(zip(fields, p, strict=True)) | {
        "alpha": alpha,
        "correlation": correlation,
    }
    given |= {f"{f}_p": x for f, x in zip(fields, p, strict=True)}
    return given | {f"{f}_q": x for f, x in zip(fields, q, strict=True)}


def _call(fn, given, **options):
    named = {k: given[k] for k in inspect.signature(fn).parameters if k in given}
    return fn(**named, **options)


def _correlation(p):
    return 0.9 * jnp.tanh(p[0])


def _all(name, p, q, alpha, only=None):
    given = _given(name, p, q, alpha, _correlation(p))
    return {
        verb: _call(fn, given)
        for verb, fn in verbs(name).items()
        if only is None or verb in only
    }


@functools.cache
def _values(name):
    return contract.quick(functools.partial(_all, name))


def _arrays(point, dtype):
    return tuple(jnp.asarray(x, dtype) for x in point)


def values(name, p, q, alpha=0.5, dtype=WIDEST):
    """Every measure of a family, of batches p and q, at an order."""
    p, q = _arrays(p, dtype), _arrays(q, dtype)
    return _values(name)(p, q, jnp.asarray(alpha, dtype))


def measured(name, only=None):
    """The measures that a program of slopes has, in its order."""
    return [verb for verb in verbs(name) if only is None or verb in only]


@functools.cache
def _slopes(name, only):
    def program(p, q, alpha, weights):
        def measures(p, q, alpha):
            one = functools.partial(_all, name, only=only)
            return jax.vmap(one, (0, 0, None))(p, q, alpha)

        value, backward = jax.vjp(measures, p, q, alpha)
        given = zip(weights, value.items(), strict=True)
        return value, backward({v: jnp.full_like(x, w) for w, (v, x) in given})

    return contract.quick(program)


def slopes(name, p, q, alpha, weights, only=None, dtype="float32"):
    """Every measure by vmap, and the gradient of a weighted sum of all.

    One gradient of all measures of `measured` is compiled several times faster than
    one of each, and in single precision faster than in double.
    """
    p, q = _arrays(p, dtype), _arrays(q, dtype)
    weights = jax.tree.map(lambda x: jnp.asarray(x, dtype), weights)
    return _slopes(name, only)(p, q, jnp.asarray(alpha, dtype), weights)


@functools.cache
def _changes(name):
    def program(p, q, alpha, along):
        return jax.jvp(functools.partial(_all, name), (p, q, alpha), along)[1]

    return contract.quick(program)


def changes(name, p, q, alpha, along):
    """How every measure changes along a direction, by forward mode."""
    p, q = _arrays(p, WIDEST), _arrays(q, WIDEST)
    along = jax.tree.map(lambda x: jnp.asarray(x, WIDEST), along)
    return _changes(name)(p, q, jnp.asarray(alpha, WIDEST), along)


def close(got, want, tolerance, name=""):
    """Agreement relative to the larger of the value and 1."""
    tolerance = tolerance if WIDEST == "float64" else max(tolerance, 2e-5)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=name)
