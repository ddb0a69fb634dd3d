"""Which closed form an object gets, by its class and attributes, library or not."""

import ast
import inspect
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import contract
import jaxinfo
from distributions import stand_ins
from distributions.stand_ins import DISTRAX, NUMPYRO, TFP, make
from jaxinfo import distributions, families
from jaxinfo.distributions import _objects

# The class, its attributes, and what `Params` must hold.
A, B, C = 0.3, 0.7, 5.0
ROW = [A, B]
BERNOULLI, CATEGORICAL = ("bernoulli", (A,)), ("categorical", (ROW,))
ROWS = [
    (DISTRAX, "Normal", {"loc": A, "scale": B}, "normal", (A, B)),
    (NUMPYRO, "Normal", {"loc": A, "scale": B}, "normal", (A, B)),
    (TFP, "Normal", {"loc": A, "scale": B}, "normal", (A, B)),
    (DISTRAX, "Laplace", {"loc": A, "scale": B}, "laplace", (A, B)),
    (NUMPYRO, "Gumbel", {"loc": A, "scale": B}, "gumbel", (A, B)),
    (TFP, "Logistic", {"loc": A, "scale": B}, "logistic", (A, B)),
    (TFP, "LogNormal", {"loc": A, "scale": B}, "log_normal", (A, B)),
    (NUMPYRO, "StudentT", {"df": C, "loc": A, "scale": B}, "student_t", (C, A, B)),
    (NUMPYRO, "Exponential", {"rate": A}, "exponential", (A,)),
    (TFP, "Exponential", {"rate": A, "concentration": 1.0}, "exponential", (A,)),
    (DISTRAX, "Gamma", {"concentration": A, "rate": B}, "gamma", (A, B)),
    (
        TFP,
        "Gamma",
        {"concentration": A, "rate": None, "log_rate": np.log(B)},
        "gamma",
        (A, B),
    ),
    (
        NUMPYRO,
        "InverseGamma",
        {"concentration": A, "rate": B},
        "inverse_gamma",
        (A, B),
    ),
    (TFP, "InverseGamma", {"concentration": A, "scale": B}, "inverse_gamma", (A, B)),
    (DISTRAX, "Beta", {"alpha": A, "beta": B}, "beta", (A, B)),
    (NUMPYRO, "Beta", {"concentration0": B, "concentration1": A}, "beta", (A, B)),
    (TFP, "Beta", {"concentration0": B, "concentration1": A}, "beta", (A, B)),
    (TFP, "Dirichlet", {"concentration": ROW}, "dirichlet", (ROW,)),
    (NUMPYRO, "Poisson", {"rate": A}, "poisson", (A,)),
    (TFP, "Poisson", {"rate": None, "log_rate": np.log(A)}, "poisson", (A,)),
    (DISTRAX, "Uniform", {"low": A, "high": B}, "uniform", (A, B)),
    (NUMPYRO, "Pareto", {"scale": B, "alpha": A}, "pareto", (A, B)),
    (TFP, "Pareto", {"scale": B, "concentration": A}, "pareto", (A, B)),
    (NUMPYRO, "Weibull", {"scale": B, "concentration": A}, "weibull", (A, B)),
    (DISTRAX, "VonMises", {"loc": A, "concentration": B}, "von_mises", (A, B)),
    # Where one of two parameters was given, the other is `None` or made out of it.
    (NUMPYRO, "BernoulliProbs", {"probs": A, "logits": 9.0}, "bernoulli", (A,)),
    (DISTRAX, "Bernoulli", {"logits": 9.0, "_probs": A, "_logits": None}, *BERNOULLI),
    (TFP, "Bernoulli", {"probs": A, "logits": None}, "bernoulli", (A,)),
    (NUMPYRO, "GeometricProbs", {"probs": A, "logits": 9.0}, "geometric", (A,)),
    (TFP, "Categorical", {"probs": ROW, "logits": None}, *CATEGORICAL),
    (TFP, "OneHotCategorical", {"probs": ROW, "logits": None}, *CATEGORICAL),
]
GIVEN_LOGITS = [
    (NUMPYRO, "BernoulliLogits", {"probs": 9.0, "logits": A}, "bernoulli", A),
    (TFP, "Geometric", {"probs": None, "logits": A}, "geometric", A),
    (NUMPYRO, "CategoricalLogits", {"probs": 9.0, "logits": ROW}, "categorical", ROW),
    (DISTRAX, "Categorical", {"_probs": None, "_logits": ROW}, "categorical", ROW),
]


def library_and_class(row):
    return f"{row[0].partition('.')[0]}.{row[1]}"


def arrays(attributes):
    return {k: jnp.asarray(v) if v is not None else v for k, v in attributes.items()}


@pytest.mark.parametrize("row", ROWS, ids=library_and_class)
def test_parameters_are_read(row):
    library, name, attributes, family, expected = row
    found = _objects.read(make(library, name, **arrays(attributes)))
    assert found.name == family
    assert type(found.params) is getattr(families, family).Params
    assert len(found.params) == len(expected)
    for x, value in zip(found.params, expected, strict=True):
        np.testing.assert_allclose(x, value, rtol=1e-6)


@pytest.mark.parametrize("row", GIVEN_LOGITS, ids=library_and_class)
def test_logits_are_read_as_such(row):
    library, name, attributes, family, expected = row
    found = _objects.read(make(library, name, **arrays(attributes)))
    assert (found.name, type(found.params)) == (family, _objects.Logits)
    np.testing.assert_array_equal(found.params.logits, jnp.asarray(expected))


def test_every_family_has_a_row():
    seen = {row[3] for row in ROWS}
    listed = {name for name in families.__all__ if hasattr(families, name)}
    listed = {n for n in listed if hasattr(getattr(families, n), "Params")}
    assert seen == listed - {"exponential_family", "multivariate_normal", "wishart"}


ENTROPY = stats.norm.entropy()


def normal(library, loc, scale):
    shape = jnp.broadcast_shapes(jnp.shape(loc), jnp.shape(scale))
    shapes = {"batch_shape": shape, "event_shape": ()}
    return make(library, "Normal", loc=loc, scale=scale, **shapes)


def test_objects_of_two_libraries():
    p, q = normal(DISTRAX, 0.0, 1.0), normal(NUMPYRO, jnp.array([0.0, 1.0]), 2.0)
    got = distributions.kl_divergence(p, q)
    want = np.log(2) + (1 + np.array([0.0, 1.0])) / 8 - 0.5
    contract.assert_close(got, want, 1e-6, "divergence")
    cross = distributions.cross_entropy(p, q)
    contract.assert_close(cross, want + ENTROPY, 1e-6, "cross-entropy")
    in_bits = distributions.cross_entropy(p, q, base=2)
    contract.assert_close(in_bits * np.log(2), cross, 1e-6, "bits")


def test_two_families():
    p = make(NUMPYRO, "BernoulliLogits", logits=jnp.asarray(0.4))
    q = make(TFP, "Poisson", rate=jnp.asarray(0.7))
    probs = 1 / (1 + np.exp(-0.4))
    want = -(probs * np.log(0.7) - 0.7) - stats.bernoulli(probs).entropy()
    contract.assert_close(distributions.kl_divergence(p, q), want, 1e-6, "divergence")


def test_numbers_take_the_dtype_of_arrays():
    """A number of Python does not widen; whole numbers are welcome."""
    narrow = normal(NUMPYRO, jnp.zeros(3, "float32"), 1.0)
    for other in (normal(TFP, 0, 2), normal(DISTRAX, 0.5, 2.0)):
        value = distributions.kl_divergence(narrow, other)
        assert (value.dtype, value.shape) == ("float32", (3,))
        assert not value.weak_type
    value = distributions.entropy(normal(TFP, 0, 2))
    assert (value.dtype, value.weak_type) == (contract.WIDEST, False)


LOGIT_P, LOGIT_Q = jnp.array([0.4, 40.0, -30.0]), jnp.array([-0.3, 41.0, -31.0])


@contract.sampled("name", ["Bernoulli", "Geometric"], "Bernoulli")
def test_logits_lose_no_digits(name, x64):
    """Against `mpmath` at odds that no probability in float64 could tell from 1."""
    mpmath = pytest.importorskip("mpmath")
    p, q = make(TFP, name, logits=LOGIT_P), make(TFP, name, logits=LOGIT_Q)
    got = [distributions.entropy(p), distributions.cross_entropy(p, q)]
    got.append(distributions.kl_divergence(p, q))
    with mpmath.workdps(40):
        for i, (a, b) in enumerate(zip(LOGIT_P, LOGIT_Q, strict=True)):
            one, other = (1 / (1 + mpmath.exp(-mpmath.mpf(float(x)))) for x in (a, b))

            def cost(x, one=one):
                return -one * mpmath.log(x) - (1 - one) * mpmath.log(1 - x)

            want = [cost(one), cost(other), cost(other) - cost(one)]
            count = one if name == "Geometric" else 1
            for value, exact in zip(got, want, strict=True):
                exact = exact / count
                assert abs(mpmath.mpf(float(value[i])) / exact - 1) < 1e-14


@contract.sampled("name", ["Bernoulli", "Categorical", "Geometric"], "Categorical")
def test_logits_against_probabilities(name):
    """With a probability of 0 or 1 too, whose gradient stays finite."""
    several = name == "Categorical"
    logits = jnp.array([[0.2, -0.5, 1.0]] if several else [0.3])
    table = jax.nn.softmax(logits) if several else jax.nn.sigmoid(logits)
    other = jnp.array([[0.25, 0.75, 0.0], [0.1, 0.4, 0.5]] if several else [1.0, 0.2])

    @contract.quick
    def program(other):
        def measure(x):
            p = make(TFP, name, logits=None, probs=x)
            known = make(TFP, name, logits=logits)
            return distributions.cross_entropy(p, known)

        value, pull = jax.vjp(measure, other)
        p = make(TFP, name, logits=None, probs=other)
        known = make(TFP, name, logits=logits)
        return value, pull(jnp.ones_like(value)), distributions.kl_divergence(known, p)

    value, (slope,), gap = program(other)
    verbs = getattr(families, name.lower())
    want = verbs.cross_entropy(other, table)
    contract.assert_close(value, want, 1e-6, "cross-entropy")
    contract.assert_close(gap, verbs.kl_divergence(table, other), 1e-6, "divergence")
    assert jnp.isfinite(slope).all()


def test_classes_with_a_density_of_their_own_are_not_the_family():
    parent = type(normal(NUMPYRO, 0.0, 1.0))
    kept = type("Kept", (parent,), {"__module__": "mine"})()
    other = type("Other", (parent,), {"__module__": "mine", "log_prob": lambda s, x: x})
    other = other()
    for d in (kept, other):
        d.__dict__.update(loc=0.0, scale=1.0)
    contract.assert_close(distributions.entropy(kept), ENTROPY, 1e-6, "kept")
    with pytest.raises(TypeError, match=r"`entropy` .* Other \(mine\)"):
        distributions.entropy(other)


def test_objects_handed_on_by_another_library():
    """distrax derives a class from that of the object, and redirects its methods."""
    inner = make(TFP, "Pareto", concentration=2.0, scale=0.5)
    members = {"__module__": DISTRAX, "log_prob": lambda self, x: inner.log_prob(x)}
    outer = type("DistributionFromTFP", (type(inner),), members)()
    outer.__dict__.update(vars(inner))
    got = distributions.entropy(outer)
    contract.assert_close(got, stats.pareto(2.0, scale=0.5).entropy(), 1e-6, "Pareto")


@pytest.mark.parametrize("library", [DISTRAX, NUMPYRO, TFP])
def test_independent_parts_are_added(library):
    loc, scale = jnp.arange(6.0).reshape(2, 3), jnp.asarray(2.0)
    p = stand_ins.independent(library, normal(library, loc, scale), 1)
    q = stand_ins.independent(library, normal(library, 0 * loc, 0.5 * scale), 1)
    entropy = distributions.entropy(p)
    assert entropy.shape == (2,)
    contract.assert_close(entropy, np.full(2, 3 * ENTROPY + 3 * np.log(2)), 1e-6, "sum")
    want = (np.log(0.5) + (4 + np.arange(6.0) ** 2) / 2 - 0.5).reshape(2, 3).sum(-1)
    contract.assert_close(distributions.kl_divergence(p, q), want, 1e-6, "sum")
    # Nested or at once, it is the same.
    nested = stand_ins.independent(library, p, 1)
    both = stand_ins.independent(library, _base(q), 2)
    got = distributions.kl_divergence(nested, both)
    contract.assert_close(got, want.sum(), 1e-6, "nested")


def _base(d):
    return getattr(d, "base_dist", None) or d.distribution


def test_layers_of_one_side():
    one, wide = normal(NUMPYRO, 0.0, 1.0), normal(NUMPYRO, jnp.zeros(3), 2.0)
    spread = make(NUMPYRO, "ExpandedDistribution", base_dist=one, batch_shape=(2, 3))
    mask = jnp.array([True, False, True])
    masked = make(NUMPYRO, "MaskedDistribution", base_dist=wide, _mask=mask)
    gap = float(distributions.kl_divergence(one, wide)[0])
    got = distributions.kl_divergence(spread, masked)
    assert got.shape == (2, 3)
    contract.assert_close(got, np.broadcast_to([gap, 0.0, gap], (2, 3)), 1e-6, "mask")
    got = distributions.kl_divergence(masked, one)
    assert got.shape == (3,)
    assert got[1] == 0 < got[0]
    got = distributions.entropy(masked)
    contract.assert_close(
        got, (ENTROPY + np.log(2)) * np.array([1, 0, 1]), 1e-6, "entropy"
    )


def test_copies_are_counted():
    p, q = normal(TFP, jnp.zeros(2), 1.0), normal(TFP, 0.0, 2.0)
    several = [make(TFP, "Sample", distribution=d, sample_shape=(3, 2)) for d in (p, q)]
    got = distributions.kl_divergence(*several)
    want = 6 * distributions.kl_divergence(p, q)
    contract.assert_close(got, want, 1e-6, "copies")
    got = distributions.entropy(several[0])
    contract.assert_close(got, np.full(2, 6 * ENTROPY), 1e-6, "copies")


@pytest.mark.parametrize("library", [DISTRAX, NUMPYRO, TFP])
def test_maps_of_constant_determinant(library):
    scale = stand_ins.scale_map(library, -3.0)
    bases = [normal(library, 0.0, 1.0), normal(library, jnp.zeros(2), 2.0)]
    p, q = (stand_ins.transformed(library, d, scale) for d in bases)
    want = ENTROPY + np.log(3)
    contract.assert_close(distributions.entropy(p), want, 1e-6, "entropy")
    gap = distributions.kl_divergence(*bases)
    contract.assert_close(distributions.kl_divergence(p, q), gap, 0, "divergence")
    got = distributions.cross_entropy(p, q)
    contract.assert_close(got, gap + want, 1e-6, "cross-entropy")


def test_maps_rename_discrete_outcomes():
    scale = stand_ins.scale_map(TFP, 3.0)
    p = make(TFP, "Poisson", rate=jnp.asarray(1.5), batch_shape=(), event_shape=())
    mapped = stand_ins.transformed(TFP, p, scale)
    want = distributions.entropy(p)
    contract.assert_close(distributions.entropy(mapped), want, 0, "entropy")
    got = distributions.cross_entropy(mapped, mapped)
    contract.assert_close(got, want, 1e-6, "cross-entropy")


def test_maps_come_in_batches():
    scale = stand_ins.scale_map(TFP, jnp.array([1.0, 2.0, 3.0]))
    p, q = (stand_ins.transformed(TFP, normal(TFP, 0.0, s), scale) for s in (1.0, 2.0))
    p.batch_shape = q.batch_shape = (3,)
    got = distributions.kl_divergence(p, q)
    np.testing.assert_allclose(got, np.full(3, np.log(2) + 1 / 8 - 0.5), rtol=1e-6)
    assert got.shape == (3,)


def test_maps_that_fold():
    fold = stand_ins.kind(NUMPYRO, "AbsTransform")()
    chain = stand_ins.kind(NUMPYRO, "ComposeTransform", parts=[fold])()
    inner = stand_ins.kind(NUMPYRO, "IndependentTransform", base_transform=chain)()
    square = stand_ins.kind(TFP, "AbsoluteValue", _is_injective=False)()
    for m in (fold, chain, inner, square):
        library = TFP if m is square else NUMPYRO
        p, q = (
            stand_ins.transformed(library, normal(library, loc, 1.0), m)
            for loc in (0.0, 1.0)
        )
        with pytest.raises(TypeError, match="map is not one to one"):
            distributions.kl_divergence(p, q)


def test_maps_of_other_determinants():
    curved = stand_ins.kind(TFP, "Exp", is_constant_jacobian=False)()
    p = stand_ins.transformed(TFP, normal(TFP, 0.0, 1.0), curved)
    q = stand_ins.transformed(TFP, normal(TFP, 0.0, 2.0), curved)
    assert distributions.kl_divergence(p, q) > 0
    for call in (
        lambda: distributions.entropy(p),
        lambda: distributions.cross_entropy(p, q),
    ):
        with pytest.raises(TypeError, match="no constant determinant"):
            call()


@jax.tree_util.register_pytree_node_class
class Shift:
    """A map with one array."""

    def __init__(self, by, name=""):
        self.by, self.name = by, name

    def tree_flatten(self):
        return (self.by,), self.name

    @classmethod
    def tree_unflatten(cls, name, children):
        return cls(*children, name)


def test_maps_must_be_known_to_be_equal():
    def divergence(one, other):
        p = stand_ins.transformed(TFP, normal(TFP, 0.0, 1.0), one)
        q = stand_ins.transformed(TFP, normal(TFP, 0.0, 2.0), other)
        return distributions.kl_divergence(p, q)

    by = jnp.array([1.0, 2.0])
    for equal in (jnp.array([1.0, 2.0]), np.array([1.0, 2.0])):
        assert divergence(Shift(by), Shift(equal)) > 0
    # Inside a program too, of arrays made outside of it, or of one and the same.
    other = jnp.copy(by)
    assert jax.jit(lambda: divergence(Shift(by), Shift(other)))() > 0
    assert jax.jit(lambda x: divergence(Shift(x), Shift(x)))(by) > 0
    moved = type("Moved", (Shift,), {})
    jax.tree_util.register_pytree_node_class(moved)
    others = [Shift(by + 1), Shift(jnp.ones(3)), Shift(by, "other"), moved(by)]
    for other in (*others, object()):
        with pytest.raises(TypeError, match="maps are not known to be equal"):
            divergence(Shift(by), other)
    with pytest.raises(TypeError, match="maps are not known to be equal"):
        jax.jit(lambda x, y: divergence(Shift(x), Shift(y)))(by, by)


def test_what_has_no_closed_form_says_so():
    mixture = make(NUMPYRO, "MixtureSameFamily")
    one = normal(TFP, 0.0, 1.0)
    laplace = make(TFP, "Laplace", loc=0.0, scale=1.0)
    t = make(TFP, "StudentT", df=3.0, loc=0.0, scale=1.0)
    cases = {
        "kl_divergence": [(mixture, one), (one, mixture), (laplace, t)],
        "cross_entropy": [(mixture, mixture), (one, object())],
        "entropy": [(mixture,), (make("mine", "Normal", loc=0.0, scale=1.0),)],
    }
    for verb, pairs in cases.items():
        for pair in pairs:
            names = " and ".join(f"{type(d).__name__} \\(\\w+\\)" for d in pair)
            match = f"`{verb}` has no .* for {names}: call `monte_carlo_{verb}`"
            with pytest.raises(TypeError, match=match):
                getattr(distributions, verb)(*pair)
    wide = normal(TFP, jnp.zeros((2, 3)), 1.0)
    parts = [stand_ins.independent(TFP, wide, axes) for axes in (1, 2)]
    for pair in (parts, (parts[0], one)):
        with pytest.raises(TypeError, match="Independent"):
            distributions.kl_divergence(*pair)


def test_outcomes_must_have_one_shape():
    p, q = normal(TFP, 0.0, 1.0), normal(TFP, 0.0, 1.0)
    p.event_shape, q.event_shape = (3,), [2]
    for verb in ("kl_divergence", "cross_entropy"):
        with pytest.raises(ValueError, match=r"event shape, got \(3,\) and \(2,\)"):
            getattr(distributions, verb)(p, q)


def test_bad_base_is_refused():
    p = normal(TFP, 0.0, 1.0)
    with pytest.raises(TypeError, match="`base`"):
        distributions.entropy(p, base="2")
    with pytest.raises(ValueError, match="`base`"):
        distributions.kl_divergence(p, p, base=-1)


def test_no_library_is_imported():
    room = pathlib.Path(inspect.getfile(distributions)).parent
    names = set()
    for path in room.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.partition(".")[0])
    assert "jaxinfo" in names
    assert not names & set(_objects.PACKAGES)
    assert "distributions" in dir(jaxinfo)
