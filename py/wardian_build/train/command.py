"""What the commands of trainings that need a framework have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

from wardian_build.convert import extras

__all__ = ["parser_for"]


def parser_for(
    name: str, folder: Path, extra: str, description: str | None = None
) -> argparse.ArgumentParser:
    """`python build.py train NAME`: where the model goes, and which Python has the framework of an extra."""
    framework = extras.EXTRAS[extra].label.partition(",")[0].partition(" and ")[0]
    parser = argparse.ArgumentParser(prog=f"build.py train {name}", description=description)
    parser.add_argument(
        "--out", type=Path, default=folder, help="model folder to write (default: %(default)s)"
    )
    parser.add_argument("--extra", action="append", default=[], help=f"{extra}: fetch {framework} for this")
    parser.add_argument("--python", type=Path, help=f"an interpreter that has {framework}")
    return parser
