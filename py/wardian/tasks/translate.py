"""Translate: a text into another language, by a model of the visitor's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from wardian.components import LanguagePair, Languages, Textbox, TranslatedText, Translation
from wardian.errors import InputError
from wardian.pipelines.own_model import local_name
from wardian.pipelines.translating import translate as translated
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.translation import TranslationPipeline


async def translate(
    text: str, languages: LanguagePair, pipe: TranslationPipeline | None, progress: Progress | None = None
) -> AsyncGenerator[TranslatedText, None]:
    """The translation of `text`, sentence by sentence, all of it so far each time."""
    if pipe is None:
        raise InputError(
            "There is no model yet that translates.",
            expected="a folder of a Marian (opus-mt), M2M-100, NLLB, mBART or T5 model",
            received="none",
            hint="Give its folder under Settings: no translation model comes with this site.",
        )
    name, codes = local_name(pipe.folder.id), {"src_lang": languages.source, "tgt_lang": languages.target}
    async with aclosing(translated(text, pipe, **codes, progress=progress)) as parts:
        async for part in parts:
            yield TranslatedText(part.text, name, part.done, part.sentences)


task = Task(
    id="translate",
    kind="translation",
    group="texts",
    title={"en": "Translate", "zh": "翻译"},
    description={
        "en": "Translates a text of any length with a model of yours, on this device: a folder of opus-mt "
        "(Marian), M2M-100, NLLB, mBART or T5, as exported for transformers.js. No such model comes with "
        "this site.",
        "zh": "用你自己的模型在本设备上翻译任意长度的文本："
        "可用 opus-mt (Marian)、M2M-100、NLLB、mBART 或 T5 的文件夹，需为 transformers.js 导出。"
        "本站不附带翻译模型。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=8,
            max_length=200_000,
            placeholder={"en": "Type or paste a text, or open a file", "zh": "输入或粘贴文字，或打开文件"},
        ),
        Languages({"en": "Languages", "zh": "语言"}),
    ],
    outputs=[Translation({"en": "Translation", "zh": "译文"})],
    examples=[
        Example(
            {"en": "A notice", "zh": "一则通知（英文）"},
            ["The library is closed on Monday. Books can be returned at the door.\n\nThank you!", None],
        ),
        Example(
            {"en": "A letter", "zh": "一封信（英文）"},
            [
                "Dear Ms Lin,\n\nthe parcel arrived yesterday. Two cups were broken. When can you help?",
                None,
            ],
        ),
        Example({"en": "In Chinese", "zh": "中文"}, ["图书馆星期一不开门。还书可以放在门口的箱子里。", None]),
    ],
    fn=translate,
    own_model="folder",
)
