"""The Python file of a new task, by kind: a working beginning, to be edited by its author."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wardian.preprocessing.table import Table
from wardian.task import Task
from wardian_build.errors import BuildError
from wardian_build.gallery.generation_templates import COMPLETE, REWRITE, SUMMARIZE, TRANSLATE
from wardian_build.gallery.places import Places
from wardian_build.gallery.table_templates import CLASSIFY, PREDICT, example_rows, written
from wardian_build.gallery.text_templates import ANSWER, COMPARE, FILL, SORT, TAG

__all__ = ["KINDS", "Draft", "draft", "load_draft", "load_task_file", "told"]

_DRAFT = "draft.py"
_LONGEST_TITLE = 50

_CLASSIFY_TEXT = '''"""{title}: a text's labels with their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Label, Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.text_classification import TextClassificationPipeline
    from wardian.postprocessing.classification import LabelScore


async def classify(text: str, pipe: TextClassificationPipeline) -> list[LabelScore]:
    """All labels, best first; a text that is too long for the model is cut."""
    answer: list[LabelScore] = await pipe(text, top_k=None, truncation=True)
    return answer


task = Task(
    id={id},
    kind="text-classification",
    model={model},
    title={quoted},
    description={{
        "en": "Type a text. A model gives it labels on this device.",
        "zh": "输入一段文字，模型就在这台设备上给它打标签。",
    }},
    inputs=[Textbox({{"en": "Text", "zh": "文本"}}, max_length=5000)],
    outputs=[Label({{"en": "Labels", "zh": "标签"}}, top_k=10)],
    examples=[
        Example({{"en": "A compliment", "zh": "称赞（英文）"}}, ["I loved every minute of it."]),
        Example({{"en": "A complaint", "zh": "抱怨（英文）"}}, ["The battery died after two days."]),
    ],
    fn=classify,
)
'''

_SEARCH = '''"""{title}: the passages of a text that are most like a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Passage, Passages, Textbox
from wardian.postprocessing.similarity import cosine_similarity, rank
from wardian.preprocessing.text import split_passages
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline


async def search(text: str, query: str, pipe: FeatureExtractionPipeline) -> list[Passage]:
    """The best ten passages, best first; `score` is the cosine of the embeddings."""
    spans = split_passages(text)
    passages = [text[start:end] for start, end in spans]
    vectors = await pipe([query, *passages], pooling="mean", normalize=True)
    scores = cosine_similarity(vectors[:1], vectors[1:])[0]
    return [Passage(passages[i], float(scores[i]), *spans[i]) for i in rank(scores, 10)]


task = Task(
    id={id},
    kind="feature-extraction",
    model={model},
    title={quoted},
    description={{
        "en": "Paste a text and ask: the passages most like the question come first.",
        "zh": "粘贴文字并提问：与问题最相近的段落排在最前。",
    }},
    inputs=[
        Textbox({{"en": "Text", "zh": "文本"}}, lines=12, max_length=100_000),
        Textbox({{"en": "Question", "zh": "问题"}}, max_length=1000),
    ],
    outputs=[Passages({{"en": "Passages", "zh": "段落"}})],
    examples=[
        Example(
            {{"en": "Ferns at sea", "zh": "海上的蕨（英文）"}},
            [
                "Wardian cases carried ferns across the ocean.\\n\\nMost of them arrived alive.\\n\\n"
                "The captain kept a diary.",
                "Did the plants survive?",
            ],
        ),
    ],
    fn=search,
)
'''

_CLASSIFY_IMAGE = '''"""{title}: a picture's labels with their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Image, Label
from wardian.task import Task

if TYPE_CHECKING:
    from wardian.pipelines.image_classification import ImageClassificationPipeline
    from wardian.postprocessing.classification import LabelScore
    from wardian.preprocessing import Image as Pixels


async def classify(picture: Pixels, pipe: ImageClassificationPipeline) -> list[LabelScore]:
    """The best five labels; `picture` is uint8 (height, width, channels)."""
    return await pipe(picture, top_k=5)  # type: ignore[return-value]  # one image gives one list


task = Task(
    id={id},
    kind="image-classification",
    model={model},
    title={quoted},
    description={{
        "en": "Choose a picture. A model gives it labels on this device.",
        "zh": "选择一张图片，模型就在这台设备上给它打标签。",
    }},
    inputs=[Image({{"en": "Picture", "zh": "图片"}})],
    outputs=[Label({{"en": "Labels", "zh": "标签"}})],
    fn=classify,
    packages=["pillow"],
)
'''

_PLAIN = '''"""{title}: how many words, letters and lines a text has."""

from __future__ import annotations

from wardian.components import Textbox
from wardian.task import Example, Task


async def count(text: str) -> str:
    """The counts in a sentence."""
    words, letters, lines = len(text.split()), len(text), len(text.splitlines())
    return f"Words: {{words}}, characters: {{letters}}, lines: {{lines}}"


task = Task(
    id={id},
    title={quoted},
    description={{"en": "Counts as you type.", "zh": "边输入边计数。"}},
    inputs=[Textbox({{"en": "Text", "zh": "文本"}}, lines=6, max_length=100_000)],
    outputs=[Textbox({{"en": "Counts", "zh": "计数"}})],
    examples=[Example({{"en": "A sentence", "zh": "一句话"}}, ["Two words.\\nAnd a line."])],
    fn=count,
    live=True,
)
'''


def _picture() -> list[Any]:
    """A small PNG with smooth areas and edges, as the page would send a file."""
    from PIL import Image

    y, x = np.mgrid[:48, :64]
    pixels = np.stack([5 * y, 4 * x, np.where((x // 8 + y // 8) % 2, 220, 30)], axis=2).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return [{"file": target.getvalue(), "name": "picture.png"}]


#: Kind of task → (template, further inputs for the golden). "" is a task without a model.
KINDS: dict[str, tuple[str, Callable[[], list[list[Any]]]]] = {
    "text-classification": (
        _CLASSIFY_TEXT,
        lambda: [["今天天气很好，我们去公园散步吧。"], ["A long text that has to be cut. " * 80]],
    ),
    "feature-extraction": (_SEARCH, lambda: [["今天天气很好。\n\nIt rains.", "weather"]]),
    "image-classification": (_CLASSIFY_IMAGE, lambda: [_picture()]),
    "question-answering": (
        ANSWER,
        lambda: [["今天天气很好。" * 200 + "We met in Bern. 😀", "Where did we meet?"]],
    ),
    "token-classification": (TAG, lambda: [["Zoë Müller 住在 New York 😀。 " * 30]]),
    "zero-shot-classification": (SORT, lambda: [["今天天气很好，我们去公园散步吧。" * 40, "天气, sport"]]),
    "fill-mask": (FILL, lambda: [["The ___ is free. 😀"]]),
    "sentence-similarity": (COMPARE, lambda: [["今天天气很好。", "It rains.\n天气不错。"]]),
    "text-generation": (COMPLETE, list),
    "text2text-generation": (REWRITE, lambda: [["今天天气很好。 😀"]]),
    "translation": (TRANSLATE, lambda: [["今天天气很好。 😀"]]),
    "summarization": (SUMMARIZE, lambda: [["It rains. " * 20]]),
    "tabular-classification": (CLASSIFY, list),
    "tabular-regression": (PREDICT, list),
    "": (_PLAIN, lambda: [["一 二\n三"]]),
}


@dataclass(frozen=True)
class Draft:
    """The text of a task's file, the task itself, and inputs for its golden."""

    text: str
    task: Task
    inputs: list[list[Any]]


def draft(
    task_id: str, kind: str, model: str, title: str = "", config: Mapping[str, Any] | None = None
) -> Draft:
    """A task of a kind over a model; kind "" for one without a model.

    `config` is the model's config.json, whose columns a task over a table shows in its examples. Raises
    BuildError for a kind that has no pipeline, or a title that is too long; ModelError for broken columns.
    """
    if kind not in KINDS:
        known = ", ".join(filter(None, KINDS))
        raise BuildError(
            f"there is no pipeline for tasks of the kind {kind!r}\n  expected one of {known}\n"
            "  `build.py convert` makes the model's folder all the same"
        )
    title = title or task_id.replace("-", " ").capitalize()
    if len(title) > _LONGEST_TITLE or not title.isprintable() or '"""' in title or "\\" in title:
        raise BuildError(f"the title {title!r} is not a line of at most {_LONGEST_TITLE} plain characters")
    template, more = KINDS[kind]
    rows = example_rows(Table.from_config(config)) if kind.startswith("tabular") and config else [""]
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in
              (("id", task_id), ("model", model), ("quoted", title))}  # fmt: skip
    before, example = written(rows[0])
    text = template.format(title=title.rstrip("."), before=before, example=example, **quoted)
    task = load_draft(text, task_id)
    further = [*more(), *([row] for row in rows[1:])]
    return Draft(text, task, [*(list(example.inputs) for example in task.examples), *further])


def load_task_file(places: Places) -> Task:
    """The task of a file that somebody edits. Raises BuildError where it is none, with the line."""
    shown = places.task.relative_to(places.root).as_posix()
    try:
        task = load_draft(places.task.read_text("utf-8"), places.task_id)
    except Exception as error:  # whatever the code of a task raises
        raise BuildError(f"{shown} cannot be imported{told(error)}") from error
    if task.id != places.task_id:
        raise BuildError(
            f"{shown} has a task of another id\n  expected {places.task_id}\n  received {task.id}"
        )
    return task


def told(error: BaseException) -> str:
    """An exception of a task's code, after what it did: with the last line of the file that it went through.

    >>> told(ZeroDivisionError("division by zero"))
    ': ZeroDivisionError: division by zero'
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == _DRAFT]
    if isinstance(error, SyntaxError) and Path(error.filename or "").name == _DRAFT:
        lines, what = [error.lineno], error.msg
    else:
        what = str(error)
    return (f", line {lines[-1]}" if lines else "") + f": {type(error).__name__}: {what}"


def load_draft(text: str, task_id: str) -> Task:
    """The task that the text of a file defines, without making it part of the package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _DRAFT
        path.write_text(text, "utf-8")
        name = f"wardian_draft_{base64.b16encode(task_id.encode()).decode()}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None  # a path ending in .py always has a loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    task: Task = module.task
    return task
