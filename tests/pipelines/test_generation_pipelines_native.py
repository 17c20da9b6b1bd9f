"""The pipelines that generate say what transformers' say with the same small models, word for word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from golden import generation_texts
from pipelines import small_generators
from support import run
from wardian import pipeline
from wardian.errors import InputError, ModelError, UnknownNameError

GOLDEN = json.loads(generation_texts.GOLDEN.read_text("utf-8"))["cases"]
CASES = generation_texts.CASES
#: Where each kind has its text.
ANSWERS = {"translation": "translation_text", "summarization": "summary_text"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@asynccontextmanager
async def opened(model: str, kind: str, models: Path) -> AsyncIterator[Any]:
    if not (models / model).exists():
        small_generators.write(model, models / model)
    async with await pipeline(kind, model, models_dir=models, threads=1) as pipe:
        yield pipe


@pytest.mark.parametrize("name", CASES)
def test_the_texts_of_transformers(name: str, models: Path) -> None:
    case = CASES[name]
    texts, steps = generation_texts.texts(case), []

    async def answers() -> list[str]:
        async with opened(case.model, case.kind, models) as pipe:
            options = {**case.settings, **case.options}
            if case.kind == "text-generation":
                options["do_sample"] = False
            many = await pipe(texts, progress=lambda *step: steps.append(step), **options)
            # One alone is a list of its sequences, as in transformers.
            assert await pipe(texts[0], **options) == (many[0] if isinstance(many[0], list) else [many[0]])
            key = ANSWERS.get(case.kind, "generated_text")
            return [(one[0] if isinstance(one, list) else one)[key] for one in many]

    assert run(answers()) == GOLDEN[name]
    if case.kind != "text-generation":
        assert steps == [("generate", done + 1, len(texts)) for done in range(len(texts))]


def test_the_golden_tells_sources_languages_prefixes_and_searches_apart() -> None:
    """Else nothing of the above would show that they arrive."""
    assert all(len(set(GOLDEN[name])) >= 4 for name in CASES)
    for one, other in (("m2m_100", "m2m_100-back"), ("t5-de", "t5-fr"), ("t5-de", "t5-summary")):
        same = [a == b for a, b in zip(GOLDEN[one], GOLDEN[other], strict=True)]
        assert sum(same) <= 2, (one, other)
    assert GOLDEN["bart-summary"] != GOLDEN["bart-summary-beams"]


def test_two_generations_share_one_decoder(models: Path) -> None:
    """Each gets its own text, though the tokens of both run in turns over one cache."""
    case = CASES["llama"]
    first, second = generation_texts.texts(case)[:2]

    async def streamed(pipe: Any, text: str) -> str:
        return text + "".join([delta.text async for delta in pipe.stream(text, **case.settings)])

    async def both() -> list[str]:
        async with opened("llama", "text-generation", models) as pipe:
            return await asyncio.gather(streamed(pipe, first), streamed(pipe, second))

    assert run(both()) == GOLDEN["llama"][:2]


def test_two_translations_at_once(models: Path) -> None:
    case = CASES["m2m_100"]
    texts = generation_texts.texts(case)

    async def both() -> list[Any]:
        async with opened("m2m_100", "translation", models) as pipe:
            there = pipe(texts[:3], src_lang="en", tgt_lang="de", **case.settings)
            back = pipe(texts[:3], src_lang="de", tgt_lang="en", **CASES["m2m_100-back"].settings)
            return await asyncio.gather(there, back)

    there, back = run(both())
    assert [one["translation_text"] for one in there] == GOLDEN["m2m_100"][:3]
    assert [one["translation_text"] for one in back] == GOLDEN["m2m_100-back"][:3]


def test_languages_are_needed_and_known(models: Path) -> None:
    async def ask(model: str, **options: Any) -> None:
        async with opened(model, "translation", models) as pipe:
            await pipe("t5 t6", **options)

    with pytest.raises(InputError, match="name two"):
        run(ask("m2m_100", tgt_lang="de"))
    with pytest.raises(UnknownNameError, match="'fr'"):
        run(ask("m2m_100", src_lang="en", tgt_lang="fr"))
    with pytest.raises(UnknownNameError, match="en_to_it"):
        run(ask("t5", src_lang="en", tgt_lang="it"))
    with pytest.raises(InputError, match="name two"):
        run(ask("t5"))


def test_a_marian_model_into_several_languages(models: Path) -> None:
    """The token of the language comes before the text's, whether it is named or the text begins with it."""
    small_generators.write("marian", models / "romance")
    small_generators.told_into(models / "romance", {"t17": "fra", "t10": "por_BR"})
    settings = {"max_new_tokens": 6, "no_repeat_ngram_size": 1}

    async def ask() -> None:
        async with opened("romance", "translation", models) as pipe:
            assert pipe.offers() == {"languages": {"targets": ["fra", "por_BR"]}}
            end = pipe.tokenizer.encode("t5").ids[-1]
            said = []
            for code, word in (("fra", 17), ("por_BR", 10)):
                expected = await pipe.generate([word, 5, 6, end], pipe._settings(**settings))
                [answer] = await pipe("t5 t6", tgt_lang=code, **settings)
                assert answer["translation_text"] == pipe._text(expected[0])
                assert await pipe(f" >>{code}<< t5 t6", **settings) == [answer]
                said.append(answer)
            assert said[0] != said[1]
            assert pipe.fits("t5 t6", tgt_lang="fra") and not pipe.fits("t5 " * 30, tgt_lang="fra")
            with pytest.raises(InputError, match="name one") as caught:
                await pipe("t5 t6")
            assert caught.value.expected == "tgt_lang: fra, por_BR"
            for text, code in (("t5", "ita"), (">>ita<< t5", None)):
                with pytest.raises(UnknownNameError, match="'ita'"):
                    await pipe(text, tgt_lang=code)

    run(ask())


def test_what_is_too_long_or_no_encoder_decoder_is_refused(models: Path) -> None:
    async def ask(model: str, text: str) -> None:
        async with opened(model, "translation", models) as pipe:
            await pipe(text)

    with pytest.raises(InputError, match="at most 23 tokens") as caught:
        run(ask("marian", "t5 " * 30))
    assert caught.value.received == "31 tokens"
    with pytest.raises(ModelError, match="does not fit translation"):
        run(ask("llama", "t5"))
