"""Pipelines through the worker's protocol: what a page sends, and what it is given back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.scikit_learn import MADE, asked, expected_of, files_of
from pipelines.small_models import opened, write
from support import run
from wardian.worker import Worker

TAGGER, READER = "distilbert-token-classification", "distilbert-question-answering"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """One that finds the small models, and a table's."""
    models = tmp_path_factory.mktemp("models")
    for name in (TAGGER, READER):
        write(name, models)
    (models / "rows" / "onnx").mkdir(parents=True)
    (models / "rows" / "onnx" / "model.onnx").write_bytes(MADE["logistic"].onnx)
    for path, content in files_of("logistic").items():
        Path(models / "rows" / path).write_text(json.dumps(content))
    return Worker(models_dir=models)


def opened_here(name: str, worker: Worker) -> Any:
    """The same pipeline in Python."""
    assert isinstance(worker._models_dir, Path)
    return opened(name, worker._models_dir)


def call(worker: Worker, kind: str, model: str, given: Any, options: dict[str, Any]) -> list[Any]:
    """All answers to opening, running and closing a pipeline."""

    async def ask() -> list[Any]:
        key = {"pipeline": f"pipeline:{kind}"}
        requests = (
            {"op": "open_pipeline", **key, "kind": kind, "model": model, "threads": 1},
            {"op": "run_pipeline", **key, "input": given, "options": options},
            {"op": "close_pipeline", **key},
        )
        return [answer for request in requests async for answer in worker.handle(request)]

    return run(ask())


def test_places_are_utf16_and_progress_is_told(worker: Worker) -> None:
    text = "😀😀 Ada lives in New York."
    options = {"aggregation_strategy": "simple", "ignore_labels": []}
    opened, *progress, result, closed = call(worker, "token-classification", TAGGER, [text] * 2, options)
    assert opened["value"]["device"] == "cpu" and closed["value"] is None
    assert [(one["stage"], one["done"], one["total"]) for one in progress] == [("label", 2, 2)]
    units = text.encode("utf-16-le")
    with opened_here(TAGGER, worker) as pipe:
        in_characters = run(pipe(text, **options))
    for entities in result["value"]:
        assert entities[-1]["end"] == len(units) // 2 == len(text) + 2
        parts = [units[2 * one["start"] : 2 * one["end"]].decode("utf-16-le") for one in entities]
        assert parts == [text[one["start"] : one["end"]] for one in in_characters]


def test_a_question_in_either_form(worker: Worker) -> None:
    pair = {"question": "who?", "context": "😀 Ada is free. 😀"}
    one = call(worker, "question-answering", READER, pair, {"top_k": 2})[-2]["value"]
    other = call(worker, "question-answering", READER, None, {**pair, "top_k": 2})[-2]["value"]
    assert one == other and len(one) == 2
    units = pair["context"].encode("utf-16-le")
    for answer in one:
        part = units[2 * answer["start"] : 2 * answer["end"]].decode("utf-16-le")
        assert part == answer["answer"]


def test_a_table_and_what_is_wrong_with_it(worker: Worker) -> None:
    labels = list(MADE["logistic"].config["id2label"].values())
    best = [labels[place] for place in expected_of("logistic").argmax(axis=1)]
    found = call(worker, "tabular-classification", "rows", asked("logistic"), {})
    assert found[-2]["value"] == best
    wrong = call(worker, "tabular-classification", "rows", {"age": [1]}, {})[-2]["error"]
    assert wrong["kind"] == "InputError" and "city" in wrong["message"]
    wrong = call(worker, "tabular-classification", "rows", asked("logistic"), {"topk": 1})[-2]["error"]
    assert wrong["kind"] == "UnknownNameError" and "top_k" in wrong["hint"]
