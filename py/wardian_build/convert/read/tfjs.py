"""TensorFlow.js models: `model.json` and the shards of weights beside it.

The manifest is a list of groups; a group's shards, joined, hold its weights one after the other. A weight may
be quantised: float16, or uint8 / uint16 with w = q · scale + min.

Source: `tfjs-core/src/io/types.ts` and `io_utils.ts` of tensorflow/tfjs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.sources import read_json
from wardian_build.errors import ConversionError, UnsupportedError

__all__ = ["TFJSModel", "read_tfjs"]

_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "|b1", "uint8": "|u1"}
_QUANTISED = {"float16": "<f2", "uint8": "|u1", "uint16": "<u2"}


@dataclass(frozen=True)
class TFJSModel:
    """`model.json` as a mapping, and the weights by name: float32, int32, uint8 or bool."""

    path: Path
    table: dict[str, Any]
    weights: dict[str, NDArray[Any]]


def read_tfjs(path: Path) -> TFJSModel:
    """A model, with all weights as they are computed with.

    Raises ConversionError naming file and weight for shards that are missing, cut off, too long, or outside
    of the
    folder, and for weights of absurd shape; UnsupportedError for weights of text or complex numbers.
    """
    table = read_json(path)
    groups = table.get("weightsManifest")
    if not isinstance(groups, list) or not isinstance(table.get("modelTopology"), dict):
        raise ConversionError(path, "is no TensorFlow.js model", expected="modelTopology and weightsManifest")
    weights: dict[str, NDArray[Any]] = {}
    for number, group in enumerate(groups):
        place = f"weightsManifest[{number}]"
        if not isinstance(group, dict) or not isinstance(group.get("weights"), list):
            raise ConversionError(path, "has a bad manifest", place=place, expected="paths and weights")
        content = _shards(path, group.get("paths"), place)
        start = 0
        for spec in group["weights"]:
            name, array, start = _weight(path, spec, content, start)
            if name in weights:
                raise ConversionError(path, "has two weights of one name", place=f"weight {name[:100]!r}")
            weights[name] = array
        if start != len(content):
            raise ConversionError(
                path,
                "has shards longer than their weights",
                place=place,
                expected=f"{start:,} bytes",
                received=f"{len(content):,}",
            )
    return TFJSModel(path, table, weights)


def _shards(path: Path, names: Any, place: str) -> memoryview:
    """The joined content of a group's files, each of them inside of the model's folder."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConversionError(path, "has a bad manifest", place=place, expected="a list of paths")
    if len(set(names)) != len(names):
        raise ConversionError(path, "names a shard twice", place=place)
    folder, parts = path.parent.resolve(), []
    for name in names:
        parsed = PurePosixPath(name)
        file = path.parent / name
        inside = "\\" not in name and not parsed.is_absolute() and ".." not in parsed.parts
        if not inside or not file.resolve().is_relative_to(folder):
            raise ConversionError(
                path, "names a shard outside of its folder", place=place, received=name[:200]
            )
        if not file.is_file():
            raise ConversionError(file, "does not exist", hint=f"{path.name} names it among its weights.")
        parts.append(file.read_bytes())
    return memoryview(b"".join(parts))


def _weight(path: Path, spec: Any, content: memoryview, start: int) -> tuple[str, NDArray[Any], int]:
    name, shape, dtype = _described(path, spec)
    quantization = spec.get("quantization")
    stored = _stored(path, name, dtype, quantization)
    end = start + prod(shape) * stored.itemsize
    if end > len(content):
        raise ConversionError(
            path,
            "has weights beyond the end of their shards",
            place=f"weight {name[:100]!r} of shape {shape}",
            expected=f"at least {end:,} bytes",
            received=f"{len(content):,}",
        )
    array = np.frombuffer(content[start:end], stored).reshape(shape)
    if quantization is not None:
        array = _dequantized(path, name, array, dtype, quantization)
    return name, array, end


def _described(path: Path, spec: Any) -> tuple[str, list[int], str]:
    if isinstance(spec, dict):
        name, shape, dtype = spec.get("name"), spec.get("shape"), spec.get("dtype")
        lengths = shape if isinstance(shape, list) and len(shape) <= 8 else [-1]
        sound = all(type(n) is int and 0 <= n < 1 << 40 for n in lengths)
        if isinstance(name, str) and isinstance(dtype, str) and sound:
            return name, lengths, dtype
    raise ConversionError(
        path, "describes a weight badly", expected="name, shape and dtype", received=f"{spec!r:.200}"
    )


def _stored(path: Path, name: str, dtype: str, quantization: Any) -> np.dtype[Any]:
    if dtype not in _DTYPES:
        raise UnsupportedError(
            path,
            [(f"weight {name[:100]!r} of type {dtype[:40]!r}", "only numbers and bool have a form in ONNX")],
        )
    if quantization is None:
        return np.dtype(_DTYPES[dtype])
    kind = quantization.get("dtype") if isinstance(quantization, dict) else None
    if kind not in _QUANTISED:
        raise ConversionError(
            path,
            "has an unknown quantization",
            place=f"weight {name[:100]!r}",
            expected=", ".join(_QUANTISED),
            received=f"{kind!r:.40}",
        )
    return np.dtype(_QUANTISED[kind])


def _dequantized(
    path: Path, name: str, array: NDArray[Any], dtype: str, quantization: dict[str, Any]
) -> NDArray[Any]:
    if array.dtype == np.float16:
        return array.astype(np.float32)
    scale, least = (quantization.get(name, math.nan) for name in ("scale", "min"))
    if not all(type(value) in (int, float) and math.isfinite(value) for value in (scale, least)):
        raise ConversionError(
            path,
            "has an unknown quantization",
            place=f"weight {name[:100]!r}",
            expected="numbers as scale and min",
        )
    # JavaScript computes in float64 and rounds once; ties go up.
    wide = array.astype(np.float64) * scale + least
    result: NDArray[Any] = (
        np.floor(wide + 0.5).astype(np.int32) if dtype == "int32" else wide.astype(np.float32)
    )
    return result
