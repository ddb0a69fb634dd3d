"""The shipped truth against the definitions, recomputed in high precision."""

import random

import pytest
from mpmath import mpf

from jaxinfo.benchmarks import truth_cases
from reference import make_truth


def _small_cases():
    """The cases that are recomputed in less than a second, by measure."""
    by_measure = {}
    for case in truth_cases():
        recipes = [spec for spec in case.inputs.values() if isinstance(spec, dict)]
        if all(recipe["n"] <= 1000 for recipe in recipes):
            by_measure.setdefault(case.measure, []).append(case)
    return by_measure


def test_every_measure_has_a_definition():
    assert make_truth.DEFINITIONS.keys() == {case.measure for case in truth_cases()}
    assert len(make_truth.DEFINITIONS) == 108


@pytest.mark.slow
@pytest.mark.parametrize("measure", list(make_truth.DEFINITIONS))
def test_truth_is_what_the_definition_gives(measure):
    cases = _small_cases()[measure]
    for case in random.Random(measure).sample(cases, min(3, len(cases))):
        assert make_truth.agrees(case, make_truth.compute(case)), case.id


def test_changed_digit_is_seen():
    case = _small_cases()["kl"][0]
    value = make_truth.compute(case)
    assert make_truth.agrees(case, value)
    assert not make_truth.agrees(case, value * (1 + mpf(10) ** -50))
    assert not make_truth.agrees(case, mpf("inf"))
