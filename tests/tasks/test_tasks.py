"""The gallery's tasks describe themselves, and check what they are given."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from support import run
from wardian.components import Checkbox, Label, Textbox
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.session.mock import MockSession
from wardian.task import Example, Interface, Task
from wardian.tasks import load_task, task_ids
from wardian.tasks.digits import MNIST
from wardian.types import TensorSpec


def test_the_gallery() -> None:
    assert task_ids() == [
        "ask",
        "chat",
        "digits",
        "eligibility",
        "file-type",
        "fill",
        "grammar",
        "language",
        "recommend",
        "redact",
        "search",
        "sentiment",
        "sort",
        "spam",
        "summarise",
        "tokenizer",
        "translate",
    ]
    with pytest.raises(UnknownNameError, match="Did you mean 'search'"):
        load_task("serch")
    with pytest.raises(UnknownNameError):
        load_task("_search_texts")


@pytest.mark.parametrize("task_id", task_ids())
def test_what_the_page_reads(task_id: str) -> None:
    task = load_task(task_id)
    info = task.info()
    assert json.loads(json.dumps(info)) == info
    assert set(info) == {
        "id", "kind", "model", "title", "description", "inputs", "outputs", "examples", "packages", "live",
        "own_model", "own_kind", "choices", "uses", "on_demand", "group",
    }  # fmt: skip
    assert info["id"] == task_id
    for text in (info["title"], info["description"], *(c["label"] for c in info["inputs"] + info["outputs"])):
        assert set(text) == {"en", "zh"} and all(text.values())
    assert all(component["name"] for component in info["inputs"])


@pytest.mark.parametrize("task_id", task_ids())
def test_examples_are_good_inputs(task_id: str) -> None:
    task = load_task(task_id)
    assert len(task.examples) == 3
    for example in task.examples:
        names = [component.name for component in task.inputs]
        assert len(task.read_inputs(dict(zip(names, example.inputs, strict=True)))) == len(task.inputs)


def test_inputs_are_named_by_the_function() -> None:
    assert [c["name"] for c in load_task("search").info()["inputs"]] == ["text", "query"]
    assert [c["name"] for c in load_task("digits").info()["inputs"]] == ["drawing"]
    assert load_task("digits").info()["own_model"] == {
        "inputs": [{"name": "Input3", "dtype": "float32", "dims": [1, 1, 28, 28]}],
        "outputs": [{"name": "Plus214_Output_0", "dtype": "float32", "dims": [1, 10]}],
    }


def make(**changes: Any) -> Task:
    async def shout(text: str) -> str:
        return text.upper()

    settings: dict[str, Any] = {
        "id": "shout", "kind": "feature-extraction", "model": "m", "title": "T", "description": "D",
        "inputs": [Textbox("Text")], "outputs": [Textbox("Loud")], "fn": shout,
    }  # fmt: skip
    return Task(**{**settings, **changes})


def test_a_task_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(UnknownNameError, match="feature-extraction"):
        make(kind="feature-extractoin")
    with pytest.raises(TypeError, match="2 inputs"):
        make(inputs=[Textbox("A"), Textbox("B")])
    with pytest.raises(TypeError, match="example"):
        make(examples=[Example("E", ["a", "b"])])
    with pytest.raises(TypeError, match="Label of task 'shout' is no input"):
        make(inputs=[Label("A")])
    with pytest.raises(TypeError, match="Checkbox of task 'shout' is no output"):
        make(outputs=[Checkbox("A")])


def test_inputs_and_outputs_are_checked() -> None:
    task = make()
    assert task.read_inputs({"text": "a"}) == ["a"]
    with pytest.raises(UnknownNameError, match="Did you mean 'text'"):
        task.read_inputs({"txt": "a"})
    with pytest.raises(InputError, match="empty"):
        task.read_inputs({})
    assert task.write_outputs("A") == ["A"]
    two = make(outputs=[Textbox("A"), Label("B")])
    assert two.write_outputs(("a", {"x": 1.0}))[1]["label"] == "x"
    with pytest.raises(InputError, match="tuple of 2"):
        two.write_outputs("a")


def session(inputs: list[TensorSpec], outputs: list[TensorSpec]) -> MockSession:
    return MockSession(inputs, outputs, lambda feeds: {})


X, Y = MNIST.inputs[0], MNIST.outputs[0]


def test_an_own_model_must_have_the_interface() -> None:
    MNIST.check(session([X], [Y]), "a.onnx")
    MNIST.check(session([TensorSpec("Input3", "float32", ("n", 1, 28, 28))], [Y]), "a.onnx")


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([TensorSpec("input", "float32", (1, 1, 28, 28))], [Y]),
        ([TensorSpec("Input3", "float16", (1, 1, 28, 28))], [Y]),
        ([TensorSpec("Input3", "float32", (1, 28, 28))], [Y]),
        ([TensorSpec("Input3", "float32", (1, 3, 28, 28))], [Y]),
        ([X, TensorSpec("more", "float32", (1,))], [Y]),
        ([X], [TensorSpec("Plus214_Output_0", "float32", (1, 1000))]),
        ([X], []),
    ],
)
def test_other_interfaces_are_refused(inputs: list[TensorSpec], outputs: list[TensorSpec]) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx") as caught:
        MNIST.check(session(inputs, outputs), "a.onnx")
    assert caught.value.expected and caught.value.received


def test_interface_without_limits() -> None:
    Interface((), ()).check(session([], []), "empty.onnx")


def test_search_embeds_each_passage_once() -> None:
    """A second question about the same text embeds only the question."""
    from wardian.tasks import search as module

    class Pipe:
        dtype = "q8"
        pooling = "cls"
        folder = type("Folder", (), {"id": "fake"})()
        prompts: dict[str, str] = {"query": "q: ", "passage": "p: "}  # noqa: RUF012
        texts: list[str] = []  # noqa: RUF012

        async def __call__(self, texts: Any, **options: Any) -> Any:
            prompt = "query" if isinstance(texts, str) else "passage"
            assert options == {"pooling": self.pooling, "normalize": True, "prompt_name": prompt}
            batch = [texts] if isinstance(texts, str) else texts
            self.texts += batch
            return np.float32(
                [[len(set(text) & set("cat")), len(set(text) & set("dog")), 0.1] for text in batch]
            )

    pipe: Any = Pipe()
    text = "A cat.\n\nA dog.\n\nA cat.\n\nNothing."
    steps: list[tuple[str, int, int]] = []
    passages = run(module.search(text, "dog", pipe, lambda *step: steps.append(step)))
    assert pipe.texts == ["A cat.", "A dog.", "Nothing.", "dog"]
    assert steps == [("embed", 0, 3), ("embed", 3, 3)]
    assert passages[0].text == "A dog." == text[passages[0].start : passages[0].end]
    assert len(passages) == 4 and [p.score for p in passages] == sorted(
        (p.score for p in passages), reverse=True
    )
    pipe.texts.clear()
    steps.clear()
    assert run(module.search(text, "cat", pipe, lambda *step: steps.append(step)))[0].text == "A cat."
    assert pipe.texts == ["cat"] and steps == []
