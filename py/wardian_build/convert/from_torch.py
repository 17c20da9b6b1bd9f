"""PyTorch programs and modules to model folders: exported by torch.onnx elsewhere, named and checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert import extras
from wardian_build.convert.conversion import Arrays, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.interface import apply_names, specs_of
from wardian_build.convert.opset import OLDEST
from wardian_build.convert.read.onnx_file import open_onnx
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError

__all__ = ["convert"]

_SCRIPT = "torch_export"
_NAMELESS = re.compile(r"s\d+")
_OPSET = 18
"""What torch.onnx writes best."""


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a program (`.pt2`) or of the module that `file.py:function` gives.

    Raises ConversionError for what is not trusted or cannot be exported, with torch's own words;
    UnsupportedError where torch is not installed and nobody asked for it.
    """
    path = source.model
    function = source.path.name.rpartition(":")[2] if source.path != path else ""
    if options.reference is not None:
        raise ConversionError(
            path, "is run itself", hint="Leave --reference out; --data gives inputs to check with."
        )
    extras.require_trust(path, "Python code" if function else "a program with pickles in it", options)
    python = extras.interpreter(extras.EXTRAS["torch"], path, options)
    request = {
        "function": function,
        "opset": max(options.opset or _OPSET, OLDEST),
        "inputs": [
            {"source": name, "dtype": spec.dtype, "dims": list(spec.dims)} for name, spec in options.inputs
        ],
    }
    files = {"data.npz": _data(options.data)} if options.data else {}
    with extras.run_script(python, _SCRIPT, path, request, files) as answer:
        model = open_onnx(answer.folder / "model.onnx")
        with np.load(answer.folder / "reference.npz", allow_pickle=False) as file:
            recorded = {name: file[name] for name in file.files}
    _name_dims(model.graph)
    apply_names(path, model, options.inputs, options.outputs)
    names = {old: spec.name for old, spec in options.inputs} | dict(options.outputs)
    feeds, outputs = _runs(recorded, names)
    label = f"PyTorch {answer.table['version']} running the source, on {len(feeds)} inputs"
    return Conversion(
        kind=options.kind or "",
        files={
            **small_files(source.folder),
            onnx_path("fp32"): bytes(model.SerializeToString(deterministic=True)),
        },
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=specs_of(model.graph.input),
        outputs=specs_of(model.graph.output),
        reference=Reference(label, feeds, outputs),
        story=[f"From {source.path.name}, exported by PyTorch {answer.table['version']} (torch.onnx)."],
        license=license_of(source.folder),
    )


def _name_dims(graph: Any) -> None:
    """torch calls open dimensions s0, s27 …: the first is the batch, others are named by their place."""
    names: dict[str, str] = {}
    for value in graph.input:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if _NAMELESS.fullmatch(dim.dim_param):
                names.setdefault(dim.dim_param, f"{value.name}_dim_{axis}" if axis else "batch_size")
    for value in (*graph.input, *graph.output, *graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in names:
                dim.dim_param = names[dim.dim_param]


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConversionError(path, "cannot be read", received=str(error)) from None


def _runs(
    recorded: Mapping[str, NDArray[Any]], names: Mapping[str, str]
) -> tuple[list[Arrays], list[Arrays]]:
    """Inputs and outputs of each run, by the names that tensors have now."""
    sides: dict[str, dict[int, dict[str, NDArray[Any]]]] = {"in": {}, "out": {}}
    for key, array in recorded.items():
        number, side, name = key.split(":", 2)
        sides[side].setdefault(int(number), {})[names.get(name, name)] = array
    return [*sides["in"].values()], [*sides["out"].values()]
