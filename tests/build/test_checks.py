"""`build.py check` passes: whoever runs all tests, as CI does, has run it too.

Its rules are tests among these.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from wardian_build import paths, process
from wardian_build.commands.check import CHECKS


def test_check_passes() -> None:
    others = ",".join(name for name in CHECKS if name != "rules")
    command = [sys.executable, "-m", "wardian_build.cli", "check", "--only", others]
    environment = os.environ | {"PYTHONPATH": str(paths.PY)}
    done = subprocess.run(
        command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_settings_of_each_thread_refuse_its_mistakes(tmp_path: Path) -> None:
    """tsc really checks: a wrong type fails anywhere, and a worker has no document."""
    assert "TS2322" in check_script(tmp_path, "page", 'export const count: number = "three";')
    assert check_script(tmp_path, "page", "export const title: string = document.title;") == ""
    assert "TS2584" in check_script(tmp_path, "engine_worker", "export const title: string = document.title;")


def check_script(folder: Path, thread: str, script: str) -> str:
    """What tsc says about a script with the settings of a thread."""
    (folder / "script.ts").write_text(script)
    config: dict[str, Any] = {
        "extends": str(paths.ROOT / f"tsconfig.{thread}.json"),
        "include": ["script.ts"],
    }
    config["compilerOptions"] = {"types": []}
    (folder / "tsconfig.json").write_text(json.dumps(config))
    command = [process.node(), str(paths.NODE_MODULES / "typescript" / "bin" / "tsc"), "-p", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
