"""A table and its logarithm are one distribution: both rooms agree on every verb.

Values agree, and so do gradients by the chain rule of the softmax, at zeros too. The
verbs are those that both rooms list, so that a new one is tested without a new line.
"""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np

from contract import quick, sampled
from jaxinfo import logits, losses, probs

SHARED = sorted(set(probs.__all__) & set(logits.__all__))
# One number is the logit of an outcome against its complement.
BINARY = ["binary_entropy", "binary_kl_divergence"]
DTYPE = np.float64 if jax.config.jax_enable_x64 else np.float32
# The logarithm of an entry is rounded, by some eps times its size, up to 6 here.
RTOL = 64 * float(np.finfo(DTYPE).eps)

# Multiples of 1/64. In the rows: generic; zeros in the same places; zeros in the first
# alone; in the second alone; disjoint; one-hot against generic.
P = np.array(
    [
        [10, 20, 3, 5, 7, 19],
        [30, 0, 9, 0, 20, 5],
        [0, 0, 16, 16, 17, 15],
        [11, 9, 1, 13, 14, 16],
        [20, 12, 32, 0, 0, 0],
        [0, 0, 64, 0, 0, 0],
    ]
)
Q = np.array(
    [
        [11, 5, 14, 6, 27, 1],
        [12, 0, 17, 0, 3, 32],
        [7, 5, 12, 9, 1, 30],
        [40, 0, 8, 0, 10, 6],
        [0, 0, 0, 40, 8, 16],
        [1, 2, 3, 4, 5, 49],
    ]
)
# Joint tables of two and of three variables, some of their cells impossible.
XY = np.stack([P[:2].reshape(3, 4), Q[2:4].reshape(3, 4), P[4:].reshape(3, 4)]) / 128
# A cell that is impossible though its row and column are not makes this one infinite.
LAUTUM = (
    np.array([[[6, 9, 0, 11], [0, 0, 0, 0], [3, 14, 0, 21]]] * 2 + [XY[1] * 64]) / 64
)
XYZ = np.stack([P.reshape(3, 4, 3), Q.reshape(3, 4, 3)]) / 384


# What verbs take besides distributions.
MORE = {
    **{
        name: {"alpha": 0.7}
        for name in SHARED
        if name.startswith(("alpha", "renyi", "tsallis"))
    },
    "f_divergence": {"f": lambda t: (t - 1) ** 2},
    "generalized_js_divergence": {"weights": np.full(6, 1 / 6, DTYPE)},
}


def _verb(room, name):
    """The verb as a function of distributions alone, with one array as its result."""
    verb = functools.partial(getattr(room, name), **MORE.get(name, {}))
    if "axes" in _variables(name):
        verb = functools.partial(verb, axes=(-3, -2, -1))
    if name == "subset_entropies":
        return lambda *tables, **options: verb(*tables, **options).entropies
    return verb


def _variables(name):
    return list(inspect.signature(getattr(probs, name)).parameters)


def _tables(name):
    """The arguments of a verb."""
    if name in BINARY:
        tables = [np.clip(v / 64, 1 / 64, 63 / 64) for v in (P, Q)]
        return [v.astype(DTYPE) for v in tables[: 1 + ("q" in _variables(name))]]
    if {"z_axis", "axes"} & set(_variables(name)):
        return [XYZ.astype(DTYPE)]
    if name == "lautum_information":
        return [LAUTUM.astype(DTYPE)]
    if "p_xy" in _variables(name):
        return [XY.astype(DTYPE)]
    return [v.astype(DTYPE) / 64 for v in (P, Q)[: 1 + ("q" in _variables(name))]]


def _axes(name):
    """The axes over which the tables of a verb sum to one."""
    return {1: -1, 2: (-2, -1), 3: (-3, -2, -1)}[_tables(name)[0].ndim - 1]


def _as_logits(name, p):
    with np.errstate(divide="ignore"):
        return np.log(p) - (np.log1p(-p) if name in BINARY else 0)


def _of_tables(name, tables):
    """The verb of tables that means what the verb of their logarithms means."""
    verb = _verb(probs, name)
    if name == "normalized_entropy":
        # It counts the outcomes: one of probability 0 is there, one of logit -inf not.
        return functools.partial(verb, where=tables[0] > 0)
    return verb


def _by_chain_rule(name, p, slope):
    """The gradient in the logits of what has this gradient in the table."""
    part = np.where(p > 0, p * np.where(p > 0, slope, 0), 0)
    if name in BINARY:
        return part * (1 - p)
    return part - p * part.sum(axis=_axes(name), keepdims=True)


def _value_and_slopes(verb, weights, arrays):
    """The value, and the gradient of its weighted sum in every array."""

    @quick
    def run(weights, *arrays):
        value, pull = jax.vjp(lambda *a: verb(*a), *arrays)
        return value, pull(weights)

    value, slopes = run(weights, *arrays)
    return np.asarray(value), [np.asarray(s) for s in slopes]


def _close(got, want, size=0.0):
    np.testing.assert_allclose(got, want, rtol=RTOL, atol=RTOL * size)


@sampled("name", SHARED, "f_divergence", "mutual_information")
def test_logarithm_of_a_table_is_the_table(name):
    tables = _tables(name)
    rows = [_as_logits(name, p) for p in tables]
    want = np.asarray(_of_tables(name, tables)(*tables))
    assert not np.isnan(want).any()
    weights = np.cos(np.arange(want.size)).reshape(want.shape).astype(DTYPE)
    weights = np.where(np.isinf(want), DTYPE(0), weights)

    verb = _of_tables(name, tables)
    value, in_tables = _value_and_slopes(verb, weights, tables)
    same, in_logits = _value_and_slopes(_verb(logits, name), weights, rows)
    _close(value, want)
    _close(same, value, size=1)
    for p, slope, got in zip(tables, in_tables, in_logits, strict=True):
        assert got.dtype == slope.dtype == DTYPE
        # Where the value is infinite its gradient has rules of its own, tested there.
        finite = ~np.isinf(want) if want.ndim == 1 else np.full(len(p), True)
        assert finite.sum() >= 2
        chained = _by_chain_rule(name, p, slope)[finite]
        assert np.isfinite(chained).all()
        _close(got[finite], chained, size=np.abs(chained).max() + 1)
        assert (got[finite][p[finite] == 0] == 0).all()


def test_every_verb_has_a_twin():
    # Normalizing is what the softmax is for.
    assert set(probs.__all__) - set(logits.__all__) == {"normalize"}
    assert set(logits.__all__) <= set(probs.__all__)
    assert len(SHARED) >= 27


def test_options_of_twins_are_the_same():
    for name in SHARED:
        options = set(_variables(name)[len(_tables(name)) :])
        twin = inspect.signature(getattr(logits, name)).parameters
        more = {"axis_name"} | ({"axis", "where"} & set(twin) - options)
        if name in BINARY:
            more = set()
        assert set(list(twin)[len(_tables(name)) :]) == options | more, name


MASKABLE = [n for n in SHARED if "where" in _variables(n)]


@sampled("name", MASKABLE)
def test_masked_tables_agree_with_masked_logits(name):
    tables = _tables(name)
    where = np.ones(tables[0].shape, bool)
    where[..., -1] = False
    if name == "normalized_entropy":
        where &= tables[0] > 0
    rows = [_as_logits(name, p) for p in tables]
    # What is masked is not there, and may be NaN: the rest is normalized.
    axes = _axes(name)
    rest = [np.where(where, p, 0) for p in tables]
    rest = [p / np.maximum(p.sum(axis=axes, keepdims=True), 1e-9) for p in rest]
    rest, rows = (
        [np.where(where, v, np.nan).astype(DTYPE) for v in arrays]
        for arrays in (rest, rows)
    )

    @quick
    def both(where, rest, rows):
        verbs = _verb(probs, name), _verb(logits, name)
        return [verbs[0](*rest, where=where), verbs[1](*rows, where=where)]

    in_tables, in_logits = both(where, rest, rows)
    _close(in_logits, in_tables, size=1)
    # Where no outcome is left, at least no NaN is made up.
    assert not np.isnan(both(np.zeros_like(where), rest, rows)).any()


def test_mixed_doors():
    # A table and logits: the logarithm of the table, zeros included, is its logits.
    table, x = P[:3].astype(DTYPE) / 64, Q[:3].astype(DTYPE)
    softmax = np.asarray(jax.nn.softmax(x))
    mixed = logits.kl_divergence(_as_logits("", table), x)
    _close(mixed, probs.kl_divergence(table, softmax), size=1)
    loss = losses.softmax_cross_entropy(x, table)
    _close(loss, logits.cross_entropy(_as_logits("", table), x), size=1)
    _close(loss, probs.cross_entropy(table, softmax), size=1)
    assert jnp.isneginf(_as_logits("", table)).any()
