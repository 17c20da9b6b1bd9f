"""Pre-tokenizers as the few operations that the kernel has (wasm/kernels/tokenizers/words.h)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import numpy as np

from wardian.tokenizers.oniguruma.tree import Alternation, Characters, Node, Repeat
from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS, ClassTable, two_stage
from wardian.tokenizers.prepare.errors import NotPreparable
from wardian.tokenizers.prepare.pattern_tree import pattern_tree
from wardian.tokenizers.prepare.regex_program import add_program
from wardian.tokenizers.unicode_data import classes as numbered
from wardian.tokenizers.unicode_data import code_points

__all__ = ["BYTE_LEVEL_PATTERN", "Op", "add_pre_tokenizer", "pre_tokenizer_steps"]

BYTE_LEVEL_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""How `ByteLevel` with `use_regex` splits: GPT-2's pattern."""


class Op(IntEnum):
    """`WordOperation` of words.h."""

    SET = 0
    REGEX = 1
    BERT = 2
    SCRIPTS = 3
    LENGTH = 4
    METASPACE = 5
    PREFIX = 6
    BYTES = 7


Step = tuple[Op, list[int]]

_BEHAVIORS = {"Removed": 0, "Isolated": 1, "MergedWithPrevious": 2, "MergedWithNext": 3, "Contiguous": 4}
_SCHEMES = {"never": 0, "first": 1, "always": 2}


def pre_tokenizer_steps(
    writer: BlobWriter, classes: ClassTable, config: Mapping[str, Any] | None
) -> list[Step]:
    """The operations of a pre-tokenizer; their patterns and tables are written at once.

    Raises NotPreparable naming what the kernel has no operation for.
    """
    return [] if config is None else _Program(writer, classes).steps(config)


def add_pre_tokenizer(writer: BlobWriter, steps: list[Step]) -> None:
    """Write the program."""
    words = [word for op, operands in steps for word in (int(op), len(operands), *operands)]
    writer.add(Section.PRE_TOKENIZER, np.array(words, np.uint32))


class _Program:
    def __init__(self, writer: BlobWriter, classes: ClassTable) -> None:
        self._writer = writer
        self._classes = classes

    def steps(self, config: Mapping[str, Any]) -> list[Step]:
        kind = str(config.get("type"))
        if kind == "Sequence":
            return [step for part in config["pretokenizers"] for step in self.steps(part)]
        makers: dict[str, Callable[[Mapping[str, Any]], list[Step]]] = {
            "BertPreTokenizer": self._bert,
            "ByteLevel": self._byte_level,
            "Metaspace": self._metaspace,
            "Whitespace": self._whitespace,
            "WhitespaceSplit": lambda _: [self._at_set("rust:whitespace", "Removed")],
            "Split": self._split,
            "Punctuation": lambda one: [self._at_set("punctuation", one.get("behavior", "Isolated"))],
            "Digits": lambda one: [
                self._at_set("rust:numeric", "Isolated" if one["individual_digits"] else "Contiguous")
            ],
            "CharDelimiterSplit": lambda one: [self._at_character(one["delimiter"], "Removed", False)],
            "UnicodeScripts": self._scripts,
            "FixedLength": self._fixed_length,
        }
        if kind not in makers:
            raise NotPreparable("pre-tokenizer", repr(kind))
        return makers[kind](config)

    def _bit(self, name: str) -> int:
        return self._classes.bit(code_points(name).ranges())

    def _at_set(self, name: str, behavior: str) -> Step:
        return Op.SET, [self._bit(name), _BEHAVIORS[behavior], 0]

    def _at_character(self, character: str, behavior: str, invert: bool) -> Step:
        bit = self._classes.bit([(ord(character), ord(character))])
        return Op.SET, [bit, _BEHAVIORS[behavior], int(invert)]

    def _at_pattern(self, tree: Node, behavior: str, invert: bool) -> Step:
        program = add_program(self._writer, self._classes, tree)
        return Op.REGEX, [*program, _BEHAVIORS[behavior], int(invert)]

    def _bert(self, _: Mapping[str, Any]) -> list[Step]:
        return [(Op.BERT, [self._bit("rust:whitespace"), self._bit("punctuation")])]

    def _byte_level(self, config: Mapping[str, Any]) -> list[Step]:
        steps: list[Step] = [(Op.PREFIX, [])] if config.get("add_prefix_space", True) else []
        if config.get("use_regex", True):
            steps.append(self._at_pattern(pattern_tree({"Regex": BYTE_LEVEL_PATTERN}), "Isolated", False))
        return [*steps, (Op.BYTES, [])]

    def _metaspace(self, config: Mapping[str, Any]) -> list[Step]:
        scheme = str(config.get("prepend_scheme", "always")).lower()
        if config.get("add_prefix_space") is False:
            scheme = "never"
        split = config.get("split")
        mark = ord(config.get("replacement", "▁"))
        return [(Op.METASPACE, [mark, _SCHEMES[scheme], int(split is None or bool(split))])]

    def _whitespace(self, _: Mapping[str, Any]) -> list[Step]:
        word = code_points(r"rust:\w")
        others = (word | code_points(r"rust:\s")).complement()
        tree = Alternation((Repeat(Characters(word), 1, None), Repeat(Characters(others), 1, None)))
        return [self._at_pattern(tree, "Removed", invert=True)]

    def _split(self, config: Mapping[str, Any]) -> list[Step]:
        pattern, behavior = config["pattern"], str(config["behavior"])
        invert = bool(config.get("invert", False))
        text = pattern.get("String")
        if isinstance(text, str) and len(text) == 1:
            return [self._at_character(text, behavior, invert)]
        return [self._at_pattern(pattern_tree(pattern), behavior, invert)]

    def _scripts(self, _: Mapping[str, Any]) -> list[Step]:
        table = np.zeros(CODE_POINTS, np.uint8)
        for first, last, number in numbered("scripts"):
            table[first : last + 1] = number
        blocks, entries = two_stage(table)
        return [
            (Op.SCRIPTS, [self._writer.add(Section.OTHER, blocks), self._writer.add(Section.OTHER, entries)])
        ]

    def _fixed_length(self, config: Mapping[str, Any]) -> list[Step]:
        length = int(config.get("length", 5))
        if length < 1:
            raise NotPreparable("pre-tokenizer", f"FixedLength of {length}")
        return [(Op.LENGTH, [length])]
