"""TensorFlow SavedModels to model folders: exported by tf2onnx elsewhere, named and checked here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from wardian.types import DTYPES, TensorSpec
from wardian_build import progress
from wardian_build.convert import extras
from wardian_build.convert.conversion import Arrays, Conversion, Options, Reference, onnx_path
from wardian_build.convert.folder_files import license_of, small_files
from wardian_build.convert.inputs import make_inputs
from wardian_build.convert.interface import apply_names, specs_of
from wardian_build.convert.opset import OLDEST, to_opset
from wardian_build.convert.read.onnx_file import open_onnx
from wardian_build.convert.read.saved_model import SavedModel, Signature, read_saved_model
from wardian_build.convert.sources import Source
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["convert"]

_SCRIPT = "tensorflow_export"
_OPSET = 18
"""The newest that tf2onnx 1.17.0 writes."""
_USUAL = "serving_default"
_PICTURE = {1: "height", 2: "width"}
_STEP = {"height": 32, "width": 32}
"""How much longer the second run's dimensions are: networks halve pictures up to five times. Others: by 1."""

_OUTSIDE = "it reaches files, Python or other machines, and is not run; save the model without it"
_NO_FORM = "tf2onnx has no form of it in ONNX; save the model with operators that it has"


def convert(source: Source, options: Options) -> Conversion:
    """The model folder of one signature of a SavedModel.

    Raises ConversionError for a folder that is broken, not trusted or cannot be exported, with TensorFlow's
    own words; UnsupportedError listing operators without a form, and where TensorFlow is not installed and
    nobody asked for it.
    """
    path = source.model
    if options.reference is not None:
        raise ConversionError(
            path, "is run itself", hint="Leave --reference out; --data gives inputs to check with."
        )
    model = read_saved_model(path)
    signature = _chosen(source, model)
    _refuse(path, model, signature)
    declared = _declared(signature)
    # The same names, on inputs alone: what is wrong with --input is told before TensorFlow starts.
    apply_names(path, declared, options.inputs)
    specs = specs_of(declared.graph.input)
    names = {old: spec.name for old, spec in options.inputs} | dict(options.outputs)
    extras.require_trust(path, "a program of TensorFlow's operators", options)
    python = extras.interpreter(extras.EXTRAS["tensorflow"], path, options)
    runs, what = _runs(source, specs, options)
    table, exported, recorded = _exported(path, python, signature, runs, names, options)
    exported = to_opset(path, exported, options.opset)
    graph = exported.graph
    _name_inputs(graph, _declared(signature).graph.input)
    apply_names(path, exported, options.inputs, options.outputs)
    feeds, outputs = _sides(recorded, names)
    _name_outputs(graph, feeds, outputs)
    by = f"tf2onnx {table['tf2onnx']} and TensorFlow {table['version']}"
    saved = f"saved by TensorFlow {model.version}, " if model.version else ""
    story = [
        f"From the SavedModel {path.absolute().parent.name}, signature {signature.name}, {saved}by {by}."
    ]
    return Conversion(
        kind=options.kind or "",
        files={
            **small_files(source.folder),
            onnx_path("fp32"): bytes(exported.SerializeToString(deterministic=True)),
        },
        dtypes={"fp32": onnx_path("fp32")},
        default_dtype="fp32",
        inputs=specs_of(graph.input),
        outputs=specs_of(graph.output),
        reference=Reference(f"TensorFlow {table['version']} running the source, on {what}", feeds, outputs),
        story=story,
        license=license_of(source.folder),
    )


def _chosen(source: Source, model: SavedModel) -> Signature:
    """The signature that `FOLDER:NAME` names, else the usual one, else the only one."""
    known = ", ".join(model.signatures)
    named = "" if source.path.exists() else str(source.path).rpartition(":")[2]
    if named and named not in model.signatures:
        raise ConversionError(
            source.model, "has no such signature", expected=f"one of {known}", received=repr(named)
        )
    name = named or (_USUAL if _USUAL in model.signatures else "")
    if not name and len(model.signatures) > 1:
        raise ConversionError(
            source.model,
            "has several signatures",
            expected="one of them after the folder's name, FOLDER:SIGNATURE",
            received=known,
        )
    if not named and len(model.signatures) > 1:
        progress.say(f"[convert] signature {name} of {known}; FOLDER:SIGNATURE takes another one")
    return model.signatures[name or next(iter(model.signatures))]


def _refuse(path: Path, model: SavedModel, signature: Signature) -> None:
    """Operators that reach outside, and tensors that cannot be given to a model here."""
    bad = [(what, _OUTSIDE) for what in model.outside]
    for spec in signature.inputs:
        if spec.dtype not in DTYPES or spec.dtype == "string":
            remedy = "save a signature that takes numbers, such as the ids of tokens"
            bad.append((f"input {spec.name} of {spec.dtype}", remedy))
        elif spec.name in signature.shapeless:
            remedy = "save it with tf.TensorSpec(shape, dtype), None for what is open"
            bad.append((f"input {spec.name} without a number of dimensions", remedy))
    bad += [
        (f"output {name} of {dtype}", "save a signature that answers with numbers")
        for name, dtype in signature.outputs.items()
        if dtype not in DTYPES or dtype == "string"
    ]
    if bad:
        raise UnsupportedError(path, bad)


def _declared(signature: Signature) -> Any:
    """A ModelProto of the signature's inputs alone, with names for the dimensions that are open.

    The first is the batch; of the only picture there is, height and width; others are named by their place.
    """
    types = {dtype: helper.np_dtype_to_tensor_dtype(DTYPES[dtype]) for dtype in DTYPES if dtype != "string"}
    pictures = [spec for spec in signature.inputs if len(spec.dims) == 4]
    values = []
    for spec in signature.inputs:
        usual = {0: "batch_size", **(_PICTURE if pictures == [spec] else {})}
        dims = [
            usual.get(axis, f"{spec.name}_dim_{axis}") if dim == "" else dim
            for axis, dim in enumerate(spec.dims)
        ]
        values.append(helper.make_tensor_value_info(spec.name, types[spec.dtype], dims))
    return helper.make_model(helper.make_graph([], "signature", values, []))


def _runs(source: Source, specs: Sequence[TensorSpec], options: Options) -> tuple[list[Arrays], str]:
    """Inputs of the check by the names that they are to have, and what they are, in words."""
    if options.data is not None:
        return [_data(options.data, specs, options)], f"{options.data.name}"
    runs, what = make_inputs(specs, source.folder, source.config)
    lengths = {
        dim: runs[0][spec.name].shape[axis]
        for spec in specs
        for axis, dim in enumerate(spec.dims)
        if isinstance(dim, str)
    }
    if len(runs) == 1 and lengths:
        longer = [
            TensorSpec(
                spec.name,
                spec.dtype,
                tuple(lengths[dim] + _STEP.get(dim, 1) if isinstance(dim, str) else dim for dim in spec.dims),
            )
            for spec in specs
        ]
        runs += make_inputs(longer, None, source.config)[0]
        what += ", once with other lengths"
    return list(runs), what


def _data(path: Path, specs: Sequence[TensorSpec], options: Options) -> Arrays:
    """The user's arrays, by the names of the signature or those that --input gives."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, AttributeError, TypeError) as error:
        raise ConversionError(
            path, "is not a file of arrays", expected="np.savez(path, …)", received=str(error)[:200]
        ) from None
    old = {spec.name: name for name, spec in options.inputs}
    names = {spec.name: spec.name if spec.name in arrays else old.get(spec.name, "") for spec in specs}
    missing = [name for name, given in names.items() if given not in arrays]
    if missing:
        raise ConversionError(
            path, "lacks inputs", expected=", ".join(missing), received=", ".join(arrays) or "no arrays"
        )
    return {spec.name: arrays[names[spec.name]].astype(spec.dtype, copy=False) for spec in specs}


def _exported(
    path: Path,
    python: Path,
    signature: Signature,
    runs: Sequence[Arrays],
    names: Mapping[str, str],
    options: Options,
) -> tuple[dict[str, Any], Any, dict[str, NDArray[Any]]]:
    """What the script answers, the ModelProto, and inputs and outputs of each run by TensorFlow's names."""
    old = {names.get(spec.name, spec.name): spec.name for spec in signature.inputs}
    content = io.BytesIO()
    arrays = {f"{run}:{old[name]}": value for run, feed in enumerate(runs) for name, value in feed.items()}
    np.savez(content, **arrays)  # type: ignore[arg-type]
    # What tf2onnx does not write, onnx's own converter makes of the newest that it does.
    opset = options.opset if options.opset in range(OLDEST, _OPSET) else _OPSET
    request = {"signature": signature.name, "opset": opset, "made_up": options.data is None}
    files = {"feeds.npz": content.getvalue()}
    with extras.run_script(python, _SCRIPT, path.parent, request, files) as answer:
        nodes = answer.table.get("unsupported", [])
        if nodes:
            raise UnsupportedError(path, [_without_form(*node) for node in nodes])
        model = open_onnx(answer.folder / "model.onnx")
        with np.load(answer.folder / "reference.npz", allow_pickle=False) as file:
            recorded = {name: file[name] for name in file.files}
    # tf2onnx notes where on this machine the source lay.
    model.graph.name, model.graph.doc_string, model.doc_string = "saved_model", "", ""
    return answer.table, model, recorded


def _without_form(node: str, operator: str, why: str) -> tuple[str, str]:
    return f"operator {operator} of node {node}" if operator else f"node {node}", why or _NO_FORM


def _name_inputs(graph: Any, declared: Any) -> None:
    """The signature's dimensions in place of tf2onnx's; what it noted of tensors inside names its own."""
    shapes = {value.name: value.type for value in declared}
    for value in graph.input:
        if value.name in shapes:
            value.type.CopyFrom(shapes[value.name])
    del graph.value_info[:]


def _name_outputs(graph: Any, feeds: Sequence[Arrays], outputs: Sequence[Arrays]) -> None:
    """Open dimensions of outputs are called like those of inputs that were as long in every run."""
    lengths: dict[str, list[int]] = {}
    for value in graph.input:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if dim.dim_param:
                lengths.setdefault(dim.dim_param, [feed[value.name].shape[axis] for feed in feeds])
    for value in graph.output:
        answers = [run[value.name] for run in outputs]
        tensor = value.type.tensor_type
        fixed = {
            axis: dim.dim_value for axis, dim in enumerate(tensor.shape.dim) if dim.HasField("dim_value")
        }
        del tensor.shape.dim[:]
        for axis in range(answers[0].ndim):
            found = [answer.shape[axis] for answer in answers]
            known = [name for name, those in lengths.items() if those == found]
            dim = tensor.shape.dim.add()
            if axis in fixed:
                dim.dim_value = fixed[axis]
            else:
                dim.dim_param = known[0] if known else f"{value.name}_dim_{axis}"


def _sides(
    recorded: Mapping[str, NDArray[Any]], names: Mapping[str, str]
) -> tuple[list[Arrays], list[Arrays]]:
    """Inputs and outputs of each run, by the names that they have now."""
    sides: dict[str, dict[int, dict[str, NDArray[Any]]]] = {"in": {}, "out": {}}
    for key, array in recorded.items():
        number, side, name = key.split(":", 2)
        sides[side].setdefault(int(number), {})[names.get(name, name)] = array
    return [*sides["in"].values()], [*sides["out"].values()]
