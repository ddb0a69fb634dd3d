"""The classifier example keeps its promises, from the command line to the picture."""

import contextlib
import importlib.util
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optax")
pytest.importorskip("sklearn")
pytest.importorskip("tqdm")
image = pytest.importorskip("matplotlib.image")

SCRIPT = Path(__file__).parents[2] / "examples" / "train_classifier.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("train_classifier", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run(example):
    """Return a function that runs the script and returns its JSON."""

    def run_and_parse(*argv):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            example.main(["--no-plot", "--json", "-", *argv])
        # Standard output holds the JSON and nothing else.
        return json.loads(out.getvalue())

    return run_and_parse


@pytest.fixture(scope="module")
def default(example, tmp_path_factory):
    """The run that a reader starts first: no option but the places of its files."""
    folder = tmp_path_factory.mktemp("default")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        example.main(["--plot", f"{folder}/a.png", "--json", f"{folder}/a.json"])
    result = json.loads((folder / "a.json").read_text())
    return {"folder": folder, "text": out.getvalue(), "err": err.getvalue()} | result


def smoothed_entropy(smoothing, base, classes=10):
    label = 1 - smoothing + smoothing / classes
    other = smoothing / classes
    nats = -label * math.log(label)
    if other:
        nats -= (classes - 1) * other * math.log(other)
    return nats / math.log(base)


def assert_theory_holds(result, smoothing, base):
    floor = smoothed_entropy(smoothing, base)
    assert result["floor"]["cross_entropy"] == pytest.approx(floor, rel=1e-5, abs=1e-7)
    assert result["floor"]["perplexity"] == pytest.approx(base**floor, rel=1e-5)
    for epoch in result["history"]:
        for m in epoch.values():
            total = m["target_entropy"] + m["kl_divergence"]
            assert m["cross_entropy"] == pytest.approx(total, rel=5e-6)
            assert m["target_entropy"] == pytest.approx(floor, rel=1e-5, abs=1e-7)
            assert m["kl_divergence"] > 0
            assert m["perplexity"] == pytest.approx(
                base ** m["cross_entropy"], rel=1e-5
            )
            assert 0 <= m["accuracy"] <= 1
    for name, m in result["final"].items():
        assert {k: m[k] for k in result["history"][-1][name]} == (
            result["history"][-1][name]
        )
        assert abs(m["identity_gap"]) < 5e-6 * m["cross_entropy"]
        assert m["gradient_gap"] < 1e-4


@pytest.mark.matrix
def test_default_run_is_accurate_and_learns(default):
    assert default["options"]["model"] == "mlp"
    assert len(default["history"]) == default["options"]["epochs"]
    assert default["final"]["test"]["accuracy"] >= 0.97
    first, last = default["history"][0], default["history"][-1]
    for name in ("train", "test"):
        assert last[name]["kl_divergence"] < first[name]["kl_divergence"] / 3
    assert_theory_holds(default, smoothing=0.1, base=math.e)


def test_text_has_one_line_an_epoch_and_the_table(default):
    lines = default["text"].splitlines()
    epochs = [line for line in lines if " train 0." in line or " train 1." in line]
    assert len(epochs) == default["options"]["epochs"]
    for line in epochs:
        assert line.count("nats") == 2
        assert line.count("perplexity") == 2
        assert line.count("accuracy") == 2
        assert " test " in line
    table = "\n".join(lines[len(epochs) + 1 :])
    final = default["final"]
    for key in ("cross_entropy", "target_entropy", "kl_divergence"):
        for name in ("train", "test"):
            assert f"{final[name][key]:.6f}" in table
    assert f"No model goes under {default['floor']['cross_entropy']:.6f} nats" in table
    # Standard error is no terminal here, so that there is no progress bar.
    assert default["err"] == ""


def test_plot_shows_both_curves(default):
    pixels = image.imread(default["folder"] / "a.png")[..., :3]
    height, width, _ = pixels.shape
    assert height > 300
    assert width > 1000
    np.testing.assert_array_equal(pixels[0, 0], 1)
    for color in ("0072B2", "D55E00"):
        rgb = np.array(list(bytes.fromhex(color))) / 255
        drawn = (abs(pixels - rgb[None, None]) < 0.01).all(axis=-1)
        # In each of the three panels.
        for part in np.array_split(drawn, 3, axis=1):
            assert part.sum() > 100


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("model", "smoothing", "base", "unit"),
    [
        ("softmax", 0.3, "2", "bits"),
        ("mlp", 0.0, "10", "hartleys"),
        ("mlp", 0.05, "3", "base-3 units"),
    ],
)
def test_theory_holds_for_other_options(run, model, smoothing, base, unit):
    result = run(
        *("--model", model, "--smoothing", str(smoothing), "--base", base),
        *("--epochs", "2"),
    )
    assert result["options"]["unit"] == unit
    assert len(result["history"]) == 2
    assert result["floor"]["label_probability"] == pytest.approx(1 - 0.9 * smoothing)
    first, last = result["history"]
    assert last["train"]["kl_divergence"] < first["train"]["kl_divergence"]
    assert_theory_holds(result, smoothing, float(base))


@pytest.mark.matrix
def test_seed_decides_everything_and_base_only_the_unit(run):
    options = ("--model", "softmax", "--epochs", "1")
    nats = run(*options, "--seed", "3")
    assert run(*options, "--seed", "3")["history"] == nats["history"]
    assert run(*options, "--seed", "4")["history"] != nats["history"]
    bits = run(*options, "--seed", "3", "--base", "2")
    for name, m in nats["history"][0].items():
        other = bits["history"][0][name]
        assert other["perplexity"] == m["perplexity"]
        assert other["kl_divergence"] * math.log(2) == pytest.approx(m["kl_divergence"])


@pytest.mark.matrix
def test_softmax_regression_is_accurate_too(run):
    assert run("--model", "softmax")["final"]["test"]["accuracy"] >= 0.93


def test_json_on_stdout_leaves_the_text_to_stderr(example, capsys):
    example.main(["--epochs", "1", "--model", "softmax", "--no-plot", "--json", "-"])
    captured = capsys.readouterr()
    assert set(json.loads(captured.out)) == {"options", "floor", "final", "history"}
    assert "No model goes under" in captured.err


def test_quiet_prints_only_the_table_and_no_plot_draws_none(
    example, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    example.main(["--epochs", "1", "--model", "softmax", "--no-plot", "--quiet"])
    captured = capsys.readouterr()
    assert "cross-entropy CE, nats" in captured.out
    assert " = " not in captured.out  # as in "0.57 = 0.50 + 0.07 nats"
    assert captured.err == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--model", "forest", "mlp"),
        ("--epochs", "0", "an integer of at least 1"),
        ("--epochs", "2.5", "an integer of at least 1"),
        ("--smoothing", "1", "from 0 to less than 1"),
        ("--smoothing", "-0.1", "from 0 to less than 1"),
        ("--smoothing", "nan", "from 0 to less than 1"),
        ("--learning-rate", "0", "a positive number"),
        ("--learning-rate", "inf", "a positive number"),
        ("--learning-rate", "fast", "a positive number"),
        ("--seed", "-1", "an integer from 0"),
        ("--base", "1", "e or a number greater than 1"),
        ("--base", "bits", "e or a number greater than 1"),
        ("--plot", "curves.pdf", ".png file that can be written"),
        ("--plot", "-", ".png file that can be written"),
        ("--plot", "no/such/folder/a.png", ".png file that can be written"),
        ("--json", "no/such/folder/a.json", "JSON file that can be written"),
        ("--json", ".", "JSON file that can be written"),
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
    assert repr(value) in message


def test_divergence_names_the_learning_rate(example):
    argv = ["--no-plot", "--quiet", "--learning-rate", "1e6", "--epochs", "2"]
    with pytest.raises(
        SystemExit, match=r"epoch 1; try a --learning-rate below 1e\+06"
    ):
        example.main(argv)


def test_help_lists_every_option(example, capsys):
    with pytest.raises(SystemExit) as caught:
        example.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    names = "model epochs smoothing seed learning-rate base plot no-plot json quiet"
    for name in names.split():
        assert f"\n  --{name}" in text


@pytest.mark.parametrize("size", [1, 64, 130])
def test_minibatches_use_every_row_once(example, size):
    batches = list(example.minibatches(np.random.default_rng(0), size))
    assert {rows.shape for rows, _ in batches} == {(example.BATCH_SIZE,)}
    used = np.concatenate([rows[where] for rows, where in batches])
    np.testing.assert_array_equal(np.sort(used), np.arange(size))


def test_split_is_stratified_and_disjoint(example):
    digits = example.load_digits(0.1, 0)
    assert {k: v.images.shape for k, v in digits.items()} == {
        "train": (1437, 64),
        "test": (360, 64),
    }
    for examples in digits.values():
        assert {str(x.dtype) for x in examples} == {"float32", "bool"}
        counts = np.bincount(np.argmax(np.asarray(examples.targets), axis=1))
        share = counts / counts.sum()
        assert share.min() > 0.095
        assert share.max() < 0.105


def test_only_public_names_are_used():
    assert "jaxinfo._" not in SCRIPT.read_text()
