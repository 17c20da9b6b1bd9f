"""The tables of a prepared tokenizer: hashes, tries, sets of code points."""

from __future__ import annotations

import random

import numpy as np
import pytest

from wardian.tokenizers.prepare.blob import BlobWriter, Section, sections_of
from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS, ClassTable, two_stage
from wardian.tokenizers.prepare.double_array import DoubleArray, build_double_array
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.hashing import fill, fnv1a, mix
from wardian.tokenizers.prepare.tries import build_trie


def fnv1a_of(content: bytes) -> int:
    """Fowler, Noll and Vo's hash, as they state it."""
    h = 0x811C9DC5
    for byte in content:
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h ^ h >> 15


def test_fnv1a() -> None:
    strings = [b"hello", b"", b"a", "é中".encode(), b"hello world"]
    ends = np.cumsum([len(s) for s in strings]).astype(np.uint32)
    content = np.frombuffer(b"".join(strings), np.uint8)
    assert fnv1a(content, ends).tolist() == [fnv1a_of(s) for s in strings]


def test_every_entry_of_a_hash_table_is_found() -> None:
    keys = np.random.default_rng(5).integers(0, 2**32, 5000, np.uint32)
    hashes = keys % 61  # many want the same place
    table = fill(hashes.astype(np.uint32), keys | 1).tolist()
    for key, start in zip((keys | 1).tolist(), hashes.tolist(), strict=True):
        place = start % len(table)
        while table[place] != key:
            assert table[place] != 0, "a gap before the entry: a search would end there"
            place = (place + 1) % len(table)


def test_a_trie_holds_its_strings_alone() -> None:
    strings = ["a", "ab", "abc", "b", "中文", "a", *(f"c{letter}" for letter in "defghijklm")]
    trie = build_trie(strings, np.arange(len(strings)), follow="ab")

    def child_of(node: int, code: int) -> int:
        first, end = (int(record) & 0x1FFFFF for record in trie.nodes[node : node + 2])
        if end - first <= 8:
            found = [i for i in range(first, end) if int(trie.nodes[i]) >> 21 & 0x1FFFFF == code]
            return found[0] if found else 0
        place = int(mix(np.array([node]), np.array([code]))[0]) % len(trie.slots)
        while int(trie.slots[place]) >> 21 != node << 21 | code:
            if trie.slots[place] == 0:
                return 0
            place = (place + 1) % len(trie.slots)
        return int(trie.slots[place]) & 0x1FFFFF

    def value_of(text: str) -> int:
        node = 0
        for character in text:
            node = child_of(node, ord(character))
            if node == 0:
                return 0
        return int(trie.nodes[node]) >> 42

    texts = ("a", "ab", "abc", "b", "中文", "中", "d", "", "cd", "cm", "c", "cn")
    assert [value_of(text) for text in texts] == [6, 2, 3, 4, 5, 0, 0, 0, 7, 16, 0, 0]
    assert np.count_nonzero(trie.slots) == 10
    assert len(trie.path) == 3


def value_in(array: DoubleArray, text: str) -> int:
    """The value of a string plus one, 0 for one that is not there."""
    unit = int(array.units[0])
    for character in text:
        code = int(array.codes[ord(character)])
        unit = int(array.units[unit & 0x3FFFFF ^ code])
        if unit >> 22 & 0xFFFFF != code:
            return 0
    return unit >> 42


@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_a_double_array_holds_its_strings_alone(count: int) -> None:
    source = random.Random(count)
    letters = [*"abcdefgh", *map(chr, range(0x4E00, 0x4E00 + count // 4)), "\U0010ffff"]
    strings = ["".join(source.choices(letters, k=source.randrange(1, 6))) for _ in range(count)]
    array = build_double_array(strings, np.arange(count))
    expected = {text: number + 1 for number, text in enumerate(strings)}
    others = {text[:end] for text in strings for end in range(len(text))} | {"", "x", "ax", "aaaaaaaa"}
    assert {text: value_in(array, text) for text in expected} == expected
    assert all(value_in(array, text) == expected.get(text, 0) for text in others)
    # All bases and codes stay inside, and no unit has the code of what is in no string.
    assert len(array.units) % (1 << array.nobody.bit_length()) == 0
    assert int((array.units & np.uint64(0x3FFFFF)).max()) < len(array.units)
    assert int(((array.units >> np.uint64(22)) & np.uint64(0xFFFFF)).max()) < array.nobody
    assert array.codes.max() == array.nobody


def test_a_vocabulary_of_too_many_characters_is_refused() -> None:
    strings = [chr(code) for code in range(0x10000, 0x20000)]
    with pytest.raises(NotPreparable, match="65,536 characters"):
        build_double_array(strings, np.arange(len(strings)))


def test_classes_are_what_they_were_made_of() -> None:
    classes, writer = ClassTable(), BlobWriter()
    digits = classes.bit([(0x30, 0x39)])
    others = classes.bit([(0x35, 0x35), (0x10FFFF, 0x10FFFF)])
    classes.write(writer)
    sections = sections_of(writer.to_bytes())
    blocks = np.frombuffer(sections[Section.CLASSES_1], np.uint16).astype(np.int64)
    rows = np.frombuffer(sections[Section.CLASSES_2], np.uint8)
    sets = np.frombuffer(sections[Section.CLASS_SETS], np.uint64)

    def bits(code: int) -> int:
        return int(sets[rows[blocks[code >> 7] * 128 + (code & 127)]])

    assert bits(0x30) == 1 << digits and bits(0x35) == 1 << digits | 1 << others
    assert bits(0x10FFFF) == 1 << others and bits(0x41) == 0


def test_more_classes_than_bits_are_refused() -> None:
    classes = ClassTable()
    with pytest.raises(NotPreparable, match="64"):
        for code in range(65):
            classes.bit([(code, code)])


def test_two_stages_give_back_the_table() -> None:
    table = np.zeros(CODE_POINTS, np.uint32)
    table[[5, 0x4E00, CODE_POINTS - 1]] = [7, 8, 9]
    blocks, entries = two_stage(table)
    assert len(entries) == 4 * 128
    assert (entries.reshape(-1, 128)[blocks].reshape(-1) == table).all()


def test_other_bytes_are_no_blob() -> None:
    with pytest.raises(ValueError, match="this version"):
        sections_of(b"no")
