"""Checks of values, made only while `jaxinfo.checked` asks for them.

Whether it does is a context that the caches of `jax.jit` know about: a function that
was compiled without checks is traced anew with them, and the other way round. Without
checks nothing of them is in the program. (A `checkify.debug_check` that is always there
leaves the compiled code alone too, but its effect costs each call the fast dispatch:
70 microseconds instead of 6, jax 0.10.2.)
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.experimental import checkify

__all__ = ["checking", "logits", "probabilities", "report", "tables", "weights"]

checking = jax.make_user_context(False)

# How far a row may be from one, by the dtype that its entries were rounded to.
_SLACK = {"float64": 1e-6, "float32": 1e-3, "bfloat16": 0.05, "float16": 0.01}

Named = Sequence[tuple[str, jax.Array]]


def report(bad: jax.Array, message: str) -> None:
    """Fails if anything is bad; `message` may hold `{row}`, the first bad index."""
    if checking.value and bad.size:
        flat = bad.reshape(-1)
        checkify.check(~jnp.any(flat), message, row=jnp.argmax(flat))


def _rows(bad: jax.Array, axes: tuple[int, ...], message: str) -> None:
    report(jnp.any(bad, axis=axes), message)


def tables(arrays: Named, axes: tuple[int, ...], *, normalized: bool = True) -> None:
    """Probability tables: no NaN, nothing negative, rows that sum to one."""
    if not checking.value:
        return
    for name, x in arrays:
        _rows(jnp.isnan(x), axes, f"`{name}` is NaN in row {{row}}")
        _rows(x < 0, axes, f"`{name}` is negative in row {{row}}")
        if normalized:
            wide = "float64" if x.dtype == "float64" else "float32"
            total = jnp.sum(x.astype(wide), axis=axes)
            off = jnp.abs(total - 1) > _SLACK[x.dtype.name]
            report(off, f"`{name}` does not sum to one in row {{row}}")


def logits(arrays: Named, axes: tuple[int, ...], *, whole: bool) -> None:
    """Logits: no NaN, no +inf and, if the rows are whole, an outcome in each."""
    if not checking.value:
        return
    for name, x in arrays:
        _rows(jnp.isnan(x), axes, f"`{name}` is NaN in row {{row}}")
        _rows(jnp.isposinf(x), axes, f"`{name}` is +inf in row {{row}}")
        if whole:
            none = jnp.all(jnp.isneginf(x), axis=axes)
            report(none, f"`{name}` has no outcome left in row {{row}}")


def probabilities(arrays: Named) -> None:
    """Single probabilities: between 0 and 1."""
    if checking.value:
        for name, x in arrays:
            outside = ~((x >= 0) & (x <= 1))
            report(outside, f"`{name}` is not in [0, 1] in entry {{row}}")


def weights(name: str, x: jax.Array, axes: tuple[int, ...]) -> None:
    """Counts or weights: nothing negative, and something in each row."""
    if checking.value:
        tables([(name, x)], axes, normalized=False)
        report(jnp.sum(x, axis=axes) == 0, f"`{name}` sums to zero in row {{row}}")
