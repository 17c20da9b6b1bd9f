"""Tables as people have them: CSV with whichever delimiter and encoding."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from wardian.errors import InputError, shorten
from wardian.preprocessing.text_encoding import decode_text

__all__ = ["read_csv", "read_fields", "wordiest_column"]

_DELIMITERS = ",;\t|"
_MISSING = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL"))
_LONGEST_FIELD = 1 << 24
_CHINESE = re.compile("[\u4e00-\u9fff]")


def read_csv(content: str | bytes) -> dict[str, list[str | None]]:
    """The columns of a CSV file with a header, as texts; None is a missing value.

    Read as by `read_fields`; fields lose white space around them.

    >>> read_csv("age; city\\n30; Bern\\n; Oslo\\n")
    {'age': ['30', None], 'city': ['Bern', 'Oslo']}

    Raises InputError for what `read_fields` refuses.
    """
    stripped = {name: [field.strip() for field in fields] for name, fields in read_fields(content).items()}
    return {
        name: [None if value in _MISSING else value for value in values] for name, values in stripped.items()
    }


def read_fields(content: str | bytes) -> dict[str, list[str]]:
    """The columns of a CSV file with a header, their fields exactly as they stand there.

    The delimiter is the one of `,` `;` tab `|` that the header has most of. Bytes are read as UTF-16 where a
    byte order mark says so, else as UTF-8 if they are that; else as GB 18030 where letters above ASCII come
    in pairs of bytes, and as Windows-1252 where they do not. Empty lines are
    left out; names lose white space around them.

    >>> read_fields('who|said\\nAda|" NA"\\n')
    {'who': ['Ada'], 'said': [' NA']}

    Raises InputError naming the line of a row that is too long or too short, and for a file without rows,
    without names of its columns, with a name twice, or with bytes that are no text.
    """
    text = content if isinstance(content, str) else decode_text(content, "CSV")
    rows = _rows(text)
    header = [name.strip() for name in rows[0][1]]
    if not all(header) or len(set(header)) < len(header):
        raise InputError(
            "The first line does not name the columns.",
            value=shorten(", ".join(header)),
            expected="a name for each column, none of them twice",
        )
    if len(rows) < 2:
        raise InputError("The table has no rows.", value=shorten(text, 60), expected="a header and rows")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise InputError(
                f"Line {line} has another number of fields than the header.",
                value=shorten(", ".join(row), 80),
                expected=str(len(header)),
                received=str(len(row)),
            )
    return {name: [row[place] for _, row in rows[1:]] for place, name in enumerate(header)}


def wordiest_column(columns: Mapping[str, Sequence[str]]) -> str:
    """The name of the column that is most likely the one with texts: that of the most words, then letters.

    >>> wordiest_column({"id": ["b6f0c4e2-77aa"], "comment": ["It came late."], "city": ["Bern"]})
    'comment'
    """

    def amount(name: str) -> tuple[int, int]:
        fields = columns[name]
        # Chinese has no spaces between words: each of its characters counts as one.
        words = sum(len(field.split()) + len(_CHINESE.findall(field)) for field in fields)
        return words, sum(map(len, fields))

    return max(columns, key=amount)


def _rows(text: str) -> list[tuple[int, Sequence[str]]]:
    """Rows that are not empty, with the numbers of their lines."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first or "\0" in text:
        raise InputError(
            "This is no CSV table.", value=shorten(text, 60), expected="a line with the names of the columns"
        )
    delimiter = max(_DELIMITERS, key=first.count)
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise InputError("This is no CSV table.", value=shorten(text, 60), received=str(error)) from error
    finally:
        csv.field_size_limit(before)
