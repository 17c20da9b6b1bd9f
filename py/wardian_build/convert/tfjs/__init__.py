"""TensorFlow.js models to model folders: graph models and layers models, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wardian.types import TensorSpec
from wardian_build.convert.conversion import Arrays, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.inputs import load_reference
from wardian_build.convert.read.tfjs import read_tfjs
from wardian_build.convert.sources import Source
from wardian_build.convert.tfjs.graph_model import ConvertedGraph, Port, convert_graph
from wardian_build.convert.tfjs.layers_model import convert_layers
from wardian_build.convert.tfjs.reference import TFJS, run_tfjs
from wardian_build.errors import BuildError, ConversionError

__all__ = ["convert", "made_up", "specs_of"]

_TOLERANCE = 1e-4
"""TensorFlow.js adds up in float64 and rounds each layer to float32, onnxruntime adds up in float32."""
_OPEN_SIDE = 96
"""Height and width where the model leaves them open."""


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a TensorFlow.js model, checked against TensorFlow.js itself in Node.

    Raises ConversionError for a malformed model, UnsupportedError listing what has no form in ONNX.
    """
    for name, value in (("inputs", options.inputs), ("outputs", options.outputs), ("opset", options.opset)):
        if value:
            raise ConversionError(
                source.model, f"keeps the {name} of the source", hint=f"Leave --{name.removesuffix('s')} out."
            )
    model = read_tfjs(source.model)
    converted = convert_graph(model) if source.format == "tfjs-graph" else convert_layers(model)
    kind = "graph" if source.format == "tfjs-graph" else "layers"
    return Conversion(
        kind=options.kind or "",
        files={**small_files(source.folder), onnx_path("fp32"): converted.model},
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=specs_of(converted.inputs),
        outputs=specs_of(converted.outputs),
        reference=_reference(source, options, converted),
        story=[
            f"From the TensorFlow.js {kind} model {source.model.name}; images stay NHWC, as in the source."
        ],
        license=license_of(source.folder),
    )


def specs_of(ports: Mapping[str, Port]) -> list[TensorSpec]:
    """Inputs or outputs of a converted graph."""
    # Of outputs not even the number of axes is known: what they are shows when the model runs.
    return [TensorSpec(name, dtype, tuple(dims or ())) for name, (dtype, dims) in ports.items()]


def _reference(source: Source, options: Options, converted: ConvertedGraph) -> Reference:
    """TensorFlow.js on pictures of coloured noise, unless the user has recorded what the source gives."""
    if options.reference is not None:
        return load_reference(options.reference, specs_of(converted.inputs), specs_of(converted.outputs))
    feeds = made_up(converted)
    try:
        (outputs,) = run_tfjs([(source.model, feeds)])
    except ConversionError:
        raise
    except BuildError as error:
        return Reference(f"nothing: TensorFlow.js is not to be had ({error})", [feeds], None, _TOLERANCE)
    return Reference(f"{TFJS.label} in Node, on made-up pictures", [feeds], [outputs], _TOLERANCE)


def made_up(converted: ConvertedGraph) -> Arrays:
    """Pictures of coloured noise, and numbers of rows with zeros at the end, by fixed rules."""
    generator = np.random.default_rng(0)
    found = {}
    for name, (dtype, dims) in converted.inputs.items():
        lengths = (
            [] if dims is None else [n if isinstance(n, int) else _length(i) for i, n in enumerate(dims)]
        )
        if name in converted.rows:
            value = generator.integers(0, converted.rows[name], lengths)
            # What masks leave out, as sequences are filled up.
            value[..., value.shape[-1] * 3 // 4 :] = 0
            found[name] = value.astype(dtype)
            continue
        value = generator.integers(0, 256, lengths)
        found[name] = value.astype(np.int32) if dtype == "int32" else (value / 255).astype(dtype)
    return found


def _length(axis: int) -> int:
    return 1 if axis == 0 else _OPEN_SIDE
