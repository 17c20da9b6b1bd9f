"""Recommendations against popularity, on what people liked: `python build.py eval recommend`.

MovieLens 100K (Harper and Konstan 2015, ACM TiiS 5:19): 943 people, 1,682 films, 100,000 ratings from 1 to 5
with their times. The films are embedded from title, year and genres alone: the data have no descriptions.
What is asked: of the films that a person has not rated yet, is the one they liked next among the first ten?

A case is one like (4 or 5 stars) of a person, among their last five; everything that they rated before is the
history, in its order: 4 and 5 are likes, 1 and 2 "less of this", 3 says nothing. Constants were chosen on
people of even numbers; those of odd numbers are measured. Popularity counts the likes of all other people.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.postprocessing.preference import centred, judgement_weights, preference
from wardian_build import vendor
from wardian_build.evaluate.accuracy import line, wilson
from wardian_build.runtimes import Source
from wardian_build.train.articles import embed

__all__ = ["SOURCE", "Case", "Rating", "cases", "evaluate", "gain", "show"]

SOURCE = Source(
    "pypi", "recbole", "1.2.1", "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
)
_FOLDER = "recbole/dataset_example/ml-100k"
#: Of each person the last likes are asked for, if so many came before.
LAST, HISTORY = 5, 5
K = 10
#: Others beside the film that was liked, where it must be found among as popular ones.
RIVALS = 99

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rating:
    item: int
    stars: float


@dataclass(frozen=True, slots=True)
class Case:
    """Which item did this person like next, after this history?"""

    person: int
    history: tuple[Rating, ...]
    liked: int
    #: All that the person ever rated.
    rated: frozenset[int]


def cases(ratings: dict[int, list[Rating]]) -> Iterator[Case]:
    """The last likes of each person of an odd number; `ratings` in the order of their times."""
    for person, rated in ratings.items():
        likes = [place for place, rating in enumerate(rated) if rating.stars >= 4]
        if person % 2 == 0 or len(likes) < LAST + HISTORY:
            continue
        everything = frozenset(rating.item for rating in rated)
        for place in likes[-LAST:]:
            yield Case(person, tuple(rated[:place]), rated[place].item, everything)


async def evaluate(models_dir: Path, data: Path | None = None) -> dict[str, Any]:
    found = vendor.members(SOURCE, [f"{_FOLDER}/ml-100k.{part}" for part in ("item", "inter")])
    items, inter = (path.read_text("utf-8") for path in found.values())
    texts, places = _films(items)
    ratings = _ratings(inter, places)
    likes = np.zeros((max(ratings) + 1, len(texts)), np.float32)
    for person, rated in ratings.items():
        for rating in rated:
            likes[person, rating.item] = rating.stars >= 4
    vectors = centred(await embed(texts, models_dir, "q8"))
    asked = list(cases(ratings))
    rankers: dict[str, Callable[[Case], Scores]] = {
        "learned": lambda case: _learned(case, vectors),
        "popularity": lambda case: likes.sum(axis=0) - likes[case.person],
        "random": lambda case: np.zeros(len(texts), np.float32),
    }
    total = likes.sum(axis=0)
    return {
        "cases": len(asked), "people": len({case.person for case in asked}), "films": len(texts),
        "all": {name: _measured(asked, ranker, None) for name, ranker in rankers.items()},
        "as_popular": {name: _measured(asked, ranker, total) for name, ranker in rankers.items()},
    }  # fmt: skip


def show(result: dict[str, Any]) -> None:
    print(f"{result['people']} people, {result['cases']} likes, {result['films']} films, MovieLens 100K")
    for part, what in (("all", "all films not rated yet"), ("as_popular", f"{RIVALS} films as popular")):
        print(f"among {what}:")
        for name, found in result[part].items():
            print(f"  {name:10} hit rate@{K} {line(found['hits'])}, nDCG@{K} {found['ndcg']:.4f}")


def gain(rank: int, k: int = K) -> float:
    """nDCG@k where one item is right and stands at `rank`, from 0 (Järvelin and Kekäläinen 2002).

    >>> gain(0), round(gain(2), 3), gain(10)
    (1.0, 0.5, 0.0)
    """
    return float(1 / np.log2(rank + 2)) if rank < k else 0.0


def _learned(case: Case, vectors: Scores) -> Scores:
    judged = [rating for rating in case.history if rating.stars != 3]
    weights = judgement_weights([rating.stars >= 4 for rating in judged])
    return vectors @ preference(vectors[[rating.item for rating in judged]], weights)


def _measured(asked: list[Case], ranker: Callable[[Case], Scores], popular: Scores | None) -> dict[str, Any]:
    """Hits and nDCG; with `popular` among rivals that are drawn by how popular they are.

    Ties are broken by chance, the same chance for all rankers.
    """
    generator = np.random.default_rng(0)
    ranks = []
    for case in asked:
        scores = np.array(ranker(case), np.float64)
        order = generator.permutation(len(scores))
        before = [rating.item for rating in case.history]
        rivals = np.setdiff1d(np.arange(len(scores)), [*before, case.liked])
        if popular is not None:
            weights = popular.astype(np.float64)
            weights[list(case.rated)] = 0
            rivals = generator.choice(len(scores), RIVALS, replace=False, p=weights / weights.sum())
        better = scores[rivals] > scores[case.liked]
        tied = (scores[rivals] == scores[case.liked]) & (order[rivals] > order[case.liked])
        ranks.append(int((better | tied).sum()))
    hits = wilson(sum(rank < K for rank in ranks), len(ranks))
    return {"hits": asdict(hits), "ndcg": sum(map(gain, ranks)) / len(ranks)}


def _films(content: str) -> tuple[list[str], dict[str, int]]:
    """What is embedded of each film, and its place by its number in the data."""
    texts: list[str] = []
    places: dict[str, int] = {}
    for row in csv.reader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row[0] != "item_id:token":
            places[row[0]] = len(texts)
            texts.append(f"{row[1]} ({row[2]}). {', '.join(row[3].split())}")
    return texts, places


def _ratings(content: str, places: dict[str, int]) -> dict[int, list[Rating]]:
    """Ratings of each person in the order of their times; those of one second in the order of the films."""
    rows: dict[int, list[tuple[float, int, float]]] = defaultdict(list)
    for row in csv.reader(io.StringIO(content), delimiter="\t"):
        if row[0] != "user_id:token":
            rows[int(row[0])].append((float(row[3]), places[row[1]], float(row[2])))
    return {
        person: [Rating(item, stars) for _, item, stars in sorted(of)] for person, of in sorted(rows.items())
    }
