"""`python build.py COMMAND`: finds the command's module and runs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from wardian_build.errors import BuildError

__all__ = ["COMMANDS", "main"]

#: Name → one line of help. The command is the module of this name in `wardian_build.commands`.
COMMANDS = {
    "serve": "build the site and serve it on this machine (--watch rebuilds and reloads)",
    "site": "build the static site for any host",
    "test": "run all tests: CPython, Pyodide in a headless browser, the built site",
    "check": "formatting, lint, types, imports and doctests, in under a minute",
    "bench": "measure against raw onnxruntime-web and transformers.js",
    "budget": "size of the site, raw and compressed, per part",
    "add": "make a task of the gallery from a model: convert, check, card, task file, golden",
    "new": "begin a task: its file, and its golden",
    "convert": "convert a model to a folder that the site loads, and prove its numbers",
    "parity": "compare a task in CPython and in the page at every stage; name the first difference",
    "train": "train a model of this project and write its ONNX file",
    "eval": "measure a model on data it never saw",
    "clean": "remove what was built (--all: also what was downloaded and installed)",
}


class Command(Protocol):
    """What a module of `wardian_build.commands` has.

    One with `PASSES_ON = True` receives in `arguments.others` the options that it does not know itself.
    """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(overview())
        return 0 if words else 2
    name, *rest = words
    if name not in COMMANDS:
        print(f"build.py: there is no command {name!r}\n\n{overview()}", file=sys.stderr)
        return 2
    command: Command = import_module(f"wardian_build.commands.{name}")
    parser = argparse.ArgumentParser(
        prog=f"build.py {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    try:
        known, others = parser.parse_known_args(rest)
        known.others = others
        if others and not getattr(command, "PASSES_ON", False):
            parser.error(f"unrecognized arguments: {' '.join(others)}")
        return command.run(known)
    except BuildError as error:
        print(f"build.py {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`build.py budget | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(["usage: python build.py COMMAND [--help]", "", *lines])


if __name__ == "__main__":
    sys.exit(main())
