"""Options that several commands have."""

from __future__ import annotations

import argparse

__all__ = ["add_only", "names"]


def names(text: str) -> list[str]:
    """A comma-separated list of names.

    >>> names("digits, search")
    ['digits', 'search']
    """
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected one or more names separated by commas")
    return found


def add_only(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only",
        type=names,
        metavar="TASK[,TASK]",
        help="build these tasks and their models alone (default: all)",
    )
