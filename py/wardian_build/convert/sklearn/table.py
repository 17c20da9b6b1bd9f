"""Columns of a table and the graph that is written over them.

The model has one input, `features`: float64 (batch_size, columns). Numbers stand as they are, NaN is a
missing one; a text column holds the place of its text in the column's list of categories (`config.json`), −1
for a text that is not there, NaN for a missing one. No text crosses to the engine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.sklearn.described import Described
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["FEATURES", "UNKNOWN", "Block", "Column", "Writer", "codes", "hint_rows", "hinted", "made_columns"]

FEATURES = "features"
UNKNOWN = -1.0
"""The code of a text that is none of the categories."""


@dataclass
class Column:
    """An input column; `categories` fills up while the graph is written, and stays empty for numbers."""

    name: str
    categories: list[str] = field(default_factory=list)
    #: Whether an unknown text is an error, as in scikit-learn, or all zeros.
    strict: bool = False
    #: Whether something computes with it as a number.
    numeric: bool = False
    #: Values that tell something apart: categories of numbers, thresholds, means. For made-up rows.
    hints: list[float] = field(default_factory=list)
    missing: bool = False

    def code(self, text: str) -> float:
        """The place of a category, which is a new one where it is not there yet."""
        if text not in self.categories:
            self.categories.append(text)
        return float(self.categories.index(text))

    def describe(self) -> dict[str, Any]:
        """The column in config.json."""
        found: dict[str, Any] = {"name": self.name, "dtype": "string" if self.categories else "number"}
        if self.categories:
            found |= {"categories": self.categories, "unknown": "error" if self.strict else "ignore"}
        return found | {"missing": self.missing}


@dataclass(frozen=True)
class Block:
    """A matrix float64 (batch_size, len(columns)); a column is None once it is no longer an input's."""

    value: str
    columns: tuple[Column | None, ...]
    #: Places, among the columns that the first step was fitted with, of those that it drops.
    dropped: tuple[int, ...] = field(default=(), kw_only=True)

    def product(self, w: Writer, step: Described, matrix: NDArray[Any]) -> str:
        """The matrix product with one of (columns, n), float64 (batch_size, n)."""
        return w.op("MatMul", w.numbers(self, step), w.constant(matrix))


def made_columns(value: str, count: int) -> Block:
    """Columns that are no longer an input's."""
    return Block(value, (None,) * count)


def hint_rows(block: Block, *rows: NDArray[Any]) -> None:
    """Made-up rows should have numbers like those of these rows."""
    for row in rows:
        for column, value in zip(block.columns, np.asarray(row).reshape(-1), strict=False):
            if column is not None and math.isfinite(value):
                column.hints.append(float(value))


def hinted(block: Block, place: int, values: NDArray[Any]) -> None:
    """Made-up rows should have these values, and some beside them, in a column."""
    column = block.columns[place]
    if column is not None:
        column.hints += [float(value) for value in values if math.isfinite(value)]


class Writer:
    """Writes nodes with names that follow from the step."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.graph = GraphBuilder("sklearn", opset=18)
        self._count = 0
        #: Which steps another converter wrote, for the conversion's story.
        self.borrowed: list[str] = []

    def place(self) -> str:
        """The beginning of names that nothing else has."""
        self._count += 1
        return str(self._count)

    def op(self, operator: str, *inputs: str, **attributes: Any) -> str:
        self._count += 1
        return self.graph.op(operator, *inputs, name=f"{self._count}:{operator}", **attributes)

    def ops(self, operator: str, *inputs: str, count: int, **attributes: Any) -> list[str]:
        """A node with several outputs."""
        self._count += 1
        names = [f"{self._count}:{operator}:{place}" for place in range(count)]
        return self.graph.ops(operator, *inputs, names=names, **attributes)

    def constant(self, value: NDArray[Any] | np.generic, dtype: str = "float64") -> str:
        self._count += 1
        return self.graph.constant(f"{self._count}:constant", np.asarray(value).astype(dtype))

    def gather(self, block: Block, indices: Sequence[int]) -> Block:
        """Some of a block's columns, in this order. Raises UnsupportedError for terms of texts."""
        if list(indices) == list(range(len(block.columns))):
            return block
        if not block.value:
            raise UnsupportedError(
                self.path, [("some terms of texts alone", "use all that a vectorizer gives")]
            )
        value = self.op("Gather", block.value, self.graph.ints(indices), axis=1)
        return Block(value, tuple(block.columns[index] for index in indices))

    def joined(self, blocks: Sequence[Block]) -> Block:
        if len(blocks) == 1:
            return blocks[0]
        value = self.op("Concat", *(block.value for block in blocks), axis=1)
        return Block(value, tuple(column for block in blocks for column in block.columns))

    def numbers(self, block: Block, step: Described) -> str:
        """The matrix, as numbers: no column may be one of texts. Terms of texts are never a matrix."""
        if not block.value:
            raise step.unsupported("over terms of texts", "only sums over terms are converted there")
        for column in block.columns:
            if column is None:
                continue
            column.numeric = True
            if column.categories:
                raise step.unsupported(
                    f"over the text column {column.name!r}", "put a OneHotEncoder or OrdinalEncoder before it"
                )
        return block.value


def codes(path: Path, columns: Sequence[Column], rows: Mapping[str, Sequence[Any]]) -> NDArray[np.float64]:
    """Rows, by column, as the model's input: float64 (rows, columns).

    Raises ConversionError for a text in a column of numbers.

    >>> city = Column("city", ["Bern", "Oslo"])
    >>> codes(Path(), [Column("age"), city], {"age": [3, None], "city": ["Oslo", "Rome"]}).tolist()
    [[3.0, 1.0], [nan, -1.0]]
    """
    found = np.empty((len(next(iter(rows.values()))), len(columns)))
    for place, column in enumerate(columns):
        for number, value in enumerate(rows[column.name]):
            if value is None:
                code = np.nan
            elif column.categories:
                text = str(value)
                code = float(column.categories.index(text)) if text in column.categories else UNKNOWN
            elif isinstance(value, (int, float)):
                code = float(value)
            else:
                raise ConversionError(
                    path,
                    "has a text where a number belongs",
                    place=f"row {number + 1}, column {column.name!r}",
                    received=f"{value!r:.80}",
                )
            found[number, place] = code
    return found


def refuse_mixed(path: Path, columns: Sequence[Column]) -> None:
    """A column cannot be texts here and numbers there."""
    bad = [column for column in columns if column.numeric and column.categories]
    if bad:
        raise UnsupportedError(
            path,
            [
                (f"column {one.name!r} as texts and as numbers", "give the pipeline two columns")
                for one in bad
            ],
        )
