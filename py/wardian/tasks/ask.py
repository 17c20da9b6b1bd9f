"""Ask my document: the places of a document that answer a question, the answering sentence marked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from wardian.components import (
    Answer,
    AnswerInWords,
    Answers,
    FoundAnswers,
    GivenFile,
    Pressed,
    SentenceInWords,
    Textbox,
)
from wardian.pipelines.composing import PASSAGES, Composed, compose_answer
from wardian.pipelines.document_search import DocumentIndex, FoundPassage, find_passages
from wardian.task import Example, Task
from wardian.tasks._ask_texts import FERRY, LEASE, PAGE
from wardian.tasks._documents import document_input, name_of, read_index

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline
    from wardian.task import OpenPipeline

#: How many passages are shown.
TOP_K = 8

#: The model that composes an answer from them.
COMPOSER = "SmolLM2-135M-Instruct"


async def ask(
    document: GivenFile | str,
    question: str,
    in_words: bool,
    pipe: FeatureExtractionPipeline,
    open_pipeline: OpenPipeline,
    progress: Progress | None = None,
) -> AsyncGenerator[FoundAnswers, None]:
    """The passages of `document` that answer `question` best, best first, with what stands around them; then,
    where that was asked for, an answer that a model composes from them, as it comes.
    """
    index = await read_index(document, progress)
    found = await find_passages(index, question, pipe, top_k=TOP_K, progress=progress)
    answers = [_answer(index, one) for one in found]
    shown = FoundAnswers(answers, name_of(document), len(index.document.pages), len(index.passages))
    yield shown
    if not in_words:
        return
    writer = await open_pipeline("text-generation", COMPOSER)
    composed = compose_answer(question, found, index, writer, pipe, progress=progress)
    async with aclosing(composed) as parts:
        async for part in parts:
            yield replace(shown, in_words=_in_words(part, writer.folder.id, len(found)))


def _in_words(composed: Composed, model: str, found: int) -> AnswerInWords:
    sentences = [SentenceInWords(one.text, one.passage, one.sentence) for one in composed.sentences]
    return AnswerInWords(sentences, model, min(found, PASSAGES), composed.done)


def _answer(index: DocumentIndex, found: FoundPassage) -> Answer:
    neighbours = [
        index.passages[number].text if 0 <= number < len(index.passages) else ""
        for number in (found.index - 1, found.index + 1)
    ]
    passage = found.passage
    return Answer(passage.text, found.sentence, found.score, found.page, found.heading, *neighbours)


task = Task(
    id="ask",
    kind="feature-extraction",
    model="all-MiniLM-L6-v2",
    group="texts",
    title={"en": "Ask my document", "zh": "问我的文档"},
    description={
        "en": "Ask a PDF, a Word file, a web page or a text in your own words: the places that answer, the "
        "sentence marked, and nothing made up. Where you ask for it, a small language model answers in words "
        "from them. Nothing leaves this device. The built-in models read English; for other languages, "
        "choose multilingual-e5-small under Settings.",
        "zh": "用自己的话询问 PDF、Word 文件、网页或文本：给出能回答问题的段落，并标出答案所在的句子，"
        "内容均来自原文。"
        "如有需要，小型语言模型会据此用语言作答。一切都不会离开本设备。"
        "内置模型只懂英文；其他语言请在“设置”中选用 multilingual-e5-small。",
    },
    inputs=[
        document_input(),
        Textbox(
            {"en": "Question", "zh": "问题"},
            max_length=1000,
            placeholder={"en": "What do you want to know?", "zh": "想知道什么？"},
        ),
        Pressed({"en": "In words", "zh": "用语言回答"}),
    ],
    outputs=[Answers({"en": "Answers", "zh": "答案"}, composer=COMPOSER)],
    examples=[
        Example({"en": "A lease", "zh": "租约（英文）"}, [{"text": LEASE}, "Can I have a pet?", False]),
        Example(
            {"en": "A web page", "zh": "网页（英文）"},
            [{"text": PAGE}, "Is a coloured stripe in the jar dangerous?", False],
        ),
        Example(
            {"en": "A PDF", "zh": "PDF（英文）"},
            [{"name": "ferry.pdf", "base64": FERRY}, "What if the wind is too strong?", False],
        ),
    ],
    fn=ask,
    choices=["multilingual-e5-small"],
    on_demand=[COMPOSER],
    own_model="folder",
    # Loaded when the first PDF comes; here it is named so that PDFs can be read offline, too.
    packages=("pypdf",),
)
