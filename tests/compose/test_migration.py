"""The pages on other libraries: in every row of their tables both sides agree."""

import functools
import importlib.metadata
import pathlib
import re
import warnings

import jax
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "migration"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.stem != "index")
# What a page imports, and the packages whose versions it names.
NEEDS = {
    "distrax": ["distrax", "tensorflow_probability"],
    "dit": ["dit"],
    "numpyro": ["numpyro"],
    "optax": ["optax"],
    "scipy": ["scipy", "sklearn"],
    "torch": ["torch"],
}
SAME = ["theirs", "ours", "what differs"]
DIFFERENT = ["theirs", "gives", "ours", "gives"]
CHECKED = re.compile(r"^Checked with (.*)\.$", re.M)
LITERALS = {"nan": np.nan, "inf": np.inf}
# As the pages write the names of packages, where these are others.
PACKAGES = {"PyTorch": "torch", "TFP": "tfp-nightly", "NumPyro": "numpyro"}


def text_of(page):
    return page.read_text(encoding="utf-8")


def tables(page, header):
    """The rows of all tables of a page that have this header, cells as they stand."""
    rows, inside = [], False
    for line in text_of(page).splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells == header:
            inside = True
        elif inside and set(line) - set("|-: "):
            assert len(cells) == len(header), line
            rows.append(cells)
    return rows


def code(cell):
    found = re.fullmatch(r"`([^`]+)`", cell)
    assert found, f"not one piece of code: {cell}"
    return found[1]


@pytest.fixture(scope="module")
def namespaces():
    """What the block of each page defines, where its libraries are installed."""

    @functools.cache
    def namespace(page):
        for module in NEEDS[page.stem]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pytest.importorskip(module, exc_type=ImportError)
        (block,) = re.findall(r"```python\n(.*?)```", text_of(page), re.S)
        names = {}
        evaluate(compile(block, page.name, "exec"), names)
        return names

    return namespace


def evaluate(source, names):
    with (
        warnings.catch_warnings(),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
    ):
        warnings.simplefilter("ignore")
        return eval(source, names)


def number(value):
    return np.asarray(value, np.float64)


def cases(header):
    return [
        pytest.param(
            page,
            row,
            id=f"{page.stem}-{i}",
            marks=[] if page.stem == "scipy" else pytest.mark.matrix,
        )
        for page in PAGES
        for i, row in enumerate(tables(page, header))
    ]


def test_every_page_is_read():
    assert {page.stem for page in PAGES} == set(NEEDS)
    index = text_of(FOLDER / "index.md")
    assert all(f"]({page.name})" in index for page in PAGES)
    for page in PAGES:
        assert len(tables(page, SAME)) >= 6, page
        assert tables(page, DIFFERENT), page


@pytest.mark.parametrize(("page", "row"), cases(SAME))
def test_both_sides_agree(namespaces, page, row):
    names = namespaces(page)
    ours = number(evaluate(code(row[1]), names))
    try:
        theirs = number(evaluate(code(row[0]), names))
    except AttributeError:
        if as_on_the_page(page):
            raise
        pytest.skip("another version than that of the page, without this function")
    assert np.isfinite(theirs).all()
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def installed(package):
    try:
        return importlib.metadata.version(PACKAGES.get(package, package))
    except importlib.metadata.PackageNotFoundError:
        return "none"


def as_on_the_page(page):
    """Whether the libraries are the releases that the page was checked with."""
    (found,) = CHECKED.findall(text_of(page))
    named = [part.rsplit(" ", 1) for part in re.split(", | and ", found)]
    return all(
        installed(package).partition("+")[0] == version for package, version in named
    )


@pytest.mark.parametrize(("page", "row"), cases(DIFFERENT))
def test_what_differs(namespaces, page, row):
    """Each side gives what is written beside it, NaN and infinities included."""
    names = namespaces(page)
    theirs, gives, ours, gives_ours = map(code, row)
    want = number(evaluate(gives_ours, names | LITERALS))
    np.testing.assert_allclose(number(evaluate(ours, names)), want, rtol=1e-3)
    # Theirs is a fact about one release.
    if not as_on_the_page(page):
        pytest.skip("another version than that of the page")
    want = number(evaluate(gives, names | LITERALS))
    np.testing.assert_allclose(number(evaluate(theirs, names)), want, rtol=1e-3)
