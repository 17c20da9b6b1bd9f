"""Writes the head of GGUF files for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

__all__ = ["gguf_bytes"]


def gguf_bytes(metadata: Mapping[str, Any], version: int = 3) -> bytes:
    """A GGUF file without tensors: little-endian, int32, float32, bool, strings, and lists of one kind."""
    parts = [b"GGUF", struct.pack("<IQQ", version, 0, len(metadata))]
    for name, value in metadata.items():
        parts += [_string(name), struct.pack("<I", _kind(value)), _value(value)]
    return b"".join(parts)


def _string(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<Q", len(content)) + content


def _kind(value: Any) -> int:
    return {bool: 7, int: 5, float: 6, str: 8, list: 9}[type(value)]


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        kind = _kind(value[0]) if value else 8
        return struct.pack("<IQ", kind, len(value)) + b"".join(map(_value, value))
    return struct.pack("<" + {bool: "?", int: "i", float: "f"}[type(value)], value)
