"""What words are said to weigh is what they weigh: the parts of a sum add up to it."""

from __future__ import annotations

import itertools
import math

import pytest

from support import run
from wardian import pipeline
from wardian.errors import UnknownNameError
from wardian.pipelines.attribution import exact_scores, occlusion_scores
from wardian.tasks.sentiment import _score
from wardian_build import paths

TEXTS = (
    "The first hour drags, but the ending is wonderful!",
    "书的内容很好，孩子非常喜欢，可惜包装太差。",
    "Good 好 good 好, not bad, not bad at all.",
    "Don't watch it – it's the worst film I’ve seen… 10/10 for nothing!!",
    "🙂 fine " * 50,
)


@pytest.fixture(scope="module")
def pipe() -> object:
    return run(pipeline("text-classification", "sentiment-en-zh", models_dir=paths.STATIC / "models"))


def logit(score: float) -> float:
    return math.log(score / (1 - score))


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_add_up_to_the_answer(pipe, text: str) -> None:  # type: ignore[no-untyped-def]
    words = run(exact_scores(pipe, text, "positive"))
    answer = {one["label"]: one["score"] for one in run(pipe(text, top_k=None))}
    # The model has no constant: everything it says comes from words.
    assert words and sum(word.score for word in words) == pytest.approx(logit(answer["positive"]), abs=1e-5)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(before.end <= after.start for before, after in itertools.pairwise(words))
    against = run(exact_scores(pipe, text, "negative"))
    assert [word.score for word in against] == [-word.score for word in words]


def test_places_are_those_of_the_words(pipe) -> None:  # type: ignore[no-untyped-def]
    text = "Wonderful, WONDERFUL! 差"
    found = {text[word.start : word.end]: word.score for word in run(exact_scores(pipe, text, "positive"))}
    assert found["Wonderful"] > 0 and found["WONDERFUL"] > 0 > found["差"]


def test_nothing_known_is_no_answer(pipe) -> None:  # type: ignore[no-untyped-def]
    assert run(exact_scores(pipe, "🙂 …", "positive")) == []
    # İ becomes two characters in lower case: places cannot be told, and none are made up.
    assert run(exact_scores(pipe, "İyi good", "positive")) is None
    with pytest.raises(UnknownNameError, match="positive"):
        run(exact_scores(pipe, "good", "positiv"))


def test_what_leaving_out_a_word_changes(pipe) -> None:  # type: ignore[no-untyped-def]
    text = "A wonderful film with a terrible ending 好"
    scores = {text[w.start : w.end]: w.score for w in run(occlusion_scores(pipe, text, _score))}
    assert set(scores) == {*["A", "wonderful", "film", "with", "a", "terrible", "ending"], "好"}
    assert scores["wonderful"] > 0 > scores["terrible"]
    whole, without = (_score(run(pipe(t, top_k=None))) for t in (text, text.replace("wonderful", "")))
    assert scores["wonderful"] == pytest.approx(logit(whole) - logit(without), abs=1e-6)
