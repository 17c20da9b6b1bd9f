"""Ask my document: the places of a document that answer a question, the answering sentence marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Answer, Answers, Document, FoundAnswers, GivenFile, Textbox
from wardian.pipelines.document_search import DocumentIndex, FoundPassage, find_passages
from wardian.task import Example, Task
from wardian.tasks._ask_texts import FERRY, LEASE, PAGE
from wardian.tasks._documents import name_of, read_index

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline

#: How many passages are shown.
TOP_K = 8


async def ask(
    document: GivenFile | str,
    question: str,
    pipe: FeatureExtractionPipeline,
    progress: Progress | None = None,
) -> FoundAnswers:
    """The passages of `document` that answer `question` best, best first, with what stands around them."""
    index = await read_index(document, progress)
    found = await find_passages(index, question, pipe, top_k=TOP_K, progress=progress)
    answers = [_answer(index, one) for one in found]
    return FoundAnswers(answers, name_of(document), len(index.document.pages), len(index.passages))


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
        "sentence marked. Nothing is made up, and nothing leaves this device. The built-in model reads "
        "English; for other languages, choose multilingual-e5-small under Settings.",
        "zh": "用自己的话询问 PDF、Word 文件、网页或文本：给出能回答问题的段落，并标出答案所在的句子。"
        "内容均来自原文，不会离开本设备。内置模型只懂英文；其他语言请在“设置”中选用 multilingual-e5-small。",
    },
    inputs=[
        Document(
            {"en": "Document", "zh": "文档"},
            hint={
                "en": "PDF, Word (.docx), HTML, Markdown or text. Also by dropping it here.",
                "zh": "PDF、Word (.docx)、HTML、Markdown 或纯文本，也可拖放到这里。",
            },
            placeholder={"en": "… or paste the text here", "zh": "……或在此粘贴文字"},
        ),
        Textbox(
            {"en": "Question", "zh": "问题"},
            max_length=1000,
            placeholder={"en": "What do you want to know?", "zh": "想知道什么？"},
        ),
    ],
    outputs=[Answers({"en": "Answers", "zh": "答案"})],
    examples=[
        Example({"en": "A lease", "zh": "租约（英文）"}, [{"text": LEASE}, "Can I have a pet?"]),
        Example(
            {"en": "A web page", "zh": "网页（英文）"},
            [{"text": PAGE}, "Is a coloured stripe in the jar dangerous?"],
        ),
        Example(
            {"en": "A PDF", "zh": "PDF（英文）"},
            [{"name": "ferry.pdf", "base64": FERRY}, "What if the wind is too strong?"],
        ),
    ],
    fn=ask,
    choices=["multilingual-e5-small"],
    own_model="folder",
    # Loaded when the first PDF comes; here it is named so that PDFs can be read offline, too.
    packages=("pypdf",),
)
