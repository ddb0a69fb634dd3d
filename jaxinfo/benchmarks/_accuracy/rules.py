"""What is owed on the truth set: which cases apply, in which convention, how close.

Budgets, in units in the last place (ULP) of the result in the tested type:

- scalars 4; vectors, joint tables and logits 16; closed forms 64;
- gradients 16 of their largest entry;
- perplexity 16 (1 + H), since the exponential magnifies an error by H;
- total correlation, dual total correlation, O-, interaction and conditional mutual
  information 16 of max(|value|, 1), since they subtract entropies;
- closed forms with gamma or Bessel functions 4096, as the primitives have no better;
- an exact zero is exactly zero.

A result below the smallest normal number may come out as 0, because accelerators
flush such numbers to zero.
"""

import decimal
from decimal import Decimal

import numpy as np

from jaxinfo.benchmarks._accuracy.cases import TruthCase

__all__ = ["budget", "budget_text", "expected", "not_applicable", "unit"]

_BUDGETS = {
    "scalar": 4.0,
    "vector": 16.0,
    "table": 16.0,
    "logits": 16.0,
    "grad": 16.0,
    "closed": 64.0,
}
_SPECIAL_FUNCTIONS = ("gamma_", "beta_", "dirichlet_", "student_t_", "wishart_")
_BESSEL_FUNCTIONS = ("von_mises_",)
_SUBTRACTIVE = frozenset(
    {
        "cmi",
        "dual_total_correlation",
        "interaction_information",
        "o_information",
        "total_correlation",
    }
)
# For tables that do not sum to one these differ by convention: KL is the generalized
# KL, with - p + q, and the Bhattacharyya distance is -log(1 - H^2), both never
# negative. In Jeffreys and Jensen-Shannon the extra terms cancel; they do apply.
_GENERALIZED = frozenset({"bhattacharyya", "kl", "reverse_kl"})
# Of first order in what the division rounds away; divergences are of second order.
_FIRST_ORDER = frozenset(
    {"cross_entropy", "entropy", "renyi_entropy", "tsallis_entropy", "tv"}
)


def not_applicable(case: TruthCase, dtype: str) -> str | None:
    """Says why a case cannot be asked of a measure, or `None` if it can be."""
    if case.measure == "rel_entr_elem":
        return "p log(p/q) of one entry is no public measure"
    if "subnormal" in case.tags:
        return "subnormal input is flushed to zero by accelerators"
    if case.norm == "as_given" and case.measure in _GENERALIZED:
        return "unnormalized table, where the definition is the generalized one"
    if case.norm == "renormalized" and _division_loses(case, dtype):
        return "digits are lost in the division by the sum, before the call"
    return None


def _division_loses(case: TruthCase, dtype: str) -> bool:
    """Whether rounding the normalized inputs changes the result beyond its budget."""
    if case.tags & {"near_equal", "wide"}:
        return True
    # An entry that rounds to one hides how far it is from one, and a result that
    # small consists of it. Seen in ones beside 1e-30.
    small = abs(case.values()[0]) < Decimal(float(np.finfo(dtype).eps))
    return case.measure in _FIRST_ORDER and small


def budget(case: TruthCase) -> float:
    """The largest error allowed on a case, in ULP."""
    if case.measure == "perplexity":
        return 16 * (1 + abs(float(case.values()[0].ln())))
    if case.measure.startswith(_SPECIAL_FUNCTIONS + _BESSEL_FUNCTIONS):
        return 4096.0
    return _BUDGETS[case.kind]


def budget_text(case: TruthCase) -> str:
    """The budget of a case's measure in words, for the table."""
    if case.measure == "perplexity":
        return "16 (1 + H)"
    if case.measure in _SUBTRACTIVE:
        return "16 of max(|.|, 1)"
    if case.kind == "grad":
        return "16 of largest"
    return f"{budget(case):.0f}"


def expected(case: TruthCase, *, convention: str) -> list[Decimal]:
    """The true result, flattened, in jaxinfo's convention or the `"raw"` one.

    The gradients of KL are those of the generalized KL, sum of p log(p/q) - p + q:
    log(p/q) in p and 1 - p/q in q, where the raw sum has log(p/q) + 1 and -p/q. A
    derivative that is infinite at p = 0 is 0.
    """
    values = case.values()
    if convention == "raw" or case.kind != "grad":
        return values
    offset = {"grad_kl_p": -1, "grad_kl_q": 1}.get(case.measure, 0)
    # The default context would round to 28 digits.
    with decimal.localcontext(prec=100):
        return [v + offset if v.is_finite() else Decimal(0) for v in values]


def unit(case: TruthCase) -> str:
    """What an error is measured against: each entry, the largest one, or one."""
    if case.measure in _SUBTRACTIVE:
        return "one"
    return "largest" if case.kind == "grad" else "entry"
