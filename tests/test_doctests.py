"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import wardian

#: Modules that one of the two interpreters cannot import, and the command line, which runs when imported.
_ELSEWHERE = {"wardian.session._native", "wardian.session._web", "wardian.__main__"}

MODULES = sorted(
    {module.name for module in pkgutil.walk_packages(wardian.__path__, "wardian.")} - _ELSEWHERE | {"wardian"}
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(import_module(name))
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    count = sum(bool(test.examples) for name in MODULES for test in finder.find(import_module(name)))
    assert count > 30
