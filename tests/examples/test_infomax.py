"""The example of mutual information maximization does what it says."""

import contextlib
import importlib.util
import io
import json
import math
from pathlib import Path

import jax
import numpy as np
import pytest

pytest.importorskip("optax")
pytest.importorskip("sklearn")
pytest.importorskip("tqdm")
image = pytest.importorskip("matplotlib.image")

SCRIPT = Path(__file__).parents[2] / "examples" / "infomax.py"
PROBED = {"pixels", "untrained encoder", "InfoNCE", "Jensen-Shannon"}


@pytest.fixture(autouse=True)
def promotion():
    """Adam of optax takes a floating-point number to an integer power."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("infomax", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(example, *argv):
    """Return the JSON and the text."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        example.main(["--json", "-", *argv])
    return json.loads(out.getvalue()), err.getvalue()


@pytest.mark.matrix
def test_two_epochs(example, tmp_path, monkeypatch):
    """The bounds rise, the table is whole, the curves are drawn."""
    monkeypatch.setattr(example, "DRAWS", 1)
    argv = ["--epochs", "2", "--labels", "50", "--plot", f"{tmp_path}/a.png"]
    result, text = run(example, *argv)
    assert result["cap"] == pytest.approx(math.log(360))
    assert set(result["accuracy"]) == PROBED
    for name, epochs in result["history"].items():
        assert len(epochs) == 2
        assert 0 < epochs[0]["info_nce"] < epochs[1]["info_nce"] < result["cap"]
        assert f"{epochs[1]['info_nce']:.3f}" in text, name
    for row in result["accuracy"].values():
        assert set(row) == {"50", "1437"}
        assert 0.5 < row["50"] < row["1437"] <= 1
        assert f"{row['1437']:.1%}" in text
    pixels = image.imread(tmp_path / "a.png")[..., :3]
    for color in example.COLORS.values():
        rgb = np.array(list(bytes.fromhex(color[1:]))) / 255
        assert (abs(pixels - rgb[None, None]) < 0.01).all(axis=-1).sum() > 100


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--epochs", "0", "an integer of at least 1"),
        ("--labels", "20", "an integer from 50 to 1437"),
        ("--learning-rate", "nan", "a positive number"),
        ("--seed", "-1", "an integer from 0"),
        ("--plot", "curves.pdf", ".png file that can be written"),
        ("--json", "no/such/folder/a.json", "JSON file that can be written"),
    ],
)
def test_bad_option_is_refused_before_any_work(
    example, capsys, monkeypatch, option, value, expected
):
    monkeypatch.setattr(example, "load_digits", None)
    with pytest.raises(SystemExit) as caught:
        example.main([f"{option}={value}"])
    assert caught.value.code == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}" in message
    assert expected in message


def test_only_public_names_are_used():
    assert "jaxinfo._" not in SCRIPT.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1"])
def test_default_run_learns(example, optimized, seed):
    """More than an untrained encoder by far; than the pixels, where labels are few."""
    result, _ = run(example, "--no-plot", "--quiet", "--seed", seed)
    few, all_of_them = result["accuracy"]["pixels"]
    accuracy = result["accuracy"]
    for name in ("InfoNCE", "Jensen-Shannon"):
        assert accuracy[name][few] > accuracy["untrained encoder"][few] + 0.03
        assert accuracy[name][all_of_them] > 0.95
        bound = result["history"][name][-1]["info_nce"]
        assert 1 < bound < result["cap"]
