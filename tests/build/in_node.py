"""TypeScript of the app, run in Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from wardian_build import paths, process


def in_node(module: Path, folder: Path, script: str) -> Any:
    """What a script prints as JSON that has imported a module of the page as `page`."""
    target = folder / f"{module.stem}.mjs"
    esbuild = paths.NODE_MODULES / "esbuild" / "bin" / "esbuild"
    command = [
        process.node(),
        esbuild,
        module,
        "--bundle",
        "--format=esm",
        f"--outfile={target}",
        "--log-level=warning",
    ]
    process.run(command, f"bundling {module.name}")
    code = f"const page = await import({json.dumps(target.as_uri())});{script}"
    done = subprocess.run(
        [process.node(), "--input-type=module", "-e", code], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
