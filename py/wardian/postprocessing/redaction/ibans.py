"""International bank account numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.check_digits import IBAN_LENGTHS, is_iban
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_ibans"]

_BEGINNING = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ \u00a0]?[A-Za-z0-9])")
_SPACES = " \u00a0"


def find_ibans(text: str) -> Iterator[Span]:
    """Numbers of a country's length with right check digits, in groups or not, in capitals or not.

    >>> text = "to DE89 3704 0044 0532 0130 00, not DE88 3704 0044 0532 0130 00"
    >>> [text[span.start : span.end] for span in find_ibans(text)]
    ['DE89 3704 0044 0532 0130 00']
    """
    for beginning in _BEGINNING.finditer(text):
        start = beginning.start()
        length = IBAN_LENGTHS.get(text[start : start + 2].upper())
        if length is None:
            continue
        end, number = _read(text, start, length)
        follows = text[end : end + 1]
        if is_iban(number) and not (follows.isascii() and follows.isalnum()):
            yield Span(start, end, "iban")


def _read(text: str, start: int, length: int) -> tuple[int, str]:
    """So many letters and digits from a place on, skipping single spaces: where they end, and in capitals."""
    characters: list[str] = []
    at = start
    while len(characters) < length and at < len(text):
        character = text[at]
        if character.isascii() and character.isalnum():
            characters.append(character.upper())
        elif character not in _SPACES or text[at - 1] in _SPACES:
            break
        at += 1
    return at, "".join(characters)
