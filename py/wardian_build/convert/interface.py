"""Names, types and dimensions of a model's inputs and outputs: read, named by the user, or as is usual.

The usual names of dimensions are those that transformers.js and the files of its hub have: `batch_size`, and
`sequence_length` for texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from onnx import TensorProto

from wardian.types import TensorSpec
from wardian_build.convert.read.onnx_file import graphs_of
from wardian_build.errors import ConversionError

__all__ = ["apply_names", "parse_input", "parse_output", "specs_of"]

_TYPES = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64", TensorProto.FLOAT16: "float16",
    TensorProto.INT8: "int8", TensorProto.INT16: "int16", TensorProto.INT32: "int32",
    TensorProto.INT64: "int64", TensorProto.UINT8: "uint8", TensorProto.UINT16: "uint16",
    TensorProto.UINT32: "uint32", TensorProto.UINT64: "uint64", TensorProto.BOOL: "bool",
    TensorProto.STRING: "string",
}  # fmt: skip

#: Inputs whose second dimension is the number of tokens.
_TEXT_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "decoder_input_ids")


def parse_input(text: str) -> tuple[str, TensorSpec]:
    """`--input`: `NAME:DTYPE:DIMS`, or `SOURCE=NAME:DTYPE:DIMS` where it is to get another name.

    >>> parse_input("x:0=pixel_values:float32:batch_size,3,224,224")[1].describe()
    'pixel_values: float32 (batch_size, 3, 224, 224)'
    >>> parse_input("ids:int64:")
    ('ids', TensorSpec(name='ids', dtype='int64', dims=()))

    Raises ConversionError.
    """
    parts = text.rsplit(":", 2)
    if len(parts) != 3 or parts[1] not in _TYPES.values():
        raise ConversionError(
            f"--input {text}",
            "is not understood",
            expected="[SOURCE=]NAME:DTYPE:DIMS, such as input_ids:int64:batch_size,sequence_length",
            hint="DTYPE is one of " + ", ".join(_TYPES.values()),
        )
    source, name = _renaming(parts[0])
    dims = [dim.strip() for dim in parts[2].split(",") if dim.strip()]
    for dim in dims:
        if not dim.isdigit() and not dim.isidentifier():
            raise ConversionError(
                f"--input {text}", "is not understood", place=dim, expected="a length, or the name of one"
            )
    lengths = tuple(int(dim) if dim.isdigit() else dim for dim in dims)
    return source, TensorSpec(name, parts[1], lengths)


def parse_output(text: str) -> tuple[str, str]:
    """`--output SOURCE=NAME`.

    >>> parse_output("Identity:0=logits")
    ('Identity:0', 'logits')
    """
    if "=" not in text:
        raise ConversionError(f"--output {text}", "is not understood", expected="SOURCE=NAME")
    return _renaming(text)


def _renaming(text: str) -> tuple[str, str]:
    source, found, name = text.partition("=")
    return (source, name) if found else (text, text)


def specs_of(values: Iterable[Any]) -> tuple[TensorSpec, ...]:
    """ONNX's ValueInfoProtos as TensorSpecs; a dimension without a length and name is ""."""
    return tuple(TensorSpec(value.name, _dtype(value), _dims(value)) for value in values)


def apply_names(
    path: Path,
    model: Any,
    inputs: Sequence[tuple[str, TensorSpec]] = (),
    outputs: Sequence[tuple[str, str]] = (),
) -> bool:
    """Give tensors and dimensions of a ModelProto the wanted names, then the usual ones; whether any changed.

    Raises ConversionError for a name that the model has not, another dtype, rank or fixed length.
    """
    before = _ends(model.graph)
    dims: dict[str, str | int] = {}
    names: dict[str, str] = {}
    real = _real_inputs(model.graph)
    for source, spec in inputs:
        _take(path, source, spec, real, dims)
        names[source] = spec.name
    ends = {value.name: value for value in model.graph.output}
    for source, name in outputs:
        if source not in ends:
            raise _no_such(path, "output", source, ends)
        names[source] = name
    _usual_dims(real.values(), dims, {names.get(name, name) for name in real})
    _rename_dims(model.graph, dims)
    _name_first(real.values(), model.graph.output)
    _rename_tensors(path, model.graph, {old: new for old, new in names.items() if old != new})
    return before != _ends(model.graph)


def _ends(graph: Any) -> list[bytes]:
    """What differs when a name was changed: inside, only tensors at the ends are ever renamed."""
    return [bytes(value.SerializeToString()) for value in (*graph.input, *graph.output)]


def _real_inputs(graph: Any) -> dict[str, Any]:
    """Inputs that are no weights (old files list those, too)."""
    weights = {tensor.name for tensor in graph.initializer}
    return {value.name: value for value in graph.input if value.name not in weights}


def _take(
    path: Path, source: str, spec: TensorSpec, real: Mapping[str, Any], dims: dict[str, str | int]
) -> None:
    """Note what the dimensions of an input are to be called, or how long they are to be."""
    if source not in real:
        raise _no_such(path, "input", source, real)
    value = real[source]
    found = TensorSpec(source, _dtype(value), _dims(value))
    fits = found.dtype == spec.dtype and len(found.dims) == len(spec.dims)
    fits = fits and all(
        isinstance(old, str) or old == new for old, new in zip(found.dims, spec.dims, strict=True)
    )
    if not fits:
        raise ConversionError(
            path,
            "has another input than --input says",
            place=source,
            expected=spec.describe(),
            received=found.describe(),
            hint="The type and lengths that a model fixes cannot be changed; symbolic ones can.",
        )
    for place, (old, new) in enumerate(zip(found.dims, spec.dims, strict=True)):
        if isinstance(old, str) and old and dims.setdefault(old, new) != new:
            raise ConversionError(
                path, "would have two names for one dimension", place=old, received=f"{dims[old]} and {new}"
            )
        if old == "":
            _set(value.type.tensor_type.shape.dim[place], new)


def _usual_dims(values: Iterable[Any], dims: dict[str, str | int], names: set[str]) -> None:
    """batch_size and sequence_length, where the user says nothing and a text model calls them otherwise."""
    if "input_ids" not in names:
        return
    for value in values:
        found = _dims(value)
        if value.name not in _TEXT_INPUTS or len(found) != 2:
            continue
        for old, usual in zip(found, ("batch_size", "sequence_length"), strict=True):
            if isinstance(old, str) and old and usual not in dims.values():
                dims.setdefault(old, usual)


def _rename_dims(graph: Any, dims: Mapping[str, str | int]) -> None:
    for one in graphs_of(graph):
        for value in (*one.input, *one.output, *one.value_info):
            if value.type.HasField("tensor_type") and value.type.tensor_type.HasField("shape"):
                for dim in value.type.tensor_type.shape.dim:
                    if dim.dim_param in dims:
                        _set(dim, dims[dim.dim_param])


def _name_first(inputs: Iterable[Any], outputs: Iterable[Any]) -> None:
    """Dimensions without a name: the first is the batch, the second of a text's inputs its length."""
    for value in inputs:
        if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
            continue
        text = value.name in _TEXT_INPUTS and len(_dims(value)) == 2
        usual = ("batch_size", "sequence_length") if text else ("batch_size",)
        for dim, name in zip(value.type.tensor_type.shape.dim, usual, strict=False):
            if not dim.dim_param and not dim.HasField("dim_value"):
                dim.dim_param = name
    for value in outputs:
        shape = value.type.tensor_type.shape
        if len(shape.dim) and not shape.dim[0].dim_param and not shape.dim[0].HasField("dim_value"):
            shape.dim[0].dim_param = "batch_size"


def _rename_tensors(path: Path, graph: Any, names: Mapping[str, str]) -> None:
    if not names:
        return
    taken = {name for one in graphs_of(graph) for node in one.node for name in (*node.input, *node.output)}
    for old, new in names.items():
        if new in taken and new not in names:
            raise ConversionError(path, "has a tensor of that name already", place=old, received=repr(new))
    for one in graphs_of(graph):
        for value in (*one.input, *one.output, *one.value_info):
            value.name = names.get(value.name, value.name)
        for node in one.node:
            for side in (node.input, node.output):
                side[:] = [names.get(name, name) for name in side]


def _set(dim: Any, new: str | int) -> None:
    if isinstance(new, int):
        dim.dim_value = new
    else:
        dim.dim_param = new


def _dtype(value: Any) -> str:
    kind = value.type.tensor_type.elem_type
    return _TYPES.get(kind, f"type {kind}" if value.type.HasField("tensor_type") else "no tensor")


def _dims(value: Any) -> tuple[int | str, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(dim.dim_value if dim.HasField("dim_value") else dim.dim_param for dim in dims)


def _no_such(path: Path, side: str, name: str, known: Iterable[str]) -> ConversionError:
    return ConversionError(
        path, f"has no such {side}", expected="one of " + ", ".join(known), received=repr(name)
    )
