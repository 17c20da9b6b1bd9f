"""The two ends of a file, which say what it is however large it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian.errors import InputError, shorten

__all__ = ["ENDS", "FileEnds"]

#: Bytes of either end that are read unless somebody says otherwise.
ENDS = 4096


@dataclass(frozen=True, slots=True)
class FileEnds:
    """A file's name (empty where it has none), its size in bytes, its first and its last bytes.

    `head` and `tail` have the same length; of a file that is not longer both are all of it.
    """

    name: str
    size: int
    head: bytes
    tail: bytes

    def __post_init__(self) -> None:
        """Raises InputError for ends that no file of that size has."""
        length = len(self.head)
        whole = length == self.size and self.head == self.tail
        if length != len(self.tail) or length > self.size or (length < self.size and not length):
            raise InputError(
                "These are not the two ends of a file.",
                value=shorten(self.name),
                expected="as many first as last bytes, and no more than the file has",
                received=f"{length:,} first and {len(self.tail):,} last of {self.size:,} bytes",
            )
        if length == self.size and not whole:
            raise InputError(
                "These are not the two ends of a file.",
                value=shorten(self.name),
                expected="the same bytes for both ends of a file that is not longer",
                received="two different ones",
            )

    @property
    def ending(self) -> str:
        """What follows the last dot of the name, in lower case; empty where there is none.

        >>> FileEnds("A.tar.GZ", 1, b"a", b"a").ending, FileEnds(".gitignore", 1, b"a", b"a").ending
        ('gz', '')
        """
        stem, _, ending = self.name.rpartition(".")
        return ending.lower() if stem else ""

    @classmethod
    def of_bytes(cls, content: bytes, name: str = "", ends: int = ENDS) -> FileEnds:
        """The ends of a content in memory.

        >>> FileEnds.of_bytes(b"0123456789", ends=3)
        FileEnds(name='', size=10, head=b'012', tail=b'789')
        """
        length = min(ends, len(content))
        return cls(name, len(content), bytes(content[:length]), bytes(content[len(content) - length :]))

    @classmethod
    def of_path(cls, path: str | os.PathLike[str], ends: int = ENDS) -> FileEnds:
        """The ends of a file, of which nothing else is read. Raises InputError when it cannot be read."""
        try:
            with Path(path).open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                length = min(ends, size)
                stream.seek(0)
                head = stream.read(length)
                stream.seek(size - length)
                return cls(Path(path).name, size, head, stream.read(length))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                "The file cannot be read.", value=shorten(str(path)), expected="a file", received=reason
            ) from error

    @classmethod
    def of_source(cls, source: Any, ends: int = ENDS) -> FileEnds:
        """The ends of bytes, of a path, or of `{"file": bytes, "name"}`; what is one already stays as it is.

        Raises InputError for anything else.
        """
        if isinstance(source, cls):
            return source
        if isinstance(source, (bytes, bytearray, memoryview)):
            return cls.of_bytes(bytes(source), ends=ends)
        if isinstance(source, (str, os.PathLike)):
            return cls.of_path(source, ends)
        if isinstance(source, dict) and isinstance(source.get("file"), (bytes, bytearray, memoryview)):
            return cls.of_bytes(bytes(source["file"]), str(source.get("name") or ""), ends)
        raise InputError(
            "This is not a file.",
            value=shorten(source),
            expected="bytes or a path",
            received=type(source).__name__,
        )
