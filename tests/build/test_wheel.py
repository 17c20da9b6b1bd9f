"""Our deterministic wheel against the one that hatchling makes from pyproject.toml."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from wardian_build import paths, wheel


@pytest.fixture(scope="module")
def hatchling(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def ours() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(wheel.write_wheel()))


def test_same_name(hatchling: zipfile.ZipFile) -> None:
    assert Path(str(hatchling.filename)).name == wheel.wheel_name()


def test_same_files_with_the_same_content(hatchling: zipfile.ZipFile) -> None:
    """METADATA is shorter in ours, WHEEL names another generator, entry points are of no use in a browser."""
    different = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
    theirs = {name: hatchling.read(name) for name in hatchling.namelist() if Path(name).name not in different}
    archive = ours()
    assert {n: archive.read(n) for n in archive.namelist() if Path(n).name not in different} == theirs


def test_metadata_says_the_same(hatchling: zipfile.ZipFile) -> None:
    def metadata(archive: zipfile.ZipFile) -> dict[str, list[str]]:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        message = Parser().parsestr(archive.read(name).decode())
        fields = ("Name", "Version", "Summary", "License-Expression", "Requires-Python")
        return {field: message.get_all(field) for field in fields}

    assert metadata(ours()) == metadata(hatchling)


def test_the_same_sources_give_the_same_bytes() -> None:
    assert wheel.write_wheel() == wheel.write_wheel()


def test_record_states_every_file() -> None:
    archive = ours()
    name = next(name for name in archive.namelist() if name.endswith("RECORD"))
    lines = archive.read(name).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == archive.namelist()
    assert all(line.split(",")[1].startswith("sha256=") for line in lines[:-1])
    assert lines[-1] == f"{name},,"
