"""Sharded measures: their time, and the bytes that go between devices."""

import re
from collections.abc import Iterator, Mapping, Sequence

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxinfo.benchmarks import _programs
from jaxinfo.benchmarks._cases.scaling import AXIS, Sharded

__all__ = ["bytes_moved", "counts", "program"]

_BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "s16": 2, "u16": 2}
_BYTES |= {"f32": 4, "s32": 4, "u32": 4, "f64": 8, "s64": 8, "u64": 8}
_MOVES = "all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute"
_MOVE = re.compile(rf"= (\(?[^=]*?\)?) ({_MOVES})(?:-start)?\(")
_ARRAY = re.compile(r"(\w+)\[([\d,]*)\]")
_COMPUTATION = re.compile(r"^(?:ENTRY )?%?([\w.\-]+) .*\{$")
_CALLED = re.compile(
    r"(?:to_apply|body|calls|true_computation|false_computation)=%?([\w.\-]+)"
)
_TRIPS = re.compile(r'known_trip_count":\{"n":"(\d+)"')


def counts() -> tuple[int, ...]:
    """Numbers of devices, doubled as far as there are some."""
    return tuple(2**k for k in range(len(jax.devices()).bit_length()))


def program(
    sharded: Sharded, inputs: Sequence[jax.Array], goal: str, count: int
) -> _programs.Program:
    """The measure over so many devices."""
    mesh = Mesh(np.array(jax.devices()[:count]), (AXIS,))
    spread_inputs = tuple(
        jax.device_put(x, NamedSharding(mesh, spec))
        for x, spec in zip(inputs, sharded.specs, strict=True)
    )
    spread = jax.shard_map(
        sharded.call, mesh=mesh, in_specs=sharded.specs, out_specs=PartitionSpec()
    )
    return _programs.compiled(sharded.case.differentiated(spread, goal), spread_inputs)


def bytes_moved(text: str | None) -> dict[str, int]:
    """Bytes that each device receives in collectives, by kind, in compiled text.

    What is in a loop counts as often as the loop turns, if the compiler knows that.
    """
    computations = dict(_computations(text or ""))
    entries = [name for name, lines in computations.items() if lines[0] == "ENTRY"]
    return _moved(entries[0], computations) if entries else {}


def _computations(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of each computation; the first says whether it is the entry."""
    name, lines = "", []
    for line in text.splitlines():
        head = _COMPUTATION.match(line)
        if head:
            name, lines = head[1], ["ENTRY" if line.startswith("ENTRY") else ""]
        elif line.startswith("}") and name:
            yield name, lines
        else:
            lines.append(line)


def _moved(name: str, computations: Mapping[str, list[str]]) -> dict[str, int]:
    """What a computation moves, and what it calls."""
    total: dict[str, int] = {}
    for line in computations.get(name, []):
        if move := _MOVE.search(line):
            total[move[2]] = total.get(move[2], 0) + _size(move[1])
            continue
        turns = _TRIPS.search(line)
        for called in _CALLED.findall(line):
            for kind, size in _moved(called, computations).items():
                times = int(turns[1]) if turns else 1
                total[kind] = total.get(kind, 0) + times * size
    return total


def _size(arrays: str) -> int:
    """Bytes of the arrays that a type names."""
    return sum(
        _BYTES.get(kind, 0) * int(np.prod([int(n) for n in axes.split(",") if n]))
        for kind, axes in _ARRAY.findall(arrays)
    )
