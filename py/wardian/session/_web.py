"""Sessions in Pyodide: onnxruntime-web in an engine worker, reached through the bridge of `_platform`."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyodide.ffi import to_js  # type: ignore[import-not-found]

from wardian import _platform
from wardian.errors import (
    CancelledError,
    DeviceError,
    EngineLostError,
    ModelError,
    SessionClosedError,
    WardianError,
)
from wardian.session._validate import check_appended, check_feeds, check_fetches, contiguous
from wardian.types import Append, Array, KeptTensor, Tensor, TensorSpec, carried, dtype_name, from_wire

if TYPE_CHECKING:
    from wardian.hub import ModelFile

__all__ = ["WebSession", "open_web_session"]

_DEVICES = ("auto", "wasm", "webgpu")
_holders = itertools.count()


async def open_web_session(
    source: bytes | ModelFile, *, device: str = "auto", threads: int = 0, owner: str = ""
) -> WebSession:
    """Open a model in the owner's engine worker, which is started if there is none; see `open_session`."""
    if device not in _DEVICES:
        raise DeviceError(
            f"The device {device!r} is not available.",
            value=repr(device),
            expected="one of " + ", ".join(_DEVICES),
            hint="'cpu' and 'cuda' exist outside the browser only." if device in ("cpu", "cuda") else None,
        )
    if isinstance(source, bytes) and not source:
        raise ModelError(
            "The model is empty.", value="the given bytes", expected="an ONNX file", received="0 bytes"
        )
    session = WebSession(source, device, threads, owner)
    await session.reopen()
    return session


class WebSession:
    """One model in an engine worker; where that worker was ended, the next run opens the model anew."""

    def __init__(self, source: bytes | ModelFile, device: str, threads: int, owner: str) -> None:
        self._source = source
        self._wanted = (device, threads)
        self._owner = owner
        #: Who closes the engine's session, which others may share.
        self._holder = next(_holders)
        #: The JavaScript side: `BridgeSession` of `app/python_worker/bridge.ts`.
        self._remote: Any = None
        self._closed = False
        #: `"disabled"` or `"basic"`: how far onnxruntime may change a graph of bytes; set before `reopen`.
        self.optimization: str | None = None
        #: Whether WebGPU is compared with WASM before it is trusted with bytes; set before `reopen`.
        self.checked = True
        #: Signature of the last feeds and their heads, as text; heads of the last outputs, as text and read;
        #: what the last run was told to append to, and that as text.
        self._prepared: tuple[object, str] = None, ""
        self._read: tuple[str, list[TensorSpec | KeptTensor]] = "[]", []
        self._appended: tuple[object, str] = None, ""
        self.device = device
        self.threads = threads
        self.inputs: Sequence[TensorSpec] = ()
        self.outputs: Sequence[TensorSpec] = ()

    async def reopen(self) -> None:
        """Create the session in the engine; a session of the same file, device and threads is shared."""
        bridge = _platform.bridge()
        device, threads = self._wanted
        with _platform.translated_errors():
            if isinstance(self._source, bytes):
                level = self.optimization
                sha256 = hashlib.sha256(self._source).hexdigest()
                key = f"{sha256}/{device}/{threads}" + (f"/{level}" if level else "")
                data = to_js(memoryview(self._source))
                answer = await bridge.openSessionFromBytes(
                    self._holder, self._owner, key, data, device, threads, self.checked, level
                )
            else:
                model, path = self._source.model_id, self._source.path
                answer = await bridge.openSession(self._holder, self._owner, model, path, device, threads)
        opened = answer.opened.to_py()
        self._remote = answer.session
        self.device, self.threads = str(opened["device"]), int(opened["threads"])
        self.inputs = tuple(map(TensorSpec.from_wire, opened["inputs"]))
        self.outputs = tuple(map(TensorSpec.from_wire, opened["outputs"]))

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        append: Append | None = None,
    ) -> dict[str, Tensor]:
        """Run the model; see `wardian.session.Session`."""
        if self._closed:
            raise SessionClosedError()
        names = check_fetches(self.outputs, fetches)
        check_appended(names, append)
        values, heads = self._prepare(feeds)
        texts = "\n".join(names), "\n".join(keep), self._append_text(append)
        at = 0 if append is None else append.at
        while True:
            if self._remote is None or not self._remote.alive:
                await self.reopen()
            data = to_js([_data(value) for value in values if not isinstance(value, KeptTensor)])
            start = _started(self._remote.run, heads, data, *texts, at)
            try:
                found, results = await _platform.call(start)
                break
            except (CancelledError, DeviceError) as error:
                if not _repeatable(error, values):
                    raise
        if found != self._read[0]:
            self._read = found, [_head_of(wire) for wire in json.loads(found)]
        arrays = iter(results)
        tensors = {head.name: _tensor(head, arrays) for head in self._read[1]}
        return {name: tensors[name] for name in names}

    def _append_text(self, append: Append | None) -> str:
        """What to append to as JSON, which stays the same until the tensors have no room left."""
        if append is None:
            return ""
        key = list(append.into.items()), append.axis
        if key != self._appended[0]:
            self._appended = key, json.dumps(append.to_wire())
        return self._appended[1]

    def _prepare(self, feeds: Mapping[str, Tensor]) -> tuple[list[Tensor], str]:
        """Checked feeds in the order of the model's inputs, and what JavaScript must know of them, as JSON.

        Feeds of the dtypes and shapes of the last call, and the same kept tensors, are not checked and
        described again: a decoder has dozens of these, which stay the same for dozens of tokens.
        """
        plain = all(type(value) is np.ndarray or type(value) is KeptTensor for value in feeds.values())
        signature = [
            (name, value.dtype, value.shape) if isinstance(value, np.ndarray) else (name, value)
            for name, value in feeds.items()
        ]
        if plain and signature == self._prepared[0]:
            values = [feeds[spec.name] for spec in self.inputs]
            return [contiguous(v) if isinstance(v, np.ndarray) else v for v in values], self._prepared[1]
        checked = check_feeds(self.inputs, feeds)
        head = json.dumps([_head(name, value) for name, value in checked.items()])
        if plain:
            self._prepared = signature, head
        return list(checked.values()), head

    async def gather(self, kept: Sequence[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        """Other rows of tensors that stayed in the engine."""
        if self._closed:
            raise SessionClosedError()
        handles = to_js([tensor.handle for tensor in kept])
        described, _ = await _platform.call(_started(self._remote.gather, handles, to_js(list(rows))))
        return [KeptTensor.from_wire(out) for out in json.loads(described)]

    def release(self, kept: Iterable[KeptTensor]) -> None:
        """Free tensors that stayed in the engine."""
        if self._remote is not None:
            self._remote.release(to_js([tensor.handle for tensor in kept]))

    async def close(self) -> None:
        """Free the model."""
        if self._closed:
            return
        self._closed = True
        remote, self._remote = self._remote, None
        if remote is None or not remote.alive:
            return
        try:
            with _platform.translated_errors():
                await remote.close()
        except EngineLostError:
            # Its worker is gone, and the memory with it.
            return


def _started(run: Any, *arguments: Any) -> Callable[[int], object]:
    """A run of `BridgeSession` that waits for the number of its call."""
    return lambda call: run(call, *arguments)


def _repeatable(error: WardianError, values: Iterable[Tensor]) -> bool:
    """Whether a run is to be asked of another engine: the one it had ended through no fault of the run.

    A device is at fault twice at most (`device_faults.ts`), then the model runs on WASM. An engine that was
    ended for another request's cancel took this run with it. Tensors that were kept there are gone.
    """
    if any(isinstance(value, KeptTensor) for value in values):
        return False
    return isinstance(error, DeviceError) or not _platform.cancelling()


def _head(name: str, value: Tensor) -> dict[str, Any]:
    """A feed without its data; see `Tensors` of `app/shared/messages.ts`."""
    if isinstance(value, KeptTensor):
        return {**value.to_wire(), "name": name}
    return {"name": name, "dtype": dtype_name(value.dtype), "dims": value.shape}


def _data(value: Array) -> Any:
    """A memoryview, which becomes one typed array (a copy), or the strings of a string tensor."""
    data = carried(value)
    return data if isinstance(data, list) else data.data


def _head_of(wire: Mapping[str, Any]) -> TensorSpec | KeptTensor:
    return KeptTensor.from_wire(wire) if "handle" in wire else TensorSpec.from_wire(wire)


def _tensor(head: TensorSpec | KeptTensor, arrays: Iterator[Any]) -> Tensor:
    if isinstance(head, KeptTensor):
        return head
    return from_wire({"dtype": head.dtype, "dims": head.dims, "data": next(arrays)})
