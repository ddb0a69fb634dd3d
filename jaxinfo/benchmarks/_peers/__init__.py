"""Other libraries, by their names; each is loaded if it is installed and asked for."""

import functools
import importlib
import importlib.metadata
import importlib.util

from jaxinfo.benchmarks._peers.library import Library

__all__ = ["PEERS", "Library", "installed", "load", "version"]

# The package that each is in.
PEERS = {
    "jax": "jax",
    "optax": "optax",
    "numpy": "numpy",
    "scipy": "scipy",
    "torch": "torch",
    "numpyro": "numpyro",
    "tokamax": "tokamax",
    "dit": "dit",
}


def installed(name: str) -> bool:
    """Whether a library can be asked."""
    return importlib.util.find_spec(PEERS[name]) is not None


def version(name: str) -> str:
    """Its version."""
    return importlib.metadata.version(PEERS[name])


@functools.cache
def load(name: str) -> Library:
    """The library; raises what its import raises."""
    return importlib.import_module(f"{__name__}.of_{name}").library()
