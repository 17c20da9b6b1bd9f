"""A Hugging Face folder with safetensors, or with PyTorch's weights, to a model folder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from wardian_build.convert.architectures import Built, build, head_kind
from wardian_build.convert.architectures.build import FOLD
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.conversion import (
    Content,
    Conversion,
    Options,
    Part,
    Reference,
    write_folder,
)
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.generation_inputs import DECODER, decoder_reference, seq2seq_references
from wardian_build.convert.inputs import load_reference, make_inputs
from wardian_build.convert.interface import apply_names, specs_of
from wardian_build.convert.opset import to_opset
from wardian_build.convert.read.safetensors import open_safetensors
from wardian_build.convert.read.torch_pickle import read_torch
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError

__all__ = ["conversion_of", "convert"]

_NOTHING = "nothing: these are weights without a program, so only recorded outputs can tell"


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of weights with a configuration; see `architectures` for what is supported.

    Raises ConversionError or UnsupportedError naming file and place.
    """
    assert source.folder is not None  # a folder without config.json is not recognised as this format
    config = Config(source.config, str(source.folder / "config.json"))
    kind = head_kind(config, options.kind)
    built = build(config, _tensors(source.model), kind, str(source.model))
    return conversion_of(source, options, config, kind, built, small_files(source.folder))


def conversion_of(
    source: Source,
    options: Options,
    config: Config,
    kind: str,
    built: Built,
    small: Mapping[str, Content],
) -> Conversion:
    """What was built, named and with its references; `small` are the other files of the model folder."""
    files = dict(built.files)
    parts = {name: _specs(source, options, built, name, files) for name in built.parts}
    references = _references(source, options, config, files, parts)
    done = {
        name: Part(built.parts[name], inputs, outputs, references[name])
        for name, (inputs, outputs) in parts.items()
    }
    first = next(iter(done))
    paths = " and ".join(f"`{dtypes['fp32']}`" for dtypes in built.parts.values())
    verb = "is" if len(done) == 1 else "are"
    story = [f"{paths} {verb} written from `{source.model.name}` ({config.table['model_type']}, {kind})."]
    unused = ", ".join(built.unused[:6]) + (" …" if len(built.unused) > 6 else "")
    fold = {dtype: "fp32" for dtype in built.parts[first] if dtype.endswith(FOLD)}
    return Conversion(
        kind=kind,
        files={**small, **_with_external_data(small, files, config), **files},
        dtypes=done[first].dtypes,
        default_dtype=next(iter(fold), "fp32"),
        inputs=done[first].inputs,
        outputs=done[first].outputs,
        reference=done[first].reference,
        story=[*story, *([f"Tensors that this head does not use are left out: {unused}."] if unused else [])],
        derived=fold,
        license=license_of(source.folder),
        name=first,
        others={name: part for name, part in done.items() if name != first},
    )


def _with_external_data(
    small: Mapping[str, Content], files: Mapping[str, Content], config: Config
) -> dict[str, Content]:
    """`config.json` that tells transformers.js which ONNX files have weights beside them."""
    beside = [Path(path).name.removesuffix("_data") for path in files if path.endswith(".onnx_data")]
    if not beside or "config.json" not in small:
        return {}
    settings = config.table.get("transformers.js_config")
    told = {
        **(settings if isinstance(settings, dict) else {}),
        "use_external_data_format": dict.fromkeys(beside, 1),
    }
    table = {**config.table, "transformers.js_config": told}
    return {"config.json": json.dumps(table, ensure_ascii=False, indent=1).encode()}


def _specs(
    source: Source, options: Options, built: Built, part: str, files: dict[str, Content]
) -> tuple[Any, Any]:
    """Inputs and outputs of a part, named as the user wants; replaces its file where that changes it."""
    model = to_opset(source.model, onnx.load_from_string(built.model(part)), options.opset)
    generates = any(value.name.startswith("past_key_values.") for value in model.graph.input)
    if generates or len(built.parts) > 1:
        if options.inputs or options.outputs:
            raise ConversionError(
                source.model,
                "has fixed names of inputs and outputs",
                hint="Leave --input and --output out: they are those of transformers.js.",
            )
        renamed = False
    else:
        renamed = apply_names(source.model, model, options.inputs, options.outputs)
    if renamed or options.opset is not None:
        files[built.parts[part]["fp32"]] = bytes(model.SerializeToString(deterministic=True))
    for dtype in [dtype for dtype in built.parts[part] if dtype != "fp32" and options.opset is not None]:
        other = to_opset(source.model, onnx.load_from_string(built.model(part, dtype)), options.opset)
        files[built.parts[part][dtype]] = bytes(other.SerializeToString(deterministic=True))
    return specs_of(model.graph.input), specs_of(model.graph.output)


def _references(
    source: Source,
    options: Options,
    config: Config,
    files: Mapping[str, Content],
    parts: Mapping[str, tuple[Any, Any]],
) -> dict[str, Reference]:
    """What each part is checked with: what the user recorded, or inputs alone."""
    inputs = {name: before for name, (before, _) in parts.items()}
    if DECODER not in parts and not any(spec.name.startswith("past_") for spec in inputs["model"]):
        if options.reference is not None:
            return {"model": load_reference(options.reference, *parts["model"])}
        feeds, _ = make_inputs(inputs["model"], source.folder, config.table)
        return {"model": Reference(_NOTHING, feeds, None)}
    with tempfile.TemporaryDirectory() as name:
        # Weights may lie beside the files: what is run has to be written.
        write_folder(files, Path(name) / "model")
        onnx_files = {part: Path(name) / "model" / "onnx" / f"{part}.onnx" for part in parts}
        rest = (source.folder, config.table, options.reference, _NOTHING)
        if DECODER in parts:
            return seq2seq_references(onnx_files, inputs, *rest)
        return {"model": decoder_reference(onnx_files["model"], inputs["model"], *rest)}


def _tensors(path: Path) -> Mapping[str, NDArray[Any]]:
    """What a file holds, by its first bytes: PyTorch's are zip archives, and before 1.6 pickles."""
    with path.open("rb") as file:
        of_torch = file.read(4).startswith((b"PK\x03\x04", b"\x80\x02"))
    return read_torch(path) if of_torch else open_safetensors(path)
