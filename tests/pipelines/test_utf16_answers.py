"""Places as JavaScript counts them, in every form of answer."""

from __future__ import annotations

from typing import Any

import pytest

from wardian.pipelines.utf16_answers import in_utf16


def answer(text: str, part: str) -> dict[str, Any]:
    return {"score": 0.5, "start": text.index(part), "end": text.index(part) + len(part), "answer": part}


def cut(text: str, found: dict[str, Any]) -> str:
    """`text.slice(start, end)` of JavaScript."""
    units = text.encode("utf-16-le")
    return units[2 * found["start"] : 2 * found["end"]].decode("utf-16-le")


SMILING, PLAIN = "😀😀 is 👍🏽 free", "All are free"


def test_questions() -> None:
    asked = {"question": "who?", "context": SMILING}
    one = in_utf16("question-answering", asked, {}, answer(SMILING, "free"))
    assert cut(SMILING, one) == "free" and one["answer"] == "free" and one["start"] == 13
    several = in_utf16("question-answering", [asked], {}, [answer(SMILING, "is"), answer(SMILING, "👍🏽")])
    assert [cut(SMILING, found) for found in several] == ["is", "👍🏽"]
    both = [answer(SMILING, "free"), [answer(PLAIN, "free"), answer(PLAIN, "All")]]
    items = [asked, {"question": "who?", "context": PLAIN}]
    found = in_utf16("question-answering", items, {}, both)
    assert cut(SMILING, found[0]) == "free" and found[1] == both[1]
    options = {"question": ["who?", "what?"], "context": SMILING}
    found = in_utf16("question-answering", None, options, [answer(SMILING, "free")] * 2)
    assert [cut(SMILING, one) for one in found] == ["free", "free"]


def test_tokens() -> None:
    name = "token-classification"
    assert cut(SMILING, in_utf16(name, SMILING, {}, [answer(SMILING, "free")])[0]) == "free"
    found = in_utf16(name, [SMILING, PLAIN], {}, [[answer(SMILING, "is")], []])
    assert cut(SMILING, found[0][0]) == "is" and found[1] == []
    options = {"is_split_into_words": True, "delimiter": "_"}
    whole = "😀_free"
    found = in_utf16(name, ["😀", "free"], options, [[answer(whole, "free")]])
    assert cut(whole, found[0][0]) == "free"


@pytest.mark.parametrize("kind", ["fill-mask", "text-classification"])
def test_others_stay(kind: str) -> None:
    given = [{"start": 1}]
    assert in_utf16(kind, SMILING, {}, given) is given
