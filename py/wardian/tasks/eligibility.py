"""Would I qualify? A loan model over twelve answers: how likely, why, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wardian.components import Dropdown, Meter, Reason, Reasons, Turn, WhatIf
from wardian.components.base import Localized, localize
from wardian.postprocessing.counterfactual import Change, smallest_change
from wardian.postprocessing.shapley import shapley_values
from wardian.task import Example, Task
from wardian.tasks._loan_form import FORM

if TYPE_CHECKING:
    from wardian.pipelines.tabular_classification import TabularClassificationPipeline

#: What people can change of a loan; the past, a job and a home they cannot.
_CHANGEABLE = (
    "credit_amount",
    "duration_in_month",
    "installment_rate_in_percentage_of_disposable_income",
    "savings_account_and_bonds",
    "other_installment_plans",
    "other_debtors_or_guarantors",
)

#: Other values that are tried for a number.
_GRID = 24

_RATE = "installment_rate_in_percentage_of_disposable_income"


async def eligibility(
    credit_amount: float,
    duration_in_month: float,
    purpose: str,
    installment_rate_in_percentage_of_disposable_income: str,
    status_of_existing_checking_account: str,
    savings_account_and_bonds: str,
    credit_history: str,
    other_installment_plans: str,
    present_employment_since: str,
    other_debtors_or_guarantors: str,
    property: str,
    housing: str,
    pipe: TabularClassificationPipeline,
) -> tuple[float, Turn | None, list[Reason]]:
    """The probability that such a loan is paid back, what each answer adds to it, and what would turn it.

    Reasons are the exact Shapley values of the probability against 16 loans of the data.
    """
    answers = {name: value for name, value in locals().items() if name in FORM}
    good = pipe.labels.index("good")

    async def predict(rows: NDArray[np.float64]) -> NDArray[np.floating]:
        return (await pipe.run_features(rows))[:, good]

    row = pipe.table.encode(_columns(answers))[0]
    score = float((await predict(row[None]))[0])
    background = pipe.table.encode(await pipe.folder.read_json("background.json"))
    values = await shapley_values(predict, row, background)
    names = [column.name for column in pipe.table.columns]
    reasons = [
        Reason(FORM[name].label, _said(name, answers[name]), float(value))
        for name, value in zip(names, values, strict=True)
    ]
    choices = {names.index(name): _choices(pipe, name, row[names.index(name)]) for name in _CHANGEABLE}
    return score, _turn(pipe, await smallest_change(predict, row, choices), row), reasons


def _columns(answers: Mapping[str, Any]) -> dict[str, list[Any]]:
    """One row by column; the instalment's four classes are numbers to the model."""
    return {name: [float(value) if name == _RATE else value] for name, value in answers.items()}


def _choices(pipe: TabularClassificationPipeline, name: str, now: float) -> list[tuple[float, float]]:
    """Other values of a column, and what the change costs: of its range for a number, 0.25 for a class."""
    question = FORM[name]
    if isinstance(question, Dropdown):
        codes = [float(c) for c in question.choices] if name == _RATE else _codes(pipe, name)
        return [(code, 0.25) for code in codes if code != now]
    span = question.maximum - question.minimum
    grid = np.unique(np.round(np.linspace(question.minimum, question.maximum, _GRID) / question.step))
    steps = [float(step * question.step) for step in grid]
    inside = [value for value in steps if question.minimum <= value <= question.maximum]
    return [(value, abs(value - now) / span) for value in inside if value != now]


def _codes(pipe: TabularClassificationPipeline, name: str) -> list[float]:
    column = next(column for column in pipe.table.columns if column.name == name)
    return [float(code) for code in range(len(column.categories))]


def _turn(
    pipe: TabularClassificationPipeline, change: Change | None, row: NDArray[np.float64]
) -> Turn | None:
    if change is None:
        return None
    columns = pipe.table.columns
    changes = []
    for place, code in change.values.items():
        name, texts = columns[place].name, columns[place].categories
        before, after = (texts[int(c)] if texts else c for c in (row[place], code))
        changes.append((FORM[name].label, _said(name, before), _said(name, after)))
    return Turn(changes, change.answer)


def _said(name: str, value: Any) -> Localized:
    """An answer in the words of the form."""
    question = FORM[name]
    if isinstance(question, Dropdown):
        return question.choices[value if isinstance(value, str) else f"{value:g}"]
    return {language: f"{value:,.0f} {unit}".strip() for language, unit in question.unit.items()}


def _example(**answers: Any) -> list[Any]:
    """The form with some answers; the others as they are."""
    return [answers.get(name, question.default) for name, question in FORM.items()]


task = Task(
    id="eligibility",
    kind="tabular-classification",
    model="german-credit",
    group="tables",
    title={"en": "Would I qualify?", "zh": "我符合条件吗？"},
    description={
        "en": "How a simple model of 1,000 German loans of the 1990s would see an application, why, and what "
        "would change its answer. Not advice, and no bank's decision: nobody is asked who they are, and "
        "nothing leaves this page.",
        "zh": "一个由上世纪九十年代 1000 笔德国贷款训练的简单模型会怎样看待一份申请、依据什么、"
        "怎样会改变结果。这不是建议，也不是银行的决定：不问您是谁，内容也不会离开此页面。",
    },
    inputs=list(FORM.values()),
    outputs=[
        Meter(
            {"en": "Probability that it is paid back", "zh": "按时还清的概率"},
            low={"en": "not paid back", "zh": "未按时还清"},
            high={"en": "paid back", "zh": "按时还清"},
        ),
        WhatIf({"en": "The smallest change that would turn it", "zh": "使结果改变的最小改动"}),
        Reasons(
            {"en": "What it rests on, in percentage points", "zh": "依据（百分点）"},
            low=localize({"en": "against", "zh": "不利"}),
            high=localize({"en": "for", "zh": "有利"}),
        ),
    ],
    examples=[
        Example({"en": "A television", "zh": "买电视"}, _example()),
        Example(
            {"en": "A new car, overdrawn", "zh": "透支买新车"},
            _example(
                credit_amount=9000,
                duration_in_month=48,
                purpose="car (new)",
                status_of_existing_checking_account="... < 0 DM",
            ),
        ),
        Example(
            {"en": "A used car, with savings", "zh": "有储蓄买二手车"},
            _example(
                credit_amount=4000,
                duration_in_month=24,
                purpose="car (used)",
                status_of_existing_checking_account="no checking account",
                savings_account_and_bonds="... >= 1000 DM",
                present_employment_since="... >= 7 years",
            ),
        ),
    ],
    fn=eligibility,
    live=True,
)
