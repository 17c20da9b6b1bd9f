"""TensorFlow Lite files to model folders, read without TensorFlow; checked by LiteRT where it is."""

from __future__ import annotations

import io
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.types import TensorSpec
from wardian_build.convert import extras
from wardian_build.convert.conversion import Arrays, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.graph import GraphBuilder, Ports
from wardian_build.convert.inputs import load_reference
from wardian_build.convert.read.tflite import TFLiteModel, read_tflite
from wardian_build.convert.sources import Source
from wardian_build.convert.tflite.emit import OPERATORS
from wardian_build.convert.tflite.quantised import STEPS, from_steps, runs_in_steps, to_steps
from wardian_build.convert.tflite.subgraphs import reached, write_operators
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["Written", "convert", "write"]

for _module in ("elementwise", "layers", "recurrent", "shapes"):
    import_module(f"{__name__}.{_module}")

_TOLERANCE = 2e-3
"""LiteRT's own two sets of kernels differ by 1.0e-3 in one real model (numbers up to ±1500)."""
_STEPS_TOLERANCE = 2.5 / 255
"""Of a quantised model: two steps of an int8 output."""


class Written:
    """A graph and its ends: names as in the file, made unique; shapes are fixed."""

    def __init__(self, model: TFLiteModel) -> None:
        self.inputs = _ports(model, model.inputs, set())
        self.outputs = _ports(model, model.outputs, set(self.inputs))
        self.onnx = _graph(model, self.inputs, self.outputs)
        self.tolerance = _STEPS_TOLERANCE if runs_in_steps(model) else _TOLERANCE


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of a TensorFlow Lite file.

    Raises ConversionError for a malformed file, UnsupportedError listing what has no form in ONNX.
    """
    path = source.model
    for name, value in (("inputs", options.inputs), ("outputs", options.outputs), ("opset", options.opset)):
        if value:
            raise ConversionError(
                path, f"keeps the {name} of the source", hint=f"Leave --{name.removesuffix('s')} out."
            )
    model = read_tflite(path)
    written = Written(model)
    return Conversion(
        kind=options.kind or "",
        files={**small_files(source.folder), onnx_path("fp32"): written.onnx},
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=_specs(written.inputs),
        outputs=_specs(written.outputs),
        reference=_reference(path, written, options),
        story=[f"From the TensorFlow Lite file {path.name}; images stay NHWC, weights are float32."],
        license=license_of(source.folder),
    )


def write(path: Path) -> Written:
    """The graph of a file. Raises as `convert`."""
    return Written(read_tflite(path))


def _ports(model: TFLiteModel, numbers: Any, taken: set[str]) -> dict[str, tuple[str, list[int | str]]]:
    found: dict[str, tuple[str, list[int | str]]] = {}
    for number in numbers:
        tensor = model.tensors[number]
        base = re.sub(r"[^\w./-]", "_", tensor.name.removesuffix(":0")) or f"tensor_{number}"
        name, count = base, 1
        while name in found or name in taken:
            count += 1
            name = f"{base}_{count}"
        found[name] = ("float32" if tensor.dtype == "float16" else tensor.dtype, list(tensor.shape))
    return found


def _specs(ports: Ports) -> list[TensorSpec]:
    return [TensorSpec(name, dtype, tuple(dims or ())) for name, (dtype, dims) in ports.items()]


def _graph(model: TFLiteModel, inputs: Ports, outputs: Ports) -> bytes:
    _refuse(model)
    graph = GraphBuilder("tflite", opset=18)
    values = dict[int, str]()
    for number, name in zip(model.inputs, inputs, strict=True):
        tensor = model.tensors[number]
        values[number] = from_steps(graph, tensor, name, f"{name}:numbers") if tensor.quantised else name
    found = write_operators(model, graph, values)
    for number, value, name in zip(model.outputs, found, outputs, strict=True):
        if model.tensors[number].quantised:
            to_steps(graph, model.tensors[number], value, name)
        else:
            graph.op("Identity", value, name=name)
    return graph.build(inputs, outputs)


def _refuse(model: TFLiteModel) -> None:
    """All operators without a form, and tensors that are quantised in a way that ONNX has not."""
    parts = reached(model)
    bad = {
        one.name: (one.label, "convert the model from its source with operators that ONNX has")
        for part in parts
        for one in part.operators
        if one.name not in OPERATORS
    }
    bad |= {
        tensor.name: (
            f"tensor {tensor.name[:80]!r}, {tensor.dtype} with {tensor.scale.size} scales while it runs",
            f"convert the model with {' or '.join(STEPS)} and one scale for a tensor, or in float32",
        )
        for part in parts
        for tensor in runs_in_steps(part)
        if tensor.dtype not in STEPS or tensor.scale.size != 1 or not tensor.scale[0] > 0
    }
    if bad:
        raise UnsupportedError(model.path, list(bad.values()))


def _reference(path: Path, written: Written, options: Options) -> Reference:
    specs = _specs(written.inputs), _specs(written.outputs)
    if options.reference is not None:
        return load_reference(options.reference, *specs, written.tolerance)
    feeds = made_up(written)
    extra = extras.EXTRAS["tflite"]
    if options.python is None and extra.name not in options.extras and not extras.installed(extra):
        return Reference(f"nothing: LiteRT is not here, `--extra {extra.name}` fetches it", feeds, None)
    python = extras.interpreter(extra, path, options)
    content = io.BytesIO()
    arrays: dict[str, Any] = {}
    for run, feed in enumerate(feeds):
        arrays |= {f"{run}:{place}": value for place, value in enumerate(feed.values())}
    np.savez(content, **arrays)
    with extras.run_script(python, "tflite_run", path, {}, {"feeds.npz": content.getvalue()}) as answer:
        with np.load(answer.folder / "outputs.npz", allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        label = f"LiteRT {answer.table['version']} running the source, on {len(feeds)} made-up pictures"
    outputs: list[Arrays] = [
        {name: found[f"{run}:{index}"] for index, name in enumerate(written.outputs)}
        for run in range(len(feeds))
    ]
    return Reference(label, feeds, outputs, written.tolerance)


def made_up(written: Written) -> list[dict[str, NDArray[Any]]]:
    """Noise, and two smooth pictures, from 0 to 1, by fixed rules; small numbers where whole ones are wanted.

    Noise alone would not do: a segmentation finds nothing in it, and says so exactly.
    """
    found = []
    for seed in (None, 0, 3):
        generator, feeds = np.random.default_rng(seed or 0), dict[str, NDArray[Any]]()
        for name, (dtype, dims) in written.inputs.items():
            shape = [int(n) for n in dims or ()]
            picture = seed is not None and len(shape) == 4
            value = smooth(generator, shape) if picture else generator.random(shape)
            least, most = (np.iinfo(dtype).min, 256) if dtype in STEPS else (0, 4)
            feeds[name] = (
                value.astype(dtype) if dtype.startswith("float") else (value * most + least).astype(dtype)
            )
        found.append(feeds)
    return found


def smooth(generator: np.random.Generator, shape: list[int]) -> NDArray[np.float64]:
    """(1, height, width, channels): sixteen patches of colour, interpolated."""
    _, height, width, channels = shape
    patches = generator.random((4, 4, channels))
    down, across = (
        np.stack([np.interp(np.linspace(0, 3, length), range(4), one) for one in np.eye(4)], axis=1)
        for length in (height, width)
    )
    return np.broadcast_to(np.einsum("ha,wb,abc->hwc", down, across, patches), shape)
