"""What a WebAssembly module imports and exports: a reader of just these sections.

Source: WebAssembly Core Specification 2.0, chapter 5.5; tool conventions, "Dynamic Linking".
"""

from __future__ import annotations

from dataclasses import dataclass

from wardian_build.errors import BuildError

__all__ = ["Import", "missing_symbols", "read_exports", "read_imports"]

_IMPORTS, _EXPORTS = 2, 7
_FUNCTION, _TABLE, _MEMORY, _GLOBAL, _TAG = range(5)

#: What the dynamic linker itself gives to every module.
_LINKER = {"memory", "__indirect_function_table", "__memory_base", "__table_base", "__stack_pointer"}


@dataclass(frozen=True)
class Import:
    """`module` is "env" for functions and the linker's own things, "GOT.func" or "GOT.mem" for addresses."""

    module: str
    name: str


def missing_symbols(module: bytes, main: bytes) -> list[str]:
    """What a dynamic library imports that neither the main module nor the library itself exports.

    Raises BuildError when one of the two is no WebAssembly module.
    """
    known = set(read_exports(main)) | set(read_exports(module)) | _LINKER
    return sorted({item.name for item in read_imports(module)} - known)


def read_imports(module: bytes) -> list[Import]:
    """The imports in order. Raises BuildError when this is no WebAssembly module."""
    reader = _Reader(module)
    return [reader.import_() for _ in range(reader.enter(_IMPORTS))]


def read_exports(module: bytes) -> list[str]:
    """The names of the exports in order. Raises BuildError when this is no WebAssembly module."""
    reader = _Reader(module)
    return [reader.export() for _ in range(reader.enter(_EXPORTS))]


class _Reader:
    def __init__(self, module: bytes) -> None:
        if module[:8] != b"\0asm\1\0\0\0":
            raise BuildError("this is not a WebAssembly module of version 1")
        self._module = module
        self._at = 8

    def enter(self, wanted: int) -> int:
        """Go to the content of a section; the number of its items, 0 when there is none."""
        while self._at < len(self._module):
            kind = self._byte()
            size = self._number()
            if kind == wanted:
                return self._number()
            self._at += size
        return 0

    def import_(self) -> Import:
        item = Import(self._name(), self._name())
        kind = self._byte()
        if kind == _FUNCTION:
            self._number()
        elif kind == _TABLE:
            self._at += 1
            self._limits()
        elif kind == _MEMORY:
            self._limits()
        elif kind in (_GLOBAL, _TAG):
            self._at += 1
            self._number()
        else:
            raise BuildError(f"the import {item.name!r} is of an unknown kind {kind}")
        return item

    def export(self) -> str:
        name = self._name()
        self._at += 1
        self._number()
        return name

    def _limits(self) -> None:
        flags = self._byte()
        self._number()
        if flags & 1:
            self._number()

    def _byte(self) -> int:
        self._at += 1
        try:
            return self._module[self._at - 1]
        except IndexError:
            raise BuildError("a WebAssembly module ends too early") from None

    def _number(self) -> int:
        """An unsigned number in LEB128."""
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def _name(self) -> str:
        size = self._number()
        self._at += size
        return self._module[self._at - size : self._at].decode()
