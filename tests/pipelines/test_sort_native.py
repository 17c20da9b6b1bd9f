"""Sorting over pipelines of small random models: the pipeline's own scores, and any text that people give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipelines.small_models import opened
from pipelines.test_bad_texts_native import MEGABYTE, STRANGE
from support import run
from wardian.errors import InputError
from wardian.pipelines.sorting import TEMPLATE, sort_texts
from wardian.preprocessing.topics import read_topics
from wardian.tasks.sort import task

TEXTS = [
    "All human beings are born free.",
    "They are endowed with reason.",
    "free",
    "All human beings are born free.",
]
LABELS = "rights: what all have\nduties\nbrotherhood: being kind"
KIND = "zero-shot-classification"


@pytest.fixture(
    scope="module", params=["distilbert-zero-shot-classification", "distilbert-feature-extraction"]
)
def pipe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(request.param, tmp_path_factory.mktemp("models"), KIND) as found:
        yield found


def test_scores_are_those_of_the_pipeline(pipe: Any) -> None:
    topics = read_topics(LABELS)
    found = run(sort_texts(TEXTS, topics, pipe))
    names = [topic.sentence for topic in topics]
    answers = run(pipe(TEXTS, names, hypothesis_template=TEMPLATE, multi_label=pipe.infers))
    for row, answer in zip(found.scores, answers, strict=True):
        best = max(zip(answer["scores"], answer["labels"], strict=True))[1]
        assert names[int(row.argmax())] == best
        if pipe.infers:
            wanted = dict(zip(answer["labels"], answer["scores"], strict=True))
            assert row.tolist() == pytest.approx([wanted[name] for name in names], abs=1e-5)


def ask(pipe: Any, **inputs: Any) -> list[Any]:
    given = task.read_inputs({"labels": LABELS, **inputs})
    return task.write_outputs(run(task.call(given, pipe=pipe)))  # type: ignore[arg-type]


def test_strange_texts_are_sorted(pipe: Any) -> None:
    for text in [*STRANGE, MEGABYTE[:300_000]]:
        facts, label, table = ask(pipe, texts=text)
        assert table is None and label["label"] == facts[0]["value"]["en"]
        assert all(np.isfinite(one["score"]) for one in label["confidences"])
    strange = [text for text in STRANGE if "\x00" not in text]
    content = "n,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(strange))
    table = ask(pipe, table={"name": "strange.csv", "content": content.encode(), "column": "text"})[2]
    assert table["columns"][1]["values"] == strange and all(table["columns"][2]["values"])


def test_lone_surrogates_are_told(pipe: Any) -> None:
    with pytest.raises(InputError, match="surrogate"):
        ask(pipe, texts="a\ud800b")
    with pytest.raises(InputError, match="surrogate"):
        ask(pipe, texts="a", labels="a\ud800\nb")


def test_labels_of_any_script(pipe: Any) -> None:
    for labels in ("🙂\n🙃", "זכויות: של כולם\nחובות", "{0}\n{}"):
        assert ask(pipe, texts="free", labels=labels)[1]["label"]
    long = "a\nb: " + "c " * 5000
    if pipe.infers:
        with pytest.raises(InputError, match="shorter label"):
            ask(pipe, texts="free", labels=long)
    else:
        assert ask(pipe, texts="free", labels=long)[1]["label"]
