"""Read MessagePack as spaCy's packages have it: values, and arrays in the form of msgpack-numpy.

An array is a map `{"nd": True, "type": "<f4", "shape": [...], "data": ...}`; its keys are of type `bin`.

Source: the specification of MessagePack; `srsly/msgpack/_msgpack_numpy.py` of srsly 2.5.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from wardian_build.errors import ConversionError

__all__ = ["unpack"]

#: First byte -> (struct format, what it is). Lengths of texts, bytes, lists and maps are read the same way.
_FIXED = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_SIZED = {
    0xC4: (">B", "bytes"), 0xC5: (">H", "bytes"), 0xC6: (">I", "bytes"),
    0xD9: (">B", "text"), 0xDA: (">H", "text"), 0xDB: (">I", "text"),
    0xDC: (">H", "list"), 0xDD: (">I", "list"), 0xDE: (">H", "map"), 0xDF: (">I", "map"),
}  # fmt: skip
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def unpack(content: bytes, name: str = "MessagePack") -> Any:
    """The value that the bytes are, arrays as NumPy's; `name` is for errors.

    >>> unpack(bytes([0x82, 0xA1, 0x61, 0x01, 0xA1, 0x62, 0x93, 0xC0, 0xC3, 0xFF]))
    {'a': 1, 'b': [None, True, -1]}

    Raises ConversionError for what is cut off, goes on behind its end, or has extension types.
    """
    reader = _Reader(content)
    try:
        value = reader.value()
    except (struct.error, IndexError, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
        raise ConversionError(name, f"is no whole MessagePack value: {error}") from error
    if reader.place != len(content):
        raise ConversionError(name, f"goes on for {len(content) - reader.place:,} bytes behind its value")
    return value


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 0
        self._read: dict[str, Callable[[int], Any]] = {
            "bytes": self._bytes, "text": self._text, "list": self._list, "map": self._map,
        }  # fmt: skip

    def value(self) -> Any:
        first = self._number(">B")
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0xC0:
            kind, mask = ("map", 0x0F) if first < 0x90 else ("list", 0x0F) if first < 0xA0 else ("text", 0x1F)
            return self._read[kind](first & mask)
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _FIXED:
            return self._number(_FIXED[first])
        if first in _SIZED:
            form, kind = _SIZED[first]
            return self._read[kind](self._number(form))
        raise ValueError(f"byte 0x{first:02x} at {self.place - 1:,} begins an extension type")

    def _number(self, form: str) -> Any:
        found = struct.unpack_from(form, self.content, self.place)[0]
        self.place += struct.calcsize(form)
        return found

    def _bytes(self, length: int) -> bytes:
        end = self.place + length
        if end > len(self.content):
            raise ValueError(f"{length:,} bytes at {self.place:,} are not there")
        found = self.content[self.place : end]
        self.place = end
        return found

    def _text(self, length: int) -> str:
        return self._bytes(length).decode("utf-8")

    def _list(self, length: int) -> list[Any]:
        return [self.value() for _ in range(length)]

    def _map(self, length: int) -> Any:
        found = {}
        for _ in range(length):
            key = self.value()
            found[key] = self.value()
        if b"nd" not in found:
            return found
        shape = [int(side) for side in found[b"shape"]]
        form = found[b"type"].decode() if isinstance(found[b"type"], bytes) else found[b"type"]
        return np.frombuffer(found[b"data"], np.dtype(form)).reshape(shape)
