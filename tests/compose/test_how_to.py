"""What the page on training says: its code runs, learns and adds up."""

import pathlib
import re
import warnings

import jax
import numpy as np
import pytest

from linear_heads import close

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "how-to" / "training.md"
PEERS = {"from flax import nnx": "flax.nnx", "import equinox as eqx": "equinox"}

pytestmark = pytest.mark.matrix


def blocks():
    found = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(found) == 6
    return found


def peer_of(block):
    return PEERS.get(block.partition("\n")[0])


def run(block, names):
    # The page is written for JAX as it comes.
    with jax.numpy_dtype_promotion("standard"):
        exec(block, names)


@pytest.fixture(scope="module")
def names():
    """What the page defines, but for the sections on other libraries."""
    names = {}
    for block in blocks():
        if not peer_of(block):
            run(block, names)
    return names


def first_loss(names):
    arrays = names["tokens"], names["labels"], names["mask"]
    return names["loss_fn"](names["fresh_params"](), *arrays)[0]


def test_optax(names):
    assert names["loss"] < 0.7 * first_loss(names)


@pytest.mark.parametrize("library", PEERS.values())
def test_library(names, library):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pytest.importorskip(library)
    (block,) = [block for block in blocks() if peer_of(block) == library]
    names = dict(names)
    run(block, names)
    if library == "equinox":
        loss, seen = names["eqx_loss"], names["metric"].result(names["eqx_seen"])
    else:
        loss, seen = names["nnx_loss"], names["nnx_seen"].compute()
    assert float(loss) < 0.7 * np.log(float(seen))


def test_accumulation(names):
    def loss(*args):
        return names["loss_fn"](*args)[0]

    arrays = names["tokens"], names["labels"], names["mask"]
    want = jax.value_and_grad(loss)(names["fresh_params"](), *arrays)
    close((names["total"], names["gradient"]), want, 1e-5)


def test_evaluation(names):
    got = names["average"].result(names["seen"])
    params, mask = names["params"], np.asarray(names["mask"])
    logits = np.tanh(params["embedding"][names["tokens"]]) @ params["head"]
    log_p = np.asarray(jax.nn.log_softmax(logits), "float64")
    labels = np.asarray(names["labels"])[..., None]
    want = -np.take_along_axis(log_p, labels, axis=-1)[..., 0][mask].mean()
    assert got.cross_entropy == pytest.approx(want, rel=1e-5)
    entropy = -np.sum(np.exp(log_p) * log_p, axis=-1)[mask].mean()
    assert got.prediction_entropy == pytest.approx(entropy, rel=1e-5)
