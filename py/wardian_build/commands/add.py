"""Make a task of the gallery from a model: convert it, prove its numbers, write what a task consists of.

Written are static/models/ID (the model's folder with its card), py/wardian/tasks/ID.py (the task, to be
edited) and tests/golden/tasks/ID.json (what it answers now). The next `build.py site` shows the task.
"""

from __future__ import annotations

import argparse

from wardian_build import progress
from wardian_build.commands.convert import add_source_arguments, read_options
from wardian_build.gallery.add import add
from wardian_build.gallery.card import UNKNOWN_LICENSE
from wardian_build.gallery.places import Places
from wardian_build.gallery.task_files import KINDS

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = ", ".join(filter(None, KINDS))
    parser.add_argument("--id", required=True, metavar="ID", help="id of the task and of its model")
    parser.add_argument("--kind", required=True, metavar="KIND", help=f"the kind of task: {kinds}")
    parser.add_argument("--title", default="", help="what the page calls it (default: the id)")
    parser.add_argument(
        "--license", default="", metavar="SPDX", help="the model's licence (default: what its README.md says)"
    )
    add_source_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    places = Places(arguments.id)
    options = read_options(arguments)
    done = add(
        arguments.source, places, arguments.kind, options, license=arguments.license, title=arguments.title
    )
    print(done.report)
    for note in done.notes:
        progress.say(f"[add] {note}")
    for path in (places.model / "README.md", places.task, places.golden):
        progress.say(f"[add] wrote {path.relative_to(places.root)}")
    if UNKNOWN_LICENSE in (places.model / "README.md").read_text("utf-8"):
        progress.say("[add] the source states no licence: say it on the card, or with --license")
    progress.say(f"[add] `build.py parity {arguments.id}` compares what it computes here and in the page")
    progress.say("[add] `build.py serve` shows the task; `build.py check --fix` brings NOTICE up to date")
    return 0
