"""The tables of the benchmark pages are those of the committed results."""

import importlib.util
import pathlib

import pytest

from jaxinfo import benchmarks

ROOT = pathlib.Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "benchmarks" / "results"


@pytest.fixture(scope="module")
def draw():
    """The script that draws them."""
    path = RESULTS.parent / "draw.py"
    spec = importlib.util.spec_from_file_location("draw_benchmarks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["README.md", "docs/benchmarks/index.md"])
def test_tables_are_up_to_date(page, draw):
    text = (ROOT / page).read_text("utf-8")
    again = draw.filled(text, benchmarks.Results.read(draw.CPU))
    assert text == again, "run `python docs/benchmarks/draw.py`"
    assert again.count("\n| `") > 8


def test_committed_results_know_every_case():
    """What continuous integration compares with has every case, and its memory."""
    small = benchmarks.Results.read(RESULTS / "small.json")
    rows = {(row.case, row.goal): row for row in small.rows if row.suite != "scaling"}
    cases = {**benchmarks.cases("measures"), **benchmarks.cases("losses")}
    assert {case for case, _ in rows} == set(cases)
    assert all(row.ours.temporaries is not None for row in rows.values())
    assert {record["dtype"] for record in small.accuracy} == {"float32", "float64"}
    assert max(row.more["n"] for row in small.rows if "n" in row.more) >= 8


def test_goals_are_judged_by_the_figures(draw):
    results = benchmarks.Results.read(draw.CPU)
    lines = draw.goals(results)
    assert len(lines) == 2 + len(draw.GOALS)
    for goal, line in zip(draw.GOALS, lines[2:], strict=True):
        figures = list(goal.figures(results))
        met = sum(figure.value <= goal.limit for figure in figures)
        assert f"| {met} of {len(figures)} |" in line
