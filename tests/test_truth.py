"""Every measure against sixty-digit truth, from the file that the benchmarks ship."""

import json
import math

import jax.numpy as jnp
import pytest

import contract
from jaxinfo import benchmarks, probs
from jaxinfo.benchmarks._accuracy import adapters, recipes

DTYPES = contract.precisions()
# Each measure has a program for every shape and option: a few of each kind stand for
# all in the default run. `python -m jaxinfo.benchmarks accuracy` asks all of them.
sampled_measures = contract.sampled(
    "measure",
    adapters.MEASURES,
    *("binary_entropy", "binary_kl_from_logits", "self_information"),
    *("cross_entropy", "js", "kl", "joint_entropy", "cmi"),
    *("entropy_from_logits", "label_cross_entropy_from_logits"),
    *("grad_entropy_p", "grad_kl_q"),
    *("beta_entropy", "mvn_kl", "normal_kl"),
)


def _asked(dtype):
    """How many cases can be asked, by measure, without running any."""
    return benchmarks.accuracy(dtype=dtype, measures={}).absent


@pytest.mark.parametrize("dtype", DTYPES)
@sampled_measures
def test_no_case_is_missed(measure, dtype):
    report = benchmarks.accuracy(dtype=dtype, pattern=f"^{measure}/")
    assert len(report.outcomes()) == _asked(dtype)[measure] > 0
    assert report.missed() == []


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_case_is_dropped(dtype):
    # Counted by hand, so that a filter that swallows cases turns this red.
    digits = {"float32": 105, "float64": 101}[dtype]
    report = benchmarks.accuracy(dtype=dtype, measures={})
    assert len(benchmarks.truth_cases()) == 1849
    assert {why.split()[0]: len(ids) for why, ids in report.not_applicable.items()} == {
        "subnormal": 3,
        "p": 15,
        "digits": digits,
        "unnormalized": 12,
    }
    asked = 1849 - 3 - 15 - digits - 12
    assert sum(report.absent.values()) == asked
    assert len(adapters.MEASURES) == 107
    assert sum(report.absent[name] for name in adapters.MEASURES) == asked


def _wrong(call, dtype="float32"):
    """The report of a wrong KL divergence."""
    return benchmarks.accuracy(dtype=dtype, pattern="^kl/", measures={"kl": call})


# Of the 24 cases one has the value 0 and two are infinite: no factor changes those.
@pytest.mark.parametrize("dtype", DTYPES)
@contract.sampled("factor", [1 + 1e-5, 1 - 1e-5, -1], "1.00001", "-1")
def test_wrong_factor_is_seen(factor, dtype):
    report = _wrong(lambda p, q: factor * probs.kl_divergence(p, q), dtype)
    assert len(report.outcomes()) == 24
    assert len(report.missed()) == (23 if factor < 0 else 21)


@contract.long
def test_wrong_kind_of_result_is_seen():
    def nan(p, q):
        return probs.kl_divergence(p, q) * jnp.nan

    def wide(p, q):
        return probs.kl_divergence(p, q).astype(jnp.float64)

    def raising(p, q):
        raise RuntimeError("no such thing")

    def repeated(p, q):
        return probs.kl_divergence(p, q)[..., None] * jnp.ones(2, p.dtype)

    def total(p, q):
        return probs.kl_divergence(p, q).sum()

    for call in (nan, wide, raising, repeated, total):
        missed = _wrong(call).missed()
        assert len(missed) == 24
        assert all(math.isinf(outcome.error) for outcome in missed)
    assert "RuntimeError: no such thing" in _wrong(raising).missed()[0].note


def test_tiny_offset_of_zero_is_seen():
    def shifted(p, q):
        tiny = jnp.finfo(p.dtype).tiny
        return jnp.maximum(probs.kl_divergence(p, q), tiny)

    assert [outcome.case for outcome in _wrong(shifted).missed()] == ["kl/010"]


def _all_recipes():
    """The recipes of the truth set, once each."""
    specs = (spec for case in benchmarks.truth_cases() for spec in case.inputs.values())
    return {json.dumps(spec): spec for spec in specs if isinstance(spec, dict)}.values()


def test_recipes_expand_to_their_digests():
    specs = list(_all_recipes())
    assert len(specs) == 13
    for recipe in specs:
        values = recipes.expand(recipe)
        assert recipes.digest(values) == recipe["sha256"]
        assert values.size == recipe["n"]


def test_changed_recipe_is_refused():
    for recipe in _all_recipes():
        changed = recipe | {"seed": recipe.get("seed", 0) + 1, "n": recipe["n"] - 1}
        with pytest.raises(ValueError, match="does not expand to its digest"):
            recipes.expand(changed)
    with pytest.raises(ValueError, match="known kind"):
        recipes.expand({"recipe": "counts_zipf", "n": 3, "k": 4})
