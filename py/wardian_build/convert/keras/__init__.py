"""Keras models (`.keras`, `.h5`) to model folders: weights read by h5py elsewhere, layers written here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build import progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Arrays, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.inputs import load_reference
from wardian_build.convert.keras.topology import topology_of, weights_by_name, weights_by_order
from wardian_build.convert.read.tfjs import TFJSModel
from wardian_build.convert.sources import Source
from wardian_build.convert.tfjs import made_up, specs_of
from wardian_build.convert.tfjs.graph_model import ConvertedGraph
from wardian_build.convert.tfjs.layers_model import convert_layers
from wardian_build.errors import ConversionError

__all__ = ["convert", "converted_graph"]

_SCRIPT = "keras_read"
_LARGEST = 4 << 30
_LARGEST_JSON = 64 << 20
_MEMBERS = {"config.json": _LARGEST_JSON, "metadata.json": _LARGEST_JSON, "model.weights.h5": _LARGEST}


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a Keras model; checked against Keras where --python has it, or recorded outputs.

    Nothing of the file is run: a Lambda layer is refused by name. Raises ConversionError for a malformed
    file, UnsupportedError for layers without a form here, and where h5py is not installed.
    """
    for name, value in (("inputs", options.inputs), ("outputs", options.outputs), ("opset", options.opset)):
        if value:
            raise ConversionError(
                source.model, f"keeps the {name} of the source", hint=f"Leave --{name.removesuffix('s')} out."
            )
    python = extras.interpreter(extras.EXTRAS["keras"], source.model, options)
    zipped = zipfile.is_zipfile(source.model)
    members = read_members(source.model) if zipped else {}
    files = {"weights.h5": members["model.weights.h5"]} if zipped else {}
    with extras.run_script(python, _SCRIPT, source.model, {"do": "read"}, files) as answer:
        with np.load(answer.folder / "arrays.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        described = {**answer.table, "members": {name: members[name] for name in members if "json" in name}}
    graph = converted_graph(source.model, described, arrays)
    return Conversion(
        kind=options.kind or "",
        files={**small_files(source.folder), onnx_path("fp32"): graph.model},
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=specs_of(graph.inputs),
        outputs=specs_of(graph.outputs),
        reference=_reference(source, options, graph, python),
        story=[f"From the Keras model {source.model.name}; images stay NHWC, as in the source."],
        license=license_of(source.folder),
    )


def read_members(path: Path) -> dict[str, bytes]:
    """The three members of a `.keras` file; others are not looked at.

    Raises ConversionError for a member that is missing, cut off, or larger than any model's.
    """
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, most in _MEMBERS.items():
                info = archive.getinfo(name)
                if info.file_size > most or info.file_size > 1100 * max(info.compress_size, 1):
                    raise ConversionError(
                        path, "has a member too large", place=name, received=f"{info.file_size:,}"
                    )
                found[name] = archive.read(info)
    except KeyError as error:
        raise ConversionError(
            path, "is no Keras model", expected=", ".join(_MEMBERS), received=str(error)
        ) from None
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ConversionError(path, "cannot be read as zip", received=str(error)[:200]) from None
    return found


def converted_graph(
    path: Path, described: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> ConvertedGraph:
    """The graph of what `keras_read.py` answers, with the JSON members of a `.keras` file.

    Raises ConversionError and UnsupportedError as `convert`.
    """
    members = described.get("members") or {}
    if members:
        table, metadata = (_json(path, members[name], name) for name in ("config.json", "metadata.json"))
        topology = topology_of(path, table, str(metadata.get("keras_version", "3")))
        weights = weights_by_order(path, topology, arrays)
    else:
        attributes = described["attributes"]
        if "model_config" not in attributes:
            raise ConversionError(
                path, "holds weights alone", expected="the attribute model_config",
                hint="Save the whole model: model.save('model.keras').",
            )  # fmt: skip
        table = _json(path, attributes["model_config"], "model_config")
        topology = topology_of(path, table, str(attributes.get("keras_version", "2")))
        weights = weights_by_name(path, topology, described["weight_names"], arrays)
    return convert_layers(TFJSModel(path, {"modelTopology": topology}, weights))


def _json(path: Path, text: str | bytes, place: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConversionError(path, "is not JSON", place=place, received=str(error)[:200]) from None
    if not isinstance(found, dict):
        raise ConversionError(path, "has the wrong form", place=place, expected="an object")
    return found


def _reference(source: Source, options: Options, graph: ConvertedGraph, python: Path) -> Reference:
    if options.reference is not None:
        return load_reference(options.reference, specs_of(graph.inputs), specs_of(graph.outputs))
    feeds = made_up(graph)
    if options.python is None:
        return Reference("nothing: the extra keras reads files and runs nothing", [feeds], None)
    content = io.BytesIO()
    np.savez(content, *feeds.values())
    files = {"feeds.npz": content.getvalue()}
    try:
        with extras.run_script(python, _SCRIPT, source.model, {"do": "compute"}, files) as answer:
            with np.load(answer.folder / "outputs.npz", allow_pickle=False) as file:
                found = [file[name] for name in file.files]
            label = f"Keras {answer.table['version']} ({answer.table['backend']}) running the source"
    except ConversionError as error:
        progress.say(f"[convert] Keras did not run: {error}")
        return Reference("nothing: the Python that was named does not run Keras", [feeds], None)
    outputs: Arrays = dict(zip(graph.outputs, found, strict=True))
    return Reference(f"{label}, on made-up inputs", [feeds], [outputs])
