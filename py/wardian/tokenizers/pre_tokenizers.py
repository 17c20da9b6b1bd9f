"""Pre-tokenizers: split normalized text into words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from wardian.errors import ModelError
from wardian.tokenizers import _unicode
from wardian.tokenizers.code_points import CodePoints

__all__ = ["BertPreTokenizer", "PreTokenizer", "load_pre_tokenizer"]


class PreTokenizer(Protocol):
    """Finds the words of a text."""

    #: Whether the words of "a b" are those of "a" and of "b": then words can be cached.
    independent_at_space: ClassVar[bool]

    def split(self, text: str) -> list[tuple[int, int]]: ...


class BertPreTokenizer:
    """Words are runs without white space; every punctuation character is a word of its own.

    Source: `BertPreTokenizer` of Hugging Face tokenizers.

    >>> ["Don't!"[a:b] for a, b in BertPreTokenizer().split("Don't!")]
    ['Don', "'", 't', '!']
    """

    independent_at_space: ClassVar[bool] = True

    def split(self, text: str) -> list[tuple[int, int]]:
        """The half-open ranges of the words, in order."""
        return [match.span() for match in _WORDS.finditer(text)]


_PUNCTUATION = CodePoints(_unicode.PUNCTUATION).character_class()
_WHITESPACE = CodePoints(_unicode.WHITESPACE).character_class()
_WORDS = re.compile(f"[{_PUNCTUATION}]|[^{_PUNCTUATION}{_WHITESPACE}]+")


def load_pre_tokenizer(config: Mapping[str, Any] | None) -> PreTokenizer | None:
    """The pre-tokenizer that `tokenizer.json` describes; None for none.

    Raises ModelError for an unknown one.
    """
    if config is None:
        return None
    if config.get("type") != "BertPreTokenizer":
        raise ModelError(
            f"The pre-tokenizer {config.get('type')!r} is not supported.", expected="BertPreTokenizer or none"
        )
    return BertPreTokenizer()
