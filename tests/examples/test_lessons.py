"""The lessons run, end with the right number, and print what is on their pages."""

import importlib.util
import pathlib
import re
import sys

import jax
import pytest

from contract import sampled

DOCS = pathlib.Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS.parent / "examples"
PAGES = sorted(p for p in (DOCS / "lessons").glob("*.md") if p.stem != "index")
NAMES = [page.stem for page in PAGES]


@pytest.fixture(scope="module")
def draw():
    """The script that keeps what they print."""
    path = DOCS / "lessons" / "draw.py"
    spec = importlib.util.spec_from_file_location("draw_lessons", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@sampled("name", NAMES, "two_observers")
def test_prints_what_its_page_says(name, draw, tmp_path, optimized):
    pytest.importorskip("matplotlib")
    sys.modules.pop(name, None)  # its arrays are made when it is imported
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        printed = draw.run(name, tmp_path)
    assert printed == (DOCS / "lessons" / f"{name}.txt").read_text("utf-8"), (
        "run `python docs/lessons/draw.py`"
    )
    picture = (tmp_path / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 10_000
    assert (DOCS / "lessons" / f"{name}.png").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_help_and_bad_options(name, capsys):
    lesson = importlib.import_module(name)
    for argv, code in (["--help"], 0), (["--plot", "nowhere/x.png"], 2), (["--x"], 2):
        with pytest.raises(SystemExit) as caught:
            lesson.main(argv)
        assert caught.value.code == code
    printed = capsys.readouterr()
    assert "--no-plot" in printed.out
    assert "expected a path" in printed.err
    assert lesson.__doc__.splitlines()[0] in printed.out


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_page_shows_the_script(page):
    text = page.read_text("utf-8")
    parts = re.findall(rf"<!-- source: examples/{page.stem}.py (\w+) -->", text)
    code = (EXAMPLES / f"{page.stem}.py").read_text("utf-8")
    assert parts
    assert all(f"\ndef {part}(" in code for part in parts)
    assert f"<!-- output: lessons/{page.stem}.txt -->" in text
    assert f"]({page.stem}.png)" in text
    index = (page.parent / "index.md").read_text("utf-8")
    assert f"]({page.name})" in index
    assert f"lessons/{page.name}" in (DOCS.parent / "mkdocs.yml").read_text("utf-8")


def test_a_wrong_number_fails(capsys):
    lesson = importlib.import_module("_lesson")
    lesson.conclude("one", 1.0, 1.001, 0.01)
    for got in 1.1, float("nan"):
        with pytest.raises(AssertionError, match="one"):
            lesson.conclude("one", got, 1.0, 0.01)
    assert capsys.readouterr().out.endswith("one: 1 (expected 1.001)\n")
