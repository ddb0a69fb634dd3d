"""Mutual information, histogram and calibration of a stream."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxinfo
from contract import WIDEST, quick
from jaxinfo import streaming


@pytest.mark.matrix
def test_information_of_pairs(x64):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (4, 50))
    y = np.where(rng.random((4, 50)) < 0.5, x, rng.integers(0, 5, (4, 50)))
    metric = streaming.mutual_information((3, 5), base=2)
    state = metric.init()
    for a, b in zip(x, y, strict=True):
        state = metric.update(state, a, b)
    table = np.zeros((3, 5))
    np.add.at(table, (x, y), 1)
    assert (state.counts.to_numpy() == table).all()
    p = table / table.sum()
    terms = p * np.log2(np.where(p > 0, p, 1) / (p.sum(0) * p.sum(1)[:, None]))
    want = np.sum(np.where(p > 0, terms, 0))
    np.testing.assert_allclose(metric.result(state), want, rtol=1e-12)


def test_information_of_few_bits_among_many_samples():
    """Others lose 5e-5 of it in single precision, for the counts they take."""
    n = 2 * 10**9
    near = np.array([[0.275, 0.225], [0.225, 0.275]])
    cells = np.rint(near * n).astype("int64")
    count = streaming.Count(
        jnp.asarray(cells >> 32, "uint32"), jnp.asarray(cells & (2**32 - 1), "uint32")
    )
    metric = streaming.mutual_information(2, dtype="float32")
    state = metric.init()._replace(counts=count)
    want = np.sum(near * np.log(4 * near))
    np.testing.assert_allclose(metric.result(state), want, rtol=1e-6)


@pytest.mark.matrix
def test_classes_absent_and_out_of_range():
    metric = streaming.mutual_information(3)
    x = np.array([0, 1, 2, 3, -1], "int8")
    y = x[::-1]
    where = np.array([True, False, True, False, False])
    got = metric.update(metric.init(), x, x, where=where)
    np.testing.assert_allclose(metric.result(got), math.log(2), rtol=1e-6)
    assert metric.result(metric.init()) == 0
    assert metric.result(metric.update(metric.init(), x, y, where=x > 9)) == 0
    bad = metric.update(got, x, x)
    assert np.isnan(metric.result(bad))
    assert int(bad.invalid) == 2


@pytest.mark.matrix
def test_more_classes_than_their_type_holds():
    metric = streaming.mutual_information(3)
    wide = streaming.mutual_information((300, 1000))
    state = wide.update(wide.init(), np.uint8([255, 0]), np.int16([-7, 999]))
    assert int(state.invalid) == 1
    assert state.counts.to_numpy()[0, 999] == 1
    check = jaxinfo.checked(functools.partial(metric.update, metric.init()))
    x = jnp.array([0, 1, 2, 3, -1])
    with pytest.raises(Exception, match="`x` or `y` is out of range in entry 3"):
        check(x, x)


def test_histogram_against_numpy():
    edges = [-1.0, 0.0, 0.25, 2.0]
    values = np.concatenate(
        [np.random.default_rng(1).standard_normal(60), edges, [np.inf, -np.inf]]
    ).astype("float32")
    metric = streaming.histogram(edges)
    got = metric.result(metric.update(metric.init(), values))
    inner, _ = np.histogram(values[np.isfinite(values)], edges)
    want = [(values < -1).sum(), *inner, (values > 2).sum()]
    assert got.counts.to_numpy().tolist() == want
    np.testing.assert_allclose(got.probabilities, np.array(want) / 66, rtol=1e-6)
    assert int(got.num_nan) == 0


@pytest.mark.matrix
def test_nan_and_nothing_in_a_histogram():
    metric = streaming.histogram([-jnp.inf, 0.0, jnp.inf])
    values = np.array([np.nan, -5.0, np.inf, 0.0], "float32")
    state = metric.update(metric.init(), values)
    got = metric.result(state)
    assert got.counts.to_numpy().tolist() == [0, 1, 2, 0]
    assert int(got.num_nan) == 1
    assert np.isnan(got.probabilities).all()
    state = metric.update(metric.init(), values, where=~np.isnan(values))
    np.testing.assert_allclose(
        metric.result(state).probabilities, [0, 1 / 3, 2 / 3, 0], rtol=1e-6
    )
    nothing = metric.result(metric.init())
    assert not nothing.probabilities.any()
    assert jaxinfo.entropy(nothing.probabilities) == 0


@pytest.mark.matrix
def test_histogram_of_whole_numbers():
    """Edges between, at and beyond whole numbers that the type holds."""
    values = np.array([-128, -3, 0, 1, 2, 2, 3, 127], "int8")
    for edges in (
        [-0.5, 0.5, 1.5, 2.5],
        [0, 1, 2],
        [-1000.0, -128.0, 0.2, 0.7, 127.0],
        [-np.inf, 2.5, np.inf],
        [-128.0, 1e9],
        [200.0, 300.0],
        [-1e9, -500.0],
    ):
        metric = streaming.histogram(edges)
        got = metric.result(metric.update(metric.init(), values))
        inner, _ = np.histogram(values, edges)
        want = [(values < edges[0]).sum(), *inner, (values > edges[-1]).sum()]
        assert got.counts.to_numpy().tolist() == want


def reference(confidence, right, num_bins):
    """The expected and the maximum calibration error, with a loop."""
    error, worst = 0.0, 0.0
    for k in range(num_bins):
        low, high = k / num_bins, (k + 1) / num_bins
        inside = (confidence > low) & (confidence <= high)
        inside |= (k == 0) & (confidence == 0)
        if inside.any():
            gap = abs(confidence[inside].mean() - right[inside].mean())
            error += gap * inside.mean()
            worst = max(worst, gap)
    return error, worst


def test_calibration_against_a_loop():
    rng = np.random.default_rng(2)
    confidence = np.concatenate([rng.random(60), [0.0, 1.0, 0.25, 0.5]])
    right = rng.random(64) < confidence
    metric = streaming.calibration(num_bins=4)
    state = metric.init()
    for part in (slice(0, 32), slice(32, 64)):
        state = metric.update(state, confidence[part].astype(WIDEST), right[part])
    got = metric.result(state)
    error, worst = reference(confidence, right, 4)
    np.testing.assert_allclose(got.expected_calibration_error, error, rtol=1e-5)
    np.testing.assert_allclose(got.maximum_calibration_error, worst, rtol=1e-5)
    brier = np.mean((confidence - right) ** 2)
    np.testing.assert_allclose(got.brier_score, brier, rtol=1e-6)
    index = np.maximum(np.ceil(confidence * 4) - 1, 0)
    for k in range(4):
        assert got.counts.to_numpy()[k] == (index == k).sum()
        np.testing.assert_allclose(
            got.confidence[k], confidence[index == k].mean(), rtol=1e-6
        )
        np.testing.assert_allclose(got.accuracy[k], right[index == k].mean(), rtol=1e-6)


@pytest.mark.matrix
def test_calibration_keeps_its_digits():
    """A gap of 1e-9 between confidence and accuracy, in single precision."""
    metric = streaming.calibration(num_bins=1, dtype="float32")
    confidence = np.full(1000, 0.5, "float32")
    confidence[0] += np.float32(2**-20)
    right = np.arange(1000) % 2 == 0
    got = metric.result(metric.update(metric.init(), confidence, right))
    np.testing.assert_allclose(got.expected_calibration_error, 2**-20 / 1000, rtol=1e-6)


@pytest.mark.matrix
def test_calibration_of_logits():
    logits = np.log(
        np.array([[0.75, 0.15, 0.1], [0.1, 0.25, 0.65], [0.2, 0.2, 0.6]], WIDEST)
    )
    labels = np.array([0, 1, -1])
    metric = streaming.calibration(num_bins=10, ignore_index=-1)
    got = metric.result(metric.update(metric.init(), logits=logits, labels=labels))
    np.testing.assert_allclose(
        got.expected_calibration_error, (0.25 + 0.65) / 2, rtol=1e-6
    )
    assert got.counts.to_numpy().sum() == 2
    where = np.array([True, False, True])
    state = metric.update(metric.init(), logits=logits, labels=labels, where=where)
    np.testing.assert_allclose(
        metric.result(state).expected_calibration_error, 0.25, rtol=1e-6
    )
    out = metric.update(metric.init(), logits=logits, labels=np.array([0, 1, 3]))
    assert np.isnan(metric.result(out).expected_calibration_error)


@pytest.mark.matrix
def test_nothing_and_bad_confidences():
    metric = streaming.calibration(num_bins=3)
    for leaf in jax.tree.leaves(metric.result(metric.init())):
        assert not leaf.any()
    sure = np.array([0.5, np.nan, 1.1, -0.1], "float32")
    right = np.ones(4, bool)
    state = metric.update(metric.init(), sure, right, where=sure == 0.5)
    got = metric.result(state)
    assert got.expected_calibration_error == 0.5
    assert got.confidence.tolist() == [0, 0.5, 0]
    for bad in (1, 2, 3):
        state = metric.update(metric.init(), sure, right, where=np.arange(4) == bad)
        got = metric.result(state)
        assert np.isnan([*got[:3]]).all()
    check = jaxinfo.checked(functools.partial(metric.update, metric.init()))
    with pytest.raises(Exception, match=r"`confidences` is not in \[0, 1\] in entry 1"):
        check(jnp.asarray(sure), jnp.asarray(right))


@pytest.mark.matrix
def test_mapped_and_donated():
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 3, (2, 4, 20))
    sure, right = rng.random((4, 20)).astype(WIDEST), rng.random((4, 20)) < 0.5
    for metric, args in [
        (streaming.mutual_information(3), (x, y)),
        (streaming.histogram([0.0, 0.5]), (sure,)),
        (streaming.calibration(num_bins=3), (sure, right)),
    ]:
        states = jax.vmap(lambda _, metric=metric: metric.init())(np.arange(4))
        update = quick(jax.vmap(metric.update), donate_argnums=0)
        results = jax.vmap(metric.result)(update(states, *args))
        update_one = quick(metric.update, donate_argnums=0)
        for i in range(4):
            one = update_one(metric.init(), *(a[i] for a in args))
            for got, want in zip(
                jax.tree.leaves(results),
                jax.tree.leaves(metric.result(one)),
                strict=True,
            ):
                np.testing.assert_allclose(got[i], want, rtol=1e-6)


@pytest.mark.matrix
def test_batches_of_nothing():
    x, sure = np.zeros((0, 3), int), np.zeros((0, 3), "float32")
    for metric, args in [
        (streaming.mean(), (sure,)),
        (streaming.mutual_information(3), (x, x)),
        (streaming.histogram([0.0, 0.5]), (sure,)),
        (streaming.calibration(num_bins=3), (sure, sure > 0)),
    ]:
        state = metric.update(metric.init(), *args)
        for got, want in zip(
            jax.tree.leaves(state), jax.tree.leaves(metric.init()), strict=True
        ):
            np.testing.assert_array_equal(got, want)


def test_states_of_another_metric():
    one, three = (streaming.calibration(num_bins=n) for n in (1, 3))
    with pytest.raises(ValueError, match=r"must be of one metric.*\(1,\).*\(3,\)"):
        one.merge(one.init(), three.init())
    bins = streaming.histogram([0.0, 0.5])
    with pytest.raises(ValueError, match="must be of one metric"):
        bins.merge(bins.init(), streaming.histogram([0.0, 1.0, 2.0]).init())
    with pytest.raises(ValueError, match=r"structure|[Mm]ismatch|different"):
        one.merge(one.init(), bins.init())


def test_bad_arguments():
    with pytest.raises(TypeError, match="`num_classes` must be an int or a tuple"):
        streaming.mutual_information((2, 3, 4))
    with pytest.raises(TypeError, match="`num_classes` must be an int"):
        streaming.mutual_information(2.0)
    with pytest.raises(ValueError, match="`num_classes` must be at least 1"):
        streaming.mutual_information((2, 0))
    metric = streaming.mutual_information(2)
    with pytest.raises(TypeError, match="`y` must be integers, got dtype float32"):
        metric.update(metric.init(), jnp.zeros(2, int), jnp.zeros(2, "float32"))
    with pytest.raises(ValueError, match=r"same shape, got \(2,\) and \(3,\)"):
        metric.update(metric.init(), jnp.zeros(2, int), jnp.zeros(3, int))
    with pytest.raises(TypeError, match="`x` must be an array, got a list"):
        metric.update(metric.init(), [0], [0])
    for edges in ([0.0], [[0.0, 1.0]], [0.0, 0.0], [0.0, np.nan], [1.0, 0.0]):
        with pytest.raises(ValueError, match="`edges` must be at least two numbers"):
            streaming.histogram(edges)
    with pytest.raises(TypeError, match="`edges` must be numbers"):
        streaming.histogram("auto")
    with pytest.raises(TypeError, match="`num_bins` must be an int, got float"):
        streaming.calibration(num_bins=2.0)
    with pytest.raises(ValueError, match="`num_bins` must be at least 1, got 0"):
        streaming.calibration(num_bins=0)
    metric = streaming.calibration()
    state, sure, right = metric.init(), jnp.ones(2), jnp.ones(2, bool)
    for wrong in [
        {},
        {"confidences": sure},
        {"logits": sure},
        {"confidences": sure, "correct": right, "logits": sure},
        {"logits": sure, "labels": sure, "correct": right},
    ]:
        with pytest.raises(TypeError, match="`update` must be given `confidences` and"):
            metric.update(state, **wrong)
    with pytest.raises(TypeError, match="`correct` must be boolean, of the shape"):
        metric.update(state, sure, sure)
