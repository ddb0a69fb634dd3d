"""Measures one case: memory and accuracy always, time if there is some."""

import contextlib
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax

from jaxinfo.benchmarks import _limits, _peers, _programs, _race, _truth
from jaxinfo.benchmarks._cases import Case, Shape
from jaxinfo.benchmarks._programs import Program
from jaxinfo.benchmarks._rows import Entry, Row

__all__ = ["measure"]

# Above this, in the units of `Entry.error`, an answer is no answer. Peers that sum in
# half precision are not wrong: those units are large.
_WRONG = 4096.0


def measure(
    suite: str,
    case: Case,
    shape: Shape,
    *,
    dtype: str = "float32",
    goal: str = "value",
    peers: Iterable[str] = (),
    seconds: float = 1.0,
) -> Row:
    """Measures a case on one shape, beside other libraries and the machine's limits.

    Args:
      suite: What the row is a part of.
      case: The case.
      shape: One of its shapes, or another that it can draw.
      dtype: The type of the inputs.
      goal: `"value"`, or `"gradient"` for value and gradient.
      peers: The libraries that are asked the same, as far as they have it.
      seconds: How long to take times; 0 for none.
    """
    row = Row(suite, case.name, shape, dtype, goal, 0, 0.0, {}, {}, {})
    wide = jax.enable_x64(True) if dtype == "float64" else contextlib.nullcontext()
    try:
        with wide:
            return _filled(row, case, tuple(peers), seconds)
    except jax.errors.JaxRuntimeError as error:  # The memory of the device is full.
        return row._replace(entries={"jaxinfo": Entry(note=_first_line(error))})


def _filled(row: Row, case: Case, peers: Sequence[str], seconds: float) -> Row:
    """The row with its figures."""
    goal, inputs = row.goal, case.inputs(row.shape, row.dtype)
    programs = {"jaxinfo": _programs.compiled(case.program(goal), inputs)}
    entries: dict[str, Entry] = {}
    for name in peers:
        _enlist(name, case, goal, inputs, programs, entries)
    truths = [_truth.of(case, case.formula, goal, inputs)]
    if case.raw is not None and len(programs) > 1:
        truths.append(_truth.of(case, case.raw, goal, inputs))
    for name, program in dict(programs).items():
        entries[name] = _judged(name, program, truths[: 1 if name == "jaxinfo" else 2])
        if entries[name].note:
            del programs[name]
    least = _limits.work(case, row.shape, goal, inputs)
    row = row._replace(bytes=least.bytes, flops=least.flops)
    if seconds > 0:
        simplest = _limits.limits(case, least, row.shape, inputs)
        row = row._replace(limits=_timed(programs, entries, simplest, seconds))
    ordered = ("jaxinfo", *peers)
    return row._replace(entries={n: entries[n] for n in ordered if n in entries})


def _enlist(
    name: str,
    case: Case,
    goal: str,
    inputs: Sequence[Any],
    programs: dict[str, Program],
    entries: dict[str, Entry],
) -> None:
    """Adds the program of another library, or a note of what it raises."""
    try:
        library = _peers.load(name)
        if case.name in library.calls:
            call = library.calls[case.name]
            program = library.program(case, call, goal, inputs)
            if program is not None:
                programs[name] = program
    except Exception as error:  # Another library may raise anything: it is skipped.
        entries[name] = Entry(note=_first_line(error))


def _judged(name: str, program: Program, truths: Sequence[_truth.Truth]) -> Entry:
    """What is known of a program before it is timed."""
    known = Entry(None, None, *program[1:4])
    try:
        result = program.run()
    except Exception as error:
        if name == "jaxinfo":
            raise
        return known._replace(note=_first_line(error))
    errors = [truth.error(result) for truth in truths]
    error = min((e for e in errors if e is not None), default=None)
    wrong = error is not None and not error <= _WRONG
    return known._replace(error=error, note="wrong" if wrong else "")


def _timed(
    programs: Mapping[str, Program],
    entries: dict[str, Entry],
    limits: Mapping[str, tuple[Program, float]],
    seconds: float,
) -> dict[str, float]:
    """Fills in the times of the entries; the result is those of the limits."""
    contenders = {name: program.run for name, program in programs.items()}
    simplest = {name: program.run for name, (program, _) in limits.items()}
    for run in simplest.values():
        run()
    times = _race.race({**contenders, **simplest}, seconds)
    for name in contenders:
        median, best = statistics.median(times[name]), min(times[name])
        entries[name] = entries[name]._replace(median=median, best=best)
    return {
        name: count * statistics.median(times[name])
        for name, (_, count) in limits.items()
    }


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0][:120]
