"""Both encoders against Hugging Face `tokenizers` on more than twenty thousand texts: no difference.

Each tokenizer of the catalogue and each real one is called as `differential_compare.calls` says: texts alone,
in pairs, as words, with and without special tokens, in batches.
"""

from __future__ import annotations

import pytest
from differential_run import NAMES, assert_takes_all, content_of, differs, texts_of


def test_they_are_twenty_thousand() -> None:
    texts = texts_of("texts")
    assert len(set(texts)) == len(texts) >= 20_000


def test_together_they_take_every_text() -> None:
    assert_takes_all("texts", NAMES, at_least=500)


@pytest.mark.parametrize("name", NAMES)
def test_twenty_thousand_texts(name: str) -> None:
    found = differs("texts", name, content_of(name))
    assert found is None, found
