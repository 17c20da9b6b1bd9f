"""Characters to strings, as map.h of the kernel has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.tokenizers.prepare.blob import BlobWriter, Section
from wardian.tokenizers.prepare.code_point_sets import CODE_POINTS, two_stage
from wardian.tokenizers.prepare.errors import NotPreparable

__all__ = ["StringPool", "Tables", "add_map", "add_tables", "map_tables"]

Tables = tuple[NDArray[Any], ...]

_LONGEST = 31


class StringPool:
    """Different strings, each once; a value is offset << 5 | length into the characters."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._values: list[int] = []
        self._characters: list[int] = []

    def number(self, string: str) -> int:
        """The number of a string. Raises NotPreparable when it, or the pool, is too long."""
        if string not in self._numbers:
            if len(string) > _LONGEST or len(self._values) == 0xFFFE:
                raise NotPreparable("map", f"strings of more than {_LONGEST} characters, or too many")
            self._values.append(len(self._characters) << 5 | len(string))
            self._characters += map(ord, string)
            self._numbers[string] = len(self._values) - 1
        return self._numbers[string]

    def tables(self) -> Tables:
        """The two sections."""
        return np.array(self._values, np.uint32), np.array(self._characters, np.uint32)


def add_map(
    writer: BlobWriter, mapping: Mapping[int, str], pad: int, pool: StringPool | None = None
) -> list[int]:
    """Write a map; returns the operands that stand for it: four sections, and the class `pad`.

    `pool` may have strings already that something else refers to.
    """
    return [*add_tables(writer, map_tables(mapping, pool)), pad]


def map_tables(mapping: Mapping[int, str], pool: StringPool | None = None) -> Tables:
    """The four sections of a map."""
    pool = pool or StringPool()
    table = np.zeros(CODE_POINTS, np.uint16)
    if mapping:
        table[np.fromiter(mapping, np.int64, len(mapping))] = [
            pool.number(string) + 1 for string in mapping.values()
        ]
    return *two_stage(table), *pool.tables()


def add_tables(writer: BlobWriter, tables: Tables) -> list[int]:
    """Write tables as sections; returns their numbers."""
    return [writer.add(Section.OTHER, table) for table in tables]
