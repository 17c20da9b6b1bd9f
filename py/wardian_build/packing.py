"""Payloads as JSON and back: bytes become `{"base64": "…"}`, arrays lists. Runs in CPython and in Pyodide."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from wardian_build.errors import BuildError

__all__ = ["packed", "unpacked"]


def packed(value: Any) -> Any:
    """A payload as JSON.

    >>> packed({"file": b"abc", "size": (1, 2)})
    {'file': {'base64': 'YWJj'}, 'size': [1, 2]}
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {str(key): packed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [packed(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


def unpacked(value: Any) -> Any:
    """The payload that `packed` wrote. Raises BuildError for broken base64.

    >>> unpacked({"file": {"base64": "YWJj"}})
    {'file': b'abc'}
    """
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            try:
                return base64.b64decode(value["base64"], validate=True)
            except (binascii.Error, TypeError) as error:
                raise BuildError(f"a golden holds broken base64: {error}") from None
        return {key: unpacked(item) for key, item in value.items()}
    return [unpacked(item) for item in value] if isinstance(value, list) else value
