"""Spans of a text that may have to go, by kind; and which of two that overlap stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["KINDS", "Redaction", "Span", "outside", "without_overlaps"]

#: Kinds by what the placeholder says, in the order in which they win over one another: what is proved by
#: check digits, what has a form, what a tagger holds for likely.
KINDS = {
    "login": "LOGIN",
    "email": "EMAIL",
    "iban": "IBAN",
    "card": "CARD",
    "id": "ID",
    "birth_date": "DATE OF BIRTH",
    "network": "NETWORK ADDRESS",
    "phone": "PHONE",
    "person": "PERSON",
    "organisation": "ORGANISATION",
    "place": "PLACE",
}


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` to `end` of a text are of this kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """A span, and the number that its placeholder has: equal for all spans that name the same."""

    start: int
    end: int
    kind: str
    number: int

    @property
    def placeholder(self) -> str:
        """
        >>> Redaction(0, 3, "person", 2).placeholder
        '[PERSON 2]'
        """
        return f"[{KINDS[self.kind]} {self.number}]"


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """By their place; of spans that overlap, the kind that comes first in KINDS, then the longer one.

    >>> phones = [Span(0, 5, "phone"), Span(0, 3, "phone")]
    >>> without_overlaps([Span(4, 9, "place"), *phones, Span(9, 12, "person")])
    [Span(start=0, end=5, kind='phone'), Span(start=9, end=12, kind='person')]
    """
    groups: dict[str, list[Span]] = {kind: [] for kind in KINDS}
    for span in spans:
        groups[span.kind].append(span)
    kept: list[Span] = []
    for group in groups.values():
        kept = _merged(kept, sorted(group, key=lambda one: (one.start, -one.end)))
    return kept


def outside(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What of `spans` no span of `others` covers; both by their place and without overlaps.

    >>> outside([Span(0, 10, "place"), Span(12, 14, "place")], [Span(4, 6, "id"), Span(11, 20, "id")])
    [Span(start=0, end=4, kind='place'), Span(start=6, end=10, kind='place')]
    """
    made: list[Span] = []
    first = 0
    for span in spans:
        while first < len(others) and others[first].end <= span.start:
            first += 1
        start, at = span.start, first
        while at < len(others) and others[at].start < span.end:
            if others[at].start > start:
                made.append(Span(start, others[at].start, span.kind))
            start = others[at].end
            at += 1
        if start < span.end:
            made.append(Span(start, span.end, span.kind))
    return made


def _merged(kept: list[Span], group: list[Span]) -> list[Span]:
    """Both by their place; those of `group` only where nothing is yet."""
    made: list[Span] = []
    at = 0
    for span in group:
        while at < len(kept) and kept[at].end <= span.start:
            made.append(kept[at])
            at += 1
        free = not made or made[-1].end <= span.start
        if free and (at == len(kept) or kept[at].start >= span.end):
            made.append(span)
    return made + kept[at:]
