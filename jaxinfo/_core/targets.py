"""Logits against targets, soft or integer: what classification losses are made of."""

import jax
import jax.numpy as jnp
from jax import lax

from jaxinfo._core import numerics
from jaxinfo._core.passes import mended, numbers, one_pass, settled, with_slopes
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import (
    Stats,
    at_top,
    below_top,
    depth,
    fallen,
    log_probabilities,
    log_sum_exp,
    masses,
    probabilities,
    stats,
)

__all__ = [
    "count_present",
    "cross_entropy",
    "kl_divergence",
    "label_cross_entropy",
    "miss",
    "row_log_sum_exp",
    "smoothed_entropy",
    "smoothed_kl_divergence",
    "sparse_cross_entropy",
    "uniform_cross_entropy",
    "without_slope",
]

Result = tuple[jax.Array, Stats]
Slopes = tuple[jax.Array, jax.Array]


def _needs_absent(rows: Rows, x: jax.Array, t: jax.Array) -> jax.Array:
    """Whether a target has mass where a logit is -inf, by row."""
    lowest = one_pass(lambda x: rows.min(rows.load(x)[0]), x)

    def wanted(x: jax.Array, t: jax.Array) -> jax.Array:
        x, t = rows.load(x, t)
        return rows.max((1.0 - numerics.present(x)) * (1.0 - numerics.is_zero(t)))

    none = rows.zeros(x, t)
    gaps = jnp.broadcast_to(jnp.isneginf(lowest), none.shape)
    return mended(gaps, lambda: one_pass(wanted, x, t), none) > 0


def _cross_entropy_value(rows: Rows, x: jax.Array, t: jax.Array) -> Result:
    s = stats(rows, x)

    def terms(x: jax.Array, t: jax.Array, s: Stats, log_total: jax.Array) -> jax.Array:
        x, t = rows.load(x, t)
        return rows.sum(t * (log_total + depth(x, s)))

    result = one_pass(terms, x, t, s, s.log_total)
    return jnp.where(_needs_absent(rows, x, t), jnp.inf, result), s


def _excess(rows: Rows, s: Stats, x: jax.Array, t: jax.Array) -> jax.Array:
    """The softmax p, times the mass of t, less t: the slope in the logits.

    Where p is almost 1 it is the mass of the other targets less 1 - p times the mass:
    both have all their digits.
    """

    def total(t: jax.Array) -> jax.Array:
        return rows.sum(rows.load(t)[0])

    def others(t: jax.Array, x: jax.Array, s: Stats) -> jax.Array:
        t, x = rows.load(t, x)
        return rows.sum(t * (1.0 - at_top(x, s)))

    fixed = lax.stop_gradient((t, x, s))
    mass = one_pass(total, fixed[0])
    rest = mended(s.sharp > 0, lambda: one_pass(others, *fixed), jnp.zeros_like(mass))
    p = probabilities(rows, x, s)
    p, x, t = rows.load(p, x, t)
    top = (s.sharp > 0) & (at_top(x, s) > 0)
    slope = jnp.where(top, rest - s.tail / s.total * mass, p * mass - t)
    return numerics.as_if(slope, p * rows.sum(t) - t)


def _code_length(rows: Rows, s: Stats, x: jax.Array, t: jax.Array) -> jax.Array:
    """Minus the log-softmax; infinite where an outcome is absent."""
    length = -log_probabilities(rows, x, s)
    return jnp.where(jnp.isneginf(x), jnp.inf, rows.load(length, t)[0])


def _cross_entropy_slopes(
    rows: Rows, _: jax.Array, s: Stats, x: jax.Array, t: jax.Array
) -> Slopes:
    (t,) = rows.load(t)
    return _excess(rows, s, x, t), numerics.one_sided(t, _code_length(rows, s, x, t))


# The sum of -t log softmax(x), a function of (rows, x, t).
cross_entropy = with_slopes(_cross_entropy_value, _cross_entropy_slopes)


def _kl_terms(
    t: jax.Array, q: jax.Array, log_q: jax.Array, log_t: jax.Array, total: jax.Array
) -> jax.Array:
    """The terms t log(t/q) - t + q, `total` being t + q: near 0 no digit is lost."""
    diff = q - t
    ratio = diff / total
    near = total * numerics.kl_curve(numerics.clip(ratio, numerics.HALF))
    far = diff - t * (log_q - log_t)
    return near + numerics.outside(ratio, numerics.HALF) * (far - near)


# Below this share of the cross-entropy, or of the mass, a divergence is worth a pass of
# its own.
_NEAR = 0.25


def _kl_value(
    rows: Rows, x: jax.Array, t: jax.Array, cross: jax.Array, entropy: jax.Array
) -> Result:
    s = stats(rows, x)
    mass = one_pass(lambda t: rows.sum(rows.load(t)[0]), t)
    rough = (cross - entropy) + ((1.0 - s.empty.astype(rows.dtype)) - mass)

    def terms(x: jax.Array, t: jax.Array, s: Stats, log_total: jax.Array) -> jax.Array:
        x, t = rows.load(x, t)
        q, log_q = masses(x, s) / s.total, below_top(x, s) - log_total
        log_t = jnp.log(jnp.maximum(t, numerics.tiny(t)))
        total = jnp.maximum(q + t, numerics.tiny(t))
        return rows.sum(_kl_terms(t, q, log_q, log_t, total))

    def exact() -> jax.Array:
        return one_pass(terms, x, t, s, s.log_total)

    # The mass is rounded too: what is small beside it has no digits in the difference.
    close = rough < _NEAR * jnp.maximum(cross, mass)
    return mended(close, exact, rough), s


def _kl_slopes(
    rows: Rows, _: jax.Array, s: Stats, x: jax.Array, t: jax.Array, *__: jax.Array
) -> tuple[jax.Array, ...]:
    (t,) = rows.load(t)
    ok = t > 0
    log_t = jnp.where(ok, jnp.log(jnp.where(ok, t, 1.0)), -jnp.inf)
    slope = _code_length(rows, s, x, t) + log_t
    none = jnp.zeros((), rows.dtype)
    return _excess(rows, s, x, t), jnp.where(ok, slope, 0.0), none, none


# D(t || softmax(x)), generalized as everywhere to targets that do not sum to one: a
# function of (rows, x, t) and, as constants, the cross-entropy and the entropy of t.
# Where their difference is large it has the digits, elsewhere a pass finds them.
kl_divergence = with_slopes(_kl_value, _kl_slopes)


def _label_value(rows: Rows, x: jax.Array, index: jax.Array, here: jax.Array) -> Result:
    s = stats(rows, x)
    (axis,) = rows.axes
    at_label = jnp.take_along_axis(x, index, axis=axis).astype(rows.dtype)
    length = s.log_total + depth(at_label, s)
    length = jnp.where(jnp.isneginf(at_label), jnp.inf, length)
    length = jnp.where(s.empty, 0.0, length)
    # Only one shard holds the label: its term is the sum over shards.
    return rows.sum(jnp.where(here, length, 0.0)), s


def _label_slopes(
    rows: Rows,
    length: jax.Array,
    s: Stats,
    x: jax.Array,
    index: jax.Array,
    here: jax.Array,
) -> tuple[jax.Array, ...]:
    (axis,) = rows.axes
    hit = here & (numbers(x, axis) == index.astype(jnp.int32))
    p = probabilities(rows, x, s)
    # p - 1 at the label from the logarithm of p: exact also where p is almost 1.
    slope = jnp.where(hit, jnp.expm1(-length), p)
    none = jnp.zeros((), rows.dtype)  # integers and booleans have no slopes
    return numerics.as_if(slope, p), none, none


# Minus the log-softmax at the label, a function of `(rows, x, index, here)`: the class,
# clipped into the range of this shard, and whether the class is in this shard.
label_cross_entropy = with_slopes(_label_value, _label_slopes)


def _sparse_value(
    rows: Rows, x: jax.Array, t: jax.Array, index: jax.Array, here: jax.Array
) -> Result:
    s = stats(rows, x)
    (axis,) = rows.axes
    chosen = jnp.take_along_axis(x, index, axis=axis).astype(rows.dtype)
    length = s.log_total + depth(chosen, s)
    length = jnp.where(jnp.isneginf(chosen), jnp.inf, length)
    length = jnp.where(here & (t != 0) & ~s.empty, length, 0.0)
    return rows.sum(t * length), s


def _sparse_slopes(
    rows: Rows,
    _: jax.Array,
    s: Stats,
    x: jax.Array,
    t: jax.Array,
    index: jax.Array,
    here: jax.Array,
) -> tuple[jax.Array, ...]:
    (axis,) = rows.axes

    def chosen(table: jax.Array) -> jax.Array:
        return jnp.take_along_axis(table, index, axis=axis)

    p = probabilities(rows, x, s)
    # The targets are there in every shard, each class in one.
    mass = jnp.sum(t, axis=axis, keepdims=True)
    (less,) = jax.linear_transpose(chosen, p)(jnp.where(here, t, 0.0))
    length = -chosen(log_probabilities(rows, x, s))
    none = jnp.zeros((), rows.dtype)
    return p * mass - less, jnp.where(here, length, 0.0), none, none


# The sum of -t log softmax(x) at a few classes, a function of `(rows, x, t, index,
# here)`: the classes are clipped into the range of this shard, and distinct.
sparse_cross_entropy = with_slopes(_sparse_value, _sparse_slopes)


def count_present(rows: Rows, x: jax.Array) -> jax.Array:
    """How many classes are present, at least 1: in single precision up to 2^24."""
    x = lax.stop_gradient(x)
    count = one_pass(lambda x: rows.sum(numerics.present(rows.load(x)[0])), x, turn=4)
    return jnp.maximum(count, 1.0)


def _uniform_value(rows: Rows, x: jax.Array) -> Result:
    s = stats(rows, x)

    def terms(x: jax.Array, s: Stats) -> jax.Array:
        (x,) = rows.load(x)
        return rows.sum(numerics.present(x) * depth(x, s))

    return s.log_total + one_pass(terms, x, s) / count_present(rows, x), s


def _uniform_slopes(
    rows: Rows, _: jax.Array, s: Stats, x: jax.Array
) -> tuple[jax.Array]:
    here = (~jnp.isneginf(x)).astype(rows.dtype)
    return (probabilities(rows, x, s) - here / count_present(rows, x),)


# The cross-entropy from the uniform distribution over the classes that are present.
uniform_cross_entropy = with_slopes(_uniform_value, _uniform_slopes)


def _miss_value(rows: Rows, x: jax.Array, t: jax.Array) -> Result:
    s = stats(rows, x)

    def terms(x: jax.Array, t: jax.Array, s: Stats) -> jax.Array:
        x, t = rows.load(x, t)
        others = 1.0 - masses(x, s) / s.total
        # Where one class has nearly all of the mass, what is left of it is the tail.
        top = s.sharp * at_top(x, s)
        return rows.sum(t * (others + top * (s.tail / s.total - others)))

    return one_pass(terms, x, t, s), s


def _miss_slopes(
    rows: Rows, result: jax.Array, s: Stats, x: jax.Array, t: jax.Array
) -> Slopes:
    p = probabilities(rows, x, s)
    p, x, t = rows.load(p, x, t)
    top = (s.sharp > 0) & (at_top(x, s) > 0)
    others = numerics.as_if(jnp.where(top, s.tail / s.total, 1.0 - p), -p)
    slope = p * ((rows.sum(t) - t) - result)
    return numerics.as_if(slope, p * (rows.sum(t * p) - t)), others


# The sum of t (1 - softmax(x)): how probable it is that a draw of the targets and one
# of the predictions differ. A function of (rows, x, t).
miss = with_slopes(_miss_value, _miss_slopes)


@jax.custom_jvp
def without_slope(x: jax.Array, off: jax.Array) -> jax.Array:
    """`x`, with slope 0 in the rows that are `off`, whatever reaches it there."""
    return x


@without_slope.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    return without_slope(*primals), jnp.where(primals[1], 0.0, tangents[0])


def _log_sum_exp_value(rows: Rows, x: jax.Array) -> Result:
    s = stats(rows, x)
    return log_sum_exp(s), s


row_log_sum_exp = with_slopes(
    _log_sum_exp_value, lambda rows, _, s, x: (probabilities(rows, x, s),)
)


def _smoothed_label(
    rows: Rows, x: jax.Array, index: jax.Array, here: jax.Array, share: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Of a smoothed label: what each other class gets, how many they are, their sum."""
    (axis,) = rows.axes
    count = count_present(rows, x)
    at_label = jnp.take_along_axis(x, index, axis=axis)
    labels = rows.number(here & ~jnp.isneginf(at_label)).astype(rows.dtype)
    # None is left where none is present: then one is counted, and the label is not.
    others = jnp.where(stats(rows, x).empty, 0.0, count - labels)
    each = share / count
    return each, others, each * others


def smoothed_entropy(
    rows: Rows, x: jax.Array, index: jax.Array, here: jax.Array, share: jax.Array
) -> jax.Array:
    """The entropy of a label that is mixed with the uniform distribution."""
    each, others, rest = _smoothed_label(rows, x, index, here, share)
    return -(1.0 - rest) * numerics.log1p(-rest) - others * numerics.xlogx(each)


def smoothed_kl_divergence(
    rows: Rows,
    x: jax.Array,
    index: jax.Array,
    here: jax.Array,
    share: jax.Array,
    cross: jax.Array,
    entropy: jax.Array,
) -> jax.Array:
    """D(t || softmax(x)) for a label that is mixed with the uniform distribution."""
    rough = cross - entropy
    x, share = lax.stop_gradient((x, share))
    each, _, rest = _smoothed_label(rows, x, index, here, share)
    s = stats(rows, x)
    label = jnp.where(here, index, -1).astype(rows.dtype)
    each = jnp.maximum(each, numerics.tiny(each))
    log_each = jnp.log(each)

    def others(x: jax.Array, of_row: tuple, s: Stats, log_total: jax.Array):
        (x,) = rows.load(x)
        label, each, log_each = of_row
        # No table of targets: whether a class is the label is arithmetic.
        classes = lax.broadcasted_iota(rows.dtype, x.shape, rows.axes[0])
        other = jnp.minimum(jnp.abs(classes - label), numerics.present(x))
        fall = fallen(x, s)
        q, log_q = jnp.exp(-fall) / s.total, -fall - log_total
        return rows.sum(other * _kl_terms(each, q, log_q, log_each, q + each))

    def exact() -> jax.Array:
        of_row = tuple(map(settled, (label, each, log_each)))
        at_label = jnp.take_along_axis(x, index, axis=rows.axes[0]).astype(rows.dtype)
        q, log_q = masses(at_label, s) / s.total, below_top(at_label, s) - s.log_total
        total = jnp.maximum((1.0 - rest) + q, numerics.tiny(q))
        term = _kl_terms(1.0 - rest, q, log_q, numerics.log1p(-rest), total)
        term = jnp.where(here & ~jnp.isneginf(at_label), term, 0.0)
        return one_pass(others, x, of_row, s, s.log_total) + rows.sum(term)

    plain = lax.stop_gradient(rough)
    near = plain < _NEAR * lax.stop_gradient(cross)
    return numerics.as_if(mended(near, exact, plain), rough)
