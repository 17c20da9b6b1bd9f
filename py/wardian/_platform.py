"""The seam between the two interpreters: which one runs, and, in Pyodide, the way to and from JavaScript.

Facts of the foreign-function interface that this file (and ``session/_web.py``) keeps to itself:

* a JavaScript promise costs 0.1–0.2 ms to await, a plain call a few microseconds: hence `call`;
* only 1-D contiguous arrays become typed arrays; int64 becomes ``BigInt64Array``; ``bool`` must be viewed as
  ``uint8`` and ``float16`` as ``uint16``;
* typed arrays inside a message arrive as copies: nothing in Python aliases JavaScript memory.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from wardian._reply import Reply
from wardian.errors import CancelledError, WardianError
from wardian.types import carried

if TYPE_CHECKING:
    from wardian.worker import Worker

__all__ = [
    "IN_PYODIDE",
    "Reply",
    "bridge",
    "call",
    "cancelling",
    "ends_soon",
    "load_packages",
    "local_model",
    "local_models",
    "read_model_file",
    "serve",
]
__all__ += ["site_models", "to_js", "translated_errors"]

IN_PYODIDE = sys.platform == "emscripten"


def bridge() -> Any:
    """The JavaScript module that ``app/python_worker/bridge.ts`` registers."""
    import wardian_bridge  # type: ignore[import-not-found]

    return wardian_bridge


# ------------------------------------------------------------------------------------------- model files


def site_models() -> dict[str, dict[str, Any]]:
    """The manifests of all models on this site, by model id (Pyodide only)."""
    return cast("dict[str, dict[str, Any]]", bridge().siteModels().to_py())


async def local_model(model_id: str) -> dict[str, Any] | None:
    """The manifest of a model of the visitor's own, None if there is none of that id (Pyodide only).

    Raises IntegrityError when the list of its files is damaged.
    """
    with translated_errors():
        manifest = await bridge().localModel(model_id)
    return None if manifest is None else cast("dict[str, Any]", manifest.to_py())


async def local_models() -> list[str]:
    """Ids of the models of the visitor's own that are complete (Pyodide only)."""
    return cast("list[str]", (await bridge().localModels()).to_py())


async def read_model_file(model_id: str, path: str) -> bytes:
    """A file of a model, from this device or from the site, its SHA-256 verified (Pyodide only).

    Raises:
        DownloadError: the file did not arrive whole, or is not the one in the manifest.
        UnknownNameError: the site has no such model, or the model no such file.
    """
    with translated_errors():
        content = await bridge().readModelFile(model_id, path)
    return cast(bytes, content.to_bytes())


async def auto_device(model_id: str) -> str:
    """Where a model is opened that has a graph for each device, and nobody says which: `webgpu` or `wasm`."""
    with translated_errors():
        return str(await bridge().autoDevice(model_id))


async def load_packages(names: list[str]) -> None:
    """Load further packages of the site's lock file, such as ``pillow`` (Pyodide only)."""
    with translated_errors():
        await bridge().loadPackages(to_js(names))


# ------------------------------------------------------------------------------------ values and errors


def to_js(value: object) -> Any:
    """A Python value for JavaScript: dicts become objects, lists arrays, arrays typed arrays (copied)."""
    from js import Object  # type: ignore[import-not-found]
    from pyodide.ffi import to_js as convert  # type: ignore[import-not-found]

    return convert(_wire(value), dict_converter=Object.fromEntries)


def _wire(value: object) -> object:
    if isinstance(value, np.ndarray):
        # A memoryview becomes one typed array; an ndarray would become a list. Dims go beside it, not in it.
        data = carried(value)
        return data if isinstance(data, list) else data.data
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn an error thrown by our JavaScript (it carries ``wire``) into its class of ``wardian.errors``."""
    try:
        yield
    except Exception as error:
        wire = getattr(error, "wire", None) if type(error).__name__ == "JsException" else None
        if wire is None:
            raise
        raise WardianError.from_wire(wire.to_py()) from error


# --------------------------------------------------------------------------------- answers without promises


_calls = count(1)
_replies: dict[int, Reply] = {}


async def call(start: Callable[[int], object]) -> tuple[str, Any]:
    """Start something in JavaScript that ends with a call of `settle`, and wait for it (Pyodide only).

    `start` is given the number of the call. Returns the text and the list that `settle` was given, typed
    arrays as memoryviews of their own. Raises the WardianError that it was given.
    """
    number, reply = next(_calls), Reply()
    _replies[number] = reply
    try:
        start(number)
        return cast("tuple[str, Any]", await reply)
    finally:
        del _replies[number]


def _settle(number: int, head: str, data: Any, error: Any) -> None:
    reply = _replies.get(number)
    if reply is None:  # cancelled meanwhile
        return
    if error is None:
        # The data must be read before this returns: JavaScript's arguments end with the call.
        reply.settle((head, data.to_py()))
    else:
        reply.settle(error=WardianError.from_wire(error.to_py()))


# --------------------------------------------------------------------------------------------- the worker


#: The request that the running code works for; the tasks it starts inherit it.
_request: ContextVar[int] = ContextVar("request", default=0)
_cancelling: set[int] = set()
#: Requests that look whether they are being cancelled, and end by themselves.
_ending_soon: set[int] = set()

PATIENCE = 0.25
"""Seconds that such a request has for it: a token's time."""


def cancelling() -> bool:
    """Whether the request that the running code works for is being cancelled."""
    return _request.get() in _cancelling


@contextmanager
def ends_soon() -> Iterator[None]:
    """Code that asks `cancelling()` often: a cancel waits for it a moment, and so leaves it its engine."""
    request = _request.get()
    _ending_soon.add(request)
    try:
        yield
    finally:
        _ending_soon.discard(request)


class _Server:
    """Runs ``wardian.worker.Worker`` for the messages that the Python worker's JavaScript forwards."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._running: dict[int, tuple[asyncio.Task[None], str]] = {}

    def handle(self, request_id: int, request: Any, emit: Any) -> None:
        message = request.to_py()
        owner = self._worker.owner_of(message)
        task = asyncio.get_event_loop().create_task(self._answer(request_id, message, emit))
        self._running[request_id] = (task, owner)
        task.add_done_callback(lambda _: self._done(request_id))

    def cancel(self, request_id: int) -> None:
        """Stop a request: at its next await, or, inside an engine run, by ending that engine."""
        running = self._running.get(request_id)
        if running is None:
            return
        _cancelling.add(request_id)
        if request_id in _ending_soon:
            asyncio.get_event_loop().call_later(PATIENCE, self._end, *running)
        else:
            self._end(*running)

    @staticmethod
    def _end(task: asyncio.Task[None], owner: str) -> None:
        if task.done():
            return
        if bridge().engineBusy(owner):
            bridge().endEngine(owner)
        task.cancel()

    def _done(self, request_id: int) -> None:
        self._running.pop(request_id, None)
        _cancelling.discard(request_id)

    async def _answer(
        self, request_id: int, message: dict[str, Any], emit: Callable[[Any, Any], None]
    ) -> None:
        _request.set(request_id)
        try:
            async for answer in self._worker.handle(message):
                emit(to_js(answer), to_js([]))
        except asyncio.CancelledError:
            emit(to_js({"type": "error", "error": CancelledError().to_wire()}), to_js([]))
        except Exception as error:  # an answer that cannot become a JavaScript value
            from wardian.worker import error_to_wire

            emit(to_js({"type": "error", "error": error_to_wire(error)}), to_js([]))


def _interrupted(*_: object) -> None:
    """End the running code if it works for a request that is being cancelled.

    The page raises SIGINT when a request that was cancelled has not come to an await; see
    ``app/shared/interrupt.ts``. Code that works for other requests goes on, and so does code that ends soon.
    """
    request = _request.get()
    if bridge().interrupted(request) and request not in _ending_soon:
        raise asyncio.CancelledError


def serve() -> Any:
    """Start answering requests; called once by ``app/python_worker/boot.ts``."""
    from js import Object
    from pyodide.ffi import create_proxy
    from pyodide.ffi import to_js as convert

    from wardian.worker import Worker

    signal.signal(signal.SIGINT, _interrupted)
    server = _Server(Worker())
    functions = {"handle": server.handle, "cancel": server.cancel, "settle": _settle}
    side = {name: create_proxy(function) for name, function in functions.items()}
    return convert(side, dict_converter=Object.fromEntries, create_pyproxies=False)
