"""Normalizers: clean text before it is split into words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from wardian.errors import ModelError
from wardian.tokenizers import _unicode
from wardian.tokenizers.aligned import AlignedText
from wardian.tokenizers.code_points import CodePoints

__all__ = ["BertNormalizer", "Normalizer", "load_normalizer"]


class Normalizer(Protocol):
    """Maps text to cleaner text, keeping track of where each character came from."""

    #: Whether normalizing "a b" is normalizing "a", " " and "b": then words can be cached.
    independent_at_space: ClassVar[bool]

    def normalize(self, text: str) -> AlignedText: ...


class BertNormalizer:
    """The normalizer of BERT.

    1. `clean_text`: control characters are removed, every kind of space becomes " ";
    2. `handle_chinese_chars`: CJK ideographs get a space on each side, so that each becomes a word;
    3. `strip_accents` (None: as `lowercase`): canonical decomposition, then non-spacing marks are removed;
    4. `lowercase`: character by character, so a final sigma is not special.

    Source: `BertNormalizer` of Hugging Face tokenizers, after `BasicTokenizer` of google-research/bert.

    >>> BertNormalizer().normalize("Ünï\\tcafe\\u0301 中")
    AlignedText(text='uni cafe  中 ', starts=(0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 10, 10), \
ends=(1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 11, 11), base=0)
    """

    independent_at_space: ClassVar[bool] = True

    def __init__(
        self,
        *,
        clean_text: bool = True,
        handle_chinese_chars: bool = True,
        strip_accents: bool | None = None,
        lowercase: bool = True,
    ) -> None:
        self.clean_text = clean_text
        self.handle_chinese_chars = handle_chinese_chars
        self.strip_accents = lowercase if strip_accents is None else strip_accents
        self.lowercase = lowercase
        self._table = _BertTable(self)

    def normalize(self, text: str) -> AlignedText:
        """Normalize a text."""
        normalized = text.translate(self._table)
        if text.isascii() and len(normalized) == len(text):
            return AlignedText(normalized)
        if self.strip_accents and _MOVING_MARK.search(normalized):
            return self._normalize_in_canonical_order(text)
        normalized, starts = _spread(text, self._table)
        return AlignedText(normalized, tuple(starts), tuple(start + 1 for start in starts))

    def _normalize_in_canonical_order(self, text: str) -> AlignedText:
        """Normalize a text with marks that `strip_accents` keeps and canonical order may move.

        The reference aligns such text by position: a moved mark takes the place that it moved to.
        """
        plain, places = _spread(text, _BertTable(self, accents=False))
        marks: list[tuple[int, str, bool]] = []
        for character in plain:
            decomposed = (
                unicodedata.normalize("NFD", character) if ord(character) in _DECOMPOSED else character
            )
            marks += [(_combining_class(part), part, index > 0) for index, part in enumerate(decomposed)]
        normalized, starts, consumed = "", [], 0
        for _, character, inserted in _sort_runs(marks):
            consumed += not inserted
            if ord(character) not in _MARKS:
                lower = _lower(character) if self.lowercase else character
                normalized += lower
                starts += [places[consumed - 1]] * len(lower)
        return AlignedText(normalized, tuple(starts), tuple(start + 1 for start in starts))


_REMOVED = CodePoints(_unicode.REMOVED)
_SPACES = CodePoints(_unicode.SPACES)
_CJK = CodePoints(_unicode.CJK)
_MARKS = CodePoints(_unicode.MARKS)
_DECOMPOSED = CodePoints(_unicode.DECOMPOSED)
_LATE_LOWERCASE = {
    int(upper, 16): chr(int(lower, 16))
    for upper, _, lower in (item.partition(">") for item in _unicode.LATE_LOWERCASE.split())
}
_COMBINING = CodePoints(_unicode.COMBINING)
#: Marks that `strip_accents` leaves in the text, though canonical order moves them.
_MOVING_MARK = re.compile(f"[{''.join(chr(code) for code in _COMBINING if code not in _MARKS)}]")


class _BertTable(dict[int, str]):
    """What each character becomes, computed when it is first met: a table for `str.translate`."""

    def __init__(self, rules: BertNormalizer, accents: bool = True) -> None:
        super().__init__()
        self._rules = rules
        self._accents = accents

    def __missing__(self, code: int) -> str:
        rules, text = self._rules, chr(code)
        if rules.clean_text and code in _REMOVED:
            text = ""
        elif rules.clean_text and code in _SPACES:
            text = " "
        else:
            if self._accents:
                if rules.strip_accents:
                    decomposed = unicodedata.normalize("NFD", text) if code in _DECOMPOSED else text
                    text = "".join(c for c in decomposed if ord(c) not in _MARKS)
                if rules.lowercase:
                    text = "".join(map(_lower, text))
            if rules.handle_chinese_chars and code in _CJK:
                text = f" {text} "
        self[code] = text
        return text


def _spread(text: str, table: _BertTable) -> tuple[str, list[int]]:
    """Translate a text, and say of each character of the result which one of the text it came from."""
    starts: list[int] = []
    for index, character in enumerate(text):
        length = len(table[ord(character)])
        if length == 1:
            starts.append(index)
        elif length:
            starts.extend([index] * length)
    return text.translate(table), starts


def _lower(character: str) -> str:
    return _LATE_LOWERCASE.get(ord(character)) or character.lower()


def _combining_class(character: str) -> int:
    return unicodedata.combining(character) if ord(character) in _COMBINING else 0


def _sort_runs(marks: list[tuple[int, str, bool]]) -> list[tuple[int, str, bool]]:
    """Canonical order: runs of marks (class > 0) sorted by class, stably. Unicode Standard, D109."""
    ordered: list[tuple[int, str, bool]] = []
    run: list[tuple[int, str, bool]] = []
    for mark in marks:
        if mark[0] == 0:
            ordered += [*sorted(run, key=lambda item: item[0]), mark]
            run = []
        else:
            run.append(mark)
    return ordered + sorted(run, key=lambda item: item[0])


def load_normalizer(config: Mapping[str, Any] | None) -> Normalizer | None:
    """The normalizer that `tokenizer.json` describes; None for none. Raises ModelError for an unknown one."""
    if config is None:
        return None
    if config.get("type") != "BertNormalizer":
        raise ModelError(
            f"The normalizer {config.get('type')!r} is not supported.", expected="BertNormalizer or none"
        )
    return BertNormalizer(
        clean_text=bool(config.get("clean_text", True)),
        handle_chinese_chars=bool(config.get("handle_chinese_chars", True)),
        strip_accents=config.get("strip_accents"),
        lowercase=bool(config.get("lowercase", True)),
    )
