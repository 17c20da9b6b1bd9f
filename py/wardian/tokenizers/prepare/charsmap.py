"""SentencePiece's `precompiled_charsmap` taken apart: a double-array trie of UTF-8 keys and their strings.

Source of the format: spm_precompiled; the double array is that of Darts-clone. The kernel gets a map of
single characters and a trie of the longer keys.
"""

from __future__ import annotations

import base64
import binascii
from codecs import utf_8_decode
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from wardian.errors import ModelError
from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.code_point_sets import ClassTable, Ranges, union
from wardian.tokenizers.prepare.maps import StringPool, add_map
from wardian.tokenizers.prepare.tries import build_trie
from wardian.tokenizers.unicode_data import code_points

__all__ = ["charsmap_operands", "read_charsmap"]

_LONGEST_KEY = 5
"""Bytes of the longest grapheme cluster that is looked up as a whole."""
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7FB))
"""Parts of Hangul syllables: Unicode Standard Annex #29."""


def charsmap_operands(writer: BlobWriter, classes: ClassTable, encoded: str) -> list[int]:
    """Write a charsmap; returns the operands of its operation (charsmap.h)."""
    keys = read_charsmap(encoded)
    pool = StringPool()
    longer = {key: string for key, string in keys.items() if len(key) > 1}
    values = np.array([pool.number(string) for string in longer.values()], np.int64)
    trie = build_trie(list(longer), values)
    single = {ord(key): string for key, string in keys.items() if len(key) == 1}
    table = add_map(writer, single, 0xFFFFFFFF, pool)
    sections = [writer.add(Section.OTHER, trie.nodes), writer.add(Section.OTHER, trie.slots)]
    return [*table, *sections, *_cluster_classes(classes), classes.bit(_lively(single, longer))]


def _lively(single: Iterable[int], longer: Iterable[str]) -> Ranges:
    """What the kernel must look at: characters that change, by themselves or in a cluster.

    A cluster changes if one of its characters does, or if a longer key has its second character: a mark, or
    what is behind a carriage return, a prepending character or a jamo. These are taken as they come, and the
    joiner of pictures, too. All other marks stay as they are, and so does what they are joined to.
    """
    seconds = ((code, code) for code in {ord(key[1]) for key in longer})
    prepend = code_points("grapheme:prepend").ranges()
    return union(((code, code) for code in single), seconds, [(0x0D, 0x0D), (0x200D, 0x200D)], _JAMO, prepend)


def _cluster_classes(classes: ClassTable) -> list[int]:
    """What of Grapheme_Cluster_Break matters for clusters of at most five bytes."""
    extend, spacing = code_points("grapheme:extend").ranges(), code_points("grapheme:spacing_mark").ranges()
    others = ("grapheme:prepend", "grapheme:control", "grapheme:pictographic")
    return [
        classes.bit(union(extend, spacing)),
        classes.bit([(0x200D, 0x200D)]),
        *(classes.bit(code_points(name).ranges()) for name in others),
    ]


def read_charsmap(encoded: str) -> dict[str, str]:
    """What each key becomes, as far as keys are ever looked up (five bytes).

    Raises ModelError when this is no charsmap.
    """
    try:
        content = base64.b64decode(encoded, validate=True)
        size = int.from_bytes(content[:4], "little")
        units = np.frombuffer(content, "<u4", size // 4, 4)
        strings = content[4 + size // 4 * 4 :]
        strings.decode()
    except (binascii.Error, ValueError) as error:
        raise ModelError(
            "The precompiled charsmap of the tokenizer is broken.", received=str(error)
        ) from error
    found: dict[str, str] = {}
    for key, value in _keys(units):
        end = strings.find(b"\0", value)
        string = strings[value : len(strings) if end < 0 else end]
        try:
            spelled = string.decode()
        except UnicodeDecodeError as error:
            raise ModelError("The precompiled charsmap of the tokenizer is broken.") from error
        found |= dict.fromkeys(_texts(key), spelled)
    return found


@cache
def _joining() -> frozenset[int]:
    return frozenset(code_points("grapheme:extend")) | frozenset(code_points("grapheme:spacing_mark"))


@cache
def _prepending() -> frozenset[int]:
    return frozenset(code_points("grapheme:prepend"))


def _texts(key: bytes) -> Iterator[str]:
    """The texts that a key stands for: itself; or, when it ends within a character, all that begin so.

    >>> list(_texts(b"ab")), "".join(_texts(b"\\xc3"))[:6], len(list(_texts(b"a\\xcd")))
    (['ab'], 'ÀÁÂÃÄÅ', 48)
    """
    try:
        yield key.decode()
    except UnicodeDecodeError as error:
        whole, rest = key[: error.start].decode(), key[error.start :]
        length = 2 if 0xC2 <= rest[0] < 0xE0 else 3 if 0xE0 <= rest[0] < 0xF0 else 4
        if rest[0] < 0xC2 or rest[0] > 0xF4 or len(rest) >= length or min(rest[1:], default=0x80) < 0x80:
            return
        first = rest[0] & (0x7F >> length)
        for byte in rest[1:]:
            first = first << 6 | byte & 0x3F
        missing = 6 * (length - len(rest))
        least = (0, 0, 0x80, 0x800, 0x10000)[length]
        codes = range(max(first << missing, least), min((first + 1) << missing, 0x110000))
        # Behind other characters only such as join them make a cluster, and a short one at that.
        if whole and (error.start + length > _LONGEST_KEY):
            return
        for code in codes:
            if not 0xD800 <= code < 0xE000 and (not whole or code in _joining()):
                yield whole + chr(code)


def _may_be_text(key: bytes) -> bool:
    """Whether a cluster may begin with these bytes: UTF-8, and more than one character only if they join."""
    try:
        text, _ = utf_8_decode(key, "strict", False)
    except UnicodeDecodeError:
        return False
    return len(text) < 2 or text[0] == "\r" or ord(text[0]) in _prepending() or ord(text[1]) in _joining()


def _keys(units: NDArray[np.uint32]) -> list[tuple[bytes, int]]:
    """The keys of a double array with their values, level by level.

    The children of a node lie at `base ^ label`, so a unit's base is its place ^ label; a unit whose highest
    bit is set holds a value.
    """
    places = np.arange(len(units))
    labels = (units & 0x800000FF).astype(np.int64)
    is_child = (labels > 0) & (labels < 256)
    children = places[is_child]
    bases = children ^ labels[is_child]
    order = np.argsort(bases, kind="stable")
    children, bases = children[order], bases[order]
    offsets = (units.astype(np.int64) >> 10) << ((units.astype(np.int64) & 512) >> 6)
    has_leaf = units >> 8 & 1
    level: list[tuple[int, bytes]] = [(0, b"")]
    found: list[tuple[bytes, int]] = []
    for _ in range(_LONGEST_KEY + 1):
        following: list[tuple[int, bytes]] = []
        for place, key in level:
            base = int(place ^ offsets[place])
            if key and has_leaf[place] and base < len(units):
                # The shortest key that a text begins with counts: there is nothing to find behind it.
                found.append((key, int(units[base] & 0x7FFFFFFF)))
                continue
            first, last = np.searchsorted(bases, [base, base + 1])
            longer = ((int(c), key + bytes([int(labels[c])])) for c in children[first:last])
            following += [(c, key) for c, key in longer if _may_be_text(key)]
        level = following
    return found
