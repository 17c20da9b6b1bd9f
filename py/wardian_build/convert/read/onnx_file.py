"""Open an ONNX file that nobody vouches for: what is broken in it is said with its place, nothing is run.

Checked are size, protobuf, number of nodes, names (every input of a node is made by something, nothing twice,
no cycle), sizes of weights, and that external data lies beside the file and is long enough. Operators are
compared with those that onnxruntime has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, helper
from onnx.external_data_helper import uses_external_data

from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["MOST_NODES", "external_files", "graphs_of", "open_onnx"]

MOST_NODES = 200_000
"""Nodes, those of inner graphs included. A decoder of 70 layers exported operator by operator has 20,000;
onnxruntime-web takes minutes and gigabytes for more than this."""

_LARGEST_FILE = 2**31 - 1
"""Bytes; protobuf ends there. Larger models keep their weights in external data."""

_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")

#: Bits per element where it is no whole number of bytes.
_SMALL = {
    TensorProto.INT4: 4,
    TensorProto.UINT4: 4,
    TensorProto.FLOAT4E2M1: 4,
}


def open_onnx(path: Path) -> Any:
    """The ModelProto of a file, weights of external data left where they are.

    Raises ConversionError naming file and place for what is broken, UnsupportedError listing every operator
    that onnxruntime does not have, with its node.
    """
    model = _parse(path)
    count = sum(len(graph.node) for graph in graphs_of(model.graph))
    count += sum(len(function.node) for function in model.functions)
    if count > MOST_NODES:
        raise ConversionError(
            path, "has too many nodes", expected=f"at most {MOST_NODES:,}", received=f"{count:,}"
        )
    _check_names(path, model.graph, frozenset())
    for graph in graphs_of(model.graph):
        for tensor in graph.initializer:
            _check_tensor(path, tensor)
    external_files(path, model)
    _check_operators(path, model)
    return model


def graphs_of(graph: Any) -> Iterator[Any]:
    """A graph and all graphs inside its nodes (If, Loop, Scan)."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from graphs_of(inner)


def external_files(path: Path, model: Any) -> list[Path]:
    """The files beside `path` that hold weights.

    Raises ConversionError when one lies elsewhere, does not exist, or is too short for a tensor.
    """
    found: dict[str, Path] = {}
    for tensor in _tensors(model.graph):
        if not uses_external_data(tensor):
            continue
        facts = {entry.key: entry.value for entry in tensor.external_data}
        location = str(facts.get("location", ""))
        file = found.setdefault(location, _beside(path, tensor.name, location))
        offset, given = (_number(path, tensor, facts.get(key)) for key in ("offset", "length"))
        wanted = _bytes(tensor)
        length = given if given is not None else wanted or 0
        offset = offset or 0
        size = file.stat().st_size
        if offset + length > size:
            raise ConversionError(
                path,
                "has weights past the end of their file",
                place=f"tensor {tensor.name} in {location}",
                expected=f"at most {size:,} bytes",
                received=f"{length:,} bytes from {offset:,} on",
            )
        if wanted is not None and wanted != length:
            raise _size_error(path, tensor, f"{length:,} bytes")
    return list(found.values())


def _number(path: Path, tensor: Any, text: str | None) -> int | None:
    """An offset or a length of external data."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise ConversionError(
            path,
            "has a broken description of external data",
            place=f"tensor {tensor.name}",
            expected="numbers of bytes from 0 on",
            received=repr(text[:40]),
        )
    return int(text)


def _parse(path: Path) -> Any:
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise ConversionError(
            path,
            "is too large for protobuf",
            expected=f"at most {_LARGEST_FILE:,} bytes",
            received=f"{size:,}",
            hint="Save it with its weights as external data.",
        )
    try:
        model = onnx.ModelProto.FromString(path.read_bytes())
    except DecodeError as error:
        raise ConversionError(
            path, "is cut off or no ONNX file", received=f"{size:,} bytes: {error}"
        ) from None
    if not model.HasField("graph") or not model.graph.output:
        raise ConversionError(
            path, "is cut off or no ONNX file", expected="a graph with outputs", received="none"
        )
    return model


def _beside(path: Path, tensor: str, location: str) -> Path:
    """A file in the folder of `path` or below it, never elsewhere, whatever a link says."""
    parts = (*PurePosixPath(location).parts, *PureWindowsPath(location).parts)
    absolute = PurePosixPath(location).is_absolute() or PureWindowsPath(location).is_absolute()
    place = f"external data of tensor {tensor}"
    if not location or absolute or ".." in parts or "\0" in location:
        raise ConversionError(
            path, "leads out of its folder", place=place, expected="a file beside it", received=repr(location)
        )
    file = path.parent / location
    # In Hugging Face's cache both are links into one folder of blobs.
    inside = file.resolve().is_relative_to(path.parent.resolve())
    if not inside and file.resolve().parent != path.resolve().parent:
        raise ConversionError(
            path, "leads out of its folder", place=place, received=f"{location!r}, a link to elsewhere"
        )
    if not file.is_file():
        raise ConversionError(path, "lacks a file of its weights", place=place, expected=str(file))
    return file


def _check_names(path: Path, graph: Any, outer: frozenset[str]) -> None:
    """Every name that is read is made by something; nothing is made twice or by way of itself."""
    given = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    given |= {tensor.values.name for tensor in graph.sparse_initializer}
    maker: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for name in filter(None, node.output):
            if name in maker or name in given:
                raise ConversionError(
                    path, "makes a tensor twice", place=_place(node, index), received=repr(name)
                )
            maker[name] = index
    known = outer | given | set(maker)
    for index, node in enumerate(graph.node):
        for name in filter(None, node.input):
            if name not in known:
                raise ConversionError(
                    path, "reads a tensor that nothing makes", place=_place(node, index), received=repr(name)
                )
    for value in graph.output:
        if value.name not in known:
            raise ConversionError(path, "has an output that nothing makes", received=repr(value.name))
    _check_cycles(path, graph, maker)
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                _check_names(path, inner, known)


def _check_cycles(path: Path, graph: Any, maker: dict[str, int]) -> None:
    """Kahn's algorithm: nodes all of whose inputs are there, one after the other; what is left is a cycle."""
    waits = [len({maker[name] for name in node.input if name in maker}) for node in graph.node]
    readers: dict[int, list[int]] = {}
    for index, node in enumerate(graph.node):
        for source in {maker[name] for name in node.input if name in maker}:
            readers.setdefault(source, []).append(index)
    ready = [index for index, count in enumerate(waits) if count == 0]
    done = 0
    while ready:
        index = ready.pop()
        done += 1
        for reader in readers.get(index, ()):
            waits[reader] -= 1
            if waits[reader] == 0:
                ready.append(reader)
    if done < len(graph.node):
        left = [index for index, count in enumerate(waits) if count > 0]
        nodes = ", ".join(_place(graph.node[index], index) for index in left[:4])
        raise ConversionError(
            path, "has a cycle", place=nodes + (" …" if len(left) > 4 else ""), expected="a graph without"
        )


def _check_tensor(path: Path, tensor: Any) -> None:
    """The data of a weight has the size that its shape and type say."""
    if any(length < 0 for length in tensor.dims):
        raise _size_error(path, tensor, "a negative length")
    if uses_external_data(tensor) or tensor.data_type == TensorProto.STRING:
        return
    wanted = _bytes(tensor)
    if wanted is None:
        raise ConversionError(
            path, "has a weight of unknown type", place=tensor.name, received=f"data type {tensor.data_type}"
        )
    if tensor.HasField("raw_data"):
        if len(tensor.raw_data) != wanted:
            raise _size_error(path, tensor, f"{len(tensor.raw_data):,} bytes")
        return
    lists = (tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data, tensor.uint64_data)
    if wanted and not any(len(values) for values in lists):
        raise _size_error(path, tensor, "no data")


def _size_error(path: Path, tensor: Any, received: str) -> ConversionError:
    shape = ", ".join(map(str, tensor.dims))
    wanted = _bytes(tensor)
    return ConversionError(
        path,
        "has a weight whose data does not fit its shape",
        place=f"tensor {tensor.name}, shape ({shape})",
        expected=f"{wanted:,} bytes" if wanted is not None else "lengths from 0 on",
        received=received,
    )


def _bytes(tensor: Any) -> int | None:
    """How many bytes the data of a tensor has; None for a type that is not known."""
    count = int(math.prod(tensor.dims))
    if tensor.data_type in _SMALL:
        return (count * _SMALL[tensor.data_type] + 7) // 8
    try:
        return int(count * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    except (KeyError, ValueError, TypeError):
        return None


def _check_operators(path: Path, model: Any) -> None:
    known = _operators()
    own = {(function.domain, function.name) for function in model.functions}
    unknown: list[tuple[str, str]] = []
    for graph in graphs_of(model.graph):
        for index, node in enumerate(graph.node):
            domain = "" if node.domain == "ai.onnx" else node.domain
            if (domain, node.op_type) in own or (domain, node.op_type) in known:
                continue
            remedy = (
                f"no engine here has operators of {domain!r}; export it as standard operators, or as an ONNX "
                "function"
                if domain not in _DOMAINS
                else "onnxruntime has no such operator; export the model with standard ones"
            )
            name = f"{domain}::{node.op_type}" if domain else node.op_type
            unknown.append((f"operator {name} of {_place(node, index)}", remedy))
    if unknown:
        raise UnsupportedError(path, unknown)


@cache
def _operators() -> frozenset[tuple[str, str]]:
    """(domain, operator) of all that onnxruntime runs."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return frozenset((schema.domain, schema.name) for schema in state.get_all_operator_schema())


def _tensors(graph: Any) -> Iterator[Any]:
    """Initializers and the tensors in attributes, those of inner graphs too."""
    for one in graphs_of(graph):
        yield from one.initializer
        for node in one.node:
            for attribute in node.attribute:
                yield from (*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors)


def _place(node: Any, index: int) -> str:
    return f"node {node.name or f'number {index}'} ({node.op_type})"
