"""What can go wrong in a build, said so that the reader can act.

BuildError
├── HashError             a file is not the one that was pinned
├── CommandError          a program that the build runs failed
├── ParityError           a task cannot be compared with itself: what is missing, and the next step
└── ConversionError       a source cannot be converted: which file, where in it, what was expected
    ├── UnsupportedError  it is well formed, but something in it has no counterpart here; all of it is listed
    └── CheckError        the converted model does not compute what the source computes
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

MOST_LINES, LONGEST_LINE = 60, 300
"""How much of a failed program's output is shown; the end of it says what went wrong."""

__all__ = ["BuildError", "CheckError", "CommandError", "ConversionError", "HashError"]
__all__ += ["ParityError", "UnsupportedError"]


class BuildError(Exception):
    """A build that cannot go on; the message says what to do. Printed without a traceback."""


class HashError(BuildError):
    """A file's SHA-256 is not the pinned one."""

    def __init__(self, file: str, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(
            f"wrong SHA-256 of {file}\n  expected {expected}\n  found    {found}\n"
            "  The file was changed, damaged on the way, or the pin is out of date; nothing was used of it."
        )


class CommandError(BuildError):
    """A program exited with an error."""

    def __init__(self, what: str, code: int, output: str = "") -> None:
        self.code = code
        lines = [line[:LONGEST_LINE] for line in output.rstrip().splitlines()[-MOST_LINES:]]
        super().__init__("\n".join([f"{what} failed (exit code {code})", *lines]))


class ParityError(BuildError):
    """A task that cannot be run on both sides: unknown, without a golden, without a browser or a device."""


class ConversionError(BuildError):
    """A source that cannot be converted.

    >>> print(ConversionError("tiny.onnx", "is cut off", place="byte 12", expected="40 bytes", received="12"))
    tiny.onnx is cut off (byte 12)
      expected 40 bytes
      received 12
    """

    def __init__(
        self,
        file: str | Path,
        problem: str,
        *,
        place: str = "",
        expected: str = "",
        received: str = "",
        hint: str = "",
    ) -> None:
        self.file, self.problem, self.place = str(file), problem, place
        self.expected, self.received, self.hint = expected, received, hint
        lines = [f"{file} {problem}" + (f" ({place})" if place else "")]
        lines += [f"  expected {expected}"] if expected else []
        lines += [f"  received {received}"] if received else []
        lines += [f"  {hint}"] if hint else []
        super().__init__("\n".join(lines))


class UnsupportedError(ConversionError):
    """What a source asks for and does not get, each with its place and what can be done about it.

    >>> error = UnsupportedError("net.onnx", [("node pool (MaxPoolTwice)", "export it as two MaxPool nodes")])
    >>> error.items
    [('node pool (MaxPoolTwice)', 'export it as two MaxPool nodes')]
    """

    MOST_SHOWN = 20

    def __init__(self, file: str | Path, items: Sequence[tuple[str, str]]) -> None:
        self.items = list(items)
        shown = [f"  {what}: {remedy}" for what, remedy in self.items[: self.MOST_SHOWN]]
        more = len(self.items) - len(shown)
        shown += [f"  … and {more} more"] if more > 0 else []
        super().__init__(file, "uses what is not supported\n" + "\n".join(shown))


class CheckError(ConversionError):
    """The converted model's outputs differ from the source's by more than the tolerance."""
