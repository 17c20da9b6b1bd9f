"""Recommendations over a small catalogue of three kinds of things, whose neighbours are known."""

from __future__ import annotations

import numpy as np
import pytest

from wardian.errors import InputError, TensorError
from wardian.pipelines.recommendation import Judgement, Recommendation, Recommender
from wardian.preprocessing.catalogue import Item

KINDS = ("sea", "music", "bread")


def catalogue(count: int = 30) -> Recommender:
    """Items of three kinds in turn, their embeddings near one of three axes."""
    random = np.random.default_rng(1)
    items = [
        Item(f"{KINDS[i % 3]} {i}", tags=(KINDS[i % 3],), keywords=(f"word{i % 3}",)) for i in range(count)
    ]
    vectors = np.eye(3)[np.arange(count) % 3] + random.normal(scale=0.2, size=(count, 3))
    return Recommender(items, vectors.astype(np.float32))


def kinds(found: list[Recommendation]) -> list[str]:
    return [each.item.tags[0] for each in found]


def test_likes_lead_to_their_kind() -> None:
    found = catalogue().recommend([Judgement("sea 0", True)], 6)
    assert kinds(found)[:5] == ["sea"] * 5
    assert [each.different for each in found] == [False] * 5 + [True]
    assert kinds(found)[5] != "sea"
    assert "sea 0" not in [each.item.title for each in found]


def test_less_of_this_leads_away() -> None:
    likes = [Judgement("sea 0", True), Judgement("music 1", True)]
    before = kinds(catalogue().recommend(likes, 4))
    after = kinds(catalogue().recommend([*likes, Judgement("sea 3", False), Judgement("sea 6", False)], 4))
    assert after.count("sea") < before.count("sea")
    alone = kinds(catalogue().recommend([Judgement("bread 2", False)], 6))
    assert "bread" not in alone and set(alone) == {"sea", "music"}


def test_a_beginning_has_something_of_everything() -> None:
    found = catalogue().recommend([], 3)
    assert set(kinds(found)) == set(KINDS)
    assert all(not each.liked and not each.different for each in found)


def test_recent_likes_weigh_more() -> None:
    old = [Judgement(f"sea {i}", True) for i in range(0, 6, 3)]
    new = [Judgement(f"music {i}", True) for i in range(1, 28, 3)]
    assert kinds(catalogue().recommend([*old, *new], 1)) == ["music"]
    # The other way round, and three of the nine are enough: what was liked last counts most.
    assert kinds(
        catalogue(60).recommend([*new, *(Judgement(f"sea {i}", True) for i in range(0, 40, 3))], 1)
    ) == ["sea"]


def test_why_names_what_added_most() -> None:
    judgements = [Judgement("sea 0", True), Judgement("music 1", True), Judgement("bread 2", False)]
    first = catalogue().recommend(judgements, 2)[0]
    assert first.liked[0].title.split()[0] == first.item.tags[0]
    assert first.tags == first.item.tags and first.words == first.item.keywords
    assert 0 < sum(part.share for part in first.liked) <= 1 + 1e-6
    assert all(part.title != "bread 2" for part in first.liked)
    assert all(part.title == "bread 2" for part in first.less)


def test_the_last_judgement_of_an_item_counts_and_unknown_ones_do_not() -> None:
    recommender = catalogue()
    changed = [Judgement("sea 0", False), Judgement("gone", True), Judgement("sea 0", True)]
    once = recommender.recommend([Judgement("sea 0", True)], 5)
    assert recommender.recommend(changed, 5) == once
    unknown = recommender.recommend([Judgement("gone", True)], 5)
    assert unknown == recommender.recommend([], 5)


def test_everything_judged_leaves_nothing() -> None:
    recommender = catalogue(4)
    judged = [Judgement(item.title, True) for item in recommender.items]
    assert recommender.recommend(judged, 5) == []
    assert len(recommender.recommend(judged[:3], 5)) == 1
    assert len(recommender.recommend(judged[:1], 50)) == 3
    assert len(recommender.recommend([Judgement("sea 0", False)], 50)) == 3


def test_one_item_is_a_catalogue_too() -> None:
    alone = Recommender([Item("only")], np.float32([[1, 2]]))
    assert [each.item.title for each in alone.recommend([], 10)] == ["only"]
    assert alone.recommend([Judgement("only", True)], 10) == []


def test_titles_are_found() -> None:
    items = [
        Item("Winter sea"),
        Item("Season"),
        Item("SEA"),
        Item("The sea wolf"),
        Item("Überseehafen"),
        Item("鲸鱼"),
    ]
    recommender = Recommender(items, np.eye(6, dtype=np.float32))
    assert [item.title for item in recommender.find(" sea ")] == [
        "SEA",
        "Winter sea",
        "The sea wolf",
        "Season",
    ]
    assert [item.title for item in recommender.find("wolf SEA")] == ["The sea wolf"]
    assert [item.title for item in recommender.find("über")] == ["Überseehafen"]
    assert [item.title for item in recommender.find("鲸")] == ["鲸鱼"]
    assert recommender.find("  ") == [] and recommender.find("\0\ud800") == []
    assert len(recommender.find("s", 2)) == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(TensorError, match="number"):
        Recommender([Item("a")], np.eye(2, dtype=np.float32))
    with pytest.raises(InputError, match="few"):
        catalogue().recommend([], 0)
