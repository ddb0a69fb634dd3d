"""Every picture is the one that was looked at, and its letters are those meant."""

import shutil

import pytest
from matplotlib.testing.compare import compare_images

from plots import pictures

# A line, a circle or a hatch less is 1 to 24; matplotlib 3.9 to 3.11 draw the same.
TOLERANCE = 0.5

every_picture = pytest.mark.parametrize("name", pictures.PICTURES)


def difference(name, folder):
    """What `compare_images` says, of copies: it writes beside them."""
    expected = folder / "expected.png"
    shutil.copy(pictures.BASELINE / f"{name}.png", expected)
    drawn = pictures.save(name, folder)
    return compare_images(str(expected), str(drawn), tol=TOLERANCE)


@every_picture
def test_picture_is_the_one_looked_at(name, tmp_path):
    assert difference(name, tmp_path) is None


@every_picture
def test_baseline_is_small(name):
    assert (pictures.BASELINE / f"{name}.png").stat().st_size < 50_000


def test_no_baseline_without_a_picture():
    assert {path.stem for path in pictures.BASELINE.iterdir()} == set(pictures.PICTURES)


def test_comparison_can_fail(tmp_path, monkeypatch):
    """One marker of many is enough."""
    draw = pictures.PICTURES["binary_entropy_curve"]

    def without_the_top():
        ax = draw()
        (top,) = (line for line in ax.lines if line.get_marker() == "^")
        top.remove()
        return ax

    monkeypatch.setitem(pictures.PICTURES, "binary_entropy_curve", without_the_top)
    assert "RMS" in difference("binary_entropy_curve", tmp_path)


LETTERS = {
    "binary_entropy_curve": {
        "probability p of the event",
        "entropy h(p) (bits)",
        "certain: 0",
        "most uncertain at 1/2: 1 bit",
        "symmetric: h(p) = h(1 \N{MINUS SIGN} p)",
        "never negative",
    },
    "information_diagram": {
        "H(rain) = 1",
        "H(umbrella) = 0.811",
        "H(rain|umbrella)\n0.689",
        "I(rain;umbrella)\n0.311",
        "H(umbrella|rain)\n0.5",
        "areas are information in bits; H(rain, umbrella) = 1.5",
    },
    "information_diagram_copies": {"H(X) = 1", "H(Y) = 1", "H(Z) = 1"},
    "information_diagram_xor": {
        "H(X|Y,Z)\n0",
        "I(X;Y|Z)\n1",
        "I(Y;Z|X)\n1",
        "I(X;Z|Y)\n1",
        "I(X;Y;Z)\n\N{MINUS SIGN}1",
    },
    "kl_directions": {
        "x",
        "probability density",
        "mixture p",
        "forward: least D(p‖q) = 0.464, D(q‖p) = 0.943 nats",
        "reverse: D(p‖q) = 6.24, least D(q‖p) = 0.507 nats",
    },
    "divergence_matrix": {
        "first distribution (row)",
        "second distribution (column)",
        "certain",
        "KL divergence (bits)",
        "∞",
        "0.208",
    },
    "training_curves": {
        "epoch",
        "cross-entropy (nats)",
        "train: KL 0.00692 left",
        "test: KL 0.0569 left",
        "entropy of the targets",
    },
}


@every_picture
def test_letters(name):
    written = pictures.letters(pictures.PICTURES[name]())
    assert LETTERS[name] - written == set()


@every_picture
def test_letters_can_be_read(name):
    """None below 7 points, on figures of the size of a column."""
    from matplotlib.text import Text

    figure = pictures.PICTURES[name]().get_figure()
    assert max(figure.get_size_inches()) <= 6.5
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    assert len(texts) > 4
    assert min(text.get_fontsize() for text in texts) >= 9


@every_picture
def test_letters_are_within_the_picture(name):
    figure = pictures.PICTURES[name]().get_figure()
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01
