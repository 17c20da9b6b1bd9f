"""Bytecode made by Pyodide under Node: complete, importable without sources, the same every time."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from wardian_build import bytecode, cache, packages, paths, process
from wardian_build.runtimes import read_runtimes

SOURCE = '''
"""A module."""
NAMES = {"b", "a", "c", "d"}  # a frozenset constant: its order depends on the hash seed
def greet(name): return f"hello {name}" if name in {"x", "y", "z"} else None
'''
WHEEL_NAME = "greeter-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def core() -> dict[str, Path]:
    files, _ = packages.core_files(read_runtimes())
    return bytecode.compile_core(files)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL_NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("greeter/__init__.py", SOURCE)
        archive.writestr("greeter/data.txt", "data")
        archive.writestr("greeter/types.pyi", "x: int")
        archive.writestr("greeter/tests/test_it.py", "assert False")
        archive.writestr(
            "greeter-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n"
        )
        archive.writestr("greeter-1.0.dist-info/RECORD", "")
    return path


def test_sources_become_bytecode_and_nothing_superfluous_stays(core: dict[str, Path], wheel: Path) -> None:
    with zipfile.ZipFile(bytecode.compile_wheel(wheel, "greeter", core)) as archive:
        names = archive.namelist()
        assert sorted(names) == [
            "greeter-1.0.dist-info/METADATA",
            "greeter-1.0.dist-info/RECORD",
            "greeter/__init__.pyc",
            "greeter/data.txt",
        ]
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
        flags = int.from_bytes(archive.read("greeter/__init__.pyc")[4:8], "little")
        assert flags == 0b01, "hash-based and unchecked: nothing looks for a source at import"
        assert b"greeter/__init__.pyc,sha256=" in archive.read("greeter-1.0.dist-info/RECORD")


def test_the_same_wheel_gives_the_same_bytes(
    core: dict[str, Path], wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bytecode.compile_wheel(wheel, "greeter", core).read_bytes()
    monkeypatch.setattr(paths, "CACHE", tmp_path / "another-cache")
    assert bytecode.compile_wheel(wheel, "greeter", core).read_bytes() == first


def test_pyodide_imports_it_through_a_lock_with_folders(
    core: dict[str, Path], wheel: Path, tmp_path: Path
) -> None:
    """The layout of the site: `file_name` has a folder with the hash, below `packageBaseUrl`."""
    compiled = bytecode.compile_wheel(wheel, "greeter", core)
    for name, path in core.items():
        cache.place(path, tmp_path / "core" / name)
    cache.place(compiled, tmp_path / "packages" / "greeter-12345678" / WHEEL_NAME)
    official = json.loads((tmp_path / "core" / "pyodide-lock.json").read_text())
    entry = {"name": "greeter", "version": "1.0", "depends": [], "imports": ["greeter"]}
    entry |= {"install_dir": "site", "package_type": "package", "unvendored_tests": False}
    entry |= {"file_name": f"greeter-12345678/{WHEEL_NAME}", "sha256": cache.sha256(compiled.read_bytes())}
    lock = {"info": official["info"], "packages": {"greeter": entry}}
    script = tmp_path / "try.mjs"
    script.write_text(
        f"""
        import {{ loadPyodide }} from "./core/pyodide.mjs";
        const pyodide = await loadPyodide({{
          indexURL: {str(tmp_path / "core")!r}, lockFileContents: {json.dumps(json.dumps(lock))},
          packageBaseUrl: {str(tmp_path / "packages") + "/"!r}, packages: ["greeter"],
          stdout: () => {{}},
        }});
        console.log(pyodide.runPython(`
          import greeter, importlib.metadata
          f"{{greeter.greet('x')}} {{greeter.__file__}} {{importlib.metadata.version('greeter')}}"`));
        """
    )
    answer = process.run([process.node(), script], "importing bytecode")
    assert answer.strip().splitlines()[-1] == "hello x /lib/python3.14/site-packages/greeter/__init__.pyc 1.0"


def test_the_standard_library_has_no_sources_left(core: dict[str, Path]) -> None:
    data = core["python_stdlib.zip"].read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    assert "json/decoder.pyc" in names and "asyncio/events.pyc" in names
    assert not [name for name in names if name.endswith(".py")]
