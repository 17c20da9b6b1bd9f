"""Dates that a text states in full: day, month and year in the orders that can be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

__all__ = ["find_dates"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\w./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<number>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\w/-]|\.\d)",
        rf"(?<!\w){_DAY}(?: of)? {_MONTH},? (?P<year>\d{{4}})(?!\w)",
        rf"(?<!\w){_MONTH} {_DAY},? (?P<year>\d{{4}})(?!\w)",
        r"(?P<year>\d{4}) ?年 ?(?P<number>\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?[日号]",
        r"(?<![\w./-])(?P<day>\d{1,2})(?P<mark>[./-])(?P<number>\d{1,2})(?P=mark)(?P<year>\d{4})(?![\w/-]|\.\d)",
    )
)


def find_dates(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, the date as ISO 8601), in order.

    What could be two dates (3/4/2025), or is none, is left out. With dots the day comes first, as wherever
    dates are written so.

    >>> text = "2 May 2025, June 3rd, 2025, 2025年7月4日, 28.2.2025 and 3/4/2025"
    >>> [value for _, _, value in find_dates(text)]
    ['2025-05-02', '2025-06-03', '2025-07-04', '2025-02-28']
    """
    found = [one for form in _FORMS for match in form.finditer(text) if (one := _read(match))]
    return iter(sorted(found))


def _read(match: re.Match[str]) -> tuple[int, int, str] | None:
    parts = match.groupdict()
    year, day = int(parts["year"]), int(parts["day"])
    month = int(parts["number"]) if parts.get("number") else _MONTHS.index(parts["month"][:3].lower()) + 1
    if match.start("day") < match.start("year") and parts.get("mark") in ("/", "-"):
        if day <= 12 and month <= 12 and day != month:
            return None
        if month > 12:
            day, month = month, day
    try:
        return match.start(), match.end(), date(year, month, day).isoformat()
    except ValueError:
        return None
