"""The loan form against the model itself: reasons add up, changes turn the answer, wrong fields are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from support import run
from wardian import pipeline
from wardian.errors import InputError
from wardian.tasks._loan_form import FORM
from wardian.tasks.eligibility import task
from wardian_build import paths


@pytest.fixture(scope="module")
def pipe() -> Any:
    return run(pipeline("tabular-classification", "german-credit", models_dir=paths.STATIC / "models"))


def answers(number: int) -> dict[str, Any]:
    return dict(zip(FORM, task.examples[number].inputs, strict=True))


def probability(pipe: Any, row: dict[str, Any]) -> float:
    rate = "installment_rate_in_percentage_of_disposable_income"
    found = run(pipe({**row, rate: float(row[rate])}, top_k=None))
    return float(next(one["score"] for one in found if one["label"] == "good"))


@pytest.mark.parametrize("number", range(3))
def test_reasons_add_up_and_the_change_turns_the_answer(pipe: Any, number: int) -> None:
    row = answers(number)
    score, turn, reasons = run(task.call(task.read_inputs(row), pipe=pipe))
    assert score == pytest.approx(probability(pipe, row), abs=1e-6)
    background = run(pipe.folder.read_json("background.json"))
    rows = [dict(zip(background, values, strict=True)) for values in zip(*background.values(), strict=True)]
    base = np.mean([probability(pipe, one) for one in rows])
    assert sum(reason.score for reason in reasons) == pytest.approx(score - base, abs=1e-5)
    assert [reason.label["en"] for reason in reasons if reason.label["zh"]] and len(reasons) == 12
    if turn is not None:
        assert (turn.score >= 0.5) != (score >= 0.5)
        changed = dict(row)
        for label, before, after in turn.changes:
            name = next(name for name, question in FORM.items() if question.label == label)
            assert before != after
            said = {text["en"]: value for value, text in getattr(FORM[name], "choices", {}).items()}
            changed[name] = said.get(after["en"]) or float(after["en"].split()[0].replace(",", ""))
        assert probability(pipe, changed) == pytest.approx(turn.score, abs=1e-6)


def test_the_form_has_the_columns_and_categories_of_the_model(pipe: Any) -> None:
    assert {column.name for column in pipe.table.columns} == set(FORM)
    for column in pipe.table.columns:
        question = FORM[column.name]
        if column.categories:
            assert set(question.choices) == set(column.categories)  # type: ignore[union-attr]
        elif column.name != "installment_rate_in_percentage_of_disposable_income":
            assert (question.minimum, question.maximum) == (column.minimum, column.maximum)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("credit_amount", 100, "“Amount” is out of range. Got 100; expected a number from 250 to 18424"),
        ("credit_amount", 1_000_000, "Got 1000000; expected a number from 250 to 18424"),
        ("credit_amount", None, "“Amount” is empty"),
        ("duration_in_month", float("nan"), "“To be paid back in” is out of range"),
        ("duration_in_month", "12", "“To be paid back in” is no number"),
        ("housing", "castle", "“Housing” is none of the choices. Got 'castle'; expected one of rent, own"),
    ],
)
def test_a_wrong_field_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as raised:
        task.read_inputs({**answers(0), name: value})
    assert message in str(raised.value)
