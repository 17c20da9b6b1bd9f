"""Working beginnings of tasks over tables, with an example made of the model's columns."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

from wardian.preprocessing.table import Table

__all__ = ["CLASSIFY", "PREDICT", "example_rows", "written"]

_WIDEST = 110
_INDENTED = '        Example({"en": "A row", "zh": "一行数据"}, []),'

CLASSIFY = '''"""{title}: a row of a table and its labels with their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Label, Textbox
from wardian.preprocessing.csv_table import read_csv
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.tabular_classification import TabularClassificationPipeline
    from wardian.postprocessing.classification import LabelScore


async def classify(row: str, pipe: TabularClassificationPipeline) -> list[LabelScore]:
    """All labels, best first; `row` is CSV: the names of the columns, and below them their values."""
    table = pipe.table.from_texts(read_csv(row))
    answers: list[list[LabelScore]] = await pipe(table, top_k=None)
    return answers[0]

{before}
task = Task(
    id={id},
    kind="tabular-classification",
    model={model},
    title={quoted},
    description={{
        "en": "Type a row under the names of its columns. A model gives it labels on this device.",
        "zh": "在列名下输入一行数据，模型就在这台设备上给它打标签。",
    }},
    inputs=[Textbox({{"en": "Row (CSV)", "zh": "一行数据（CSV）"}}, lines=3, max_length=20_000)],
    outputs=[Label({{"en": "Labels", "zh": "标签"}}, top_k=10)],
    examples=[
        Example({{"en": "A row", "zh": "一行数据"}}, [{example}]),
    ],
    fn=classify,
)
'''

PREDICT = '''"""{title}: rows of a table and a number for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Textbox
from wardian.preprocessing.csv_table import read_csv
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.tabular_regression import TabularRegressionPipeline


async def predict(rows: str, pipe: TabularRegressionPipeline) -> str:
    """A number a line; `rows` is CSV: the names of the columns, and below them their values."""
    numbers = await pipe(pipe.table.from_texts(read_csv(rows)))
    return "\\n".join(f"{{number:.6g}}" for number in numbers)

{before}
task = Task(
    id={id},
    kind="tabular-regression",
    model={model},
    title={quoted},
    description={{
        "en": "Type rows under the names of their columns. A model gives each a number on this device.",
        "zh": "在列名下输入各行数据，模型就在这台设备上为每行给出一个数。",
    }},
    inputs=[Textbox({{"en": "Rows (CSV)", "zh": "各行数据（CSV）"}}, lines=6, max_length=100_000)],
    outputs=[Textbox({{"en": "Numbers", "zh": "数值"}})],
    examples=[
        Example({{"en": "A row", "zh": "一行数据"}}, [{example}]),
    ],
    fn=predict,
)
'''


def example_rows(table: Table) -> list[str]:
    """CSV tables of one row each that the model takes: first categories, last ones; small numbers.

    >>> from wardian.preprocessing.table import Column
    >>> example_rows(Table([Column("age"), Column("city", ("Bern", "Oslo"))]))
    ['age,city\\n1,Bern\\n', 'age,city\\n2,Oslo\\n']
    """
    made = []
    for number, place in ((1, 0), (2, -1)):
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(column.name for column in table.columns)
        bounded = (min(max(number, column.minimum), column.maximum) for column in table.columns)
        writer.writerow(
            column.categories[place] if column.categories else f"{value:g}"
            for column, value in zip(table.columns, bounded, strict=True)
        )
        made.append(target.getvalue())
    return made


def written(text: str) -> tuple[str, str]:
    """What stands before a task and in its example: a constant of several lines where one would be too wide.

    >>> written("age\\n1\\n")
    ('', '"age\\\\n1\\\\n"')
    >>> written("age," * 40)[0].count("\\n"), written("age," * 40)[1]
    (5, 'ROW')
    """
    whole = json.dumps(text, ensure_ascii=False)
    if _width(_INDENTED + whole) <= _WIDEST:
        return "", whole
    if _width(f"ROW = {whole}") <= _WIDEST:
        return f"\nROW = {whole}\n", "ROW"
    lines, piece = [], ""
    for letter in text:
        if _width(json.dumps(piece + letter, ensure_ascii=False)) > _WIDEST - 4:
            lines.append(piece)
            piece = ""
        piece += letter
    quoted = "".join(f"    {json.dumps(line, ensure_ascii=False)}\n" for line in (*lines, piece))
    return f"\nROW = (\n{quoted})\n", "ROW"


def _width(line: str) -> int:
    """As ruff measures it: Chinese characters are two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
