"""The task Summarise, with models that only count letters or say what they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from support import run
from wardian.components import SummaryText
from wardian.errors import InputError
from wardian.pipelines import writing_summaries
from wardian.tasks.summarise import summarise

TEXT = """# Zoo

The zebra in the zoo eats grass all day. It rains. The zebra in the zoo eats grass each day.

# Box

The ox is in a box with a fox that sleeps. A quay has no queue at this early hour.
"""


class Embedder:
    """Embeds a text by how many of a few letters it has."""

    kind = "feature-extraction"
    prompts: dict[str, str] = {}  # noqa: RUF012
    folder = SimpleNamespace(id="letters")

    async def embed_spans(self, texts: Any, spans: Any, **options: Any) -> Any:
        return [
            np.stack([self._vector(text), *(self._vector(text[start:end]) for start, end in own)])
            for text, own in zip(texts, spans, strict=True)
        ]

    def _vector(self, text: str) -> Any:
        counts = np.float32([text.count(letter) for letter in "zxqj"]) + 0.01
        return counts / np.linalg.norm(counts)


class Writer:
    """Answers with a number for each question, two sentences of which the last is not ended."""

    kind = "text-generation"
    folder = SimpleNamespace(id="writer")

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def stream(self, messages: Any, **options: Any) -> AsyncIterator[Any]:
        self.asked.append(messages[-1]["content"])
        assert options["do_sample"] is False
        for piece, reason in ((f" Part {len(self.asked)}.", None), (" And", None), (" then", "length")):
            yield SimpleNamespace(text=piece, finish_reason=reason)


class Summarizer:
    kind = "summarization"
    folder = SimpleNamespace(id="local/my-bart-0123abcd")
    defaults: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def fits(self, text: str) -> bool:
        return len(text.split()) <= 25

    async def __call__(self, text: str, **options: Any) -> Any:
        self.asked.append((text, options))
        return [{"summary_text": f" {len(text.split())} words."}]


def summaries(how: str, count: int, pipe: Any, steps: list[Any], text: str = TEXT, **opened: Any) -> Any:
    async def open_pipeline(kind: str, model: str) -> Any:
        return opened[kind.replace("-", "_")]

    async def all_of() -> list[SummaryText]:
        progress = lambda *step: steps.append(step)  # noqa: E731
        return [one async for one in summarise(text, how, count, pipe, open_pipeline, progress)]

    return run(all_of())


def test_sentences_are_taken_in_their_order_without_saying_a_thing_twice() -> None:
    steps: list[Any] = []
    [found] = summaries("extract", 2, Embedder(), steps)
    assert (found.by, found.model, found.text, found.words) == ("extract", "letters", "", 42)
    taken = [passage.text[slice(*span)] for passage in found.passages for span in passage.sentences]
    assert len(taken) == 2 and "zebra" in taken[0] and "zebra" not in taken[1]
    assert [passage.heading for passage in found.passages] == ["Zoo", "Box"]
    assert steps == [("embed", 0, 2), ("embed", 2, 2)]


def test_more_sentences_than_there_are_and_short_ones_last() -> None:
    [three] = summaries("extract", 4, Embedder(), [])
    [all_] = summaries("extract", 30, Embedder(), [])
    count = lambda found: sum(len(passage.sentences) for passage in found.passages)  # noqa: E731
    assert count(three) == 4 and count(all_) == 5
    assert all("It rains." not in one.text[slice(*span)] for one in three.passages for span in one.sentences)


def test_what_is_written_streams_and_ends_with_a_whole_sentence() -> None:
    writer, steps = Writer(), []
    found = summaries("chat", 3, Embedder(), steps, text_generation=writer)
    assert [one.text for one in found] == ["Part 1.", "Part 1. And", "Part 1."]
    assert [one.done for one in found] == [False, False, True]
    assert {(one.by, one.model, one.parts) for one in found} == {("chat", "writer", 1)}
    assert writer.asked[0].startswith("Summarize this text in 3 sentences:\n\nZoo\n\nThe zebra")
    assert steps == [("summarise", 0, 1)]


def test_a_long_document_is_written_about_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_summaries, "PART_WORDS", 24)
    writer, steps = Writer(), []
    found = summaries("chat", 4, Embedder(), steps, text_generation=writer)
    assert found[-1].text == "Part 1.\n\nPart 2." and found[-1].parts == 2
    assert [one.done for one in found] == [False] * 5 + [True]
    assert all("part of a longer text in 2 sentences" in one for one in writer.asked)
    assert "zebra" in writer.asked[0] and "quay" in writer.asked[1] and steps[-1] == ("summarise", 1, 2)
    monkeypatch.setattr(writing_summaries, "MOST_PARTS", 1)
    with pytest.raises(InputError, match="too long") as caught:
        summaries("chat", 4, Embedder(), [], text_generation=Writer())
    assert caught.value.expected == "at most 24 words" and caught.value.received == "42 words"


def test_a_model_of_ones_own_gets_what_fits_it() -> None:
    own, steps = Summarizer(), []
    found = summaries("own", 4, own, steps)
    assert [one.text for one in found] == ["21 words.", "21 words.\n\n21 words."]
    assert found[-1].by == "own" and found[-1].model == "my-bart" and found[-1].parts == 2 and found[-1].done
    assert all(own.fits(text) for text, _ in own.asked) and steps == [
        ("summarise", 0, 2),
        ("summarise", 1, 2),
    ]
    assert own.asked[0][1] == {"max_new_tokens": 80}
    own.defaults = {"max_length": 142}
    summaries("own", 4, own, [])
    assert own.asked[-1][1] == {}, "its own generation_config.json says how long its summaries are"
    [picked] = summaries("extract", 1, own, [], feature_extraction=Embedder())
    assert picked.by == "extract" and picked.model == "letters"


def test_without_a_model_of_ones_own_that_is_said() -> None:
    with pytest.raises(InputError, match="no model of your own") as caught:
        summaries("own", 3, Embedder(), [])
    assert caught.value.hint
