"""The accuracy suite: every measure against sixty-digit truth, beside its peers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from jaxinfo.benchmarks._accuracy import adapters, other_libraries, rules, run
from jaxinfo.benchmarks._accuracy.adapters import Call
from jaxinfo.benchmarks._accuracy.cases import TruthCase, truth_cases

__all__ = ["AccuracyReport", "AccuracyRow", "accuracy"]


class AccuracyRow(NamedTuple):
    """What one measure reached.

    Attributes:
      measure: The truth set's name of the measure.
      budget: The allowed error, in words.
      outcomes: The outcome of each case, by library; a peer that does not have
        the measure is absent.
    """

    measure: str
    budget: str
    outcomes: dict[str, list[run.Outcome]]


class AccuracyReport(NamedTuple):
    """What the accuracy suite found.

    Attributes:
      dtype: The tested type.
      rows: One row a measure, in the order of the truth set.
      not_applicable: The ids of the cases that were not asked, by reason.
      absent: The number of cases of each measure that jaxinfo does not have yet.
      peers: Whether each peer is installed.
    """

    dtype: str
    rows: list[AccuracyRow]
    not_applicable: dict[str, list[str]]
    absent: dict[str, int]
    peers: dict[str, bool]

    def outcomes(self, library: str = "jaxinfo") -> list[run.Outcome]:
        """All outcomes of a library."""
        return [out for row in self.rows for out in row.outcomes.get(library, [])]

    def missed(self) -> list[run.Outcome]:
        """The outcomes of jaxinfo that are outside their budget."""
        return [outcome for outcome in self.outcomes() if not outcome.right]


def accuracy(
    *,
    dtype: str = "float32",
    pattern: str = "",
    peers: Iterable[str] = (),
    measures: Mapping[str, Call] | None = None,
) -> AccuracyReport:
    """Compares measures with values known to sixty digits.

    Args:
      dtype: `"float32"` or `"float64"`; the latter needs no setting of JAX.
      pattern: A regular expression; only cases whose id it matches anywhere run.
      peers: Names of libraries to run on the same cases: `"jax"`, `"optax"`.
      measures: The calls under test, by the truth set's name of the measure; `None`
        is all of jaxinfo.

    Returns:
      The report. Every case of the truth set that matches is in a row, not
      applicable, or absent.

    Raises:
      ValueError: If `dtype` or a peer is unknown.

    Examples:
      >>> from jaxinfo import benchmarks
      >>> report = benchmarks.accuracy(pattern="^binary_entropy/")
      >>> len(report.outcomes()), report.missed()
      (17, [])
    """
    if dtype not in ("float32", "float64"):
        raise ValueError(f'`dtype` must be "float32" or "float64", got {dtype!r}.')
    measures = adapters.MEASURES if measures is None else measures
    peers = list(peers)
    if unknown := set(peers) - set(other_libraries.PEERS):
        raise ValueError(
            f"`peers` must be in {list(other_libraries.PEERS)}, got {unknown}."
        )
    libraries = {name: other_libraries.load(name) for name in peers}
    installed = {name: calls for name, calls in libraries.items() if calls is not None}
    report = AccuracyReport(
        dtype, [], {}, {}, {name: name in installed for name in peers}
    )
    for measure, cases in _by_measure(pattern).items():
        asked = _applicable(cases, report)
        if asked and measure in measures:
            report.rows.append(_row(asked, dtype, {"jaxinfo": measures, **installed}))
        elif asked:
            report.absent[measure] = len(asked)
    return report


def _by_measure(pattern: str) -> dict[str, list[TruthCase]]:
    """The cases whose id matches, by measure."""
    chosen: dict[str, list[TruthCase]] = {}
    for case in truth_cases():
        if re.search(pattern, case.id):
            chosen.setdefault(case.measure, []).append(case)
    return chosen


def _applicable(cases: Sequence[TruthCase], report: AccuracyReport) -> list[TruthCase]:
    """The cases that can be asked; the report is told of the others."""
    asked = []
    for case in cases:
        reason = rules.not_applicable(case, report.dtype)
        if reason is None:
            asked.append(case)
        else:
            report.not_applicable.setdefault(reason, []).append(case.id)
    return asked


def _row(
    cases: list[TruthCase], dtype: str, libraries: Mapping[str, Mapping[str, Call]]
) -> AccuracyRow:
    """Runs one measure in every library that has it."""
    measure = cases[0].measure
    outcomes = {
        name: run.run(
            calls[measure],
            cases,
            dtype,
            convention="jaxinfo" if name == "jaxinfo" else "raw",
        )
        for name, calls in libraries.items()
        if measure in calls
    }
    return AccuracyRow(measure, rules.budget_text(cases[0]), outcomes)
