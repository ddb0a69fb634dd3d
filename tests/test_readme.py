"""The README says what is true: its table is generated, its code runs."""

import doctest
import re

import readme_table


def test_table_of_measures_is_up_to_date():
    text = readme_table.README.read_text()
    assert readme_table.written(text) == readme_table.table(), (
        "run `python tests/readme_table.py`"
    )


def test_table_names_every_measure():
    assert readme_table.table().count("\n| `") > 30


def test_code_runs():
    """Every console block of the README, with the output it prints."""
    blocks = re.findall(r"```python\n(.*?)```", readme_table.README.read_text(), re.S)
    code = "".join(block for block in blocks if block.startswith(">>>"))
    example = doctest.DocTestParser().get_doctest(code, {}, "README", "README.md", 0)
    assert len(example.examples) > 10
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(example).failed == 0


def test_commands_are_single_lines():
    lines = readme_table.README.read_text().splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv")]
    assert [command.rsplit(" ", 1)[-1].rsplit("/", 1)[-1] for command in commands] == [
        "train_classifier.py",
        "pytest",
    ]
