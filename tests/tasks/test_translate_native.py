"""Translate with small models: sentences, paragraphs, languages, and what is said without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from golden import generation_texts
from pipelines import small_generators
from support import run
from wardian.components import LanguagePair, TranslatedText
from wardian.errors import InputError
from wardian.tasks.translate import translate
from wardian.worker import Worker

GOLDEN = json.loads(generation_texts.GOLDEN.read_text("utf-8"))["cases"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name in ("marian", "m2m_100", "t5", "mbart"):
        small_generators.write(name, folder / name, generation_texts.CASES["marian"].settings)
    return folder


async def asked(worker: Worker, request: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer async for answer in worker.handle(request)]


def opened(worker: Worker, model: str | None) -> dict[str, Any]:
    [answer] = run(asked(worker, {"op": "open_task", "task": "translate", "model": model}))
    assert answer["type"] == "result", answer
    return dict(answer["value"])


def translated(worker: Worker, text: str, **codes: str) -> list[dict[str, Any]]:
    inputs = {"text": text, "languages": codes or None}
    return run(asked(worker, {"op": "run_task", "task": "translate", "inputs": inputs}))


def test_without_a_model_that_is_said_and_a_folder_makes_it_work(models: Path) -> None:
    worker = Worker(models_dir=models)
    assert opened(worker, None) == {"device": "python", "dtype": None, "threads": 1}
    [answer] = translated(worker, "t5 t6")
    assert answer["error"]["message"] == "There is no model yet that translates."
    facts = opened(worker, "marian")
    assert facts["device"] == "cpu" and facts["languages"] == {}
    text = generation_texts.texts(generation_texts.CASES["marian"])[0]
    last = translated(worker, text)[-1]["value"]["outputs"][0]
    expected = {"text": GOLDEN["marian"][0], "model": "marian", "done": 1, "sentences": 1}
    assert last == expected
    # The visitor's model goes; what was closed is not used any more.
    opened(worker, None)
    assert translated(worker, text)[-1]["type"] == "error"


def test_each_model_says_its_languages(models: Path) -> None:
    worker = Worker(models_dir=models)
    assert opened(worker, "m2m_100")["languages"] == {"codes": ["en", "de"]}
    assert opened(worker, "mbart")["languages"] == {"codes": ["en", "de"]}
    assert opened(worker, "t5")["languages"] == {"pairs": [["en", "de"], ["en", "fr"]]}
    text = generation_texts.texts(generation_texts.CASES["t5-de"])[0]
    last = translated(worker, text, source="en", target="de")[-1]["value"]["outputs"][0]
    assert last["text"] == GOLDEN["t5-de"][0]
    error = translated(worker, text, source="de", target="en")[-1]["error"]
    assert error["kind"] == "UnknownNameError" and "en_to_de" in error["expected"]


class Shouting:
    """Translates into capitals, three words at a time at most."""

    folder = type("Folder", (), {"id": "local/shout-0123abcd"})()
    defaults: dict[str, Any] = {"max_length": 20}  # noqa: RUF012

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokenizer = self

    def encode(self, text: str) -> Any:
        return type("Encoding", (), {"ids": text.split()})()

    def fits(self, text: str, **options: Any) -> bool:
        return len(text.split()) <= 3

    async def __call__(self, text: str, **options: Any) -> Any:
        self.asked.append((text, options))
        return [{"translation_text": f" {text.upper()} "}]


def shouted(text: str, pair: LanguagePair, pipe: Any, steps: list[Any]) -> list[TranslatedText]:
    async def all_of() -> list[TranslatedText]:
        return [one async for one in translate(text, pair, pipe, lambda *step: steps.append(step))]

    return run(all_of())


def test_paragraphs_stay_and_long_sentences_are_cut() -> None:
    pipe, steps = Shouting(), []
    text = "One two.  Three\nfour.\n\n- Five six seven eight nine!\n"
    found = shouted(text, LanguagePair(), pipe, steps)
    assert [one.text for one in found] == [
        "ONE TWO.",
        "ONE TWO. THREE FOUR.",
        "ONE TWO. THREE FOUR.\n\n- FIVE SIX SEVEN EIGHT NINE!",
    ]
    assert [(one.done, one.sentences, one.model) for one in found] == [(n, 3, "shout") for n in (1, 2, 3)]
    assert steps == [("translate", n, 3) for n in range(3)]
    assert all(options == {} and pipe.fits(part) for part, options in pipe.asked) and len(pipe.asked) == 5
    pipe.defaults = {}
    shouted("One two.", LanguagePair("en", "de"), pipe, [])
    assert pipe.asked[-1][1] == {"src_lang": "en", "tgt_lang": "de", "max_new_tokens": 26}


def test_half_a_pair_is_refused() -> None:
    from wardian.components import Languages

    for wrong in ({"source": "en"}, "en", {"source": 3, "target": "de"}):
        with pytest.raises(InputError, match="wrong"):
            Languages().preprocess(wrong)
    assert Languages().preprocess({"source": None, "target": None}) == LanguagePair()
    assert Languages().read("en:de") == {"source": "en", "target": "de"}
