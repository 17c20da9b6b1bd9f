"""What has a form of its own in a text: dates, times, numbers, e-mail addresses and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardian.postprocessing.form.dates import find_dates
from wardian.postprocessing.redaction.emails import find_emails
from wardian.postprocessing.redaction.phones import find_phones

__all__ = ["FoundValue", "find_values"]

_TIMES = re.compile(
    r"(?<![\w.:])(?:(?:[01]?\d|2[0-3])[:.][0-5]\d(?: ?(?:[ap]\.m\.|[ap]m\b))?"
    r"|(?:1[0-2]|0?[1-9]) ?(?:[ap]\.m\.|[ap]m\b|o'clock)"
    r"|(?:[01]?\d|2[0-3])(?:点半|点[0-5]?\d分?|点钟?)"
    r"|(?:half past|(?:a )?quarter (?:past|to)|noon|midnight)(?: (?:one|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|\d{1,2})\b)?)(?!\w|:\d)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\w.,/-])-?\d+(?:[.,]\d+)*(?![\w/-]|[.,]\d)")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER_WORDS = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
#: A short number with its name, or a local one: what no form of telephone numbers shows by itself.
_LOCAL_PHONE = re.compile(r"(?<![\w-])\d{3}[ -]\d{4}(?![\w-])")


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value of `kind` ("date", "time", "number", "email", "phone") at text[start:end].

    `value` is what a form holds: a date as ISO 8601, a number as int or float, else the text itself.
    """

    kind: str
    start: int
    end: int
    value: str | int | float


def find_values(text: str) -> list[FoundValue]:
    """All of them, in order; none overlaps another: what is part of an address or a date is no number.

    >>> text = "On 2 May 2025 at 7 pm: 1,250.50 to a@b.example, two men"
    >>> [(one.kind, one.value) for one in find_values(text)]
    [('date', '2025-05-02'), ('time', '7 pm'), ('number', 1250.5), ('email', 'a@b.example'), ('number', 2)]
    """
    found: list[FoundValue] = []
    taken = bytearray(len(text))
    for one in _all(text):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = bytes([1]) * (one.end - one.start)
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _all(text: str) -> Iterator[FoundValue]:
    """The kinds that prove most come first."""
    for span in find_emails(text):
        yield FoundValue("email", span.start, span.end, text[span.start : span.end])
    for start, end, value in find_dates(text):
        yield FoundValue("date", start, end, value)
    for span in find_phones(text):
        yield FoundValue("phone", span.start, span.end, text[span.start : span.end])
    for match in _LOCAL_PHONE.finditer(text):
        yield FoundValue("phone", match.start(), match.end(), match[0])
    for match in _TIMES.finditer(text):
        yield FoundValue("time", match.start(), match.end(), match[0])
    for match in _NUMBERS.finditer(text):
        number = _number(match[0])
        if number is not None:
            yield FoundValue("number", match.start(), match.end(), number)
    for match in _NUMBER_WORDS.finditer(text):
        yield FoundValue("number", match.start(), match.end(), _WORDS.index(match[0].lower()) + 1)


def _number(text: str) -> int | float | None:
    """A number with its marks for thousands and decimals; None where they make no sense.

    >>> [_number(text) for text in ("1,240.50", "318,00", "4,980", "1.234.567", "0,5", "1,2,3")]
    [1240.5, 318.0, 4980, 1234567, 0.5, None]
    """
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return int(text) if len(text) <= 15 else None
    whole, last = text.rsplit(marks[-1], 1)
    groups = re.split(r"[.,]", whole)
    alone = len(marks) == 1
    thousands = len(last) == 3 and len(set(marks)) == 1 and not groups[0].lstrip("-").startswith("0")
    if thousands:
        groups.append(last)
    if any(len(group) != 3 for group in groups[1:]) or (not alone and len(set(marks)) == 1 and not thousands):
        return None
    joined = "".join(groups)
    if len(joined) > 15:
        return None
    return int(joined) if thousands else float(f"{joined}.{last}")
