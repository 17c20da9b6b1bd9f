"""Telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_phones"]

#: Each step takes one digit with at most two marks before it: nothing can be read in two ways.
_STEP = r"(?:[ \u00a0.\-/()]{0,2}\d)"
_FORMS = (
    # With a country's code.
    re.compile(r"(?<![\w+])(?<!\d )(?:\+|00(?=[1-9]\d{0,2}[ .(-]))[ (]?\d" + _STEP + r"{6,14}(?!\w)"),
    # North America: 3, 3 and 4 digits.
    re.compile(r"(?<![\w+.\-/(])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?![\w-])"),
    # With the zero of a trunk line.
    re.compile(r"(?<![\w+.\-/(])(?<!\d )\(?0[1-9]" + _STEP + r"{7,9}(?![\w/-])"),
    # Mobile numbers of China.
    re.compile(r"(?<![\w+.\-/])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w-])"),
)
#: What is called a telephone number may have any form.
_NAMED = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|cell|cellphone|fax|whatsapp|sms|hotline|call|dial|ring|text|"
    r"reach|extension|手机|电话)\b[^\d\n+]{0,20}?(?P<number>[+(]{0,2}\d" + _STEP + r"{5,14})(?!\w)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)?\d\d|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2})\b")
_DIGITS = re.compile(r"\d")


def find_phones(text: str) -> Iterator[Span]:
    """Numbers in the forms of telephone numbers, and any that the words before call one; no dates.

    >>> text = "+44 20 7946 0958 or (212) 555-0147, ext. 3; phone: 555 0199. Order 2021-05-03 00123"
    >>> [text[span.start : span.end] for span in find_phones(text)]
    ['+44 20 7946 0958', '(212) 555-0147', '555 0199']
    """
    for form in _FORMS:
        for found in form.finditer(text):
            yield from _checked(text, found.start(), found.end())
    for found in _NAMED.finditer(text):
        yield from _checked(text, found.start("number"), found.end("number"))


def _checked(text: str, start: int, end: int) -> Iterator[Span]:
    number = text[start:end]
    if number.count("(") != number.count(")"):
        start += number.startswith("(")
    digits = _DIGITS.findall(number)
    if not _DATE.search(number) and len(set(digits)) > 1:
        yield Span(start, end, "phone")
