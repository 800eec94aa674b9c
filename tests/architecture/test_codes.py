"""Every code that a user may meet is met by a test first."""

import re
from pathlib import Path

import pytest

from cycles.core.catalogue import CATALOGUE

TESTS = Path(__file__).resolve().parents[1]
SOURCE = TESTS.parent / "src" / "cycles"


def named_in(folder: Path) -> set[str]:
    """The codes that the modules of a folder name, this one and the catalogue left out."""
    files = [
        path
        for path in folder.rglob("*.py")
        if path.name not in ("catalogue.py", Path(__file__).name) and "node_modules" not in path.parts
    ]
    return {code for path in files for code in re.findall(r"\bCY[1-5][0-9]{2}\b", path.read_text("utf-8"))}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_is_triggered_by_a_test(code):
    assert code in named_in(TESTS)


def test_every_code_that_the_package_names_is_in_the_catalogue_and_the_other_way_round():
    assert named_in(SOURCE) == set(CATALOGUE)
