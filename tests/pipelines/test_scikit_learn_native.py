"""Tables and texts through converted scikit-learn pipelines, against scikit-learn's own answers.

`sklearn.json` holds what scikit-learn said to 30 rows, and to texts, with estimators of every kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from pipelines.scikit_learn import MADE, asked, expected_of, files_of
from support import MemoryFolder, run
from wardian.errors import InputError, ModelError
from wardian.pipelines.base import KINDS
from wardian.pipelines.tabular_classification import TabularClassificationPipeline
from wardian.pipelines.tabular_regression import TabularRegressionPipeline
from wardian.pipelines.text_classification import TextClassificationPipeline
from wardian.session import open_session

CLASSES = {
    "tabular-classification": TabularClassificationPipeline,
    "tabular-regression": TabularRegressionPipeline,
    "text-classification": TextClassificationPipeline,
}
#: scikit-learn computes in float64; the answer is float32.
TOLERANCE = 1e-6


TABLES = [name for name, one in MADE.items() if one.kind == "tabular-classification"]
NUMBERS = [name for name, one in MADE.items() if one.kind == "tabular-regression"]
TEXTS = [name for name, one in MADE.items() if one.kind == "text-classification"]


@contextmanager
def opened(name: str, **files: Any) -> Iterator[Any]:
    model = MADE[name]
    folder = MemoryFolder(files_of(name) | files)

    async def prepared() -> Any:
        pipe = CLASSES[model.kind](folder, await open_session(model.onnx, threads=1), "fp32")
        await pipe._prepare()
        return pipe

    pipe = run(prepared())
    try:
        yield pipe
    finally:
        run(pipe.close())


@pytest.mark.parametrize("name", TABLES)
def test_labels_and_scores_are_scikit_learns(name: str) -> None:
    labels, expected, table = list(MADE[name].config["id2label"].values()), expected_of(name), asked(name)
    with opened(name) as pipe:
        found = run(pipe(table, top_k=None))
        scores = [[{one["label"]: one["score"] for one in row}[label] for label in labels] for row in found]
        np.testing.assert_allclose(scores, expected, atol=TOLERANCE, rtol=TOLERANCE)
        assert all(row == sorted(row, key=lambda one: -one["score"]) for row in found)
        best = [labels[place] for place in expected.argmax(axis=1)]
        assert run(pipe(table)) == best
        steps: list[tuple[str, int, int]] = []
        assert run(pipe(table, batch_size=7, progress=lambda *step: steps.append(step))) == best
        assert steps[0] == ("classify", 7, 30) and steps[-1] == ("classify", 30, 30)
        rows = [{key: values[n] for key, values in table.items()} for n in range(30)]
        assert run(pipe(rows)) == best
        assert [run(pipe(row)) for row in rows[:9]] == best[:9]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_scikit_learns(name: str) -> None:
    expected = expected_of(name)[:, 0]
    with opened(name) as pipe:
        np.testing.assert_allclose(run(pipe(asked(name))), expected, rtol=TOLERANCE)
        row = {key: values[3] for key, values in asked(name).items()}
        assert run(pipe(row)) == pytest.approx(expected[3], rel=TOLERANCE)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_as_bags_of_terms(name: str) -> None:
    labels, expected, texts = list(MADE[name].config["id2label"].values()), expected_of(name), asked(name)
    with opened(name) as pipe:
        found = run(pipe(texts, top_k=None, batch_size=4))
        scores = [[{one["label"]: one["score"] for one in row}[label] for label in labels] for row in found]
        np.testing.assert_allclose(scores, expected, atol=TOLERANCE, rtol=TOLERANCE)
        assert run(pipe(texts[1]))[0]["label"] == labels[int(expected[1].argmax())]
        # Of any length; with nothing that is known.
        assert len(run(pipe(["", "\x00 \u202e 😀", "a great film " * 80_000]))) == 3
        with pytest.raises(InputError, match="no pairs"):
            run(pipe({"text": "a", "text_pair": "b"}))


def test_what_does_not_fit_is_named() -> None:
    name = "logistic"
    row = {key: values[0] for key, values in asked(name).items()}
    with opened(name) as pipe:
        for change, words in (
            ({"age": "forty"}, "no number in the column 'age', row 1"),
            ({"city": 3}, "no text in the column 'city'"),
            ({"rooms": None}, "missing in the column 'rooms'"),
            ({"age": float("inf")}, "out of range in the column 'age'"),
            ({"age": 10**400}, "out of range in the column 'age'"),
        ):
            with pytest.raises(InputError, match=words):
                run(pipe({**row, **change}))
        with pytest.raises(InputError, match="missing: 'rooms'"):
            run(pipe({key: value for key, value in row.items() if key != "rooms"}))
        with pytest.raises(InputError, match="one length"):
            run(pipe({**{key: [value] for key, value in row.items()}, "age": [1, 2]}))
        for nothing in ([], {}, "age", None, [1, 2], {key: [] for key in row}):
            with pytest.raises(InputError, match=r"no table|one length|missing"):
                run(pipe(nothing))
        # What no model takes is left out, and what may be missing may.
        assert run(pipe({**row, "name": "Ada", "income": None})) in MADE[name].config["id2label"].values()


def test_bounds_and_strict_categories() -> None:
    config = json.loads(json.dumps(MADE["logistic"].config))
    columns = {column["name"]: column for column in config["columns"]}
    columns["age"] |= {"minimum": 18, "maximum": 99}
    columns["city"]["unknown"] = "error"
    row = {key: values[0] for key, values in asked("logistic").items()}
    with opened("logistic", **{"config.json": config}) as pipe:
        with pytest.raises(InputError, match=r"'age', row 1.*from 18 to 99"):
            run(pipe({**row, "age": 17}))
        with pytest.raises(InputError, match=r"'city', row 1.*Rome, Bern, Oslo"):
            run(pipe({**row, "city": "Paris"}))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (None, "does not say which columns"),
        ([], "does not say which columns"),
        ([{"name": "age"}, {"name": "age"}], "one name"),
        ([{"dtype": "number"}], "describes a column wrongly"),
        ([{"name": "age", "dtype": "string"}], "categories"),
        ([{"name": "age", "minimum": "low"}], "describes a column wrongly"),
        (["age"], "describes a column wrongly"),
    ],
)
def test_broken_descriptions_are_refused(columns: Any, words: str) -> None:
    with (
        pytest.raises(ModelError, match=words),
        opened("logistic", **{"config.json": {**MADE["logistic"].config, "columns": columns}}),
    ):
        pass


@pytest.mark.parametrize(
    "content", [b"[]", b"{", b'{"parts": [{}]}', b'{"parts": [{"terms": ["a"], "norm": 3}]}']
)
def test_a_broken_vectorizer_is_refused(content: bytes) -> None:
    with (
        pytest.raises(ModelError, match=r"vectorizer\.json"),
        opened("words", **{"vectorizer.json": content}),
    ):
        pass


def test_every_kind_is_open_to_everyone() -> None:
    assert set(CLASSES) <= set(KINDS)
    assert len(TABLES) >= 5 and NUMBERS and TEXTS
