"""The task of documents, with a model that only counts letters: places, neighbours, what it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from documents import docx
from support import run
from wardian.components import Document, FoundAnswers, GivenFile
from wardian.errors import InputError
from wardian.tasks import load_task
from wardian.tasks.ask import TOP_K, ask


class Pipe:
    """Embeds a text by how many of a few letters it has."""

    pooling = "mean"
    prompts: dict[str, str] = {"query": "q: ", "passage": "p: "}  # noqa: RUF012

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, text: str, **options: Any) -> Any:
        assert options == {"pooling": "mean", "normalize": True, "prompt_name": "query"}
        self.texts.append(text)
        return self._vector(text)[None]

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


def asked(document: Any, question: str, pipe: Any, steps: list[Any]) -> FoundAnswers:
    return run(ask(document, question, pipe, lambda *step: steps.append(step)))


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
