"""Closed forms of objects: through the layers down to the families."""

from typing import Any

import jax
import jax.numpy as jnp

from jaxinfo import families, logits
from jaxinfo._core import checks
from jaxinfo.distributions import _maps, _objects
from jaxinfo.distributions._objects import Family, Layer, Logits

__all__ = ["of_one", "of_two"]

_DISCRETE = ("bernoulli", "categorical", "geometric", "poisson")


def _refusal(verb: str, *ds: Any, why: str = "") -> TypeError:
    described = " and ".join(map(_objects.describe, ds))
    why = f", whose {why}" if why else ""
    return TypeError(
        f"`{verb}` has no closed form for {described}{why}: call "
        f"`monte_carlo_{verb}`, an estimate with its standard error."
    )


def _aligned(*params: Any) -> Any:
    """Whole numbers, and those of Python, take the dtype of the arrays beside them."""
    leaves, structure = jax.tree.flatten(params)
    soft = [x.weak_type or jnp.issubdtype(x.dtype, jnp.integer) for x in leaves]
    strong = [x for x, any_dtype in zip(leaves, soft, strict=True) if not any_dtype]
    dtype = checks.compute_dtype(*(strong or [jnp.asarray(0.0)]))
    cast = (x.astype(dtype) if s else x for x, s in zip(leaves, soft, strict=True))
    return jax.tree.unflatten(structure, cast)


def _log(x: jax.Array, *, of_rest: bool = False) -> jax.Array:
    """The logarithm of x, or of 1 - x: -inf and flat where that is 0."""
    if of_rest:
        return jnp.where(x == 1, -jnp.inf, jnp.log1p(-jnp.where(x == 1, 0.0, x)))
    return jnp.where(x == 0, -jnp.inf, jnp.log(jnp.where(x == 0, 1.0, x)))


def _row(name: str, params: Any) -> jax.Array:
    """A distribution as a row of logits, those of 0 and 1 if there are but two."""
    (x,) = params
    given = isinstance(params, Logits)
    if name == "categorical":
        return x if given else _log(x)
    rest = jnp.zeros_like(x) if given else _log(x, of_rest=True)
    return jnp.stack([rest, x if given else _log(x)], axis=-1)


def _of_logits(verb: str, name: str, *params: Any) -> jax.Array:
    rows = [_row(name, p) for p in params]
    if name != "geometric":
        return getattr(logits, verb)(*rows)
    # As many trials, on average, as one success takes.
    odds = [row[..., 1] - row[..., 0] for row in rows]
    value = jnp.zeros((), rows[0].dtype)
    if verb != "kl_divergence":
        value = logits.binary_entropy(odds[0])
    if verb != "entropy":
        gap = logits.binary_kl_divergence(*odds)
        value = gap + jnp.broadcast_to(value.astype(gap.dtype), gap.shape)
    trials = 1.0 / jax.nn.sigmoid(odds[0]).astype(value.dtype)
    return value * jnp.broadcast_to(trials, value.shape)


def _as_probs(name: str, params: Any) -> Any:
    """Parameters as probabilities, where another family needs them so."""
    if not isinstance(params, Logits):
        return params
    (x,) = params
    probs = jax.nn.softmax(x) if name == "categorical" else jax.nn.sigmoid(x)
    return getattr(families, name).Params(probs)


def _of_family(node: Family) -> jax.Array:
    (params,) = _aligned(node.params)
    if isinstance(params, Logits):
        return _of_logits("entropy", node.name, params)
    return getattr(families, node.name).entropy(**params._asdict())


def _of_families(verb: str, a: Family, b: Family) -> jax.Array | None:
    """Of two families, or `None` if they are no pair with a closed form."""
    if (a.name, b.name) not in families.pairs():
        return None
    params_p, params_q = _aligned(a.params, b.params)
    given = isinstance(params_p, Logits) or isinstance(params_q, Logits)
    if given and a.name == b.name:
        return _of_logits(verb, a.name, params_p, params_q)
    p, q = _as_probs(a.name, params_p), _as_probs(b.name, params_q)
    return getattr(families, verb)(p, q)


def _through(layer: Layer, value: jax.Array) -> jax.Array:
    """What a layer makes of the measure of its base."""
    detail = layer.detail
    if layer.kind == "independent":
        return jnp.sum(value, axis=tuple(range(-detail, 0)))
    if layer.kind == "repeated":
        return value * detail
    other = detail if layer.kind == "expanded" else detail.shape
    shape = jnp.broadcast_shapes(value.shape, other)
    value = jnp.broadcast_to(value, shape)
    if layer.kind == "expanded":
        return value
    return jnp.where(jnp.broadcast_to(detail, shape), value, 0.0)


def _is_discrete(d: Any) -> bool:
    node = _objects.read(d)
    while isinstance(node, Layer):
        node = _objects.read(node.base)
    return node is not None and node.name in _DISCRETE


def _spread(value: jax.Array, *ds: Any) -> jax.Array:
    """Over the batches of transformed objects: maps may come in a batch too."""
    batches = [tuple(getattr(d, "batch_shape", ())) for d in ds]
    return jnp.broadcast_to(value, jnp.broadcast_shapes(value.shape, *batches))


def _mapped(verb: str, layer: Layer, value: jax.Array, *ds: Any) -> jax.Array:
    """What invertible maps make of the measure of their base."""
    if not all(map(_maps.invertible, layer.detail)):
        raise _refusal(verb, *ds, why="map is not one to one")
    # Probabilities stay, densities change with the volume.
    if verb == "kl_divergence" or _is_discrete(layer.base):
        return _spread(value, *ds)
    change = _maps.log_det(layer.detail, layer.base, value.dtype)
    if change is None:
        raise _refusal(verb, *ds, why="map has no constant determinant")
    shape = jnp.broadcast_shapes(value.shape, change.shape)
    change = jnp.broadcast_to(change.astype(value.dtype), shape)
    return _spread(jnp.broadcast_to(value, shape) + change, *ds)


def of_one(d: Any) -> jax.Array:
    """The entropy of an object, in nats."""
    node = _objects.read(d)
    if isinstance(node, Family):
        return _of_family(node)
    if node is None:
        raise _refusal("entropy", d)
    if node.kind != "transformed":
        return _through(node, of_one(node.base))
    return _mapped("entropy", node, of_one(node.base), d)


def of_two(verb: str, p: Any, q: Any) -> jax.Array:
    """The cross-entropy or the divergence of two objects, in nats."""
    a, b = _objects.read(p), _objects.read(q)
    # Layers that one of the two may have alone.
    if isinstance(a, Layer) and a.kind in ("expanded", "masked"):
        return _through(a, of_two(verb, a.base, q))
    if isinstance(b, Layer) and b.kind in ("expanded", "masked"):
        return _through(b, of_two(verb, p, b.base))
    value = None
    if isinstance(a, Family) and isinstance(b, Family):
        value = _of_families(verb, a, b)
    elif isinstance(a, Layer) and isinstance(b, Layer) and a.kind == b.kind:
        if a.kind == "transformed":
            if not _maps.same(a.detail, b.detail):
                raise _refusal(verb, p, q, why="maps are not known to be equal")
            return _mapped(verb, a, of_two(verb, a.base, b.base), p, q)
        if a.detail == b.detail:
            value = _through(a, of_two(verb, a.base, b.base))
    if value is None:
        raise _refusal(verb, p, q)
    return value
