"""Errors in units in the last place, against NumPy and by hand."""

import math
from decimal import Decimal

import numpy as np
import pytest

from jaxinfo.benchmarks import truth_cases
from jaxinfo.benchmarks._accuracy import errors, rules

DTYPES = ["float32", "float64"]


def _error(got, truth, dtype="float32", unit="entry"):
    got = np.asarray(got, dtype)
    return errors.worst_error(got, [Decimal(t) for t in truth], unit=unit).size


@pytest.mark.parametrize("dtype", DTYPES)
def test_unit_is_the_spacing_of_floats(dtype):
    info = np.finfo(dtype)
    values = np.array([1, 1.5, 2, 3, 1e-30, 7e30, 0.1, info.max / 2, info.tiny], dtype)
    for value in [*values, np.nextafter(np.array(2, dtype), np.array(0, dtype))]:
        assert float(errors.ulp(Decimal(float(value)), dtype)) == np.spacing(value)


@pytest.mark.parametrize("dtype", DTYPES)
def test_unit_has_a_floor_and_no_rounding(dtype):
    floor = float(np.finfo(dtype).smallest_subnormal)
    for value in ("0", "1e-9000", "-1e-400"):
        assert float(errors.ulp(Decimal(value), dtype)) == floor
    # A hair below two is in the binade of one, though it rounds to two.
    hair = Decimal(2) - Decimal("1e-20")
    assert 2 * errors.ulp(hair, dtype) == errors.ulp(Decimal(2), dtype)


def test_rounded_result_is_half_a_unit_off():
    assert _error(1 / 3, ["0." + 60 * "3"]) <= 0.5
    assert _error(1 / 3, ["0." + 60 * "3"], "float64") <= 0.5
    assert _error(np.nextafter(np.float32(1), 2), ["1"]) == 1
    assert _error([1, 3], ["1", "2"]) == 2**22


def test_unit_of_gradients_and_of_differences():
    assert _error([4, 0.5], ["4", "0.25"], unit="largest") == 0.25 * 2**21
    assert _error([0.5], ["0.25"], unit="one") == 0.25 * 2**23
    assert _error([2**-23], ["0"], unit="one") == 1


def test_zeros_infinities_and_nan():
    tiny = float(np.finfo(np.float32).tiny)
    assert _error([0, -0.0], ["0", "0"]) == 0
    assert math.isinf(_error([tiny], ["0"]))
    assert math.isinf(_error([1, tiny], ["1", "0"], unit="largest"))
    assert _error([np.inf, -np.inf], ["inf", "-1e50"]) == 0
    assert math.isinf(_error([np.inf], ["1"]))
    assert math.isinf(_error([np.inf], ["-inf"]))
    assert math.isinf(_error([1], ["inf"]))
    assert math.isinf(_error([np.nan], ["1"]))
    assert _error([np.nan], ["nan"]) == 0
    assert math.isinf(_error([1], ["nan"]))
    # Flushed to zero, or an eighth off in subnormal units, or not small at all.
    assert _error([0], ["1e-38"]) == 0
    assert math.isinf(_error([1, 2], ["1"]))
    assert _error([0], ["1.2e-38"]) > 2**22


def test_worst_entry_is_named():
    got = np.array([1, 1.5, 9], np.float32)
    truth = [Decimal(1), Decimal(1), Decimal(9)]
    assert errors.worst_error(got, truth, unit="entry").note == (
        "entry 1: got 1.5, truth 1"
    )


@pytest.mark.parametrize(
    ("case_id", "budget", "unit"),
    [
        ("binary_entropy/000", 4, "entry"),
        ("kl/000", 16, "entry"),
        ("mi/000", 16, "entry"),
        ("kl_from_logits/000", 16, "entry"),
        ("normal_kl/000", 64, "entry"),
        ("gamma_kl/000", 4096, "entry"),
        ("von_mises_kl/000", 4096, "entry"),
        ("grad_kl_p/000", 16, "largest"),
        ("cmi/000", 16, "one"),
        ("o_information/000", 16, "one"),
    ],
)
def test_budgets(case_id, budget, unit):
    case = {case.id: case for case in truth_cases()}[case_id]
    assert rules.budget(case) == budget
    assert rules.unit(case) == unit


def test_budget_of_perplexity_grows_with_entropy():
    for case in truth_cases():
        if case.measure == "perplexity":
            entropy = math.log(float(case.values()[0]))
            assert rules.budget(case) == pytest.approx(16 * (1 + abs(entropy)))


def test_gradients_are_those_of_the_generalized_divergence():
    cases = {case.id: case for case in truth_cases()}
    for case_id, offset in (("grad_kl_p/000", -1), ("grad_kl_q/000", 1)):
        raw = rules.expected(cases[case_id], convention="raw")
        own = rules.expected(cases[case_id], convention="jaxinfo")
        assert [float(b - a) for a, b in zip(raw, own, strict=True)] == [offset] * 3
    boundary = cases["grad_entropy_p/002"]
    assert rules.expected(boundary, convention="jaxinfo")[1] == 0
    assert rules.expected(boundary, convention="raw")[1] == Decimal("inf")
