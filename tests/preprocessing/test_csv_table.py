"""CSV as spreadsheets and people write it."""

from __future__ import annotations

import pytest

from wardian.errors import InputError
from wardian.preprocessing.csv_table import read_csv, read_fields, wordiest_column
from wardian.preprocessing.table import Column, Table

ROWS = {"name": ['Zoë, "Z"', "小明"], "age": ["30", None]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_delimiters_encodings_and_line_ends(delimiter: str, encoding: str, ending: str) -> None:
    lines = [("name", "age"), ('"Zoë, ""Z"""', "30"), ("小明", " NA ")]
    text = ending.join(delimiter.join(line) for line in lines)
    if encoding == "gb18030":
        text = text.replace("ë", "e")
        assert read_csv(text.encode(encoding))["name"] == ['Zoe, "Z"', "小明"]
    else:
        assert read_csv(text.encode(encoding)) == ROWS
    assert read_csv(text)["age"] == ["30", None]


def test_western_bytes() -> None:
    """GB 18030 takes them, too, and makes other letters of them."""
    content = "city\nZürich\nGenève\n".encode("cp1252")
    assert content.decode("gb18030") != content.decode("cp1252")
    assert read_csv(content) == {"city": ["Zürich", "Genève"]}


def test_lines_in_quotes_and_empty_ones() -> None:
    assert read_csv('\n\na,b\n"one\ntwo",2\n\n , \n') == {"a": ["one\ntwo"], "b": ["2"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no CSV table"),
        (" \n\t\n", "no CSV table"),
        ("a,b\n1\n", "Line 2 has another number of fields"),
        ("a,b\n1,2\n\n1,2,3\n", "Line 4 has another number of fields"),
        ("a,b\n", "no rows"),
        ("a,a\n1,2", "does not name the columns"),
        ("a,\n1,2", "does not name the columns"),
        ("a\x00b\n1", "no CSV table"),
        (b"\xff\xfe\x00", "no text"),
        ('a\n"' + "x" * (1 << 24) + 'x"', "no CSV table"),
    ],
)  # fmt: skip
def test_what_is_no_table(content: str | bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_csv(content)


def test_texts_become_what_the_columns_say() -> None:
    table = Table([Column("age", missing=True), Column("name", ("小明",))])
    found = table.from_texts({**ROWS, "more": ["1", "2"]})
    assert found == {"age": [30.0, None], "name": ROWS["name"]}
    assert table.encode(found)[0].tolist() == [30.0, -1.0]
    with pytest.raises(InputError, match="'age', row 2"):
        table.from_texts({"age": ["1", "thirty"]})
    with pytest.raises(InputError, match="missing: 'name'"):
        table.encode(table.from_texts({"age": ["1"]}))


def test_fields_stay_as_they_are() -> None:
    assert read_fields(" a ;b\n NA ;\n;' x'\n") == {"a": [" NA ", ""], "b": ["", "' x'"]}


def test_the_column_with_texts_is_guessed() -> None:
    assert wordiest_column({"id": ["x" * 200], "said": ["It is late."]}) == "said"
    assert wordiest_column({"Adresse": ["Am Bach 3, Bern"], "意见": ["请在星期日开放两个小时。"]}) == "意见"
    assert wordiest_column({"a": [""], "b": [""]}) == "a"
