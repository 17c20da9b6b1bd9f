"""What runs on both sides: a task, with everything that it computes on the way noted down.

The same file runs in CPython and, sent there by `page.py`, in Pyodide, so it needs nothing beyond wardian,
NumPy and its neighbours.
"""

from __future__ import annotations

import inspect
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
from wardian.hub import ModelFile, ModelFolder, open_model
from wardian.pipelines import base
from wardian.session import Session
from wardian.session._kept import KeptArrays
from wardian.task import Task
from wardian.types import Append, KeptTensor, Tensor, TensorSpec
from wardian_build.packing import unpacked
from wardian_build.parity.columns import columns

__all__ = ["Arrays", "Noted", "Notes", "load_source", "owner_of", "record"]

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

    def add(self, kind: str, arrays: Mapping[str, Any], session: str = "", number: int | None = None) -> int:
        """Note a stage; its number, the next one of its kind unless it is given."""
        if number is None:
            number = sum(1 for stage in self.stages if stage.kind == kind)
        # Whoever was given an array may write into it afterwards.
        copies = {name: np.array(array) for name, array in arrays.items()}
        self.stages.append(Noted(kind, number, session, copies))
        return number


class RecordingSession:
    """A session that notes what goes in and what comes out.

    Tensors that were to stay in the engine come out too, and are kept here: what is never seen cannot be
    compared.
    """

    def __init__(self, inner: Session, path: str, notes: list[Notes]) -> None:
        self._inner, self._path, self._notes = inner, path, notes
        self.inputs: Sequence[TensorSpec] = inner.inputs
        self.outputs: Sequence[TensorSpec] = inner.outputs
        self.device, self.threads = inner.device, inner.threads
        self._kept = KeptArrays()

    async def run(
        self,
        feeds: Mapping[str, Tensor],
        *,
        fetches: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        append: Append | None = None,
    ) -> dict[str, Tensor]:
        arrays = {name: self._kept.get(name, value) for name, value in feeds.items()}
        # What runs before the first case, to warm up, belongs to none.
        notes = self._notes[-1] if self._notes else Notes()
        number = notes.add("preprocess", arrays, self._path)
        results = await self._inner.run(arrays, fetches=fetches)
        # Of several runs at a time any may end first.
        notes.add("run", results, self._path, number)
        return {name: self._kept.result(name, np.asarray(results[name]), keep, append) for name in results}

    async def gather(self, kept: Sequence[KeptTensor], rows: Sequence[int]) -> list[KeptTensor]:
        return self._kept.gather(kept, rows)

    def release(self, kept: Iterable[KeptTensor]) -> None:
        self._kept.release(kept)

    async def close(self) -> None:
        self._kept.clear()
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


def owner_of(model: str) -> str:
    """Whose engine runs a model: tasks with one model share it."""
    return f"parity:{model}"


async def record(
    source: str,
    task_id: str,
    cases: Sequence[Mapping[str, Any]],
    *,
    device: str,
    dtype: str | None,
    models_dir: Path | None = None,
    model: bytes | None = None,
    stay: list[Any] | None = None,
) -> tuple[list[Notes], dict[str, Any]]:
    """Run the task that `source`, a file's text, defines, with the inputs of each case, as a golden has them.

    Returns the stages of each case, and facts about where it ran. A case that fails has its error in place of
    what is missing, and the next one goes on. The task's pipeline is closed, or added to those that `stay`.
    """
    task = load_source(source, task_id)
    if _platform.IN_PYODIDE and task.packages:
        await _platform.load_packages(list(task.packages))
    notes: list[Notes] = []
    with _recording(notes, model) as sessions:
        pipe = None
        if task.kind is not None and task.model is not None:
            owner = owner_of(task.model)
            pipe = await base.pipeline(
                task.kind, task.model, device=device, dtype=dtype, models_dir=models_dir, owner=owner
            )
            if stay is not None:
                stay.append(pipe)
        try:
            for case in cases:
                notes.append(Notes())
                await _record_case(task, unpacked(dict(case)), pipe, notes[-1], models_dir, dtype)
        finally:
            if pipe is not None and stay is None:
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
    task: Task,
    case: Mapping[str, Any],
    pipe: Any,
    notes: Notes,
    models_dir: Path | None,
    dtype: str | None,
) -> None:
    async def opened(model_id: str) -> ModelFolder:
        return await open_model(model_id, models_dir=models_dir)

    async def open_further(kind: str, model: str) -> Any:
        # Recorded like the task's own: `base.open_session` notes what goes in and what comes out.
        device = "auto" if _platform.IN_PYODIDE else "cpu"
        return await base.pipeline(
            kind, model, device=device, dtype=dtype, models_dir=models_dir, owner=owner_of(model)
        )

    def answer(value: Any) -> None:
        payloads = task.write_outputs(value)
        pairs = zip(task.outputs, payloads, strict=True)
        kept = [component.without_measurements(payload) for component, payload in pairs]
        notes.add("answer", columns(kept[0] if len(kept) == 1 else {str(i): p for i, p in enumerate(kept)}))

    try:
        inputs = task.read_inputs(case)
        names = [component.name for component in task.inputs]
        notes.add("decode", columns(dict(zip(names, inputs, strict=True))))
        services = {"progress": lambda *_: None, "open_model": opened, "open_pipeline": open_further}
        made = task.call(inputs, pipe=pipe, **services)
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
