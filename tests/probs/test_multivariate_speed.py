"""All subsets of twelve binary variables: how long it takes, and how long in dit."""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxinfo import probs

VARIABLES, ROWS = 12, 64
AXES = tuple(range(1, VARIABLES + 1))
MEASURES = [
    "co_information",
    "dual_total_correlation",
    "interaction_information",
    "o_information",
    "residual_entropy",
    "s_information",
    "total_correlation",
    "tse_complexity",
]


def _tables():
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.ones(2**VARIABLES), ROWS)
    return rows.reshape(ROWS, *[2] * VARIABLES)


@jax.jit
def _everything(tables):
    return [
        probs.subset_entropies(tables, axes=AXES).entropies,
        *(getattr(probs, name)(tables, axes=AXES) for name in MEASURES),
    ]


def _seconds(call, rounds):
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.slow
@pytest.mark.usefixtures("optimized")
def test_all_measures_of_twelve_variables():
    tables = _tables()
    rows = jnp.asarray(tables, jnp.float32)
    start = time.perf_counter()
    program = _everything.lower(rows).compile()
    compiling = time.perf_counter() - start
    entropies, *_ = program(rows)
    assert entropies.shape == (ROWS, 2**VARIABLES - 1)
    ours = _seconds(lambda: jax.block_until_ready(program(rows)), 5)
    report = f"{compiling:.1f} s to compile, {ours:.2f} s for {ROWS} tables"
    assert ours < 2, report
    assert compiling < 60, report

    # Two of the nine, of one of the tables, in dit.
    dit = pytest.importorskip("dit")
    cells = [np.binary_repr(k, VARIABLES) for k in range(2**VARIABLES)]
    distribution = dit.Distribution(cells, tables[0].ravel())
    start = time.perf_counter()
    theirs = [
        dit.multivariate.coinformation(distribution),
        dit.multivariate.tse_complexity(distribution),
    ]
    taken = time.perf_counter() - start
    report += f"; dit {taken:.1f} s for one"
    sys.stdout.write(f"{report}\n")
    assert taken > 100 * ours / ROWS, report
    wide = jnp.asarray(tables[0])
    ours = [probs.co_information(wide, base=2), probs.tse_complexity(wide, base=2)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-3)
