"""Rows of a table as a model takes them: numbers as they are, texts as the place of their category.

Source: `config.json` of a converted scikit-learn pipeline, whose `columns` say what is what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, ModelError, shorten

__all__ = ["Column", "Table", "is_row"]

_UNKNOWN = -1.0
"""The code of a text that is none of the categories."""
_MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: of texts where it has `categories`, else of numbers.

    `strict`: a text that is no category is an error. `missing`: a value may be missing. `minimum` and
    `maximum` bound a number, both included.
    """

    name: str
    categories: tuple[str, ...] = ()
    strict: bool = False
    missing: bool = False
    minimum: float = -math.inf
    maximum: float = math.inf

    @classmethod
    def from_config(cls, entry: Any) -> Column:
        """One of the `columns` of config.json. Raises ModelError when it is broken."""
        try:
            categories = tuple(map(str, entry.get("categories") or ()))
            if not isinstance(entry["name"], str) or (entry.get("dtype") == "string") != bool(categories):
                raise ValueError("dtype string goes with categories, number with none")
            least, most = float(entry.get("minimum", -math.inf)), float(entry.get("maximum", math.inf))
            strict, missing = entry.get("unknown") == "error", bool(entry.get("missing"))
            return cls(entry["name"], categories, strict, missing, least, most)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                "config.json describes a column wrongly.",
                value=shorten(entry),
                expected="name, dtype (number or string), categories",
                received=str(error),
            ) from error

    def code(self, value: Any, row: int) -> float:
        """A value as the model takes it; NaN is a missing one.

        >>> city = Column("city", ("Bern", "Oslo"), missing=True)
        >>> city.code("Oslo", 0), city.code("Rome", 0), city.code(None, 0)
        (1.0, -1.0, nan)

        Raises InputError naming the column and the row.
        """
        if value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)):
            if not self.missing:
                raise self._error("A value is missing", "None", self._expected(), row)
            return math.nan
        return self._category(value, row) if self.categories else self._number(value, row)

    def parse(self, text: str | None, row: int) -> Any:
        """A value out of its text: a number for a column of numbers. Raises InputError when it is none."""
        if text is None or self.categories:
            return text
        try:
            return float(text)
        except ValueError:
            raise self._error("A value is no number", text, self._expected(), row) from None

    def _category(self, value: Any, row: int) -> float:
        if not isinstance(value, str):
            raise self._error("A value is no text", value, self._expected(), row)
        if value in self.categories:
            return float(self.categories.index(value))
        if self.strict:
            raise self._error("A text is none of the categories", value, self._expected(), row)
        return _UNKNOWN

    def _number(self, value: Any, row: int) -> float:
        # bool is a number of Python; NumPy's is not.
        if not isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
            raise self._error("A value is no number", value, self._expected(), row)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
            raise self._error("A number is out of range", value, self._expected(), row)
        return number

    def _expected(self) -> str:
        if self.categories:
            return "one of " + shorten(", ".join(self.categories)).strip("'")
        if math.isinf(self.minimum) and math.isinf(self.maximum):
            return "a finite number"
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def _error(self, message: str, value: Any, expected: str, row: int) -> InputError:
        return InputError(
            f"{message} in the column {self.name!r}, row {row + 1}.",
            value=shorten(value, 80),
            expected=expected,
            received=type(value).__name__,
        )


class Table:
    """The columns of a model, in the order in which it takes them.

    >>> table = Table([Column("age", minimum=0, maximum=99), Column("city", ("Bern", "Oslo"))])
    >>> table.encode({"city": ["Oslo", "Rome"], "age": [30, 40.5]}).tolist()
    [[30.0, 1.0], [40.5, -1.0]]
    >>> try:
    ...     table.encode([{"age": -1, "city": "Bern"}])
    ... except InputError as error:
    ...     print(error.message, error.expected)
    A number is out of range in the column 'age', row 1. a number from 0 to 99
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Table:
        """The columns that a `config.json` lists. Raises ModelError when it does not, or wrongly."""
        columns = config.get("columns")
        if not isinstance(columns, list) or not columns:
            raise ModelError(
                "config.json does not say which columns the model takes.",
                expected="columns: a list of {name, dtype, …}",
                received="nothing" if columns is None else shorten(columns),
            )
        found = [Column.from_config(entry) for entry in columns]
        if len({column.name for column in found}) < len(found):
            raise ModelError(
                "Two columns of config.json have one name.", value=", ".join(c.name for c in found)
            )
        return cls(found)

    def from_texts(self, columns: Mapping[str, Sequence[str | None]]) -> dict[str, list[Any]]:
        """The columns that the model takes out of a table of texts, such as `read_csv` gives.

        >>> Table([Column("age"), Column("city", ("Bern",))]).from_texts({"age": ["30"], "city": ["Bern"]})
        {'age': [30.0], 'city': ['Bern']}

        Raises InputError naming column and row for a text in a column of numbers.
        """
        found: dict[str, list[Any]] = {}
        for column in self.columns:
            values = columns.get(column.name)
            if values is not None:  # `encode` says which columns are missing
                found[column.name] = [column.parse(value, row) for row, value in enumerate(values)]
        return found

    def encode(self, rows: Any) -> NDArray[np.float64]:
        """Rows as the model's input: float64 (rows, columns).

        Args:
            rows: values by column, `{"age": [30, 40], …}`; rows, `[{"age": 30, …}, …]`; or one row,
                `{"age": 30, …}`. Columns that the model does not take are left out.

        Raises:
            InputError: there are no rows, columns are missing or of several lengths, or a value does not fit
                its column, which is named.
        """
        table = _by_column(rows)
        missing = [column.name for column in self.columns if column.name not in table]
        if missing:
            raise InputError(
                f"Columns are missing: {shorten(', '.join(missing))}.",
                expected=shorten(", ".join(column.name for column in self.columns)).strip("'"),
                received=shorten(", ".join(map(str, table))).strip("'") or "no column",
            )
        values = [table[column.name] for column in self.columns]
        counts = {len(one) for one in values}
        if len(counts) > 1 or not 0 < max(counts) <= _MOST_ROWS:
            lengths = ", ".join(f"{c.name}: {len(v)}" for c, v in zip(self.columns, values, strict=True))
            raise InputError(
                "The columns are not of one length.",
                expected=f"as many values in each, 1 to {_MOST_ROWS:,}",
                received=shorten(lengths).strip("'"),
            )
        made = [
            [column.code(value, row) for row, value in enumerate(one)]
            for column, one in zip(self.columns, values, strict=True)
        ]
        return np.array(made, np.float64).T.copy()


def is_row(rows: Any) -> bool:
    """Whether one row was given, and not a table.

    >>> is_row({"age": 30}), is_row({"age": [30]}), is_row([{"age": 30}])
    (True, False, False)
    """
    return isinstance(rows, Mapping) and not all(
        isinstance(values, (list, tuple, np.ndarray)) for values in rows.values()
    )


def _by_column(rows: Any) -> Mapping[str, Sequence[Any]]:
    """Values by column, of whichever form of a table."""
    if isinstance(rows, Mapping) and rows:
        return {name: [value] for name, value in rows.items()} if is_row(rows) else rows
    if isinstance(rows, (list, tuple)) and rows and all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}
    raise InputError(
        "This is no table.",
        value=shorten(rows),
        expected="values by column, or a list of rows with values by column",
        received=type(rows).__name__,
    )
