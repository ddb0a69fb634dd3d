"""Draws the pictures and tables of the benchmarks from the committed results.

`python docs/benchmarks/draw.py` writes `docs/images/benchmarks_*.png` and the tables
between the marks in `docs/benchmarks/index.md` and `README.md`. A test compares.
"""

import pathlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from jaxinfo import benchmarks
from jaxinfo.benchmarks import Entry, Results, Row, charts

HERE = pathlib.Path(__file__).parent
CPU = HERE / "results" / "cpu.json"
PAGE, README = HERE / "index.md", HERE.parents[1] / "README.md"
IMAGES = HERE.parent / "images"

VERBS = ("entropy", "cross_entropy", "kl_divergence", "js_divergence")
MAIN = [f"{room}.{verb}" for room in ("probs", "logits") for verb in VERBS]
LABELS = "losses.softmax_cross_entropy_with_integer_labels"
TABLES = "losses.softmax_cross_entropy"
REPORT = "losses.softmax_cross_entropy_with_report"
HEAD = "losses.linear_softmax_cross_entropy"
JAX = ("jax", "optax", "numpyro")
FEW = (64, 128_256)


class Figure(NamedTuple):
    """A figure and what it is of."""

    of: str
    value: float


class Goal(NamedTuple):
    """What should be reached: every figure at most the limit."""

    text: str
    limit: float
    figures: Callable[[Results], Iterator[Figure]]


def rows_of(results: Results, names: Sequence[str], goal: str) -> Iterator[Row]:
    """Timed rows of some cases."""
    for row in results.rows:
        if row.suite != "scaling" and row.case in names and row.goal == goal:
            yield row


def label(row: Row) -> str:
    """The case and its shape."""
    return f"`{row.case}` {'x'.join(map(str, row.shape))}"


def fastest(row: Row, names: Sequence[str]) -> tuple[str, float] | None:
    """The fastest of other libraries, and our time over its."""
    ratios = {name: row.ratio(name) for name in names}
    known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    return max(known.items(), key=lambda item: item[1]) if known else None


def against(
    names: Sequence[str],
    libraries: Sequence[str],
    goal: str,
    keep: Callable[[Row], bool],
) -> Callable[[Results], Iterator[Figure]]:
    """Our time over that of the fastest of some libraries."""

    def figures(results: Results) -> Iterator[Figure]:
        for row in rows_of(results, names, goal):
            best = fastest(row, libraries)
            if keep(row) and best is not None:
                yield Figure(f"{label(row)} ({best[0]})", best[1])

    return figures


def short(row: Row) -> bool:
    """Whether rows stay in the cache."""
    return row.shape[-1] == 1000


def long(row: Row) -> bool:
    """Whether rows are those of a large vocabulary."""
    return row.shape[-1] >= 32_000


def set_aside(results: Results) -> Iterator[Figure]:
    """Temporaries over the least bytes, of rows of at least 4096 outcomes."""
    for goal in ("value", "gradient"):
        for row in rows_of(results, MAIN, goal):
            if row.shape[-1] >= 4096 and row.ours.temporaries is not None:
                yield Figure(f"{label(row)}, {goal}", row.ours.temporaries / row.bytes)


def of_reading(results: Results) -> Iterator[Figure]:
    """Our time over that of reading as many bytes."""
    for row in rows_of(results, [*MAIN, LABELS], "value"):
        if "read" in row.limits and row.ours.median is not None:
            yield Figure(label(row), row.ours.median / row.limits["read"])


def of_report(results: Results) -> Iterator[Figure]:
    """The time of a loss with its report over that of the loss."""
    pairs = {
        REPORT: TABLES,
        f"{REPORT}, labels": LABELS,
        f"{HEAD}_with_report": HEAD,
    }
    for goal in ("value", "gradient"):
        for name, plain in pairs.items():
            alone = {row.shape: row for row in rows_of(results, [plain], goal)}
            for row in rows_of(results, [name], goal):
                before = alone.get(row.shape)
                if before and before.ours.median and row.ours.median:
                    ratio = row.ours.median / before.ours.median
                    yield Figure(f"{label(row)}, {goal}", ratio)


def head_memory(classes: int) -> Callable[[Results], Iterator[Figure]]:
    """Temporaries of the head over those of optax."""

    def figures(results: Results) -> Iterator[Figure]:
        for row in rows_of(results, [HEAD], "gradient"):
            theirs = row.entries.get("optax", Entry()).temporaries
            if row.shape[2] == classes and theirs and row.ours.temporaries:
                yield Figure(label(row), row.ours.temporaries / theirs)

    return figures


ENTROPY_KL = ["probs.entropy", "logits.entropy", "logits.kl_divergence"]
OTHERS = ("optax", "tokamax", "torch")
GOALS = (
    Goal("Temporaries at most 1 % of what is read and written", 0.01, set_aside),
    Goal(
        "Value, 1000 outcomes: at most 1.05 of the fastest in JAX",
        1.05,
        against([*MAIN, LABELS], JAX, "value", short),
    ),
    Goal(
        "Value, 32,000 outcomes and more: at most half of the fastest in JAX",
        0.5,
        against([*MAIN, LABELS], JAX, "value", long),
    ),
    Goal("Value: at most 5 times as long as reading", 5.0, of_reading),
    Goal(
        "Gradient of entropy and KL: at most half of the fastest in JAX",
        0.5,
        against(ENTROPY_KL, JAX, "gradient", lambda row: True),
    ),
    Goal(
        "Gradient with labels: at most that of optax",
        1.0,
        against([LABELS], ["optax"], "gradient", lambda row: True),
    ),
    Goal(
        "Few rows, with labels: at most 1.1 of PyTorch",
        1.1,
        against([LABELS], ["torch"], "value", lambda row: row.shape == FEW),
    ),
    Goal(
        "Linear head, 32,000 classes: at most the fastest",
        1.0,
        against([HEAD], OTHERS, "gradient", lambda row: row.shape[2] == 32_000),
    ),
    Goal("the same, memory: at most a third of optax", 1 / 3, head_memory(32_000)),
    Goal(
        "Linear head, 128,256 classes: at most 1.2 of the fastest",
        1.2,
        against([HEAD], OTHERS, "gradient", lambda row: row.shape[2] == 128_256),
    ),
    Goal("the same, memory: at most 0.6 of optax", 0.6, head_memory(128_256)),
    Goal("Report: at most 1.1 of the loss alone", 1.1, of_report),
)


def goals(results: Results) -> list[str]:
    """Each goal, how many figures reach it, and the best and the worst of them."""
    lines = ["| goal | reached | best | worst |", "|---|---|---|---|"]
    for goal in GOALS:
        figures = sorted(goal.figures(results), key=lambda figure: figure.value)
        if figures:
            met = sum(figure.value <= goal.limit for figure in figures)
            ends = [f"{f.value:.3g}: {f.of}" for f in (figures[0], figures[-1])]
            reached = f"{met} of {len(figures)}"
            lines.append(f"| {goal.text} | {reached} | {ends[0]} | {ends[1]} |")
    return lines


def measures(results: Results) -> list[str]:
    """The main measures and losses: time, limit, others, memory."""
    head = (
        "| | shape | | median | times the limit | ours / fastest in JAX | ours / torch"
    )
    lines = [f"{head} | temporaries |", "|---|---|---|--:|--:|--:|--:|--:|"]
    dense = [*MAIN, LABELS, TABLES, REPORT, f"{REPORT}, labels"]
    for row in results.rows:
        if row.case in dense and row.suite != "scaling" and row.ours.median:
            lines.append(line_of(row))
    return lines


def line_of(row: Row) -> str:
    """A line of the table of measures."""
    best, torch = fastest(row, JAX), row.ratio("torch")
    limit = "{1:.1f} {0}".format(*row.limit) if row.limit else ""
    cells = [
        f"`{row.case}`",
        "x".join(map(str, row.shape)),
        row.goal,
        f"{1e3 * (row.ours.median or 0):.3g} ms",
        limit,
        f"{best[1]:.2f} ({best[0]})" if best else "",
        f"{torch:.2f}" if torch is not None else "",
        f"{100 * (row.ours.temporaries or 0) / row.bytes:.2g} %",
    ]
    return f"| {' | '.join(cells)} |"


def heads(results: Results) -> list[str]:
    """Linear heads, in units of one product of the matrices, with their memory."""
    shapes = sorted({row.shape for row in rows_of(results, [HEAD], "gradient")})
    titles = " | ".join(f"{'x'.join(map(str, s))} | temporaries" for s in shapes)
    lines = [f"| | {titles} |", "|---|" + "--:|--:|" * len(shapes)]
    cells: dict[str, dict[tuple[int, ...], str]] = {}
    for row in results.rows:
        if row.case.startswith("losses.linear") and row.goal == "gradient":
            one = row.limits.get("product", 0.0) / 3
            for name, entry in row.entries.items():
                if name == "jaxinfo" or row.case == HEAD:
                    title = f"`{row.case}`" if name == "jaxinfo" else name
                    if entry.median and one:
                        cells.setdefault(title, {})[row.shape] = of_head(entry, one)
    for title, by_shape in cells.items():
        lines.append(
            f"| {title} | " + " | ".join(by_shape.get(s, " | ") for s in shapes)
        )
    return [f"{line} |" if not line.endswith("|") else line for line in lines]


def of_head(entry: Entry, one: float) -> str:
    """Two cells: time in products, temporaries."""
    size = "" if entry.temporaries is None else f"{entry.temporaries / 1e6:.0f} MB"
    return f"{(entry.median or 0) / one:.2f} | {size}"


def growth(results: Results) -> list[str]:
    """With which power time grows, and what sharded measures send."""
    lines = ["| | | time grows as |", "|---|---|---|"]
    powers = benchmarks.growth(results.rows)
    if not powers:
        return ["Not timed here: others used the machine."]
    for (case, goal, along), power in powers.items():
        lines.append(f"| `{case}` | {goal} | {along}^{power:.2f} |")
    return lines


def devices(results: Results) -> list[str]:
    """Bytes that each of the most devices gets, for each shape."""
    spread = [row for row in results.rows if row.more.get("along") == "devices"]
    most = max((row.more["n"] for row in spread), default=0)
    lines = [
        f"| on {most} devices | shape | value | with gradient |",
        "|---|---|--:|--:|",
    ]
    found: dict[tuple[str, tuple[int, ...]], dict[str, int]] = {}
    for row in spread:
        if row.more["n"] == most:
            goals_of = found.setdefault((row.case, row.shape), {})
            goals_of[row.goal] = row.more["bytes_moved"]
    for (case, shape), moved in found.items():
        size = "x".join(map(str, shape))
        sent = " | ".join(f"{moved[goal]:,} B" for goal in ("value", "gradient"))
        lines.append(f"| `{case}` | {size} | {sent} |")
    return lines


def summary(results: Results) -> list[str]:
    """For the README: the main measures of long rows."""
    lines = ["| 512 x 32,000, float32 | value | with gradient | memory beside it |"]
    lines.append("|---|--:|--:|--:|")
    for name in [*MAIN, LABELS]:
        cells = []
        rows = {
            row.goal: row
            for goal in ("value", "gradient")
            for row in rows_of(results, [name], goal)
            if row.shape == (512, 32_000)
        }
        for goal in ("value", "gradient"):
            best = fastest(rows[goal], JAX) if goal in rows else None
            cells.append(f"{best[1]:.2f}" if best else "")
        size = max((row.ours.temporaries or 0) / row.bytes for row in rows.values())
        peers = max(
            (entry.temporaries or 0) / row.bytes
            for row in rows.values()
            for library, entry in row.entries.items()
            if library in JAX
        )
        lines.append(f"| `{name}` | {' | '.join(cells)} | {size:.2%} ({peers:.0%}) |")
    return lines


def machine(results: Results) -> list[str]:
    """What was measured on what."""
    where = ", ".join(f"{k} {v}" for k, v in results.environment.items())
    judged = "" if results.judged else " Others used the machine: times mean little."
    return [f"Measured on {where}.{judged}"]


PARTS = {
    "machine": machine,
    "goals": goals,
    "measures": measures,
    "heads": heads,
    "growth": growth,
    "devices": devices,
    "summary": summary,
}


def filled(text: str, results: Results) -> str:
    """The text with every part between its marks written anew."""
    for name, part in PARTS.items():
        mark = f"<!-- benchmark {name}: "
        start, end = f"{mark}start -->\n", f"{mark}end -->"
        pattern = re.escape(start) + ".*?" + re.escape(end)
        body = "\n".join(part(results)) if start in text else ""
        new = f"{start}{body}\n{end}"
        text = re.sub(pattern, lambda _, new=new: new, text, flags=re.DOTALL)
    return text


def pictures(results: Results) -> None:
    """The roof and the others, for the main cases."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    timed = [row for row in results.rows if row.suite != "scaling" and row.ours.median]
    shapes = {(512, 32_000), (1024, 256, 32_000)}
    main = [row for row in timed if row.case in [*MAIN, LABELS, HEAD]]
    for name, draw, rows, size in (
        ("roofline", charts.roofline, timed, (6.5, 4.2)),
        ("ratios", charts.ratios, [r for r in main if r.shape in shapes], (8, 5)),
    ):
        figure, ax = plt.subplots(figsize=size, layout="constrained")
        draw(ax, rows)
        figure.savefig(IMAGES / f"benchmarks_{name}.png", dpi=150)
        plt.close(figure)


def main() -> None:
    """Writes the page, the README and the pictures."""
    results = benchmarks.Results.read(CPU)
    for path in (PAGE, README):
        path.write_text(filled(path.read_text("utf-8"), results), encoding="utf-8")
    pictures(results)


if __name__ == "__main__":
    main()
