"""A small charsmap for `Precompiled`, built here: the real ones are 300 kB.

SentencePiece stores its rules as the size of a trie, the trie (a double array of darts-clone) from the UTF-8
bytes of what is replaced to a place in the text behind it, and that text: all replacements,
each ended by a zero.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping

__all__ = ["RULES", "charsmap"]

#: What NMT's NFKC would do, and things that only a test would do: removal, a rule for a pair whose first
#: character has a rule too, a replacement that is longer than the grapheme, a rule longer than six bytes.
RULES = {
    "\u00a0": " ",
    "\t": " ",
    "\n": " ",
    "\u3000": " ",
    "\u200b": "",
    "\x7f": "",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "①": "1",
    "½": "1\u20442",
    "㎏": "kg",
    "ｶ": "カ",
    "ｶﾞ": "ガ",
    "ﾞ": "\u3099",
    "e\u0301": "é",
    "\u0301": "",
    "㍿": "株式会社",
    "Ａ": "A",
    "Ｂ": "B",
    "！": "!",
    "？": "?",
    "İ": "i\u0307",
    "a": "a",
    "\u0e33": "\u0e4d\u0e32",
    "👍🏽": "👍",
    "中": "中",
    "\U0001d15e": "\U0001d157\U0001d165",
    "ﷺ": "صلى الله عليه وسلم",
    "한국": "x",
    "\ufeff": "",
}

Trie = dict[int, "Trie | int"]
_LEAF = 0


def charsmap(rules: Mapping[str, str], shared_bases: bool = False) -> str:
    """The value of `precompiled_charsmap`: base64.

    Where nodes share bases, each has the others' children too, and there are keys that nobody asked for:
    darts-clone does not write such arrays, but they can be read.
    """
    places: dict[str, int] = {}
    text = b""
    for replacement in dict.fromkeys(rules.values()):
        places[replacement] = len(text)
        text += replacement.encode() + b"\0"
    trie: Trie = {}
    for key, replacement in rules.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})  # type: ignore[assignment]
        node[_LEAF] = places[replacement]
    units = _double_array(trie, shared_bases)
    packed = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(packed)) + packed + text).decode()


def _double_array(trie: Trie, shared_bases: bool) -> list[int]:
    """Children of a node lie at its base XOR their byte; a leaf's value lies at the base itself."""
    units: dict[int, int] = {}
    taken, bases = {0}, set[int]()
    todo: list[tuple[int, Trie]] = [(0, trie)]
    while todo:
        place, node = todo.pop()
        free = (b for b in range(1, 1 << 20) if not any((b ^ byte) in taken for byte in node))
        base = next(b for b in free if shared_bases or b not in bases)
        taken.update(base ^ byte for byte in node)
        bases.add(base)
        units[place] = units.get(place, 0) | ((place ^ base) << 10) | (bool(_LEAF in node) << 8)
        for byte, child in node.items():
            if isinstance(child, int):
                units[base] = child | 1 << 31
            else:
                units[base ^ byte] = byte
                todo.append((base ^ byte, child))
    return [units.get(place, 0) for place in range((max(units) | 255) + 1)]
