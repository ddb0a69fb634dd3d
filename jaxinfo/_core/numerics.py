"""Scalar building blocks that keep their digits, and stay finite, at the hard places.

What is summed over the outcomes is written without comparisons or `where`: XLA:CPU
fuses a sum with the arithmetic before it, but writes a whole table out wherever it
meets a select. A choice between two forms is therefore an addition: the form for small
arguments is evaluated at a clipped argument, and the difference to the other form is
added with weight `outside(...)`, which is exactly 0 or exactly 1.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

__all__ = [
    "HALF",
    "as_if",
    "clip",
    "difference",
    "exp_excess",
    "is_zero",
    "js_curve",
    "kl_curve",
    "largest",
    "log1p",
    "log_ratio",
    "one_sided",
    "outside",
    "over",
    "present",
    "safe_log",
    "softplus_rise",
    "tiny",
    "xlogx",
]

# Below this |t| = |q - p| / (q + p) the series in t are used: q/p from 1/3 to 3.
HALF = 0.5

# (atanh(t) - t) / t^3, a polynomial in t^2 on |t| <= 1/2: relative error 2^-28, 2^-59.
_ATANH = {
    "float32": (
        0.33333333437638557, 0.1999995922293569, 0.14288292163544652,
        0.11050711667845836, 0.0975296695627957, 0.04087582647836237,
        0.1563507566317031,
    ),
    "float64": (
        0.3333333333333333, 0.19999999999999932, 0.1428571428573433,
        0.11111111108760967, 0.09090909234832004, 0.07692302400645903,
        0.06666793186556243, 0.0588028825418615, 0.05286822945217062,
        0.045687317154384274, 0.0547141985340172, -0.005893217402119145,
        0.16391680976078685, -0.1848372803061939, 0.2267345942853116,
    ),
}  # fmt: skip

# ((1+t) log(1+t) + (1-t) log(1-t)) / t^2, likewise: relative error 2^-24, 2^-61. One
# term more would be one too many for the loop that the divergence of logits is.
_JS = {
    "float32": (
        1.000000051526068, 0.16665668170426695, 0.06697402624541869,
        0.03246431564209693, 0.03555330121613774,
    ),
    "float64": (
        1.0, 0.1666666666666672, 0.06666666666652492, 0.035714285728718605,
        0.02222222145750234, 0.015151539343400362, 0.0109885171765022,
        0.008340139946299556, 0.006471018927472902, 0.00569515688974656,
        0.0023425710570802037, 0.009736145015503591, -0.008614266893458776,
        0.014177802479498307,
    ),
}  # fmt: skip

# (e^u - 1 - u) / u^2 on |u| <= 1: relative error 2^-27, 2^-56.
_EXP = {
    "float32": (
        0.49999999781421683, 0.16666666646842135, 0.04166673659523746,
        0.00833333967591706, 0.0013885396911807102, 0.00019838101968683888,
        2.535851224463976e-05, 2.8062802582276946e-06,
    ),
    "float64": (
        0.5, 0.16666666666666666, 0.04166666666666609, 0.008333333333333299,
        0.0013888888888981404, 0.00019841269841324198, 2.4801587246096818e-05,
        2.7557319191381816e-06, 2.755733506893373e-07, 2.5052117695907823e-08,
        2.0874435575864273e-09, 1.6057679623801638e-10, 1.1639194124150522e-11,
        7.746178593018827e-13,
    ),
}  # fmt: skip


def _polynomial(x: jax.Array, coefficients: tuple[float, ...]) -> jax.Array:
    """Horner's rule, constant coefficient first."""
    value = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        value = value * x + c
    return value


def tiny(x: jax.Array) -> float:
    """Smallest normal number of the dtype; anything below is flushed to zero on CPU."""
    return float(jnp.finfo(x.dtype).tiny)


def largest(x: jax.Array) -> float:
    """A number that stands for infinity where infinity itself would make a NaN."""
    return float(jnp.finfo(x.dtype).max) / 8


def _huge(x: jax.Array) -> float:
    """The power of two that takes the smallest normal number to 1."""
    return 1.0 / tiny(x)


def clip(x: jax.Array, bound: float) -> jax.Array:
    """`x` limited to [-bound, bound]; NaN stays NaN."""
    return jnp.minimum(jnp.maximum(x, -bound), bound)


def difference(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`a - b` as a rounded difference and what it lost (Knuth's two-sum)."""
    rounded = a - b
    back = rounded - a
    return rounded, (a - (rounded - back)) - (b + back)


def outside(x: jax.Array, bound: float) -> jax.Array:
    """Exactly 1 where |x| > bound, exactly 0 elsewhere.

    What `clip` takes away: where both are used the compiler clips once.
    """
    x = lax.stop_gradient(x)
    return jnp.minimum(jnp.abs(x - clip(x, bound)) * _huge(x), 1.0)


def is_zero(x: jax.Array) -> jax.Array:
    """Exactly 1 where `x` is 0 or less, exactly 0 where it is a normal number above."""
    return 1.0 - jnp.minimum(jnp.maximum(lax.stop_gradient(x), 0.0) * _huge(x), 1.0)


def present(logits: jax.Array) -> jax.Array:
    """Exactly 0 where a logit is -inf, exactly 1 elsewhere."""
    lowest = float(jnp.finfo(logits.dtype).max)
    # Halved, so that the lowest finite number is not taken for -inf.
    return jnp.minimum(jnp.maximum(0.5 * logits, -lowest) + lowest, 1.0)


def xlogx(p: jax.Array) -> jax.Array:
    """`p log p`, 0 at 0."""
    return p * jnp.log(jnp.maximum(p, tiny(p)))


def over(x: jax.Array, y: jax.Array) -> jax.Array:
    """X / y where y is positive, 0 elsewhere, there in derivatives too."""
    return jnp.where(y > 0, x / jnp.where(y > 0, y, 1.0), 0.0)


def exp_excess(u: jax.Array) -> jax.Array:
    """`e^u - 1 - u` for |u| <= 1."""
    return u * u * _polynomial(u, _EXP[u.dtype.name])


def log1p(t: jax.Array) -> jax.Array:
    """`log(1 + t)` for t >= -1; large and negative, but finite, at -1.

    The log1p of XLA:CPU is 128 ULP off near -0.4 in float64, where 1 + t has all the
    digits that count.
    """
    near = jnp.log1p(clip(t, 0.25))
    far = jnp.log(jnp.maximum(1.0 + t, tiny(t)))
    return near + outside(t, 0.25) * (far - near)


def softplus_rise(u: jax.Array, base: jax.Array) -> jax.Array:
    """`softplus(u) - softplus(base)`, with all its digits where the two are close.

    It is the log of a mean, `log(s(-base) + s(base) e^(u - base))`, s the logistic
    function.
    """
    base = clip(base, -0.5 * math.log(tiny(base)))
    rise = u - base
    share, rest = lax.logistic(base), lax.logistic(-base)
    change = share * jnp.expm1(rise)
    near = jnp.log1p(clip(change, 0.25))
    up, down = jnp.maximum(rise, 0.0), jnp.minimum(rise, 0.0)
    far = up + jnp.log(rest * jnp.exp(-up) + share * jnp.exp(down))
    return near + outside(change, 0.25) * (far - near)


@jax.custom_jvp
def as_if(value: jax.Array, proxy: jax.Array) -> jax.Array:
    """`value`, differentiated as if it were `proxy`, its equal but for rounding."""
    return value


@as_if.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    return as_if(*primals), tangents[1]


def safe_log(x: jax.Array) -> jax.Array:
    """The logarithm, 0 and flat where x is 0: for derivatives alone."""
    return jnp.log(jnp.where(x > 0, x, 1.0))


def log_ratio(p: jax.Array, q: jax.Array, t: jax.Array) -> jax.Array:
    """`log(q/p)`, accurate near p = q where `t = (q-p)/(q+p)` is; 0 where both are 0.

    For derivatives, not for sums: it selects.
    """
    near = clip(t, HALF)
    square = near * near
    near = 2.0 * near * (1.0 + square * _polynomial(square, _ATANH[t.dtype.name]))
    both = (p > 0) & (q > 0)
    far = jnp.log(jnp.where(both, q, 1.0) / jnp.where(both, p, 1.0))
    far = jnp.where(both | (t == 0), far, jnp.where(t > 0, jnp.inf, -jnp.inf))
    ratio = jnp.where(jnp.abs(t) < HALF, near, far)
    return as_if(ratio, safe_log(q) - safe_log(p))


def one_sided(x: jax.Array, slope: jax.Array) -> jax.Array:
    """The slope, but 0 where it is infinite because `x` is 0.

    An infinite slope times the zero slope of a saturated softmax upstream is a NaN.
    """
    return jnp.where((x == 0) & jnp.isinf(slope), 0.0, slope)


def kl_curve(t: jax.Array) -> jax.Array:
    """`(p log(p/q) - p + q) / (p + q)` from `t = (q-p)/(q+p)`, for |t| <= 1/2.

    It is `(1-t) atanh(-t) + t`, written so that the square of t is a factor: nothing
    cancels, and the value is never negative.
    """
    return t * t * (1.0 - t * (1.0 - t) * _polynomial(t * t, _ATANH[t.dtype.name]))


def js_curve(t: jax.Array) -> jax.Array:
    """`(1+t) log(1+t) + (1-t) log(1-t)`, for |t| <= 1."""
    near = clip(t, HALF)
    near = near * near * _polynomial(near * near, _JS[t.dtype.name])
    a = jnp.abs(t)
    b = 1.0 - a  # exact for a >= 1/2
    far = (1.0 + a) * jnp.log1p(a) + b * jnp.log(jnp.maximum(b, tiny(b)))
    return near + outside(t, HALF) * (far - near)
