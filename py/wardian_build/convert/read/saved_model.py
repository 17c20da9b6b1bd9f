"""Read `saved_model.pb` of a TensorFlow SavedModel without TensorFlow: signatures, and what reaches outside.

Protobuf's own parser reads it, by the few fields that are needed; weights of the graph are skipped as bytes.
Nothing is run. Whoever runs the model afterwards runs a program: TensorFlow's operators read and write files,
call Python and other machines. Those are found here by name, before TensorFlow sees the folder.

Source: `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`, `saved_object_graph.proto`
and `types.proto` of tensorflow/tensorflow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from wardian.types import TensorSpec
from wardian_build.errors import ConversionError

__all__ = ["FILE", "SavedModel", "Signature", "read_saved_model"]

FILE = "saved_model.pb"
_LARGEST = 2**31 - 1
"""Bytes; protobuf ends there."""

#: message → field → (number, type); `*`: repeated. Maps are repeated entries of key and value.
_FIELDS: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "File": {"graphs": (2, "*MetaGraph")},
    "MetaGraph": {
        "info": (1, "Info"),
        "graph": (2, "Graph"),
        "signatures": (5, "*SignatureEntry"),
        "objects": (7, "Objects"),
    },
    "Info": {"tags": (4, "*string"), "version": (5, "string")},
    "Graph": {"nodes": (1, "*Node"), "library": (2, "Library")},
    "Library": {"functions": (1, "*Function")},
    "Function": {"signature": (1, "Named"), "nodes": (3, "*Node")},
    "Named": {"name": (1, "string")},
    "Node": {"name": (1, "string"), "op": (2, "string")},
    "SignatureEntry": {"key": (1, "string"), "value": (2, "SignatureDef")},
    "SignatureDef": {"inputs": (1, "*TensorEntry"), "outputs": (2, "*TensorEntry")},
    "TensorEntry": {"key": (1, "string"), "value": (2, "Tensor")},
    "Tensor": {"name": (1, "string"), "dtype": (2, "int64"), "shape": (3, "Shape")},
    "Shape": {"dims": (2, "*Dim"), "unknown": (3, "bool")},
    "Dim": {"size": (1, "int64")},
    "Objects": {"functions": (2, "*FunctionEntry")},
    "FunctionEntry": {"key": (1, "string")},
}

_TYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 9: "int64",
    10: "bool", 17: "uint16", 19: "float16", 22: "uint32", 23: "uint64",
}  # fmt: skip

#: What goes beyond the numbers that the graph is given: files, Python, other processes and machines.
_OUTSIDE = re.compile(
    r"""(Eager)?PyFunc(Stateless)? | ReadFile | WriteFile | MatchingFiles | FileSystem\w* | ImmutableConst
    | \w*(Reader|ReaderV2) | Reader\w+ | \w*Dataset\w* | \w*Iterator\w* | InitializeTableFromTextFile\w*
    | LoadAndRemapMatrix | PrintV2 | Debug\w+ | DumpTensor | Rpc\w+ | RemoteCall | _?(Host)?(Send|Recv)
    | Collective\w+ | \w*SummaryWriter | \w*Summary(File|Db)Writer | Write\w*Summary | ImportEvent
    | WorkerHeartbeat | RecordInput | DistributedSave | CalibrationStatisticsSaver""",
    re.VERBOSE,
)
#: What every SavedModel has for its own variables, in functions that nobody who loads it calls.
_SAVING = re.compile(r"(Save|Restore)(V2|Slices?)?|MergeV2Checkpoints|\w+RestoreV2")


@dataclass(frozen=True)
class Signature:
    """What can be asked: inputs by name (dimensions that are open are ""), and the outputs' types."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: Mapping[str, str]
    #: Inputs of which not even the number of dimensions is said.
    shapeless: tuple[str, ...]


@dataclass(frozen=True)
class SavedModel:
    """The graph of a SavedModel that is tagged `serve`: the TensorFlow that wrote it, and its signatures.

    `outside` are operators that reach outside of the graph, with their nodes and functions.
    """

    version: str
    signatures: Mapping[str, Signature]
    outside: tuple[str, ...]


def read_saved_model(path: Path) -> SavedModel:
    """What `saved_model.pb` says of the graph that is meant to be asked.

    Raises ConversionError when it is cut off, has no such graph or no signature, or a file of its variables
    is not beside it.
    """
    graph = _graph(path, _parsed(path))
    # Those that begin so are TensorFlow's own, such as __saved_model_init_op.
    signatures = {entry.key: _signature(entry) for entry in graph.signatures if not entry.key.startswith("_")}
    if not signatures:
        raise ConversionError(
            path,
            "has no signature",
            expected="at least one, such as serving_default",
            hint="Save it with `model.export(folder)` (Keras), or "
            "`tf.saved_model.save(model, folder, signatures={'serving_default': function})`.",
        )
    if any(node.op in ("VarHandleOp", "VariableV2") for _, node in _nodes(graph)):
        _require_variables(path.parent)
    return SavedModel(graph.info.version, dict(sorted(signatures.items())), _outside(graph))


@cache
def _file_class() -> Any:
    """The class of the message `File`, made of _FIELDS."""
    proto = descriptor_pb2.FileDescriptorProto(name="saved_model", package="saved_model", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    scalars = {"string": kinds.TYPE_STRING, "int64": kinds.TYPE_INT64, "bool": kinds.TYPE_BOOL}
    for message, fields in _FIELDS.items():
        made = proto.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            field = made.field.add(name=name, number=number)
            field.label = kinds.LABEL_REPEATED if kind.startswith("*") else kinds.LABEL_OPTIONAL
            kind = kind.removeprefix("*")
            field.type = scalars.get(kind, kinds.TYPE_MESSAGE)
            if kind not in scalars:
                field.type_name = f".saved_model.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("saved_model.File"))


def _parsed(path: Path) -> Any:
    size = path.stat().st_size
    if size > _LARGEST:
        raise ConversionError(
            path, "is too large for protobuf", expected=f"at most {_LARGEST:,} bytes", received=f"{size:,}"
        )
    try:
        return _file_class().FromString(path.read_bytes())
    except DecodeError as error:
        raise ConversionError(
            path, "is cut off or no SavedModel", received=f"{size:,} bytes: {error}"
        ) from None


def _graph(path: Path, file: Any) -> Any:
    """The graph to be asked; others are for training, or for other devices."""
    graphs = list(file.graphs)
    if not graphs:
        raise ConversionError(path, "is cut off or no SavedModel", expected="a graph", received="none")
    found = [one for one in graphs if list(one.info.tags) == ["serve"]]
    if not found:
        tags = "; ".join(", ".join(one.info.tags) or "no tag" for one in graphs[:8])
        raise ConversionError(path, "has no graph to be asked", expected="one tagged serve", received=tags)
    return found[0]


def _signature(entry: Any) -> Signature:
    inputs = sorted(entry.value.inputs, key=lambda one: str(one.key))
    return Signature(
        entry.key,
        tuple(TensorSpec(one.key, _type(one.value), _dims(one.value)) for one in inputs),
        {one.key: _type(one.value) for one in sorted(entry.value.outputs, key=lambda one: str(one.key))},
        tuple(one.key for one in inputs if not one.value.HasField("shape") or one.value.shape.unknown),
    )


def _type(tensor: Any) -> str:
    return _TYPES.get(tensor.dtype, f"TensorFlow's type {tensor.dtype}")


def _dims(tensor: Any) -> tuple[int | str, ...]:
    return tuple(int(dim.size) if dim.size >= 0 else "" for dim in tensor.shape.dims)


def _nodes(graph: Any) -> Iterator[tuple[str, Any]]:
    """All nodes, each with the name of the function that it is in; "" in the graph itself."""
    for node in graph.graph.nodes:
        yield "", node
    for function in graph.graph.library.functions:
        for node in function.nodes:
            yield function.signature.name, node


def _outside(graph: Any) -> tuple[str, ...]:
    """Operators that reach outside, wherever they are; those that save where they can be called."""
    called = {entry.key for entry in graph.objects.functions}
    found = []
    for function, node in _nodes(graph):
        if _OUTSIDE.fullmatch(node.op) or (function in called and _SAVING.fullmatch(node.op)):
            inside = f" in {function}" if function else ""
            found.append(f"operator {node.op[:80]} of node {node.name[:80]}{inside[:80]}")
    return tuple(found)


def _require_variables(folder: Path) -> None:
    """The index of the variables, and every file of values that the names of those that are there tell of."""
    index = folder / "variables" / "variables.index"
    if not index.is_file():
        raise ConversionError(
            folder / FILE, "lacks its variables", expected="variables/variables.index beside it"
        )
    names = [one.name for one in index.parent.glob("variables.data-*-of-*")]
    counts = {int(name.rpartition("-")[2]) for name in names if name.rpartition("-")[2].isdigit()}
    count = max(counts, default=1)
    wanted = [f"variables.data-{n:05}-of-{count:05}" for n in range(min(count, 10_000))]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ConversionError(
            folder / FILE,
            "lacks a file of its variables",
            expected=", ".join(f"variables/{name}" for name in missing[:4]),
            received=", ".join(sorted(names)[:4]) or "none",
        )
