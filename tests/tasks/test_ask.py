"""The task of documents, with a model that only counts letters: places, neighbours, what it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from documents import docx
from support import run
from wardian.components import Answers, Document, FoundAnswers, GivenFile
from wardian.errors import InputError
from wardian.pipelines import composing
from wardian.tasks import load_task
from wardian.tasks.ask import TOP_K, ask


class Pipe:
    """Embeds a text by how many of a few letters it has."""

    pooling = "mean"
    prompts: dict[str, str] = {"query": "q: ", "passage": "p: "}  # noqa: RUF012

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, text: str | list[str], **options: Any) -> Any:
        prompt = "query" if isinstance(text, str) else "passage"
        assert options == {"pooling": "mean", "normalize": True, "prompt_name": prompt}
        texts = [text] if isinstance(text, str) else text
        self.texts += texts
        return np.stack([self._vector(one) for one in texts])

    async def embed_spans(self, texts: Any, spans: Any, **options: Any) -> Any:
        assert options["prompt_name"] == "passage"
        self.texts += texts
        return [
            np.stack([self._vector(text), *(self._vector(text[start:end]) for start, end in own)])
            for text, own in zip(texts, spans, strict=True)
        ]

    def _vector(self, text: str) -> Any:
        counts = np.float32([text.count(letter) for letter in "zxqj"]) + 0.01
        return counts / np.linalg.norm(counts)


TEXT = (
    "# Zoo\n\nA zebra is there. It eats a lot.\n\n# Box\n\nThe ox is in it. A fox, too.\n\n# Quay\n\nA queue."
)


class Writer:
    """Composes two sentences of which one is about a fox, and begins a third."""

    folder = SimpleNamespace(id="writer")
    asked = ""

    async def stream(self, messages: Any, **options: Any) -> AsyncIterator[Any]:
        self.asked = messages[-1]["content"]
        assert options["do_sample"] is False
        for piece, reason in ((" A fox", None), (" is in xx. Jjj.", None), (" Then", "length")):
            yield SimpleNamespace(text=piece, finish_reason=reason)


def all_answers(
    document: Any, question: str, pipe: Any, steps: list[Any], writer: Any = None
) -> list[FoundAnswers]:
    async def opened(kind: str, model: str) -> Any:
        assert (kind, model) == ("text-generation", "SmolLM2-135M-Instruct")
        return writer

    async def all_of() -> list[FoundAnswers]:
        in_words = writer is not None
        given = ask(document, question, in_words, pipe, opened, lambda *step: steps.append(step))
        return [one async for one in given]

    return run(all_of())


def asked(document: Any, question: str, pipe: Any, steps: list[Any]) -> FoundAnswers:
    [found] = all_answers(document, question, pipe, steps)
    assert found.in_words is None, "nothing is composed that nobody asked for"
    return found


def test_an_answer_in_words_says_which_sentence_each_of_its_own_is_like(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composing, "LIKE", 0.9)
    writer = Writer()
    first, *parts, last = all_answers(TEXT, "xx", Pipe(), [], writer)
    assert first.in_words is None and first.answers == last.answers
    assert [one.in_words.sentences[0].text for one in parts if one.in_words] == [
        "A fox",
        "A fox is in xx. Jjj.",
    ]
    assert all(one.in_words and not one.in_words.done for one in parts)
    assert last.in_words and last.in_words.done and last.in_words.passages == 3
    fox, jam = last.in_words.sentences
    assert fox.text == "A fox is in xx." and fox.answer == 0 and fox.sentence is not None
    assert last.answers[0].text[slice(*fox.sentence)] in ("The ox is in it.", "A fox, too.")
    # "j" is in no passage: nothing says that.
    assert jam.text == "Jjj." and jam.answer is None and jam.sentence is None
    assert writer.asked.startswith("Answer the question") and writer.asked.endswith("Question: xx")
    assert all(answer.text.split()[0] in writer.asked for answer in last.answers[:3])
    payload = Answers().postprocess(last)["in_words"]
    assert payload["sentences"][0]["place"]["answer"] == 0 and payload["sentences"][1]["place"] is None
    assert payload["model"] == "writer"


def test_a_second_question_embeds_only_itself() -> None:
    pipe, steps = Pipe(), []
    found = asked(TEXT, "xx", pipe, steps)
    assert (found.answers[0].heading, found.passages, found.pages) == ("Box", 3, 0)
    best = found.answers[0]
    assert best.text[slice(*best.sentence)] in ("The ox is in it.", "A fox, too.")
    assert best.before.startswith("Zoo") and best.after.startswith("Quay")
    assert [one.score for one in found.answers] == sorted((one.score for one in found.answers), reverse=True)
    assert len(pipe.texts) == 4 and steps == [("embed", 0, 3), ("embed", 3, 3)]
    pipe.texts.clear()
    again = asked(TEXT, "zz", pipe, steps)
    assert pipe.texts == ["zz"] and len(steps) == 2
    assert again.answers[0].text.startswith("Zoo") and again.answers[0].before == ""


def test_the_sentence_with_the_words_of_the_question_is_marked() -> None:
    found = asked("A cat is here. A dog is there. A cow is away.", "Where is the dog?", Pipe(), [])
    best = found.answers[0]
    assert best.text[slice(*best.sentence)] == "A dog is there."


def test_a_file_says_its_name_and_no_more_than_some_passages_come() -> None:
    paragraphs = [(1, f"Part {n}") if n % 2 else (0, "zebra " * 60) for n in range(1, 61)]
    found = asked(GivenFile("zoo.docx", docx(paragraphs)), "zebra", Pipe(), [])
    assert found.name == "zoo.docx" and found.passages == 30 and len(found.answers) == TOP_K


def test_what_the_page_may_send() -> None:
    document = Document(max_bytes=10, max_length=20)
    assert document.preprocess({"text": "Hello"}) == "Hello"
    assert document.preprocess({"name": "a", "base64": "aGk="}) == GivenFile("a", b"hi")
    for payload in (
        None,
        {"text": " "},
        {"text": "x" * 21},
        {"name": "a", "content": b"x" * 11},
        {"name": 1},
        5,
    ):
        with pytest.raises(InputError):
            document.preprocess(payload)


@pytest.mark.parametrize("text", ["😀🎉", "\x00a\x00", "مرحبا. كيف؟", "a" * 5000, "\ud800 half."])
def test_odd_texts_are_answered(text: str) -> None:
    found = asked(text, "?", Pipe(), [])
    assert len(found.answers) >= 1
    payload = load_task("ask").write_outputs(found)[0]
    assert all(set(one) >= {"lead", "sentence", "rest"} for one in payload["answers"])
