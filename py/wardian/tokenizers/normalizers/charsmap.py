"""The table of SentencePiece's normalizer: spellings, compiled into a double-array trie.

Source: `normalizer.cc` of google/sentencepiece, for the format.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from wardian.errors import ModelError
from wardian.tokenizers.code_points import LAST_CODE_POINT, CodePoints

__all__ = ["Charsmap", "broken"]

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
            raise broken(f"{len(content):,} bytes for a trie of {size:,}")
        self.units = array("I", content[4 : 4 + size])
        self.spellings = content[4 + size :]
        try:
            self.spellings.decode()
        except UnicodeDecodeError as error:
            raise broken(str(error)) from error

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
            raise broken("a trie with a reference beyond its end") from error
        return None

    def characters(self) -> CodePoints:
        """All characters that it may have a spelling for: those whose bytes lead to a leaf."""
        return self._followers(_offset(self.units[0]))[0]

    def pairs(self) -> Iterator[tuple[str, CodePoints]]:
        """Characters that begin longer keys, each with the characters that are next in these.

        ASCII is never next: it ends grapheme clusters.
        """
        for first, node in self._followers(_offset(self.units[0]))[1].items():
            last, longer = self._followers(node, 0x80)
            if last or longer:
                yield chr(first), last | CodePoints((code, code) for code in longer)

    def _followers(self, node: int, least: int = 0) -> tuple[CodePoints, dict[int, int]]:
        """The characters behind a node: those that lead to a leaf, and nodes that keys go on from."""
        leaves: list[tuple[int, int]] = []
        nodes: dict[int, int] = {}

        def visit(place: int, byte: int, code: int, left: int) -> None:
            place ^= byte
            unit = self.units[place] if place < len(self.units) else 0
            if unit & 0x800000FF != byte:
                return
            if unit & 0x100:
                leaves.append((code << 6 * left, ((code + 1) << 6 * left) - 1))
            elif left:
                for following in range(0x80, 0xC0):
                    visit(place ^ _offset(unit), following, code << 6 | following & 0x3F, left - 1)
            else:
                nodes[code] = place ^ _offset(unit)

        for first, last, bits, left in _LEADS:
            for byte in range(max(first, least), last + 1):
                visit(node, byte, byte & bits, left)
        ranges = ((start, min(end, LAST_CODE_POINT)) for start, end in leaves if start <= LAST_CODE_POINT)
        return CodePoints(ranges), nodes

    def _spelling(self, start: int) -> str:
        end = self.spellings.find(b"\0", start)
        try:
            return self.spellings[start : end if end >= 0 else None].decode()
        except UnicodeDecodeError as error:
            raise broken("a spelling that begins inside a character") from error


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 0x200) >> 6)


def broken(received: str) -> ModelError:
    """The error for a broken table."""
    return ModelError(
        "The charsmap of the normalizer Precompiled is broken.",
        expected="one of SentencePiece",
        received=received,
    )
