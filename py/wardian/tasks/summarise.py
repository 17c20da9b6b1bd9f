"""Summarise: the sentences that say what a document is about, or a summary in a model's own words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import groupby
from typing import TYPE_CHECKING, Any

from wardian.components import (
    Dropdown,
    GivenFile,
    Number,
    Summary,
    SummaryPassage,
    SummaryText,
)
from wardian.errors import InputError
from wardian.pipelines.document_search import DocumentIndex
from wardian.pipelines.extracting import ExtractedSentence, extract_sentences
from wardian.pipelines.own_model import local_name
from wardian.pipelines.writing_summaries import write_by_chat, write_by_summarizer
from wardian.preprocessing.text import count_words
from wardian.task import Example, Task
from wardian.tasks._ask_texts import FERRY, LEASE, PAGE
from wardian.tasks._documents import document_input, name_of, read_index

if TYPE_CHECKING:
    from wardian.pipelines.base import Pipeline, Progress
    from wardian.task import OpenPipeline

#: The model that sentences are compared with, where a visitor's own took its place; and that which writes.
EXTRACTOR, WRITER = "all-MiniLM-L6-v2", "SmolLM2-135M-Instruct"

_OWN = "summarization"


async def summarise(
    document: GivenFile | str,
    how: str,
    sentences: float,
    pipe: Pipeline,
    open_pipeline: OpenPipeline,
    progress: Progress | None = None,
) -> AsyncGenerator[SummaryText, None]:
    """A summary of `document` of about so many sentences; what is written comes as it is written."""
    count = int(sentences)
    if how == "own" and pipe.kind != _OWN:
        raise InputError(
            "There is no model of your own that summarises.",
            expected="a folder of a model such as BART or T5",
            received="none",
            hint="Give its folder under Settings, or choose another way.",
        )
    index = await read_index(document, progress)
    about: dict[str, Any] = {
        "name": name_of(document),
        "pages": len(index.document.pages),
        "words": count_words(index.document.text, 0, len(index.document.text)),
    }
    if how == "extract":
        embedder: Any = await open_pipeline("feature-extraction", EXTRACTOR) if pipe.kind == _OWN else pipe
        chosen = await extract_sentences(index, embedder, count, progress=progress)
        yield SummaryText("extract", embedder.folder.id, passages=_in_place(index, chosen), **about)
        return
    writer: Any = pipe if how == "own" else await open_pipeline("text-generation", WRITER)
    write = write_by_summarizer if how == "own" else write_by_chat
    async with aclosing(write(index.passages, writer, count, progress=progress)) as summaries:
        async for one in summaries:
            facts = {**about, "parts": one.parts, "done": one.done}
            yield SummaryText(
                "own" if how == "own" else "chat", local_name(writer.folder.id), one.text, **facts
            )


def _in_place(index: DocumentIndex, chosen: Sequence[ExtractedSentence]) -> list[SummaryPassage]:
    """The passages that have chosen sentences, with their places in the document."""
    found = []
    for number, members in groupby(chosen, key=lambda one: one.passage):
        together = list(members)
        place = together[0].start
        spans = [one.span for one in together]
        where = index.document.page(place), index.document.heading(place)
        found.append(SummaryPassage(index.passages[number].text, spans, *where))
    return found


task = Task(
    id="summarise",
    kind="feature-extraction",
    model=EXTRACTOR,
    group="texts",
    title={"en": "Summarise", "zh": "摘要"},
    description={
        "en": "What a PDF, a Word file, a web page or a text is about, in a few sentences: its own, each "
        "shown in its place, or in the words of a small language model, or of a model of yours. Nothing "
        "leaves this device. The models read English.",
        "zh": "用几句话概括 PDF、Word 文件、网页或文本：可摘取原文中的句子并标出位置，"
        "也可由小型语言模型或你自己的模型改写。"
        "内容不会离开本设备。内置模型只懂英文。",
    },
    inputs=[
        document_input(),
        Dropdown(
            {"en": "How", "zh": "方式"},
            {
                "extract": {"en": "Pick its own sentences", "zh": "摘取原文的句子"},
                "chat": {
                    "en": "In the words of SmolLM2 (100 MB, once)",
                    "zh": "由 SmolLM2 改写（100 MB，只下载一次）",
                },
                "own": {"en": "By a model of my own", "zh": "用我自己的模型"},
            },
            aside=True,
            own="own",
        ),
        Number({"en": "Sentences", "zh": "句数"}, minimum=1, maximum=30, default=5),
    ],
    outputs=[Summary({"en": "Summary", "zh": "摘要"})],
    examples=[
        Example({"en": "A lease", "zh": "租约（英文）"}, [{"text": LEASE}, "extract", 4]),
        Example({"en": "A web page", "zh": "网页（英文）"}, [{"text": PAGE}, "extract", 3]),
        Example({"en": "A PDF", "zh": "PDF（英文）"}, [{"name": "ferry.pdf", "base64": FERRY}, "extract", 3]),
    ],
    fn=summarise,
    own_model="folder",
    own_kind=_OWN,
    on_demand=[WRITER],
    # Loaded when the first PDF comes; here it is named so that PDFs can be read offline, too.
    packages=("pypdf",),
)
