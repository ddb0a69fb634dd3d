"""Pictures as on any machine: the defaults of matplotlib, none open before or after."""

import pytest

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def _defaults():
    import matplotlib.pyplot as plt

    # Examples of docstrings and pages, which the same process runs, close none.
    plt.close("all")
    # The fonts come with matplotlib.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.use("Agg")
        yield
        plt.close("all")
