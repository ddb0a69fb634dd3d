"""The metrics as those of CLU and of Flax NNX: the same numbers through both."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
from jaxinfo import streaming

LOSSES = np.linspace(0.1, 3.0, 12, dtype="float32").reshape(3, 4)
MASK = np.arange(12).reshape(3, 4) % 3 > 0


@pytest.fixture(scope="module")
def clu():
    with warnings.catch_warnings():
        # What it imports uses names that are to go.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("clu.metrics")


@pytest.fixture(scope="module")
def nnx():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("flax.nnx")


def test_collection_of_clu(clu):
    collection = clu.Collection.create(
        perplexity=streaming.as_clu_metric(
            streaming.perplexity(), names={"values": "loss"}
        ),
        entropy=streaming.as_clu_metric(streaming.entropy()),
        loss=streaming.as_clu_metric(streaming.cross_entropy()).from_output("loss"),
    )
    logits = np.zeros((4, 5), "float32")

    @contract.quick
    def evaluate(state, loss, mask):
        new = collection.single_from_model_output(loss=loss, logits=logits, mask=mask)
        return state.merge(new)

    state = collection.empty()
    for loss, mask in zip(LOSSES, MASK, strict=True):
        state = evaluate(state, loss, mask)
    got = state.compute()
    mean = LOSSES[MASK].mean(dtype="float64")
    assert got["perplexity"] == pytest.approx(np.exp(mean), rel=1e-6)
    assert got["loss"] == pytest.approx(mean, rel=1e-6)
    assert got["entropy"] == pytest.approx(np.log(5), rel=1e-6)


@pytest.mark.matrix
def test_clu_reduces_gathered_states(clu):
    metric = streaming.as_clu_metric(streaming.mean())
    gathered = jax.vmap(lambda x: metric.from_model_output(values=x))(LOSSES)
    got = gathered.reduce().compute()
    assert got == pytest.approx(LOSSES.mean(dtype="float64"), rel=1e-6)


def test_multi_metric_of_nnx(nnx):
    metrics = nnx.MultiMetric(
        loss=streaming.as_nnx_metric(
            streaming.cross_entropy(), names={"values": "loss"}
        ),
        entropy=streaming.as_nnx_metric(streaming.entropy()),
    )

    @nnx.jit
    def step(metrics, loss, mask):
        logits = jnp.zeros((4, 5), jnp.float32)
        metrics.update(loss=loss, logits=logits, mask=mask)

    for _ in range(2):
        for loss, mask in zip(LOSSES, MASK, strict=True):
            step(metrics, loss, mask)
        got = metrics.compute()
        mean = LOSSES[MASK].mean(dtype="float64")
        assert got["loss"] == pytest.approx(mean, rel=1e-6)
        assert got["entropy"] == pytest.approx(np.log(5), rel=1e-6)
        metrics.reset()
        assert metrics.compute()["loss"] == 0


def test_names_are_checked(clu, nnx):
    metric = streaming.mean()
    for adaptor in (streaming.as_clu_metric, streaming.as_nnx_metric):
        with pytest.raises(ValueError, match=r"`names`.*`values`.*got 'loss'"):
            adaptor(metric, names={"loss": "values"})
    absent = streaming.as_nnx_metric(metric, names={"values": "loss"})
    with pytest.raises(TypeError, match=r"`loss` must be given.*among.*'logits'"):
        absent.update(logits=LOSSES)


def test_libraries_are_asked_for_by_name(monkeypatch):
    import sys

    for name in ("clu.metrics", "flax.nnx", "flax.struct"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="`pip install clu`"):
        streaming.as_clu_metric(streaming.mean())
    with pytest.raises(ImportError, match="`pip install flax`"):
        streaming.as_nnx_metric(streaming.mean())
