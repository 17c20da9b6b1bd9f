"""SmolLM2 generates what `transformers` does from the same GGUF file: token for token, greedily and by beams.

`WARDIAN_ALL_TEXTS=1` runs all cases, and not one in twenty-four.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from golden.prompts import CONTINUATIONS, QUESTIONS, chat
from wardian import pipeline
from wardian.errors import InputError
from wardian.pipelines.text_generation import Prompt, TextGenerationPipeline
from wardian_build import model_card, models, paths

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "smollm2.json").read_text())
CASES = GOLDEN["cases"]
STEP = 1 if os.environ.get("WARDIAN_ALL_TEXTS") else 24
MODEL = "SmolLM2-135M-Instruct"


@pytest.fixture(scope="module")
def loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@pytest.fixture(scope="module")
def pipe(loop: asyncio.AbstractEventLoop) -> TextGenerationPipeline:
    [card] = [card for card in model_card.find_cards() if card.id == MODEL]
    models.build_model(card)
    opened: TextGenerationPipeline = loop.run_until_complete(
        pipeline("text-generation", MODEL, models_dir=paths.MODELS)
    )
    return opened


def generated(loop: Any, pipe: TextGenerationPipeline, ids: list[int], **options: Any) -> list[int]:
    config = pipe.settings(**options)
    [result] = loop.run_until_complete(pipe.generate(Prompt(ids), config))
    return list(map(int, result.ids))


def test_there_are_enough_cases() -> None:
    assert len(CASES) == len(QUESTIONS) + len(CONTINUATIONS) >= 100


@pytest.mark.parametrize("number", range(0, len(CASES), STEP))
def test_greedy_search(loop: Any, pipe: TextGenerationPipeline, number: int) -> None:
    case = CASES[number]
    assert generated(loop, pipe, case["ids"], max_new_tokens=32) == case["greedy"]


@pytest.mark.parametrize("number", range(1, len(CASES), STEP))
def test_four_beams(loop: Any, pipe: TextGenerationPipeline, number: int) -> None:
    case = CASES[number]
    found = generated(loop, pipe, case["ids"], max_new_tokens=16, num_beams=GOLDEN["num_beams"])
    assert found == case["beams"]


def test_prompts_are_those_of_the_reference(loop: Any, pipe: TextGenerationPipeline) -> None:
    config = pipe.settings(max_new_tokens=32)
    inputs: list[Any] = [*map(chat, QUESTIONS), *CONTINUATIONS]
    for given, case in zip(inputs, CASES, strict=True):
        assert loop.run_until_complete(pipe.prompt(given, config)).ids == case["ids"]


def test_a_stream_gives_the_same_text(loop: Any, pipe: TextGenerationPipeline) -> None:
    async def texts() -> tuple[str, str]:
        deltas = [delta async for delta in pipe.stream(chat(QUESTIONS[0]), max_new_tokens=32)]
        assert [delta.tokens for delta in deltas] == list(range(1, len(deltas) + 1))
        assert deltas[-1].finish_reason == "eos" and {d.finish_reason for d in deltas[:-1]} == {None}
        [answer] = await pipe(chat(QUESTIONS[0]), max_new_tokens=32, return_full_text=False)
        return "".join(delta.text for delta in deltas), answer["generated_text"]

    streamed, whole = loop.run_until_complete(texts())
    assert streamed == whole == "The capital of France is Paris."


FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 30},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "city": {"enum": ["London", "Paris"]},
    },
    "required": ["name", "age"],
}


def test_a_schema_is_kept_to_with_few_tokens_and_with_many(loop: Any, pipe: TextGenerationPipeline) -> None:
    asked = chat("Anna Smith, 34, lives in Paris. Write this as JSON.")
    texts = {}
    for most in (16, 40):
        options: dict[str, Any] = {"json_schema": FORM, "max_new_tokens": most, "return_full_text": False}
        [answer] = loop.run_until_complete(pipe(asked, **options))
        texts[most] = json.loads(answer["generated_text"])
    assert texts[40] == {"name": "Anna Smith", "age": 34, "city": "Paris"}
    assert set(texts[16]) >= {"name", "age"}
    with pytest.raises(InputError, match="does not fit"):
        loop.run_until_complete(pipe(asked, json_schema=FORM, max_new_tokens=8))


def test_choices_and_patterns_stream_with_beams_and_draws(loop: Any, pipe: TextGenerationPipeline) -> None:
    asked = chat("Is the sky blue?")
    options: dict[str, Any] = {"return_full_text": False, "choices": ["yes", "no", "ünsure 你好"]}
    for more in ({}, {"num_beams": 3}, {"do_sample": True, "seed": 3, "temperature": 4.0}):
        [answer] = loop.run_until_complete(pipe(asked, **options, **more))
        assert answer["generated_text"] in options["choices"]

    async def streamed() -> str:
        deltas = pipe.stream(asked, regex="[A-Z][a-z]{2,9}: [0-9]{3}", max_new_tokens=20)
        return "".join([delta.text async for delta in deltas])

    assert re.fullmatch("[A-Z][a-z]{2,9}: [0-9]{3}", loop.run_until_complete(streamed()))
