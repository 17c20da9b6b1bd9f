"""Running other programs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wardian_build import paths
from wardian_build.errors import BuildError, CommandError

__all__ = ["node", "run"]


def run(command: Sequence[str | Path], what: str, *, cwd: Path = paths.ROOT, stdin: str | None = None) -> str:
    """Run a program and return what it wrote to stdout.

    Raises CommandError with the program's output when it fails, BuildError when it is not installed.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=cwd, input=stdin, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BuildError(f"{what}: {command[0]} is not installed") from None
    if done.returncode != 0:
        raise CommandError(what, done.returncode, done.stdout + done.stderr)
    return done.stdout


def node() -> str:
    """The path of Node; `build.py` has put one on PATH."""
    found = shutil.which("node")
    if found is None:
        raise BuildError("node is not on PATH; start the build with `python build.py`, which installs it")
    return found
