"""The pictures that are compared with those of `baseline/`.

`python tests/plots/pictures.py` draws those again, for a reviewer to look at.
"""

import pathlib

import jax.numpy as jnp
import numpy as np

from jaxinfo import plots

BASELINE = pathlib.Path(__file__).parent / "baseline"
DPI = 100

# Two fair bits and their sum modulo 2: any two tell the third.
XOR = jnp.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]) / 4
RAIN = jnp.array([[0.5, 0.0], [0.25, 0.25]])
# Three copies of one bit, now and then replaced by noise.
COPIES = jnp.full((2, 2, 2), 0.02).at[0, 0, 0].set(0.44).at[1, 1, 1].set(0.44)
MIXTURE = jnp.array([0.4, 0.6]), jnp.array([-3.0, 3.0]), jnp.ones(2)
OBSERVERS = jnp.array([[0.5, 0.5], [0.25, 0.75], [0.125, 0.875], [0.0, 1.0]])
EPOCHS = np.arange(1, 13)
HISTORY = {"train": 0.5 + 0.5 * 0.7**EPOCHS, "test": 0.55 + 0.5 * 0.7**EPOCHS}

PICTURES = {
    "binary_entropy_curve": plots.binary_entropy_curve,
    "information_diagram": lambda: plots.information_diagram(
        RAIN, labels=["rain", "umbrella"]
    ),
    "information_diagram_copies": lambda: plots.information_diagram(COPIES),
    "information_diagram_xor": lambda: plots.information_diagram(XOR),
    "kl_directions": lambda: plots.kl_directions(*MIXTURE),
    "divergence_matrix": lambda: plots.divergence_matrix(
        OBSERVERS, labels=["A", "B", "C", "certain"], base=2
    ),
    "training_curves": lambda: plots.training_curves(HISTORY, floor=0.5),
}


def letters(ax):
    """Everything that is written on a picture, with the legend and the scale."""
    from matplotlib.text import Text

    ax.get_figure().draw_without_rendering()
    return {text.get_text() for text in ax.get_figure().findobj(Text)} - {""}


def save(name, folder):
    """Draws one picture into a folder without letters, and says where it is.

    Letters look otherwise with every release of matplotlib, and move what is beside
    them: with them, no tolerance tells that from a line that is missing.
    """
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    ax = PICTURES[name]()
    figure = ax.get_figure()
    figure.set_layout_engine("none")
    for i, part in enumerate(figure.axes):
        part.set_position((0.1, 0.15, 0.7, 0.7) if i == 0 else (0.85, 0.15, 0.04, 0.7))
    for artist in figure.findobj(lambda x: isinstance(x, Legend | Text)):
        artist.set_visible(False)
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


def main():
    """Draws all of them."""
    BASELINE.mkdir(exist_ok=True)
    for name in PICTURES:
        save(name, BASELINE)


if __name__ == "__main__":
    main()
