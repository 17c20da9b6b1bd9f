"""Addresses of houses, and postal codes of the United Kingdom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_streets"]

_STREET = re.compile(
    r"(?<![\w.,/-])\d{1,5}[A-Za-z]? (?:[A-Z][\w'’.-]{0,30} ){1,4}?"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|"
    r"Close|Crescent|Gardens|Grove|Hill|Highway|Hwy|Parkway|Pkwy|Row|Walk|Quay)\b\.?"
    r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|Floor)\.? ?#?\w{1,5}\b)?"
)
_GERMAN = re.compile(
    r"(?<!\w)[A-ZÄÖÜ][\wäöüß-]{2,30}(?:straße|strasse|weg|platz|allee|gasse) \d{1,4}[a-z]?(?!\w)"
)
_POSTCODE = re.compile(r"(?<!\w)(?:GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})(?!\w)")


def find_streets(text: str) -> Iterator[Span]:
    """Number and street, with the apartment; German streets; British postal codes.

    >>> text = "221B Baker Street, London NW1 6XE; 12 Elm Ave, Apt 4; Lindenstraße 12; 3 Open Questions"
    >>> sorted(text[span.start : span.end] for span in find_streets(text))
    ['12 Elm Ave, Apt 4', '221B Baker Street', 'Lindenstraße 12', 'NW1 6XE']
    """
    for form in (_STREET, _GERMAN, _POSTCODE):
        for found in form.finditer(text):
            yield Span(*found.span(), "place")
