"""How the scripts of this folder are asked and answer. They run in other environments: no wardian here."""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


class RefusedError(Exception):
    """What cannot be done, in the words of wardian_build.errors.ConversionError."""

    def __init__(self, problem: str, **facts: str) -> None:
        self.facts = {"problem": problem, **facts}
        super().__init__(problem)


def _place(error: Exception, source: Any) -> str:
    """The last line of the source, where that is Python, that an exception went through."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == source]
    if isinstance(error, SyntaxError) and error.filename == source:
        lines = [error.lineno]
    return f"line {lines[-1]}" if lines else ""


def answer(function: Callable[[dict[str, Any], Path], dict[str, Any]]) -> None:
    """Give `function` request.json and the folder of the command line; write answer.json there."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text("utf-8"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            table = function(request, folder)
        except RefusedError as refusal:
            table = {"error": refusal.facts}
        except ImportError as error:
            table = {
                "error": {
                    "problem": "cannot be opened with this Python",
                    "received": f"{error}; {sys.executable}",
                    "hint": "Install what is missing there, or name another interpreter with --python.",
                }
            }
        except Exception as error:  # whatever a framework, or the user's own code, raises
            line = (str(error).strip().splitlines() or [""])[0]
            facts = {"problem": "cannot be opened", "received": f"{type(error).__name__}: {line[:500]}"}
            place = _place(error, request.get("source"))
            table = {"error": {**facts, **({"place": place} if place else {})}}
    said = {str(one.message).strip().splitlines()[0] for one in caught if "version" in str(one.message)}
    table["warnings"] = sorted(said)[:5]
    (folder / "answer.json").write_text(json.dumps(table), "utf-8")
