"""The page's end of the wire: runs in Pyodide alone, sent there by `page.py`.

Arrays stay where they were computed: a catalogue says their dtype, shape and SHA-256, and only what differs
is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import WardianError
from wardian.hub import ModelFile, open_model
from wardian.session import Session, open_session
from wardian_build.parity.inside import Arrays, Notes, owner_of, record

__all__ = ["answered", "catalogue", "piece", "record_task", "run_model"]

_store: list[bytes] = []
"""Bytes of the arrays that were catalogued and can be fetched, by their number."""
_sessions: dict[str, Any] = {}
_pipelines: list[Any] = []
"""Those of the last task: open until the next task's are, so that a model of both is opened once."""


async def answered(work: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What `record_task` or `run_model` gives, or why it gives nothing; earlier catalogues are void."""
    _store.clear()
    try:
        found: dict[str, Any] = await work(request)
        return found
    except WardianError as error:
        return {"error": str(error)}


async def record_task(request: dict[str, Any]) -> dict[str, Any]:
    """`record` for the other side of the wire: the catalogue in place of the arrays."""
    url = request.pop("model_url")
    model = None if url is None else await _fetched(url)
    before = list(_pipelines)
    _pipelines.clear()
    try:
        notes, facts = await record(**request, model=model, stay=_pipelines)
    finally:
        for pipe in before:
            await pipe.close()
    return {"facts": facts, "cases": [_wire(each) for each in notes]}


async def run_model(request: dict[str, Any]) -> dict[str, Any]:
    """Open a model, of the site or of the bytes at a URL, once, and run it with each of the feeds."""
    from wardian.session._web import WebSession

    key = str((request["model"], request["device"], request["optimization"]))
    of_site = not isinstance(request["model"], str)
    owner = owner_of(request["model"]["id"] if of_site else "given")
    if key not in _sessions:
        before = list(_sessions.values())
        _sessions.clear()
        opened: Session
        if not of_site:
            content = await _fetched(request["model"])
            opened = WebSession(content, request["device"], 0, owner)
            opened.optimization, opened.checked = request["optimization"], False
            await opened.reopen()
        else:
            file = await _file_of_site(request["model"]["id"], request["model"]["path"])
            opened = await open_session(file, device=request["device"], owner=owner)
        _sessions[key] = opened
        # Not before: onnxruntime-web gives up the GPU with its last session, which looks like a lost device.
        for closed in before:
            await closed.close()
    session = _sessions[key]
    feeds = [_unpacked(each) for each in request["feeds"]]
    results = await _outputs(session, feeds, request["fetches"])
    return {"device": session.device, "runs": [catalogue(run) for run in results]}


async def _file_of_site(model_id: str, path: str) -> ModelFile:
    """An ONNX file of a model of the site: that of a dtype, of the whole or of a part."""
    folder = await open_model(model_id)
    named = [(None, folder.dtypes), *folder.parts.items()]
    dtype, part = next(
        (dtype, part) for part, paths in named for dtype, known in paths.items() if known == path
    )
    return await folder.onnx(dtype, part)


async def _outputs(session: Any, feeds: Sequence[Arrays], fetches: Sequence[str] | None) -> list[Arrays]:
    """The outputs of a session for each of the feeds."""
    return [
        {name: np.asarray(array) for name, array in (await session.run(each, fetches=fetches)).items()}
        for each in feeds
    ]


async def _fetched(url: str) -> bytes:
    from js import fetch  # type: ignore[import-not-found]

    response = await fetch(url)
    content: bytes = (await response.bytes()).to_bytes()
    return content


def _unpacked(feeds: Mapping[str, Any]) -> Arrays:
    with np.load(io.BytesIO(base64.b64decode(feeds["numbers"])), allow_pickle=False) as file:
        arrays = dict(file)
    for name, (shape, texts) in feeds["texts"].items():
        arrays[name] = np.array(texts, object).reshape(shape)
    return arrays


def _wire(notes: Notes) -> dict[str, Any]:
    stages = [
        {"kind": s.kind, "number": s.number, "session": s.session, "arrays": catalogue(s.arrays)}
        for s in notes.stages
    ]
    return {"stages": stages, "error": notes.error}


def catalogue(arrays: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """What is known of arrays without their bytes, which can be asked for by `number`; texts come along."""
    found: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        entry: dict[str, Any] = {"dtype": array.dtype.name, "shape": list(array.shape)}
        if array.dtype.kind in "OU":
            entry["texts"] = [str(text) for text in array.reshape(-1)]
        else:
            content = array.tobytes()
            entry |= {"sha256": hashlib.sha256(content).hexdigest(), "number": len(_store)}
            _store.append(content)
        found[name] = entry
    return found


def piece(number: int, start: int, size: int) -> str:
    """A part of a catalogued array's bytes, base64."""
    return base64.b64encode(_store[number][start : start + size]).decode("ascii")
