"""The example of channel capacity prints what it says."""

import importlib.util
import re
from pathlib import Path

import jax
import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "channel_capacity.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("channel_capacity", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_capacities_are_the_closed_forms(example, x64, capsys):
    example.main(["--letters", "4"])
    lines = capsys.readouterr().out.splitlines()[1:-1]
    assert len(lines) == 4
    for line in lines:
        found, known, gap, _ = re.split(r"\s{2,}", line)[1:]
        assert found == known
        assert float(gap) < 1e-11


def test_help_and_bad_options(example, capsys):
    for argv, code in (["--help"], 0), (["--flip", "1"], 2), (["--letters", "3"], 2):
        with pytest.raises(SystemExit) as caught:
            example.main(argv)
        assert caught.value.code == code
    assert jax.config.jax_numpy_rank_promotion == "raise"
    assert "--letters" in capsys.readouterr().out
