"""No test is left out of a whole run unseen."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest
from tests.conftest import LONGEST

from support import TESTS


def test_every_folder_of_tests_is_entered(pytestconfig: pytest.Config) -> None:
    skipped: list[str] = pytestconfig.getini("norecursedirs")
    folders = {path.parent for path in TESTS.rglob("test_*.py")}
    assert TESTS / "build" / "convert" in folders
    for folder in folders:
        parts = folder.relative_to(TESTS).parts
        assert not [part for part in parts if any(fnmatch(part, name) for name in skipped)], folder


def test_the_longest_files_are_there() -> None:
    assert len(set(LONGEST)) == len(LONGEST)
    assert {*LONGEST} <= {path.stem for path in TESTS.rglob("test_*.py")}
