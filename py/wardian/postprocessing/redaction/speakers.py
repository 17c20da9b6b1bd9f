"""Who speaks in a chat: names before the colon of lines, with or without the time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_speakers"]

_LINE = re.compile(
    r"(?m)^(?:[\[(]?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[AaPp][Mm])?[\])]?[ \t]*(?:-[ \t])?)?<?"
    r"(?P<name>[^\W\d_][^\W\d_]{1,20}(?: [^\W\d_]{2,20})?)>?: \S"
)
#: Parts that one plays, and fields of forms.
_NO_NAMES = frozenset(
    [
        "support",
        "customer",
        "agent",
        "bot",
        "user",
        "dev",
        "admin",
        "moderator",
        "system",
        "assistant",
        "interviewer",
        "interviewee",
        "doctor",
        "patient",
        "teacher",
        "student",
        "caller",
        "operator",
        "client",
        "guest",
        "host",
        "host",
        "staff",
        "officer",
        "judge",
        "question",
        "answer",
        "note",
        "notes",
        "name",
        "date",
        "subject",
        "from",
        "to",
        "cc",
        "bcc",
        "re",
        "fw",
        "fwd",
        "email",
        "phone",
        "tel",
        "mobile",
        "address",
        "amount",
        "total",
        "price",
        "status",
        "reason",
        "room",
        "reference",
        "course",
        "bank",
        "account",
        "order",
        "item",
        "title",
        "room",
        "type",
        "comment",
        "comments",
        "city",
        "state",
        "country",
    ]
)


def find_speakers(text: str) -> Iterator[Span]:
    """Names before a colon, where in lines one after another somebody speaks twice.

    >>> text = "[09:14] Amara: hi\\n[09:15] luca: hello\\n[09:15] Amara: well\\n\\nTotal: 5\\nTax: 1\\n"
    >>> [text[span.start : span.end] for span in find_speakers(text)]
    ['Amara', 'luca', 'Amara']
    """
    block: list[re.Match[str]] = []
    end = -1
    for line in _LINE.finditer(text):
        if end >= 0 and text.count("\n", end, line.start()) > 1:
            yield from _speakers(block)
            block = []
        block.append(line)
        end = line.end()
    yield from _speakers(block)


def _speakers(block: list[re.Match[str]]) -> Iterator[Span]:
    """Those of lines that follow one another."""
    names = Counter(line.group("name").casefold() for line in block)
    if any(count > 1 for count in names.values()):
        for line in block:
            if line.group("name").casefold() not in _NO_NAMES:
                yield Span(*line.span("name"), "person")
