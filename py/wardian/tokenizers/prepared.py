"""A tokenizer out of its prepared form: ready at once, for the vocabulary stays as it lies in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wardian.errors import ModelError, shorten

if TYPE_CHECKING:
    from wardian.tokenizers.tokenizer import Tokenizer

__all__ = ["PreparedModel", "load_prepared"]


class _Spellings(Mapping[int, str]):
    """Spellings by id, cut out of one string of UTF-8 when they are asked for."""

    def __init__(self, strings: memoryview, ends: memoryview, ids: memoryview) -> None:
        self._strings = strings
        self._ends = np.frombuffer(ends, "<u4")
        self._ids = np.frombuffer(ids, "<u4")
        if len(self._ends) != len(self._ids) or (len(self._ends) and self._ends[-1] > len(strings)):
            raise ValueError("the vocabulary's sections do not fit each other")
        #: Whether the ids are 0, 1, 2 … without gaps: then an id is a place.
        self._dense = bool(len(self._ids)) and int(self._ids[-1]) == len(self._ids) - 1
        self._known: dict[int, str] = {}

    def __getitem__(self, index: int) -> str:
        spelling = self._known.get(index)
        if spelling is None:
            spelling = self._known[index] = self._read(self._place(index))
        return spelling

    def _place(self, index: int) -> int:
        place = index if self._dense else int(np.searchsorted(self._ids, index))
        if not 0 <= place < len(self._ids) or int(self._ids[place]) != index:
            raise KeyError(index)
        return place

    def _read(self, place: int) -> str:
        start = int(self._ends[place - 1]) if place else 0
        return str(self._strings[start : int(self._ends[place])], "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids.tolist())

    def __len__(self) -> int:
        return len(self._ids)


class PreparedModel:
    """The vocabulary of a prepared model. Its algorithm runs in the native encoder."""

    def __init__(self, spellings: Mapping[int, str]) -> None:
        self.names = spellings

    @cached_property
    def vocab(self) -> dict[str, int]:
        """Ids by spelling."""
        return {token: index for index, token in self.names.items()}

    def tokenize(self, word: str) -> list[tuple[int, str, int, int]]:
        """Raises ModelError: a prepared model has no Python algorithm."""
        raise ModelError("A prepared tokenizer is for the native encoder alone.")


def load_prepared(blob: bytes) -> Tokenizer:
    """The tokenizer of a prepared file, which `wardian.tokenizers.prepare` makes.

    Raises ModelError when it is none, DeviceError when the native encoder is not installed.
    """
    from wardian.tokenizers.load import load_parts
    from wardian.tokenizers.prepare.blob import Section, sections_of

    try:
        sections = sections_of(bytes(blob))
        config: dict[str, Any] = json.loads(bytes(sections[Section.CONFIG]))
        spellings = _Spellings(
            sections[Section.STRINGS], sections[Section.STRING_ENDS], sections[Section.IDS]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("This is no prepared tokenizer.", received=shorten(str(error))) from error
    return load_parts(config, PreparedModel(spellings), "native", bytes(blob))
