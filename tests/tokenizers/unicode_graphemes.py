"""Grapheme clusters as the reference breaks them, found through the one normalizer that works by them."""

from __future__ import annotations

from collections.abc import Iterator

from tokenizers.normalizers import Precompiled
from unicode_probing import ALL, CODE_POINTS, unsettled


def counting_charsmap() -> bytes:
    """A charsmap of Precompiled that makes an X of whatever begins with any byte at all.

    So the result counts the grapheme clusters of up to five bytes, and the characters of longer ones.
    """
    # The root's children lie at 256 ^ byte; all lead to the leaf at 512, whose own children match nothing.
    units = [0] * 768
    units[0] = 256 << 10
    for byte in range(1, 256):
        units[256 ^ byte] = (256 ^ byte ^ 512) << 10 | 1 << 8 | byte
    trie = b"".join(unit.to_bytes(4, "little") for unit in units)
    return len(trie).to_bytes(4, "little") + trie + b"X\0"


def grapheme_sets() -> Iterator[tuple[str, set[int]]]:
    """Grapheme_Cluster_Break, as far as it shows. Of longer clusters Precompiled sees the characters."""
    normalize = Precompiled(counting_charsmap()).normalize_str

    def count(text: str) -> int:
        return len(normalize(text))

    def joins(first: str, second: str) -> bool:
        """For characters of three bytes: an accent of two bytes shows whether the second begins a cluster."""
        return count(f"{first}{second}\u0301") == 3

    def counted(before: str, after: str, usual: int, wanted: int) -> set[int]:
        """The code points that count so much between two texts; `usual` is the most or the least there is."""

        def as_usual(block: str) -> bool:
            lines = "\n".join(f"{before}{c}{after}" for c in block)
            return count(lines) == usual * len(block) + len(block) - 1

        # NUL ends a key of the trie before it begins; Unicode says of it that it is a control character.
        few = unsettled(as_usual, ALL[1:])
        return {ord(c) for c in few if count(f"{before}{c}{after}") == wanted}

    extends = counted("a", "", usual=2, wanted=1)
    joined = {code for code in extends if count(f"☺{chr(code)}\u200d©\u0301") == 5}
    control = {0} | counted("", "\u0301\u0301", usual=3, wanted=2)
    prepend = counted("", "a", usual=2, wanted=1) - extends
    yield "grapheme:control", control
    yield "grapheme:extend", joined
    yield "grapheme:spacing_mark", extends - joined
    yield "grapheme:prepend", prepend
    yield "grapheme:pictographic", counted("©\u200d", "", usual=2, wanted=3) - extends
    others = extends | prepend | control
    wide = [c for c in CODE_POINTS if 0x800 <= c < 0x10000 and c not in others]
    leading = {c for c in wide if joins(chr(c), "\u1100")}
    vowels = {c for c in wide if joins("\u1161", chr(c))}
    trailing = {c for c in wide if joins("\u11a8", chr(c))}
    syllables = {c for c in wide if joins(chr(c), "\u11a8")} - vowels - trailing - leading
    open_ones = {c for c in syllables if joins(chr(c), "\u1161")}
    yield "grapheme:L", leading
    yield "grapheme:V", vowels - trailing
    yield "grapheme:T", trailing
    yield "grapheme:LV", open_ones
    yield "grapheme:LVT", syllables - open_ones
