"""A golden input and its reference output beside each ONNX file: a page can tell a GPU that miscalculates.

`onnx/model.onnx` gets `onnx/model.canary.json`: rules that make small inputs, and samples of what native
onnxruntime computes from them. Before a page uses the model on WebGPU, its engine worker makes the same
inputs, runs them there and compares (`app/engine_worker/canary.ts`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wardian.session._native import native_options
from wardian_build import cache, progress
from wardian_build.errors import BuildError

__all__ = ["TOLERANCES", "canary_file", "canary_path", "fill", "golden"]

#: Largest deviation, relative to the largest reference value of an output. A canary is to catch wrong numbers
#: (zeros, noise, a wrong kernel), not rounding, so each is an order of magnitude above what right engines
#: differ by: summation order, approximated exp and tanh (fp32: 1e-4); half precision (1e-3 an operation, some
#: dozens of layers); activations rounded to 8 bits, where a hair's breadth flips a step of 1/255.
TOLERANCES = {"fp32": 0.01, "q4": 0.01, "fp16": 0.05, "q4f16": 0.05, "q8": 0.1}
_OTHER_TOLERANCE = 0.05

#: Length of a symbolic dimension whose name contains the word; the first that fits is taken.
_DIMS = (
    ("batch", 1), ("past", 0), ("total", 8), ("seq", 8), ("length", 8), ("height", 64), ("width", 64),
    ("channel", 3), ("frame", 16),
)  # fmt: skip
_OTHER_DIM = 1
_SAMPLES = 64
#: Beyond the first outputs, a few numbers each: a decoder has two for every layer.
_FEW_SAMPLES = 8
_FLOATS = ("float32", "float16", "float64")
_DTYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64",
    "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(uint8)": "uint8", "tensor(int8)": "int8",
    "tensor(bool)": "bool",
}  # fmt: skip


def canary_path(model: str) -> str:
    """The canary of an ONNX file.

    >>> canary_path("onnx/model_q8.onnx")
    'onnx/model_q8.canary.json'
    """
    return f"{model.removesuffix('.onnx')}.canary.json"


def canary_file(model: Path, dtype: str, dims: Mapping[str, int], external: Sequence[Path] = ()) -> Path:
    """The canary of an ONNX file, made once for its content and that of the files of its external data.

    `dims` are lengths by names of dimensions.

    Raises BuildError where onnxruntime cannot run the model with the inputs that were made for it.
    """
    code = cache.sha256_of_file(Path(__file__))
    weights = [cache.sha256_of_file(path) for path in (model, *external)]
    key = cache.key_of(*weights, dtype, json.dumps(dict(dims), sort_keys=True), code)

    def make() -> bytes:
        with progress.step(f"canary of {model.name}"):
            return json.dumps(golden(model, dtype, dims), separators=(",", ":")).encode()

    return cache.made("canaries", key, make)


def golden(model: Path, dtype: str, dims: Mapping[str, int]) -> dict[str, Any]:
    """Inputs as rules, reference outputs as samples, and the tolerance."""
    import onnxruntime

    options = native_options()
    options.log_severity_level = 4  # what fails is tried again or told
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    inputs = [_input(value, dims, model) for value in session.get_inputs()]
    try:
        results = session.run(None, _feeds(inputs))
    except Exception as error:
        # The first id is in every vocabulary, of letters or of a table's categories, too; 50 are not.
        inputs = [{**entry, "fill": "zeros"} if entry["fill"] == "ids" else entry for entry in inputs]
        try:
            results = session.run(None, _feeds(inputs))
        except Exception:
            raise BuildError(
                f"{_named(model)} does not run with the inputs that its canary makes: {error}\n"
                "Name the lengths of its dimensions on the model card: `canary: {dims: {height: 224}}`."
            ) from None
    names = [value.name for value in session.get_outputs()]
    outputs = [
        _samples(name, np.asarray(result), _SAMPLES if index < 2 else _FEW_SAMPLES)
        for index, (name, result) in enumerate(zip(names, results, strict=True))
    ]
    usable = [output for output in outputs if any(value for value in output["values"])]
    if not usable:
        raise BuildError(
            f"{_named(model)}: all outputs for the canary are zero or empty; no fault would show\n"
            "Name lengths with which they are not on the model card, `canary: {dims: {height: 224}}`, or "
            "give the model a further output."
        )
    return {"inputs": inputs, "outputs": usable, "tolerance": TOLERANCES.get(dtype, _OTHER_TOLERANCE)}


def _feeds(inputs: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    return {entry["name"]: fill(entry["fill"], entry["dtype"], entry["dims"]) for entry in inputs}


def _named(model: Path) -> str:
    """A file of a model folder with the model's id.

    >>> _named(Path("models/mood/onnx/model.onnx"))
    'mood/onnx/model.onnx'
    """
    return "/".join(model.parts[-3:])


def fill(rule: str, dtype: str, dims: Sequence[int]) -> np.ndarray[Any, Any]:
    """A tensor by rule; `app/engine_worker/canary.ts` makes the same, number for number.

    >>> fill("fraction", "float32", [2, 2]).tolist()
    [[0.0, 0.6180419921875], [0.236083984375, 0.8541259765625]]
    >>> fill("ids", "int64", [4]).tolist(), fill("range", "int64", [1, 3]).tolist()
    ([1, 5, 23, 27], [[0, 1, 2]])
    """
    index = np.arange(math.prod(dims), dtype=np.int64)
    scattered = index * 40504 % 65536
    values = {
        "ones": np.ones_like(index),
        "zeros": np.zeros_like(index),
        "range": index % max(dims[-1] if dims else 1, 1),
        "ids": 1 + scattered % 50,
        "fraction": scattered / 65536,
    }[rule]
    return values.astype(dtype).reshape(dims)


def _input(value: Any, dims: Mapping[str, int], model: Path) -> dict[str, Any]:
    dtype = _DTYPES.get(value.type)
    if dtype is None:
        raise BuildError(f"{_named(model)}: no canary can be made for the input {value.name} of {value.type}")
    name = value.name.lower()
    if dtype in _FLOATS:
        rule = "fraction"
    elif dtype == "bool" or "mask" in name:
        rule = "ones"
    elif "type" in name:
        rule = "zeros"
    else:
        rule = "range" if "position" in name else "ids"
    lengths = [_length(dim, dims) for dim in value.shape]
    return {"name": value.name, "dtype": dtype, "dims": lengths, "fill": rule}


def _length(dim: int | str | None, dims: Mapping[str, int]) -> int:
    if isinstance(dim, int):
        return dim
    name = str(dim)
    if name in dims:
        return dims[name]
    return next((length for word, length in _DIMS if word in name.lower()), _OTHER_DIM)


def _samples(name: str, result: np.ndarray[Any, Any], most: int) -> dict[str, Any]:
    """`count` values, evenly spaced over the flat output; null for one that is not finite."""
    flat = result.reshape(-1).astype(np.float64) if result.dtype.kind in "fiub" else np.zeros(0)
    count = min(most, flat.size)
    values = [flat[k * flat.size // count] for k in range(count)]
    return {
        "name": name,
        "dims": list(result.shape),
        "values": [float(f"{value:.7g}") if math.isfinite(value) else None for value in values],
    }
