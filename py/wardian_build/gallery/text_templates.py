"""Working beginnings of tasks over texts: answers, entities, topics of one's own, masked words, likeness."""

from __future__ import annotations

__all__ = ["ANSWER", "COMPARE", "FILL", "SORT", "TAG"]

ANSWER = '''"""{title}: the words of a text that answer a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Passage, Passages, Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.question_answering import QuestionAnsweringPipeline


async def answer(text: str, question: str, pipe: QuestionAnsweringPipeline) -> list[Passage]:
    """The best three answers, best first; `score` is the probability."""
    found = await pipe(question=question, context=text, top_k=3)
    answers = found if isinstance(found, list) else [found]
    return [Passage(one["answer"], one["score"], one["start"], one["end"]) for one in answers]


task = Task(
    id={id},
    kind="question-answering",
    model={model},
    title={quoted},
    description={{
        "en": "Paste a text and ask: its words that answer are found on this device.",
        "zh": "粘贴文字并提问：模型在这台设备上找出文中的答案。",
    }},
    inputs=[
        Textbox({{"en": "Text", "zh": "文本"}}, lines=12, max_length=100_000),
        Textbox({{"en": "Question", "zh": "问题"}}, max_length=200),
    ],
    outputs=[Passages({{"en": "Answers", "zh": "答案"}})],
    examples=[
        Example(
            {{"en": "Ferns at sea", "zh": "海上的蕨（英文）"}},
            ["Wardian cases carried ferns across the ocean. Most of them arrived alive.", "What arrived?"],
        ),
    ],
    fn=answer,
)
'''

TAG = '''"""{title}: the names in a text, or whatever else the model marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.token_classification import TokenClassificationPipeline


async def mark(text: str, pipe: TokenClassificationPipeline) -> str:
    """A line for each entity: its words, what it is, and how sure that is."""
    found = await pipe(text, aggregation_strategy="simple", stride=16)
    lines = [
        f"{{text[one['start'] : one['end']].strip()}}: {{one['entity_group']}}, {{one['score']:.0%}}"
        for one in found
    ]
    return "\\n".join(lines) or "–"


task = Task(
    id={id},
    kind="token-classification",
    model={model},
    title={quoted},
    description={{
        "en": "Paste a text: what the model finds in it is listed, on this device.",
        "zh": "粘贴文字：模型在这台设备上列出它找到的内容。",
    }},
    inputs=[Textbox({{"en": "Text", "zh": "文本"}}, lines=6, max_length=20_000)],
    outputs=[Textbox({{"en": "Found", "zh": "找到的内容"}})],
    examples=[
        Example({{"en": "A sentence", "zh": "一句话（英文）"}}, ["Ada Lovelace lived in London."]),
    ],
    fn=mark,
)
'''

SORT = '''"""{title}: a text and labels of one's own, with their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Label, Textbox
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.zero_shot_classification import ZeroShotClassificationPipeline


async def sort(text: str, labels: str, pipe: ZeroShotClassificationPipeline) -> dict[str, float]:
    """The score of each label; `labels` are names with commas between."""
    found = await pipe(text, candidate_labels=labels)
    return dict(zip(found["labels"], found["scores"], strict=True))


task = Task(
    id={id},
    kind="zero-shot-classification",
    model={model},
    title={quoted},
    description={{
        "en": "Type a text and the labels that it may have: the model chooses, on this device.",
        "zh": "输入文字和可选的标签：模型在这台设备上作出选择。",
    }},
    inputs=[
        Textbox({{"en": "Text", "zh": "文本"}}, lines=4, max_length=5000),
        Textbox({{"en": "Labels", "zh": "标签"}}, max_length=500),
    ],
    outputs=[Label({{"en": "Labels", "zh": "标签"}}, top_k=20)],
    examples=[
        Example({{"en": "The weather", "zh": "天气（英文）"}}, ["It rains again.", "weather, sport, food"]),
    ],
    fn=sort,
)
'''

FILL = '''"""{title}: the words that fit where a text has a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import Label, Textbox
from wardian.errors import InputError
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.fill_mask import FillMaskPipeline

GAP = "___"


async def fill(text: str, pipe: FillMaskPipeline) -> dict[str, float]:
    """The ten best words for the gap with their probabilities."""
    if text.count(GAP) != 1:
        raise InputError("The text needs one gap.", expected=GAP, received=f"{{text.count(GAP)}} of them")
    found = await pipe(text.replace(GAP, pipe.mask_token), top_k=10)
    # Tokens may differ where their texts do not.
    words: dict[str, float] = {{}}
    for one in found:
        word = one["token_str"].strip() or "␣"
        words[word] = words.get(word, 0) + one["score"]
    return words


task = Task(
    id={id},
    kind="fill-mask",
    model={model},
    title={quoted},
    description={{
        "en": "Write ___ where a word is missing: the model says which would fit, on this device.",
        "zh": "在缺词处写 ___：模型在这台设备上给出合适的词。",
    }},
    inputs=[Textbox({{"en": "Text with ___", "zh": "带 ___ 的文本"}}, max_length=500)],
    outputs=[Label({{"en": "Words", "zh": "词"}}, top_k=10)],
    examples=[
        Example({{"en": "Born free", "zh": "生而自由（英文）"}}, ["All human beings are born ___."]),
    ],
    fn=fill,
)
'''

COMPARE = '''"""{title}: how like a sentence others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wardian.components import Passage, Passages, Textbox
from wardian.postprocessing.similarity import rank
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.sentence_similarity import SentenceSimilarityPipeline


async def compare(sentence: str, others: str, pipe: SentenceSimilarityPipeline) -> list[Passage]:
    """The other sentences, a line each, the most similar first; `score` is the cosine."""
    places, start = [], 0
    for line in others.splitlines(keepends=True):
        if line.strip():
            places.append((start, start + len(line.rstrip())))
        start += len(line)
    lines = [others[start:end] for start, end in places]
    scores = await pipe({{"source_sentence": sentence, "sentences": lines}})
    return [Passage(lines[i], scores[i], *places[i]) for i in rank(np.array(scores))]


task = Task(
    id={id},
    kind="sentence-similarity",
    model={model},
    title={quoted},
    description={{
        "en": "Type a sentence, and others a line each: the most similar come first.",
        "zh": "输入一个句子和若干其他句子（每行一句）：最相近的排在最前。",
    }},
    inputs=[
        Textbox({{"en": "Sentence", "zh": "句子"}}, max_length=1000),
        Textbox({{"en": "Others", "zh": "其他句子"}}, lines=8, max_length=20_000),
    ],
    outputs=[Passages({{"en": "Most similar", "zh": "最相近"}})],
    examples=[
        Example({{"en": "Rain", "zh": "雨（英文）"}}, ["It rains.", "Rain falls.\\nI am hungry."]),
    ],
    fn=compare,
)
'''
