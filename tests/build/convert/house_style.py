"""What `build.py check` would say of a task that was written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wardian_build import paths


def keeps_the_style(written: Path) -> None:
    settings = ["--config", str(paths.ROOT / "pyproject.toml")]
    for command in (["check", *settings, str(written)], ["format", "--check", *settings, str(written)]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
