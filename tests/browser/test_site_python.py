"""Python as the site ships it: every wheel is bytecode, and micropip installs what lies beside it."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

from playwright.sync_api import BrowserContext

from wardian_build import serve
from wardian_build.harness import build_harness

PACKAGES = {
    "numpy": "numpy",
    "pillow": "PIL",
    "regex": "regex",
    "micropip": "micropip",
    "packaging": "packaging",
}

START = """async (code) => {
  const site = await (await fetch("/site.json")).json();
  const at = (path) => new URL(path, location.origin + "/").href;
  const { loadPyodide } = await import(at(site.urls.pyodide + "pyodide.mjs"));
  const pyodide = await loadPyodide({
    indexURL: at(site.urls.pyodide), lockFileURL: at(site.urls.lock), packageBaseUrl: at(site.urls.packages),
    packages: ["numpy", "pillow", "regex", "micropip", "packaging", "wardian"],
  });
  return JSON.parse(await pyodide.runPythonAsync(code));
}"""


def run(context: BrowserContext, site: Path, code: str) -> tuple[dict[str, object], list[str]]:
    """The JSON that `code` gives in a page of the site, and the paths that the page asked for."""
    server, url = serve.start(site)
    page = context.new_page()
    # A document that is not HTML has no icon of its own, and browsers then ask for this one.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{url}/NOTICE.txt")  # a document of the site that starts nothing itself
    result = page.evaluate(START, code)
    server.shutdown()
    return result, server.requests


def test_every_wheel_loads_as_bytecode(context: BrowserContext, site: Path) -> None:
    code = f"""
import importlib, json, sys
files = {{name: importlib.import_module(module).__file__ for name, module in {PACKAGES!r}.items()}}
import wardian, wardian.tasks, wardian.worker, asyncio
files |= {{"wardian": wardian.__file__, "asyncio": asyncio.__file__}}
json.dumps(files)
"""
    files, requests = run(context, site, code)
    assert set(files) == {*PACKAGES, "wardian", "asyncio"}
    assert all(str(file).endswith(".pyc") for file in files.values()), files
    assert not [path for path in requests if path.endswith((".py", "pyodide-lock.json"))]


def a_wheel() -> bytes:
    entries = {
        "neighbour/__init__.py": b"answer = 42\n",
        "neighbour-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: neighbour\nVersion: 1.0\n",
        "neighbour-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "neighbour-1.0.dist-info/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in entries.items()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in {**entries, record: "".join([*lines, f"{record},,\n"]).encode()}.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def test_micropip_installs_a_wheel_that_lies_beside_the_page(
    context: BrowserContext, site: Path, tmp_path: Path
) -> None:
    copy = build_harness(site, tmp_path / "site")
    (copy / "neighbour-1.0-py3-none-any.whl").write_bytes(a_wheel())
    code = """
import json, micropip
await micropip.install("./neighbour-1.0-py3-none-any.whl")
import neighbour
json.dumps({"answer": neighbour.answer})
"""
    result, _ = run(context, copy, code)
    assert result == {"answer": 42}
