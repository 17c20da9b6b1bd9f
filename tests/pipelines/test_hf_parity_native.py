"""Every pipeline over texts against transformers' own, on small models of six architectures.

`hf_pipelines.json` holds what transformers answered (`make_hf_pipelines.py`): more than fifty inputs for each
pipeline and architecture, empty, long and strange ones among them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden.hf_pipelines import FAMILIES, MODELS, TEXTS
from pipelines.comparing import TOLERANCE, difference
from pipelines.small_models import golden, opened
from support import run


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


CALLED = [name for name, (_, kind) in MODELS.items() if kind != "feature-extraction"]


@pytest.mark.parametrize("name", CALLED)
def test_answers_equal_transformers(name: str, models: Path) -> None:
    calls = golden()["models"][name]["calls"]
    assert len(calls) > 50
    with opened(name, models) as pipe:
        for number, call in enumerate(calls):
            said = difference(run(pipe(call["inputs"], **call["options"])), call["answer"])
            assert not said, f"call {number}, {call['inputs']!r:.300}, {call['options']}\n{said}"


def by_options(calls: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Calls with one input each, grouped by their options."""
    groups: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for call in calls:
        if not isinstance(call["inputs"], list):
            groups.setdefault(repr(call["options"]), (call["options"], []))[1].append(call)
    return list(groups.values())


@pytest.mark.parametrize("name", [name for name in CALLED if MODELS[name][0] in ("roberta", "deberta-v2")])
def test_batches_give_what_single_texts_give(name: str, models: Path) -> None:
    with opened(name, models) as pipe:
        for options, calls in by_options(golden()["models"][name]["calls"]):
            inputs = [call["inputs"] for call in calls]
            if len(inputs) < 2 or any(isinstance(one, dict) and isinstance(one.get("question"), list)
                                      for one in inputs):  # fmt: skip
                continue
            found = run(pipe(inputs, **options, batch_size=5))
            for call, answer in zip(calls, found, strict=True):
                single = run(pipe(call["inputs"], **options))
                # One text is in a list of its own where nobody asks for top_k, as in transformers.
                single = single[0] if isinstance(single, list) and isinstance(answer, dict) else single
                said = difference(answer, single)
                assert not said, f"{call['inputs']!r:.300}, {options}\n{said}"


@pytest.mark.parametrize("family", FAMILIES)
def test_features_and_similarities(family: str, models: Path) -> None:
    name = f"{family}-feature-extraction"
    entry = golden()["models"][name]
    with opened(name, models) as pipe:
        means = run(pipe(list(TEXTS), pooling="mean"))
        np.testing.assert_allclose(means, entry["means"], atol=TOLERANCE)
        lengths = [run(pipe(text)).shape[1] for text in TEXTS]
        assert lengths == entry["lengths"]
        for number, tokens in entry["tokens"].items():
            np.testing.assert_allclose(run(pipe(TEXTS[int(number)]))[0], tokens, atol=TOLERANCE)
    with opened(name, models, "sentence-similarity") as pipe:
        assert len(entry["similar"]) > 50
        for call in entry["similar"]:
            assert not (said := difference(run(pipe(call["inputs"])), call["answer"])), said


def test_the_comparison_sees_what_differs() -> None:
    answer = [{"label": "joy", "score": 0.5, "start": 3}]
    assert not difference(answer, [{"label": "joy", "score": 0.50005, "start": 3}])
    for other in ({"score": 0.501}, {"start": 4}, {"label": "Joy"}, {"start": 3.0}, {"end": 4}):
        assert difference(answer, [{**answer[0], **other}])
    assert difference(answer, answer * 2) and difference(answer, answer[0])
