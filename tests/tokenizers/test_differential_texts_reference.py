"""Both encoders against Hugging Face `tokenizers` on more than twenty thousand texts: no difference.

Each tokenizer of the catalogue and each real one is called as `differential_compare.calls` says: texts alone,
in pairs, as words, with and without special tokens, in batches. Those that decide what happens to a character
meet the code points, alone on a line and between two letters. All decode ids that no text gives.
"""

from __future__ import annotations

import pytest
from differential_run import NAMES, OF_CHARACTERS, assert_takes_all, content_of, differs, texts_of


def test_they_are_twenty_thousand() -> None:
    texts = texts_of("texts")
    assert len(set(texts)) == len(texts) >= 20_000


def test_together_they_take_every_text() -> None:
    assert_takes_all("texts", NAMES, at_least=120)


def test_together_they_take_every_code_point() -> None:
    assert_takes_all("code points", OF_CHARACTERS, at_least=50)


@pytest.mark.parametrize("name", NAMES)
def test_texts_code_points_and_ids(name: str) -> None:
    kinds = ("texts", "code points") if name in OF_CHARACTERS else ("texts",)
    found = differs(name, content_of(name), kinds)
    assert found is None, found
