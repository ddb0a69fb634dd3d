"""What the laws are tried on: rows of one fixed shape, so that a verb compiles once.

Hypothesis draws the numbers, never the shapes. Tables are NumPy arrays of the type
that is tested; those on a grid sum to one without rounding.
"""

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

__all__ = [
    "GRID",
    "SHAPE",
    "as_tables",
    "channels",
    "close",
    "compositions",
    "grid_tables",
    "law",
    "log_weights",
    "logit_grids",
    "logit_pairs",
    "logits",
    "pairs",
    "tables",
    "upper",
]

SHAPE = (4, 6)
# Multiples of 2^-24 up to 1 are float32 numbers, and their sums are exact.
GRID = 2**24

# The same examples in every run; the seed comes from the body of the test. Laws in
# double precision use the fixture `x64`, which does nothing between examples.
law = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)


def _array(dtype, shape, elements):
    return arrays(dtype, shape, elements=elements, fill=st.nothing())


@st.composite
def compositions(draw, total=GRID, shape=SHAPE):
    """Counts along the last axis that sum to `total`; some of them 0."""
    cut_shape = (*shape[:-1], shape[-1] - 1)
    cuts = draw(_array(np.int64, cut_shape, st.integers(0, total)))
    # Two equal cuts leave nothing between them.
    merge = draw(_array(bool, cut_shape, st.booleans()))
    for k in range(1, cut_shape[-1]):
        again = merge[..., k] & merge[..., k - 1]
        cuts[..., k] = np.where(again, cuts[..., k - 1], cuts[..., k])
    cuts = np.sort(cuts, axis=-1)
    ends = np.zeros((*shape[:-1], 1), np.int64)
    return np.diff(cuts, axis=-1, prepend=ends, append=ends + total)


@st.composite
def _nearly_one_hot(draw, shape=SHAPE):
    """All mass on one outcome but for a power of two that another one has."""
    rows = shape[:-1]
    hot = draw(_array(np.int64, rows, st.integers(0, shape[-1] - 1)))
    other = draw(_array(np.int64, rows, st.integers(0, shape[-1] - 1)))
    moved = 2 ** draw(_array(np.int64, rows, st.integers(0, 24)))
    ids = np.arange(shape[-1])
    return GRID * (ids == hot[..., None]) + moved[..., None] * (
        (ids == other[..., None]).astype(int) - (ids == hot[..., None])
    )


def _on_grid(shape):
    return st.one_of(compositions(shape=shape), _nearly_one_hot(shape))


def as_tables(counts, dtype=np.float32):
    """Counts of 2^-24 as probabilities, without rounding."""
    return (counts / GRID).astype(dtype)


def grid_tables(shape=SHAPE, dtype=np.float32):
    """Tables whose entries sum to one exactly."""
    return _on_grid(shape).map(lambda c: as_tables(c, dtype))


@st.composite
def _rounded_tables(draw, shape=SHAPE, dtype=np.float32):
    """Weights over many magnitudes, some of them 0, divided by their sum."""
    positive = st.floats(2.0**-60, 1, width=32, allow_subnormal=False)
    weights = draw(_array(np.float64, shape, st.just(0.0) | positive | positive))
    weights[..., 0] += weights.sum(axis=-1) == 0
    return (weights / weights.sum(axis=-1, keepdims=True)).astype(dtype)


def tables(shape=SHAPE, dtype=np.float32):
    """Tables of every kind, rows that sum to one but for rounding."""
    return st.one_of(grid_tables(shape, dtype), _rounded_tables(shape, dtype))


@st.composite
def _near_pairs(draw, shape=SHAPE, dtype=np.float32):
    """Tables on the grid of which the second moves a power of two of the mass."""
    counts = draw(_on_grid(shape))
    rows = shape[:-1]
    to = draw(_array(np.int64, rows, st.integers(0, shape[-1] - 1)))[..., None]
    size = 2 ** draw(_array(np.int64, rows, st.integers(0, 20)))[..., None]
    ids = np.arange(shape[-1])
    donor = ids == counts.argmax(axis=-1)[..., None]
    moved = counts + size * ((ids == to).astype(int) - donor)
    return as_tables(counts, dtype), as_tables(moved, dtype)


def pairs(shape=SHAPE, dtype=np.float32, *, exact=False):
    """Two tables: unrelated, equal, the same in another order, or nearly equal."""
    one = grid_tables(shape, dtype) if exact else tables(shape, dtype)
    return st.one_of(
        st.tuples(one, one),
        _near_pairs(shape, dtype),
        _near_pairs(shape, dtype),
        one.map(lambda p: (p, p)),
        one.map(lambda p: (p, np.roll(p, 1, axis=-1))),
    )


def logit_grids(shape=SHAPE, dtype=np.float32, *, masked=True):
    """Logits that are multiples of 2^-8 up to 2^6, some of them -inf."""
    some = st.integers(-(2**14), 2**14).map(lambda n: n / 2**8)
    some = st.just(-np.inf) | some | some | some if masked else some
    return _array(np.float64, shape, some).map(lambda x: _occupied(x).astype(dtype))


def _occupied(x):
    """Logits of which at least one is present in every row."""
    none = np.isneginf(x).all(axis=-1, keepdims=True)
    return np.where(none & (np.arange(x.shape[-1]) == 0), 0.0, x)


def logits(shape=SHAPE, dtype=np.float32, bound=80.0):
    """Logits of any magnitude up to `bound`, some of them -inf."""
    some = st.floats(-bound, bound, width=32, allow_subnormal=False)
    some = st.one_of(st.just(-np.inf), some, some, some)
    return st.one_of(
        _array(np.float64, shape, some).map(lambda x: _occupied(x).astype(dtype)),
        logit_grids(shape, dtype),
    )


@st.composite
def _near_logits(draw, shape=SHAPE, dtype=np.float32):
    x = draw(logits(shape, dtype, bound=8.0))
    noise = draw(_array(np.float64, shape, st.floats(-1, 1, width=32)))
    size = 2.0 ** -draw(st.integers(3, 20))
    return x, (x + size * noise).astype(dtype)


def logit_pairs(shape=SHAPE, dtype=np.float32, bound=80.0):
    """Two sets of logits: unrelated, equal or nearly equal."""
    one = logits(shape, dtype, bound)
    return st.one_of(
        st.tuples(one, one), _near_logits(shape, dtype), one.map(lambda x: (x, x))
    )


def log_weights(shape, bound=20.0):
    """Finite logits in double precision."""
    return _array(np.float64, shape, st.floats(-bound, bound, width=32))


@st.composite
def channels(draw, size=SHAPE[-1]):
    """A stochastic matrix in double precision, its rows normalized."""
    weights = draw(_array(np.float64, (size, size), st.floats(0, 1, width=32)))
    weights += np.eye(size) * (weights.sum(axis=-1, keepdims=True) == 0)
    return weights / weights.sum(axis=-1, keepdims=True)


def _spacing(dtype, ulps, size):
    """So many units in the last place of a size, with a floor for what is flushed."""
    info = np.finfo(dtype)
    return ulps * (float(info.eps) * size + float(info.tiny))


def close(got, want, ulps, *, beside=0.0, dtype=np.float32):
    """Whether two results agree to so many ULP of themselves or of what is beside."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    size = np.maximum(np.maximum(np.abs(got), np.abs(want)), beside)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= _spacing(dtype, ulps, size)
    # The difference of two infinities is NaN, the same infinity is right.
    return bool(
        np.all(np.where(np.isfinite(got) & np.isfinite(want), near, got == want))
    )


def upper(value, bound, ulps=4, *, dtype=np.float32):
    """Whether a value is at most its bound, but for rounding."""
    value, bound = np.asarray(value, np.float64), np.asarray(bound, np.float64)
    return bool(np.all(value <= bound + _spacing(dtype, ulps, bound)))
