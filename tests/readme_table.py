"""The README's table of measures, made from the public names and their docstrings.

`python tests/readme_table.py` writes it; `tests/test_readme.py` compares.
"""

import inspect
import pathlib

from jaxinfo import logits, losses, probs

README = pathlib.Path(__file__).parents[1] / "README.md"
START, END = "<!-- measures: start -->\n", "<!-- measures: end -->\n"


def _summary(fn: object) -> str:
    return (inspect.getdoc(fn) or "").splitlines()[0].rstrip(".")


def _mark(room: object, name: str) -> str:
    return "●" if hasattr(room, name) else ""


def table() -> str:
    """Every public function by the doors through which it can be had."""
    lines = ["| measure | `probs` | `logits` | |", "|---|:-:|:-:|---|"]
    for name in sorted({*probs.__all__, *logits.__all__}):
        room = probs if hasattr(probs, name) else logits
        marks = f"{_mark(probs, name)} | {_mark(logits, name)}"
        lines.append(f"| `{name}` | {marks} | {_summary(getattr(room, name))} |")
    lines += ["", "| loss | |", "|---|---|"]
    for name in losses.__all__:
        if not isinstance(getattr(losses, name), type):
            lines.append(f"| `losses.{name}` | {_summary(getattr(losses, name))} |")
    return "\n".join([*lines, ""])


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
