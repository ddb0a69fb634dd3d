"""Recomputes the truth set and compares it with the file that jaxinfo ships.

    cd tests && python -m reference.make_truth [--filter REGEX] [--write FILE]

The inputs come from the shipped file; the results from the definitions beside this
script, in arithmetic of rising precision. Minutes for the whole set: a few cases sum
over a hundred thousand entries.
"""

import argparse
import json
import lzma
import re
import sys
from pathlib import Path

import mpmath
from mpmath import inf, mp, mpf

from jaxinfo.benchmarks import truth_cases
from reference import families, joint, logits, matrices, tables

__all__ = ["DEFINITIONS", "agrees", "compute", "main"]

_MODULES = (tables, joint, logits, families, matrices)
DEFINITIONS = {name: getattr(m, name) for m in _MODULES for name in m.__all__}

# Working digits. The first pair that agrees to `_AGREE` is accepted, so the first
# two are enough for most cases and the later ones are for zeros.
_DIGITS = (100, 200, 400, 800, 1600)
_AGREE = mpf(10) ** -62
# Below every float64: what is this small is as good as zero.
_ZERO = mpf(10) ** -400


def compute(case):
    """The result of a case to sixty digits: a number or nested lists of them."""
    previous = None
    for digits in _DIGITS:
        with mp.workdps(digits):
            value = _evaluate(case)
            if previous is not None and _close(previous, value, _AGREE):
                return _settled(previous, value)
        previous = value
    raise ArithmeticError(f"{case.id} does not settle at {_DIGITS[-1]} digits.")


def agrees(case, value, digits=55):
    """Whether a computed result is the shipped one to so many digits."""
    with mp.workdps(100):
        return _close(_nested(case.truth), value, mpf(10) ** -digits)


def _evaluate(case):
    """One evaluation in the precision of the moment."""
    inputs = [_nested(array.tolist()) for array in case.arrays("float64")]
    if case.norm == "renormalized":
        inputs = [[p / mpmath.fsum(row) for p in row] for row in inputs]
    params = dict(case.params)
    if "alpha" in params:
        params["alpha"] = mpf(params["alpha"])
    return DEFINITIONS[case.measure](*inputs, **params)


def _close(a, b, tolerance):
    """Whether all entries agree, relatively, or are as good as zero."""
    if isinstance(a, list):
        pairs = zip(a, b, strict=True)
        return all(_close(left, right, tolerance) for left, right in pairs)
    if a == b:
        return True
    if inf in (abs(a), abs(b)):
        return False
    return abs(a - b) <= max(tolerance * abs(b), _ZERO)


def _settled(a, b):
    """The second of two close results, with 0 for entries that share no digits."""
    if isinstance(b, list):
        return [_settled(left, right) for left, right in zip(a, b, strict=True)]
    return b if a == b or abs(a - b) <= _AGREE * abs(b) else mpf(0)


def _nested(values):
    """Nested lists of high-precision numbers, from doubles or decimal strings."""
    return [_nested(v) for v in values] if isinstance(values, list) else mpf(values)


def _texts(value):
    """Nested lists of decimal strings of sixty digits."""
    if isinstance(value, list):
        return [_texts(entry) for entry in value]
    return mpmath.nstr(value, 60, min_fixed=1, max_fixed=0)


def _record(case, value):
    """A case as it is written to the file."""
    record = {"id": case.id, "measure": case.measure, "class": case.kind}
    record |= {"inputs": case.inputs, "params": case.params, "norm": case.norm}
    return record | {"tags": sorted(case.tags), "truth": _texts(value)}


def main(arguments=None):
    """Recomputes the chosen cases; the exit status is 1 if any differs."""
    parser = argparse.ArgumentParser(prog="python -m reference.make_truth")
    parser.add_argument("--filter", default="", metavar="REGEX")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    cases = [case for case in truth_cases() if re.search(options.filter, case.id)]
    records, wrong = [], []
    for case in cases:
        value = compute(case)
        records.append(_record(case, value))
        if not agrees(case, value):
            wrong.append(case.id)
    if options.write is not None:
        packed = json.dumps(records, separators=(",", ":")).encode()
        preset = 9 | lzma.PRESET_EXTREME
        options.write.write_bytes(lzma.compress(packed, preset=preset))
    print(f"{len(cases)} cases recomputed, {len(wrong)} differ: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
