"""Two processes that share a vocabulary get the numbers of one device."""

import json
import os
import pathlib
import runpy
import socket
import subprocess
import sys

import numpy as np
import scipy.special

WORKER = pathlib.Path(__file__).with_name("worker.py")
TIME_LIMIT = 100  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_two(folder):
    """What each process found; all are ended when one fails or takes too long."""
    address = f"127.0.0.1:{free_port()}"
    files = [folder / f"{i}.json" for i in range(2)]
    workers = [
        subprocess.Popen(
            [sys.executable, WORKER, str(i), address, file],
            env=os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for i, file in enumerate(files)
    ]
    try:
        for worker in workers:
            said, _ = worker.communicate(timeout=TIME_LIMIT)
            assert worker.returncode == 0, said
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    return [json.loads(file.read_text()) for file in files]


def test_vocabulary_over_two_processes(tmp_path):
    logits, labels = runpy.run_path(str(WORKER))["data"]()
    valid = labels >= 0
    at_label = np.take_along_axis(logits, labels[:, None], 1)[:, 0]
    want = np.where(valid, scipy.special.logsumexp(logits, axis=1) - at_label, 0.0)
    slope = scipy.special.softmax(logits, axis=1) - np.eye(logits.shape[1])[labels]
    slope *= (np.arange(1.0, len(labels) + 1) * valid)[:, None]
    results = run_two(tmp_path)
    assert len(results) == 2
    for result in results:
        assert result["devices"] == [4, 2]
        assert len(result["found"]) == 2  # by `shard_map`, and by plain jit
        for loss, gradient in result["found"]:
            np.testing.assert_allclose(loss, want, rtol=1e-14)
            np.testing.assert_allclose(gradient, slope, rtol=1e-13, atol=1e-15)
