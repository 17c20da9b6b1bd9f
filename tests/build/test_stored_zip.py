"""Wheels as the Python worker takes them apart."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from wardian_build import paths

from .in_node import in_node

MODULE = paths.ROOT / "app" / "python_worker" / "stored_zip.ts"
READ = """
const { readFileSync } = await import("node:fs"), { createHash } = await import("node:crypto");
const said = [];
for (const path of PATHS) {
  try {
    const files = [...page.storedFiles(new Uint8Array(readFileSync(path)))];
    said.push(files.map(({ name, data }) => [name, createHash("sha256").update(data).digest("hex")]));
  } catch (error) { said.push(error.message); }
}
console.log(JSON.stringify(said));"""


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.extra = b"\x99\x99\x04\x00\x01\x02\x03\x04" * (len(name) % 3)
            target.writestr(entry, data, compression)
        target.comment = comment
    return buffer.getvalue()


def read(contents: list[bytes], folder: Path) -> Any:
    files = [folder / str(number) for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    return in_node(MODULE, folder, READ.replace("PATHS", json.dumps([str(file) for file in files])))


def test_files_as_they_are(tmp_path: Path) -> None:
    entries = {
        "a/b.py": b"x = 1\n",
        "ümläut/模块.pyc": bytes(range(256)) * 300,
        "empty": b"",
        "a/c.so": b"\0asm",
    }
    wheels = sorted(paths.SITE.glob("packages/*/*.whl"))
    assert len(wheels) > 5
    found = read([archive(entries), archive({}), *(path.read_bytes() for path in wheels)], tmp_path)
    assert found[:2] == [[[name, hashlib.sha256(data).hexdigest()] for name, data in entries.items()], []]
    for path, files in zip(wheels, found[2:], strict=True):
        with zipfile.ZipFile(path) as wheel:
            expected = [[one, hashlib.sha256(wheel.read(one)).hexdigest()] for one in wheel.namelist()]
        assert files == expected, path.name


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    whole = archive({"a.py": b"x" * 100})
    said = read(
        [
            archive({"a.py": b"x" * 100}, zipfile.ZIP_DEFLATED),
            archive({"a.py": b"x"}, comment=b"hello"),
            whole[:-1],
            b"",
            b"<!doctype html><title>404</title>" * 9,
        ],
        tmp_path,
    )
    assert said == ["a.py is compressed", *["not an archive, or one with a comment"] * 4]
