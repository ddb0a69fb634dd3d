"""The example of a language model: what it counts, what it learns, where it goes on."""

import collections
import importlib.util
import json
import math
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

pytest.importorskip("optax")
pytest.importorskip("tqdm")
image = pytest.importorskip("matplotlib.image")

FOLDER = Path(__file__).parents[2] / "examples"
SCRIPT = FOLDER / "train_language_model.py"
# What makes a run of seconds: a small model of two characters.
SMALL = ("--context", "2", "--width", "16", "--batch-size", "32")


@pytest.fixture(scope="module", autouse=True)
def promotion():
    """AdamW of optax takes a Python float to the power of an integer array."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture(scope="module")
def example():
    # Where a script is started, its neighbors can be imported.
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("train_language_model", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A text of 6,000 letters that knows its law: a Markov chain of six letters."""
    rng = np.random.default_rng(0)
    law = rng.dirichlet(np.ones(6) / 2, size=(6, 6))
    letters = [0, 1]
    for _ in range(5998):
        letters.append(rng.choice(6, p=law[letters[-2], letters[-1]]))
    path = tmp_path_factory.mktemp("text") / "words.txt"
    path.write_text("".join("ab cé\n"[i] for i in letters), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(example, words, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    example.main(
        [
            *(*SMALL, "--text", str(words), "--steps", "60", "--every", "40"),
            *("--plot", f"{folder}/a.png", "--json", f"{folder}/a.json"),
        ]
    )
    return {"folder": folder} | json.loads((folder / "a.json").read_text())


def by_dictionary(text, positions, order):
    """Conditional entropy in bits, contexts and pairs seen, counted one by one."""
    pairs = collections.Counter((text[i - order : i], text[i]) for i in positions)
    seen = collections.Counter(text[i - order : i] for i in positions)
    bits = sum(n * math.log2(seen[c] / n) for (c, _), n in pairs.items())
    return bits / len(positions), len(seen), len(pairs)


@pytest.mark.matrix
def test_entropies_are_those_of_the_text(result, example, words):
    text = words.read_text(encoding="utf-8")
    parts = example.load(words, 2)
    assert "".join(parts.letters[i] for i in parts.codes) == text
    held_out, train = set(parts.held_out.tolist()), set(parts.train.tolist())
    assert held_out | train == set(range(3, len(text)))
    assert not held_out & train
    assert [row["order"] for row in result["text"]] == [0, 1, 2, 3]
    for row in result["text"]:
        bits, contexts, cells = by_dictionary(text, sorted(train), row["order"])
        assert row["entropy"] == pytest.approx(bits, rel=2e-6)
        assert row["contexts"] == contexts
        bias = (contexts - cells) / (2 * len(train) * math.log(2))
        assert row["bias"] == pytest.approx(bias)
    # The chain remembers two letters: counts of three find nothing new, but their
    # entropy is lower by its bias, and they cost more elsewhere.
    _, _, two, three = result["text"]
    assert three["entropy"] < two["entropy"]
    assert three["entropy"] == pytest.approx(two["entropy"], abs=2 * -three["bias"])
    assert three["held_out"] > two["held_out"] > two["entropy"]


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_smoothed_counts_are_probabilities(example, words, order):
    _text = sys.modules[example.Text.__module__]
    text = example.load(words, 2)
    total = 0.0
    some = text.held_out[:50]
    for letter in range(len(text.letters)):
        lower = np.full(len(some), 1 / len(text.letters))
        letters = np.full(len(some), letter)
        for k in range(order + 1):
            codes = _text.context_codes(text, k, some)
            counts = _text.count(text, k)
            lower = _text.smoothed(counts, codes, letters, lower)
        assert (lower > 0).all()
        total = total + lower
    np.testing.assert_allclose(total, 1, rtol=1e-12)


@pytest.mark.matrix
def test_cross_entropy_is_entropy_plus_kl(result):
    """A model that sees two letters: H(2) and KL, counted apart, make the whole."""
    train = result["final"]["train"]
    whole = result["text"][2]["entropy"] + train["kl_divergence"]
    assert train["cross_entropy"] == pytest.approx(whole, rel=2e-6)
    assert train["kl_divergence"] == pytest.approx(
        result["text"][2]["excess"], abs=1e-5
    )
    assert train["kl_divergence"] > 0


@pytest.mark.matrix
def test_it_learns_and_draws(result):
    first, last = result["history"]
    assert [first["step"], last["step"]] == [40, 60]
    assert last["cross_entropy"] < first["cross_entropy"] < math.log2(6)
    assert result["final"]["held_out"]["cross_entropy"] == last["cross_entropy"]
    pixels = image.imread(result["folder"] / "a.png")[..., :3]
    for color in ("0072B2", "D55E00"):
        rgb = np.array(list(bytes.fromhex(color))) / 255
        assert (abs(pixels - rgb[None, None]) < 0.01).all(axis=-1).sum() > 100


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_resumed_run_is_the_same_to_the_last_bit(example, words, tmp_path, dtype):
    pytest.importorskip("orbax.checkpoint")
    text = example.load(words, 2)
    said = []

    def run(steps, folder=None):
        argv = [*SMALL, "--dtype", dtype, "--steps", str(steps), "--every", "20"]
        argv += ["--checkpoints", str(folder)] if folder else []
        return example.train(example.parse_options(argv), text, said.append)

    straight, history = run(80)
    half, _ = run(40, tmp_path / "run")
    assert not any(line.startswith("goes on") for line in said)
    resumed, resumed_history = run(80, tmp_path / "run")
    assert f"goes on after step 40 of {tmp_path / 'run'}" in said
    assert resumed_history == history
    assert list(resumed) == list(straight)
    for name, value in straight.items():
        assert value.dtype == resumed[name].dtype
        np.testing.assert_array_equal(value, resumed[name])
        assert (np.asarray(value) != np.asarray(half[name])).any()
    # Nothing is left to do, and nothing is changed.
    again, _ = run(80, tmp_path / "run")
    jax.tree.map(np.testing.assert_array_equal, again, straight)
    other = ["--width", "17", "--dtype", dtype, "--checkpoints", f"{tmp_path}/run"]
    options = example.parse_options([*SMALL, *other])
    with pytest.raises(SystemExit, match="has another width: expected 17, got 16"):
        example.train(options, text, said.append)


@pytest.mark.slow
def test_the_text_that_python_ships(example, capsys, tmp_path):
    argv = ["--width", "32", "--steps", "300", "--json", f"{tmp_path}/a.json"]
    example.main(argv)
    result = json.loads((tmp_path / "a.json").read_text())
    entropies = [row["entropy"] for row in result["text"]]
    assert entropies == sorted(entropies, reverse=True)
    assert 4 < entropies[0] < 5
    assert 1 < entropies[3] < 2.5
    for row in result["text"][1:]:
        assert row["entropy"] < row["held_out"]
    assert 1.5 < result["final"]["held_out"]["cross_entropy"] < 3.5
    out = capsys.readouterr().out
    assert "given the   contexts" in out
    assert "k = 3" in out


@pytest.mark.slow
def test_divergence_names_the_learning_rate(example, words):
    argv = [*SMALL, "--text", str(words), "--steps", "60", "--learning-rate", "1e30"]
    with pytest.raises(SystemExit, match=r"try a --learning-rate below 1e\+30"):
        example.main(argv)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--steps", "0", "an integer of at least 1"),
        ("--learning-rate", "-1", "a positive number"),
        ("--text", "no/such/file", "a file of text"),
        ("--plot", "curves.pdf", "a path to a .png file"),
        ("--json", "no/such/folder/a.json", "a path in a folder that exists"),
        ("--dtype", "float16", "bfloat16"),
    ],
)
def test_bad_option_is_refused_before_any_work(
    example, capsys, monkeypatch, option, value, expected
):
    monkeypatch.setattr(example, "load", None)
    with pytest.raises(SystemExit) as caught:
        example.main([f"{option}={value}"])
    assert caught.value.code == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert f"argument {option}" in message
    assert expected in message
    assert repr(value) in message


def test_help_lists_every_option(example, capsys):
    with pytest.raises(SystemExit) as caught:
        example.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    names = "text steps every context width batch-size learning-rate dtype seed"
    for name in f"{names} checkpoints plot json".split():
        assert f"\n  --{name}" in text


def test_only_public_names_are_used():
    for script in FOLDER.glob("*.py"):
        assert "jaxinfo._" not in script.read_text()
