"""Units of information. Everything is computed in nats and converted once."""

import math
import numbers

import jax

__all__ = ["check_base", "from_nats", "unsigned_zero"]


def check_base(base: float | None) -> None:
    """Raises unless `base` is a base of logarithms, or `None`."""
    if base is None:
        return
    if isinstance(base, bool) or not isinstance(base, numbers.Real):
        raise TypeError(
            "`base` must be a static Python number or None (nats), "
            f"got {type(base).__name__}."
        )
    if not 0 < base < math.inf or base == 1:
        raise ValueError(
            f"`base` must be positive, finite and not 1 (2 is bits), got {base}."
        )


def from_nats(nats: jax.Array, base: float | None, *, summed: bool = True) -> jax.Array:
    """Converts nats to the unit of logarithms to `base`; `None` leaves nats.

    What is summed has no negative zero. Entries of a table may: looking at each would
    write a table out where they are summed afterwards.
    """
    check_base(base)
    nats = unsigned_zero(nats) if summed else nats
    return nats if base is None else nats / math.log(base)


def unsigned_zero(x: jax.Array) -> jax.Array:
    """Makes 0 of -0, the negative of a sum of nothing."""
    # Adding 0 would do, but the compiler takes that for nothing.
    return 0.0 - (-x)
