"""Dates of birth: dates that the words before call so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_birth_dates"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[89]\d\d|20\d\d)"
_DATES = (
    rf"{_YEAR}[-/.]\d\d?[-/.]\d\d?",
    rf"\d\d?([-/. ])\d\d?\2(?:{_YEAR}|\d\d)",
    rf"{_DAY}(?: of)? {_MONTH},? {_YEAR}",
    rf"{_MONTH} {_DAY},? {_YEAR}",
    rf"{_DAY}-{_MONTH}-(?:{_YEAR}|\d\d)",
    rf"{_YEAR}年\d\d?月\d\d?日",
)
_BORN = re.compile(
    r"(?:\b(?:born|date of birth|birth ?date|birthday|d\.?o\.?b|dob|b\.)(?![a-z])|出生日期|出生|生日)"
    r"[^\d]{0,40}?(?<!\w)(?P<date>" + "|".join(_DATES) + r")(?!\w)",
    re.IGNORECASE,
)


def find_birth_dates(text: str) -> Iterator[Span]:
    """Dates behind "born", "date of birth", "DOB", "birthday".

    >>> text = "Born on 3 May 1987; DOB: 03/05/1987; meeting on 4 May 2021"
    >>> [text[span.start : span.end] for span in find_birth_dates(text)]
    ['3 May 1987', '03/05/1987']
    """
    for found in _BORN.finditer(text):
        yield Span(*found.span("date"), "birth_date")
