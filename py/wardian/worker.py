"""The protocol between the page and Python: one request in, a stream of answers out.

Requests and answers are `Request` and `Answer` of `app/shared/messages.ts`; docs/architecture.md lists the
operations. Nothing here knows of JavaScript, so all of it is tested in CPython.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from wardian._requests import Wanted, image_inputs, missing, text_of, wanted_of
from wardian._wire import error_to_wire, value_to_wire
from wardian.errors import CancelledError, InputError, UnknownNameError, shorten
from wardian.hub import LOCAL, ModelFolder, open_model
from wardian.pipelines.base import Pipeline, pipeline
from wardian.pipelines.own_model import use_own_model
from wardian.task import Interface, Task
from wardian.tasks import load_task

__all__ = ["Worker", "error_to_wire", "value_to_wire"]

Answer = dict[str, Any]
Emit = Callable[[Answer], None]
#: What is said of an exception that nobody expected, by operation.
_FAILED = {"run_task": "The code of this task failed."}
#: The facts of a task that runs in Python alone.
_NO_ENGINE = {"device": "python", "dtype": None, "threads": 1}
#: Kinds of pipelines whose answers say where in a text something stands.
_WITH_PLACES = ("question-answering", "token-classification")


@dataclass
class _Opened:
    """A task or a pipeline that is open, and how it was asked for."""

    pipe: Pipeline
    #: Id of its model; None for the kind's usual one.
    model: str | None
    wanted: Wanted
    #: What a user put in place of the task's own model: the content of an ONNX file, or a model's local id.
    own_model: bytes | str | None = None

    def facts(self) -> dict[str, Any]:
        pipe = self.pipe
        return {"device": pipe.device, "dtype": pipe.dtype, "threads": pipe.threads, **pipe.offers()}


@dataclass
class _Place:
    """Where one task or pipeline lives: opened at most once, by one request at a time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    opened: _Opened | None = None


class Worker:
    """Answers requests. Requests may run at the same time.

    >>> async def ask() -> None:
    ...     async for answer in Worker().handle({"op": "run_task", "task": "digit", "inputs": {}}):
    ...         print(answer["type"], answer["error"]["kind"], "–", answer["error"]["hint"])
    >>> asyncio.run(ask())
    error UnknownNameError – Did you mean 'digits'?
    """

    def __init__(self, *, models_dir: Path | str | None = None) -> None:
        """`models_dir`: where model folders lie (CPython)."""
        self._models_dir = models_dir
        self._places: dict[str, _Place] = {}
        self._operations: dict[str, Callable[[Mapping[str, Any], Emit], Any]] = {
            "open_task": self._open_task,
            "run_task": self._run_task,
            "use_model": self._use_model,
            "open_pipeline": self._open_pipeline,
            "run_pipeline": self._run_pipeline,
            "close_pipeline": self._close_pipeline,
        }

    def owner_of(self, request: Mapping[str, Any]) -> str:
        """Whose engine worker a request uses: `task:<id>`, or the pipeline's id."""
        if "task" in request:
            return f"task:{request['task']}"
        return str(request.get("pipeline", ""))

    async def handle(self, request: Mapping[str, Any]) -> AsyncIterator[Answer]:
        """Answer one request: any number of `progress` and `partial`, then one `result` or `error`.

        Never raises. Cancelling the task that iterates it stops the work and gives a CancelledError as the
        last answer.
        """
        answers: asyncio.Queue[Answer | None] = asyncio.Queue()
        job = asyncio.ensure_future(self._perform(request, answers.put_nowait))
        job.add_done_callback(lambda _: answers.put_nowait(None))
        try:
            while (answer := await answers.get()) is not None:
                yield answer
            last: Answer = {"type": "result", "value": value_to_wire(await job)}
        except asyncio.CancelledError:
            last = {"type": "error", "error": CancelledError().to_wire()}
        except Exception as error:  # the page shows whatever it is, and goes on
            last = {"type": "error", "error": error_to_wire(error, _FAILED.get(str(request.get("op"))))}
        finally:
            if not job.done():
                job.cancel()
                await asyncio.wait([job])
        yield last

    async def _perform(self, request: Mapping[str, Any], emit: Emit) -> Any:
        operation = self._operations.get(str(request.get("op")))
        if operation is None:
            raise UnknownNameError("operation", request.get("op"), self._operations)
        try:
            return await operation(request, emit)
        except (SystemExit, KeyboardInterrupt) as error:
            # They would go through the event loop and end the interpreter, and nobody would have an answer.
            raise RuntimeError(f"the code raised {type(error).__name__}") from error

    # --------------------------------------------------------------------------------------------- tasks

    async def _open_task(self, request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
        task = load_task(text_of(request, "task"))
        model = request.get("model")
        if model is not None and task.own_model != "folder":
            raise InputError(f"The task {task.id!r} takes no model folder of your own.", value=shorten(model))
        opened = await self._opened_task(task, wanted_of(request), model)
        return _NO_ENGINE if opened is None else opened.facts()

    async def _opened_task(
        self, task: Task, wanted: Wanted | None, model: str | None = None
    ) -> _Opened | None:
        """The opened task, None for one without a model; `wanted` None takes it as it is.

        `model` is the folder to open in place of the task's own.
        """
        if task.kind is None:
            return None
        owner = f"task:{task.id}"
        if (model or task.model) is None:
            if wanted is not None:
                await self._close(owner)
            place = self._places.get(owner)
            return None if place is None else place.opened
        kind = (task.own_kind if model not in (None, *task.choices) else None) or task.kind
        return await self._opened(owner, kind, model or task.model, wanted, owner)

    async def _close(self, key: str) -> None:
        place = self._places.pop(key, None)
        if place is not None and place.opened is not None:
            await place.opened.pipe.close()

    async def _opened(
        self, key: str, kind: str, model: str | None, wanted: Wanted | None, owner: str
    ) -> _Opened:
        place = self._places.setdefault(key, _Place())
        async with place.lock:
            before = place.opened
            if before is not None and (wanted is None or (wanted, model) == (before.wanted, before.model)):
                return before
            device, dtype, threads = wanted or ("auto", None, 0)
            pipe: Pipeline = await pipeline(
                kind,
                model,
                device=device,
                dtype=dtype,
                threads=threads,
                models_dir=self._models_dir,
                owner=owner,
            )
            place.opened = _Opened(pipe, model, wanted or ("auto", None, 0))
            if before is not None:
                await before.pipe.close()
                if before.own_model is not None:
                    await _replace_model(place.opened, before.own_model)
            return place.opened

    async def _run_task(self, request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
        task = load_task(text_of(request, "task"))
        # Checked before the model is there: a wrong input is told at once.
        payloads = request.get("inputs")
        if not isinstance(payloads, Mapping):
            raise missing("inputs", "an object: input name to payload", payloads)
        opened = await self._opened_task(task, None)
        inputs = task.read_inputs(payloads)
        started = time.perf_counter()
        pipe = opened and opened.pipe
        made = task.call(
            inputs,
            pipe=pipe,
            progress=_progress(emit),
            open_model=self._open_model,
            open_pipeline=partial(self._open_further, task),
        )
        if isinstance(made, AsyncGenerator):
            value = None
            async for value in made:
                emit({"type": "partial", "value": {"outputs": value_to_wire(task.write_outputs(value))}})
        else:
            value = await made
        outputs = task.write_outputs(value)
        return {"outputs": outputs, "milliseconds": (time.perf_counter() - started) * 1000}

    async def _use_model(self, request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
        task = load_task(text_of(request, "task"))
        if not isinstance(task.own_model, Interface):
            raise InputError(f"The task {task.id!r} takes no model of your own.")
        model = request.get("model")
        if isinstance(model, (bytearray, memoryview)):
            model = bytes(model)
        if not (model is None or isinstance(model, bytes) or str(model).startswith(LOCAL)):
            raise missing("model", "the bytes of an ONNX file, the local id of a model, or null", model)
        opened = await self._opened_task(task, None)
        if opened is None:
            raise InputError(f"The task {task.id!r} has no model that could be replaced.")
        # The same content again is the same session: to open it and close the one before would close both.
        if model != opened.own_model:
            await _replace_model(opened, model, task.own_model, str(request.get("name") or "model"))
        return opened.facts()

    async def _open_model(self, model_id: str) -> ModelFolder:
        return await open_model(model_id, models_dir=self._models_dir)

    async def _open_further(self, task: Task, kind: str, model: str) -> Pipeline:
        """A pipeline beside the task's own, opened when it is first asked for, in the task's engine."""
        owner = f"task:{task.id}"
        return (await self._opened(f"{owner}/{kind}/{model}", kind, model, None, owner)).pipe

    # ----------------------------------------------------------------------------------------- pipelines

    async def _open_pipeline(self, request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
        key = text_of(request, "pipeline")
        model = request.get("model")
        opened = await self._opened(key, text_of(request, "kind"), model, wanted_of(request), key)
        return opened.facts()

    async def _run_pipeline(self, request: Mapping[str, Any], emit: Emit) -> Any:
        key = text_of(request, "pipeline")
        place = self._places.get(key)
        if place is None or place.opened is None:
            raise UnknownNameError("open pipeline", key, self._places)
        pipe = place.opened.pipe
        streams = bool(request.get("stream"))
        if streams and not hasattr(pipe, "stream"):
            raise InputError(
                f"{pipe.kind} gives its answer as a whole.",
                expected="a pipeline for text-generation",
                hint="Call the pipeline instead.",
            )
        options = dict(request.get("options") or {})
        value = image_inputs(request.get("input")) if "image" in pipe.kind else request.get("input")
        for name in options:
            if name not in pipe.options:
                raise UnknownNameError(f"option of {pipe.kind}", name, pipe.options)
        if streams:
            return await _streamed(pipe, value, options, emit)
        call: Any = pipe
        answer = await call(value, **options, progress=_progress(emit))
        if pipe.kind not in _WITH_PLACES:
            return answer
        from wardian.pipelines.utf16_answers import in_utf16

        return in_utf16(pipe.kind, value, options, answer)

    async def _close_pipeline(self, request: Mapping[str, Any], emit: Emit) -> None:
        await self._close(text_of(request, "pipeline"))


async def _replace_model(
    opened: _Opened, model: bytes | str | None, interface: Interface | None = None, name: str = "model"
) -> None:
    """Run `model`, or the task's own for None; what ran before stays where the new one does not fit."""
    device, _, threads = opened.wanted
    await use_own_model(opened.pipe, model, device, threads, interface, name)
    opened.own_model = model


async def _streamed(pipe: Any, value: Any, options: Mapping[str, Any], emit: Emit) -> int:
    """Each delta of a pipeline's stream as a `partial`; the number of tokens."""
    count = 0
    async with aclosing(pipe.stream(value, progress=_progress(emit), **options)) as deltas:
        async for delta in deltas:
            count = delta.tokens
            emit({"type": "partial", "value": asdict(delta)})
    return count


def _progress(emit: Emit) -> Callable[[str, int, int], None]:
    return lambda stage, done, total: emit({"type": "progress", "stage": stage, "done": done, "total": total})
