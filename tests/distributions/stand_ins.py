"""Objects shaped like those of distrax, NumPyro and TFP, without these libraries."""

import types

import jax.numpy as jnp

__all__ = [
    "DISTRAX",
    "NUMPYRO",
    "TFP",
    "independent",
    "kind",
    "make",
    "scale_map",
    "transformed",
]

DISTRAX = "distrax._src.distributions"
NUMPYRO = "numpyro.distributions.continuous"
TFP = "tensorflow_probability.substrates.jax.distributions"


def kind(library, name, *parents, **members):
    """A class of that name, in a module of that library."""
    return type(name, parents, {"__module__": library, **members})


def make(library, name, **attributes):
    """An object of a class that derives from the base class of its library."""
    base = kind(library, "Distribution", log_prob=lambda self, x: 0.0 * x)
    d = kind(library, name, base)()
    d.__dict__.update(attributes)
    return d


def _holding(library, base):
    return {"base_dist" if library == NUMPYRO else "distribution": base}


def independent(library, base, axes):
    held = _holding(library, base)
    return make(library, "Independent", **held, reinterpreted_batch_ndims=axes)


def transformed(library, base, *maps):
    """A base under maps; distrax and TFP have but one."""
    name = "Transformed" if library == DISTRAX else "TransformedDistribution"
    held = _holding(library, base)
    held |= {"transforms": list(maps)} if library == NUMPYRO else {"bijector": maps[0]}
    return make(library, name, **held)


def scale_map(library, factor):
    """Multiplication by a number, with the interface of each library."""
    factor = jnp.asarray(factor)

    def log_det(self, x, **_):
        shape = jnp.broadcast_shapes(factor.shape, x.shape)
        return jnp.broadcast_to(jnp.log(jnp.abs(factor)), shape)

    flags = {"is_constant_jacobian": True}
    if library == DISTRAX:
        flags["is_constant_log_det"] = True
    if library != NUMPYRO:
        members = {"forward_log_det_jacobian": log_det, **flags}
        return kind(library, "Scale", **members)()
    space = types.SimpleNamespace(event_dim=0)
    members = {
        "__call__": lambda self, x: factor * x,
        "log_abs_det_jacobian": lambda self, x, y: log_det(self, x),
        "domain": space,
        "codomain": space,
    }
    return kind(library, "AffineTransform", **members)()
