"""Writes GGUF files for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["gguf_bytes"]


#: Name, dimensions with the fastest first, number of the type, content.
Tensor = tuple[str, Sequence[int], int, bytes]
ALIGNMENT = 32


def gguf_bytes(metadata: Mapping[str, Any], version: int = 3, tensors: Sequence[Tensor] = ()) -> bytes:
    """A GGUF file: little-endian; metadata of int32, float32, bool, strings, and lists of one kind."""
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(metadata))]
    for name, value in metadata.items():
        parts += [_string(name), struct.pack("<I", _kind(value)), _value(value)]
    offset = 0
    for name, dims, kind, content in tensors:
        parts += [_string(name), struct.pack(f"<I{len(dims)}Q", len(dims), *dims)]
        parts.append(struct.pack("<IQ", kind, offset))
        offset += len(_padded(content))
    if not tensors:
        return b"".join(parts)
    return _padded(b"".join(parts)) + b"".join(_padded(content) for *_, content in tensors)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % ALIGNMENT)


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
