"""Names that were found once, wherever else they stand in the text: a tagger misses some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wardian.postprocessing.redaction.same_name import PARTICLES
from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_recurring"]

#: "Lopez's" is the word "Lopez".
_WORD = re.compile(r"[^\W\d_](?:(?!['’][sS]\b)['’-]?[^\W\d_])*")
_SHORTEST_PART = 3
#: Names that are words: alone and at the beginning of a sentence they seldom mean the person.
_WORDS = frozenset(
    [
        "April",
        "August",
        "Art",
        "Bill",
        "Bob",
        "Chance",
        "Christian",
        "Dale",
        "Dawn",
        "Dean",
        "Drew",
        "Earnest",
        "Faith",
        "Frank",
        "Gene",
        "Grace",
        "Grant",
        "Guy",
        "Hope",
        "Iris",
        "Ivy",
        "Jack",
        "Joy",
        "June",
        "Lance",
        "Long",
        "Mark",
        "May",
        "Miles",
        "Olive",
        "Pat",
        "Pearl",
        "Penny",
        "Ray",
        "Rich",
        "Rob",
        "Rose",
        "Ruby",
        "Sue",
        "Summer",
        "Sunny",
        "Will",
        "Young",
        "King",
        "White",
        "Black",
        "Brown",
        "Green",
        "Gray",
        "Grey",
        "Day",
        "Park",
        "Hill",
        "Best",
        "New",
        "West",
        "North",
        "South",
        "East",
        "Good",
        "Rice",
        "Price",
        "Page",
        "Bank",
        "Banks",
        "Power",
        "Case",
        "Cook",
        "Baker",
        "Major",
        "Bishop",
        "Church",
        "Field",
        "Fields",
        "Ford",
        "House",
        "Love",
        "Small",
        "Short",
        "Little",
        "Early",
        "Bush",
        "Stone",
        "Wood",
        "Woods",
        "Rivers",
        "Winter",
        "Friday",
        "Monday",
        "English",
        "French",
        "The",
        "And",
        "For",
        "Not",
        "Inc",
        "Ltd",
        "Group",
        "Bank",
    ]
)


def find_recurring(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Further places of names of people, organisations and places, and of surnames and given names alone.

    >>> text = "Maria Lopez called. Ask Lopez, or MARIA LOPEZ of Acme: Acme knows."
    >>> spans = [Span(0, 11, "person"), Span(49, 53, "organisation")]
    >>> [text[span.start : span.end] for span in find_recurring(text, spans)]
    ['Maria Lopez', 'Lopez', 'MARIA LOPEZ', 'Acme', 'Acme']
    """
    kinds: dict[tuple[str, ...], str] = {}
    for span in spans:
        words = _WORD.findall(text[span.start : span.end])
        if span.kind in ("person", "organisation", "place") and words:
            for form in _forms(words, span.kind):
                kinds.setdefault(form, span.kind)
    #: By their first two words, so that a list of a thousand Marias is no list to go through at each Maria.
    longest: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for form in sorted(kinds, key=len, reverse=True):
        longest.setdefault(form[:2], []).append(form)
    yield from _walk(text, kinds, longest)


def _forms(words: Sequence[str], kind: str) -> Iterator[tuple[str, ...]]:
    if len(words) > 1 or (
        len(words[0]) >= _SHORTEST_PART and words[0] not in _WORDS and words[0][0].isupper()
    ):
        yield tuple(words)
    if kind == "person" and len(words) > 1:
        yield tuple(word.upper() for word in words)
        for word in (words[0], words[-1]):
            fits = len(word) >= _SHORTEST_PART and word[0].isupper() and word.casefold() not in PARTICLES
            if fits and word.capitalize() not in _WORDS:
                yield (word,)


def _walk(
    text: str,
    kinds: Mapping[tuple[str, ...], str],
    longest: Mapping[tuple[str, ...], list[tuple[str, ...]]],
) -> Iterator[Span]:
    """At each word the longest known name that begins with it; names may be broken over lines."""
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        step = 1
        first, second = words[at].group(), words[at + 1].group() if at + 1 < len(words) else ""
        for form in (*longest.get((first, second), ()), *longest.get((first,), ())):
            last = at + len(form) - 1
            if last < len(words) and all(words[at + n].group() == word for n, word in enumerate(form)):
                gaps = (text[words[n].end() : words[n + 1].start()] for n in range(at, last))
                if all(gap.strip(" \t\n.,&") == "" and 0 < len(gap) <= 3 for gap in gaps):
                    yield Span(words[at].start(), words[last].end(), kinds[form])
                    step = len(form)
                    break
        at += step
