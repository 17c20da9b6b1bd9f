"""A choice among the site's models, or a file of the visitor's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian.components.base import Input
from wardian.errors import InputError, shorten

__all__ = ["ChosenFile", "ModelChoice"]


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A model of the site by its id, or (`model` None) the visitor's own file `name` with its `content`."""

    model: str | None
    name: str
    content: bytes = b""


class ModelChoice(Input):
    """One of the site's models that have the file `file`, or a file of that kind from the visitor's device.

    The payload is `{"model": id}` or `{"file": bytes, "name": str}`; nothing stands for `default`.
    """

    def __init__(self, label: str | Mapping[str, str], *, file: str, default: str) -> None:
        super().__init__(label)
        self.file = file
        self.default = default

    def settings(self) -> dict[str, Any]:
        return {"file": self.file, "default": self.default}

    def preprocess(self, payload: Any) -> ChosenFile:
        """
        >>> ModelChoice("Tokenizer", file="tokenizer.json", default="a").preprocess({"model": "b"}).model
        'b'

        Raises InputError when it is neither a model nor a file.
        """
        if payload is None:
            return ChosenFile(self.default, self.file)
        if isinstance(payload, Mapping):
            content, model = payload.get("file"), payload.get("model")
            if isinstance(content, (bytes, bytearray, memoryview)):
                return ChosenFile(None, str(payload.get("name") or self.file), bytes(content))
            if isinstance(model, str):
                return ChosenFile(model, self.file)
        raise InputError(
            f"“{self.label['en']}” is wrong.",
            value=shorten(payload),
            expected=f"a model or a {self.file} file",
        )

    def read(self, argument: str) -> dict[str, Any]:
        """The path of a file, or else the id of a model."""
        path = Path(argument)
        if path.is_file():
            return {"file": path.read_bytes(), "name": path.name}
        return {"model": argument}
