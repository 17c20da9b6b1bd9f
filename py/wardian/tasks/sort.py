"""Sort it: texts, or the rows of a table, by topics that the visitor writes down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wardian.components import (
    Checkbox,
    Dropdown,
    Fact,
    Facts,
    Label,
    Rows,
    Table,
    TableColumn,
    TableFile,
    Textbox,
)
from wardian.errors import InputError
from wardian.pipelines.sorting import CACHE_SIZE, Sorted, sort_texts
from wardian.preprocessing.csv_table import wordiest_column
from wardian.preprocessing.topics import Topic, read_topics
from wardian.task import Example, Task
from wardian.tasks._sort_texts import FEELING_TEXTS, FEELINGS, MAIL, MAIL_TEXTS, WISHES, WISHES_TABLE

if TYPE_CHECKING:
    from wardian.components import GivenTable
    from wardian.components.base import Localized
    from wardian.pipelines.base import Progress
    from wardian.pipelines.zero_shot_classification import ZeroShotClassificationPipeline

Answer = tuple[list[Fact], dict[str, float], Rows | None]

_NONE = {"en": "none of these", "zh": "都不是"}
_TEXT = {"en": "text", "zh": "文本"}


async def sort(
    labels: str,
    texts: str,
    table: GivenTable | None,
    several: bool,
    strictness: str,
    pipe: ZeroShotClassificationPipeline,
    progress: Progress | None = None,
) -> Answer:
    """What was found in short, the scores of a single text, and the table of several.

    A table takes the place of `texts`. Rows without a text are left unsorted. Who has not written down enough
    topics yet is told what is missing: they are still at it.
    """
    topics = read_topics(labels) if labels.strip() else []
    if len(topics) < (2 if strictness == "all" else 1):
        return [_missing(topics)], {}, None
    column = None if table is None else table.column or wordiest_column(table.columns)
    given = [line.strip() for line in texts.splitlines() if line.strip()]
    if table is not None and column is not None:
        given = [field.strip() for field in table.columns[column]]
    known = [text for text in given if text]
    if not known:
        raise InputError(
            "There is no text to sort.",
            value=column and repr(column),
            expected="one text in a line, or a column with texts",
        )
    found = await sort_texts(
        known, topics, pipe, multi_label=several, strictness=strictness, progress=progress
    )
    facts = [*_summary(found, topics, known), _method(pipe)]
    if table is not None and column is not None:
        facts.append(_source(table, column, len(given) - len(known)))
        return facts, {}, _rows(found, topics, given, several, table, column)
    if len(given) == 1:
        return facts, dict(zip((t.label for t in topics), map(float, found.scores[0]), strict=True)), None
    return facts, {}, _rows(found, topics, given, several)


def _missing(topics: Sequence[Topic]) -> Fact:
    needed = {"en": "Still needed", "zh": "还需要"}
    if not topics:
        return Fact(needed, {"en": "topics, one a line", "zh": "主题，每行一个"})
    value = {
        "en": "a second topic, or a choice of what to leave out",
        "zh": "第二个主题，或选择不归类哪些文本",
    }
    return Fact(needed, value)


def _summary(found: Sorted, topics: Sequence[Topic], texts: Sequence[str]) -> list[Fact]:
    """The topic of one text; of several how many got one."""
    if len(texts) == 1:
        chosen = _labels(found, topics, 0)
        return [Fact({"en": "Topic", "zh": "主题"}, "; ".join(chosen) or _NONE, "" if chosen else "warning")]
    sorted_, count = int(found.belongs.any(axis=1).sum()), len(texts)
    used = int(found.belongs.any(axis=0).sum())
    value = {
        "en": f"{sorted_:,} of {count:,} texts, into {used} of {len(topics)} topic{'s' * (len(topics) > 1)}",
        "zh": f"{count:,} 条文本中的 {sorted_:,} 条，归入 {len(topics)} 个主题中的 {used} 个",
    }
    return [Fact({"en": "Sorted", "zh": "已分类"}, value)]


def _method(pipe: ZeroShotClassificationPipeline) -> Fact:
    """What the labels were compared by."""
    by = {"en": "Compared by", "zh": "比较方式"}
    if pipe.infers:
        return Fact(by, {"en": f"inference ({pipe.folder.id})", "zh": f"推理（{pipe.folder.id}）"})
    return Fact(by, {"en": f"embeddings ({pipe.folder.id})", "zh": f"嵌入向量（{pipe.folder.id}）"})


def _source(table: GivenTable, column: str, empty: int) -> Fact:
    """Which column was read, and how many of its rows have nothing in it."""
    value = {"en": column, "zh": column}
    if table.column is None:
        value = {"en": f"{column} (it has the most words)", "zh": f"{column}（文字最多）"}
    if empty:
        rows = "1 row is" if empty == 1 else f"{empty:,} rows are"
        value = {"en": f"{value['en']}; {rows} empty", "zh": f"{value['zh']}；{empty:,} 行为空"}
    return Fact({"en": "Column", "zh": "列"}, value)


def _labels(found: Sorted, topics: Sequence[Topic], row: int) -> list[str]:
    """The labels of a text, best first."""
    order = np.argsort(-found.scores[row], kind="stable")
    return [topics[place].label for place in order if found.belongs[row, place]]


def _rows(
    found: Sorted,
    topics: Sequence[Topic],
    given: Sequence[str],
    several: bool,
    table: GivenTable | None = None,
    column: str | None = None,
) -> Rows:
    """The table: topic, score and text in front, what else was given only in the file."""
    places = iter(range(len(found.scores)))
    rows = [next(places) if text else None for text in given]
    groups = ["" if row is None else "; ".join(_labels(found, topics, row)) for row in rows]
    scores = [None if row is None else round(float(found.scores[row].max()), 4) for row in rows]
    taken = set() if table is None else set(table.columns)
    columns = [
        TableColumn(
            _free({"en": "topic", "zh": "主题"}, taken),
            groups,
            "groups" if several else "group",
            [topic.label for topic in topics],
        ),
        TableColumn(_free({"en": "score", "zh": "分数"}, taken), scores, "number"),
    ]
    if table is None or column is None:
        return Rows([TableColumn(_TEXT, given), *columns], "sorted.csv")
    fields = [TableColumn(name, values, shown=name == column) for name, values in table.columns.items()]
    stem = table.name.rsplit(".", 1)[0] or "table"
    return Rows([*fields, *columns], f"{stem}-sorted.csv")


def _free(name: Localized, taken: set[str]) -> Localized:
    """The name of a new column, with a number where the table has one of that name.

    >>> _free({"en": "topic", "zh": "主题"}, {"topic"})
    {'en': 'topic 2', 'zh': '主题'}
    """
    found = {}
    for language, text in name.items():
        number = 1
        while (text if number == 1 else f"{text} {number}") in taken:
            number += 1
        found[language] = text if number == 1 else f"{text} {number}"
    return found


task = Task(
    id="sort",
    group="texts",
    kind="zero-shot-classification",
    model="all-MiniLM-L6-v2",
    title={"en": "Sort it", "zh": "文本归类"},
    description={
        "en": "Write down your own topics, and texts are sorted into them: one as you type, or a column "
        "of a table. No training; it goes by what a text is about. The built-in model reads English; for "
        "other languages, choose multilingual-e5-small under Settings.",
        "zh": "写下自己的主题，文本就会归入其中：边输入边归类，或一次处理表格的整列。无需训练，"
        "依据的是文本所谈的内容。内置模型只懂英文；其他语言请在“设置”中选用 multilingual-e5-small。",
    },
    inputs=[
        Textbox(
            {"en": "Topics, one a line", "zh": "主题（每行一个）"},
            lines=5,
            max_length=20_000,
            aside=True,
            required=False,
            placeholder={
                "en": "billing: invoices, payments, refunds\n- I was charged twice.\ndelivery\n\n"
                "What it means after a colon; examples behind a dash. Both help.",
                "zh": "账单：发票、付款、退款\n- 我被扣了两次款。\n配送\n\n"
                "冒号后写含义，短横线后写例子，都有帮助。",
            },
        ),
        Textbox(
            {"en": "Texts, one a line", "zh": "文本（每行一条）"},
            lines=5,
            max_length=1_000_000,
            required=False,
            placeholder={"en": "A text to sort, or several", "zh": "一条或多条待归类的文本"},
        ),
        TableFile(
            {"en": "Or a table, which takes the place of the texts", "zh": "或一个表格（代替上面的文本）"},
            required=False,
            max_rows=CACHE_SIZE,
        ),
        Checkbox({"en": "A text may belong to several topics", "zh": "一条文本可属于多个主题"}),
        Dropdown(
            {"en": "Leave out", "zh": "不归类"},
            {
                "all": {"en": "nothing", "zh": "无"},
                "fitting": {"en": "what fits no topic", "zh": "都不符合的"},
                "sure": {"en": "what is not sure", "zh": "没有把握的"},
            },
            aside=True,
        ),
    ],
    outputs=[
        Facts({"en": "Found", "zh": "结果"}),
        Label({"en": "How well each topic fits", "zh": "各主题的符合程度"}, bars_only=True),
        Table({"en": "Sorted texts", "zh": "归类后的文本"}, ungrouped=_NONE),
    ],
    examples=[
        Example({"en": "Letters to a shop", "zh": "顾客来信"}, [MAIL, MAIL_TEXTS, None, False, "all"]),
        Example(
            {"en": "A table of wishes (CSV)", "zh": "意见表（CSV）"}, [WISHES, "", WISHES_TABLE, False, "all"]
        ),
        Example(
            {"en": "Praise or complaint: what it cannot do", "zh": "表扬还是投诉：它做不到的"},
            [FEELINGS, FEELING_TEXTS, None, False, "all"],
        ),
    ],
    fn=sort,
    live=True,
    choices=["multilingual-e5-small"],
    own_model="folder",
)
