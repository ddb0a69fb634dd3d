"""Identities and inequalities between the measures of many variables."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxinfo import probs

pytestmark = pytest.mark.usefixtures("x64")

MEASURES = (
    "co_information",
    "dual_total_correlation",
    "interaction_information",
    "o_information",
    "residual_entropy",
    "s_information",
    "total_correlation",
    "tse_complexity",
)
AXES = (-3, -2, -1)
ROWS = 32


@jax.jit
def every_measure(tables):
    measures = {name: getattr(probs, name)(tables, axes=AXES) for name in MEASURES}
    subsets = probs.subset_entropies(tables, axes=AXES)
    entropies = zip(
        subsets.subsets, jnp.moveaxis(subsets.entropies, -1, 0), strict=True
    )
    return measures, dict(entropies)


def draw(seed=0):
    """Tables of three variables of two outcomes each, some cells impossible."""
    rng = np.random.default_rng(seed)
    weights = rng.gamma(0.5, size=(ROWS, 2, 2, 2))
    weights[rng.random(weights.shape) < 0.2] = 0
    return weights / weights.sum((1, 2, 3), keepdims=True)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-14)


@pytest.mark.matrix
def test_measures_are_sums_of_entropies():
    m, h = every_measure(draw())
    singles = h[0,] + h[1,] + h[2,]
    pairs = h[0, 1] + h[0, 2] + h[1, 2]
    whole = h[0, 1, 2]
    close(m["total_correlation"], singles - whole)
    close(m["dual_total_correlation"], pairs - 2 * whole)
    close(m["residual_entropy"], 3 * whole - pairs)
    close(m["co_information"], singles - pairs + whole)
    close(m["tse_complexity"], singles / 3 + pairs / 3 - whole)


def test_identities():
    m, h = every_measure(draw())
    total, dual = m["total_correlation"], m["dual_total_correlation"]
    close(m["s_information"], total + dual)
    close(m["o_information"], total - dual)
    close(m["residual_entropy"], h[0, 1, 2] - dual)
    close(m["co_information"], m["o_information"])  # of three variables
    close(m["interaction_information"], m["co_information"])


def test_inequalities():
    m, h = every_measure(draw())
    largest = np.max([h[0,], h[1,], h[2,]], axis=0)
    slack = 1e-14
    assert (m["total_correlation"] <= h[0,] + h[1,] + h[2,] - largest + slack).all()
    assert (m["dual_total_correlation"] <= h[0, 1, 2] + slack).all()
    # Austin 2018: each correlation is at most n - 1 times the other.
    assert (m["total_correlation"] <= 2 * m["dual_total_correlation"] + slack).all()
    assert (m["dual_total_correlation"] <= 2 * m["total_correlation"] + slack).all()
    # Han 1978: mean entropies per variable fall with the size of the subsets.
    pairs = (h[0, 1] + h[0, 2] + h[1, 2]) / 6
    assert (pairs <= (h[0,] + h[1,] + h[2,]) / 3 + slack).all()
    assert (h[0, 1, 2] / 3 <= pairs + slack).all()


def test_noise_on_one_variable_loses_dependence():
    tables = draw()
    noise = np.random.default_rng(1).dirichlet(np.ones(2), 2)
    before, _ = every_measure(tables)
    after, _ = every_measure(np.einsum("rabc,cd->rabd", tables, noise))
    for name in ("total_correlation", "dual_total_correlation"):
        assert (after[name] <= before[name] + 1e-14).all()


@pytest.mark.matrix
def test_independent_systems_add_up():
    first, second = draw(1), draw(2)
    system = np.einsum("rabc,rdef->radbecf", first, second).reshape(ROWS, 4, 4, 4)
    (one, _), (two, _), (both, _) = map(every_measure, (first, second, system))
    for name in MEASURES:
        close(both[name], one[name] + two[name])


def test_synergy_and_redundancy():
    bits = np.indices((2, 2, 2))
    parity = np.where(bits.sum(0) % 2 == 0, 0.25, 0.0)
    copies = np.where((bits[0] == bits[1]) & (bits[1] == bits[2]), 0.5, 0.0)
    m, _ = every_measure(np.stack([parity, copies] * (ROWS // 2)))
    bit = np.log(2)
    close(m["o_information"][:2], [-bit, bit])
    close(m["interaction_information"][:2], [-bit, bit])
    close(m["total_correlation"][:2], [bit, 2 * bit])
    close(m["dual_total_correlation"][:2], [2 * bit, bit])
