"""Size of the site per part: as it lies on disk, and as Brotli at level 11 sends it."""

from __future__ import annotations

import argparse
import json

from wardian_build import budget
from wardian_build.commands.options import add_only
from wardian_build.site import build_site

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print JSON: {parts: {name: {raw, brotli}}, first_visit: …}"
    )
    add_only(parser)


def run(arguments: argparse.Namespace) -> int:
    sizes = budget.measure(build_site(only=arguments.only))
    print(json.dumps(budget.as_json(sizes), indent=1) if arguments.json else budget.as_table(sizes))
    return 0
