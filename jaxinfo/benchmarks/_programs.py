"""What is timed: something compiled, with what its compiler says of it."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax

__all__ = ["Program", "compiled", "memory"]


class Program(NamedTuple):
    """A call on its inputs.

    Attributes:
      run: Calls, waits for the result and returns it.
      compile_seconds: Time of tracing and compilation; `None` without a compiler.
      temporaries: Bytes that the compiler sets aside beside inputs and results; `None`
        if it does not say.
      peak: Bytes of inputs, results and temporaries together.
      text: The optimized program; `None` without a compiler.
    """

    run: Callable[[], Any]
    compile_seconds: float | None = None
    temporaries: int | None = None
    peak: int | None = None
    text: Callable[[], str | None] | None = None


def compiled(call: Callable[..., Any], inputs: Sequence[Any]) -> Program:
    """Compiles a function of JAX arrays for the inputs."""
    started = time.perf_counter()
    program = jax.jit(call).lower(*inputs).compile()
    seconds = time.perf_counter() - started
    temporaries, peak = memory(program)

    def run() -> Any:
        return jax.block_until_ready(program(*inputs))

    return Program(run, seconds, temporaries, peak, program.as_text)


def memory(program: Any) -> tuple[int | None, int | None]:
    """Temporaries of a compiled program, and all that it holds at once."""
    sizes = program.memory_analysis()
    if sizes is None:
        return None, None
    arguments, results = sizes.argument_size_in_bytes, sizes.output_size_in_bytes
    shared, temporaries = sizes.alias_size_in_bytes, sizes.temp_size_in_bytes
    return temporaries, arguments + results - shared + temporaries
