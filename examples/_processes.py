"""Several processes of one script on this machine, which end together."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

POLL_SECONDS = 0.05
LINES_OF_ERRORS = 15


def run(
    commands: Sequence[Sequence[str]], gpus: Sequence[str | None], time_limit: float
) -> None:
    """Start all processes, and exit with an error as soon as one of them has failed.

    Args:
      commands: One a process; the option `--coordinator` is appended. What the first
        one prints is printed, errors are kept for when one fails.
      gpus: What each process may see, in the form of `CUDA_VISIBLE_DEVICES`.
      time_limit: After how many seconds all are ended.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by SIGTERM"))
    address = f"127.0.0.1:{free_port()}"
    workers: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / f"{i}.log" for i in range(len(commands))]
        try:
            for i, command in enumerate(commands):
                command = [*command, "--coordinator", address]
                workers.append(start(i, command, gpus[i], logs[i]))
                print(f"process {i}: pid {workers[i].pid}", file=sys.stderr, flush=True)
            watch(workers, logs, time_limit)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def visible_gpus(i: int, number: int | None) -> str | None:
    """Return which GPUs are for process i, if each gets a number of them."""
    if number is None:
        return os.environ.get("CUDA_VISIBLE_DEVICES")
    mine = range(i * number, (i + 1) * number)
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = allowed.split(",")[mine.start : mine.stop] if allowed else map(str, mine)
    return ",".join(names)


def start(
    i: int, command: Sequence[str], gpus: str | None, log: Path
) -> subprocess.Popen:
    """Start one process, whose errors go to a file."""
    environment = {} if gpus is None else {"CUDA_VISIBLE_DEVICES": gpus}
    with log.open("wb") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=None if i == 0 else errors,
            stderr=errors,
            env=os.environ | environment,
        )


def watch(
    workers: Sequence[subprocess.Popen], logs: Sequence[Path], time_limit: float
) -> None:
    """Return when all processes have ended well; exit when one has not."""
    deadline = time.monotonic() + time_limit
    while True:
        codes = [worker.poll() for worker in workers]
        # Who was killed comes first: others may have failed because of that.
        failed = sorted((code, i) for i, code in enumerate(codes) if code)
        if failed:
            lines = errors_in(logs[failed[0][1]])
            ends = "; ".join(f"process {i} {ending(code)}" for code, i in failed)
            message = f"error: {ends}; all processes were ended"
            raise SystemExit("\n".join([*lines, message]))
        if None not in codes:
            return
        if time.monotonic() > deadline:
            late = ", ".join(str(i) for i, code in enumerate(codes) if code is None)
            raise SystemExit(
                f"error: process {late} has not ended within {time_limit:g} s; all "
                "processes were ended"
            )
        time.sleep(POLL_SECONDS)


def errors_in(log: Path) -> list[str]:
    """Return the last lines of a process, but not the greetings of Gloo."""
    lines = log.read_text(errors="replace").splitlines()
    return [x for x in lines if not x.startswith("[Gloo]")][-LINES_OF_ERRORS:]


def ending(code: int) -> str:
    """Describe how a process ended."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name} (exit code {code})"
    return f"ended with exit code {code}"


def be_one_of_many(work: Callable[[], None]) -> None:
    """Do the work of one process, and leave at once if it fails."""
    # Gloo writes to the standard output of C, which is for the results.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        work()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        # The usual exit of JAX waits for the others, who may be waiting for this one.
        os._exit(1)
