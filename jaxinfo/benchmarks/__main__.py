"""The command line: `python -m jaxinfo.benchmarks accuracy`."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from jaxinfo.benchmarks._accuracy import other_libraries, report, suite

__all__ = ["main"]

_DTYPES = {
    "float32": ("float32",),
    "float64": ("float64",),
    "both": ("float32", "float64"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a suite and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m jaxinfo.benchmarks")
    suites = parser.add_subparsers(required=True, metavar="SUITE")
    _add_accuracy(suites.add_parser("accuracy", help="errors against 60-digit truth"))
    options = parser.parse_args(arguments)
    return options.suite(options)


def _add_accuracy(parser: argparse.ArgumentParser) -> None:
    """Declares the options of the accuracy suite."""
    parser.set_defaults(suite=_run_accuracy)
    parser.add_argument(
        "--dtype", choices=list(_DTYPES), default="both", help="default: both"
    )
    parser.add_argument(
        "--filter",
        type=_regex,
        default="",
        metavar="REGEX",
        help="run the cases whose id matches, as in '^kl/' or 'entropy'",
    )
    parser.add_argument(
        "--peers",
        type=_peer_names,
        default="auto",
        help=f"auto, none, or a list of {','.join(other_libraries.PEERS)} "
        "(default: auto, all)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every outcome")


def _run_accuracy(options: argparse.Namespace) -> int:
    """Prints a report a type: status 0 if none is missed, 1 if any, 2 if none ran."""
    reports = []
    for dtype in _DTYPES[options.dtype]:
        found = suite.accuracy(dtype=dtype, pattern=options.filter, peers=options.peers)
        print(report.to_text(found), end="\n\n", flush=True)
        reports.append(found)
    if options.json is not None:
        records = [report.to_json(found) for found in reports]
        options.json.write_text(json.dumps(records, indent=1) + "\n")
    if not any(found.rows for found in reports):
        print("no case ran", file=sys.stderr)
        return 2
    return 1 if any(found.missed() for found in reports) else 0


def _regex(text: str) -> str:
    """Checks a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from None
    return text


def _peer_names(text: str) -> list[str]:
    """The peers that a list, `auto` or `none` names."""
    if text in ("auto", "none"):
        return list(other_libraries.PEERS) if text == "auto" else []
    names = text.split(",")
    if unknown := set(names) - set(other_libraries.PEERS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
