"""The protocol: every operation, every kind of answer, cancelling, and what is not expected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from support import MemoryFolder, run
from wardian import worker as module
from wardian.components import Label, Textbox
from wardian.errors import DeviceError, ModelError, UnknownNameError, WardianError
from wardian.pipelines.base import Pipeline
from wardian.session.mock import MockSession
from wardian.task import Interface, Task
from wardian.types import TensorSpec
from wardian.worker import Worker, value_to_wire

X, Y = TensorSpec("x", "float32", ("n",)), TensorSpec("y", "float32", ("n",))


class Lengths(Pipeline):
    """A pipeline of texts to their lengths, times what the session says."""

    kind = "feature-extraction"

    async def __call__(self, texts: Any, *, plus: float = 0, progress: Any = None) -> Any:
        if progress is not None:
            progress("measure", 0, 1)
        values = np.float32([len(text) for text in texts])
        outputs = await self.session.run({"x": values})
        if progress is not None:
            progress("measure", 1, 1)
        return {"lengths": np.asarray(outputs["y"]) + np.float32(plus), "count": np.int64(len(texts))}


def times(factor: float) -> MockSession:
    return MockSession(
        [X], [Y], lambda feeds: {"y": feeds["x"] * np.float32(factor)}, device="cpu", threads=2
    )


async def measure(text: str, pipe: Lengths, progress: Any) -> list[dict[str, Any]]:
    return [{"label": "length", "score": float((await pipe([text], progress=progress))["lengths"][0])}]


async def count(text: str) -> AsyncIterator[str]:
    for end in range(1, len(text) + 1):
        yield text[:end]


async def wait_for_ever(text: str) -> str:
    STARTED.append(text)
    try:
        await asyncio.Event().wait()
    finally:
        STARTED.append("ended")
    return text


async def stumble(text: str) -> str:
    raise KeyError("a bug")


async def lazy(text: str, open_pipeline: Any, progress: Any) -> str:
    """A model is opened for long texts alone."""
    if len(text) < 5:
        return text
    pipe = await open_pipeline("feature-extraction", "further")
    return str((await pipe([text], progress=progress))["count"])


STARTED: list[str] = []


def task(name: str, fn: Any, output: Any) -> Task:
    return Task(
        id=name, kind="feature-extraction", model="m", title=name, description=name,
        inputs=[Textbox("Text", max_length=20)], outputs=[output], fn=fn,
        own_model={"measure": Interface((X,), (Y,)), "count": "folder"}.get(name),
    )  # fmt: skip


TASKS = {
    "measure": task("measure", measure, Label("Length")),
    "count": task("count", count, Textbox("Text")),
    "wait": task("wait", wait_for_ever, Textbox("Text")),
    "stumble": task("stumble", stumble, Textbox("Text")),
    "lazy": Task(
        id="lazy", title="lazy", description="lazy", inputs=[Textbox("Text")], outputs=[Textbox("Text")],
        fn=lazy, uses=["further"],
    ),
}  # fmt: skip


class Opened:
    """What the worker opened, in place of `wardian.pipelines.pipeline` and `open_session`."""

    def __init__(self) -> None:
        self.pipelines: list[dict[str, Any]] = []
        self.sessions: list[Any] = []

    async def pipeline(self, kind: str, model: str | None, **options: Any) -> Pipeline:
        if options["device"] not in ("auto", "cpu"):
            raise DeviceError("No such device.", value=options["device"])
        await asyncio.sleep(0)
        self.pipelines.append({"kind": kind, "model": model, **options})
        folder = MemoryFolder({}, {"fp32": "onnx/model.onnx", "q8": "onnx/model_q8.onnx"})
        return Lengths(folder, times(1), folder.resolve_dtype(options["dtype"]), options["owner"])

    async def open_session(self, source: Any, **options: Any) -> MockSession:
        self.sessions.append(source)
        if source == b"garbage":
            raise ModelError("The file is not an ONNX model that can be run.")
        if source == b"other":
            return MockSession([X], [TensorSpec("z", "float32", ("n",))], lambda feeds: {})
        return times(10 if isinstance(source, bytes) else 1)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    fake = Opened()
    monkeypatch.setattr(module, "pipeline", fake.pipeline)
    monkeypatch.setattr("wardian.pipelines.own_model.open_session", fake.open_session)
    monkeypatch.setattr(module, "load_task", TASKS.__getitem__)
    return fake


async def started() -> None:
    while not STARTED:  # noqa: ASYNC110 - an event would bind to the loop of another test
        await asyncio.sleep(0.001)


async def ask(worker: Worker, **request: Any) -> list[dict[str, Any]]:
    return [answer async for answer in worker.handle(request)]


async def result(worker: Worker, **request: Any) -> Any:
    last = (await ask(worker, **request))[-1]
    assert last["type"] == "result", last
    return last["value"]


async def error(worker: Worker, **request: Any) -> dict[str, Any]:
    answers = await ask(worker, **request)
    assert [answer["type"] for answer in answers if answer["type"] not in ("progress", "partial")] == [
        "error"
    ]
    wire: dict[str, Any] = answers[-1]["error"]
    assert set(wire) == {"kind", "message", "value", "expected", "received", "hint", "details"}
    return wire


def test_a_task_from_open_to_answer(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        settings = {"device": "auto", "dtype": "q8", "threads": 2.0}
        facts = await result(worker, op="open_task", task="measure", **settings)
        assert facts == {"device": "cpu", "dtype": "q8", "threads": 2}
        answers = await ask(worker, op="run_task", task="measure", inputs={"text": "four"})
        assert answers[:2] == [
            {"type": "progress", "stage": "measure", "done": 0, "total": 1},
            {"type": "progress", "stage": "measure", "done": 1, "total": 1},
        ]
        value = answers[2]["value"]
        assert value["outputs"] == [{"label": "length", "confidences": [{"label": "length", "score": 4.0}]}]
        assert value["milliseconds"] > 0 and len(answers) == 3
        assert len(opened.pipelines) == 1 and opened.pipelines[0]["owner"] == "task:measure"

    run(scenario())


def test_a_task_is_opened_once_and_again_for_other_settings(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        request = {"op": "open_task", "task": "measure", "device": "auto", "dtype": None, "threads": 0}
        await asyncio.gather(*(result(worker, **request) for _ in range(3)))
        await result(worker, op="run_task", task="measure", inputs={"text": "a"})
        assert len(opened.pipelines) == 1
        await result(worker, **{**request, "dtype": "q8"})
        assert [made["dtype"] for made in opened.pipelines] == [None, "q8"]
        assert (await error(worker, **{**request, "device": "webgpu"}))["kind"] == "DeviceError"
        await result(worker, op="run_task", task="measure", inputs={"text": "a"})
        assert len(opened.pipelines) == 2

    run(scenario())


def test_partial_answers(opened: Opened) -> None:
    answers = run(ask(Worker(), op="run_task", task="count", inputs={"text": "abc"}))
    assert [a["value"]["outputs"] for a in answers if a["type"] == "partial"] == [["a"], ["ab"], ["abc"]]
    assert answers[-1]["type"] == "result" and answers[-1]["value"]["outputs"] == ["abc"]


@pytest.mark.parametrize(
    ("request_", "kind", "word"),
    [
        ({"op": "fly"}, "UnknownNameError", "fly"),
        ({}, "UnknownNameError", "None"),
        ({"op": "open_task"}, "InputError", "task"),
        ({"op": "run_task", "task": "measure"}, "InputError", "inputs"),
        ({"op": "run_task", "task": "measure", "inputs": {"text": "x" * 21}}, "InputError", "too long"),
        ({"op": "run_task", "task": "measure", "inputs": {"tex": "x"}}, "UnknownNameError", "tex"),
        ({"op": "open_pipeline", "pipeline": "p"}, "InputError", "kind"),
        ({"op": "run_pipeline", "pipeline": "none"}, "UnknownNameError", "none"),
        ({"op": "use_model", "task": "count", "model": b"x"}, "InputError", "no model"),
        ({"op": "use_model", "task": "measure", "model": "x"}, "InputError", "model"),
    ],
)
def test_bad_requests(opened: Opened, request_: dict[str, Any], kind: str, word: str) -> None:
    wire = run(error(Worker(), **request_))
    assert wire["kind"] == kind and wire["details"] is None
    assert word in wire["message"] + str(wire["value"])


def test_a_bug_is_an_error_with_details(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        wire = await error(worker, op="run_task", task="stumble", inputs={"text": "a"})
        assert wire["kind"] == "UnexpectedError" and wire["received"].startswith("KeyError: '")
        assert wire["received"].endswith("'")
        assert "Traceback" in wire["details"] and "stumble" in wire["details"]
        await result(worker, op="run_task", task="measure", inputs={"text": "a"})

    run(scenario())


def test_cancelling_ends_the_work(opened: Opened) -> None:
    async def scenario() -> None:
        STARTED.clear()
        worker = Worker()
        request = asyncio.ensure_future(ask(worker, op="run_task", task="wait", inputs={"text": "a"}))
        await started()
        request.cancel()
        answers = await request
        assert [a["type"] for a in answers] == ["error"] and answers[0]["error"]["kind"] == "CancelledError"
        assert STARTED == ["a", "ended"]
        await result(worker, op="run_task", task="measure", inputs={"text": "a"})

    run(scenario())


def test_requests_run_side_by_side(opened: Opened) -> None:
    async def scenario() -> None:
        STARTED.clear()
        worker = Worker()
        slow = asyncio.ensure_future(ask(worker, op="run_task", task="wait", inputs={"text": "a"}))
        await started()
        await result(worker, op="run_task", task="measure", inputs={"text": "a"})
        assert not slow.done()
        slow.cancel()
        await slow

    run(scenario())


def test_a_model_of_your_own(opened: Opened) -> None:
    async def length(worker: Worker) -> float:
        value = await result(worker, op="run_task", task="measure", inputs={"text": "four"})
        return float(value["outputs"][0]["confidences"][0]["score"])

    async def scenario() -> None:
        worker = Worker()
        assert await length(worker) == 4
        await result(worker, op="use_model", task="measure", name="ten.onnx", model=memoryview(b"times ten"))
        assert await length(worker) == 40
        for model, words in ((b"garbage", "not an ONNX"), (b"other", "other outputs")):
            wire = await error(worker, op="use_model", task="measure", name="bad.onnx", model=model)
            assert wire["kind"] == "ModelError" and words in wire["message"]
            assert await length(worker) == 40
        before = len(opened.sessions)
        await result(worker, op="use_model", task="measure", name="again.onnx", model=b"times ten")
        assert len(opened.sessions) == before and await length(worker) == 40
        await result(worker, op="open_task", task="measure", device="cpu", dtype=None, threads=1)
        assert await length(worker) == 40, "another device keeps the user's model"
        await result(worker, op="use_model", task="measure", name="", model=None)
        assert await length(worker) == 4

    run(scenario())


def test_a_model_folder_of_ones_own_takes_the_place_of_the_tasks(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        facts = {"op": "open_task", "device": "cpu", "dtype": None, "threads": 1}
        for model in (None, "local/mine-1a2b3c4d", "local/mine-1a2b3c4d"):
            await result(worker, **facts, task="count", model=model)
        await result(worker, op="run_task", task="count", inputs={"text": "ab"})
        assert [made["model"] for made in opened.pipelines] == ["m", "local/mine-1a2b3c4d"]
        await result(worker, **facts, task="count", model=None)
        assert opened.pipelines[-1]["model"] == "m"
        wire = await error(worker, **facts, task="measure", model="local/mine-1a2b3c4d")
        assert wire["kind"] == "InputError" and "model folder" in wire["message"]

    run(scenario())


def test_a_further_pipeline_is_opened_when_it_is_needed_and_once(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        assert (await result(worker, op="open_task", task="lazy"))["device"] == "python"
        assert (await result(worker, op="run_task", task="lazy", inputs={"text": "abc"}))["outputs"] == [
            "abc"
        ]
        assert opened.pipelines == []
        for _ in range(2):
            assert (await result(worker, op="run_task", task="lazy", inputs={"text": "abcdef"}))[
                "outputs"
            ] == ["1"]
        assert [(each["model"], each["owner"]) for each in opened.pipelines] == [("further", "task:lazy")]

    run(scenario())


def test_an_onnx_file_of_the_store_is_used_by_its_id(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_local(model_id: str) -> MemoryFolder:
        if model_id != "local/ten-1a2b3c4d":
            raise UnknownNameError("model of your own", model_id, ["local/ten-1a2b3c4d"])
        return MemoryFolder({}, {"fp32": "onnx/ten.onnx"})

    monkeypatch.setattr("wardian.pipelines.own_model.open_model", open_local)

    async def scenario() -> None:
        worker = Worker()
        asked = {"op": "use_model", "task": "measure", "name": "ten.onnx"}
        for _ in range(2):
            await result(worker, **asked, model="local/ten-1a2b3c4d")
        assert [source.path for source in opened.sessions] == ["onnx/ten.onnx"]
        wire = await error(worker, **asked, model="local/tan-1a2b3c4d")
        assert wire["kind"] == "UnknownNameError" and "local/ten-1a2b3c4d" in wire["hint"]

    run(scenario())


def test_pipelines(opened: Opened) -> None:
    async def scenario() -> None:
        worker = Worker()
        made = {"op": "open_pipeline", "pipeline": "p1", "kind": "feature-extraction", "model": None}
        facts = await result(worker, **made, device="cpu", dtype=None, threads=0)
        assert facts == {"device": "cpu", "dtype": "fp32", "threads": 2}
        assert opened.pipelines[0]["owner"] == "p1"
        asked = {"op": "run_pipeline", "pipeline": "p1", "input": ["a", "bcd"]}
        answers = await ask(worker, **asked, options={"plus": 1})
        assert [a["type"] for a in answers] == ["progress", "progress", "result"]
        value = answers[-1]["value"]
        assert value["count"] == 2 and type(value["count"]) is int
        assert value["lengths"]["dims"] == [2] and value["lengths"]["data"].tolist() == [2, 4]
        wire = await error(worker, **asked, options={"pluss": 1})
        assert wire["kind"] == "UnknownNameError" and wire["hint"] == "Did you mean 'plus'?"
        assert await result(worker, op="close_pipeline", pipeline="p1") is None
        assert await result(worker, op="close_pipeline", pipeline="p1") is None
        assert (await error(worker, **asked))["kind"] == "UnknownNameError"

    run(scenario())


def test_owners() -> None:
    worker = Worker()
    assert worker.owner_of({"op": "run_task", "task": "digits"}) == "task:digits"
    assert worker.owner_of({"op": "run_pipeline", "pipeline": "pipeline:3"}) == "pipeline:3"
    assert worker.owner_of({}) == ""


def test_values_on_the_wire() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    wire = value_to_wire([array, {1: (np.float32(0.5), None, "s", True)}])
    assert wire[0]["data"].tolist() == [0, 3, 1, 4, 2, 5] and wire[0]["data"].flags.c_contiguous
    assert wire[0]["dims"] == [3, 2] and wire[1] == {"1": [0.5, None, "s", True]}


def test_memory() -> None:
    wire = module.error_to_wire(MemoryError())
    assert "memory" in str(wire["message"]) and str(WardianError.from_wire(wire).hint).startswith(
        "Try a smaller input"
    )
