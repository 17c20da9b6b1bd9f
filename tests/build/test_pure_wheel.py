"""Wheels from single source files: complete, the same each time, and importable."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from wardian_build import pure_wheel
from wardian_build.errors import BuildError
from wardian_build.runtimes import Artefact, Source, read_runtimes

SOURCE = Source("sdist", "hello", "1.0", "0" * 64)
CODE = Artefact("pure", "hello/__init__.py", "1.0", "MIT", SOURCE, "a/__init__.py", "0" * 64, package="hello")
LICENSE = replace(CODE, name="hello-1.0.dist-info/licenses/LICENSE", member="LICENSE")
FILES = {LICENSE: b"Do as you like.\n", CODE: b"WORD = 'hello'\n"}


def test_the_same_files_give_the_same_wheel() -> None:
    data = pure_wheel.write_pure_wheel(FILES)
    assert data == pure_wheel.write_pure_wheel(dict(reversed(FILES.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        record = archive.read("hello-1.0.dist-info/RECORD").decode().splitlines()
        assert archive.read("hello/__init__.py") == FILES[CODE]
        assert b"License-Expression: MIT\n" in archive.read("hello-1.0.dist-info/METADATA")
    assert [line.split(",")[0] for line in record] == names
    assert sorted(names) == sorted(
        [
            CODE.name,
            LICENSE.name,
            *(f"hello-1.0.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD")),
        ]
    )


@pytest.mark.parametrize("files", [{LICENSE: b""}, {CODE: b"", replace(LICENSE, version="2.0"): b""}])
def test_what_makes_no_wheel_is_refused(files: dict[Artefact, bytes]) -> None:
    with pytest.raises(BuildError, match="make no wheel"):
        pure_wheel.write_pure_wheel(files)


def test_markupsafe_runs_without_its_speedups(tmp_path: Path) -> None:
    """Alone on the path; jinja2 needs `Markup` and `escape`."""
    entry, path, name = pure_wheel.pure_wheels(read_runtimes())[0]
    assert (entry["name"], entry["imports"], name) == (
        "markupsafe",
        ["markupsafe"],
        "markupsafe-3.0.4-py3-none-any.whl",
    )
    code = (
        "import markupsafe, sys; assert 'markupsafe._speedups' not in sys.modules; "
        "print(markupsafe.__file__); print(markupsafe.escape('<a & b>') + markupsafe.Markup('<i>'))"
    )
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(path)!r}); {code}"]
    file, text = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert file.startswith(str(path)) and text == "&lt;a &amp; b&gt;<i>"
