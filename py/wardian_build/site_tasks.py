"""What the tasks say about themselves, read in a fresh interpreter so that a changed task is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from wardian_build import cache, paths, wheel
from wardian_build.errors import BuildError

__all__ = ["task_infos"]

PROGRAM = """
import json, sys
from wardian.tasks import load_task, task_ids
json.dump([load_task(task_id).info() for task_id in task_ids()], sys.stdout)
"""


def task_infos(only: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """`TaskInfo` of every task, or of those in `only`, in its order.

    Raises BuildError with the traceback when a task cannot be imported, and for an unknown id.
    """
    files = wheel.source_files(paths.PY / "wardian")
    path = cache.made("tasks", cache.key_of(cache.tree_key(files, paths.PY), PROGRAM), _read)
    infos: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    if only is None:
        return infos
    by_id = {info["id"]: info for info in infos}
    unknown = [name for name in only if name not in by_id]
    if unknown:
        raise BuildError(f"there is no task {', '.join(unknown)}; expected some of {', '.join(by_id)}")
    return [by_id[name] for name in only]


def _read() -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(paths.PY), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=paths.ROOT, check=False)
    if done.returncode != 0:
        raise BuildError(f"a task cannot be imported:\n{done.stderr.decode(errors='replace').rstrip()}")
    return done.stdout
