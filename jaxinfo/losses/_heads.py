"""A linear head and its tokens, checked and in one line."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxinfo._core import checks, values
from jaxinfo._core.rows import AxisName
from jaxinfo.kernels import linear_head

__all__ = ["Tokens", "of_head", "tile_of_classes", "tile_of_tokens"]

# A tile has a quarter of the tokens: enough rows for matrix products at full speed, a
# quarter of the logits in memory. Fewer rows than the least are slow, and more than the
# most only cost memory.
_SHARE, _LEAST, _MOST = 4, 256, 2048
_CLASSES = 8192
# On the CPU, passes over more logits than this take several times as long an entry
# (jaxlib 0.10.2: what they set aside is mapped anew, page by page).
_LOGITS_ON_CPU, _LEAST_ON_CPU = 2**24, 64


def tile_of_tokens(count: int, classes: int, size: int | None) -> int:
    """How many tokens a tile has at most."""
    if size is not None:
        return _as_size(size)
    # The number of tokens may be left open by `jax.export`.
    share = -(-count // _SHARE) if isinstance(count, int) else _LEAST
    rows = min(max(share, _LEAST), _MOST)
    if jax.default_backend() != "cpu":
        return rows
    return min(rows, max(_LOGITS_ON_CPU // max(classes, 1), _LEAST_ON_CPU))


def tile_of_classes(size: int | None) -> int:
    """How many classes a tile has at most."""
    return _CLASSES if size is None else _as_size(size)


def _as_size(size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int):
        raise TypeError(f"`tile_size` must be an int, got {type(size).__name__}.")
    if size < 1:
        raise ValueError(f"`tile_size` must be positive, got {size}.")
    return size


class Tokens(NamedTuple):
    """A head whose batch axes are one, and how to get them back.

    Attributes:
      head: The layer, with hidden rows of shape `(N, D)`.
      batch: The batch axes, of size N together.
      weights: One a token, shape `(N,)`, or `None`.
      axis_name: The mesh axis over which the classes are sharded, if any.
    """

    head: linear_head.Head
    batch: tuple[int, ...]
    weights: jax.Array | None
    axis_name: AxisName

    def check_batch(self, name: str, x: jax.Array, more: int) -> None:
        """Raises unless `x` has the batch axes, and so many more."""
        shape = x.shape[: x.ndim - more] if more else x.shape
        if x.ndim < more or shape != self.batch:
            wanted = ", ".join([*map(str, self.batch), *["k"] * more])
            raise ValueError(
                f"`{name}` must have the shape ({wanted}) that goes with `hidden`, "
                f"got {x.shape}."
            )

    def flatten(self, tree: Any) -> Any:
        """Arrays of every token with one axis of tokens."""
        batch = len(self.batch)
        return jax.tree.map(lambda x: x.reshape(-1, *x.shape[batch:]), tree)

    def unflatten(self, tree: Any) -> Any:
        """Arrays of every token with the batch axes."""
        return jax.tree.map(lambda x: x.reshape(*self.batch, *x.shape[1:]), tree)

    def without(self, absent: jax.Array) -> "Tokens":
        """The same with hidden rows of 0 where a token is absent."""
        flat = absent.reshape(-1, 1)
        hidden = jnp.where(flat, jnp.zeros_like(self.head.hidden), self.head.hidden)
        return self._replace(head=self.head._replace(hidden=hidden))

    def total(self, losses: jax.Array) -> jax.Array:
        """The weighted sum of losses; those of weight 0 are not seen."""
        weights = self.weights
        assert weights is not None
        return jnp.sum(weights * jnp.where(weights != 0, losses, 0.0 * weights))

    def run(
        self, loss: Callable, per_token: Any, shared: Any, size: int | None
    ) -> tuple[jax.Array, Any]:
        """The losses in tiles of tokens, or their sum; and what else is wanted."""
        tokens, classes = self.head.hidden.shape[0], self.head.kernel.shape[1]
        tile = tile_of_tokens(tokens, classes, size)
        tiling = linear_head.Tiling(loss, tile, self.axis_name)
        if self.weights is None:
            losses, rest = linear_head.each_token(tiling, self.head, per_token, shared)
            return self.unflatten(losses), self.unflatten(rest)
        total, rest = linear_head.weighted_sum(
            tiling, self.head, self.weights, per_token, shared
        )
        # A token that is absent has nothing to report.
        counts = self.weights != 0
        rest = jax.tree.map(lambda x: jnp.where(counts, x, jnp.zeros_like(x)), rest)
        return total, self.unflatten(rest)


def of_head(
    names: Sequence[str],
    hidden: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None,
    where: ArrayLike | None,
    soft_cap: ArrayLike | None,
    weights: ArrayLike | None,
    axis_name: AxisName,
) -> Tokens:
    """Checks a linear layer; `names` are those of the hidden rows, kernel and bias."""
    h, w = checks.as_floating(names[0], hidden), checks.as_floating(names[1], kernel)
    if h.ndim < 1 or w.ndim != 2 or h.shape[-1] != w.shape[0]:
        raise ValueError(
            f"`{names[0]}` must have shape (..., D) and `{names[1]}` shape (D, V), "
            f"got {h.shape} and {w.shape}."
        )
    dtype = h.dtype if h.dtype == w.dtype else checks.compute_dtype(h, w)
    wide = checks.compute_dtype(h, w)
    b = None if bias is None else checks.as_floating(names[2], bias).astype(wide)
    if b is not None and b.shape != w.shape[1:]:
        raise ValueError(
            f"`{names[2]}` must have the shape {w.shape[1:]} of the classes of "
            f"`{names[1]}`, got {b.shape}."
        )
    if where is not None:
        mask = checks.as_mask(
            checks.check_mask(where, names[1], w.shape[1:]), w.shape[1:]
        )
        b = jnp.zeros(w.shape[1], wide) if b is None else b
        b = jnp.where(mask, b, jnp.asarray(-jnp.inf, wide))
        # What is absent reaches nothing, not even as NaN.
        w = jnp.where(mask[None, :], w, jnp.zeros_like(w))
    values.report(jnp.any(jnp.isnan(h), axis=-1), f"`{names[0]}` is NaN in row {{row}}")
    values.report(
        jnp.any(jnp.isnan(w), axis=0), f"`{names[1]}` is NaN in class {{row}}"
    )
    cap = None if soft_cap is None else checks.as_scalar("soft_cap", soft_cap, wide)
    batch = h.shape[:-1]
    flat = h.reshape(-1, h.shape[-1]).astype(dtype)
    head = linear_head.Head(flat, w.astype(dtype), b, cap)
    head = head._replace(soft_cap=jax.lax.stop_gradient(cap))
    tokens = Tokens(head, batch, None, checks.as_axis_name(axis_name))
    if weights is None:
        return tokens
    x = checks.as_floating("weights", weights).astype(wide)
    tokens.check_batch("weights", x, 0)
    return tokens._replace(weights=x.reshape(-1)).without(x == 0)
