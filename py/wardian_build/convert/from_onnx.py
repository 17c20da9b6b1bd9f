"""An ONNX file, or a Hugging Face folder with ONNX files, to a model folder: checked and named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onnx import TensorProto

from wardian_build.convert.architectures import head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.check import run_onnx
from wardian_build.convert.conversion import Content, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.generation_inputs import DECODER, decoder_reference
from wardian_build.convert.inputs import load_reference, make_inputs
from wardian_build.convert.interface import specs_of
from wardian_build.convert.onnx_folder import (
    ITSELF,
    answered,
    convert_parts,
    files_by_dtype,
    has_parts,
    opened_model,
)
from wardian_build.convert.read.onnx_file import external_files, graphs_of, open_onnx
from wardian_build.convert.sources import Source

__all__ = ["convert"]

_OTHER_INPUTS = (
    "--input NAME:DTYPE:DIMS fixes lengths, --reference FILE.npz gives recorded inputs and outputs."
)


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of ONNX files; fp32 comes first where there is one.

    Raises ConversionError or UnsupportedError naming file and place.
    """
    if has_parts(source):
        return convert_parts(source, options)
    models = _models(source, options)
    files: dict[str, Content] = small_files(source.folder)
    dtypes: dict[str, str] = {}
    story: list[str] = []
    opened: dict[str, Any] = {}
    for dtype, path in models.items():
        opened[dtype], content, change = opened_model(path, options)
        dtypes[dtype] = onnx_path(dtype)
        files[dtypes[dtype]] = content
        for beside in external_files(path, opened[dtype]):
            files[f"onnx/{beside.relative_to(path.parent).as_posix()}"] = beside
        story.append(f"`{dtypes[dtype]}` is `{path.name}`, {change}.")
    first = next(iter(models))
    graph = opened[first].graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = specs_of(value for value in graph.input if value.name not in weights)
    outputs = specs_of(graph.output)
    config = source.config
    return Conversion(
        kind=head_kind(Config(config, f"{source.path}/config.json"), options.kind, otherwise=""),
        files=files,
        dtypes=dtypes,
        default_dtype=first,
        inputs=inputs,
        outputs=outputs,
        reference=_reference(source, options, models[first], inputs, outputs, config),
        story=story,
        derived=dict.fromkeys([dtype for dtype in dtypes if dtype != first], first),
        license=license_of(source.folder),
    )


def _models(source: Source, options: Options) -> dict[str, Path]:
    """The files that are there, by dtype: those of the folder that are asked for, or the one file."""
    if source.format == "onnx":
        return {_dtype_of(source.model): source.model}
    # Older exports of a decoder that stands alone have it under the name of one that does not.
    found = files_by_dtype(source.model.parent, "model") or files_by_dtype(source.model.parent, DECODER)
    if not found:
        return {_dtype_of(source.model): source.model}
    wanted = {dtype: path for dtype, path in found.items() if dtype in options.dtypes}
    # Where nothing of what was asked for is there, what is there is taken, and the check says which.
    return wanted or dict([next(iter(found.items()))])


def _dtype_of(path: Path) -> str:
    """What the weights of a file are, by what takes most of its bytes."""
    model = open_onnx(path)
    sizes: dict[int, int] = {}
    for graph in graphs_of(model.graph):
        for tensor in graph.initializer:
            count = 1
            for length in tensor.dims:
                count *= length
            sizes[tensor.data_type] = sizes.get(tensor.data_type, 0) + count
    largest = max(sizes, key=lambda kind: sizes[kind], default=TensorProto.FLOAT)
    if largest in (TensorProto.INT8, TensorProto.UINT8):
        packed = any(node.op_type == "MatMulNBits" for node in model.graph.node)
        return "q4" if packed else "q8"
    return "fp16" if largest == TensorProto.FLOAT16 else "fp32"


def _reference(
    source: Source, options: Options, model: Path, inputs: Any, outputs: Any, config: Mapping[str, Any]
) -> Reference:
    """The source itself, in native onnxruntime, unless the user has recorded what it should give."""
    if any(spec.name.startswith("past_key_values.") for spec in inputs):
        made = decoder_reference(model, inputs, source.folder, config, options.reference, ITSELF)
        return made if options.reference is not None else answered(made, model)
    if options.reference is not None:
        return load_reference(options.reference, inputs, outputs)
    feeds, what = make_inputs(inputs, source.folder, config)
    old_inputs = {spec.name: name for name, spec in options.inputs}
    old_outputs = dict(options.outputs)
    fed = [{old_inputs.get(name, name): value for name, value in feed.items()} for feed in feeds]
    results = [
        {old_outputs.get(name, name): value for name, value in run.items()}
        for run in run_onnx(model, fed, hint=f"It was given {what}. {_OTHER_INPUTS}")
    ]
    return Reference(f"{ITSELF}, on {what}", feeds, results)
