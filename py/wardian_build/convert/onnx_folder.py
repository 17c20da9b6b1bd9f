"""The ONNX files of a Hugging Face folder: found by dtype, opened; an encoder and its decoder together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wardian.types import TensorSpec
from wardian_build.convert.architectures import head_kind
from wardian_build.convert.architectures.weights import Config
from wardian_build.convert.check import run_onnx
from wardian_build.convert.conversion import Content, Conversion, Options, Part, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.generation_inputs import DECODER, ENCODER, seq2seq_references
from wardian_build.convert.interface import apply_names, specs_of
from wardian_build.convert.opset import opset_of, to_opset
from wardian_build.convert.read.onnx_file import external_files, open_onnx
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError

__all__ = ["ITSELF", "answered", "convert_parts", "files_by_dtype", "has_parts", "opened_model"]

#: Endings of ONNX files by dtype, in the names of transformers.js; the first that exists is taken.
_ENDINGS = {
    "fp32": ("",),
    "fp16": ("_fp16",),
    "q8": ("_q8", "_quantized", "_int8"),
    "q4": ("_q4",),
    "q4f16": ("_q4f16",),
}
ITSELF = "native onnxruntime running the source"


def files_by_dtype(folder: Path, name: str) -> dict[str, Path]:
    """`name….onnx` of a folder, by dtype."""
    found: dict[str, Path] = {}
    for dtype, endings in _ENDINGS.items():
        for ending in endings:
            path = folder / f"{name}{ending}.onnx"
            if path.is_file() and dtype not in found:
                found[dtype] = path
    return found


def opened_model(path: Path, options: Options, named: bool = True) -> tuple[Any, Content, str]:
    """The model, what is to be written of it, and in words what was changed; `named` as is usual."""
    model = open_onnx(path)
    before = opset_of(model)
    model = to_opset(path, model, options.opset)
    changed = named and apply_names(path, model, options.inputs, options.outputs)
    if opset_of(model) == before and not changed:
        return model, path, "unchanged"
    how = [f"brought from opset {before} to {opset_of(model)}"] * (opset_of(model) != before)
    how += ["tensors or dimensions renamed"] * changed
    return model, bytes(model.SerializeToString(deterministic=True)), " and ".join(how)


def has_parts(source: Source) -> bool:
    """Whether a folder has an encoder and a decoder instead of one model."""
    folder = source.model.parent
    one = source.format != "huggingface-onnx" or bool(files_by_dtype(folder, "model"))
    return not one and bool(files_by_dtype(folder, ENCODER))


def convert_parts(source: Source, options: Options) -> Conversion:
    """An encoder and its merged decoder, as Optimum exports them for transformers.js.

    Raises ConversionError where one of them is missing or has no dtype that the other has.
    """
    if options.inputs or options.outputs:
        raise ConversionError(
            source.path, "has fixed names of inputs and outputs", hint="Leave --input and --output out."
        )
    found = {part: files_by_dtype(source.model.parent, part) for part in (ENCODER, DECODER)}
    common = [dtype for dtype in found[ENCODER] if dtype in found[DECODER]]
    if not common:
        names = sorted(path.name for path in source.model.parent.glob("*.onnx"))
        raise ConversionError(
            source.path,
            "has an encoder without its decoder",
            expected=f"{ENCODER}.onnx and {DECODER}.onnx in one dtype",
            received=", ".join(names[:8]),
            hint="Optimum merges decoders: optimum-cli export onnx, without --no-post-process.",
        )
    taken = [dtype for dtype in common if dtype in options.dtypes] or common[:1]
    files: dict[str, Content] = small_files(source.folder)
    ends: dict[str, tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]] = {}
    story = []
    for part in (ENCODER, DECODER):
        for dtype in taken:
            path = found[part][dtype]
            model, files[onnx_path(dtype, part)], change = opened_model(path, options, named=False)
            for beside in external_files(path, model):
                files[f"onnx/{beside.relative_to(path.parent).as_posix()}"] = beside
            ends.setdefault(part, (specs_of(model.graph.input), specs_of(model.graph.output)))
            story.append(f"`{onnx_path(dtype, part)}` is `{path.name}`, {change}.")
    first = {part: found[part][taken[0]] for part in found}
    references = _references(source, options, first, {part: inputs for part, (inputs, _) in ends.items()})
    parts = {
        part: Part({dtype: onnx_path(dtype, part) for dtype in taken}, *ends[part], references[part])
        for part in (ENCODER, DECODER)
    }
    encoder = parts[ENCODER]
    return Conversion(
        kind=head_kind(Config(source.config, f"{source.path}/config.json"), options.kind, otherwise=""),
        files=files,
        dtypes=encoder.dtypes,
        default_dtype=taken[0],
        inputs=encoder.inputs,
        outputs=encoder.outputs,
        reference=encoder.reference,
        story=story,
        derived=dict.fromkeys(taken[1:], taken[0]),
        license=license_of(source.folder),
        name=ENCODER,
        others={DECODER: parts[DECODER]},
    )


def _references(
    source: Source, options: Options, files: dict[str, Path], inputs: dict[str, tuple[TensorSpec, ...]]
) -> dict[str, Reference]:
    """What the source itself gives, unless the user has recorded what it should give."""
    made = seq2seq_references(files, inputs, source.folder, source.config, options.reference, ITSELF)
    if options.reference is not None:
        return made
    return {part: answered(reference, files[part]) for part, reference in made.items()}


def answered(reference: Reference, file: Path) -> Reference:
    """With what the source itself gives, but for caches, which show in what is computed from them."""
    outputs = [
        {name: value for name, value in run.items() if not name.startswith("present.")}
        for run in run_onnx(file, reference.inputs)
    ]
    return Reference(ITSELF, reference.inputs, outputs, reference.tolerance)
