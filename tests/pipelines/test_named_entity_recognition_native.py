"""Entities: equal to spaCy's own on recorded texts; long texts in parts; bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import run
from wardian import pipeline
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.hub import find_models_dir
from wardian.pipelines import named_entity_recognition
from wardian.pipelines.named_entity_recognition import NamedEntityRecognitionPipeline
from wardian.pipelines.redacting import find_redactions
from wardian.preprocessing.word_features import WordFeatures

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/spacy.json").read_text("utf-8"))
CASES = GOLDEN["cases"]


@pytest.fixture(scope="module")
def pipe() -> Iterator[NamedEntityRecognitionPipeline]:
    try:
        opened = run(
            pipeline("named-entity-recognition", "en-core-web-sm", device="cpu", models_dir=find_models_dir())
        )
    except (ModelError, UnknownNameError):
        pytest.skip("the models are not built: python build.py site")
    yield opened
    run(opened.close())


def test_tokens_are_those_of_spacy(pipe: NamedEntityRecognitionPipeline) -> None:
    assert len(CASES) >= 380
    for case in CASES:
        pieces, starts = pipe._tokenizer(case["text"])
        assert starts == case["starts"] and [len(word) for word, _ in pieces] == case["lengths"], case[
            "text"
        ][:60]
        assert [pipe._features.norm(piece) for piece in pieces] == case["norms"], case["text"][:60]


def test_entities_are_those_of_spacy(pipe: NamedEntityRecognitionPipeline) -> None:
    assert GOLDEN["entities"] >= 650
    answers = run(pipe([case["text"] for case in CASES]))
    for case, answer in zip(CASES, answers, strict=True):
        text, starts, lengths = case["text"], case["starts"], case["lengths"]
        expected = [(label, starts[a], starts[b - 1] + lengths[b - 1]) for a, b, label in case["entities"]]
        assert [(one["entity_group"], one["start"], one["end"]) for one in answer] == expected, text[:60]
        assert all(one["word"] == text[one["start"] : one["end"]] for one in answer)


def test_a_long_text_in_parts_has_the_entities_of_one_run(
    pipe: NamedEntityRecognitionPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(case["text"] for case in CASES[:110])
    whole = run(pipe(text))
    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(named_entity_recognition, "_CHUNK", 7)
    parts = run(pipe(text, progress=lambda *step: told.append(step)))
    assert parts == whole and len(whole) > 250
    assert told[-1][0] == "label" and told[-1][1] == told[-1][2] > 3_000


def test_chosen_labels(pipe: NamedEntityRecognitionPipeline) -> None:
    text = "Angela Merkel met Tim Cook in Berlin on Monday."
    assert {one["entity_group"] for one in run(pipe(text))} == {"PERSON", "GPE", "DATE"}
    assert [one["word"] for one in run(pipe(text, labels=["GPE"]))] == ["Berlin"]
    with pytest.raises(UnknownNameError, match="PERSON"):
        run(pipe(text, labels=["PERSN"]))


@pytest.mark.parametrize("text", ["", " \n", "\0", "\ud800 Anna \udfff", "🙂" * 50, "ا" * 3_000, "(" * 2_000])
def test_texts_without_names(pipe: NamedEntityRecognitionPipeline, text: str) -> None:
    answer = run(pipe(text))
    assert all(text[one["start"] : one["end"]] == one["word"] for one in answer)
    run(find_redactions(text, pipe))


def test_what_is_no_text_is_refused(pipe: NamedEntityRecognitionPipeline) -> None:
    with pytest.raises(InputError, match="not a text"):
        run(pipe(["a", 3]))  # type: ignore[list-item]
    with pytest.raises(InputError, match="no text"):
        run(pipe([]))


def test_scores_that_are_no_numbers_are_an_error(
    pipe: NamedEntityRecognitionPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(feeds: Any, **_: Any) -> dict[str, Any]:
        tokens = len(feeds["rows"])
        return {
            "features": np.zeros((tokens, 3, 128), np.float32),
            "scores": np.full((tokens, 74), np.nan, np.float32),
        }

    monkeypatch.setattr(pipe.session, "run", broken)
    with pytest.raises(ModelError, match="not a number"):
        run(pipe("Anna"))


def test_other_features_are_refused() -> None:
    with pytest.raises(ModelError, match="SPACY"):
        WordFeatures([{"attribute": "SPACY", "seed": 1, "rows": 5}], {}, {"symbols": {}, "norms": {}})
