"""Sorting texts by topics, over a made-up model whose answers can be worked out by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from support import run
from wardian.errors import InputError
from wardian.pipelines.embedding_cache import EmbeddingCache
from wardian.pipelines.sorting import sort_texts
from wardian.preprocessing.topics import read_topics
from wardian.tasks.sort import task

AXES = ("cat", "dog", "tea")


class Embeds:
    """A text's vector counts the words of `AXES`; a little of it is the text's own, so that texts differ."""

    infers = False
    folder = type("Folder", (), {"id": "made-up"})()

    def __init__(self) -> None:
        self.read: list[str] = []

    async def embed(self, texts: list[str]) -> Any:
        self.read += texts
        rows = np.array([[text.count(axis) for axis in AXES] + [0.2, len(text) % 5 / 20] for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Infers:
    """Probabilities by the label that is named in the text."""

    infers = True
    folder = type("Folder", (), {"id": "nli"})()

    async def __call__(self, texts: list[str], labels: list[str], **options: Any) -> Any:
        assert options["multi_label"] is True and options["hypothesis_template"] == "This text is about {}."
        answers = []
        for text in texts:
            scores = [0.9 if label.split(":")[0] in text else 0.2 for label in labels]
            order = np.argsort(scores)[::-1]
            answers.append(
                {
                    "sequence": text,
                    "labels": [labels[place] for place in order],
                    "scores": [scores[place] for place in order],
                }
            )
        return answers


TOPICS = read_topics("cat\ndog: the dog\ntea")


def labels(found: Any) -> list[list[str]]:
    return [[TOPICS[place].label for place in np.flatnonzero(row)] for row in found.belongs]


TEXTS = ["a cat", "two dogs", "my cat and my dog", "a cat", "nothing"]


@pytest.mark.parametrize("pipe", [Embeds(), Infers()], ids=["embeddings", "inference"])
def test_each_text_gets_its_labels(pipe: Any) -> None:
    single = run(sort_texts(TEXTS, TOPICS, pipe))
    assert single.scores.shape == (5, 3) and single.scores.dtype == np.float32
    assert labels(single)[0] == labels(single)[3] == ["cat"] and labels(single)[1] == ["dog"]
    assert all(len(row) == 1 for row in labels(single))
    several = run(sort_texts(TEXTS, TOPICS, pipe, multi_label=True))
    assert labels(several)[2] == ["cat", "dog"] and len(labels(several)[4]) == 1
    for multi_label in (False, True):
        fitting = run(sort_texts(TEXTS, TOPICS, pipe, multi_label=multi_label, strictness="fitting"))
        assert labels(fitting)[4] == [] and labels(fitting)[0] == ["cat"]
    assert np.array_equal(single.scores[0], single.scores[3])


@pytest.mark.parametrize("pipe", [Embeds(), Infers()], ids=["embeddings", "inference"])
def test_one_label_needs_something_to_leave_out(pipe: Any) -> None:
    with pytest.raises(InputError, match="One topic alone"):
        run(sort_texts(TEXTS, TOPICS[:1], pipe))
    found = run(sort_texts(TEXTS, TOPICS[:1], pipe, strictness="fitting"))
    assert found.belongs[:, 0].tolist() == [True, False, True, True, False]


def test_examples_move_a_label() -> None:
    texts = ["a cup of tea"]
    plain = run(sort_texts(texts, read_topics("drinks\ndog"), Embeds()))  # type: ignore[arg-type]
    taught = run(sort_texts(texts, read_topics("drinks\n- tea, tea\ndog"), Embeds()))  # type: ignore[arg-type]
    assert taught.scores[0, 0] > plain.scores[0, 0] + 0.1


def test_what_was_read_is_not_read_again() -> None:
    pipe: Any = Embeds()
    steps: list[tuple[str, int, int]] = []
    run(sort_texts(TEXTS, TOPICS, pipe, progress=lambda *step: steps.append(step)))
    assert steps == [("sort", 0, 4), ("sort", 4, 4)] and pipe.read.count("a cat") == 1
    pipe.read.clear()
    run(sort_texts([*TEXTS, "new"], [*TOPICS[:2], *read_topics("coffee")], pipe))
    assert pipe.read == ["This text is about coffee.", "new"]


def test_who_cancels_keeps_what_was_read() -> None:
    cache = EmbeddingCache()
    read: list[str] = []

    async def embed(texts: list[str]) -> Any:
        if len(read) >= 32:
            raise asyncio.CancelledError
        read.extend(texts)
        return np.ones((len(texts), 2), np.float32)

    async def cancelled() -> bool:
        try:
            await cache.embed([str(number) for number in range(100)], embed)
        except asyncio.CancelledError:
            return True
        return False

    assert run(cancelled()) and len(cache) == 32


def test_the_cache_is_bounded() -> None:
    cache = EmbeddingCache(5)

    async def embed(texts: list[str]) -> Any:
        return np.array([[int(text), 1] for text in texts], np.float32)

    found = run(cache.embed([str(number) for number in range(40)], embed))
    assert found[:, 0].tolist() == list(range(40)) and len(cache) == 5


def answer(pipe: Any = None, **inputs: Any) -> list[Any]:
    given = task.read_inputs({"labels": "cat\ndog\ntea", **inputs})
    return task.write_outputs(run(task.call(given, pipe=pipe or Embeds())))  # type: ignore[arg-type]


def test_a_single_text_is_told_at_once() -> None:
    facts, label, table = answer(texts="  my dog \n\n")
    assert facts[0]["value"]["en"] == "dog" and label["label"] == "dog" and table is None
    assert len(label["confidences"]) == 3
    facts, label, _ = answer(texts="?", strictness="sure")
    assert facts[0]["value"]["en"] == "none of these" and facts[0]["tone"] == "warning"
    assert answer(texts="my cat", pipe=Infers())[0][1]["value"]["en"] == "inference (nli)"


def test_several_texts_are_a_table() -> None:
    facts, label, table = answer(texts="\n".join(TEXTS), several=True, strictness="fitting")
    assert facts[0]["value"]["en"] == "4 of 5 texts, into 2 of 3 topics" and label["confidences"] == []
    topic = next(column for column in table["columns"] if column["kind"] == "groups")
    assert topic["values"] == ["cat", "dog", "cat; dog", "cat", ""] and topic["choices"] == [
        "cat",
        "dog",
        "tea",
    ]


CSV = b"id;topic;said\n1;old;a cat\n2;;\n3;x;a dog and more\n"


def test_a_table_keeps_its_columns() -> None:
    facts, _, table = answer(texts="ignored", table={"name": "wishes.v2.csv", "content": CSV})
    assert facts[-1]["value"]["en"] == "said (it has the most words); 1 row is empty"
    columns = {column["name"]["en"]: column for column in table["columns"]}
    assert list(columns) == ["id", "topic", "said", "topic 2", "score"]
    assert columns["topic"]["values"] == ["old", "", "x"] and columns["topic 2"]["values"] == [
        "cat",
        "",
        "dog",
    ]
    assert columns["score"]["values"][1] is None and table["file_name"] == "wishes.v2-sorted.csv"
    assert [name for name, column in columns.items() if column["shown"]] == ["said", "topic 2", "score"]
    facts, *_ = answer(table={"name": "a.csv", "content": CSV, "column": "id"})
    assert facts[-1]["value"]["en"] == "id"


@pytest.mark.parametrize(
    ("labels", "strictness", "needed"),
    [
        ("", "all", "topics"),
        (" \n", "sure", "topics"),
        ("a", "all", "second"),
        ("a: b\n- c", "all", "second"),
    ],
)
def test_who_still_writes_topics_down_is_told_what_is_needed(
    labels: str, strictness: str, needed: str
) -> None:
    """And that without an error: they have not finished."""
    facts, label, table = answer(labels=labels, texts="x", strictness=strictness)
    assert [fact["label"]["en"] for fact in facts] == ["Still needed"] and needed in facts[0]["value"]["en"]
    assert facts[0]["tone"] == "" and label["confidences"] == [] and table is None
    assert answer(labels="a", texts="x", strictness="sure")[0][0]["label"]["en"] == "Topic"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"texts": " \n "}, "no text to sort"),
        ({"table": {"name": "a", "content": b"a,b\n1,\n"}, "texts": "x"}, "no text to sort"),
        ({"labels": "a\na", "texts": "x"}, "twice"),
        ({"texts": "x" * 1_000_001}, "too long"),
        ({"texts": "x", "strictness": "very"}, "none of the choices"),
    ],
)  # fmt: skip
def test_bad_input_is_told(inputs: dict[str, Any], words: str) -> None:
    inputs = dict(inputs)
    if inputs.get("table") and b"a,b" in inputs["table"]["content"]:
        inputs["table"]["column"] = "b"
    with pytest.raises(InputError, match=words):
        answer(**inputs)
