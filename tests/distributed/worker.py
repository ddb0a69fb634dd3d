"""One of two processes: a vocabulary over the devices of both, against one device.

`test_processes.py` starts it with the number of the process, the address of the first
one, and a file for what was found. No test imports it: it starts a backend.
"""

import functools
import json
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import jaxinfo

TOKENS, CLASSES = 6, 16


def total(logits, labels, axis_name=None):
    loss = jaxinfo.losses.softmax_cross_entropy_with_integer_labels(
        logits, labels, axis_name=axis_name, ignore_index=-1
    )
    return jnp.sum(loss * jnp.arange(1.0, TOKENS + 1, dtype=loss.dtype)), loss


def data():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(TOKENS, CLASSES)) * 4
    logits[:, CLASSES - 1] = -np.inf  # the padding of the last shard
    labels = rng.integers(0, CLASSES - 1, TOKENS)
    labels[2] = -1
    return logits, labels.astype(np.int32)


def main(process, address, file):
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_num_cpu_devices", 2)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        address,
        2,
        process,
        initialization_timeout=30,
        heartbeat_timeout_seconds=30,
    )
    axis = "classes"
    mesh = jax.make_mesh((jax.device_count(),), (axis,), axis_types=(AxisType.Auto,))
    logits, labels = data()
    place = jax.make_array_from_callback
    spread = place(logits.shape, NamedSharding(mesh, P(None, axis)), logits.__getitem__)
    everywhere = place(labels.shape, NamedSharding(mesh, P()), labels.__getitem__)
    inside = jax.shard_map(
        jax.value_and_grad(functools.partial(total, axis_name=axis), has_aux=True),
        mesh=mesh,
        in_specs=(P(None, axis), P()),
        out_specs=((P(), P()), P(None, axis)),
    )
    both = [inside, jax.value_and_grad(total, has_aux=True)]

    @functools.partial(jax.jit, out_shardings=NamedSharding(mesh, P()))
    def program(logits, labels):
        return [fn(logits, labels) for fn in both]

    found = jax.tree.map(np.asarray, program(spread, everywhere))
    result = {
        "devices": [jax.device_count(), jax.local_device_count()],
        "found": [[loss.tolist(), grad.tolist()] for (_, loss), grad in found],
    }
    pathlib.Path(file).write_text(json.dumps(result))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
