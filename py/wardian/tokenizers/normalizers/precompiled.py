"""SentencePiece's normalizer: a table of spellings, compiled into a double-array trie.

Source: `normalizer.cc` of google/sentencepiece for the format, Hugging Face tokenizers for how it is applied:
per grapheme cluster, then per character.
"""

from __future__ import annotations

import base64
import binascii
import re
from array import array
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, ClassVar

from wardian.errors import ModelError
from wardian.tokenizers.aligned import AlignedText, Rewriter, places_of
from wardian.tokenizers.code_points import LAST_CODE_POINT, CodePoints
from wardian.tokenizers.unicode_data import code_points

__all__ = ["Charsmap", "Precompiled"]

#: Clusters of more bytes are only looked up character by character.
_LONGEST = 5


#: Lead bytes of UTF-8: first, last, the bits that count, and how many bytes follow.
_LEADS = ((0x01, 0x7F, 0x7F, 0), (0xC2, 0xDF, 0x1F, 1), (0xE0, 0xEF, 0x0F, 2), (0xF0, 0xF4, 0x07, 3))


class Charsmap:
    """The content of a `precompiled_charsmap`: a trie over UTF-8, and the spellings its leaves point to.

    Little-endian: the trie's size in bytes, the trie (units of 32 bits: Darts-clone's double array), and the
    spellings, each ended by a zero byte. Raises ModelError for another content.
    """

    def __init__(self, content: bytes) -> None:
        size = int.from_bytes(content[:4], "little") // 4 * 4
        if len(content) < 4 + size or not size:
            raise _broken(f"{len(content):,} bytes for a trie of {size:,}")
        self.units = array("I", content[4 : 4 + size])
        self.spellings = content[4 + size :]
        try:
            self.spellings.decode()
        except UnicodeDecodeError as error:
            raise _broken(str(error)) from error

    def find(self, text: str) -> str | None:
        """The spelling of the shortest beginning of `text` that the table has; None for none.

        That it is the shortest is how the reference reads the table. Raises ModelError for a broken table.
        """
        units = self.units
        try:
            place = _offset(units[0])
            for byte in text.encode():
                if byte == 0:
                    return None
                place ^= byte
                unit = units[place]
                if unit & 0x800000FF != byte:
                    return None
                place ^= _offset(unit)
                if unit & 0x100:
                    return self._spelling(units[place] & 0x7FFFFFFF)
        except IndexError as error:
            raise _broken("a trie with a reference beyond its end") from error
        return None

    def characters(self) -> CodePoints:
        """All characters that it may have a spelling for: those whose bytes lead to a leaf."""
        ranges: list[tuple[int, int]] = []
        root = _offset(self.units[0])
        for first, last, bits, left in _LEADS:
            for byte in range(first, last + 1):
                self._visit(root, byte, byte & bits, left, ranges)
        return CodePoints(
            (start, min(end, LAST_CODE_POINT)) for start, end in ranges if start <= LAST_CODE_POINT
        )

    def _visit(self, place: int, byte: int, code: int, left: int, ranges: list[tuple[int, int]]) -> None:
        place ^= byte
        unit = self.units[place] if place < len(self.units) else 0
        if unit & 0x800000FF != byte:
            return
        if unit & 0x100:
            ranges.append((code << 6 * left, ((code + 1) << 6 * left) - 1))
        elif left:
            for following in range(0x80, 0xC0):
                self._visit(place ^ _offset(unit), following, code << 6 | following & 0x3F, left - 1, ranges)

    def _spelling(self, start: int) -> str:
        end = self.spellings.find(b"\0", start)
        try:
            return self.spellings[start : end if end >= 0 else None].decode()
        except UnicodeDecodeError as error:
            raise _broken("a spelling that begins inside a character") from error


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 0x200) >> 6)


def _broken(received: str) -> ModelError:
    return ModelError(
        "The charsmap of the normalizer Precompiled is broken.",
        expected="one of SentencePiece",
        received=received,
    )


class Precompiled:
    """Replaces grapheme clusters of up to five bytes, then characters, by the spellings of a charsmap."""

    independent_at_space: ClassVar[bool] = False

    def __init__(self, precompiled_charsmap: str) -> None:
        """From the Base64 of `tokenizer.json`. Raises ModelError."""
        self.precompiled_charsmap = precompiled_charsmap
        try:
            content = base64.b64decode(precompiled_charsmap, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _broken(str(error)) from error
        self._charsmap = Charsmap(content)
        self._table = _Table(self._charsmap)
        self._ascii_stays = all(self._table[code] == chr(code) for code in range(32, 127))

    def normalize(self, text: AlignedText) -> AlignedText:
        """Normalize a text. Raises ModelError where the charsmap is broken."""
        content = text.text
        if self._ascii_stays and content.isascii() and content.isprintable():
            return text
        if content.translate(self._table) == content and not _runs().search(content):
            return text
        try:
            return self._rewriter(text)
        except _DeletedError:
            return self._whole(text)

    @cached_property
    def _rewriter(self) -> Rewriter:
        """Rewrites runs with clusters, and other characters that may change."""
        characters = self._charsmap.characters()
        changed = f"[{characters.character_class()}]" if characters else "(?!)"
        # What begins a cluster is in a run with the rest of it; \r begins one only before \n.
        alone = f"(?:(?!\\r){changed}(?![{_joining().character_class()}])|\\r(?!\\n))+"
        return Rewriter(re.compile(f"{_runs().pattern}|{alone}"), self._rewrite)

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
        for match in _runs().finditer(text.text):
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
def _runs() -> re.Pattern[str]:
    """Finds the parts of a text that have clusters of several characters; outside, each is one by itself."""
    inside = _joining().character_class()
    base = f"[^\\r{inside}]"
    return re.compile(f"\\r\\n|(?:{base}?[{inside}]+)+{base}?")
