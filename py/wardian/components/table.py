"""Rows of a table: to look through, sort, filter, correct and take away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wardian.components.base import Output, localize
from wardian.errors import InputError

__all__ = ["Rows", "Table", "TableColumn"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. `values` are texts, or for kind "number" numbers; None is an empty cell.

    A column of kind "group" says to which of the `choices` a row belongs: the page counts them, shows one
    group alone, and lets the visitor put a row into another. In one of kind "groups" a row belongs to
    several, with "; " between. What is not `shown` is only in the downloaded file.
    """

    name: str | Mapping[str, str]
    values: Sequence[str | float | None]
    kind: Literal["text", "number", "group", "groups"] = "text"
    choices: Sequence[str] = ()
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of one length, and the name of the file that they are downloaded as."""

    columns: Sequence[TableColumn]
    file_name: str = "table.csv"


class Table(Output):
    """A table of any number of rows, some at a time. The value is `Rows`, or None for no table.

    The payload is `{"file_name", "columns": [{"name", "kind", "choices", "shown", "values"}, …]}` or null.
    A row of no group belongs to what is called `ungrouped`.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Table",
        *,
        ungrouped: str | Mapping[str, str] = "–",
        page_size: int = 50,
    ) -> None:
        super().__init__(label)
        self.ungrouped = localize(ungrouped)
        self.page_size = page_size

    def settings(self) -> dict[str, Any]:
        return {"ungrouped": self.ungrouped, "page_size": self.page_size}

    def postprocess(self, value: Rows | None) -> dict[str, Any] | None:
        """
        >>> rows = Rows([TableColumn("text", ["a", "b"]), TableColumn("score", [0.5, None], "number")])
        >>> [column["values"] for column in Table().postprocess(rows)["columns"]]
        [['a', 'b'], [0.5, None]]

        Raises InputError for columns of different lengths.
        """
        if value is None:
            return None
        lengths = {len(column.values) for column in value.columns}
        if len(lengths) > 1:
            raise InputError(
                "The columns of a table have different lengths.",
                expected="one length",
                received=", ".join(map(str, sorted(lengths))),
            )
        return {"file_name": value.file_name, "columns": [_column(column) for column in value.columns]}


def _column(column: TableColumn) -> dict[str, Any]:
    return {
        "name": localize(column.name),
        "kind": column.kind,
        "choices": list(column.choices),
        "shown": column.shown,
        "values": [_number(v) for v in column.values] if column.kind == "number" else list(column.values),
    }


def _number(value: str | float | None) -> float | None:
    """What is no number has no place in a column of numbers: an empty cell."""
    return float(value) if value is not None and math.isfinite(float(value)) else None
