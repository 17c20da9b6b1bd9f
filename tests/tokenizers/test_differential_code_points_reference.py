"""Both encoders against Hugging Face `tokenizers` at every code point, and on ids that no text gives."""

from __future__ import annotations

import pytest
from differential_run import NAMES, OF_CHARACTERS, assert_takes_all, content_of, differs


def test_together_they_take_every_code_point() -> None:
    assert_takes_all("code points", OF_CHARACTERS, at_least=100)


@pytest.mark.parametrize("name", OF_CHARACTERS)
def test_every_code_point(name: str) -> None:
    """Alone on a line, and between two letters."""
    found = differs("code points", name, content_of(name))
    assert found is None, found


@pytest.mark.parametrize("name", NAMES)
def test_ids_that_no_text_gives(name: str) -> None:
    found = differs("ids", name, content_of(name))
    assert found is None, found
