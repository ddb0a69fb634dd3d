"""Powers of probability ratios: what the Rényi, Tsallis and alpha families stand on.

Two functions carry all of them, smooth in the order and without cancellation:

- the deformed logarithm (e^(s w) - 1) / s, which is w at s = 0;
- the second divided difference of the exponential, which makes of a pair of masses
  p (w^2) exp[0, (a-1) w, -w] = (p^a q^(1-a) - a p - (1-a) q) / (a (a-1)), w = log p/q:
  never negative, of second order in w, and KL at a = 1.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxinfo._core import numerics
from jaxinfo._core.rows import Rows
from jaxinfo._core.softmax import (
    Contrast,
    log_probabilities,
    log_ratio,
    probabilities,
)

__all__ = [
    "Mass",
    "Outcomes",
    "deformed_log",
    "deformed_log_slope",
    "log_power",
    "log_sum_exp",
    "logarithm",
    "of_logits",
    "of_tables",
    "order_bend",
    "order_excess",
    "power_slope",
]

# Terms of the series on arguments up to 1: the next is below 2^-27, 2^-56.
_TERMS = {"float32": 11, "float64": 18}


class Mass(NamedTuple):
    """A positive mass, and its logarithm where that is known better.

    The mass of a logit may underflow where a power of it does not.

    Attributes:
      value: The mass.
      log: Its logarithm, or `None` to use the mass alone.
    """

    value: jax.Array
    log: jax.Array | None = None

    def times_exp(self, z: jax.Array) -> jax.Array:
        """The mass times e^z, without an overflow on the way to a finite product."""
        if self.log is not None:
            return jnp.exp(self.log + z)
        most = math.log(numerics.largest(z))
        over = jnp.maximum(z - most, 0.0)
        return self.value * jnp.exp(z - over) * jnp.exp(over)

    def times_power(self, base: jax.Array, s: jax.Array, z: jax.Array) -> jax.Array:
        """The mass times `base` to the power s, which is e^z.

        The power has all its digits, where e^z has lost those of a large z; but the
        base may be out of range where the product is not.
        """
        ok = (base > 0) & (base < jnp.inf)
        power = jnp.power(jnp.where(ok, base, 1.0), s)
        ok &= power < jnp.inf
        return jnp.where(ok, self.value * power, self.times_exp(z))


class Outcomes(NamedTuple):
    """The outcomes of two distributions; a single one is compared with q = 1.

    Attributes:
      p: Masses of the first.
      q: Masses of the second.
      diff: q - p.
      w: log p/q where both are present, else 0.
      in_p: Whether the outcome is in the support of the first.
      in_q: Whether it is in that of the second.
    """

    p: Mass
    q: Mass
    diff: jax.Array
    w: jax.Array
    in_p: jax.Array
    in_q: jax.Array

    @property
    def both(self) -> jax.Array:
        """Whether both have the outcome."""
        return self.in_p & self.in_q


def logarithm(p: jax.Array) -> jax.Array:
    """Log p, 0 and flat where p is 0; NaN stays NaN."""
    return jnp.log(jnp.where(p == 0, 1.0, p))


def of_tables(p: jax.Array, q: jax.Array) -> Outcomes:
    """Outcomes of two tables, loaded."""
    # NaN is present: it goes the way of all masses, and stays NaN.
    in_p, in_q = p != 0, q != 0
    both = in_p & in_q
    one, two = jnp.where(both, p, 1.0), jnp.where(both, q, 1.0)
    w = -numerics.log_ratio(one, two, (two - one) / (two + one))
    return Outcomes(Mass(p), Mass(q), q - p, w, in_p, in_q)


def of_logits(rows: Rows, x: jax.Array, y: jax.Array, c: Contrast) -> Outcomes:
    """Outcomes of two sets of logits, from their row statistics."""
    p, q = probabilities(rows, x, c.x), probabilities(rows, y, c.y)
    log_p = log_probabilities(rows, x, c.x)
    log_q = log_probabilities(rows, y, c.y)
    u = log_ratio(rows, x, y, c)
    x, y = rows.load(x, y)
    in_p, in_q = ~jnp.isneginf(x), ~jnp.isneginf(y)
    w = jnp.where(in_p & in_q, -u, 0.0)
    near = jnp.abs(w) < 1.0
    small = jnp.where(near, -w, 0.0)
    rise = p * (small + numerics.exp_excess(small))
    diff = numerics.as_if(jnp.where(near & in_p & in_q, rise, q - p), q - p)
    return Outcomes(Mass(p, log_p), Mass(q, log_q), diff, w, in_p, in_q)


def _series(z: jax.Array, first: int, weight: Callable[[int], float]) -> jax.Array:
    """The sum of weight(k) z^k / (k + first)!, Horner's rule."""
    terms = _TERMS[z.dtype.name]
    value = jnp.zeros_like(z)
    for k in reversed(range(terms)):
        value = value * z + weight(k) / math.factorial(k + first)
    return value


def _by_size(
    near: Callable[[jax.Array], jax.Array],
    far: Callable[[jax.Array, jax.Array], jax.Array],
    z: jax.Array,
    s: jax.Array,
) -> jax.Array:
    """`near(z)` where |z| < 1, else `far(z, s)`; the other sees harmless values."""
    small = jnp.abs(z) < 1.0
    s = jnp.broadcast_to(s, z.shape)
    close = near(jnp.where(small, z, 0.0))
    return jnp.where(small, close, far(z, jnp.where(small, 1.0, s)))


def deformed_log(
    mass: Mass,
    w: jax.Array,
    s: jax.Array,
    shift: jax.Array | float = 0.0,
    *,
    base: jax.Array | None = None,
) -> jax.Array:
    """`mass (e^(s w) - 1) / s e^(-shift)`; w at s = 0. `base` is e^w, without shift."""
    z = s * w
    calm = jnp.exp(-jnp.where(jnp.abs(shift) < jnp.inf, shift, 0.0))
    calm = jnp.where(jnp.isposinf(shift), 0.0, calm)

    def near(z: jax.Array) -> jax.Array:
        return mass.value * calm * w * _series(z, 1, lambda _: 1.0)

    def far(z: jax.Array, s: jax.Array) -> jax.Array:
        if base is None or mass.log is not None:
            grown = mass.times_exp(z - shift)
        else:
            grown = mass.times_power(base, s, z)
        return (grown - mass.value * calm) / s

    return _by_size(near, far, z, s)


def deformed_log_slope(mass: Mass, w: jax.Array, s: jax.Array) -> jax.Array:
    """The derivative of `deformed_log` in s: never negative, w^2 / 2 at s = 0."""

    def near(z: jax.Array) -> jax.Array:
        return mass.value * w * w * _series(z, 2, lambda k: k + 1.0)

    def far(z: jax.Array, s: jax.Array) -> jax.Array:
        # Where e^z is 0, its product with z is 0 too, even if z is infinite.
        power = mass.times_exp(z)
        tilt = jnp.where(power == 0, 0.0, power * (jnp.where(power == 0, 1.0, z) - 1.0))
        return (tilt + mass.value) / (s * s)

    return _by_size(near, far, s * w, s)


def power_slope(
    mass: Mass, w: jax.Array, a: jax.Array, shift: jax.Array | float = 0.0
) -> jax.Array:
    """`mass (a e^((a-1) w) - 1) / (a-1) e^(-shift)`; 1 + w at a = 1."""
    z = (a - 1.0) * w
    calm = jnp.exp(-shift)

    def near(z: jax.Array) -> jax.Array:
        rise = w * _series(z, 1, lambda _: 1.0)
        return mass.value * calm * (jnp.exp(z) + rise)

    def far(z: jax.Array, less: jax.Array) -> jax.Array:
        return (a * mass.times_exp(z - shift) - mass.value * calm) / less

    return _by_size(near, far, z, a - 1.0)


def _divided_exp(z: jax.Array, y: jax.Array) -> jax.Array:
    """The second divided difference of exp at 0, z and y, at most one apart."""
    powers, sums = jnp.ones_like(z), jnp.ones_like(z)
    value = 0.5 * sums
    for k in range(1, _TERMS[z.dtype.name]):
        powers = powers * z
        sums = sums * y + powers  # complete homogeneous polynomial of degree k
        value = value + sums * (1.0 / math.factorial(k + 2))
    return value


class _Turned(NamedTuple):
    """Outcomes with p and q exchanged where the order a is below 1/2.

    The pair (p, q) at a is the pair (q, p) at 1 - a, of which one is 1/2 or more.
    """

    mass: Mass
    w: jax.Array
    diff: jax.Array
    order: jax.Array
    less: jax.Array  # the order less one
    base: jax.Array  # the ratio of the masses
    turned: jax.Array

    @property
    def near(self) -> jax.Array:
        """Whether the nodes of the divided difference are close."""
        return jnp.maximum(self.order, 1.0) * jnp.abs(self.w) < 1.0


def _turn(o: Outcomes, a: jax.Array) -> _Turned:
    turned = a < 0.5
    logs = None
    if o.p.log is not None and o.q.log is not None:
        logs = jnp.where(turned, o.q.log, o.p.log)
    above, below = (jnp.where(o.both, x.value, 1.0) for x in (o.p, o.q))
    return _Turned(
        Mass(jnp.where(turned, o.q.value, o.p.value), logs),
        jnp.where(turned, -o.w, o.w),
        jnp.where(turned, -o.diff, o.diff),
        jnp.where(turned, 1.0 - a, a),
        jnp.where(turned, -a, a - 1.0),
        jnp.where(turned, below, above) / jnp.where(turned, above, below),
        turned,
    )


def _nodes(t: _Turned) -> tuple[jax.Array, jax.Array]:
    w = jnp.where(t.near, t.w, 0.0)
    return t.less * w, -w


def order_excess(o: Outcomes, a: jax.Array) -> jax.Array:
    """`(p^a q^(1-a) - a p - (1-a) q) / (a (a-1))` of outcomes that both have."""
    t = _turn(o, a)
    z, y = _nodes(t)
    close = t.mass.value * y * y * _divided_exp(z, y)
    rise = deformed_log(t.mass, t.w, t.less, base=t.base)
    return jnp.where(t.near, close, (t.diff + rise) / t.order)


def order_bend(o: Outcomes, a: jax.Array) -> jax.Array:
    """The derivative of `order_excess` in a."""
    t = _turn(o, a)
    z, y = _nodes(t)
    _, slope = jax.jvp(lambda z: _divided_exp(z, y), (z,), (jnp.ones_like(z),))
    close = -t.mass.value * y * y * y * slope
    excess = (t.diff + deformed_log(t.mass, t.w, t.less)) / t.order
    far = (deformed_log_slope(t.mass, t.w, t.less) - excess) / t.order
    bend = jnp.where(t.near, close, far)
    return jnp.where(t.turned, -bend, bend)


def log_power(o: Outcomes, a: jax.Array) -> jax.Array:
    """`log p^a q^(1-a)`, -inf where p or q is 0."""
    t = _turn(o, a)
    log_mass = logarithm(t.mass.value) if t.mass.log is None else t.mass.log
    return jnp.where(o.both, log_mass + t.less * t.w, -jnp.inf)


def log_sum_exp(rows: Rows, exponent: jax.Array) -> jax.Array:
    """The logarithm of a sum of exponentials, which neither under- nor overflows."""
    top = rows.max(exponent)
    top = jnp.where(jnp.isneginf(top), 0.0, top)
    return top + jnp.log(rows.sum(jnp.exp(exponent - top)))
