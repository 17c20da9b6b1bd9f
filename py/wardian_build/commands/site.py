"""Build the static site into a folder that any host can serve as it is.

Everything is verified against its pinned hash; a second run does only what changed. `_headers` in the folder
tells hosts that read it to send the security headers; elsewhere the service worker adds those for isolation.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wardian_build import compress, paths, progress
from wardian_build.commands.options import add_only
from wardian_build.site import build_site

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, default=paths.SITE, metavar="DIR", help="folder to write (default: .build/site)"
    )
    add_only(parser)
    parser.add_argument(
        "--compress",
        action="store_true",
        help="also write a .br file (Brotli, level 11) beside each compressible file",
    )


def run(arguments: argparse.Namespace) -> int:
    built = build_site(arguments.out.resolve(), arguments.only)
    if arguments.compress:
        compress.write_siblings(built.folder)
    size = sum(
        path.stat().st_size for path in built.folder.rglob("*") if path.is_file() and path.suffix != ".br"
    )
    progress.say(f"[build] {built.folder}: version {built.site['version']}, {progress.human(size)}")
    return 0
