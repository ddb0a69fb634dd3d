"""Errors in units in the last place, measured against decimal truth."""

import decimal
import math
from decimal import Decimal
from typing import NamedTuple

import numpy as np

__all__ = ["Error", "ulp", "worst_error"]

# Truth has sixty digits; sums and quotients of it keep all of them.
_DIGITS = 100


class Error(NamedTuple):
    """The largest error of a result, in ULP, and a note on the entry that has it."""

    size: float
    note: str


def ulp(value: Decimal, dtype: str) -> Decimal:
    """The unit in the last place of a real number, in `dtype`.

    The number is not rounded to `dtype` first, so that a correctly rounded result is
    at most half a unit off. Below the normal numbers the unit is that of subnormals.
    """
    info = np.finfo(dtype)
    lowest = int(info.minexp)
    size = abs(value)
    if size < Decimal(2) ** lowest:
        exponent = lowest
    else:
        exponent = math.frexp(float(size))[1] - 1
        # The conversion may have rounded up to the next power of two.
        exponent -= Decimal(2) ** exponent > size
    return Decimal(2) ** (exponent - int(info.nmant))


def worst_error(got: np.ndarray, truth: list[Decimal], *, unit: str) -> Error:
    """The largest error over the entries of a result.

    Args:
      got: The result, in the tested type.
      truth: The true entries, in row-major order.
      unit: `"entry"` for the ULP of each entry, `"largest"` for that of the
        largest entry, `"one"` for that of max(|entry|, 1).

    Returns:
      The error in ULP, infinite for an entry of the wrong kind: NaN, an infinity
      in the wrong place, or anything but 0 where the truth is 0 (unless the unit
      is that of one).
    """
    if got.size != len(truth):
        return Error(math.inf, f"got {got.size} entries for {len(truth)}")
    dtype = str(got.dtype)
    digits = np.finfo(dtype).precision + 3
    worst = Error(-1.0, "")
    with decimal.localcontext(prec=_DIGITS):
        largest = max((abs(t) for t in truth if t.is_finite()), default=Decimal(0))
        floor = {"entry": Decimal(0), "largest": largest, "one": Decimal(1)}[unit]
        entries = zip(got.ravel().tolist(), truth, strict=True)
        for index, (entry, true) in enumerate(entries):
            size = _error(entry, true, floor, dtype)
            # An exact zero is owed exactly, except where the unit is that of one.
            if true == 0 and entry != 0 and unit != "one":
                size = math.inf
            # Infinite errors tie; the first one is the one to look at.
            if size > worst.size:
                place = f"entry {index}: " if len(truth) > 1 else ""
                shown = f"got {entry:.{digits}g}, truth {true:.{digits}g}"
                worst = Error(size, place + shown)
    return worst


def _error(got: float, truth: Decimal, floor: Decimal, dtype: str) -> float:
    """The error of one entry, in ULP of the larger of the truth and `floor`."""
    info = np.finfo(dtype)
    if truth.is_nan():
        return 0.0 if math.isnan(got) else math.inf
    if abs(truth) > Decimal(float(info.max)):
        right = math.isinf(got) and (got > 0) == (truth > 0)
        return 0.0 if right else math.inf
    if not math.isfinite(got):
        return math.inf
    # What underflows may be flushed to zero.
    if got == 0 and abs(truth) < Decimal(float(info.smallest_normal)):
        return 0.0
    difference = abs(Decimal(got) - truth)
    return float(difference / ulp(max(abs(truth), floor), dtype))
