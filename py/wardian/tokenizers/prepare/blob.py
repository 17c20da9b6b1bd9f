"""The file that the kernel reads in place: a header, a table of sections, and the sections.

    u32 magic, version, total bytes, number of sections
    per section: u32 kind, offset, bytes, 0          (little-endian; offsets are multiples of 8)

`wasm/kernels/tokenizers/blob.h` is the other side; the numbers here are its enumerations.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ABSENT", "MAGIC", "VERSION", "BlobWriter", "Parameter", "Section", "sections_of"]

MAGIC = 0x4B54574D
VERSION = 4
ABSENT = 0xFFFFFFFF
"""Stands for "none" where a number is expected."""


class Section(IntEnum):
    """Kinds of sections that are found by kind; those of kind OTHER are found by their number."""

    CONFIG = 1
    PARAMETERS = 2
    CLASSES_1 = 3
    CLASSES_2 = 4
    CLASS_SETS = 5
    NORMALIZER = 6
    PRE_TOKENIZER = 7
    ADDED = 8
    RAW_TRIE = 9
    RAW_SLOTS = 10
    NORMALIZED_TRIE = 11
    NORMALIZED_SLOTS = 12
    STRINGS = 13
    STRING_ENDS = 14
    IDS = 15
    STRING_HASH = 16
    MERGES = 17
    MERGED = 18
    BYTE_IDS = 19
    VOCAB_TRIE = 20
    VOCAB_SLOTS = 21
    SCORES = 22
    OTHER = 23
    RENAMED = 24
    """For Python: ids of added tokens whose spelling is not that of the model's token of the same id."""


class Parameter(IntEnum):
    """Places of the numbers in the section PARAMETERS."""

    MODEL = 0
    UNKNOWN = 1
    BYTE_LEVEL = 2
    BYTE_FALLBACK = 3
    FUSE_UNKNOWN = 4
    IGNORE_MERGES = 5
    LONGEST_WORD = 6
    CONTINUING_ROOT = 7
    SYMBOLS = 8
    JOINT = 16
    JOINT_CLASS = 17
    WHITE_SPACE = 18
    WORD = 19
    RAW_FIRST = 20
    NORMALIZED_FIRST = 21
    CODES = 22
    NOBODY = 24
    COUNT = 25


class BlobWriter:
    """Collects sections and parameters.

    >>> writer = BlobWriter()
    >>> writer.add(Section.CONFIG, b"{}")
    0
    >>> {kind: bytes(data) for kind, data in sections_of(writer.to_bytes()).items()}[Section.CONFIG]
    b'{}'
    """

    def __init__(self) -> None:
        self._sections: list[tuple[Section, bytes]] = []
        self.parameters = np.zeros(Parameter.COUNT, np.uint32)
        self.parameters[[Parameter.UNKNOWN, Parameter.CONTINUING_ROOT, Parameter.JOINT_CLASS]] = ABSENT
        self.parameters[[Parameter.RAW_FIRST, Parameter.NORMALIZED_FIRST]] = ABSENT

    def add(self, kind: Section, content: bytes | NDArray[Any]) -> int:
        """Take a section; returns its number."""
        if isinstance(content, np.ndarray):
            content = content.astype(content.dtype.newbyteorder("<"), copy=False).tobytes()
        self._sections.append((kind, content))
        return len(self._sections) - 1

    def to_bytes(self) -> bytes:
        """The whole file."""
        sections = [*self._sections, (Section.PARAMETERS, self.parameters.astype("<u4").tobytes())]
        at = 16 + 16 * len(sections)
        table, parts = [], []
        for kind, content in sections:
            at += -at % 8
            table += [int(kind), at, len(content), 0]
            parts += [content, bytes(-len(content) % 8)]
            at += len(content)
        at += -at % 8
        header = np.array([MAGIC, VERSION, at, len(sections), *table], "<u4").tobytes()
        return b"".join([header, bytes(-len(header) % 8), *parts])


def sections_of(blob: bytes) -> dict[Section, memoryview]:
    """The sections of a file by kind (the last of each kind).

    Raises ValueError when it is none of this version.
    """
    header = np.frombuffer(blob[:16].ljust(16, b"\0"), "<u4")
    if header[0] != MAGIC or header[1] != VERSION or header[2] != len(blob):
        raise ValueError("not a prepared tokenizer of this version")
    table = np.frombuffer(blob, "<u4", 4 * int(header[3]), 16).reshape(-1, 4)
    view = memoryview(blob)
    return {Section(int(kind)): view[offset : offset + size] for kind, offset, size, _ in table.tolist()}
