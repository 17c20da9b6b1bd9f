"""A file of the visitor's own: its ends, however large it is, or all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeGuard

from wardian.components.base import Input, localize
from wardian.components.given_file import GivenFile, file_payload, given_file
from wardian.errors import InputError, shorten
from wardian.preprocessing.file_ends import ENDS, FileEnds

__all__ = ["File"]


class File(Input):
    """A file of any kind. The value is `FileEnds`: of a larger file only its first and its last `ends` bytes
    are read. With `max_bytes` it is a `GivenFile`: all of a file, which may not be larger.

    The payload is `{"name", "size", "head": bytes, "tail": bytes}`, with `max_bytes` `{"name", "content":
    bytes}`; or for either `{"name", "base64"}`: that is what an example holds. `hint` says beside the button
    what may be given.
    """

    from_file: ClassVar[bool] = True

    def __init__(
        self,
        label: str | Mapping[str, str] = "File",
        *,
        ends: int = ENDS,
        max_bytes: int | None = None,
        hint: str | Mapping[str, str] = "",
    ) -> None:
        super().__init__(label)
        self.ends = ends
        self.max_bytes = max_bytes
        self.hint = localize(hint)

    def settings(self) -> dict[str, Any]:
        return {"ends": self.ends, "max_bytes": self.max_bytes, "hint": self.hint}

    def preprocess(self, payload: Any) -> FileEnds | GivenFile:
        """
        >>> File().preprocess({"name": "a.txt", "base64": "aGVsbG8="}).head
        b'hello'
        >>> File(max_bytes=9).preprocess({"name": "a.txt", "base64": "aGVsbG8="})
        GivenFile(name='a.txt', content=b'hello')

        Raises InputError when it is no file, or one that is too large.
        """
        if payload is None:
            raise InputError(f"“{self.label['en']}” is empty.", expected="a file", received="nothing")
        if self.max_bytes is not None:
            return given_file(payload, self.max_bytes)
        if isinstance(payload, Mapping):
            if "base64" in payload:
                file = given_file(payload)
                return FileEnds.of_bytes(file.content, file.name, self.ends)
            size, head, tail = payload.get("size"), payload.get("head"), payload.get("tail")
            # JavaScript has but one kind of number, so a whole float is fine.
            whole = isinstance(size, (int, float)) and size >= 0 and float(size).is_integer()
            if whole and _is_bytes(head) and _is_bytes(tail):
                return FileEnds(str(payload.get("name") or ""), int(size or 0), bytes(head), bytes(tail))
        raise InputError(
            "This is not a file.",
            value=shorten(payload),
            expected="name, size, head and tail",
            received=type(payload).__name__,
        )

    def read(self, argument: str) -> dict[str, Any]:
        if self.max_bytes is not None:
            return file_payload(argument)
        ends = FileEnds.of_path(argument, self.ends)
        return {"name": ends.name, "size": ends.size, "head": ends.head, "tail": ends.tail}


def _is_bytes(value: Any) -> TypeGuard[bytes]:
    return isinstance(value, (bytes, bytearray, memoryview))
