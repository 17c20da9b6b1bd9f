"""Normalizers as the few operations that the kernel has (wasm/kernels/tokenizers/normalize.h)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np

from wardian.tokenizers.prepare.blob import ABSENT, BlobWriter, Section
from wardian.tokenizers.prepare.charsmap import charsmap_operands
from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS, ClassTable, Ranges, two_stage, union
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.hashing import pair_table
from wardian.tokenizers.prepare.maps import Tables, add_map, add_tables, map_tables
from wardian.tokenizers.prepare.pattern_tree import pattern_tree
from wardian.tokenizers.prepare.regex_program import add_program
from wardian.tokenizers.unicode_data import classes as numbered
from wardian.tokenizers.unicode_data import code_points, combining_class, compositions, mapping

__all__ = ["add_normalizer"]


class Op(IntEnum):
    """`NormalizeOperation` of normalize.h."""

    MAP = 0
    UNLESS = 1
    SKIP = 2
    CANONICAL = 3
    STRIP = 4
    PREPEND = 5
    REPLACE = 6
    BYTES = 7
    CHARSMAP = 8


Step = tuple[Op, list[int]]

_HANGUL = (0xAC00, 0xD7A3)
_JOINING_JAMO = ((0x1161, 0x1175), (0x11A8, 0x11C2))


def add_normalizer(writer: BlobWriter, classes: ClassTable, config: Mapping[str, Any] | None) -> None:
    """Write the program of a normalizer. Raises NotPreparable naming what the kernel has no operation for."""
    if config is None:
        return
    steps = _Program(writer, classes).steps(config)
    words = [word for op, operands in steps for word in (int(op), len(operands), *operands)]
    writer.add(Section.NORMALIZER, np.array(words, np.uint32))


class _Program:
    def __init__(self, writer: BlobWriter, classes: ClassTable) -> None:
        self._writer = writer
        self._classes = classes

    def steps(self, config: Mapping[str, Any]) -> list[Step]:
        kind = str(config.get("type"))
        if kind == "Sequence":
            return [step for part in config["normalizers"] for step in self.steps(part)]
        makers: dict[str, Callable[[Mapping[str, Any]], list[Step]]] = {
            "BertNormalizer": self._bert,
            "Lowercase": lambda _: [self._map(mapping("lower"))],
            "NFC": lambda _: [self._canonical("nfd", compose=True)],
            "NFD": lambda _: [self._canonical("nfd", compose=False)],
            "NFKC": lambda _: [self._canonical("nfkd", compose=True)],
            "NFKD": lambda _: [self._canonical("nfkd", compose=False)],
            "Nmt": lambda _: [self._map(_replaced("nmt:removed", "nmt:spaces"))],
            "StripAccents": lambda _: [self._map(dict.fromkeys(code_points("M"), ""))],
            "Strip": self._strip,
            "Prepend": lambda one: [(Op.PREPEND, _characters(one["prepend"]))] if one["prepend"] else [],
            "Replace": self._replace,
            "ByteLevel": lambda _: [(Op.BYTES, [])],
            "Precompiled": lambda one: [
                (Op.CHARSMAP, charsmap_operands(self._writer, self._classes, one["precompiled_charsmap"]))
            ],
        }
        if kind not in makers:
            raise NotPreparable("normalizer", repr(kind))
        return makers[kind](config)

    def _map(self, changes: Mapping[int, str], pad: int = ABSENT) -> Step:
        return Op.MAP, add_map(self._writer, changes, pad)

    def _strip(self, config: Mapping[str, Any]) -> list[Step]:
        space = self._classes.bit(code_points("rust:whitespace").ranges())
        return [(Op.STRIP, [space, int(config["strip_left"]), int(config["strip_right"])])]

    def _replace(self, config: Mapping[str, Any]) -> list[Step]:
        pattern, content = config["pattern"], str(config["content"])
        text = pattern.get("String")
        if isinstance(text, str) and len(text) == 1:
            return [self._map({ord(text): content})]
        tree = pattern_tree(pattern)
        return [(Op.REPLACE, [*add_program(self._writer, self._classes, tree), *_characters(content)])]

    # ------------------------------------------------------------------------------- Unicode normalization

    def _canonical(self, name: str, compose: bool) -> Step:
        """A normalization form: `name` is the decomposition ("nfd", "nfkd")."""
        changing, order, table = _canonical_tables(name, compose)
        stages = add_tables(self._writer, order)
        pairs = self._pairs() if compose else ABSENT
        operands = add_tables(self._writer, table)
        return Op.CANONICAL, [*operands, ABSENT, self._classes.bit(changing), *stages, pairs]

    def _pairs(self) -> int:
        known = compositions()
        columns = np.array([(a, b, code) for (a, b), code in known.items()], np.int64).T
        return self._writer.add(Section.OTHER, pair_table(columns[0], columns[1], columns[2], 21))

    # ------------------------------------------------------------------------------------- BertNormalizer

    def _bert(self, config: Mapping[str, Any]) -> list[Step]:
        """All steps in one map, except where a mark that is kept moves: then one after another.

        Source: `BertNormalizer` of Hugging Face tokenizers.
        """
        lowercase = bool(config.get("lowercase", True))
        strip = config.get("strip_accents")
        strip = lowercase if strip is None else bool(strip)
        clean = _cleaned() if config.get("clean_text", True) else {}
        cjk = config.get("handle_chinese_chars", True)
        pad = self._classes.bit(code_points("bert:cjk").ranges()) if cjk else ABSENT
        removed = dict.fromkeys(code_points("bert:Mn"), "")
        lower = mapping("lower") if lowercase else {}
        if not strip:
            return [self._map(_after(clean, lower), pad)]
        tables, moving = _bert_tables(bool(clean), lowercase)
        fused: Step = Op.MAP, [*add_tables(self._writer, tables), pad]
        if not moving:
            return [fused]
        slow = [self._map(clean, pad), self._canonical("nfd", compose=False), self._map(removed)]
        slow += [self._map(lower)] if lower else []
        unless = self._classes.bit((code, code) for code in moving)
        return [(Op.UNLESS, [unless, len(slow) + 1]), *slow, (Op.SKIP, [1]), fused]


@cache
def _canonical_tables(name: str, compose: bool) -> tuple[Ranges, Tables, Tables]:
    """What normalization changes, the combining classes, and the map of decompositions."""
    decomposed = mapping(name)
    order = np.zeros(CODE_POINTS, np.uint8)
    for first, last, value in numbered("ccc"):
        order[first : last + 1] = value
    marks = ((first, last) for first, last, _ in numbered("ccc"))
    if compose:
        changing = union(marks, _JOINING_JAMO, ((code, code) for code in _not_composed(decomposed)))
    else:
        changing = union(marks, [_HANGUL], ((code, code) for code in decomposed))
    return changing, two_stage(order), map_tables(decomposed)


@cache
def _bert_tables(clean: bool, lowercase: bool) -> tuple[Tables, frozenset[int]]:
    """The map that does all that BertNormalizer does, and the characters for which it is not enough."""
    removed = dict.fromkeys(code_points("bert:Mn"), "")
    bare = _after(_hangul_too(mapping("nfd")), removed)
    moving = {code for code in combining_class() if code not in removed}
    moving |= {code for code, string in bare.items() if any(ord(c) in moving for c in string)}
    whole = _after(bare, mapping("lower") if lowercase else {})
    return map_tables(_after(_cleaned() if clean else {}, whole)), frozenset(moving)


def _cleaned() -> dict[int, str]:
    return _replaced("bert:removed", "bert:spaces")


def _characters(text: str) -> list[int]:
    return list(map(ord, text))


def _replaced(removed: str, spaces: str) -> dict[int, str]:
    return dict.fromkeys(code_points(spaces), " ") | dict.fromkeys(code_points(removed), "")


def _after(first: Mapping[int, str], second: Mapping[int, str]) -> dict[int, str]:
    """The map that is `first` and then, character by character, `second`."""
    both = {code: "".join(second.get(ord(c), c) for c in string) for code, string in first.items()}
    return {**second, **both}


def _hangul_too(decomposed: Mapping[int, str]) -> dict[int, str]:
    """With the Hangul syllables, which are decomposed by arithmetic: Unicode Standard, 3.12."""
    first, last = _HANGUL
    syllables = {}
    for index in range(last - first + 1):
        jamo = chr(0x1100 + index // 588) + chr(0x1161 + index % 588 // 28)
        syllables[first + index] = jamo + (chr(0x11A7 + index % 28) if index % 28 else "")
    return {**decomposed, **syllables}


def _not_composed(decomposed: Mapping[int, str]) -> set[int]:
    """Characters that composition changes, or that may join the one before them."""
    pairs = compositions()
    second, whole, canonical = {b for _, b in pairs}, set(pairs.values()), mapping("nfd")
    return second | {
        code
        for code, string in decomposed.items()
        if ord(string[0]) in second or code not in whole or canonical.get(code) != string
    }
