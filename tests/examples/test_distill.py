"""The example of distillation: every student is best by what it was trained by."""

import importlib.util
import json
from pathlib import Path

import jax
import pytest

pytest.importorskip("optax")
pytest.importorskip("sklearn")
pytest.importorskip("tqdm")
image = pytest.importorskip("matplotlib.image")

SCRIPT = Path(__file__).parents[2] / "examples" / "distill.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("distill", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(example, folder, *argv):
    files = {"--json": folder / "a.json", "--plot": folder / "a.png"}
    paths = [str(x) for pair in files.items() for x in pair]
    with jax.numpy_dtype_promotion("standard"):  # Adam of optax mixes types
        example.main(["--quiet", *paths, *argv])
    assert image.imread(files["--plot"]).std() > 0.05
    return json.loads(files["--json"].read_text())


@pytest.mark.matrix
def test_one_epoch(example, tmp_path, capsys):
    results = run(example, tmp_path, "--epochs", "1")
    out = capsys.readouterr().out
    assert "by reverse" in out
    teacher = results["test"]["teacher"]
    assert [teacher[direction] for direction in example.DIRECTIONS] == [0, 0, 0]
    assert teacher["agreement"] == 1
    for student in example.DIRECTIONS:
        assert all(
            results["test"][student][direction] > 0 for direction in example.DIRECTIONS
        )


@pytest.mark.slow
def test_every_student_is_best_by_its_own_measure(example, tmp_path):
    results = run(example, tmp_path)
    assert results["best"] == {direction: direction for direction in example.DIRECTIONS}
    students = results["train"]
    # Forward KL spreads, reverse KL settles.
    assert students["forward"]["entropy"] > 1.2 * students["reverse"]["entropy"]
    assert students["forward"]["forward"] < 0.5 * students["labels"]["forward"]
    assert results["test"]["teacher"]["accuracy"] > 0.95


def test_bad_options_are_refused(example, capsys):
    for argv, code in (["--help"], 0), (["--temperature", "0"], 2):
        with pytest.raises(SystemExit) as caught:
            example.main(argv)
        assert caught.value.code == code
    assert "--temperature must be positive" in capsys.readouterr().err
