"""How large a measure can be, alone and compared with another one."""

import math

import jax
import numpy as np
import pytest
from hypothesis import given

import contract
from jaxinfo import logits, probs
from laws import draws

OUTCOMES = draws.SHAPE[-1]


def _f64(x):
    return np.asarray(x, np.float64)


@draws.law
@given(p=draws.grid_tables())
def test_entropies_are_ordered(p):
    least, shannon = probs.min_entropy(p), probs.entropy(p)
    support, ratio = probs.hartley_entropy(p), probs.normalized_entropy(p)
    # The largest of several near-equal sums: one rounding of each term.
    assert (_f64(least) >= 0).all()
    assert draws.upper(least, shannon, 8)
    assert draws.upper(shannon, support, 8)
    assert draws.upper(support, math.log(OUTCOMES), 1)
    assert (_f64(ratio) >= 0).all()
    assert draws.upper(ratio, 1, 8)
    assert draws.upper(probs.perplexity(p), (p > 0).sum(axis=-1), 32)
    assert (_f64(probs.perplexity(p)) >= 1).all()


@draws.law
@given(x=draws.logits())
def test_entropies_of_logits_are_ordered(x):
    least, shannon = logits.min_entropy(x), logits.entropy(x)
    support, ratio = logits.hartley_entropy(x), logits.normalized_entropy(x)
    assert (_f64(least) >= 0).all()
    assert draws.upper(least, shannon, 8)
    assert draws.upper(shannon, support, 8)
    assert (_f64(ratio) >= 0).all()
    assert draws.upper(ratio, 1, 8)
    assert (_f64(logits.perplexity(x)) >= 1).all()
    assert draws.upper(logits.perplexity(x), np.isfinite(x).sum(axis=-1), 32)


@draws.law
@given(pair=draws.pairs(exact=True))
def test_bounded_divergences_stay_below_their_bound(pair):
    assert draws.upper(probs.js_divergence(*pair), math.log(2))
    assert draws.upper(probs.js_distance(*pair), math.sqrt(math.log(2)))
    assert draws.upper(probs.total_variation_distance(*pair), 1, 0)
    assert draws.upper(probs.squared_hellinger_distance(*pair), 1)
    assert draws.upper(probs.hellinger_distance(*pair), 1)
    assert draws.upper(probs.bhattacharyya_coefficient(*pair), 1)


@contract.long
@draws.law
@given(pair=draws.logit_pairs())
def test_bounded_divergences_of_logits_stay_below_their_bound(pair):
    # A softmax in single precision sums to one up to one rounding per outcome.
    assert draws.upper(logits.js_divergence(*pair), math.log(2), 8)
    assert draws.upper(logits.js_distance(*pair), math.sqrt(math.log(2)), 8)
    assert draws.upper(logits.total_variation_distance(*pair), 1, 8)
    assert draws.upper(logits.squared_hellinger_distance(*pair), 1, 8)
    assert draws.upper(logits.hellinger_distance(*pair), 1, 8)
    assert draws.upper(logits.bhattacharyya_coefficient(*pair), 1, 0)


def _check_inequalities(room, pair, ulps):
    """The inequalities between divergences; `ulps` of rounding in each."""
    kl = _f64(room.kl_divergence(*pair))
    tv = _f64(room.total_variation_distance(*pair))
    squared = _f64(room.squared_hellinger_distance(*pair))
    chi = _f64(room.chi_squared_divergence(*pair))
    js = _f64(room.js_divergence(*pair))
    jeffreys = _f64(room.jeffreys_divergence(*pair))
    affinity = _f64(room.bhattacharyya_coefficient(*pair))
    distance = _f64(room.bhattacharyya_distance(*pair))
    # Squares below the smallest normal number are flushed, their roots are not.
    tiny = len(pair[0].T) * float(np.finfo(np.float32).tiny)
    assert draws.upper(tv, np.sqrt(kl / 2 + tiny), ulps), "Pinsker"
    assert draws.upper(tv, np.sqrt(tiny - np.expm1(-kl)), ulps), "Bretagnolle-Huber"
    assert draws.upper(squared, tv, ulps), "Le Cam, below"
    above = squared * (2 - squared)
    assert draws.upper(tv, np.sqrt(above + tiny), ulps), "Le Cam, above"
    assert draws.upper(kl, np.log1p(chi), ulps)
    assert draws.upper(2 * distance, kl, ulps), "Rényi 1/2 below Rényi 1"
    assert draws.upper(js, math.log(2) * tv, ulps), "Lin"
    assert draws.upper(js, jeffreys / 4, ulps)
    assert draws.upper(squared, 2 * js, ulps)
    assert draws.close(affinity + squared, 1, ulps)
    assert (np.isinf(kl) == np.isinf(chi)).all()


@draws.law
@given(pair=draws.pairs(exact=True))
def test_divergences_of_tables_bound_each_other(pair):
    _check_inequalities(probs, pair, 32)


@pytest.mark.matrix
@draws.law
@given(pair=draws.logit_pairs(bound=20.0))
def test_divergences_of_logits_bound_each_other(pair):
    # Twice sixteen: each side has the budget of a measure of logits.
    _check_inequalities(logits, pair, 32)


def _mixed(a, b, share):
    return share * a + (1 - share) * b


CONVEX = [
    "kl_divergence",
    "js_divergence",
    "chi_squared_divergence",
    "squared_hellinger_distance",
    "total_variation_distance",
]


@jax.jit
def _on_segment(ps, qs):
    """Jointly convex divergences and the entropy, at two ends and between."""
    values = [getattr(probs, name)(ps, qs) for name in CONVEX]
    return [*values, -probs.entropy(ps)]


@pytest.mark.usefixtures("x64")
@draws.law
@given(ends=draws.pairs(dtype=np.float64, exact=True), more=draws.grid_tables())
def test_divergences_are_jointly_convex_and_entropy_is_concave(ends, more):
    p, q = ends
    other_p, other_q = more.astype(np.float64), np.roll(p, 1, axis=0)
    at = [_f64(v) for v in _on_segment(p, q)]
    to = [_f64(v) for v in _on_segment(other_p, other_q)]
    for share in (0.25, 0.5, 0.9375):
        mixed_p, mixed_q = _mixed(p, other_p, share), _mixed(q, other_q, share)
        between = [_f64(v) for v in _on_segment(mixed_p, mixed_q)]
        for a, b, middle in zip(at, to, between, strict=True):
            chord = _mixed(a, b, share)
            # Mixed tables are rounded: their mass is off by some 1e-16.
            assert (middle <= chord + 1e-14 * (1 + np.abs(chord))).all()


@pytest.mark.usefixtures("x64")
@draws.law
@given(p=draws.pairs(dtype=np.float64), q=draws.tables(dtype=np.float64))
def test_distances_obey_the_triangle_inequality(p, q):
    for name in ("js_distance", "hellinger_distance", "total_variation_distance"):
        distance = getattr(probs, name)
        direct = distance(*p)
        detour = _f64(distance(p[0], q)) + _f64(distance(q, p[1]))
        assert draws.upper(direct, detour, 32, dtype=np.float64), name
