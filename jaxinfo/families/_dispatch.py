"""Measures of two distributions given by their `Params`, of one family or of two."""

import functools
from collections.abc import Mapping
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp

from jaxinfo._core import curves, numerics, units
from jaxinfo._core.jit import jitted
from jaxinfo.families import (
    _mixed,
    _parameters,
    bernoulli,
    beta,
    categorical,
    dirichlet,
    exponential,
    gamma,
    geometric,
    gumbel,
    inverse_gamma,
    laplace,
    log_normal,
    logistic,
    multivariate_normal,
    normal,
    pareto,
    poisson,
    student_t,
    uniform,
    von_mises,
    weibull,
    wishart,
)

__all__ = ["cross_entropy", "kl_divergence", "pairs"]

_MODULES = (
    bernoulli,
    beta,
    categorical,
    dirichlet,
    exponential,
    gamma,
    geometric,
    gumbel,
    inverse_gamma,
    laplace,
    log_normal,
    logistic,
    multivariate_normal,
    normal,
    pareto,
    poisson,
    student_t,
    uniform,
    von_mises,
    weibull,
    wishart,
)


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


_FAMILIES: Mapping[str, ModuleType] = MappingProxyType({_name(m): m for m in _MODULES})
_NAMES = MappingProxyType({m.Params: _name(m) for m in _MODULES})


def _loaded(params_p: Any, params_q: Any) -> tuple[dict[str, jax.Array], ...]:
    """The parameters of both, by name, in one dtype and shape."""
    p, q = params_p._asdict(), params_q._asdict()
    names = [f"{n}_p" for n in p] + [f"{n}_q" for n in q]
    given = dict(zip(names, [*p.values(), *q.values()], strict=True))
    arrays = _parameters.load(**given)
    return dict(zip(p, arrays, strict=False)), dict(
        zip(q, arrays[len(p) :], strict=True)
    )


# Pairs in which one family is a part of another, or that have a form of their own.
def _as_gamma(rate: jax.Array) -> dict[str, jax.Array]:
    return {"concentration": jnp.ones_like(rate), "rate": rate}


def _as_weibull(rate: jax.Array) -> dict[str, jax.Array]:
    return {"concentration": jnp.ones_like(rate), "scale": 1.0 / rate}


def _both(module: ModuleType, p: dict, q: dict) -> jax.Array:
    return module.kl_divergence(*p.values(), *q.values())


def _bernoulli_poisson(p: dict, q: dict) -> jax.Array:
    (probs,), (rate,) = p.values(), q.values()
    rest = curves.mass_gap(1.0 - probs, jnp.ones_like(probs))
    return curves.mass_gap(probs, rate) + rest


def _poisson_bernoulli(p: dict, q: dict) -> jax.Array:
    (rate,), (probs,) = p.values(), q.values()
    none = -numerics.log1p(-jnp.where(probs < 1, probs, 0.0))
    none = jnp.where(probs < 1, none, jnp.inf)
    return jnp.where(rate == 0, none, jnp.inf)


def _as_student_t(loc: jax.Array, scale: jax.Array) -> dict[str, jax.Array]:
    return {"df": jnp.full_like(loc, jnp.inf), "loc": loc, "scale": scale}


def _uniform_beta(p: dict, q: dict) -> jax.Array:
    """The uniform distribution on the whole interval is a beta distribution."""
    one = jnp.ones_like(p["low"])
    whole = (p["low"] == 0) & (p["high"] == 1)
    part = {"low": jnp.where(whole, 0.25, p["low"]), "high": p["high"]}
    cost = _cost("uniform", "beta", part, q)
    missing = jnp.isposinf(cost)
    rest = jnp.where(missing, 0.0, cost) - _entropy("uniform", part)
    full = beta.kl_divergence(one, one, *q.values())
    return jnp.where(whole, full, jnp.where(missing, cost, rest))


_OWN = MappingProxyType(
    {
        ("bernoulli", "poisson"): _bernoulli_poisson,
        ("exponential", "gamma"): lambda p, q: _both(gamma, _as_gamma(**p), q),
        ("exponential", "weibull"): lambda p, q: _both(weibull, _as_weibull(**p), q),
        ("gamma", "exponential"): lambda p, q: _both(gamma, p, _as_gamma(**q)),
        ("normal", "student_t"): lambda p, q: _both(student_t, _as_student_t(**p), q),
        ("poisson", "bernoulli"): _poisson_bernoulli,
        ("student_t", "normal"): lambda p, q: _both(student_t, p, _as_student_t(**q)),
        ("uniform", "beta"): _uniform_beta,
        ("weibull", "exponential"): lambda p, q: _both(weibull, p, _as_weibull(**q)),
    }
)


def _has_moments(name_p: str, name_q: str) -> bool:
    moments, cost = _mixed.MOMENTS[name_p], _mixed.COSTS[name_q]
    return all(getattr(moments, need) is not None for need in cost.needs)


@functools.cache
def _mixed_pairs() -> frozenset[tuple[str, str]]:
    found = {
        (p, q)
        for p in _mixed.MOMENTS
        for q in _mixed.COSTS
        if p != q and (_mixed.never_inside(p, q) or _has_moments(p, q))
    }
    return frozenset(found | set(_OWN))


def pairs() -> tuple[tuple[str, str], ...]:
    """The pairs of families that `kl_divergence` and `cross_entropy` know.

    Returns:
      Names of p and q, sorted, of one family first. Pairs that are infinite by their
        supports are among them.

    Examples:
      >>> from jaxinfo import families
      >>> ("normal", "laplace") in families.pairs()
      True
      >>> ("laplace", "student_t") in families.pairs()
      False

    Notes:
      A family without a closed divergence of its own members is not paired with
      itself.

    References:
      The mixed pairs are means of -log q under p, from moments of p.

    See Also:
      `kl_divergence`; `cross_entropy`.
    """
    own = [(n, n) for n, m in _FAMILIES.items() if hasattr(m, "kl_divergence")]
    return (*sorted(own), *sorted(_mixed_pairs()))


def _names(params_p: Any, params_q: Any) -> tuple[str, str]:
    """The families of both, or a `TypeError` that lists the pairs."""
    types = type(params_p), type(params_q)
    for name, kind in zip(("params_p", "params_q"), types, strict=True):
        if kind not in _NAMES:
            raise TypeError(
                f"`{name}` must be `Params` of a module of `jaxinfo.families`, got "
                f"{kind.__name__}."
            )
    names = _NAMES[types[0]], _NAMES[types[1]]
    if names not in pairs():
        listed = ", ".join(f"({p}, {q})" for p, q in pairs())
        raise TypeError(
            f"`params_p` and `params_q` must be of a pair of families with a closed "
            f"form, got ({names[0]}, {names[1]}); the pairs are {listed}."
        )
    return names


def _entropy(name: str, p: dict[str, jax.Array]) -> jax.Array:
    return _FAMILIES[name].entropy(**p)


def _cost(name_p: str, name_q: str, p: dict, q: dict) -> jax.Array:
    """The mean of -log q under p; +inf where p has outcomes that q misses."""
    moments, cost = _mixed.MOMENTS[name_p], _mixed.COSTS[name_q]
    total = functools.reduce(jnp.add, [*p.values(), *q.values()])
    missing = jnp.where(jnp.isnan(total), jnp.nan, jnp.inf).astype(total.dtype)
    if _mixed.never_inside(name_p, name_q):
        return missing
    bound = {
        need: functools.partial(getattr(moments, need), *p.values())
        for need in cost.needs
    }
    inside = _mixed.inside(moments.support(*p.values()), cost.support(*q.values()))
    value = cost.value(SimpleNamespace(**bound), *q.values())
    return jnp.where(inside, value, missing)


@jitted("base")
def cross_entropy(
    params_p: Any, params_q: Any, *, base: float | None = None
) -> jax.Array:
    r"""Cross-entropy of two distributions, of one family or of two.

    $$ H(p, q) = -E_p \log q(x) $$

    Args:
      params_p: `Params` of the module of the family of p, arrays that broadcast.
      params_q: `Params` of the module of the family of q.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Cross-entropy in nats, or in the unit of `base`; the broadcast shape of the
        batches, float32 or float64.

    Raises:
      TypeError: If the two types are no pair of `pairs()`, or a parameter is not
        floating point.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo import families
      >>> p = families.uniform.Params(0.0, 1.0)
      >>> q = families.normal.Params(0.0, 1.0)
      >>> print(families.cross_entropy(p, q).round(3))
      1.086

    Notes:
      +inf, with gradient 0, where p has outcomes that q misses.

    References:
      D. F. Kerridge, "Inaccuracy and inference", 1961.

    See Also:
      `kl_divergence`, the part above the entropy of p; `pairs`.
    """
    name_p, name_q = names = _names(params_p, params_q)
    if name_p == name_q:
        return _FAMILIES[name_p].cross_entropy(*params_p, *params_q, base=base)
    p, q = _loaded(params_p, params_q)
    if names in _OWN:
        value = _entropy(name_p, p) + _OWN[names](p, q)
    else:
        value = _cost(name_p, name_q, p, q)
    return units.from_nats(value, base)


@jitted("base")
def kl_divergence(
    params_p: Any, params_q: Any, *, base: float | None = None
) -> jax.Array:
    r"""Kullback-Leibler divergence of two distributions, of one family or of two.

    $$ D(p \,\|\, q) = E_p \log \frac{p(x)}{q(x)} $$

    Args:
      params_p: `Params` of the module of the family of p, arrays that broadcast.
      params_q: `Params` of the module of the family of q.
      base: Base of the logarithm; `None` is nats, 2 is bits.

    Returns:
      Divergence in nats, or in the unit of `base`; the broadcast shape of the batches,
        float32 or float64.

    Raises:
      TypeError: If the two types are no pair of `pairs()`, or a parameter is not
        floating point.
      ValueError: If the shapes do not broadcast or `base` is out of range.

    Examples:
      >>> from jaxinfo import families
      >>> p = families.normal.Params(0.0, 1.0)
      >>> q = families.laplace.Params(0.0, 1.0)
      >>> print(families.kl_divergence(p, q).round(3))
      0.072
      >>> print(families.kl_divergence(p, families.exponential.Params(1.0)))
      inf

    Notes:
      Of one family it is the `kl_divergence` of the module, accurate near equality. Of
      two families it is the cross-entropy less the entropy, right to the rounding of
      those. Where two families have members in common it is accurate near those too:
      exponential among gamma and Weibull distributions, uniform on [0, 1] and beta,
      normal and t, Bernoulli and Poisson.
      +inf, with gradient 0, where p has outcomes that q misses.

    References:
      S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, eq. (2.4).

    See Also:
      `cross_entropy`; `pairs`; `exponential_family`, for families not listed.
    """
    name_p, name_q = names = _names(params_p, params_q)
    if name_p == name_q:
        return _FAMILIES[name_p].kl_divergence(*params_p, *params_q, base=base)
    p, q = _loaded(params_p, params_q)
    if names in _OWN:
        return units.from_nats(_OWN[names](p, q), base)
    cost = _cost(name_p, name_q, p, q)
    if _mixed.never_inside(name_p, name_q):
        return cost
    missing = jnp.isposinf(cost)
    value = jnp.where(missing, 0.0, cost) - _entropy(name_p, p)
    return units.from_nats(jnp.where(missing, cost, value), base)
