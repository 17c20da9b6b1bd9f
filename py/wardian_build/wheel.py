"""The wardian wheel, written with fixed times and order: the same sources give the same bytes.

It holds what hatchling would put in it (pyproject.toml), without needing a build backend at build time;
tests/build/test_wheel.py compares the two.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from wardian_build import paths

__all__ = ["record", "source_files", "wheel_name", "write_wheel", "write_zip"]

PACKAGE = "wardian"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can state; a build's own time would make every build different."""


def project() -> dict[str, object]:
    table = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(table, dict)
    return table


def wheel_name() -> str:
    return f"{PACKAGE}-{project()['version']}-py3-none-any.whl"


def source_files(package: Path) -> list[Path]:
    """The files of a package folder that belong in its wheel, in a fixed order."""
    files = (path for path in package.rglob("*") if path.is_file())
    return sorted(path for path in files if "__pycache__" not in path.parts and path.suffix != ".pyc")


def write_wheel() -> bytes:
    """py/wardian as a wheel."""
    version = str(project()["version"])
    info = f"{PACKAGE}-{version}.dist-info"
    package = paths.PY / PACKAGE
    entries = [(path.relative_to(paths.PY).as_posix(), path.read_bytes()) for path in source_files(package)]
    entries.append((f"{info}/METADATA", _metadata(version)))
    entries.append(
        (
            f"{info}/WHEEL",
            b"Wheel-Version: 1.0\nGenerator: wardian_build\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
    )
    license_file = paths.ROOT / "LICENSE"
    if license_file.exists():
        entries.append((f"{info}/licenses/LICENSE", license_file.read_bytes()))
    return write_zip([*entries, (f"{info}/RECORD", record(entries, info))])


def record(entries: Iterable[tuple[str, bytes]], info: str) -> bytes:
    """The RECORD of a wheel: every other file with its hash and size (PEP 376, PEP 427)."""
    lines = []
    for name, data in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{info}/RECORD,,\n"]).encode()


def write_zip(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose entries are STORED: the transfer encoding compresses better than deflate inside would."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _metadata(version: str) -> bytes:
    table = project()
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {PACKAGE}",
        f"Version: {version}",
        f"Summary: {table['description']}",
    ]
    lines += [f"License-Expression: {table['license']}", f"Requires-Python: {table['requires-python']}"]
    dependencies = table["dependencies"]
    assert isinstance(dependencies, list)
    return "\n".join([*lines, *(f"Requires-Dist: {dependency}" for dependency in dependencies), ""]).encode()
