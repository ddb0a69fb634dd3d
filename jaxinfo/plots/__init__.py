"""Pictures of information, with matplotlib, which `".[plot]"` installs.

Every function draws on the axes that it is given, or on new ones, and returns them, so
that titles, sizes and files stay the caller's: `ax.figure.savefig("picture.png")`. The
numbers in a picture are those of the measures of this library. Colors can be told apart
by every eye, and nothing is told by color alone. Settings of matplotlib stay as they
are, so that style sheets apply. matplotlib is imported by the first call.
"""

from jaxinfo.plots._binary import binary_entropy_curve
from jaxinfo.plots._diagram import information_diagram
from jaxinfo.plots._directions import kl_directions
from jaxinfo.plots._matrix import divergence_matrix
from jaxinfo.plots._training import training_curves

__all__ = [
    "binary_entropy_curve",
    "divergence_matrix",
    "information_diagram",
    "kl_directions",
    "training_curves",
]
