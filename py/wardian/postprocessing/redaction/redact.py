"""What in a text is to be replaced, and by which placeholder: the same one wherever the same is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wardian.postprocessing.redaction.finders import find_patterns
from wardian.postprocessing.redaction.recurring import find_recurring
from wardian.postprocessing.redaction.same_name import group_names, words_of_name
from wardian.postprocessing.redaction.spans import Redaction, Span, outside, without_overlaps
from wardian.postprocessing.redaction.tagged import as_name, spans_of_entities

__all__ = ["redactions"]

_NAMES = ("person", "organisation", "place")


def redactions(
    text: str, entities: Iterable[Mapping[str, Any]], patterns: Sequence[Span] | None = None
) -> list[Redaction]:
    """All that was found in a text, by its place.

    Args:
        text: the text.
        entities: `{"entity_group", "start", "end"}` of a tagger with the labels of OntoNotes.
        patterns: what the finders found; None to ask them now.

    Returns:
        Spans that do not overlap, with numbers by kind from 1 in the order in which they first appear.

    >>> text = "Maria Lopez wrote to a@b.org. Lopez waits."
    >>> found = redactions(text, [{"entity_group": "PERSON", "start": 0, "end": 11}])
    >>> [(text[one.start : one.end], one.placeholder) for one in found]
    [('Maria Lopez', '[PERSON 1]'), ('a@b.org', '[EMAIL 1]'), ('Lopez', '[PERSON 1]')]
    """
    patterns = without_overlaps(find_patterns(text) if patterns is None else patterns)
    rest = outside(without_overlaps(spans_of_entities(entities)), patterns)
    first = without_overlaps([*patterns, *(span for part in rest for span in as_name(text, part))])
    named = _one_kind_each(text, first)
    taken = [span for span in named if span.kind not in _NAMES]
    # A name that recurs is longer or equal to what the tagger found there, or it is new.
    spans = without_overlaps([*taken, *(s for s in named if s.kind in _NAMES), *find_recurring(text, named)])
    return _numbered(text, spans)


def _one_kind_each(text: str, spans: list[Span]) -> list[Span]:
    """A name that was found as two kinds is of the more frequent one; of a person before anything else."""
    votes: dict[tuple[str, ...], Counter[str]] = {}
    for span in spans:
        if span.kind in _NAMES:
            votes.setdefault(words_of_name(text[span.start : span.end]), Counter())[span.kind] += 1
    chosen = {
        words: max(_NAMES, key=lambda kind: (counts[kind], -_NAMES.index(kind)))
        for words, counts in votes.items()
    }  # fmt: skip
    return [
        Span(span.start, span.end, chosen[words_of_name(text[span.start : span.end])])
        if span.kind in _NAMES
        else span
        for span in spans
    ]


def _numbered(text: str, spans: list[Span]) -> list[Redaction]:
    people = group_names(text[span.start : span.end] for span in spans if span.kind == "person")
    numbers: dict[tuple[str, object], int] = {}
    last: Counter[str] = Counter()
    made = []
    for span in spans:
        original = text[span.start : span.end]
        same: object = people[original] if span.kind == "person" else _plain(original, span.kind)
        if (span.kind, same) not in numbers:
            last[span.kind] += 1
            numbers[span.kind, same] = last[span.kind]
        made.append(Redaction(span.start, span.end, span.kind, numbers[span.kind, same]))
    return made


def _plain(original: str, kind: str) -> str:
    """What is compared: spellings of one number or name are the same."""
    if kind in ("login", "birth_date"):
        return original
    if kind in ("organisation", "place", "email"):
        return " ".join(original.casefold().split())
    return "".join(character for character in original.casefold() if character.isalnum())
