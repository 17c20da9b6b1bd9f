"""What runs on both sides: a task with everything that it computes on the way noted down, and a model alone.

The same file runs in CPython and, sent there by `page.py`, in Pyodide, so it needs nothing beyond wardian,
NumPy and two neighbours. Arrays stay where they were computed: a catalogue says their dtype, shape and
SHA-256, and only what differs is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import io
import platform
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian import _platform
from wardian.errors import WardianError
from wardian.hub import ModelFile, ModelFolder, open_model
from wardian.pipelines import base
from wardian.session import Session, open_session
from wardian.task import Task
from wardian.types import KeptTensor, Tensor, TensorSpec
from wardian_build.packing import unpacked
from wardian_build.parity.columns import columns

__all__ = ["Noted", "Notes", "answered", "load_source", "piece", "record", "record_here", "run_here"]

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Noted:
    """What one stage gave: `kind` is decode, preprocess (a run's inputs), run (its outputs) or answer.

    `session` is the path of the ONNX file in its model folder, `number` counts runs, or answers of a stream.
    """

    kind: str
    number: int
    session: str
    arrays: Arrays


@dataclass
class Notes:
    """All stages of one case in their order; `error` is what ended it early."""

    stages: list[Noted] = field(default_factory=list)
    error: str = ""

    def add(self, kind: str, arrays: Mapping[str, Any], session: str = "") -> None:
        number = sum(1 for stage in self.stages if stage.kind == kind)
        # Whoever was given an array may write into it afterwards.
        copies = {name: np.array(array) for name, array in arrays.items()}
        self.stages.append(Noted(kind, number, session, copies))


class RecordingSession:
    """A session that notes what goes in and what comes out.

    Tensors that were to stay in the engine come out too: what is never seen cannot be compared.
    """

    def __init__(self, inner: Session, path: str, notes: list[Notes]) -> None:
        self._inner, self._path, self._notes = inner, path, notes
        self.inputs: Sequence[TensorSpec] = inner.inputs
        self.outputs: Sequence[TensorSpec] = inner.outputs
        self.device, self.threads = inner.device, inner.threads

    async def run(
        self, feeds: Mapping[str, Tensor], *, fetches: Sequence[str] | None = None, keep: Sequence[str] = ()
    ) -> dict[str, Tensor]:
        self._notes[-1].add("preprocess", feeds, self._path)
        results = await self._inner.run(feeds, fetches=fetches)
        self._notes[-1].add("run", results, self._path)
        return results

    def release(self, kept: Iterable[KeptTensor]) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        await self._inner.close()


@contextmanager
def _recording(notes: list[Notes], replacement: bytes | None) -> Iterator[list[RecordingSession]]:
    """Record the sessions that pipelines open meanwhile; `replacement` runs in place of the model's file."""
    opened: list[RecordingSession] = []
    module: Any = base
    before = module.open_session

    async def recorded(source: bytes | Path | ModelFile, **options: Any) -> Session:
        path = source.path if isinstance(source, ModelFile) else ""
        session = await before(source if replacement is None else replacement, **options)
        opened.append(RecordingSession(session, path, notes))
        return opened[-1]

    module.open_session = recorded
    try:
        yield opened
    finally:
        module.open_session = before


async def record(
    source: str,
    task_id: str,
    cases: Sequence[Mapping[str, Any]],
    *,
    device: str,
    dtype: str | None,
    models_dir: Path | None = None,
    model: bytes | None = None,
) -> tuple[list[Notes], dict[str, Any]]:
    """Run the task that `source`, a file's text, defines, with the inputs of each case, as a golden has them.

    Returns the stages of each case, and facts about where it ran. A case that fails has its error in place of
    what is missing, and the next one goes on.
    """
    task = load_source(source, task_id)
    if _platform.IN_PYODIDE and task.packages:
        await _platform.load_packages(list(task.packages))
    notes: list[Notes] = []
    with _recording(notes, model) as sessions:
        pipe = None
        if task.kind is not None:
            owner = f"parity:{task_id}"
            pipe = await base.pipeline(
                task.kind, task.model, device=device, dtype=dtype, models_dir=models_dir, owner=owner
            )
        try:
            for case in cases:
                notes.append(Notes())
                await _record_case(task, unpacked(dict(case)), pipe, notes[-1], models_dir)
        finally:
            if pipe is not None:
                await pipe.close()
    threads = max((session.threads for session in sessions), default=0)
    facts = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "device": sessions[0].device if sessions else "",
        "threads": threads,
    }
    return notes, facts


async def _record_case(
    task: Task, case: Mapping[str, Any], pipe: Any, notes: Notes, models_dir: Path | None
) -> None:
    async def opened(model_id: str) -> ModelFolder:
        return await open_model(model_id, models_dir=models_dir)

    def answer(value: Any) -> None:
        payloads = task.write_outputs(value)
        pairs = zip(task.outputs, payloads, strict=True)
        kept = [component.without_measurements(payload) for component, payload in pairs]
        notes.add("answer", columns(kept[0] if len(kept) == 1 else {str(i): p for i, p in enumerate(kept)}))

    try:
        inputs = task.read_inputs(case)
        names = [component.name for component in task.inputs]
        notes.add("decode", columns(dict(zip(names, inputs, strict=True))))
        made = task.call(inputs, pipe=pipe, progress=lambda *_: None, open_model=opened)
        if inspect.isasyncgen(made):
            async for value in made:
                answer(value)
        else:
            answer(await made)  # type: ignore[misc]
    except Exception as error:  # a task may raise anything; where it did is what is asked
        notes.error = f"{type(error).__name__}: {error}"


def load_source(source: str, task_id: str) -> Task:
    """The task of a file's text, in a new module each time: it remembers nothing of earlier runs."""
    name = f"wardian.tasks.{task_id.replace('-', '_')}"
    module, before = types.ModuleType(name), sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(source, f"{name.rpartition('.')[2]}.py", "exec"), module.__dict__)
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    task: Task = module.task
    return task


async def run_model(session: Any, feeds: Sequence[Arrays], fetches: Sequence[str] | None) -> list[Arrays]:
    """The outputs of a session for each of the feeds."""
    return [
        {name: np.asarray(array) for name, array in (await session.run(each, fetches=fetches)).items()}
        for each in feeds
    ]


# ------------------------------------------------------------------------------- in the browser alone

_store: list[bytes] = []
"""Bytes of the arrays that were catalogued and can be fetched, by their number."""
_sessions: dict[str, Any] = {}


async def answered(work: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What `record_here` or `run_here` gives, or why it gives nothing; what earlier calls left is dropped."""
    _store.clear()
    try:
        found: dict[str, Any] = await work(request)
        return found
    except WardianError as error:
        return {"error": str(error)}


async def record_here(request: dict[str, Any]) -> dict[str, Any]:
    """`record` for the other side of the wire: the catalogue in place of the arrays."""
    url = request.pop("model_url")
    model = None if url is None else await _fetched(url)
    notes, facts = await record(**request, model=model)
    return {"facts": facts, "cases": [_wire(each) for each in notes]}


async def run_here(request: dict[str, Any]) -> dict[str, Any]:
    """Open a model, of the site or of the bytes at a URL, once, and run it with the feeds of an npz file."""
    from wardian.session._web import WebSession

    key = str((request["model"], request["device"], request["optimization"]))
    owner = "parity:model"
    if key not in _sessions:
        for session in _sessions.values():
            await session.close()
        _sessions.clear()
        if isinstance(request["model"], str):
            content = await _fetched(request["model"])
            session = WebSession(content, request["device"], 0, owner)
            session.optimization = request["optimization"]
            await session.reopen()
        else:
            folder = await open_model(request["model"]["id"])
            dtype = next(d for d, path in folder.dtypes.items() if path == request["model"]["path"])
            session = await open_session(await folder.onnx(dtype), device=request["device"], owner=owner)
        _sessions[key] = session
    session = _sessions[key]
    feeds = [_unzipped(base64.b64decode(text)) for text in request["feeds"]]
    results = await run_model(session, feeds, request["fetches"])
    return {"device": session.device, "runs": [catalogue(run) for run in results]}


async def _fetched(url: str) -> bytes:
    from js import fetch  # type: ignore[import-not-found]

    response = await fetch(url)
    content: bytes = (await response.bytes()).to_bytes()
    return content


def _unzipped(content: bytes) -> Arrays:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


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
