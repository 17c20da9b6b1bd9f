"""All of a file that the visitor gives, as components read it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian.errors import InputError, shorten

__all__ = ["GivenFile", "file_payload", "given_file"]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """All of a file."""

    name: str
    content: bytes


def given_file(payload: Any, max_bytes: int | None = None) -> GivenFile:
    """The file of a payload: `{"name", "content": bytes}`, or `{"name", "base64"}` of an example.

    >>> given_file({"name": "a.txt", "base64": "aGVsbG8="})
    GivenFile(name='a.txt', content=b'hello')

    Raises InputError when it is none, or one of more than `max_bytes`.
    """
    content = payload.get("content") if isinstance(payload, Mapping) else None
    if isinstance(payload, Mapping) and "base64" in payload:
        content = _decoded(payload["base64"], payload.get("name"))
    if not isinstance(payload, Mapping) or not isinstance(content, (bytes, bytearray, memoryview)):
        raise InputError(
            "This is not a file.",
            value=shorten(payload),
            expected="name and content",
            received=type(payload).__name__,
        )
    name = str(payload.get("name") or "")
    if max_bytes is not None and len(content) > max_bytes:
        raise InputError(
            "The file is too large.",
            value=shorten(name),
            expected=f"at most {max_bytes:,} bytes",
            received=f"{len(content):,} bytes",
            hint="Split it into parts.",
        )
    return GivenFile(name, bytes(content))


def file_payload(path: str) -> dict[str, Any]:
    """The payload of a file on the command line. Raises InputError when it cannot be read."""
    try:
        return {"name": Path(path).name, "content": Path(path).read_bytes()}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "The file cannot be read.", value=shorten(path), expected="a file", received=reason
        ) from error


def _decoded(text: Any, name: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InputError("This is not a file.", value=shorten(name), received=str(error)) from error
