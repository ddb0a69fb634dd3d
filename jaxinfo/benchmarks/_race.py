"""Takes times of several programs, which take turns."""

import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["race"]

# A clock and a loop cost about a microsecond: shorter calls are timed together.
_SHORTEST = 1e-3
_FEWEST, _MOST = 5, 500


def race(
    programs: Mapping[str, Callable[[], Any]], seconds: float
) -> dict[str, list[float]]:
    """Seconds of one call of each program, in each of several rounds.

    Args:
      programs: What is called. Everything was called before, so nothing compiles.
      seconds: About how long to go on; at least five rounds in any case.

    Returns:
      The times of each program, one a round. All took their turns in every round, so
      that whatever else the machine does meets all of them alike.
    """
    repeats = {name: _repeats(program) for name, program in programs.items()}
    times: dict[str, list[float]] = {name: [] for name in programs}
    started = time.perf_counter()
    for done in range(1, _MOST + 1):
        for name, program in programs.items():
            times[name].append(_time(program, repeats[name]))
        if done >= _FEWEST and time.perf_counter() - started > seconds:
            break
    return times


def _repeats(program: Callable[[], Any]) -> int:
    """How many calls make a time that a clock can take."""
    once = _time(program, 1)
    return max(1, round(_SHORTEST / max(once, 1e-6)))


def _time(program: Callable[[], Any], repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        program()
    return (time.perf_counter() - started) / repeats
