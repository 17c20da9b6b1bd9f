"""`python -m wardian run KIND`: the pipelines on the command line, on small models."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pipelines.comparing import difference
from pipelines.small_models import golden, write
from wardian.__main__ import main

READER, TAGGER = "distilbert-question-answering", "distilbert-token-classification"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name in (READER, TAGGER):
        write(name, folder)
    return folder


def call(models: Path, *arguments: str) -> int:
    return main(["run", *arguments, "--models", str(models), "--threads", "1"])


def test_a_question_as_json(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = next(one for one in golden()["models"][READER]["calls"] if one["options"] == {"top_k": 3})
    text = json.dumps(asked["inputs"])
    assert call(models, "question-answering", text, "--model", READER, "--option", "top_k=3") == 0
    assert not difference(json.loads(capsys.readouterr().out), asked["answer"])


def test_a_text_of_standard_input(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = {"aggregation_strategy": "simple"}
    asked = next(
        one
        for one in golden()["models"][TAGGER]["calls"]
        if one["options"] == strategy and isinstance(one["inputs"], str)
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(asked["inputs"]))
    option = "aggregation_strategy=simple"
    assert call(models, "token-classification", "-", "--model", TAGGER, "--option", option) == 0
    assert not difference(json.loads(capsys.readouterr().out), asked["answer"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fill-mask", "[MASK] is it"), "no usual model for fill-mask"),
        (("fill-mask", "a", "--model", "nobody"), "no model named 'nobody'"),
        (("token-classification", "a", "--model", TAGGER, "--option", "strid=1"), "stride"),
        (("token-classification", "a", "--model", TAGGER, "--option", "stride"), "NAME=VALUE"),
        (("token-classification", "[1, 2]", "--model", TAGGER), "not a text"),
        (("question-answering", "{}", "--model", READER), "question is missing"),
        (("image-classification", "nobody.png", "--model", READER), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(
    models: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(models, *arguments) == 1
    assert words in capsys.readouterr().err


def test_what_there_is_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "question-answring", "x"]) == 2
    said = capsys.readouterr().err
    assert "Did you mean 'question-answering'" in said and "zero-shot-classification" in said
