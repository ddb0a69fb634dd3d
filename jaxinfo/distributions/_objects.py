"""What an object of another library is, from its class and its attributes."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxinfo import families

__all__ = ["Family", "Layer", "Logits", "describe", "read"]


class Logits(NamedTuple):
    """Stands for `Params` where logits were given: no digit of theirs is lost."""

    logits: jax.Array


class Family(NamedTuple):
    """A distribution of a known family.

    Attributes:
      name: The module of `jaxinfo.families`.
      params: Its `Params`, or `Logits`.
    """

    name: str
    params: Any


class Layer(NamedTuple):
    """A distribution made of another one.

    Attributes:
      kind: "expanded", "independent", "masked", "repeated" or "transformed".
      base: The other one.
      detail: The shape of the batch, the number of axes that belong to an event, the
        mask, the number of independent copies, or the maps one after the other.
    """

    kind: str
    base: Any
    detail: Any


Reader = Callable[[str, Any], Family | Layer | None]
PACKAGES = ("distrax", "numpyro", "tensorflow_probability")
_TABLE = ("bernoulli", "categorical", "geometric")

# By the names of classes; a class of NumPyro may end in what it was given.
_FAMILIES = {
    "Bernoulli": "bernoulli",
    "Beta": "beta",
    "Categorical": "categorical",
    "Dirichlet": "dirichlet",
    "Exponential": "exponential",
    "Gamma": "gamma",
    "Geometric": "geometric",
    "Gumbel": "gumbel",
    "InverseGamma": "inverse_gamma",
    "Laplace": "laplace",
    "LogNormal": "log_normal",
    "Logistic": "logistic",
    "Normal": "normal",
    "OneHotCategorical": "categorical",
    "Pareto": "pareto",
    "Poisson": "poisson",
    "StudentT": "student_t",
    "Uniform": "uniform",
    "VonMises": "von_mises",
    "Weibull": "weibull",
}
# Fields of `Params` that are attributes by another name.
_RENAMED = {
    ("distrax", "beta", "concentration0"): "beta",
    ("distrax", "beta", "concentration1"): "alpha",
    ("numpyro", "pareto", "concentration"): "alpha",
    ("tensorflow_probability", "inverse_gamma", "rate"): "scale",
}


def _attribute(name: str, d: Any) -> jax.Array:
    """A parameter, or the exponential of its logarithm if that was given."""
    value = getattr(d, name)
    if value is None:
        return jnp.exp(jnp.asarray(getattr(d, f"log_{name}")))
    return jnp.asarray(value)


def _given(name: str, d: Any) -> Any:
    """A parameter if it was given: distrax makes the other one out of it."""
    private = f"_{name}"
    return getattr(d, private) if hasattr(d, private) else getattr(d, name, None)


def _module(name: str) -> Any:
    return getattr(families, name)


def _of_family(name: str, given: str = "") -> Reader:
    def reader(package: str, d: Any) -> Family:
        params = _module(name).Params
        if name in _TABLE:
            logits = _given("logits", d) if given != "probs" else None
            if logits is not None:
                return Family(name, Logits(jnp.asarray(logits)))
            return Family(name, params(jnp.asarray(_given("probs", d))))
        fields: tuple[str, ...] = params._fields
        names = [_RENAMED.get((package, name, f), f) for f in fields]
        return Family(name, params(*(_attribute(n, d) for n in names)))

    return reader


# Of several coordinates there are normal distributions, by three kinds of covariances.
_NORMAL = "multivariate_normal"


def _normal(loc: Any, cov: Any) -> Family:
    return Family(_NORMAL, _module(_NORMAL).Params(jnp.asarray(loc), cov))


def _covariance(package: str, d: Any) -> Family:
    if package == "numpyro":
        return _normal(d.loc, jnp.asarray(d.covariance_matrix))
    return _normal(d.mean(), jnp.asarray(d.covariance()))


def _diagonal(package: str, d: Any) -> Family:
    variances = jnp.asarray(d.variance())
    return _normal(d.mean(), _module(_NORMAL).Diagonal(variances))


def _low_rank(package: str, d: Any) -> Family:
    if package == "numpyro":
        loc, factor, diagonal = d.loc, d.cov_factor, d.cov_diag
    else:
        loc, factor, diagonal = d.mean(), d.cov_perturb_factor, d.cov_diag_factor
    low_rank = _module(_NORMAL).LowRank
    return _normal(loc, low_rank(jnp.asarray(factor), jnp.asarray(diagonal)))


def _wishart(package: str, d: Any) -> Family | None:
    params = _module("wishart").Params
    if package == "numpyro":
        scale = jnp.asarray(d.scale_matrix)
        return Family("wishart", params(jnp.asarray(d.concentration), scale))
    if d.input_output_cholesky:
        # The outcomes are the factors of matrices.
        return None
    root = jnp.asarray(d.scale.to_dense())
    return Family(
        "wishart", params(jnp.asarray(d.df), root @ jnp.matrix_transpose(root))
    )


_OF_MATRICES: dict[str, tuple[str, Reader]] = {
    "LowRankMultivariateNormal": (_NORMAL, _low_rank),
    "MultivariateNormal": (_NORMAL, _covariance),
    "MultivariateNormalDiag": (_NORMAL, _diagonal),
    "MultivariateNormalDiagPlusLowRankCovariance": (_NORMAL, _low_rank),
    "MultivariateNormalFromBijector": (_NORMAL, _covariance),
    "MultivariateNormalLinearOperator": (_NORMAL, _covariance),
    "MultivariateNormalPrecisionFactorLinearOperator": (_NORMAL, _covariance),
    "Wishart": ("wishart", _wishart),
    "WishartLinearOperator": ("wishart", _wishart),
}


def _layer(kind: str, detail: Callable[[Any], Any]) -> Reader:
    def reader(package: str, d: Any) -> Layer:
        base = d.base_dist if package == "numpyro" else d.distribution
        return Layer(kind, base, detail(d))

    return reader


def _maps(d: Any) -> tuple[Any, ...]:
    return tuple(d.transforms) if hasattr(d, "transforms") else (d.bijector,)


def _independent(package: str, d: Any) -> Layer:
    base = d.base_dist if package == "numpyro" else d.distribution
    axes, inner = int(d.reinterpreted_batch_ndims), read(base)
    if isinstance(inner, Layer) and inner.kind == "independent":
        return Layer("independent", inner.base, axes + inner.detail)
    return Layer("independent", base, axes)


_expanded = _layer("expanded", lambda d: tuple(d.batch_shape))
_transformed = _layer("transformed", _maps)
_LAYERS = {
    "BatchBroadcast": _expanded,
    "ExpandedDistribution": _expanded,
    "Independent": _independent,
    "MaskedDistribution": _layer("masked", lambda d: jnp.asarray(d._mask)),
    "Sample": _layer(
        "repeated", lambda d: math.prod(np.ravel(d.sample_shape).tolist())
    ),
    "Transformed": _transformed,
    "TransformedDistribution": _transformed,
}


def _readers() -> dict[str, Reader]:
    found = {name: _of_family(family) for name, family in _FAMILIES.items()}
    for name, family in _FAMILIES.items():
        if family in _TABLE:
            for given in ("probs", "logits"):
                found[name + given.title()] = _of_family(family, given)
    for name, (family, reader) in _OF_MATRICES.items():
        if hasattr(families, family):
            found[name] = reader
    return found | _LAYERS


_READERS: Mapping[str, Reader] = MappingProxyType(_readers())
# Classes by which distrax hands on an object of TFP, and the other way round, which put
# the base class of all before the class of the object.
_HANDED_ON = ("Distribution", "DistributionFromTFP", "TFPCompatibleDistribution")


def read(d: Any) -> Family | Layer | None:
    """What the object is, or `None` if that is not known.

    A class that has a density of its own is not the family that it derives from.
    """
    for cls in type(d).__mro__:
        package = cls.__module__.partition(".")[0]
        reader = _READERS.get(cls.__name__) if package in PACKAGES else None
        if reader is not None:
            return reader(package, d)
        own = {"log_prob", "_log_prob"} & vars(cls).keys()
        if own and cls.__name__ not in _HANDED_ON:
            return None
    return None


def describe(d: Any) -> str:
    """The class of an object, and the library that it comes from."""
    return f"{type(d).__name__} ({type(d).__module__.partition('.')[0]})"
