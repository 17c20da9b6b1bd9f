"""The kernel of tokenizers: its size, what it imports, and that its wheel is the same every time."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile

import pytest

from wardian_build import kernels, packages, wasm_file
from wardian_build.errors import BuildError
from wardian_build.runtimes import read_runtimes

LARGEST = 40_000
"""Bytes of the library when gzip sends it."""


def test_it_is_small() -> None:
    assert len(gzip.compress(kernels.wasm_library().read_bytes(), 9)) <= LARGEST


def test_pyodide_has_what_it_imports() -> None:
    core, _ = packages.core_files(read_runtimes())
    library, main = kernels.wasm_library().read_bytes(), core["pyodide.asm.wasm"].read_bytes()
    assert wasm_file.missing_symbols(library, main) == []
    assert {"malloc", "PyUnicode_AsUCS4"} <= {item.name for item in wasm_file.read_imports(library)}
    assert "PyInit_tokenizers" in wasm_file.read_exports(library)


def test_a_missing_symbol_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    core, _ = packages.core_files(read_runtimes())
    known = wasm_file.read_exports(core["pyodide.asm.wasm"].read_bytes())
    library_exports = wasm_file.read_exports(kernels.wasm_library().read_bytes())

    def without_one(module: bytes) -> list[str]:
        return library_exports if len(module) < 1_000_000 else [n for n in known if n != "PyUnicode_AsUCS4"]

    monkeypatch.setattr(wasm_file, "read_exports", without_one)
    with pytest.raises(BuildError, match=r"does not export: PyUnicode_AsUCS4$"):
        kernels.kernel_wheel(core)


def test_other_files_are_no_modules() -> None:
    with pytest.raises(BuildError, match="not a WebAssembly module"):
        wasm_file.read_imports(b"\x7fELF")
    with pytest.raises(BuildError, match="ends too early"):
        wasm_file.read_exports(b"\0asm\1\0\0\0\x07")


def test_the_wheel_is_complete_and_always_the_same() -> None:
    core, _ = packages.core_files(read_runtimes())
    entry, path, name = kernels.kernel_wheel(core)
    assert name == f"wardian_kernels-{entry['version']}-cp311-abi3-pyemscripten_2026_0_wasm32.whl"
    assert entry["imports"] == ["wardian_kernels"]
    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    names = archive.namelist()
    assert "wardian_kernels/tokenizers.abi3.so" in names
    record = next(name for name in names if name.endswith("RECORD"))
    assert [line.split(",")[0] for line in archive.read(record).decode().splitlines()] == names
    assert all(item.date_time == (1980, 1, 1, 0, 0, 0) for item in archive.infolist())
    assert kernels.kernel_wheel(core)[1].read_bytes() == path.read_bytes()


def test_this_machine_imports_its_own() -> None:
    folder = kernels.install_host()
    code = "from wardian_kernels.tokenizers import Kernel; print(Kernel.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout == "Kernel\n"
