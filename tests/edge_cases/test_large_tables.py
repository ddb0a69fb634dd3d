"""NaN in tables that are large enough for the long loops of XLA:CPU.

Such loops, of some thousand entries, reduce by a maximum that passes over NaN.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import contract
import jaxinfo
from contract import WIDEST
from jaxinfo import bounds, logits, losses

ROWS, OUTCOMES, BAD = 64, 256, 7

ONE = [logits.entropy, logits.min_entropy, logits.perplexity, logits.normalized_entropy]
TWO = [
    logits.cross_entropy,
    logits.kl_divergence,
    logits.js_divergence,
    logits.total_variation_distance,
    logits.hellinger_distance,
    logits.bhattacharyya_distance,
    logits.chi_squared_divergence,
]


def values(x, y):
    labels = jnp.arange(ROWS)
    loss = losses.softmax_cross_entropy_with_integer_labels(x, labels)
    _, report = losses.softmax_cross_entropy_with_report(x, jax.nn.softmax(y, axis=-1))
    of_tables = [jaxinfo.min_entropy, jaxinfo.perplexity, jaxinfo.entropy]
    return {
        **{fn.__name__: fn(x) for fn in ONE},
        **{fn.__name__: fn(x, y) for fn in TWO},
        **{f"probs.{fn.__name__}": fn(jnp.exp(x - 8.0)) for fn in of_tables},
        "labels": loss,
        "report.kl": report.kl_divergence,
        "report.log_sum_exp": report.log_sum_exp,
    }


@pytest.mark.matrix
@pytest.mark.parametrize("bad", [slice(3, 4), slice(None)], ids=["one", "all"])
def test_nan_comes_out_and_stays_in_its_row(bad):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, ROWS, OUTCOMES)).astype(WIDEST)
    program = contract.quick(values)
    clean = program(x, y)
    spoiled = x.copy()  # the arrays of NumPy may still be in use
    spoiled[BAD, bad] = np.nan
    for name, value in program(spoiled, y).items():
        assert np.isnan(value[BAD]), name
        others = np.arange(ROWS) != BAD
        np.testing.assert_array_equal(value[others], clean[name][others], name)


@pytest.mark.parametrize("own", [True, False])
def test_nan_among_scores_comes_out(own):
    scores = np.random.default_rng(0).normal(size=(OUTCOMES, OUTCOMES)).astype(WIDEST)
    scores[BAD, BAD if own else 2 * BAD] = np.nan
    row = jnp.zeros(OUTCOMES, WIDEST)
    plain = [bounds.info_nce, bounds.donsker_varadhan, bounds.js_bound, bounds.smile]
    plain += [bounds.nwj, bounds.club, bounds.leave_one_out]
    values = {fn.__name__: fn(scores) for fn in plain}
    values |= {fn.__name__: fn(scores, row) for fn in (bounds.flo, bounds.tuba)}
    for name, value in values.items():
        assert jnp.isnan(value), name


def test_diverged_training_has_no_loss_of_zero():
    x = jnp.full((ROWS, OUTCOMES), jnp.nan, jnp.float32)
    loss = losses.softmax_cross_entropy_with_integer_labels(x, jnp.arange(ROWS))
    assert jnp.isnan(loss).all()
