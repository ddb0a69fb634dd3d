"""Runs the lessons, and keeps what they print and draw beside their pages.

`python docs/lessons/draw.py` runs all of them, `python docs/lessons/draw.py NAME...`
some. A test compares what they print.
"""

import contextlib
import importlib
import io
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
NAMES = sorted(page.stem for page in HERE.glob("*.md") if page.stem != "index")


def run(name: str, folder: pathlib.Path) -> str:
    """Draw the picture of a lesson into a folder, and return what it prints."""
    lesson = importlib.import_module(name)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        lesson.main([])
    return printed.getvalue()


def main() -> None:
    """Run them."""
    sys.path.insert(0, str(EXAMPLES))
    for name in sys.argv[1:] or NAMES:
        printed = run(name, HERE)
        (HERE / f"{name}.txt").write_text(printed, "utf-8")


if __name__ == "__main__":
    main()
