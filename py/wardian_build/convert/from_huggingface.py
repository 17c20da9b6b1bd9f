"""A Hugging Face folder with safetensors, or with PyTorch's weights, to a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.inputs import load_reference, make_inputs
from wardian_build.convert.interface import apply_names, specs_of
from wardian_build.convert.opset import to_opset
from wardian_build.convert.read.safetensors import open_safetensors
from wardian_build.convert.read.torch_pickle import read_torch
from wardian_build.convert.sources import Source

__all__ = ["convert"]

_NOTHING = "nothing: these are weights without a program, so only recorded outputs can tell"


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of weights with a configuration; see `architectures` for what is supported.

    Raises ConversionError or UnsupportedError naming file and place.
    """
    assert source.folder is not None  # a folder without config.json is not recognised as this format
    config = Config(source.config, str(source.folder / "config.json"))
    kind = head_kind(config, options.kind)
    tensors = _tensors(source.model)
    built = build(config, tensors, kind, str(source.model))
    files = dict(built.files)
    path = onnx_path("fp32")
    model = to_opset(source.model, onnx.load_from_string(built.model), options.opset)
    if apply_names(source.model, model, options.inputs, options.outputs) or options.opset is not None:
        files[path] = bytes(model.SerializeToString(deterministic=True))
    inputs, outputs = specs_of(model.graph.input), specs_of(model.graph.output)
    if options.reference is not None:
        reference = load_reference(options.reference, inputs, outputs)
    else:
        feeds, _ = make_inputs(inputs, source.folder, config.table)
        reference = Reference(_NOTHING, feeds, None)
    unused = ", ".join(built.unused[:6]) + (" …" if len(built.unused) > 6 else "")
    story = [f"`{path}` is written from `{source.model.name}` ({config.table['model_type']}, {kind})."]
    return Conversion(
        kind=kind,
        files={**small_files(source.folder), **files},
        dtypes={"fp32": path},
        default_dtype="fp32",
        inputs=inputs,
        outputs=outputs,
        reference=reference,
        story=[*story, *([f"Tensors that this head does not use are left out: {unused}."] if unused else [])],
        license=license_of(source.folder),
    )


def _tensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """What a file holds, by its first bytes: PyTorch's are zip archives, and before 1.6 pickles."""
    with path.open("rb") as file:
        of_torch = file.read(4).startswith((b"PK\x03\x04", b"\x80\x02"))
    return read_torch(path) if of_torch else open_safetensors(path)
