"""CSV on the page: the names of columns as Python reads them, and files that do a spreadsheet no harm."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import pytest

from wardian.errors import InputError
from wardian.preprocessing.csv_table import read_fields
from wardian_build import paths

from .in_node import in_node

HEADERS = [
    (["id", "text"], "{0},{1}\n1,2\n"),
    (["id", "text"], '\n \n" {0} ";"{1}"\r\n1;2\r\n'),
    (["a, b", 'the "c"'], '"a, b"\t"the ""c"""\n1\t2\n'),
    (["一", "意见"], "一|意见\n1|2\n"),
    (["Straße", "Zürich"], "Straße;Zürich\r1;2\r"),
    (["two\nlines", "b"], '"two\nlines",b\n1,2\n'),
    (["alone"], "alone\nx,y\n"),
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252"]


def test_the_page_reads_the_same_names_as_python(tmp_path: Path) -> None:
    files: list[bytes] = []
    for names, pattern in HEADERS:
        for encoding in ENCODINGS:
            try:
                files.append(pattern.format(*names).encode(encoding))
            except UnicodeEncodeError:
                continue
    assert len(files) > 28
    # A file's start may end within a character.
    files.append(("name,said\n" + "1,é\n" * 3).encode()[:-2])
    texts = [base64.b64encode(content).decode() for content in files]
    script = (
        f"const files = {json.dumps(texts)};"
        "const bytes = (file) => Uint8Array.from(Buffer.from(file, 'base64'));"
        "console.log(JSON.stringify(files.map((file) => page.headerOf(bytes(file)))));"
    )
    found = in_node(paths.APP / "page" / "csv" / "header.ts", tmp_path, script)
    for content, names in zip(files, found, strict=True):
        try:
            wanted = list(read_fields(content))
        except InputError:
            # Python tells what is wrong with the rows when it reads them; the page has looked at names alone.
            wanted = ["alone"] if b"alone" in content or b"a\0l" in content else ["name", "said"]
        assert names == wanted, content


ROWS = [
    ["plain", "a,b", 'say "x"', "two\nlines", " spaces ", ""],
    ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", "\r=1"],
    ["  =1", "\uff1d1", "\uff0bA1", "=HYPERLINK(\"x\",\"y\")", "-", "+"],
    ["-5", "+3.25", "-1,000.5", "-12 %", "1e-5", "-.5"],
    ["中文；🙂", "نص", "'quoted", "a=b", "1-2", "#x"],
]  # fmt: skip


def test_what_is_downloaded_is_read_back_and_computes_nothing(tmp_path: Path) -> None:
    script = (
        f"const rows = [...{json.dumps(ROWS)}, [0.5, null, -1, 'x', '', 1]];"
        "console.log(JSON.stringify(page.csvOf(['=a', 'b', 'c', 'd', 'e', 'f'], rows)));"
    )
    text: str = in_node(paths.APP / "page" / "csv" / "write.ts", tmp_path, script)
    assert text.startswith("\ufeff") and text.endswith("\r\n")
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert header[0] == "'=a"
    assert rows[0] == ROWS[0] and rows[3] == ROWS[3] and rows[4] == ROWS[4]
    assert rows[1] == ["'" + cell for cell in ROWS[1]] and rows[2] == ["'" + cell for cell in ROWS[2]]
    assert rows[5] == ["0.5", "", "-1", "x", "", "1"]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_python_reads_what_the_page_wrote(tmp_path: Path, delimiter: str) -> None:
    cells = [["name", f"a{delimiter}b"], ["小明", 'x"y']]
    script = f"console.log(JSON.stringify(page.csvOf(['k', 'v'], {json.dumps(cells)})));"
    text = in_node(paths.APP / "page" / "csv" / "write.ts", tmp_path, script)
    assert read_fields(text.encode()) == {"k": ["name", "小明"], "v": [f"a{delimiter}b", 'x"y']}
