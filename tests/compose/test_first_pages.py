"""The first pages of the documentation run, and the numbers in their comments hold."""

import pathlib
import re

import jax
import numpy as np
import pytest

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGES = {"index": 0, "doors": 0, "start": 15}  # how many numbers each promises
PROMISE = re.compile(r"^print\((.*)\)  # \D*([\d.]*\d)", re.M)


@pytest.mark.parametrize("page", PAGES)
def test_code_gives_what_its_comments_say(page, tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    names, promises = {}, []
    text = (DOCS / f"{page}.md").read_text("utf-8")
    with jax.numpy_dtype_promotion("standard"):
        for block in re.findall(r"```python\n(.*?)```", text, re.S):
            exec(block, names)
            promises += [(eval(m[1], names), m[2]) for m in PROMISE.finditer(block)]
    pyplot.close("all")
    assert names, "a page without code"
    assert len(promises) == PAGES[page]
    for value, promised in promises:
        digits = len(promised.partition(".")[2])
        got = float(np.ravel(value)[0])
        assert got == pytest.approx(float(promised), abs=0.51 * 10.0**-digits)
