"""Tables in and out: `TableFile` and `Table`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from wardian.components import Dropdown, GivenTable, Rows, Table, TableColumn, TableFile, Textbox
from wardian.errors import InputError, UnknownNameError

CSV = "n;text\n1;Zürich\n2;=1+1\n".encode("cp1252")


def test_a_table_file_is_read_once() -> None:
    component = TableFile()
    given = component.preprocess({"name": "a.csv", "content": memoryview(CSV), "column": None})
    assert given == GivenTable("a.csv", {"n": ["1", "2"], "text": ["Zürich", "=1+1"]}, None)
    again = component.preprocess({"name": "a.csv", "content": bytes(CSV), "column": "n"})
    assert again is not None and given is not None
    assert again.columns is given.columns and again.column == "n"
    example = {"name": "a.csv", "base64": base64.b64encode(b"other\nx\n").decode()}
    assert component.preprocess(example) == GivenTable("a.csv", {"other": ["x"]})


def test_no_table_is_none_unless_it_is_required() -> None:
    assert TableFile(required=False).preprocess(None) is None
    with pytest.raises(InputError, match="empty"):
        TableFile("T").preprocess(None)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"name": "a", "content": b"a\n1\n2\n3\n"}, "too many rows.*at most 2; received 3"),
        ({"name": "a", "content": b"a\n" + b"x" * 99}, "too large.*at most 100"),
        ({"name": "a", "content": b"a,b\n1\n"}, "Line 2"),
        ({"name": "a", "content": b"a\0"}, "no CSV"),
        ({"name": "a"}, "not a file"),
        ({"name": "a", "base64": "%"}, "not a file"),
        ("a.csv", "not a file"),
        (3, "not a file"),
    ],
)
def test_what_is_no_table_is_refused(payload: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        TableFile(max_rows=2, max_bytes=100).preprocess(payload)


def test_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'text'"):
        TableFile().preprocess({"name": "a", "content": CSV, "column": "txt"})


def test_the_command_line_gives_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    component = TableFile(required=False)
    assert component.preprocess(component.read(str(path))) is not None
    assert component.read("") is None
    with pytest.raises(InputError, match="cannot be read"):
        component.read(str(tmp_path / "b.csv"))


def test_rows_become_columns() -> None:
    columns = [
        TableColumn("text", ["a", None]),
        TableColumn("topic", ["x", ""], "group", ["x", "y"]),
        TableColumn("score", [0.5, float("nan")], "number", shown=False),
    ]
    payload = Table().postprocess(Rows(columns, "a.csv"))
    assert payload is not None and payload["file_name"] == "a.csv"
    assert [column["values"] for column in payload["columns"]] == [["a", None], ["x", ""], [0.5, None]]
    assert [column["kind"] for column in payload["columns"]] == ["text", "group", "number"]
    assert [column["shown"] for column in payload["columns"]] == [True, True, False]
    assert Table().postprocess(None) is None
    with pytest.raises(InputError, match="1, 2"):
        Table().postprocess(Rows([TableColumn("a", ["1"]), TableColumn("b", ["1", "2"])]))


def test_settings_aside_are_nothing_to_run_on() -> None:
    assert Textbox(aside=True).info()["aside"] is True
    assert Dropdown("D", {"a": "a"}, aside=True).info()["aside"] is True
    assert "aside" not in Textbox().info() and "aside" not in Dropdown("D", {"a": "a"}).info()
