"""`tests/golden/tokenizers.json` is what the pinned reference gives today, run of texts by run of texts."""

from __future__ import annotations

import json

import pytest
from differential import catalogue
from differential_golden import GOLDEN, digests

import tokenizers as reference
from support import TESTS

EXPECTED = json.loads((TESTS / "golden" / GOLDEN).read_text("utf-8"))


@pytest.mark.parametrize("name", catalogue())
def test_the_reference_gives_the_golden(name: str) -> None:
    theirs = reference.Tokenizer.from_str(json.dumps(catalogue()[name]))
    assert " ".join(digests(name, theirs)) == EXPECTED["digests"][name]


def test_the_golden_says_where_it_comes_from() -> None:
    assert EXPECTED["provenance"].startswith(f"tokenizers {reference.__version__}, ")
    assert list(EXPECTED["digests"]) == list(catalogue())
