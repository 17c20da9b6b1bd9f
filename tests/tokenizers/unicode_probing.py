"""Asking the reference about every code point: many at once where one answer says it of each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tokenizers.normalizers import Replace

from tokenizers import Regex

CODE_POINTS = [*range(0xD800), *range(0xE000, 0x110000)]
ALL = "".join(map(chr, CODE_POINTS))

_BLOCK = 4096


def unsettled(settled: Callable[[str], bool], characters: str = ALL) -> Iterator[str]:
    """The characters that no question settles, in order: halves are asked until one character is left.

    `settled` is given some characters, and true only if what it asked says it all of each of them.
    """
    for start in range(0, len(characters), _BLOCK):
        yield from _halves(settled, characters[start : start + _BLOCK])


def _halves(settled: Callable[[str], bool], block: str) -> Iterator[str]:
    if settled(block):
        return
    if len(block) == 1:
        yield block
        return
    middle = len(block) // 2
    yield from _halves(settled, block[:middle])
    yield from _halves(settled, block[middle:])


def changed(normalizer: Any) -> dict[int, str]:
    """What a normalizer makes of each code point alone, where that is something else."""

    def suspects(block: str) -> str:
        parts = str(normalizer.normalize_str("a".join(block))).split("a")
        if len(parts) != len(block):  # some of them hold an a, or join with it
            return block
        return "".join(c for c, part in zip(block, parts, strict=True) if part != c)

    found = {}
    for start in range(0, len(ALL), _BLOCK):
        for c in suspects(ALL[start : start + _BLOCK]):
            alone = normalizer.normalize_str(c)
            if alone != c:
                found[ord(c)] = alone
    return found


def matching(pattern: str, among: str = ALL) -> set[int]:
    """The code points that one character class of Oniguruma holds; `pattern` is the inside of `[…]`."""
    return set(map(ord, Replace(Regex(f"[^{pattern}]+"), "").normalize_str(among)))


def between(pre_tokenizer: Any) -> dict[int, set[int]]:
    """The code points c for which `aca` becomes one piece, two, or three."""
    found: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}
    for start in range(0, len(ALL), _BLOCK):
        block = ALL[start : start + _BLOCK]
        pieces = pre_tokenizer.pre_tokenize_str("a" + "".join(c + "a" for c in block))
        if len(pieces) == 1:
            found[1].update(map(ord, block))
            continue
        begins = {first for _, (first, _) in pieces}
        for index, c in enumerate(block):
            # A piece may begin at c and at the letter after it.
            found[1 + (2 * index + 1 in begins) + (2 * index + 2 in begins)].add(ord(c))
    return found
