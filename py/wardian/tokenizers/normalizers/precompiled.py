"""SentencePiece's normalizer: a table of spellings for grapheme clusters and characters.

Source: `normalizer.cc` of google/sentencepiece, and Hugging Face tokenizers for how the table is applied: per
grapheme cluster, then per character.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, ClassVar

from wardian.tokenizers.aligned import AlignedText, Rewriter, places_of
from wardian.tokenizers.code_points import CodePoints
from wardian.tokenizers.normalizers.charsmap import Charsmap, broken
from wardian.tokenizers.oniguruma import Alternation, Characters, Look, Matcher, Repeat, Row
from wardian.tokenizers.unicode_data import code_points

__all__ = ["Precompiled"]

#: Clusters of more bytes are only looked up character by character.
_LONGEST = 5
#: So many characters are changed by no rules of SentencePiece's own; to try them all would take seconds.
_MOST_CHANGED = 50_000


class Precompiled:
    """Replaces grapheme clusters of up to five bytes, then characters, by the spellings of a charsmap."""

    independent_at_space: ClassVar[bool] = False

    def __init__(self, precompiled_charsmap: str) -> None:
        """From the Base64 of `tokenizer.json`. Raises ModelError."""
        self.precompiled_charsmap = precompiled_charsmap
        try:
            content = base64.b64decode(precompiled_charsmap, validate=True)
        except (binascii.Error, ValueError) as error:
            raise broken(str(error)) from error
        self._charsmap = Charsmap(content)
        self._table = _Table(self._charsmap)
        self._ascii_stays = all(self._table[code] == chr(code) for code in range(32, 127))

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text. Raises ModelError where the charsmap is broken."""
        content = text.text
        if self._ascii_stays and content.isascii() and content.isprintable():
            return text
        if self._one_for_one is not None and self._one_for_one.allows(content):
            return text.with_text(self._one_for_one.respell(content))
        try:
            return self._rewriter(text)
        except _DeletedError:
            return self._whole(text)

    @cached_property
    def _one_for_one(self) -> _OneForOne | None:
        characters = self._charsmap.characters() - CodePoints([(0xD800, 0xDFFF)])
        few = len(characters) < _MOST_CHANGED
        return _OneForOne(self._charsmap, self._table, characters) if few else None

    @cached_property
    def _rewriter(self) -> Rewriter:
        """Rewrites runs with clusters, and other characters that may change."""
        changed = self._charsmap.characters()
        # What begins a cluster is in a run with the rest of it; \r begins one only before \n.
        joins = Characters(_joining())
        by_itself = Row((Look(_CR, True, True), Characters(changed), Look(joins, True, True)))
        alone = Repeat(Alternation((by_itself, Row((_CR, Look(_LF, True, True))))), 1, None)
        touched = changed | CodePoints.of("\r") | _joining()
        return Rewriter(touched, self._rewrite, Alternation((*_run().branches, alone)))

    def _rewrite(self, part: str) -> tuple[str, list[int]]:
        changes: list[tuple[str, int]] = []
        for cluster, spelling in self._clusters(part):
            if not spelling:
                raise _DeletedError
            _note(changes, len(cluster), spelling)
        return _spell(changes)

    def _whole(self, text: AlignedText) -> AlignedText:
        """The whole text in one go: what is deleted moves the places of what comes after."""
        changes: list[tuple[str, int]] = []
        done = 0
        for match in _runs().compiled(text.text).finditer(text.text):
            for character in text.text[done : match.start()]:
                _note(changes, 1, self._table[ord(character)])
            for cluster, spelling in self._clusters(match[0]):
                _note(changes, len(cluster), spelling)
            done = match.end()
        for character in text.text[done:]:
            _note(changes, 1, self._table[ord(character)])
        return text.moved(*_spell(changes))

    def _clusters(self, part: str) -> Iterator[tuple[str, str]]:
        """The grapheme clusters of a text with their spelling, or their characters where they have none."""
        for match in _cluster().finditer(part):
            cluster = match[0]
            if len(cluster) > 1 and len(cluster.encode()) <= _LONGEST:
                spelling = self._charsmap.find(cluster)
                if spelling is not None:
                    yield cluster, spelling
                    continue
            for character in cluster:
                yield character, self._table[ord(character)]

    def to_config(self) -> dict[str, Any]:
        return {"type": "Precompiled", "precompiled_charsmap": self.precompiled_charsmap}


class _OneForOne:
    """The quick way for most texts: no cluster has a spelling of its own, and characters one as long."""

    def __init__(self, charsmap: Charsmap, table: _Table, characters: CodePoints) -> None:
        """`characters` are all that the table may change."""
        prepend, joining = code_points("grapheme:prepend"), _joining()
        kept = CodePoints((code, code) for code in characters if len(table[code]) == 1) - prepend
        kept -= CodePoints.of("\r")
        #: Beginnings of spellings that a cluster may have.
        self._pairs = {
            first + chr(second)
            for first, seconds in charsmap.pairs()
            for second in (seconds if ord(first) in prepend else seconds & joining)
        }
        self._moving = Matcher(Characters((characters - kept) | CodePoints.of("\r")))
        self._seconds = Matcher(Characters(CodePoints.of(pair[1] for pair in self._pairs)))
        self._clustered = Matcher(Row((Characters(kept), Characters(joining))))
        self._kept = Matcher(Characters(kept))
        self._table = table

    def allows(self, text: str) -> bool:
        """Whether this text is one of those."""
        if self._moving.finds(text) or self._clustered.finds(text):
            return False
        places = (match.start() for match in self._seconds.compiled(text).finditer(text))
        return self._pairs.isdisjoint(text[max(place - 1, 0) : place + 1] for place in places)

    def respell(self, text: str) -> str:
        """The text in its new spelling."""
        table = self._table
        return self._kept.compiled(text).sub(lambda match: table[ord(match[0])], text)


class _DeletedError(Exception):
    """Something became nothing, so that its part cannot be rewritten by itself."""


def _note(changes: list[tuple[str, int]], old: int, new: str) -> None:
    """Note that `old` characters became `new`.

    What is too much of the new shares the place of the one before it; what is missing is taken off the last
    noted character, even where that stands for something else.
    """
    changes += [(character, int(index >= old)) for index, character in enumerate(new)]
    if len(new) < old and changes:
        character, change = changes[-1]
        changes[-1] = character, change + len(new) - old


def _spell(changes: list[tuple[str, int]]) -> tuple[str, list[int]]:
    return "".join(character for character, _ in changes), places_of(change for _, change in changes)


class _Table(dict[int, str]):
    """What each character becomes, for `str.translate`."""

    def __init__(self, charsmap: Charsmap) -> None:
        super().__init__()
        self._charsmap = charsmap

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = self._charsmap.find(character)
        self[code] = spelling = character if found is None else found
        return spelling


_CR, _LF = (Characters(CodePoints.of(character)) for character in "\r\n")
_KINDS = ("control", "extend", "spacing_mark", "prepend", "pictographic", "L", "V", "T", "LV", "LVT")


@cache
def _cluster() -> re.Pattern[str]:
    """Finds extended grapheme clusters (UAX 29).

    Flags, pairs of regional indicators, are missing: of their eight bytes only the characters count.
    """
    sets = {kind: code_points(f"grapheme:{kind}") for kind in _KINDS}
    inside = {kind: f"[{points.character_class()}]" for kind, points in sets.items()}
    after = f"[{(sets['extend'] | sets['spacing_mark']).character_class()}]*"
    lead, vowel, trail = inside["L"], inside["V"], inside["T"]
    hangul = f"{lead}*(?:{inside['LV']}{vowel}*|{vowel}+|{inside['LVT']}){trail}*|{lead}+|{trail}+"
    emoji = f"{inside['pictographic']}(?:{inside['extend']}*\\u200d{inside['pictographic']})*"
    other = f"[^{sets['control'].character_class()}]"
    core = f"(?:{hangul}|{emoji}|{other})"
    return re.compile(
        f"\\r\\n|{inside['prepend']}*{core}{after}|{inside['prepend']}+{after}|{inside['control']}"
    )


@cache
def _joining() -> CodePoints:
    """What makes a cluster together with the character before it or, `prepend`, behind it."""
    kinds = ("extend", "spacing_mark", "prepend", "L", "V", "T")
    return CodePoints(pair for kind in kinds for pair in code_points(f"grapheme:{kind}").ranges())


@cache
def _run() -> Alternation:
    """A part of a text that has clusters of several characters; outside, each is one by itself."""
    joins = Repeat(Characters(_joining()), 1, None)
    base = Repeat(Characters((_joining() | CodePoints.of("\r")).complement()), 0, 1)
    return Alternation((Row((_CR, _LF)), Row((Repeat(Row((base, joins)), 1, None), base))))


@cache
def _runs() -> Matcher:
    return Matcher(_run())
