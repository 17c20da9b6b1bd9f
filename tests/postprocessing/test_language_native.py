"""Languages of texts: equal to py3langid's own Python package on recorded texts."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from support import run
from wardian.errors import ModelError, UnknownNameError
from wardian.hub import find_models_dir, open_model
from wardian.postprocessing.language import LanguageIdentifier
from wardian.tasks.language import COMMON, SHORT, task

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/languages.json").read_text("utf-8"))
CASES = GOLDEN["cases"]


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    try:
        models = find_models_dir()
        folder = run(open_model("py3langid", models_dir=models))
    except (ModelError, UnknownNameError):
        pytest.skip("the models are not built: python build.py site")
    return LanguageIdentifier(run(folder.read("model.npz.xz")))


def same(found: list[tuple[str, float]], recorded: list[list[Any]]) -> bool:
    """The same probabilities in order, and the same languages where no other has the same probability."""
    pairs = list(zip(found, recorded, strict=False))
    close = all(abs(ours[1] - theirs[1]) <= 1e-4 for ours, theirs in pairs)
    scores = dict(found)
    return close and all(abs(scores[label] - score) <= 1e-4 for label, score in recorded)


def test_equal_to_py3langid(identifier: LanguageIdentifier) -> None:
    different = []
    for case in CASES:
        found = identifier.rank(case["text"])
        if not found:
            # Nothing was found: py3langid gives each of 142 columns the same; two languages have two.
            assert all(score in (round(1 / 142, 6), round(2 / 142, 6)) for _, score in case["rank"])
            continue
        chosen = identifier.rank(case["text"], GOLDEN["among"])
        if not (same(found, case["rank"]) and same(chosen, case["among"])):
            different.append((case["text"], found[:3], case["rank"]))
        assert found[0][0] == case["classified"]
    assert different == []
    assert len(CASES) >= 200 and len({case["language"] for case in CASES}) >= 40


def test_a_restricted_choice_helps_where_it_is_made(identifier: LanguageIdentifier) -> None:
    """The figures of the model's card."""
    short = [case for case in CASES if case["language"] and letters(case["text"]) < SHORT]
    widely = [case for case in short if case["language"] in COMMON]
    right = [identifier.rank(case["text"])[0][0] == case["language"] for case in widely]
    among = [identifier.rank(case["text"], (*COMMON, "zxx"))[0][0] == case["language"] for case in widely]
    assert (sum(right), sum(among), len(widely)) == (50, 52, 62)
    others = [case for case in short if case["language"] not in COMMON]
    found = [identifier.rank(case["text"])[0][0] == case["language"] for case in others]
    assert (sum(found), len(others)) == (32, 45)


def letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def said(text: str, every: bool = False) -> tuple[str | None, list[str]]:
    """The best language, and what the facts say."""

    async def opened(model_id: str) -> Any:
        return await open_model(model_id, models_dir=find_models_dir())

    ranked, facts = run(task.call([text, every], open_model=opened))
    task.write_outputs((ranked, facts))
    return next(iter(ranked), None), [fact.value["en"] for fact in facts]


def test_what_is_said_of_short_and_of_empty_texts(identifier: LanguageIdentifier) -> None:
    assert said("ok") == (None, ["Nothing in this text tells languages apart."])
    guess = said("Guten Tag, Anna")
    assert guess[0] == "de" and "guess" in guess[1][0] and guess[1][1].startswith("63 widely used")
    assert said("Guten Tag, Anna", every=True)[1][1] == "139 languages"
    sure = said("De trein naar Utrecht vertrekt vandaag vanaf een ander spoor dan gewoonlijk.")
    assert sure == ("nl", ["It is long enough.", "139 languages"])
    assert said("12345 67890 + 1 = 2 (3)")[1][0] == "It looks like no language."


def test_what_is_no_model_is_refused(identifier: LanguageIdentifier) -> None:
    for content in (b"", b"no xz", lzma.compress(b"no zip"), lzma.compress(b"PK\5\6" + bytes(18))):
        with pytest.raises(ModelError, match="cannot be read"):
            LanguageIdentifier(content)
    with pytest.raises(UnknownNameError, match="language"):
        identifier.rank("a text in English", ["xx"])
    assert len(identifier.labels) == 140
