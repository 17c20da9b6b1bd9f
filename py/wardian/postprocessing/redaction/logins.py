"""What opens an account: links with names and passwords or tokens, and passwords by the word before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_logins"]

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}\Z", re.IGNORECASE)
_REST = re.compile(r"[^\s<>\"']{1,2000}")
_CREDENTIALS = re.compile(r"[^/@:?#]{1,100}:[^/@]{1,200}@[^/]")
_SECRET = re.compile(
    r"[?&#](?:\w{0,30}[_-])?(?:token|key|apikey|password|passwd|pwd|secret|sig|signature|auth|session|code)="
    r"[^&]{4}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"\b(?:password|passwd|passphrase|passcode|pwd|pin|api key|secret key|access token|密码)\b"
    r"(?: (?:is|was|to)\b)? ?[:=]? ?[\"'“‘]?(?P<secret>[^\s\"'”’,;]{4,100})",
    re.IGNORECASE,
)


def find_logins(text: str) -> Iterator[Span]:
    """Addresses that hold a password or a token, and what is called a password and looks like one.

    >>> text = "https://me:s3cret@example.org/x?y, https://example.org/?token=a1b2c3; password: Tr0ub4dor"
    >>> [text[span.start : span.end] for span in find_logins(text)]
    ['https://me:s3cret@example.org/x?y', 'https://example.org/?token=a1b2c3', 'Tr0ub4dor']
    """
    at = text.find("://")
    while at >= 0:
        scheme = _SCHEME.search(text, max(0, at - 21), at)
        rest = _REST.match(text, at + 3)
        end = at + 3
        if scheme and rest:
            # Marks of the sentence around it are not the address's.
            address = rest.group().rstrip(".,;:!?)]}")
            end += len(address)
            if _CREDENTIALS.match(address) or _SECRET.search(address):
                yield Span(scheme.start(), end, "login")
        at = text.find("://", end)
    for found in _PASSWORD.finditer(text):
        secret = found.group("secret").rstrip(".!?)")
        # Words that follow "password" are seldom one: a digit or a mark is what tells them apart.
        if len(secret) >= 4 and not secret.isalpha():
            yield Span(found.start("secret"), found.start("secret") + len(secret), "login")
