"""Sessions in Pyodide: onnxruntime-web in an engine worker, reached through ``wardian_bridge``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wardian import _platform
from wardian.errors import EngineLostError, ModelError
from wardian.session._validate import check_feeds, check_fetches
from wardian.types import KeptTensor, Tensor, TensorSpec

if TYPE_CHECKING:
    from wardian.hub import ModelFile

__all__ = ["WebSession", "open_web_session"]


class WebSession:
    """One model in an engine worker. An engine that was ended (a cancel, a crash) is replaced on the next run."""

    def __init__(self, source: bytes | ModelFile, *, device: str, threads: int, owner: str) -> None:
        self._source = source
        self._device = device
        self._threads = threads
        self._owner = owner
        self._remote: Any = None
        self._closed = False
        self.device = device
        self.threads = threads
        self.inputs: Sequence[TensorSpec] = ()
        self.outputs: Sequence[TensorSpec] = ()

    async def _open(self) -> None:
        bridge = _platform._bridge()
        with _platform.translated_errors():
            if isinstance(self._source, bytes):
                key = hashlib.sha256(self._source).hexdigest() + f"/{self._device}/{self._threads}"
                data = _platform.to_js(memoryview(self._source))
                answer = await bridge.openSessionFromBytes(self._owner, key, data, self._device, self._threads)
            else:
                model, path = self._source.model_id, self._source.path
                answer = await bridge.openSession(self._owner, model, path, self._device, self._threads)
        opened = answer.opened.to_py()
        self._remote = answer.session
        self.device, self.threads = opened["device"], opened["threads"]
        self.inputs, self.outputs = (
            tuple(TensorSpec(s["name"], s["dtype"], tuple(s["dims"])) for s in opened[side])
            for side in ("inputs", "outputs")
        )

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
    ) -> dict[str, Tensor]:
        """Run the model; see :class:`wardian.session.Session`."""
        if self._closed:
            raise ModelError("this session is closed", hint="Open the model again.")
        if self._remote is None:
            await self._open()
        checked = check_feeds(self.inputs, feeds)
        names = check_fetches(self.outputs, fetches)
        remote = self._remote
        for name, value in checked.items():
            if isinstance(value, KeptTensor):
                remote.feedKept(name, value.dtype, _platform.to_js(list(value.dims)), value.handle)
            else:
                dims = _platform.to_js(list(value.shape))
                data = _platform.to_js(_platform.flat_bits(value))
                remote.feed(name, _wire_dtype(value), dims, data)
        try:
            with _platform.translated_errors():
                outputs = await remote.run(_platform.to_js(names), _platform.to_js(list(keep)))
        except EngineLostError:
            self._remote = None
            raise
        except BaseException:
            # A cancelled run ended its engine: whatever comes next needs a new one.
            if not _platform._bridge().engineBusy(self._owner):
                self._remote = None if self._engine_gone() else self._remote
            raise
        return {out.name: _tensor(out) for out in outputs}

    def _engine_gone(self) -> bool:
        return not _platform._bridge().hasEngine(self._owner)

    async def close(self) -> None:
        """Free the model. Closing twice is allowed."""
        if self._closed:
            return
        self._closed = True
        if self._remote is not None and not self._engine_gone():
            with _platform.translated_errors():
                await self._remote.close()
        self._remote = None


async def open_web_session(
    source: bytes | ModelFile, *, device: str = "auto", threads: int = 0, owner: str = ""
) -> WebSession:
    """Open a model in the engine worker of ``owner`` (one is started when there is none)."""
    session = WebSession(source, device=device, threads=threads, owner=owner)
    await session._open()
    return session


def _wire_dtype(array: np.ndarray[Any, Any]) -> str:
    return array.dtype.name


def _tensor(out: Any) -> Tensor:
    dims = tuple(out.dims.to_py())
    if hasattr(out, "handle"):
        return KeptTensor(out.name, out.dtype, dims, out.handle)
    data = np.asarray(out.data.to_py())
    dtype = np.dtype(out.dtype)
    return (data if data.dtype == dtype else data.view(dtype)).reshape(dims)
