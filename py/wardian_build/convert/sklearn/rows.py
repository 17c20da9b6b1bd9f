"""Rows and texts for the check: the user's own, or made up from what the pipeline knows of its columns."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wardian_build.convert.inputs import TEXTS
from wardian_build.convert.sklearn.table import Column
from wardian_build.errors import ConversionError

__all__ = ["made_up_rows", "made_up_texts", "read_rows", "read_texts"]

_MOST_ROWS, _MADE_UP = 2000, 200
#: Truth values as pandas writes them.
_TRUTH = {"True": 1.0, "False": 0.0}
_EMPTY = ("", "nan", "NaN", "NA", "null")


def read_rows(path: Path, columns: Sequence[Column]) -> dict[str, list[Any]]:
    """Columns of a CSV file with a header; other columns are left out.

    Raises ConversionError naming the line for ragged rows, missing columns, texts where numbers belong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[: _MOST_ROWS + 1]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConversionError(path, "cannot be read as CSV", received=str(error)[:200]) from None
    header = rows[0] if rows else []
    missing = [column.name for column in columns if column.name not in header]
    if missing or len(rows) < 2:
        raise ConversionError(
            path,
            "lacks columns" if missing else "has no rows",
            expected=", ".join(missing[:10]) or "a header and rows",
            received=", ".join(header[:20]),
        )
    found: dict[str, list[Any]] = {}
    for column in columns:
        place = header.index(column.name)
        found[column.name] = [
            _cell(path, number, row, place, column) for number, row in enumerate(rows[1:], 2)
        ]
    return found


def _cell(path: Path, line: int, row: list[str], place: int, column: Column) -> Any:
    if place >= len(row):
        raise ConversionError(path, "has a row that is too short", place=f"line {line}", expected=column.name)
    text = row[place]
    if text.strip() in _EMPTY:
        return None
    if column.categories:
        return text
    if text in _TRUTH:
        return _TRUTH[text]
    try:
        return float(text)
    except ValueError:
        raise ConversionError(
            path, "has a text where a number belongs", place=f"line {line}, column {column.name!r}",
            received=f"{text!r:.60}",
        ) from None  # fmt: skip


def made_up_rows(columns: Sequence[Column]) -> dict[str, list[Any]]:
    """Rows by fixed rules: categories, also unknown ones where they may be, and numbers that steps know."""
    generator = random.Random(20261121)
    return {column.name: [_value(column, generator) for _ in range(_MADE_UP)] for column in columns}


def _value(column: Column, generator: random.Random) -> Any:
    if column.missing and generator.random() < 0.08:
        return None
    if column.categories:
        unknown = not column.strict and generator.random() < 0.08
        return "something else" if unknown else generator.choice(column.categories)
    if not column.hints:
        return generator.gauss(0, 1)
    hint = generator.choice(column.hints)
    if column.strict or generator.random() < 0.4:
        return hint
    other = generator.choice(column.hints)
    return hint + generator.random() * ((other - hint) or 0.1 * abs(hint) or 1.0)


def read_texts(path: Path) -> list[str]:
    """One text a line. Raises ConversionError when there is none, or the file is no UTF-8."""
    try:
        texts = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()][:_MOST_ROWS]
    except (OSError, UnicodeDecodeError) as error:
        raise ConversionError(path, "cannot be read as text", received=str(error)[:200]) from None
    if not texts:
        raise ConversionError(path, "has no texts", expected="one text a line")
    return texts


def made_up_texts(terms: Sequence[str]) -> list[str]:
    """Texts in several languages, and terms of the model in a row."""
    generator = random.Random(20261121)
    made = (
        [" ".join(generator.choices(terms, k=generator.randint(1, 40))) for _ in range(60)] if terms else []
    )
    return ["", *TEXTS, *made]
