"""The standard library and wheels as bytecode, compiled by the Pyodide that will run them.

Most of Pyodide's start-up, and of importing numpy, is compiling: `python_stdlib.zip` and wheels hold sources.
Compiled once here, `loadPyodide` takes a tenth of the time and numpy's import a quarter.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from wardian_build import cache, paths, process, progress

__all__ = ["compile_core", "compile_wheel"]

SCRIPT = Path(__file__).with_name("bytecode.mjs")
STDLIB = "python_stdlib.zip"
STDLIB_PREFIX = "/lib/python314.zip"
SITE_PACKAGES = "/lib/python3.14/site-packages"


def compile_core(core: Mapping[str, Path]) -> dict[str, Path]:
    """Pyodide's core files by name, with the standard library replaced by its bytecode."""
    stdlib = _compiled(core[STDLIB], "the standard library", STDLIB_PREFIX, core)
    return {**core, STDLIB: stdlib}


def compile_wheel(wheel: Path, name: str, core: Mapping[str, Path]) -> Path:
    """A wheel whose modules are bytecode; `core` is what `compile_core` returned, which starts quickly."""
    return _compiled(wheel, name, SITE_PACKAGES, core)


def _compiled(archive: Path, name: str, prefix: str, core: Mapping[str, Path]) -> Path:
    # The interpreter's binary decides the bytecode; the script decides what becomes of it.
    interpreter = cache.sha256_of_file(core["pyodide.asm.wasm"])
    key = cache.key_of(cache.sha256_of_file(archive), interpreter, cache.sha256_of_file(SCRIPT), prefix)
    return cache.made("bytecode", key, lambda: _run(archive, name, prefix, core))


def _run(archive: Path, name: str, prefix: str, core: Mapping[str, Path]) -> bytes:
    paths.BUILD.mkdir(parents=True, exist_ok=True)
    with progress.step(f"compile {name} to bytecode"), tempfile.TemporaryDirectory(dir=paths.BUILD) as folder:
        for file, path in core.items():
            cache.place(path, Path(folder) / file)
        output = Path(folder) / "output.zip"
        process.run(
            [process.node(), SCRIPT, folder, archive, output, prefix], f"compiling {name} to bytecode"
        )
        return output.read_bytes()
