"""Companies by the legal form behind their name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.contractions import CONTRACTION
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_companies"]

_FORM = (
    r"(?:GmbH(?: & Co\. KG)?|AG|KG|UG|e\.V\.|Ltd\.?|Limited|LLC|LLP|PLC|plc|Inc\.?|Corp\.?|Corporation|"
    r"S\.?A\.?S?\.?|SARL|S\.p\.A\.|SpA|S\.r\.l\.|S\.L\.|B\.V\.|BV|N\.V\.|NV|AB|A/S|ApS|AS|Oyj?|Sp\. z o\.o\.|"
    r"s\.r\.o\.|Kft\.?|Pty Ltd|Pte\.? Ltd|Co\., Ltd\.?)"
)
_WORD = rf"(?!{CONTRACTION})[^\W\d_a-zà-öø-ÿ][\w&'’.-]{{0,40}}"
_COMPANY = re.compile(rf"(?<!\w){_WORD}(?: (?:&|and|of|und|et|y|de)(?= )| {_WORD}){{0,5}}?,? {_FORM}(?!\w)")


def find_companies(text: str) -> Iterator[Span]:
    """Words with capitals before a legal form.

    >>> text = "We asked Blumenhaus Schmidt GmbH and Kowalski Meble Sp. z o.o., then Barker & Lowe LLP."
    >>> [text[span.start : span.end] for span in find_companies(text)]
    ['Blumenhaus Schmidt GmbH', 'Kowalski Meble Sp. z o.o.', 'Barker & Lowe LLP']
    """
    for found in _COMPANY.finditer(text):
        yield Span(*found.span(), "organisation")
