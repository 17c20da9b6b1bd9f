"""Search a text by meaning: the passages that answer a question best, whatever words they use."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wardian.components import Passage, Passages, Textbox
from wardian.pipelines.embedding_cache import EmbeddingCache
from wardian.postprocessing.similarity import cosine_similarity, rank
from wardian.preprocessing.text import split_passages
from wardian.task import Example, Task
from wardian.tasks._search_texts import COFFEE, LIGHTHOUSE

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline

#: How many passages are shown.
TOP_K = 10

#: Embeddings kept, so that a second question about a text embeds only the question.
_caches: WeakKeyDictionary[FeatureExtractionPipeline, EmbeddingCache] = WeakKeyDictionary()


async def search(
    text: str, query: str, pipe: FeatureExtractionPipeline, progress: Progress | None = None
) -> list[Passage]:
    """The passages of `text` most like `query`, best first; `score` is the cosine of their embeddings."""
    spans = split_passages(text)
    passages = [text[start:end] for start, end in spans]
    embeddings = await _embed(passages, pipe, progress)
    question = await pipe(query, pooling=pipe.pooling, normalize=True, prompt_name=_prompt(pipe, "query"))
    scores = cosine_similarity(question, embeddings)[0]
    return [Passage(passages[i], float(scores[i]), *spans[i]) for i in rank(scores, TOP_K)]


def _prompt(pipe: FeatureExtractionPipeline, name: str) -> str | None:
    """The model's prompt for questions or passages, where it was trained with any."""
    return name if name in pipe.prompts else None


async def _embed(
    passages: list[str], pipe: FeatureExtractionPipeline, progress: Progress | None
) -> NDArray[np.float32]:
    """Normalized embeddings, float32 (passages, features); those already known are not computed again."""
    prompt = _prompt(pipe, "passage")

    async def embed(texts: list[str]) -> NDArray[np.float32]:
        return await pipe(texts, pooling=pipe.pooling, normalize=True, prompt_name=prompt)

    cache = _caches.setdefault(pipe, EmbeddingCache())
    return await cache.embed(passages, embed, progress=progress)


task = Task(
    id="search",
    kind="feature-extraction",
    model="all-MiniLM-L6-v2",
    group="texts",
    title={"en": "Search by meaning", "zh": "语义搜索"},
    description={
        "en": "Paste a text and ask in your own words: the best passages come first, even in other words. "
        "The built-in model reads English; for other languages, choose multilingual-e5-small under Settings.",
        "zh": "粘贴文字，用自己的话提问：最相关的段落排在最前，即使用词不同。"
        "内置模型只懂英文；其他语言请在“设置”中选用 multilingual-e5-small。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=12,
            max_length=500_000,
            placeholder={"en": "Paste a text, or open a file", "zh": "粘贴文字，或打开文件"},
        ),
        Textbox(
            {"en": "Question", "zh": "问题"},
            max_length=1000,
            placeholder={"en": "What do you want to find?", "zh": "想找什么？"},
        ),
    ],
    outputs=[Passages({"en": "Passages", "zh": "段落"})],
    examples=[
        Example(
            {"en": "A lighthouse keeper's notes", "zh": "灯塔看守人笔记（英文）"},
            [LIGHTHOUSE, "Which animals live nearby?"],
        ),
        Example(
            {"en": "How coffee is made", "zh": "咖啡的来历（英文）"},
            [COFFEE, "Will it keep me awake?"],
        ),
        Example(
            {"en": "A note in Chinese (the model is English)", "zh": "中文说明（模型只懂英文）"},
            [
                "这个模型是用英文训练的。\n\n中文的字大多不在它的词表里，所以它看不懂这段话，排序也不可信。"
                "\n\n请换成英文文本再试。",
                "Which language does the model read?",
            ],
        ),
    ],
    fn=search,
    choices=["multilingual-e5-small"],
    own_model="folder",
)
