"""Numbers of payment cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.check_digits import is_luhn
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_cards", "is_card"]

_RUN = re.compile(r"(?<![\w.])\d(?:[ \u00a0-]?\d){11,}(?!\w)")
_GROUP = re.compile(r"\d+")
#: Issuers by first and last beginning of their numbers, and the lengths they have (ISO/IEC 7812).
_ISSUERS = (
    ("4", "4", (13, 16, 19)), ("51", "55", (16,)), ("2221", "2720", (16,)), ("34", "34", (15,)),
    ("37", "37", (15,)), ("6011", "6011", (16, 17, 18, 19)), ("644", "659", (16, 17, 18, 19)),
    ("300", "305", (14, 16)), ("36", "36", (14, 16)), ("38", "39", (14, 16)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)), ("50", "50", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19)), ("2200", "2204", (16,)),
)  # fmt: skip
_SHORTEST, _LONGEST = 12, 19
#: Numbers are written in groups of four digits, of some issuers also of five and six.
_SHORTEST_GROUP = 4


def is_card(digits: str) -> bool:
    """Whether an issuer has numbers that begin so and are so long, and the check digit is right.

    >>> is_card("378282246310005"), is_card("5555555555554445"), is_card("9111111111111110")
    (True, False, False)
    """
    known = any(
        len(digits) in lengths and low <= digits[: len(low)] <= high for low, high, lengths in _ISSUERS
    )
    return known and is_luhn(digits)


def find_cards(text: str) -> Iterator[Span]:
    """Whole groups of digits, with a space or a hyphen between, that are a card's number.

    >>> text = "Card 4111 1111 1111 1111 12/29, order 4111-1111-1111-1112"
    >>> [text[span.start : span.end] for span in find_cards(text)]
    ['4111 1111 1111 1111']
    """
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, run.start(), run.end())]
        first = 0
        while first < len(groups):
            last = _card_from(text, groups, first)
            if last is not None:
                yield Span(groups[first][0], groups[last][1], "card")
            first = first + 1 if last is None else last + 1


def _card_from(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group that a card's number ends with that begins with the group `first`; None if there is none."""
    if groups[first][1] - groups[first][0] < _SHORTEST_GROUP or text[groups[first][0]] not in "23456":
        return None
    digits = ""
    for last in range(first, len(groups)):
        digits += text[slice(*groups[last])]
        if len(digits) > _LONGEST:
            return None
        if len(digits) >= _SHORTEST and is_card(digits):
            return last
    return None
