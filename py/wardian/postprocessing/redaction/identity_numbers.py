"""Numbers that states give to people: by form and check digits, or by form and the words before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.check_digits import is_dni, is_nhs_number, is_resident_id
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_identity_numbers"]

#: United States: social security number, without the areas, groups and serials that are never given.
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
#: United Kingdom: national insurance number; some letters are never used.
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D](?!\w)"
)
_RESIDENT = re.compile(r"(?<!\w)\d{17}[\dXx](?!\w)", re.ASCII)
_DNI = re.compile(r"(?<![\w-])(?:\d{8}|[XYZ]-?\d{7})-?[A-Z](?![\w-])")
_NHS = re.compile(r"(?<![\w-])\d{3} \d{3} \d{4}(?![\w-])")
#: What the words before call such a number.
_NAMED = re.compile(
    r"\b(?:passport|social security|ssn|national insurance|ni number|ni|nino|nhs|national id|identity card|"
    r"id card|driver['’]?s licen[cs]e|driving licen[cs]e|licen[cs]e number|tax id|tax number|tin|itin|"
    r"resident id|residence permit|visa number|aadhaar|pan|dni|nie|medicare|student id|employee id|"
    r"patient id|id number|护照|身份证)\b"
    r"(?: ?(?:card|no|nr|number|num|code|id)\b\.?)?(?: is\b| was\b)?[ \t]?[:#=(]?[ \t]{0,3}"
    r"(?P<number>[A-Z]{0,5}[ -]?\d(?:[ -]?[0-9A-Z]){4,17})(?!\w)",
    re.IGNORECASE,
)


def find_identity_numbers(text: str) -> Iterator[Span]:
    """Social security, national insurance, resident, DNI and NHS numbers; and what is called a passport,
    a licence, a tax number or the like.

    >>> text = "219-09-9998, AB123456C, passport no. X1234567, order 219-00-9998"
    >>> [text[span.start : span.end] for span in find_identity_numbers(text)]
    ['219-09-9998', 'AB123456C', 'X1234567']
    """
    for form in (_SSN, _NINO):
        yield from (Span(*found.span(), "id") for found in form.finditer(text))
    for form, check in ((_RESIDENT, is_resident_id), (_DNI, is_dni), (_NHS, is_nhs_number)):
        for found in form.finditer(text):
            if check(found.group().replace("-", "").replace(" ", "")):
                yield Span(*found.span(), "id")
    for found in _NAMED.finditer(text):
        number = found.group("number")
        if sum(character.isdigit() for character in number) >= 4:
            start, end = found.span("number")
            yield Span(start, start + len(_without_words(number, end - start)), "id")


def _without_words(number: str, length: int) -> str:
    """A number ends before words that are only words: "1234567 and the"."""
    parts = number[:length].split(" ")
    while len(parts) > 1 and not any(character.isdigit() for character in parts[-1]):
        parts.pop()
    return " ".join(parts)
