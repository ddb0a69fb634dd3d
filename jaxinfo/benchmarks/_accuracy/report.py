"""The accuracy report as plain text and as JSON."""

import math
from collections.abc import Sequence
from typing import Any

import jax

from jaxinfo.benchmarks._accuracy.run import Outcome
from jaxinfo.benchmarks._accuracy.suite import AccuracyReport, AccuracyRow
from jaxinfo.benchmarks._table import aligned

__all__ = ["environment", "to_json", "to_text"]


def environment() -> dict[str, str]:
    """The version of JAX and the device that the suite runs on."""
    device = jax.devices()[0]
    return {
        "jax": jax.__version__,
        "device": f"{device.platform}: {device.device_kind}",
    }


def to_text(report: AccuracyReport) -> str:
    """The report for people: a table, then whatever it does not show."""
    blocks = [_header(report), _table(report), _totals(report)]
    blocks += [_missed(report), _not_applicable(report)]
    if report.absent:
        count = sum(report.absent.values())
        names = " ".join(report.absent)
        blocks.append(f"not in jaxinfo yet ({count} cases): {names}")
    return "\n\n".join(blocks)


def to_json(report: AccuracyReport) -> dict[str, Any]:
    """The report for programs: every error, and a note of each that is too large."""
    return {
        "dtype": report.dtype,
        "measures": {
            row.measure: {name: _record(outs) for name, outs in row.outcomes.items()}
            for row in report.rows
        },
        "not_applicable": report.not_applicable,
        "absent": report.absent,
        "peers": report.peers,
    }


def _record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Errors in units in the last place, by case; JSON has no infinity."""
    return {
        "errors": {out.case: _rounded(out.error) for out in outcomes},
        "missed": {out.case: out.note for out in outcomes if not out.right},
    }


def _rounded(error: float) -> float | str:
    return float(f"{error:.3g}") if math.isfinite(error) else "inf"


def _header(report: AccuracyReport) -> str:
    """What ran, where."""
    where = environment()
    return (
        f"accuracy in {report.dtype}; jax {where['jax']}; {where['device']}\n"
        "right / cases, share, worst error in units in the last place, its case"
    )


def _table(report: AccuracyReport) -> str:
    """One line a measure, one group of columns a library."""
    libraries = ["jaxinfo", *report.peers]
    lines = [["measure", "budget", *libraries]]
    for row in report.rows:
        cells = [_cell(row, name, report) for name in libraries]
        lines.append([row.measure, row.budget, *cells])
    return aligned(lines)


def _cell(row: AccuracyRow, library: str, report: AccuracyReport) -> str:
    """What one library reached on one measure."""
    if not report.peers.get(library, True):
        return "not installed"
    if library not in row.outcomes:
        return "-"
    outcomes = row.outcomes[library]
    worst = max(outcomes, key=lambda outcome: outcome.error)
    number = worst.case.rpartition("/")[2]
    return f"{_share(outcomes)} {worst.error:>8.3g} /{number}"


def _share(outcomes: Sequence[Outcome]) -> str:
    """How many are right, and which share that is."""
    if not outcomes:
        return "-"
    right = sum(outcome.right for outcome in outcomes)
    # Rounded down, so that 100 % means all.
    share = math.floor(100 * right / len(outcomes))
    return f"{right:>3} /{len(outcomes):>3} {share:>3} %"


def _totals(report: AccuracyReport) -> str:
    """The share of each library over all measures that it has."""
    lines = []
    for name in ["jaxinfo", *report.peers]:
        if report.peers.get(name, True):
            lines.append([f"{name}:", _share(report.outcomes(name)).strip()])
        else:
            lines.append([f"{name}:", "not installed"])
    return aligned(lines)


def _missed(report: AccuracyReport) -> str:
    """Every case that jaxinfo misses."""
    missed = report.missed()
    lines = [f"missed by jaxinfo: {len(missed)}"]
    lines += [
        f"  {o.case}: {o.error:.4g} of {o.budget:.4g} ULP; {o.note}" for o in missed
    ]
    return "\n".join(lines)


def _not_applicable(report: AccuracyReport) -> str:
    """How many cases were not asked, and why."""
    count = sum(map(len, report.not_applicable.values()))
    lines = [f"not applicable: {count}"]
    lines += [f"  {len(ids)}: {why}" for why, ids in report.not_applicable.items()]
    return "\n".join(lines)
