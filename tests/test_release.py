"""What names the release agrees with the package."""

import pathlib
import re

import jaxinfo

ROOT = pathlib.Path(__file__).parents[1]


def newest_release():
    """Version and date of the first heading of the changelog that has both."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    return re.search(r"^## \[(\S+)\] - (\d{4}-\d\d-\d\d)$", text, re.M).groups()


def test_version_is_that_of_the_changelog():
    version, _ = newest_release()
    assert jaxinfo.__version__.startswith(version)


def test_citation_is_of_the_newest_release():
    version, date = newest_release()
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {version}\n" in citation
    assert f"\ndate-released: {date}\n" in citation
