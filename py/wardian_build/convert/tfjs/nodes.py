"""The nodes of a TensorFlow.js graph model: names, operators, inputs and attributes, read and checked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardian_build.errors import ConversionError

__all__ = ["Attributes", "Node", "read_nodes", "split_name"]

_MOST_NODES = 200_000
_MOST_INPUTS = 10_000


class Attributes:
    """Attributes by name; a getter names what it expects, so that bad values are errors and not surprises."""

    def __init__(self, path: Path, node: str, table: Mapping[str, Any]) -> None:
        self._path, self._node, self._table = path, node, table

    def type(self, name: str, default: str = "DT_FLOAT") -> str:
        value = self._get(name, "type", default)
        return value if isinstance(value, str) else self._bad(name, "a type")

    def integer(self, name: str, default: int = 0) -> int:
        return self._integer(name, self._get(name, "i", default))

    def number(self, name: str, default: float = 0.0) -> float:
        value = self._get(name, "f", default)
        return float(value) if isinstance(value, (int, float)) else self._bad(name, "a number")

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self._get(name, "b", default))

    def text(self, name: str, default: str = "") -> str:
        value = self._get(name, "s", None)
        return default if value is None else self._text(name, value)

    def integers(self, name: str) -> list[int]:
        return [self._integer(name, value) for value in self._list(name, "i")]

    def texts(self, name: str) -> list[str]:
        return [self._text(name, value) for value in self._list(name, "s")]

    def shape(self, name: str) -> list[int] | None:
        """Lengths, −1 where open; None where even their number is."""
        value = self._get(name, "shape", {"unknownRank": True})
        if not isinstance(value, dict) or value.get("unknownRank"):
            return None
        dims = value.get("dim", [])
        if not isinstance(dims, list) or len(dims) > 8:
            self._bad(name, "a shape of at most 8 lengths")
        return [self._integer(name, dim.get("size", 0) if isinstance(dim, dict) else None) for dim in dims]

    def _get(self, name: str, kind: str, default: Any) -> Any:
        entry = self._table.get(name)
        if entry is None:
            return default
        return entry.get(kind, default) if isinstance(entry, dict) else self._bad(name, f"{{{kind}: …}}")

    def _list(self, name: str, kind: str) -> list[Any]:
        value = self._get(name, "list", {})
        found = value.get(kind, []) if isinstance(value, dict) else None
        return found if isinstance(found, list) else self._bad(name, "a list")

    def _integer(self, name: str, value: Any) -> int:
        # protobuf's JSON writes int64 as text.
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            self._bad(name, "a whole number")
        return number if abs(number) < 1 << 62 else self._bad(name, "a whole number of 62 bits")

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, list):
            # Some converters wrote the bytes as a list of numbers.
            return "".join(chr(byte) for byte in value if isinstance(byte, int) and 0 <= byte < 256)
        try:
            return base64.b64decode(value, validate=True).decode()
        except (TypeError, ValueError, binascii.Error):
            return str(self._bad(name, "text in base64"))

    def _bad(self, name: str, expected: str) -> Any:
        raise ConversionError(
            self._path,
            "has a bad attribute",
            place=f"node {self._node[:100]!r}, {name}",
            expected=expected,
            received=f"{self._table.get(name)!r:.120}",
        )


@dataclass(frozen=True)
class Node:
    """A node; `inputs` are (name of a node, number of its output), control inputs left out."""

    name: str
    op: str
    inputs: tuple[tuple[str, int], ...]
    attributes: Attributes

    @property
    def label(self) -> str:
        """For messages.

        >>> Node("a/b", "Foo", (), Attributes(Path(), "a/b", {})).label
        'node a/b (Foo)'
        """
        return f"node {self.name[:100]} ({self.op[:60]})"


def read_nodes(path: Path, topology: Mapping[str, Any]) -> dict[str, Node]:
    """All nodes by name.

    Raises ConversionError naming the node for inputs that do not exist, names that are there twice, and
    cycles other
    than those of loops (through `NextIteration`).
    """
    rows = topology.get("node")
    if not isinstance(rows, list) or len(rows) > _MOST_NODES:
        raise ConversionError(
            path, "has no list of nodes", expected=f"modelTopology.node, at most {_MOST_NODES:,}"
        )
    found: dict[str, Node] = {}
    for number, row in enumerate(rows):
        node = _node(path, row, number)
        if node.name in found:
            raise ConversionError(path, "has two nodes of one name", place=f"node {node.name[:100]!r}")
        found[node.name] = node
    for node in found.values():
        for name, _ in node.inputs:
            if name not in found:
                raise ConversionError(
                    path, "lacks a node", place=node.label, expected=f"an input {name[:100]!r}"
                )
    _check_cycles(path, found)
    return found


def _node(path: Path, row: Any, number: int) -> Node:
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("name"), str)
        or not isinstance(row.get("op"), str)
    ):
        raise ConversionError(path, "has a bad node", place=f"node {number}", expected="name and op")
    inputs, table = row.get("input", []), row.get("attr", {})
    plain = isinstance(inputs, list) and all(isinstance(name, str) for name in inputs)
    if not plain or len(inputs) > _MOST_INPUTS or not isinstance(table, dict):
        raise ConversionError(
            path, "has a bad node", place=f"node {row['name'][:100]!r}", expected="input and attr"
        )
    data = tuple(split_name(name) for name in inputs if not name.startswith("^"))
    return Node(row["name"], row["op"], data, Attributes(path, row["name"], table))


def split_name(name: str) -> tuple[str, int]:
    """A node and the number of its output.

    >>> split_name("split:1"), split_name("a/b"), split_name("odd:name")
    (('split', 1), ('a/b', 0), ('odd:name', 0))
    """
    head, colon, tail = name.rpartition(":")
    return (head, int(tail)) if colon and tail.isdigit() and len(tail) < 6 else (name, 0)


def _check_cycles(path: Path, nodes: Mapping[str, Node]) -> None:
    """Depth first without recursion: a graph may be deeper than Python's stack."""
    done: set[str] = set()
    for start in nodes:
        if start in done:
            continue
        open_nodes: dict[str, Iterator[tuple[str, int]]] = {start: _followed(nodes[start])}
        while open_nodes:
            name = next(reversed(open_nodes))
            following = next((n for n, _ in open_nodes[name] if n not in done), None)
            if following is None:
                del open_nodes[name]
                done.add(name)
            elif following in open_nodes:
                raise ConversionError(path, "has a cycle", place=nodes[following].label)
            else:
                open_nodes[following] = _followed(nodes[following])


def _followed(node: Node) -> Iterator[tuple[str, int]]:
    return iter(() if node.op == "NextIteration" else node.inputs)
