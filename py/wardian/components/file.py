"""Any file, of which only the ends are read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, ClassVar, TypeGuard

from wardian.components.base import Input
from wardian.errors import InputError, shorten
from wardian.preprocessing.file_ends import ENDS, FileEnds

__all__ = ["File"]


class File(Input):
    """A file of any kind and size. The value is `FileEnds`: of a larger file only its first and its last
    `ends` bytes are read.

    The payload is `{"name", "size", "head": bytes, "tail": bytes}`, or for a small file
    `{"name", "base64"}`: that is what an example holds.
    """

    from_file: ClassVar[bool] = True

    def __init__(self, label: str | Mapping[str, str] = "File", *, ends: int = ENDS) -> None:
        super().__init__(label)
        self.ends = ends

    def settings(self) -> dict[str, Any]:
        return {"ends": self.ends}

    def preprocess(self, payload: Any) -> FileEnds:
        """
        >>> File().preprocess({"name": "a.txt", "base64": "aGVsbG8="}).head
        b'hello'

        Raises InputError when it is no file.
        """
        if payload is None:
            raise InputError(f"“{self.label['en']}” is empty.", expected="a file", received="nothing")
        if isinstance(payload, Mapping):
            name, size = str(payload.get("name") or ""), payload.get("size")
            if "base64" in payload:
                return FileEnds.of_bytes(_decoded(payload["base64"], name), name, self.ends)
            head, tail = payload.get("head"), payload.get("tail")
            # JavaScript has but one kind of number, so a whole float is fine.
            whole = isinstance(size, (int, float)) and size >= 0 and float(size).is_integer()
            if whole and _is_bytes(head) and _is_bytes(tail):
                return FileEnds(name, int(size or 0), bytes(head), bytes(tail))
        raise InputError(
            "This is not a file.",
            value=shorten(payload),
            expected="name, size, head and tail",
            received=type(payload).__name__,
        )

    def read(self, argument: str) -> dict[str, Any]:
        ends = FileEnds.of_path(argument, self.ends)
        return {"name": ends.name, "size": ends.size, "head": ends.head, "tail": ends.tail}


def _is_bytes(value: Any) -> TypeGuard[bytes]:
    return isinstance(value, (bytes, bytearray, memoryview))


def _decoded(text: Any, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InputError("This is not a file.", value=shorten(name), received=str(error)) from error
