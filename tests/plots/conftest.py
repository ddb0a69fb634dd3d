"""Pictures as on any machine: the defaults of matplotlib, and none left open."""

import pytest

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def _defaults():
    import matplotlib.pyplot as plt

    # The fonts come with matplotlib.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.use("Agg")
        yield
        plt.close("all")
