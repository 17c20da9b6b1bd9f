"""Feature extraction on a model that is a Python function, so that every number is known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from support import TESTS, MemoryFolder, run
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.pipelines.feature_extraction import FeatureExtractionPipeline
from wardian.postprocessing.pooling import last_token
from wardian.session.mock import MockSession
from wardian.types import TensorSpec

Arrays = dict[str, np.ndarray[Any, Any]]

TOKENIZER = json.loads((TESTS / "golden" / "wordpiece.json").read_text("utf-8"))["tokenizer"]
FILES = {
    "tokenizer.json": {**TOKENIZER, "truncation": {**TOKENIZER["truncation"], "max_length": 16}},
    "tokenizer_config.json": {"model_max_length": 512},
    "config.json": {"max_position_embeddings": 64},
}
INPUTS = [
    TensorSpec(n, "int64", ("batch", "tokens")) for n in ("input_ids", "attention_mask", "token_type_ids")
]
OUTPUT = TensorSpec("last_hidden_state", "float32", ("batch", "tokens", 3))


def model(feeds: Arrays) -> Arrays:
    """Of every token: its id, its position, 1; also at padding, where a pipeline must not look."""
    ids = feeds["input_ids"].astype(np.float32)
    position = np.broadcast_to(np.arange(ids.shape[1], dtype=np.float32), ids.shape)
    return {"last_hidden_state": np.stack([ids, position, np.ones_like(ids)], axis=2)}


def open_pipe(
    session: MockSession | None = None, dtype: str = "fp32", files: dict[str, Any] = FILES
) -> FeatureExtractionPipeline:
    async def prepared() -> FeatureExtractionPipeline:
        pipe = FeatureExtractionPipeline(
            MemoryFolder(files), session or MockSession(INPUTS, [OUTPUT], model), dtype
        )
        await pipe._prepare()
        return pipe

    return run(prepared())


TEXTS = ["all human beings are born free", "", "free", "human rights are equal"]
IDS = [
    [101, 2035, 2529, 9552, 2024, 2141, 2489, 102],
    [101, 102],
    [101, 2489, 102],
    [101, 2529, 2916, 2024, 5020, 102],
]


def test_tokens_of_each_text_in_order() -> None:
    features = run(open_pipe()(TEXTS, batch_size=2))
    assert features.shape == (4, 8, 3) and features.dtype == np.float32
    for row, ids in zip(features, IDS, strict=True):
        assert row[: len(ids), 0].tolist() == ids
        assert not row[len(ids) :].any()


def test_pooling() -> None:
    pipe = open_pipe()
    mean = run(pipe(TEXTS, pooling="mean"))
    expected = [[np.mean(ids), (len(ids) - 1) / 2, 1] for ids in IDS]
    np.testing.assert_allclose(mean, expected, rtol=1e-6)
    first = run(pipe(TEXTS, pooling="cls", normalize=True))
    np.testing.assert_allclose(first, np.tile(np.array([101, 0, 1]) / np.hypot(101, 1), (4, 1)), rtol=1e-6)
    assert run(pipe("free", pooling="mean")).shape == (1, 3)


def test_the_last_token_on_either_side_of_the_padding() -> None:
    last = run(open_pipe()(TEXTS, pooling="last_token"))
    assert last.tolist() == [[102, len(ids) - 1, 1] for ids in IDS]
    hidden = np.float32([[[9, 9], [1, 2], [3, 4]]])
    assert last_token(hidden, np.array([[0, 1, 1]])).tolist() == [[3, 4]]


def pooled(**settings: object) -> FeatureExtractionPipeline:
    return open_pipe(files={**FILES, "1_Pooling/config.json": {"word_embedding_dimension": 3, **settings}})


def test_the_pooling_that_a_model_was_trained_with() -> None:
    assert open_pipe().pooling == "mean"
    assert pooled(pooling_mode_mean_tokens=True, pooling_mode_cls_token=False).pooling == "mean"
    assert pooled(pooling_mode_cls_token=True).pooling == "cls"
    assert pooled(pooling_mode_lasttoken=True).pooling == "last_token"
    assert pooled(pooling_mode="lasttoken").pooling == "last_token"
    for settings in ({"pooling_mode_max_tokens": True}, {}, {"pooling_mode": "max"}):
        other = pooled(**settings)
        assert run(other("free", pooling="cls")).shape == (1, 3)
        with pytest.raises(ModelError, match=r"1_Pooling/config\.json"):
            _ = other.pooling
    with pytest.raises(ModelError, match=r"cls_token, pooling_mode_mean_tokens"):
        _ = pooled(pooling_mode_mean_tokens=True, pooling_mode_cls_token=True).pooling


def test_batches_hold_texts_of_like_length() -> None:
    session = MockSession(INPUTS, [OUTPUT], model)
    steps: list[tuple[str, int, int]] = []
    run(open_pipe(session)(TEXTS, batch_size=2, progress=lambda *step: steps.append(step)))
    assert [call["input_ids"].shape for call in session.calls] == [(2, 3), (2, 8)]
    assert session.calls[0]["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    assert steps == [("embed", 2, 4), ("embed", 4, 4)]


def test_quantized_models_run_one_text_at_a_time() -> None:
    session = MockSession(INPUTS, [OUTPUT], model)
    run(open_pipe(session, "q8")(TEXTS))
    assert [call["input_ids"].shape[0] for call in session.calls] == [1, 1, 1, 1]


def test_lengths() -> None:
    pipe = open_pipe()
    assert (pipe.max_length, pipe.longest) == (16, 64)
    long = "free " * 500
    assert run(pipe(long)).shape == (1, 16, 3)
    assert run(pipe(long, max_length=64)).shape == (1, 64, 3)
    assert run(pipe(long)).shape == (1, 16, 3)
    with pytest.raises(InputError, match="from 3 to 64"):
        run(pipe(long, max_length=65))


def test_a_model_without_token_types_and_with_half_precision() -> None:
    half = TensorSpec("hidden", "float16", ("batch", "tokens", 3))

    def small(feeds: Arrays) -> Arrays:
        return {"hidden": np.ones((*feeds["input_ids"].shape, 3), np.float16)}

    features = run(open_pipe(MockSession(INPUTS[:2], [half], small))("free"))
    assert features.dtype == np.float32 and features.shape == (1, 3, 3)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ([], {}, "no text"),
        (["a", 3], {}, "int"),
        ([None], {}, "NoneType"),
        ("a", {"pooling": "max"}, "none, mean, cls, last_token"),
        ("a", {"batch_size": 0}, "batch_size"),
        ("a", {"batch_size": True}, "batch_size"),
        ("a", {"max_length": 2}, "max_length"),
        ("half \ud800", {}, "D800"),
    ],
)
def test_bad_input_is_refused(arguments: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(open_pipe()(arguments, **options))


def test_models_that_do_not_fit_are_refused() -> None:
    strange = TensorSpec("pixel_values", "float32", (1, 3, 4, 5))
    with pytest.raises(ModelError, match="pixel_values"):
        open_pipe(MockSession([*INPUTS, strange], [OUTPUT], model))
    flat = TensorSpec("logits", "float32", ("batch", 2))
    with pytest.raises(ModelError, match="3 dimensions"):
        open_pipe(MockSession(INPUTS, [flat], model))


PROMPTS = "config_sentence_transformers.json"


def test_a_prompt_comes_before_each_text() -> None:
    prompts = {"prompts": {"query": "all ", "none": ""}, "default_prompt_name": "none"}
    pipe = open_pipe(files={**FILES, PROMPTS: prompts})
    assert (pipe.prompts, pipe.default_prompt_name) == (prompts["prompts"], "none")
    named = run(pipe(["free", "human"], prompt_name="query"))
    assert named[:, :4, 0].tolist() == [[101, 2035, 2489, 102], [101, 2035, 2529, 102]]
    assert np.array_equal(run(pipe("free")), run(open_pipe()("free")))
    with pytest.raises(UnknownNameError, match=r"prompt.*quary"):
        run(pipe("free", prompt_name="quary"))


def test_the_default_prompt_holds_where_none_is_named() -> None:
    files = {**FILES, PROMPTS: {"prompts": {"query": "all "}, "default_prompt_name": "query"}}
    assert run(open_pipe(files=files)("free"))[0, :, 0].tolist() == [101, 2035, 2489, 102]


@pytest.mark.parametrize("settings", [{"__version__": {}}, {"prompts": None, "default_prompt_name": None}])
def test_a_folder_without_prompts_has_none(settings: dict[str, Any]) -> None:
    pipe = open_pipe(files={**FILES, PROMPTS: settings})
    assert (pipe.prompts, pipe.default_prompt_name) == ({}, None)
    with pytest.raises(UnknownNameError, match="prompt"):
        run(pipe("free", prompt_name="query"))


@pytest.mark.parametrize(
    "settings",
    [{"prompts": ["query: "]}, {"prompts": {"query": 1}}, {"default_prompt_name": "query"}, {"prompts": "x"}],
)
def test_prompts_that_are_none_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="prompts of this model"):
        open_pipe(files={**FILES, PROMPTS: settings})
