"""The package's own tests, once more inside Pyodide in headless Chrome: one host test per test module.

A module belongs here when it needs only numpy, pillow, jinja2 and pytest. Modules that compare with
something native end in `_reference.py` or `_native.py`; tests of the build and of the page have folders of
their own.
"""

from __future__ import annotations

import base64
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
HOST_ONLY_FOLDERS = {"build", "browser", "pyodide"}
HOST_ONLY_ENDINGS = ("_reference", "_native")
INSIDE = "/repository"
SECONDS = 300
"""The slowest module takes a minute; this is for a busy machine."""


def belongs(path: Path) -> bool:
    """Whether a file below tests/ goes into Pyodide."""
    parts = path.relative_to(TESTS).parts
    return parts[0] not in HOST_ONLY_FOLDERS and "__pycache__" not in parts and path.suffix != ".pyc"


MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in TESTS.rglob("test_*.py")
    if belongs(path) and not path.stem.endswith(HOST_ONLY_ENDINGS)
)


def archive() -> str:
    """Tests, their data and the settings of pytest as a base64 zip. The host's conftest stays outside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.write(ROOT / "pyproject.toml", "pyproject.toml")
        for path in sorted(TESTS.rglob("*")):
            if path.is_file() and belongs(path) and path != TESTS / "conftest.py":
                target.write(path, path.relative_to(ROOT).as_posix())
        for path in sorted((ROOT / "static" / "models").rglob("*")):
            if path.is_file():
                target.write(path, path.relative_to(ROOT).as_posix())
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture(scope="module")
def pyodide(selenium_module_scope: Any) -> Iterator[Any]:
    """A Pyodide with the package, its tests, and pytest."""
    selenium = selenium_module_scope
    selenium.set_script_timeout(SECONDS)
    # Selenium's own patience with the driver is two minutes.
    selenium.driver.command_executor.client_config.timeout = SECONDS
    wanted = {name: value for name, value in os.environ.items() if name.startswith("WARDIAN_")}
    selenium.run_js(
        f"""
        await pyodide.loadPackage(["numpy", "pillow", "jinja2", "pypdf", "wardian", "pytest"]);
        const packed = Uint8Array.from(atob({archive()!r}), (letter) => letter.charCodeAt(0));
        pyodide.unpackArchive(packed, "zip", {{ extractDir: {INSIDE!r} }});
        pyodide.FS.writeFile("/inside.py", {(Path(__file__).parent / "inside.py").read_text()!r});
        pyodide.runPython("import os, sys; sys.path.insert(0, '/')");
        pyodide.runPython(`os.environ |= {json.dumps(wanted)}`);
        """
    )
    yield selenium


def test_there_are_modules() -> None:
    assert len(MODULES) >= 5


@pytest.mark.parametrize("module", MODULES)
def test_module(pyodide: Any, module: str) -> None:
    code = f"import inside; inside.run_module({INSIDE!r}, {module!r})"
    result = json.loads(pyodide.run_js(f"return await pyodide.runPythonAsync({code!r});"))
    summary = f"{module} inside Pyodide: {result['outcomes']}\n\n{result['output']}"
    assert result["code"] == 0, summary
    assert result["outcomes"].get("passed", 0) > 0, summary
