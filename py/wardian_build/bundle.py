"""TypeScript to JavaScript with esbuild: page and embed with shared chunks, each worker in one file.

Names carry a hash of the content. Pyodide and onnxruntime-web are not bundled: workers import them from the
site's `runtime/` by URL.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wardian_build import cache, paths, process
from wardian_build.errors import BuildError

__all__ = ["Bundles", "bundle"]

#: (kind, entry points relative to app/, extra esbuild options). Kinds: bundles of one thread share chunks.
PAGE = ("page/page.ts", "embed/wardian.ts")
WORKERS = (
    "python_worker/python_worker.ts",
    "engine_worker/engine_worker.ts",
    "import_worker/import_worker.ts",
)
SERVICE_WORKER = "service_worker/service_worker.ts"

COMMON = (
    "--bundle",
    "--target=es2022",
    "--minify",
    "--legal-comments=none",
    "--log-level=warning",
    "--charset=utf8",
)
ESM = ("--format=esm", "--entry-names=[name]-[hash]", "--chunk-names=chunk-[hash]")


@dataclass(frozen=True)
class Bundles:
    """`folder` holds the files of `app/`; `entries` tells an entry point's file name by its source's stem."""

    folder: Path
    entries: dict[str, str]
    chunks_of_page: list[str]
    """What the page's bundle imports statically; preloaded so that the chunks arrive together."""
    service_worker: Path
    npm_packages: list[str]
    """npm packages of which something is inside the bundles."""

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.js"))


def bundle() -> Bundles:
    """Bundle app/; the result is cached by the content of app/ and of the lock file."""
    sources = [
        path for path in paths.APP.rglob("*") if path.is_file() and path.suffix in {".ts", ".json", ".css"}
    ]
    pins = [paths.ROOT / "package-lock.json", Path(__file__)]
    key = cache.key_of(cache.tree_key(sources, paths.ROOT), cache.tree_key(pins, paths.ROOT))
    folder = paths.CACHE / "bundles" / key
    if not (folder / "bundles.json").exists():
        _make(folder)
    table: dict[str, Any] = json.loads((folder / "bundles.json").read_text())
    return Bundles(
        folder / "app", table["entries"], table["chunks"], folder / "service_worker.js", table["packages"]
    )


def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        out = Path(temporary) / "out"
        metas = [
            _esbuild(PAGE, out / "app", [*ESM, "--splitting"]),
            _esbuild(WORKERS, out / "app", list(ESM)),
        ]
        metas.append(_esbuild([SERVICE_WORKER], out, ["--format=iife"]))
        entries = {
            PurePosixPath(source).stem: name for meta in metas for source, name in _entries(meta).items()
        }
        table = {"entries": entries, "chunks": _static_chunks(metas[0], entries["page"])}
        table["packages"] = sorted({name for meta in metas for name in _npm_packages(meta)})
        cache.write(out / "bundles.json", json.dumps(table).encode())
        shutil.rmtree(folder, ignore_errors=True)
        out.rename(folder)


def _esbuild(entries: list[str] | tuple[str, ...], out: Path, options: list[str]) -> dict[str, Any]:
    for entry in entries:
        if not (paths.APP / entry).exists():
            raise BuildError(f"app/{entry} does not exist; the site needs it")
    meta = out.parent / "meta.json"
    meta.parent.mkdir(parents=True, exist_ok=True)
    esbuild = str(paths.NODE_MODULES / "esbuild" / "bin" / "esbuild")
    command = [process.node(), esbuild, *(f"app/{entry}" for entry in entries), *COMMON, *options]
    process.run([*command, f"--outdir={out}", f"--metafile={meta}"], "bundling app/ with esbuild")
    result: dict[str, Any] = json.loads(meta.read_text())
    meta.unlink()
    return result


def _entries(meta: dict[str, Any]) -> dict[str, str]:
    outputs = meta["outputs"].items()
    return {
        output["entryPoint"]: PurePosixPath(path).name for path, output in outputs if "entryPoint" in output
    }


def _static_chunks(meta: dict[str, Any], entry: str) -> list[str]:
    """Names of the chunks that an entry imports statically, directly or through another chunk."""
    outputs = {PurePosixPath(path).name: output for path, output in meta["outputs"].items()}
    found: list[str] = []
    waiting = [entry]
    while waiting:
        for imported in outputs[waiting.pop()]["imports"]:
            name = PurePosixPath(imported["path"]).name
            if imported["kind"] == "import-statement" and name in outputs and name not in found:
                found.append(name)
                waiting.append(name)
    return found


def _npm_packages(meta: dict[str, Any]) -> set[str]:
    names = set()
    for path in meta["inputs"]:
        _, found, rest = path.rpartition("node_modules/")
        if found:
            parts = rest.split("/")
            names.add("/".join(parts[:2]) if parts[0].startswith("@") else parts[0])
    return names
