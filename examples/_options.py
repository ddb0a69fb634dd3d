"""Options of the examples: what cannot be right is refused before any training."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["number", "output_file"]


def number(convert: Callable[[str], Any], accept: Callable[[Any], bool], expected: str):
    """Return an argparse type whose errors say what was expected and what was got."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            value = math.nan  # which passes no comparison
        if not accept(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


def output_file(text: str, kind: str = "") -> Path:
    """Refuse, before any training, a path that could not be written after it."""
    path = Path(text)
    place = path if path.exists() else path.parent
    writable = path.parent.is_dir() and not path.is_dir() and os.access(place, os.W_OK)
    to_stdout = text == "-" and not kind
    if not to_stdout and not (writable and text.endswith(kind)):
        expected = f"a path to a {kind or 'JSON'} file that can be written"
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return path
