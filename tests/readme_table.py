"""The README's tables of measures, made from the public names and their docstrings.

`python tests/readme_table.py` writes it; `tests/test_readme.py` compares.
"""

import inspect
import pathlib

from jaxinfo import (
    bounds,
    channels,
    distributions,
    families,
    logits,
    losses,
    plots,
    probs,
    streaming,
)

README = pathlib.Path(__file__).parents[1] / "README.md"
ROOMS = (bounds, channels, distributions, losses, plots, streaming)
# The heads of the columns for families, and the measures that they stand for.
VERBS = (
    ("H", "entropy"),
    ("cross-entropy", "cross_entropy"),
    ("KL", "kl_divergence"),
    ("Rényi H", "renyi_entropy"),
    ("Rényi D", "renyi_divergence"),
    ("Bhattacharyya", "bhattacharyya_distance"),
    ("Hellinger", "hellinger_distance"),
    ("Wasserstein", "wasserstein_distance"),
    ("MI", "mutual_information"),
)
START, END = "<!-- measures: start -->\n", "<!-- measures: end -->\n"


def _summary(fn: object) -> str:
    return (inspect.getdoc(fn) or "").splitlines()[0].rstrip(".")


def _mark(room: object, name: str) -> str:
    return "●" if hasattr(room, name) else ""


def _measures() -> list[str]:
    """Every measure by the doors through which it can be had."""
    lines = ["| measure | `probs` | `logits` | |", "|---|:-:|:-:|---|"]
    for name in sorted({*probs.__all__, *logits.__all__}):
        room = probs if hasattr(probs, name) else logits
        marks = f"{_mark(probs, name)} | {_mark(logits, name)}"
        lines.append(f"| `{name}` | {marks} | {_summary(getattr(room, name))} |")
    return lines


def _families() -> list[str]:
    """Every family by the measures that it has in closed form."""
    verbs = " | ".join(head for head, _ in VERBS)
    lines = [f"| `families.` | {verbs} |", "|---|" + ":-:|" * len(VERBS)]
    for name in families.__all__:
        module = getattr(families, name)
        if inspect.ismodule(module):
            marks = " | ".join(_mark(module, verb) for _, verb in VERBS)
            lines.append(f"| `{name}` | {marks} |")
    return lines


def _rooms() -> list[str]:
    """The functions of the other rooms."""
    lines = ["| more | |", "|---|---|"]
    for room in ROOMS:
        for name in room.__all__:
            if inspect.isroutine(getattr(room, name)):
                title = f"{room.__name__.removeprefix('jaxinfo.')}.{name}"
                lines.append(f"| `{title}` | {_summary(getattr(room, name))} |")
    return lines


def table() -> str:
    """The three tables."""
    return "\n".join([*_measures(), "", *_families(), "", *_rooms(), ""])


def written(text: str) -> str:
    """The part of the README between the marks."""
    return text[text.index(START) + len(START) : text.index(END)]


def main() -> None:
    """Replaces the table in the README."""
    text = README.read_text()
    before, after = text.index(START) + len(START), text.index(END)
    README.write_text(text[:before] + table() + text[after:])


if __name__ == "__main__":
    main()
