"""Working beginnings of tasks over models that generate: a text goes on, or becomes another one."""

from __future__ import annotations

__all__ = ["COMPLETE", "REWRITE", "SUMMARIZE", "TRANSLATE"]

COMPLETE = '''"""{title}: what comes after a text, word by word."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from wardian.components import Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.text_generation import TextGenerationPipeline


async def complete(
    text: str, pipe: TextGenerationPipeline, progress: Progress | None = None
) -> AsyncGenerator[str, None]:
    """The text and what the model adds to it, all of it so far each time."""
    async for delta in pipe.stream(text, max_new_tokens=60, progress=progress):
        text += delta.text
        yield text


task = Task(
    id={id},
    kind="text-generation",
    model={model},
    title={quoted},
    description={{
        "en": "Begin a text: a model goes on with it, on this device.",
        "zh": "写个开头：模型就在这台设备上接着写。",
    }},
    inputs=[Textbox({{"en": "Beginning", "zh": "开头"}}, lines=4, max_length=20_000)],
    outputs=[Textbox({{"en": "Text", "zh": "文本"}})],
    examples=[
        Example({{"en": "A story", "zh": "故事（英文）"}}, ["Once upon a time, in a glass case on a ship,"]),
    ],
    fn=complete,
)
'''

_SEQ2SEQ = '''"""{{title}}: {what}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.{module} import {cls}


async def {name}(text: str, pipe: {cls}, progress: Progress | None = None) -> str:
    """{doc}"""
    [answer] = await pipe(text, {options}progress=progress)
    return str(answer["{key}"])


task = Task(
    id={{id}},
    kind="{kind}",
    model={{model}},
    title={{quoted}},
    description={{{{
        "en": "{en}",
        "zh": "{zh}",
    }}}},
    inputs=[Textbox({{{{"en": "Text", "zh": "文本"}}}}, lines=6, max_length=20_000)],
    outputs=[Textbox({{{{"en": "{label_en}", "zh": "{label_zh}"}}}})],
    examples=[
        Example({{{{"en": "A sentence", "zh": "一句话"}}}}, ["The ferns arrived alive."]),
    ],
    fn={name},
)
'''

REWRITE = _SEQ2SEQ.format(
    what="a text made into another", module="text2text_generation", cls="Text2TextGenerationPipeline",
    name="rewrite", doc="What the model makes of the text.", options="", key="generated_text",
    kind="text2text-generation", en="Type a text: a model makes another of it, on this device.",
    zh="输入文字：模型就在这台设备上将其改写。", label_en="Answer", label_zh="结果",
)  # fmt: skip

TRANSLATE = _SEQ2SEQ.format(
    what="a text in another language", module="translation", cls="TranslationPipeline",
    name="translate", doc="The text as the model translates it; a model of many languages is told which.",
    options="", key="translation_text", kind="translation",
    en="Type a text: a model translates it on this device.",
    zh="输入文字：模型就在这台设备上翻译。", label_en="Translation", label_zh="译文",
)  # fmt: skip

SUMMARIZE = _SEQ2SEQ.format(
    what="a text made shorter", module="summarization", cls="SummarizationPipeline",
    name="summarize", doc="The text in fewer words.", options="", key="summary_text", kind="summarization",
    en="Paste a text: a model shortens it on this device.",
    zh="粘贴文字：模型就在这台设备上缩写。", label_en="Summary", label_zh="摘要",
)  # fmt: skip
