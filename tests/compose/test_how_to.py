"""What the how-to pages say: their code runs top to bottom, learns and adds up."""

import contextlib
import functools
import math
import pathlib
import re
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxinfo
from jaxinfo import losses
from linear_heads import close

FOLDER = pathlib.Path(__file__).parents[2] / "docs" / "how-to"
PEERS = {"from flax import nnx": "flax.nnx", "import equinox as eqx": "equinox"}
# The page on many devices has its test in tests/distributed.
PAGES = sorted({path.stem for path in FOLDER.glob("*.md")} - {"many_devices"})


def blocks(page):
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.S)


def peer_of(block):
    """The library that a block imports and that may not be installed."""
    return next((peer for line, peer in PEERS.items() if line in block), None)


def need(library):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pytest.importorskip(library)


@contextlib.contextmanager
def as_it_comes():
    """JAX without the strictness of the tests: what pages are written for."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def run(block, names):
    with as_it_comes():
        exec(block, names)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@functools.cache
def defined(page, library=None):
    """What a page defines, but for the blocks of libraries other than `library`."""
    if library:
        need(library)
    names = {}
    for block in blocks(page):
        if peer_of(block) in (None, library):
            run(block, names)
    return names


def test_every_page_is_tested():
    """A page that is added gets a test of its own below."""
    assert PAGES == [
        "distillation",
        "equinox",
        "flax",
        "language_models",
        "optax",
        "reinforcement_learning",
        "your_own_data",
    ]
    assert all(len(blocks(page)) for page in PAGES)


@pytest.mark.matrix
def test_optax():
    """The loss before and after is one number; the report adds up."""
    with as_it_comes():
        check_optax()


def check_optax():
    names = defined("optax")
    arrays = names["fresh_params"](), names["images"], names["labels"]
    after, report = names["loss_fn"](*arrays)
    assert after == pytest.approx(float(names["loss_before"](*arrays)), rel=1e-6)
    np.testing.assert_array_equal(report.target_entropy, 0)
    epoch = names["epoch"]
    whole = names["loss_fn"](names["params"], names["images"], names["votes"])[1]
    close(epoch, jax.tree.map(jnp.mean, whole), 1e-5)
    assert epoch.cross_entropy == pytest.approx(
        float(epoch.target_entropy + epoch.kl_divergence), rel=1e-5
    )
    assert epoch.target_entropy == pytest.approx(
        -0.85 * math.log(0.85) - 0.15 * math.log(0.05), rel=1e-5
    )
    assert epoch.kl_divergence < 0.3
    smoothed = -0.925 * math.log(0.925) - 0.075 * math.log(0.025)
    np.testing.assert_allclose(names["parts"].target_entropy, smoothed, rtol=1e-5)
    logits = names["predict"](names["params"], names["images"])
    rows = losses.softmax_cross_entropy_with_integer_labels(logits, names["labels"])
    assert names["loss"] == pytest.approx(float(rows[:60].mean()), rel=1e-5)


@pytest.mark.matrix
def test_flax():
    names = defined("flax", "flax.nnx")
    assert float(names["loss"]) < 0.8 * float(names["first"])
    computed = names["metrics"].compute()
    assert computed["perplexity"] == pytest.approx(math.exp(computed["loss"]), rel=1e-4)
    parts = computed["target_entropy"] + computed["kl"]
    assert computed["loss"] == pytest.approx(float(parts), rel=1e-5)
    smoothed = -0.925 * math.log(0.925) - 0.075 * math.log(0.025)
    assert computed["target_entropy"] == pytest.approx(smoothed, rel=1e-5)
    with as_it_comes():
        rows = losses.softmax_cross_entropy_with_integer_labels(
            names["model"](names["images"]), names["labels"], label_smoothing=0.1
        )
    assert computed["loss"] == pytest.approx(float(rows[:60].mean()), rel=1e-4)


@pytest.mark.matrix
def test_equinox():
    names = defined("equinox", "equinox")
    assert names["loss"] < 0.8 * names["first"]
    epoch = names["epoch"]
    assert epoch.cross_entropy == pytest.approx(
        float(epoch.target_entropy + epoch.kl_divergence), rel=1e-4
    )


@pytest.mark.parametrize("page", ["flax", "equinox"])
def test_lines_of_a_diff_are_those_of_the_loop(page):
    """What the page tells to add stands in the program below it."""
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    (diff,) = re.findall(r"```diff\n(.*?)```", text, re.S)
    program = re.sub(r"\s+|targets|labels", "", "".join(blocks(page)))
    program = program.replace("model(images)", "logits")
    added = re.findall(r"^\+(.*)$", diff, re.M)
    assert len(added) >= 2
    for line in added:
        assert re.sub(r"\s+|targets|labels", "", line) in program, line


@pytest.mark.matrix
def test_distillation():
    names = defined("distillation")
    student, teacher = names["student_logits"], names["teacher_logits"]
    p, q = (jax.nn.softmax(x[:30] / 2) for x in (teacher, student))
    want = {
        "forward": jaxinfo.kl_divergence(p, q),
        "reverse": jaxinfo.kl_divergence(q, p),
        "js": jaxinfo.js_divergence(p, q),
    }
    for kind, rows in want.items():
        with as_it_comes():
            got = names["loss_fn"](student, kind, 2.0)
        assert got == pytest.approx(4 * float(rows.mean()), rel=1e-4)
    # Samples are unbiased, the largest classes are not.
    error = float(names["many"].std()) / math.sqrt(100)
    assert abs(float(names["many"].mean() - names["whole"])) < 4 * error
    assert abs(float(names["by_head"] - names["whole"])) > 20 * error


@pytest.mark.matrix
def test_reinforcement_learning():
    names = defined("reinforcement_learning")
    exact = float(names["exact"](names["policy"]))
    means = {kind: float(x.mean()) for kind, x in names["estimates"].items()}
    assert means["k1"] == pytest.approx(exact, abs=0.03)
    assert means["k3"] == pytest.approx(exact, abs=0.02)
    assert abs(means["k2"] - exact) > 0.05
    assert float(names["estimates"]["k1"].min()) < 0
    assert min(float(names["estimates"][kind].min()) for kind in ("k2", "k3")) >= 0
    right = names["right"]
    np.testing.assert_allclose(names["surrogate"], right, atol=0.02)
    np.testing.assert_allclose(names["wrong"]["k1"], np.zeros(4), atol=0.02)
    forward = jax.grad(
        lambda policy: jaxinfo.logits.kl_divergence(names["reference"], policy)
    )(names["policy"])
    np.testing.assert_allclose(names["wrong"]["k3"], forward, atol=0.02)
    assert float(jnp.abs(forward - right).max()) > 0.04
    assert float(names["value"]) == pytest.approx(exact, abs=0.03)
    np.testing.assert_allclose(names["gradient"], right, atol=0.03)


def test_your_own_data():
    names = defined("your_own_data")
    joint = np.asarray(names["counts"], float) / 592
    x, y = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    want = np.sum(joint * np.log2(joint / (x * y)))
    assert names["information"] == pytest.approx(want, rel=1e-5)
    assert names["eyes_entropy"] == pytest.approx(
        float(names["eyes_given_hair"]) + want, rel=1e-5
    )
    assert names["hair_given_eyes"] == pytest.approx(
        -np.sum(joint * np.log2(joint / x)), rel=1e-5
    )
    assert (names["row"], names["column"]) == np.unravel_index(
        np.argmax(joint / (x * y)), joint.shape
    )
    assert names["path"].with_suffix(".png").exists()


def language_model():
    names = defined("language_models")
    arrays = names["tokens"], names["labels"], names["mask"]
    return names, arrays


@pytest.mark.matrix
def test_language_model_learns():
    names, arrays = language_model()
    first = names["loss_fn"](names["fresh_params"](), *arrays)[0]
    assert names["loss"] < 0.7 * first


@pytest.mark.matrix
def test_language_model_of_flax():
    need("flax.nnx")
    from flax import nnx

    names, arrays = language_model()
    names = names | defined("language_models", "flax.nnx")
    model = names["Model"](nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(0.03), wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer):
        (loss, _), gradient = nnx.value_and_grad(names["Model"].loss, has_aux=True)(
            model, *arrays
        )
        optimizer.update(model, gradient)
        return loss

    with as_it_comes():
        values = [float(step(model, optimizer)) for _ in range(20)]
    assert values[-1] < 0.7 * values[0]


@pytest.mark.matrix
def test_language_model_of_equinox():
    need("equinox")
    import equinox as eqx

    names, arrays = language_model()
    names = names | defined("language_models", "equinox")
    model, optimizer = names["EquinoxModel"](jax.random.key(0)), optax.adam(0.03)

    @eqx.filter_jit
    def step(model, state):
        (loss, _), gradient = eqx.filter_value_and_grad(
            names["EquinoxModel"].loss, has_aux=True
        )(model, *arrays)
        updates, state = optimizer.update(gradient, state, model)
        return eqx.apply_updates(model, updates), state, loss

    state, values = optimizer.init(eqx.filter(model, eqx.is_array)), []
    with as_it_comes():
        for _ in range(20):
            model, state, loss = step(model, state)
            values.append(float(loss))
    assert values[-1] < 0.7 * values[0]


@pytest.mark.matrix
def test_accumulation():
    names, arrays = language_model()

    def loss(*args):
        return names["loss_fn"](*args)[0]

    want = jax.value_and_grad(loss)(names["fresh_params"](), *arrays)
    close((names["total"], names["gradient"]), want, 1e-5)


@pytest.mark.matrix
def test_evaluation():
    names, _ = language_model()
    got = names["average"].result(names["seen"])
    params, mask = names["params"], np.asarray(names["mask"])
    logits = np.tanh(params["embedding"][names["tokens"]]) @ params["head"]
    log_p = np.asarray(jax.nn.log_softmax(logits), "float64")
    labels = np.asarray(names["labels"])[..., None]
    want = -np.take_along_axis(log_p, labels, axis=-1)[..., 0][mask].mean()
    assert got.cross_entropy == pytest.approx(want, rel=1e-5)
    entropy = -np.sum(np.exp(log_p) * log_p, axis=-1)[mask].mean()
    assert got.prediction_entropy == pytest.approx(entropy, rel=1e-5)
