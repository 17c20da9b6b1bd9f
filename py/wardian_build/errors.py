"""What can go wrong in a build, said so that the reader can act.

BuildError
├── HashError      a file is not the one that was pinned
└── CommandError   a program that the build runs failed
"""

from __future__ import annotations

MOST_LINES, LONGEST_LINE = 60, 300
"""How much of a failed program's output is shown; the end of it says what went wrong."""

__all__ = ["BuildError", "CommandError", "HashError"]


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
