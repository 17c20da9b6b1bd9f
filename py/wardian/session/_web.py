"""Sessions in Pyodide: onnxruntime-web in an engine worker, reached through the bridge of `_platform`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyodide.ffi import to_js  # type: ignore[import-not-found]

from wardian import _platform
from wardian.errors import DeviceError, EngineLostError, ModelError, SessionClosedError
from wardian.session._validate import check_feeds, check_fetches
from wardian.types import KeptTensor, Tensor, TensorSpec, from_wire, to_wire

if TYPE_CHECKING:
    from wardian.hub import ModelFile

__all__ = ["WebSession", "open_web_session"]

_DEVICES = ("auto", "wasm", "webgpu")


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
        #: The JavaScript side: `BridgeSession` of `app/python_worker/bridge.ts`.
        self._remote: Any = None
        self._closed = False
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
                key = f"{hashlib.sha256(self._source).hexdigest()}/{device}/{threads}"
                data = to_js(memoryview(self._source))
                answer = await bridge.openSessionFromBytes(self._owner, key, data, device, threads)
            else:
                model, path = self._source.model_id, self._source.path
                answer = await bridge.openSession(self._owner, model, path, device, threads)
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
    ) -> dict[str, Tensor]:
        """Run the model; see `wardian.session.Session`."""
        if self._closed:
            raise SessionClosedError()
        checked = check_feeds(self.inputs, feeds)
        names = check_fetches(self.outputs, fetches)
        if self._remote is None or not self._remote.alive:
            await self.reopen()
        remote = self._remote
        for name, value in checked.items():
            _feed(remote, name, value)
        with _platform.translated_errors():
            outputs = await remote.run("\n".join(names), "\n".join(keep))
        found = {out["name"]: _tensor(out) for out in outputs.to_py()}
        return {name: found[name] for name in names}

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


def _feed(remote: Any, name: str, value: Tensor) -> None:
    """Hand one input over: a call with plain values, dims as text (see `BridgeSession`)."""
    if isinstance(value, KeptTensor):
        remote.feedKept(name, value.dtype, " ".join(map(str, value.dims)), value.handle)
        return
    wire = to_wire(name, value)
    data = wire["data"] if wire["dtype"] == "string" else wire["data"].data
    remote.feed(name, wire["dtype"], " ".join(map(str, wire["dims"])), to_js(data))


def _tensor(out: Mapping[str, Any]) -> Tensor:
    return KeptTensor.from_wire(out) if "handle" in out else from_wire(out)
