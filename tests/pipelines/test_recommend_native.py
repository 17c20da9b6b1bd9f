"""The task For you with its shipped catalogue and the model that reads a visitor's own list."""

from __future__ import annotations

import asyncio
import base64
import importlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wardian.errors import ModelError
from wardian.hub import find_models_dir
from wardian.postprocessing.pooling import normalize
from wardian.worker import Worker
from wardian_build.evaluate.recommend import Rating, cases
from wardian_build.train.articles import CARD, embed, read_items

LIST = "title;tags\nOrca;sea\nShark;sea\nJazz;music\nOpera;music\nRye bread;food\nCheese cake;food\n"


@pytest.fixture(scope="module")
def models() -> Path:
    try:
        return find_models_dir()
    except ModelError:
        pytest.skip("the models are not built: python build.py site")


@pytest.fixture
def task() -> Iterator[Any]:
    """The task's module as it is when a page opens."""
    module = importlib.reload(importlib.import_module("wardian.tasks.recommend"))
    yield module
    importlib.reload(module)


def ask(models: Path, taste: dict[str, Any]) -> list[dict[str, Any]]:
    async def answers() -> list[dict[str, Any]]:
        worker = Worker(models_dir=models)
        request = {"op": "run_task", "task": "recommend", "inputs": {"taste": taste}}
        return [answer async for answer in worker.handle(request)]

    return asyncio.run(answers())


def output(models: Path, taste: dict[str, Any]) -> dict[str, Any]:
    last = ask(models, taste)[-1]
    assert last["type"] == "result", last
    found: dict[str, Any] = last["value"]["outputs"][0]
    return found


def own(content: str | bytes) -> dict[str, str]:
    given = content.encode() if isinstance(content, str) else content
    return {"name": "list.csv", "base64": base64.b64encode(given).decode()}


def test_the_embeddings_are_those_of_the_items(models: Path) -> None:
    """A sample is embedded again; int8 and another processor cost less than 0.001 of the cosine."""
    items = read_items(models)
    shipped = np.load(io.BytesIO((models / CARD / "embeddings.npy").read_bytes()))
    assert shipped.dtype == np.int8 and shipped.shape == (len(items), 384) == (3095, 384)
    sample = range(7, len(items), 200)
    made = asyncio.run(embed([items[i].text for i in sample], models))
    cosines = (normalize(shipped[list(sample)].astype(np.float32)) * made).sum(axis=1)
    assert cosines.min() > 0.999


def test_the_catalogue_is_what_its_card_says(models: Path) -> None:
    items = read_items(models)
    assert len({item.title for item in items}) == len(items)
    assert all(item.description and len(item.keywords) <= 8 for item in items)
    assert sum(bool(item.tags) for item in items) > 2000
    # How a name is said is left out: "The viola ( vee-OH-lə, Italian: …)".
    assert [
        item.title for item in items if re.search("[\u0250-\u02af\u02c8\u02d0]|\\( ", item.description)
    ] == []
    assert next(item for item in items if item.title == "Chair").description.startswith(
        "A chair is a type of"
    )


def test_likes_turn_the_list_and_less_turns_it_back(models: Path) -> None:
    jazz = output(models, {"judgements": [["Jazz", True]]})
    titles = [item["title"] for item in jazz["items"]]
    assert jazz["mode"] == "learned" and {"Blues", "Rock and roll"} <= set(titles) and "Jazz" not in titles
    assert jazz["items"][0]["liked"] == [{"title": "Jazz", "share": 1.0}]
    less = output(models, {"judgements": [["Jazz", True], ["Blues", False], ["Rock and roll", False]]})
    again = [item["title"] for item in less["items"]]
    assert not {"Blues", "Rock and roll"} & set(again) and again[:3] != titles[:3]


def test_an_own_list_is_read_once(models: Path, task: Any) -> None:
    first = ask(models, {"own": own(LIST)})
    assert [(answer["stage"], answer["done"]) for answer in first[:-1]] == [
        ("read_list", 0),
        ("read_list", 6),
    ]
    assert first[-1]["value"]["outputs"][0]["own"] == "list.csv"
    longer = ask(models, {"own": own(LIST + "Whale;sea\n"), "judgements": [["Orca", True]]})
    assert [(answer["done"], answer["total"]) for answer in longer[:-1]] == [(0, 1), (1, 1)]
    shown = longer[-1]["value"]["outputs"][0]["items"]
    assert {item["title"] for item in shown[:2]} == {"Shark", "Whale"}
    assert shown[0]["shared_tags"] == ["sea"]


def test_a_cancelled_reading_goes_on_where_it_was(models: Path, task: Any) -> None:
    many = "title\n" + "".join(f"Subject number {i}\n" for i in range(40))

    async def cancelled() -> list[int]:
        worker, done = Worker(models_dir=models), []
        request = {"op": "run_task", "task": "recommend", "inputs": {"taste": {"own": own(many)}}}
        answers = worker.handle(request)
        async for answer in answers:
            done.append(answer["done"])
            if answer["done"] == 16:
                break
        await answers.aclose()  # type: ignore[attr-defined]
        return done

    assert asyncio.run(cancelled()) == [0, 16]
    assert ask(models, {"own": own(many)})[0]["total"] == 24


@pytest.mark.parametrize(
    ("taste", "said"),
    [
        ({"own": own("")}, "no CSV table"),
        ({"own": own("name of it\nEmma\n")}, "no column of titles"),
        ({"own": own("title,tags\nEmma\n")}, "Line 2"),
        ({"own": own(b"title\n\0\n")}, "no CSV table"),
        ({"own": {"name": "x", "base64": "%"}}, "wrong field 'own'"),
        ({"own": 3}, "wrong field 'own'"),
        ({"judgements": "Jazz"}, "wrong field 'judgements'"),
        ({"judgements": [["Jazz", 1]]}, "wrong field 'judgements'"),
        ({"query": "x" * 201}, "wrong field 'query'"),
        ({"shown": 0}, "wrong field 'shown'"),
        ({"shown": 1.5}, "wrong field 'shown'"),
        ({"shown": float("nan")}, "wrong field 'shown'"),
    ],
)
def test_bad_input_is_named(models: Path, taste: dict[str, Any], said: str) -> None:
    last = ask(models, taste)[-1]
    assert last["type"] == "error" and last["error"]["kind"] == "InputError"
    assert said in last["error"]["message"]


def test_strange_titles_are_only_titles(models: Path) -> None:
    strange = [["\0", True], ["\ud800", True], ["مرحبا", False], ["🙂" * 1000, True], ["", True]] * 300
    found = output(models, {"judgements": strange, "query": "\ud800\0"})
    assert (found["mode"], found["items"]) == ("found", [])
    assert output(models, {"judgements": strange})["items"] == output(models, {})["items"]


def test_what_the_evaluation_asks() -> None:
    """Odd people alone; the last five likes, each after what came before, and with ten likes at least."""
    rated = [Rating(item, 5.0 if item % 2 else 3.0) for item in range(24)]
    asked = list(cases({1: rated, 2: rated, 3: rated[:12]}))
    assert [(case.person, case.liked, len(case.history)) for case in asked] == [
        (1, liked, liked) for liked in (15, 17, 19, 21, 23)
    ]
    assert asked[0].rated == frozenset(range(24))
