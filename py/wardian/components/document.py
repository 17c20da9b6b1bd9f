"""A document of the visitor's own: a file, or its text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from wardian.components.base import Input, localize
from wardian.components.file import File
from wardian.components.given_file import GivenFile
from wardian.components.text import Textbox
from wardian.errors import InputError

__all__ = ["Document"]


class Document(Input):
    """A file of a document, picked or dropped, or a text that is typed or pasted. The value is a `GivenFile`,
    or the text.

    The payload is that of a `File` with `max_bytes`, `{"text": text}`, or just the text.
    """

    from_file: ClassVar[bool] = True

    def __init__(
        self,
        label: str | Mapping[str, str] = "Document",
        *,
        hint: str | Mapping[str, str] = "",
        placeholder: str | Mapping[str, str] = "",
        lines: int = 10,
        max_bytes: int = 100 << 20,
        max_length: int = 5_000_000,
    ) -> None:
        super().__init__(label)
        self.lines = lines
        self.placeholder = localize(placeholder)
        self._file = File(label, max_bytes=max_bytes, hint=hint)
        self._text = Textbox(label, max_length=max_length)

    def settings(self) -> dict[str, Any]:
        text = {"lines": self.lines, "max_length": self._text.max_length, "placeholder": self.placeholder}
        return {**self._file.settings(), **text}

    def preprocess(self, payload: Any) -> GivenFile | str:
        """
        >>> Document().preprocess({"text": "Hello."}), Document().preprocess({"name": "a", "content": b"Hi"})
        ('Hello.', GivenFile(name='a', content=b'Hi'))

        Raises InputError when there is neither, and for what is too large.
        """
        if isinstance(payload, Mapping) and "text" not in payload:
            file = self._file.preprocess(payload)
            assert isinstance(file, GivenFile)  # because of its max_bytes
            return file
        if payload is None:
            raise InputError(
                f"“{self.label['en']}” is empty.", expected="a file or some text", received="nothing"
            )
        return self._text.preprocess(payload["text"] if isinstance(payload, Mapping) else payload)

    def read(self, argument: str) -> dict[str, Any]:
        """The path of a file, or else the text itself."""
        try:
            is_file = Path(argument).is_file()
        except (OSError, ValueError):
            is_file = False
        return self._file.read(argument) if is_file else {"text": argument}
