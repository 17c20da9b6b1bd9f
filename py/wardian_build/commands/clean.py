"""Remove what the build made. Downloads and compiled files stay in .build/cache unless --all is given."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from wardian_build import paths, progress

__all__ = ["add_arguments", "run"]

TOOL_CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="also the cache of downloads, node_modules and .venv"
    )


def run(arguments: argparse.Namespace) -> int:
    if paths.BUILD.exists():
        for path in sorted(paths.BUILD.iterdir()):
            if arguments.all or path != paths.CACHE:
                _remove(path)
    for name in TOOL_CACHES:
        _remove(paths.ROOT / name)
    if arguments.all:
        # The interpreter that runs this lies in .venv; on POSIX its open files outlive their names.
        for path in (paths.NODE_MODULES, paths.ROOT / ".venv"):
            _remove(path)
    return 0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists():
        path.unlink()
    else:
        return
    progress.say(f"[clean] removed {path}")
