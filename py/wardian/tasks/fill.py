"""Fill in the form: a form of the visitor's own, filled with what a text says and with nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from wardian.components import FilledForm, FormFields, Textbox
from wardian.pipelines.form_filling import FilledField, fill_form
from wardian.task import Example, Task
from wardian.tasks._fill_forms import (
    APPOINTMENT,
    APPOINTMENT_TEXT,
    CONTACT,
    CONTACT_TEXT,
    INVOICE,
    INVOICE_TEXT,
)

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.text_generation import TextGenerationPipeline
    from wardian.preprocessing.form_schema import FormField


async def fill(
    text: str, form: list[FormField], pipe: TextGenerationPipeline, progress: Progress | None = None
) -> AsyncGenerator[list[FilledField], None]:
    """The form so far after each of its fields."""
    async for filled in fill_form(text, form, pipe, progress):
        yield filled


task = Task(
    id="fill",
    kind="text-generation",
    model="SmolLM2-135M-Instruct",
    group="texts",
    title={"en": "Fill in the form", "zh": "自动填表"},
    description={
        "en": "Make up a form, paste a letter or a mail, and the form is filled in from it, as JSON, too. "
        "Every value stands in the text; what the text does not seem to say stays empty. The model is small "
        "and reads English: look over what it filled in.",
        "zh": "自拟一张表格，粘贴一封信或邮件，就会据此填好，也可导出 JSON。填入的内容必定出自原文；"
        "原文似乎没有提到的留空。模型很小，只懂英文：请核对所填内容。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=8,
            max_length=6_000,
            placeholder={
                "en": "Paste a letter, a mail, a note: it stays on this device",
                "zh": "粘贴英文信件、邮件或便条：内容不会离开本设备",
            },
        ),
        FormFields({"en": "The form", "zh": "表格"}, start=APPOINTMENT),
    ],
    outputs=[FilledForm({"en": "Filled in", "zh": "填写结果"})],
    examples=[
        Example({"en": "An appointment", "zh": "预约（英文）"}, [APPOINTMENT_TEXT, APPOINTMENT]),
        Example({"en": "An invoice", "zh": "发票（英文）"}, [INVOICE_TEXT, INVOICE]),
        Example({"en": "A contact", "zh": "联系人（英文）"}, [CONTACT_TEXT, CONTACT]),
    ],
    fn=fill,
    own_model="folder",
)
