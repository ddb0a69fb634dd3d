"""Where the figures come from: device, versions, load."""

import importlib.metadata
import os
import pathlib
import platform
from collections.abc import Iterable

import jax

from jaxinfo.benchmarks import _peers

__all__ = ["cores", "environment", "load"]


def environment(peers: Iterable[str] = ()) -> dict[str, str]:
    """The device that JAX runs on, and the versions of what was measured."""
    device = jax.devices()[0]
    return {
        "device": f"{device.platform}: {device.device_kind}",
        "processor": f"{_processor()}, {cores()} cores",
        "python": platform.python_version(),
        "jax": jax.__version__,
        "jaxinfo": importlib.metadata.version("jaxinfo"),
        **{name: _peers.version(name) for name in peers if name != "jax"},
    }


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """How many processes wanted a core during the last minute; 0 if unknown."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _processor() -> str:
    """The name of the processor, where the system tells."""
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()
