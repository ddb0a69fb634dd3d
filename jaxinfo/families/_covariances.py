"""Covariances as arrays, as diagonals and as a factor beside a diagonal.

What the measures of normal distributions need of two covariances of one kind, so that
each measure is written once. Covariances of two kinds are brought to one of them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, curves, values
from jaxinfo.families import _low_rank, _matrices

__all__ = [
    "DIAGONAL",
    "FULL",
    "LOW_RANK",
    "Covariance",
    "Diagonal",
    "Kind",
    "LowRank",
    "Pair",
    "load_full",
    "load_one",
    "load_pair",
    "size_of",
]


class Diagonal(NamedTuple):
    """Covariance of coordinates that are independent.

    Attributes:
      variances: Variances of the coordinates, along the last axis.
    """

    variances: ArrayLike


class LowRank(NamedTuple):
    """Covariance of a few common factors beside noise that is independent.

    The covariance is `factor @ factor.T` plus `diagonal` on its diagonal.

    Attributes:
      factor: Loadings, shape `(..., d, r)`: a row a coordinate, a column a factor.
      diagonal: Variances of the noise, shape `(..., d)`.
    """

    factor: ArrayLike
    diagonal: ArrayLike


Covariance = ArrayLike | Diagonal | LowRank


class Kind(NamedTuple):
    """What measures need of covariances of one kind.

    Attributes:
      entropy: Entropy of a normal distribution.
      gap: `determinant_gap` of two, from their difference too.
      quadratic: x^T a^-1 x.
      between: Of p, q, p - q and alpha: the mixture, p and q less the mixture, p, q.
    """

    entropy: Callable[[Any], jax.Array]
    gap: Callable[[Any, Any, Any], jax.Array]
    quadratic: Callable[[Any, jax.Array], jax.Array]
    between: Callable[[Any, Any, Any, jax.Array], tuple[Any, ...]]


class Pair(NamedTuple):
    """Two normal distributions, in one dtype and batch.

    Attributes:
      kind: How their covariances are held.
      p: Covariance of p.
      q: Covariance of q.
      diff: p - q, with digits that the difference of what holds them may lack.
      shift: Mean of p less that of q.
    """

    kind: Kind
    p: Any
    q: Any
    diff: Any
    shift: jax.Array


# Where the entropy of one coordinate is 0: one over the root of 2 pi e.
_ROOT = "0.241970724519143349797830192935560654828672"


def _entropy_of(deviations: jax.Array) -> jax.Array:
    nats = jnp.sum(curves.log_from(deviations, _ROOT), axis=-1)
    return jnp.where(jnp.isnan(deviations).any(-1), jnp.nan, nats)


def _between(
    p: jax.Array, q: jax.Array, diff: jax.Array, alpha: jax.Array
) -> tuple[jax.Array, ...]:
    rest = 1.0 - alpha
    return q + alpha * diff, rest * diff, -alpha * diff, p, q


FULL = Kind(
    entropy=lambda a: _entropy_of(_matrices.diagonal(_matrices.cholesky(a))),
    gap=_matrices.determinant_gap,
    quadratic=lambda a, x: _matrices.quadratic(_matrices.cholesky(a), x),
    between=_between,
)
DIAGONAL = Kind(
    entropy=lambda a: _entropy_of(jnp.sqrt(a)),
    gap=lambda a, b, diff: jnp.sum(curves.ratio_gap(a, b, diff), axis=-1),
    quadratic=lambda a, x: jnp.sum(x * (x / a), axis=-1),
    between=_between,
)
LOW_RANK = Kind(
    entropy=lambda parts: (
        _entropy_of(jnp.sqrt(parts[1])) + _low_rank.half_log_determinants(parts)
    ),
    gap=_low_rank.gap,
    quadratic=_low_rank.quadratic,
    between=_low_rank.between,
)


class _Given(NamedTuple):
    """A covariance, or a mean, as it was given.

    Attributes:
      name: The argument.
      kind: The kind of covariance; `None` for a mean.
      arrays: What it holds.
      events: How many trailing axes of each belong to one distribution.
    """

    name: str
    kind: Kind | None
    arrays: tuple[jax.Array, ...]
    events: tuple[int, ...] = (1,)

    def size(self) -> int:
        return self.arrays[-1].shape[-1]

    def batches(self) -> list[tuple[int, ...]]:
        both = zip(self.arrays, self.events, strict=True)
        return [x.shape[: x.ndim - n] for x, n in both]


def _fits(ok: bool, name: str, form: str, *arrays: jax.Array) -> None:
    if not ok or not arrays[-1].shape[-1]:
        got = " and ".join(str(x.shape) for x in arrays)
        raise ValueError(f"`{name}` must be of shape {form}, d > 0, got {got}.")


def _as_given(name: str, cov: Any) -> _Given:
    if isinstance(cov, Diagonal):
        a = checks.as_floating(f"{name}.variances", cov.variances)
        _fits(a.ndim > 0, f"{name}.variances", "(..., d)", a)
        return _Given(name, DIAGONAL, (a,))
    if isinstance(cov, LowRank):
        f = checks.as_floating(f"{name}.factor", cov.factor)
        a = checks.as_floating(f"{name}.diagonal", cov.diagonal)
        ok = f.ndim > 1 and f.shape[-2:-1] == a.shape[-1:]
        _fits(ok, name, "(..., d, r) and (..., d)", f, a)
        return _Given(name, LOW_RANK, (f, a), (2, 1))
    return _as_array(name, cov)


def _as_array(name: str, cov: ArrayLike) -> _Given:
    a = checks.as_floating(name, cov)
    _fits(a.ndim > 1 and a.shape[-1:] == a.shape[-2:-1], name, "(..., d, d)", a)
    return _Given(name, FULL, (a,), (2,))


def _as_mean(name: str, loc: ArrayLike) -> _Given:
    a = checks.as_floating(name, loc)
    _fits(a.ndim > 0, name, "(..., d)", a)
    return _Given(name, None, (a,))


def _report(given: _Given) -> None:
    """What `jaxinfo.checked` reports."""
    if not values.checking.value:
        return
    name, row = given.name, "in entry {row}"
    for x, events in zip(given.arrays, given.events, strict=True):
        axes = tuple(range(-events, 0))
        values.report(jnp.isnan(x).any(axes), f"`{name}` is NaN {row}")
    last = given.arrays[-1]
    if given.kind is FULL:
        wide = last.astype(checks.compute_dtype(last))
        skew = jnp.abs(wide - _matrices.transpose(wide))
        size = jnp.abs(wide).max((-1, -2), keepdims=True)
        values.report(
            (skew > 1e-3 * size).any((-1, -2)), f"`{name}` is not symmetric {row}"
        )
        bad = ~_matrices.is_positive(_matrices.symmetric(wide))
        values.report(bad, f"`{name}` is not positive definite {row}")
    elif given.kind is not None:
        values.report((last <= 0).any(-1), f"`{name}` is not positive definite {row}")


def _common(given: list[_Given]) -> list[tuple[jax.Array, ...]]:
    """The arrays in one dtype, their batches broadcast; all of one size d."""
    listed = " and ".join(f"`{g.name}`" for g in given)
    vectors = [g for g in given if g.events != (0,)]
    if len({g.size() for g in vectors}) > 1:
        named = " and ".join(f"`{g.name}`" for g in vectors)
        sizes = " and ".join(str(g.size()) for g in vectors)
        raise ValueError(f"{named} must be of one size d, got {sizes}.")
    batches = [batch for g in given for batch in g.batches()]
    try:
        shape = jnp.broadcast_shapes(*batches)
    except ValueError:
        got = " and ".join(map(str, batches))
        raise ValueError(
            f"{listed} must have batches that broadcast, got {got}."
        ) from None
    dtype = checks.compute_dtype(*(x for g in given for x in g.arrays))
    for g in given:
        _report(g)
    return [
        tuple(
            jnp.broadcast_to(x.astype(dtype), (*shape, *x.shape[x.ndim - n :]))
            for x, n in zip(g.arrays, g.events, strict=True)
        )
        for g in given
    ]


def _held(kind: Kind, arrays: tuple[jax.Array, ...]) -> Any:
    """A covariance as its kind holds it, NaN where there is none."""
    if kind is FULL:
        return _matrices.symmetric(arrays[0])
    last = arrays[-1]
    if kind is DIAGONAL:
        return jnp.where(last >= 0, last, jnp.nan)
    return arrays[0], jnp.where(last > 0, last, jnp.nan)


def _as_low_rank(kind: Kind, held: Any, rank: int) -> tuple[jax.Array, jax.Array]:
    """With the factor padded to a rank."""
    if kind is DIAGONAL:
        return jnp.zeros((*held.shape, rank), held.dtype), held
    factor, noise = held
    none = jnp.zeros((*noise.shape, rank - factor.shape[-1]), noise.dtype)
    return jnp.concatenate([factor, none], -1), noise


def _as_full(kind: Kind, held: Any) -> jax.Array:
    if kind is FULL:
        return held
    if kind is DIAGONAL:
        return _matrices.of_diagonal(held)
    return _low_rank.dense(*held)


def _alike(
    kinds: list[Kind], held: list[Any], rank: int, size: int, *, dense: bool
) -> tuple[Kind, Any, Any, Any]:
    """Both covariances and their difference, of one kind.

    Factors that are not thin cost more than an array.
    """
    if all(kind is DIAGONAL for kind in kinds):
        return DIAGONAL, *held, held[0] - held[1]
    if any(kind is FULL for kind in kinds):
        p, q = (_as_full(*each) for each in zip(kinds, held, strict=True))
        return FULL, p, q, p - q
    p, q = (_as_low_rank(*each, rank) for each in zip(kinds, held, strict=True))
    diff = p[0] - q[0], p[1] - q[1]
    if dense or 2 * rank >= size:
        change = _low_rank.dense_difference(p, q, diff)
        return FULL, _low_rank.dense(*p), _low_rank.dense(*q), change
    return LOW_RANK, p, q, diff


def load_pair(
    loc_p: ArrayLike, cov_p: Any, loc_q: ArrayLike, cov_q: Any, *, dense: bool = False
) -> Pair:
    """Two normal distributions; `dense` asks for no factors."""
    given = [
        _as_mean("loc_p", loc_p),
        _as_given("cov_p", cov_p),
        _as_mean("loc_q", loc_q),
        _as_given("cov_q", cov_q),
    ]
    (m_p,), c_p, (m_q,), c_q = _common(given)
    kinds = [g.kind for g in given if g.kind is not None]
    held = [_held(k, c) for k, c in zip(kinds, (c_p, c_q), strict=True)]
    rank = max([c[0].shape[-1] for c in (c_p, c_q) if len(c) > 1], default=0)
    alike = _alike(kinds, held, rank, given[0].size(), dense=dense)
    return Pair(*alike, m_p - m_q)


def load_one(cov: Any, loc: ArrayLike | None = None) -> tuple[Kind, Any]:
    """One covariance, and its kind; the mean only broadcasts."""
    given = _as_given("cov", cov)
    both = [given] if loc is None else [given, _as_mean("loc", loc)]
    kind = given.kind or FULL
    return kind, _held(kind, _common(both)[0])


def load_full(**given: ArrayLike) -> list[jax.Array]:
    """Degrees of freedom, of any shape, and arrays `(..., d, d)`; batches broadcast."""
    parts = [
        _Given(name, None, (checks.as_floating(name, x),), (0,))
        if name.startswith("df")
        else _as_array(name, x)
        for name, x in given.items()
    ]
    sizes = [g.size() for g in parts if g.kind is FULL]
    held = []
    for part, (x,) in zip(parts, _common(parts), strict=True):
        if part.kind is FULL:
            held.append(_held(FULL, (x,)))
        else:
            bad = x <= sizes[0] - 1
            values.report(bad, f"`{part.name}` is not above d - 1 in entry {{row}}")
            held.append(jnp.where(bad, jnp.nan, x))
    return held


def size_of(kind: Kind, held: Any) -> int:
    """The number of coordinates."""
    return (held[1] if kind is LOW_RANK else held).shape[-1]
