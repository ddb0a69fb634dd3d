"""The command line: `python -m jaxinfo.benchmarks SUITE`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxinfo.benchmarks import _compare, _machine, _peers, _suites, _table
from jaxinfo.benchmarks._accuracy import accuracy, other_libraries, report
from jaxinfo.benchmarks._results import Results
from jaxinfo.benchmarks._rows import Row

__all__ = ["main"]

_HELP = {
    "measures": "every verb of probs and logits, value and gradient",
    "losses": "losses of logits and of linear heads, distillation, bounds",
    "scaling": "cost against rows, outcomes, dimensions, pairs and devices",
    "accuracy": "errors against 60-digit truth",
    "all": "all of these",
}
_TRUTH = ("float32", "float64")
_DTYPES = ("float32", "float64", "bfloat16", "float16")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs suites: 0 if all is well, 1 if not, 2 if no case ran."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.suite == "accuracy" and set(options.dtype or ()) - set(_TRUTH):
        parser.error(f"argument --dtype: the truth is that of {' and '.join(_TRUTH)}")
    old = Results.read(options.compare) if options.compare else None
    load = _machine.load()
    if busy := load > _machine.cores():
        print(
            f"The load is {load:.1f} on {_machine.cores()} cores: "
            "times are shown, not judged.",
            file=sys.stderr,
        )
    names = list(_HELP)[:-1] if options.suite == "all" else [options.suite]
    rows: list[Row] = []
    for name in names:
        if name != "accuracy":
            rows += _measured(name, options)
    reports = _accuracies(options) if "accuracy" in names else []
    found = Results(
        environment=_machine.environment(_asked(options.peers)),
        load=load,
        judged=not busy and options.seconds > 0,
        rows=rows,
        accuracy=[report.to_json(one) for one in reports],
    )
    if options.json is not None:
        found.write(options.json)
    if options.plot is not None:
        from jaxinfo.benchmarks import charts

        charts.draw(found, options.plot)
    if not rows and not any(one.rows for one in reports):
        print("no case ran", file=sys.stderr)
        return 2
    failed = [row for row in rows if row.ours.note]
    for row in failed:
        print(f"failed: {row.case} {row.shape} {row.goal}: {row.ours.note}")
    worse = _told(_compare.changes(old, found)) if old is not None else False
    return int(bool(worse or failed or any(one.missed() for one in reports)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jaxinfo.benchmarks",
        description="Measures speed, memory and accuracy on the device JAX runs on.",
    )
    suites = "; ".join(f"{name}: {text}" for name, text in _HELP.items())
    parser.add_argument("suite", choices=list(_HELP), metavar="SUITE", help=suites)
    parser.add_argument(
        "--sizes",
        type=_list_of(_suites.SIZES),
        default=["medium"],
        metavar="SIZES",
        help="small, medium (default), large, or several with commas",
    )
    parser.add_argument(
        "--dtype",
        type=_list_of(_DTYPES),
        metavar="TYPES",
        help=f"types of the inputs, of {', '.join(_DTYPES)} (default: float32; "
        "accuracy: float32,float64, and only these)",
    )
    parser.add_argument(
        "--peers",
        type=_peer_names,
        default="auto",
        help="auto (all that are installed), none, or a list of "
        f"{', '.join(_peers.PEERS)} (default: auto)",
    )
    parser.add_argument(
        "--filter",
        type=_regex,
        default="",
        metavar="REGEX",
        help="run the cases whose name matches, as in 'entropy' or '^kl/'",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=1.0,
        help="how long to take times of each row; 0: memory and accuracy alone",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument(
        "--compare",
        type=_existing,
        metavar="FILE",
        help="a file of --json: exit with 1 if memory or accuracy is worse than there",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw roofline and bars (PNG, SVG)"
    )
    return parser


def _measured(name: str, options: argparse.Namespace) -> list[Row]:
    """Runs a suite and prints its table."""
    peers = _asked(options.peers)
    missing = [peer for peer in options.peers if peer not in peers]
    rows = _suites.suite(
        name,
        sizes=options.sizes,
        dtypes=options.dtype or ["float32"],
        pattern=options.filter,
        peers=peers,
        seconds=options.seconds,
        progress=_table.progress(name),
    )
    if rows:
        where = _machine.environment(peers)
        versions = ", ".join(f"{k} {v}" for k, v in where.items() if k != "device")
        title = f"{name} on {where['device']} ({versions})"
        if missing:
            title += f"\nnot installed: {', '.join(missing)}"
        _table.show(title, rows)
        for (case, goal, along), power in _suites.growth(rows).items():
            print(f"{case}, {goal}: time grows as {along}^{power:.2f}")
    return rows


def _accuracies(options: argparse.Namespace) -> list[Any]:
    """Runs the accuracy suite and prints a report a type."""
    reports = []
    peers = [peer for peer in options.peers if peer in other_libraries.PEERS]
    for dtype in options.dtype or _TRUTH:
        if dtype in _TRUTH:
            found = accuracy(dtype=dtype, pattern=options.filter, peers=peers)
            print(report.to_text(found), end="\n\n", flush=True)
            reports.append(found)
    return reports


def _told(changes: Sequence[_compare.Change]) -> bool:
    """Prints what is worse; whether something is that noise cannot explain."""
    for change in changes:
        print(f"worse {change}" if change.fatal else f"warning: {change}")
    if not changes:
        print("nothing is worse")
    return any(change.fatal for change in changes)


def _asked(peers: Sequence[str]) -> list[str]:
    return [name for name in peers if _peers.installed(name)]


def _regex(text: str) -> str:
    """Checks a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from None
    return text


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return path


def _list_of(known: Sequence[str]) -> Any:
    """A parser of names with commas between them."""

    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := sorted(set(found) - set(known)):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
        return found

    return names


def _peer_names(text: str) -> list[str]:
    """The libraries that a list, `auto` or `none` names."""
    if text in ("auto", "none"):
        return list(_peers.PEERS) if text == "auto" else []
    return _list_of(list(_peers.PEERS))(text)


if __name__ == "__main__":
    sys.exit(main())
