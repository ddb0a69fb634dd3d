"""What is drawn is what the measures say."""

import functools
import itertools
import math
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib import patches
from matplotlib import pyplot as plt
from scipy import integrate, optimize, stats

import contract
import jaxinfo
from jaxinfo import plots
from jaxinfo.plots import _geometry
from plots import pictures

TABLES = {
    "rain": pictures.RAIN,
    "independent": jnp.full((2, 3), 1 / 6),
    "equal": jnp.eye(3) / 3,
    "nested": jnp.array([[0.25, 0.25, 0.0, 0.0], [0.0, 0.0, 0.25, 0.25]]),
    "nearly independent": jnp.array([[0.26, 0.24], [0.24, 0.26]]),
    "small": jnp.array([[0.97, 0.01], [0.01, 0.01]]),
    "certain": jnp.array([[1.0, 0.0], [0.0, 0.0]]),
    "one certain": jnp.array([[0.5, 0.0], [0.5, 0.0]]),
}


@pytest.mark.parametrize("base", [2, None, 10, math.e, 3])
def test_binary_curve_is_the_binary_entropy(base):
    ax = plots.binary_entropy_curve(base=base)
    p, h = ax.lines[0].get_data()
    want = jaxinfo.binary_entropy(jnp.asarray(p), base=base)
    np.testing.assert_allclose(h, want, rtol=1e-6, atol=1e-7)
    assert (p[0], p[-1], h[0], h[-1]) == (0, 1, 0, 0)
    assert p[h.argmax()] == 0.5
    np.testing.assert_allclose(h, h[::-1], rtol=1e-5, atol=1e-7)
    units = {2: "bits", None: "nats", math.e: "nats", 10: "hartleys", 3: "base-3 units"}
    assert ax.get_ylabel() == f"entropy h(p) ({units[base]})"


def disks(ax):
    return [patch for patch in ax.patches if isinstance(patch, patches.Circle)]


def overlap(first, second):
    """The area that two circles share, by integration."""
    (x, _), (y, _), r, s = first.center, second.center, first.radius, second.radius

    ends = max(x - r, y - s), min(x + r, y + s)
    if ends[0] >= ends[1]:
        return 0.0
    t = np.linspace(*ends, 20_001)
    squared = np.minimum(r * r - (t - x) ** 2, s * s - (t - y) ** 2)
    return integrate.trapezoid(2 * np.sqrt(np.maximum(squared, 0.0)), t)


@pytest.mark.parametrize("name", TABLES)
@contract.sampled("base", [2, None], "2")
def test_areas_are_the_information(name, base):
    p = TABLES[name]
    ax = plots.information_diagram(p, base=base)
    first, second = disks(ax)
    entropies = [jaxinfo.entropy(p.sum(axis), base=base) for axis in (1, 0)]
    areas = [math.pi * disk.radius**2 for disk in (first, second)]
    np.testing.assert_allclose(areas, entropies, atol=1e-3)
    shared = jaxinfo.mutual_information(p, base=base)
    np.testing.assert_allclose(overlap(first, second), shared, atol=1e-3)
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("name", TABLES)
def test_parts_are_written_once(name):
    ax = plots.information_diagram(TABLES[name])
    formulas = [text.get_text().split("\n")[0] for text in ax.texts]
    assert formulas == ["H(X|Y)", "I(X;Y)", "H(Y|X)"]


def test_distance_of_circles():
    for r, s in [(1.0, 1.0), (1.0, 0.3), (0.2, 2.0)]:
        for share in (0.0, 1e-6, 0.3, 0.999, 1.0):
            area = share * math.pi * min(r, s) ** 2
            d = _geometry.distance(r, s, area)
            assert _geometry.lens(r, s, d) == pytest.approx(area, abs=1e-9)
    assert _geometry.distance(1.0, 0.3, 0.0) == 1.3
    assert _geometry.distance(1.0, 0.3, 1.0) == 0.7
    assert _geometry.distance(0.0, 0.0, 0.0) == 0


def middle(ax):
    (part,) = (patch for patch in ax.patches if patch.get_gid() == "I(X;Y;Z)")
    return part


def written(ax):
    """The numbers in the parts, by their formulas."""
    lines = [text.get_text().split("\n") for text in ax.texts]
    return {line[0]: line[1] for line in lines if len(line) == 2}


def test_negative_co_information_is_marked():
    ax = plots.information_diagram(pictures.XOR)
    assert middle(ax).get_hatch()
    assert written(ax)["I(X;Y;Z)"] == "\N{MINUS SIGN}1"
    assert "I(X;Y;Z) = \N{MINUS SIGN}1 is negative" in ax.get_xlabel()
    assert "no area can show" in ax.get_xlabel()


def test_positive_co_information_is_not_marked():
    for table in (pictures.COPIES, jnp.full((2, 2, 2), 1 / 8)):
        ax = plots.information_diagram(table)
        assert not middle(ax).get_hatch()
        assert "negative" not in ax.get_xlabel()
        assert "not to scale" in ax.get_xlabel()


@pytest.mark.matrix
def test_seven_parts_make_the_joint_entropy(key):
    p = jax.random.dirichlet(key, jnp.full(12, 0.5)).reshape(2, 3, 2)
    ax = plots.information_diagram(p, base=None)
    parts = written(ax)
    assert len(parts) == 7
    values = {k: float(v.replace("\N{MINUS SIGN}", "-")) for k, v in parts.items()}
    joint = jaxinfo.joint_entropy(p, axis=(0, 1, 2))
    assert sum(values.values()) == pytest.approx(float(joint), abs=5e-3)
    z_alone = jaxinfo.conditional_entropy(p, axis=2, given=(0, 1))
    assert values["H(Z|X,Y)"] == pytest.approx(float(z_alone), abs=5e-4)
    xz = jaxinfo.conditional_mutual_information(p, x_axis=0, y_axis=2, z_axis=1)
    assert values["I(X;Z|Y)"] == pytest.approx(float(xz), abs=5e-4)
    shown = [text.get_text() for text in ax.texts]
    h = jaxinfo.entropy(p.sum((0, 2)))
    assert f"H(Y) = {float(h):.3g}" in shown


def test_parts_are_where_their_circles_are():
    """Each number lies in the circles of its variables and in no other."""
    ax = plots.information_diagram(pictures.XOR)
    circles = dict(zip("XYZ", disks(ax), strict=True))
    for text in ax.texts:
        formula = text.get_text().split("\n")[0]
        if "\n" not in text.get_text():
            continue
        inside = formula[2:].split("|")[0]
        for name, circle in circles.items():
            gap = math.dist(circle.center, text.get_position())
            assert (gap < circle.radius) == (name in inside), formula


def test_long_names_are_written_beside_the_circles():
    ax = plots.information_diagram(pictures.XOR, labels=["first bit", "second", "sum"])
    texts = {text.get_text() for text in ax.texts}
    assert {"H(first bit) = 1", "\N{MINUS SIGN}1", "0"} <= texts


LONG = ["highest education level", "household income", "region of residence"]


@pytest.mark.parametrize(
    "p", [jnp.array([[0.26, 0.24], [0.24, 0.26]]), jnp.full((2, 2, 2), 1 / 8)], ids=str
)
@pytest.mark.parametrize("labels", [None, LONG, ["weather", "umbrella", "week"]])
def test_names_do_not_run_into_each_other(p, labels):
    names = labels and labels[: p.ndim]
    ax = plots.information_diagram(p, labels=names)
    ax.figure.draw_without_rendering()
    texts = [t for t in (*ax.texts, ax.xaxis.label) if t.get_text()]
    if legend := ax.get_legend():
        texts += legend.get_texts()
    boxes = [text.get_window_extent() for text in texts]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    page = ax.figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
    if labels is LONG:
        key = [f"{x}: {name}" for x, name in zip("XYZ", names, strict=False)]
        assert ax.get_xlabel().splitlines()[: len(key)] == key


MIXTURES = {
    "apart": pictures.MIXTURE,
    "near": (jnp.array([0.5, 0.5]), jnp.array([-0.5, 0.8]), jnp.array([1.0, 0.7])),
    "three": (
        jnp.array([0.2, 0.5, 0.3]),
        jnp.array([-5.0, 0.0, 4.0]),
        jnp.array([1.0, 0.3, 2.0]),
    ),
    "one": (jnp.array([1.0]), jnp.array([2.0]), jnp.array([0.5])),
}


def fits_of(ax):
    """The mean and the deviation of each density that is drawn."""
    for line in ax.lines[1:]:
        x, density = line.get_data()
        mean = integrate.trapezoid(x * density, x)
        variance = integrate.trapezoid((x - mean) ** 2 * density, x)
        yield mean, math.sqrt(variance)


def reverse_kl(theta, weights, locs, scales):
    z = np.linspace(-8, 8, 1001)
    x = theta[0] + math.exp(theta[1]) * z
    log_p = stats.norm.logpdf(x[:, None], locs, scales)
    log_p = np.logaddexp.reduce(log_p + np.log(weights), axis=-1)
    log_q = stats.norm.logpdf(z) - theta[1]
    return integrate.trapezoid(stats.norm.pdf(z) * (log_q - log_p), z)


@contract.sampled("name", MIXTURES, "apart", "near")
def test_fits_are_the_best(name):
    """The forward fit by its moments, the reverse one by an optimizer of SciPy."""
    weights, locs, scales = (np.asarray(x, np.float64) for x in MIXTURES[name])
    ax = plots.kl_directions(*MIXTURES[name])
    forward, reverse = fits_of(ax)
    mean = (weights * locs).sum()
    deviation = math.sqrt((weights * (scales**2 + locs**2)).sum() - mean**2)
    np.testing.assert_allclose(forward, (mean, deviation), rtol=1e-3, atol=1e-3)
    starts = [*zip(locs, np.log(scales), strict=True), (mean, math.log(deviation))]
    best = min(
        (
            optimize.minimize(reverse_kl, start, (weights, locs, scales))
            for start in starts
        ),
        key=lambda found: found.fun,
    )
    want = best.x[0], math.exp(best.x[1])
    np.testing.assert_allclose(reverse, want, rtol=2e-3, atol=2e-3)
    least = float(ax.lines[2].get_label().split("D(q‖p) = ")[1].split(" ")[0])
    assert least == pytest.approx(best.fun, rel=6e-3, abs=1e-5)


def test_density_is_that_of_the_mixture():
    weights, locs, scales = pictures.MIXTURE
    x, density = plots.kl_directions(*pictures.MIXTURE).lines[0].get_data()
    want = stats.norm.pdf(x[:, None], np.asarray(locs), np.asarray(scales)) @ weights
    np.testing.assert_allclose(density, want, rtol=1e-4, atol=1e-6)


def test_bits_are_nats_over_log_two():
    nats, bits = (
        plots.kl_directions(*pictures.MIXTURE, base=base).lines[1].get_label()
        for base in (None, 2)
    )
    value = [float(label.split(" = ")[1].split(",")[0]) for label in (nats, bits)]
    assert value[1] == pytest.approx(value[0] / math.log(2), rel=3e-3)
    assert bits.endswith("bits")


def test_matrix_has_every_pair_in_order():
    ps = pictures.OBSERVERS
    ax = plots.divergence_matrix(ps)
    shown = ax.images[0].get_array()
    want = np.asarray(jaxinfo.kl_divergence(ps[:, None], ps[None]))
    np.testing.assert_allclose(shown.filled(np.inf), want, rtol=1e-5, atol=1e-7)
    infinite = [text for text in ax.texts if text.get_text() == "∞"]
    assert len(infinite) == len(ax.patches) == np.isinf(want).sum() == 3
    assert {text.get_position() for text in infinite} == {(3, 0), (3, 1), (3, 2)}


@pytest.mark.parametrize(
    ("divergence", "base", "title"),
    [
        (jaxinfo.kl_divergence, None, "KL divergence (nats)"),
        (jaxinfo.js_divergence, 2, "JS divergence (bits)"),
        (jaxinfo.js_distance, 2, "JS distance (√bits)"),
        (
            functools.partial(jaxinfo.js_divergence, base=2),
            None,
            "JS divergence (bits)",
        ),
        (jaxinfo.hellinger_distance, None, "hellinger distance"),
        (lambda p, q: float((p - q)[0]), None, "divergence"),
    ],
)
def test_scale_has_the_name_and_the_unit(divergence, base, title):
    ax = plots.divergence_matrix(pictures.OBSERVERS, divergence=divergence, base=base)
    assert ax.get_figure().axes[1].get_ylabel() == title
    options = {} if base is None else {"base": base}
    want = divergence(*pictures.OBSERVERS[:2], **options)
    assert ax.images[0].get_array()[0, 1] == pytest.approx(float(want))


def test_matrix_of_one_infinite_pair_and_of_one_row():
    ax = plots.divergence_matrix(jnp.array([[1.0, 0.0]]))
    assert [text.get_text() for text in ax.texts] == ["0"]
    plots.divergence_matrix(jnp.array([[1.0, 0.0], [0.0, 1.0]]))


def test_curves_and_floor():
    ax = plots.training_curves(pictures.HISTORY, floor=0.5, base=2)
    train, test, floor = ax.lines
    np.testing.assert_array_equal(train.get_ydata(), pictures.HISTORY["train"])
    np.testing.assert_array_equal(test.get_ydata(), pictures.HISTORY["test"])
    np.testing.assert_array_equal(train.get_xdata(), pictures.EPOCHS)
    np.testing.assert_array_equal(floor.get_ydata(), 0.5)
    assert ax.get_ylabel() == "cross-entropy (bits)"
    # The gap of each curve, the wide one behind.
    gaps = [shade.get_paths()[0].vertices for shade in ax.collections]
    tops = [gap[:, 1].max() for gap in gaps]
    assert tops == [pictures.HISTORY["test"][0], pictures.HISTORY["train"][0]]
    assert {gap[:, 1].min() for gap in gaps} == {0.5}
    assert ax.collections[0].get_zorder() < ax.collections[1].get_zorder()
    assert train.get_color() != test.get_color()
    assert train.get_marker() != test.get_marker()


def test_curves_without_a_floor_and_with_one_for_each_epoch():
    ax = plots.training_curves({"loss": [jnp.float32(0.5), 0.25]})
    assert [line.get_label() for line in ax.lines] == ["loss"]
    assert not ax.collections
    ax = plots.training_curves({"loss": [0.5, 0.25]}, floor=[0.2, 0.1])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [0.2, 0.1])
    assert ax.lines[0].get_label() == "loss: KL 0.15 left"
    plots.training_curves({"loss": [0.5]}, floor=0.1)


DRAWN = {
    "binary_entropy_curve": plots.binary_entropy_curve,
    "information_diagram": functools.partial(plots.information_diagram, pictures.RAIN),
    "of_three": functools.partial(plots.information_diagram, pictures.XOR),
    "kl_directions": functools.partial(plots.kl_directions, *pictures.MIXTURE),
    "divergence_matrix": functools.partial(plots.divergence_matrix, pictures.OBSERVERS),
    "training_curves": functools.partial(plots.training_curves, pictures.HISTORY),
}
every_function = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


def test_every_function_is_here():
    fns = {getattr(draw, "func", draw).__name__ for draw in DRAWN.values()}
    assert fns == set(plots.__all__)


@every_function
def test_axes_given_are_drawn_on_and_returned(draw):
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(ax=right) is right
    assert right.has_data() or right.patches
    assert not left.has_data()
    assert plt.get_fignums() == [figure.number]


@every_function
def test_new_axes_have_a_figure_of_their_own(draw):
    one, other = draw(), draw()
    assert one.get_figure() is not other.get_figure()


@every_function
def test_settings_stay_as_they_were(draw):
    before = dict(plt.rcParams)
    draw()
    assert dict(plt.rcParams) == before


@every_function
def test_letters_are_seen_on_a_dark_style(draw):
    with plt.style.context("dark_background"):
        ax = draw()
        assert ax.xaxis.label.get_color() == "white"
        for line in ax.lines:
            assert line.get_color() != "black"


@every_function
@pytest.mark.parametrize("ax", [3, "figure", "array"])
def test_what_is_no_axes_is_refused(draw, ax):
    ax = {"figure": plt.figure(), "array": np.zeros(2)}.get(ax, ax)
    with pytest.raises(TypeError, match="`ax` must be axes of matplotlib"):
        draw(ax=ax)


@every_function
def test_bad_base_is_refused(draw):
    with pytest.raises(ValueError, match="`base`"):
        draw(base=1)
    with pytest.raises(TypeError, match="`base`"):
        draw(base="2")


@every_function
def test_without_matplotlib_the_extra_is_named(draw, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install matplotlib"):
        draw()


W, L, S = pictures.MIXTURE
BAD = [
    (plots.information_diagram, ([[0.5, 0.5]],), {}, TypeError, "`p`"),
    (plots.information_diagram, (jnp.ones((2, 2), int),), {}, TypeError, "normalize"),
    (plots.information_diagram, (jnp.full(4, 0.25),), {}, ValueError, "`p`.*two or"),
    (plots.information_diagram, (jnp.full((2,) * 4, 1 / 16),), {}, ValueError, "`p`"),
    (plots.information_diagram, (jnp.ones((2, 2)),), {}, ValueError, "`p`.*normalize"),
    (
        plots.information_diagram,
        (jnp.array([[1.5, -0.5], [0.0, 0.0]]),),
        {},
        ValueError,
        "`p`.*-0.5",
    ),
    (
        plots.information_diagram,
        (jnp.full((2, 2), jnp.nan),),
        {},
        ValueError,
        "`p`.*nan",
    ),
    (
        plots.information_diagram,
        (pictures.RAIN,),
        {"labels": "XY"},
        TypeError,
        "labels",
    ),
    (plots.information_diagram, (pictures.RAIN,), {"labels": [1, 2]}, TypeError, "lab"),
    (plots.information_diagram, (pictures.RAIN,), {"labels": ["X"]}, ValueError, "lab"),
    (plots.kl_directions, ([0.5, 0.5], L, S), {}, TypeError, "`weights`"),
    (plots.kl_directions, (W, [0.0, 1.0], S), {}, TypeError, "`locs`"),
    (plots.kl_directions, (W, L, S.astype(int)), {}, TypeError, "`scales`"),
    (plots.kl_directions, (W[:1] / W[0], L, S), {}, ValueError, "`locs`.*shape"),
    (plots.kl_directions, (W, L, S[:1]), {}, ValueError, "`scales`.*shape"),
    (plots.kl_directions, (W[None], L[None], S[None]), {}, ValueError, "`weights`"),
    (plots.kl_directions, (2 * W, L, S), {}, ValueError, "`weights`.*sum"),
    (plots.kl_directions, (W, L * jnp.inf, S), {}, ValueError, "`locs`.*finite"),
    (plots.kl_directions, (W, L, 0 * S), {}, ValueError, "`scales`.*positive"),
    (plots.kl_directions, (W, L, 1e-5 * S), {}, ValueError, "`scales`.*small"),
    (plots.divergence_matrix, ([[0.5, 0.5]],), {}, TypeError, "`ps`"),
    (plots.divergence_matrix, (W,), {}, ValueError, "`ps`"),
    (plots.divergence_matrix, (jnp.zeros((0, 3)),), {}, ValueError, "`ps`"),
    (
        plots.divergence_matrix,
        (pictures.OBSERVERS,),
        {"divergence": "kl"},
        TypeError,
        "`divergence`",
    ),
    (
        plots.divergence_matrix,
        (pictures.OBSERVERS,),
        {"divergence": lambda p, q: p - q},
        ValueError,
        "`divergence`",
    ),
    (
        plots.divergence_matrix,
        (pictures.OBSERVERS,),
        {"labels": ["A"]},
        ValueError,
        "`labels`.*4",
    ),
    (plots.training_curves, ([0.5, 0.4],), {}, TypeError, "`history`"),
    (plots.training_curves, ({1: [0.5]},), {}, TypeError, "`history`"),
    (plots.training_curves, ({"a": ["x"]},), {}, TypeError, r"`history\['a'\]`"),
    (plots.training_curves, ({"a": [[0.5]]},), {}, ValueError, r"`history\['a'\]`"),
    (plots.training_curves, ({},), {}, ValueError, "`history`"),
    (plots.training_curves, ({"a": []},), {}, ValueError, "`history`"),
    (plots.training_curves, ({"a": [1.0], "b": [1, 2]},), {}, ValueError, "`history`"),
    (plots.training_curves, ({"a": [1.0]},), {"floor": "x"}, TypeError, "`floor`"),
    (plots.training_curves, ({"a": [1.0]},), {"floor": [1, 2]}, ValueError, "`floor`"),
]


@pytest.mark.parametrize(("fn", "args", "options", "error", "match"), BAD)
def test_bad_input_is_named_and_leaves_no_figure(fn, args, options, error, match):
    with pytest.raises(error, match=match):
        fn(*args, **options)
    assert plt.get_fignums() == []


def test_numbers_of_a_diagram_add_up():
    """Example 2.2.1 of Cover and Thomas: eighths of bits, none of them cut short."""
    cells = [[4, 2, 1, 1], [2, 4, 1, 1], [2, 2, 2, 2], [8, 0, 0, 0]]
    ax = plots.information_diagram(jnp.array(cells, jnp.float32) / 32, base=2)
    text = " ".join(pictures.letters(ax))
    for number in ("1.375", "1.625", "0.375", "3.375", "1.75"):
        assert number in text
