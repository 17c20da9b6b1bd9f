"""A table that the visitor gives as a CSV file, and which of its columns is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wardian.components.base import Input
from wardian.components.given_file import file_payload, given_file
from wardian.errors import InputError, UnknownNameError
from wardian.preprocessing.csv_table import read_fields

__all__ = ["GivenTable", "TableFile"]


@dataclass(frozen=True, slots=True)
class GivenTable:
    """The fields of a CSV file by column, exactly as they stood there; `column` is the one that was chosen,
    None where nobody chose one."""

    name: str
    columns: Mapping[str, list[str]]
    column: str | None = None


class TableFile(Input):
    """A CSV file of any delimiter and encoding. The value is a `GivenTable`, or None where there is none and
    none is `required`.

    The payload is `{"name", "content": bytes, "column": name or null}`, or for an example
    `{"name", "base64"}`. With `choose` the page offers the names of the columns to choose from.
    """

    from_file: ClassVar[bool] = True

    def __init__(
        self,
        label: str | Mapping[str, str] = "Table",
        *,
        choose: bool = True,
        required: bool = True,
        max_rows: int = 20_000,
        max_bytes: int = 32 << 20,
    ) -> None:
        super().__init__(label)
        self.choose = choose
        self.required = required
        self.max_rows = max_rows
        self.max_bytes = max_bytes
        self._last: tuple[bytes, dict[str, list[str]]] | None = None

    def settings(self) -> dict[str, Any]:
        return {"choose": self.choose, "max_rows": self.max_rows, "max_bytes": self.max_bytes}

    def preprocess(self, payload: Any) -> GivenTable | None:
        """
        >>> TableFile().preprocess({"name": "a.csv", "content": b"n;text\\n1;Hello", "column": "text"})
        GivenTable(name='a.csv', columns={'n': ['1'], 'text': ['Hello']}, column='text')

        Raises InputError when it is no table or one that is too long, UnknownNameError for a column that it
        does not have.
        """
        if payload is None:
            if self.required:
                raise InputError(f"“{self.label['en']}” is empty.", expected="a file", received="nothing")
            return None
        file = given_file(payload, self.max_bytes)
        columns = self._columns(file.content)
        column = payload.get("column") or None
        if column is not None and column not in columns:
            raise UnknownNameError("column", column, columns)
        return GivenTable(file.name, columns, column)

    def _columns(self, content: bytes) -> dict[str, list[str]]:
        """The same file is given again with every change of the form: it is read once."""
        if self._last is None or self._last[0] != content:
            columns = read_fields(content)
            rows = len(next(iter(columns.values())))
            if rows > self.max_rows:
                raise InputError(
                    "The table has too many rows.",
                    expected=f"at most {self.max_rows:,}",
                    received=f"{rows:,}",
                    hint="Split it into parts.",
                )
            self._last = content, columns
        return self._last[1]

    def read(self, argument: str) -> dict[str, Any] | None:
        return file_payload(argument) if argument else None
