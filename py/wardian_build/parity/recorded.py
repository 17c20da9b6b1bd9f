"""The last recorded parity of each task, as the site shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wardian_build import cache, paths, wheel
from wardian_build.errors import BuildError

__all__ = ["FORMAT", "key_of", "path_of", "recorded"]

FORMAT = 1
"""Of the reports; what has another one was recorded by another version, and is not shown."""


def path_of(task: str) -> Path:
    """Where the report of a task is kept."""
    return paths.PARITY / f"{task}.json"


def key_of(task: str, model: str | None, root: Path = paths.ROOT) -> str:
    """A name for what a parity depends on here: our own modules, the task, its golden, its model's card."""
    files = [
        *wheel.source_files(paths.PY / "wardian"),
        root / "py" / "wardian" / "tasks" / f"{task.replace('-', '_')}.py",
        root / "tests" / "golden" / "tasks" / f"{task}.json",
    ]
    if model is not None:
        files.append(root / "static" / "models" / model / "README.md")
    return cache.key_of(*(cache.sha256_of_file(path) for path in files if path.is_file()))[:16]


def recorded(tasks: Sequence[dict[str, Any]]) -> bytes | None:
    """`ParityFile` of `app/page/parity_report.ts` for the tasks (`Task.info()`) of a site; None without one.

    Raises BuildError for a report that cannot be read.
    """
    reports = {}
    for task in tasks:
        path = path_of(task["id"])
        if not path.is_file():
            continue
        try:
            report = json.loads(path.read_bytes())
        except ValueError as error:
            raise BuildError(
                f"{path} is not JSON: {error}\n  delete it, or `build.py parity {task['id']}`"
            ) from None
        if report.get("format") == FORMAT:
            report["current"] = report["key"] == key_of(task["id"], task["model"])
            reports[task["id"]] = report
    if not reports:
        return None
    return json.dumps({"reports": reports}, ensure_ascii=False, separators=(",", ":")).encode()
