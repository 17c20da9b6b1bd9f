"""Sessions in CPython: native onnxruntime. The only module that imports it.

`OrtRun` runs in a thread, so that the event loop stays free; onnxruntime allows concurrent runs of a session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wardian.errors import DeviceError, ModelError, SessionClosedError
from wardian.session._kept import KeptArrays
from wardian.session._validate import check_appended, check_feeds, check_fetches
from wardian.types import DTYPES, Append, KeptTensor, Tensor, TensorSpec

if TYPE_CHECKING:
    from wardian.hub import ModelFile

__all__ = ["NativeSession", "native_options", "open_native_session"]

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}

#: onnxruntime's names of element types, where they are not `tensor(<our name>)`.
_ORT_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64"}


def native_options() -> Any:
    """An `onnxruntime.SessionOptions` with which products of int8 are exact on every processor.

    x86 without VNNI (AMD before Zen 4, Intel before Cascade Lake) adds uint8 · int8 in pairs of 16 bits,
    which overflow without a word: a model's numbers would be wrong there, and other than in the browser. With
    this setting onnxruntime multiplies uint8 · uint8 on those processors, which is exact. Others are as they
    were.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 3
    return options


async def open_native_session(
    source: bytes | Path | ModelFile, *, device: str = "auto", threads: int = 0
) -> NativeSession:
    """Open a model with native onnxruntime; see `wardian.session.open_session`."""
    # Imported here, so that the message about a missing package is ours, and tokenizers work without it.
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError(
            "The package onnxruntime is not installed.", hint="pip install 'wardian[native]'"
        ) from error
    name = _choose_device(device, onnxruntime.get_available_providers())
    options = native_options()
    options.intra_op_num_threads = threads
    model: bytes | str
    if isinstance(source, bytes):
        model, label = source, "the given bytes"
    else:
        path = source if isinstance(source, Path) else source.local
        if path is None or not path.is_file():
            raise ModelError("The model file does not exist.", value=str(path or source))
        # By path, so that external data beside the file is found.
        model, label = str(path), path.name
    if not model:
        raise ModelError("The model is empty.", value=label, expected="an ONNX file", received="0 bytes")
    try:
        ort = await asyncio.to_thread(
            onnxruntime.InferenceSession, model, sess_options=options, providers=[_PROVIDERS[name]]
        )
    except Exception as error:  # onnxruntime's exceptions have no common base but Exception
        raise ModelError(
            "The file is not an ONNX model that can be run.",
            value=label,
            expected="an ONNX file",
            received=_first_line(error),
        ) from error
    if ort.get_providers()[0] != _PROVIDERS[name]:
        raise DeviceError(f"The device {name!r} failed to start.", received=ort.get_providers()[0])
    return NativeSession(ort, name, threads)


def _choose_device(device: str, available: Sequence[str]) -> str:
    here = [name for name, provider in _PROVIDERS.items() if provider in available]
    if device == "auto":
        return "cuda" if "cuda" in here else "cpu"
    if device not in here:
        raise DeviceError(
            f"The device {device!r} is not available.",
            value=repr(device),
            expected="one of " + ", ".join(["auto", *here]),
            hint="'wasm' and 'webgpu' exist in the browser only." if device in ("wasm", "webgpu") else None,
        )
    return device


class NativeSession:
    """One model in native onnxruntime."""

    def __init__(self, ort: Any, device: str, threads: int) -> None:
        self._ort: Any = ort
        self._kept = KeptArrays()
        self.device = device
        self.threads = threads
        self.inputs: Sequence[TensorSpec] = tuple(map(_spec, ort.get_inputs()))
        self.outputs: Sequence[TensorSpec] = tuple(map(_spec, ort.get_outputs()))

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        append: Append | None = None,
    ) -> dict[str, Tensor]:
        """Run the model; see `wardian.session.Session`."""
        if self._ort is None:
            raise SessionClosedError()
        checked = check_feeds(self.inputs, feeds)
        names = check_fetches(self.outputs, fetches)
        check_appended(names, append)
        arrays = {name: self._kept.get(name, value) for name, value in checked.items()}
        try:
            results = await asyncio.to_thread(self._ort.run, names, arrays)
        except Exception as error:  # onnxruntime's exceptions have no common base but Exception
            raise ModelError(
                "The model failed while it ran.",
                received=_first_line(error),
                hint="The inputs fit the model's interface, but not each other or the model's graph.",
            ) from error
        return {
            name: self._kept.result(name, np.asarray(result), keep, append)
            for name, result in zip(names, results, strict=True)
        }

    async def gather(self, kept: Sequence[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        """Other rows of tensors that stayed here."""
        return self._kept.gather(kept, rows)

    def release(self, kept: Iterable[KeptTensor]) -> None:
        """Free tensors that stayed here."""
        self._kept.release(kept)

    async def close(self) -> None:
        """Free the model."""
        self._ort = None
        self._kept.clear()


def _spec(value: Any) -> TensorSpec:
    """onnxruntime's NodeArg as TensorSpec; a dimension it knows nothing of is None there and "" here."""
    dtype = _ORT_TYPES.get(value.type) or value.type.removeprefix("tensor(").removesuffix(")")
    dims = tuple(dim if isinstance(dim, (int, str)) else "" for dim in value.shape)
    return TensorSpec(value.name, dtype if dtype in DTYPES else value.type, dims)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
