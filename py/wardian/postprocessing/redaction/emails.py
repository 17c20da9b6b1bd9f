"""E-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_emails"]

#: RFC 5321: 64 characters before the @, 255 behind it.
_LOCAL = re.compile(r"[^\W_](?:[\w.!#$%&'*+/=?^`{|}~-]{0,62}[\w+-])?\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,10}[^\W\d_]{2,24}(?!\w)")
_OF_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]")


def find_emails(text: str) -> Iterator[Span]:
    """Addresses with a domain of two parts or more; letters of all alphabets.

    >>> text = "Mail a.b+c@mail.example.org, or x@y."
    >>> [text[s.start : s.end] for s in find_emails(text)]
    ['a.b+c@mail.example.org']
    """
    at = text.find("@")
    done = 0
    while at >= 0:
        start = at
        while start > done and at - start < 64 and _OF_LOCAL.match(text[start - 1]):
            start -= 1
        # Marks around an address may be in it, too; it begins with a letter or a digit.
        while start < at and not text[start].isalnum():
            start += 1
        domain = _DOMAIN.match(text, at + 1, at + 256)
        if domain and _LOCAL.match(text, start, at):
            yield Span(start, domain.end(), "email")
            done = domain.end()
        at = text.find("@", max(at + 1, done))
