"""A text is mended sentence by sentence, by the tagger that the site has."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support import run
from wardian import pipeline
from wardian.errors import InputError, ModelError
from wardian.hub import find_models_dir
from wardian.pipelines.mending import mend
from wardian.postprocessing.edits import Edit, apply_edits


@pytest.fixture(scope="module")
def pipe() -> Any:
    try:
        models = find_models_dir()
    except ModelError:
        pytest.skip("the models are not built: python build.py site")
    return run(pipeline("token-classification", "quire-grammar", device="cpu", models_dir=models))


def test_offsets_are_those_of_the_text(pipe: Any) -> None:
    text = "🙂\r\n\tIts   a lovely day!  \r\nНе трогай. They has ate  it.\n\n🙂"
    edits = run(mend(text, pipe))
    assert [(text[edit.start : edit.end], edit.replacement) for edit in edits] == [
        ("Its", "It's"),
        ("has", "have"),
        ("ate", "eaten"),
    ]
    made = apply_edits(text, edits)
    assert made == "🙂\r\n\tIt's   a lovely day!  \r\nНе трогай. They have eaten  it.\n\n🙂"
    # White space is no word's: it is all there, in its order.
    assert re.findall(r"\s+", made) == re.findall(r"\s+", text)


def test_a_sentence_does_not_depend_on_its_neighbours(pipe: Any) -> None:
    sentences = [
        "Its late.",
        "The boys is in the garden.",
        "I saw the the bus.",
        "Nothing is wrong here.",
    ] * 3
    text = " ".join(sentences)
    told: list[tuple[str, int, int]] = []
    edits = run(mend(text, pipe, progress=lambda *one: told.append(one)))
    alone: list[Edit] = []
    start = 0
    for sentence in sentences:
        found = run(mend(sentence, pipe))
        alone += [Edit(start + one.start, start + one.end, one.replacement) for one in found]
        start += len(sentence) + 1
    assert edits == alone and len(edits) == 9
    assert told[0] == ("mend", 8, 12) and told[1] == ("mend", 12, 12)
    assert {stage for stage, _, _ in told[2:]} == {"mend_again"}


@pytest.mark.parametrize("text", ["🙂🙂 …", "没有英文。", "\ud800\udc00 \ud83d", "1 + 1 = 2", "\x00"])
def test_what_is_no_english_is_refused(pipe: Any, text: str) -> None:
    with pytest.raises(InputError, match="no English sentence"):
        run(mend(text, pipe))


def test_odd_characters_change_nothing_beside_them(pipe: Any) -> None:
    text = "\ud800 a\x00b \udc00 its a lovely day \u202e\ud83d"
    assert apply_edits(text, run(mend(text, pipe))) == text.replace("its", "it's")
