"""What `python -m wardian run KIND` takes: a pipeline of any kind on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wardian.errors import InputError, UnknownNameError
from wardian.pipelines.base import Progress, pipeline

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser, kind: str) -> None:
    """The arguments of one kind of pipeline; `kind` is one of KINDS."""
    what = "an image file" if "image" in kind else "a text, or JSON; - reads standard input"
    parser.add_argument("input", metavar="INPUT", help=what)
    parser.add_argument("--model", default=None, metavar="ID", help="id of the model folder")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the pipeline's call, such as top_k=3; the value is JSON or a text",
    )


def _read_input(kind: str, given: str) -> Any:
    """A text, what its JSON says, or the content of an image file."""
    if "image" in kind:
        try:
            return Path(given).read_bytes()
        except OSError as error:
            raise InputError("The file cannot be read.", value=given, received=error.strerror) from error
    text = sys.stdin.read() if given == "-" else given
    return _parsed(text) if text.lstrip()[:1] in ("{", "[") else text


def _read_options(given: list[str]) -> dict[str, Any]:
    """
    >>> _read_options(["top_k=3", "aggregation_strategy=simple", "top_k=null"])
    {'top_k': None, 'aggregation_strategy': 'simple'}
    """
    options = {}
    for option in given:
        name, equals, value = option.partition("=")
        if not equals or not name.isidentifier():
            raise InputError("This is no option of a pipeline.", value=repr(option), expected="NAME=VALUE")
        options[name] = _parsed(value)
    return options


def _parsed(text: str) -> Any:
    """What JSON says, or the text itself where it is none, such as "[MASK] is it."."""
    try:
        return json.loads(text)
    except ValueError:
        return text


async def run(kind: str, arguments: argparse.Namespace, progress: Progress) -> str:
    """Open the pipeline, call it once, and return its answer as JSON.

    Raises what `pipeline` and the call raise, and UnknownNameError for an option that it does not take.
    """
    given, options = _read_input(kind, arguments.input), _read_options(arguments.option)
    opened = await pipeline(
        kind,
        arguments.model,
        device=arguments.device,
        dtype=arguments.dtype,
        threads=arguments.threads,
        models_dir=arguments.models,
    )
    async with opened as pipe:
        known = set(pipe.options)
        for name in options:
            if name not in known:
                raise UnknownNameError(f"option of {kind}", name, known)
        answer = await pipe(given, **options, progress=progress)
    return json.dumps(answer, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(type(value).__name__)
