"""How a text feels: a score from 0 to 1 as one types, and the words that carried it."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from wardian.components import HighlightedText, Highlights, Meter, Textbox
from wardian.errors import ModelError
from wardian.pipelines.attribution import exact_scores, occlusion_scores
from wardian.pipelines.pooled_classifiers import PooledClassifiers
from wardian.task import Example, Task
from wardian.tasks._marked_words import marked

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.text_classification import TextClassificationPipeline
    from wardian.postprocessing.classification import LabelScore
    from wardian.task import OpenPipeline

BUILT_IN = "sentiment-en-zh"
#: What a larger model of the site and the built-in one weigh together. On the reviews for choosing settings
#: they are right more often than each by itself. The built-in one hears no negation: of the weights that do
#: nearly as well, it has the smallest.
LARGER = {"sentiment-multilingual": (0.8, 0.2)}

#: What labels of sentiment models begin with, and what each is worth.
_WORTH = {"neg": 0.0, "neu": 0.5, "pos": 1.0, "label_0": 0.0, "label_1": 1.0}


async def sentiment(
    text: str,
    pipe: TextClassificationPipeline,
    open_pipeline: OpenPipeline,
    progress: Progress | None = None,
) -> AsyncGenerator[tuple[float | None, Highlights], None]:
    """The score of `text`, 0 (negative) to 1 (positive), and its words with what they add to its logit.

    A model that is a sum tells its words' parts exactly; of another each word is left out once, which takes
    longer, so that its score comes first.
    """
    positive = next((label for label in pipe.labels if label.lower().startswith("pos")), pipe.labels[-1])
    words = await exact_scores(pipe, text, positive)
    if words is not None:
        # No known word: there is nothing to go by, and 0.5 would sound like an answer.
        yield _score(await pipe(text, top_k=None)) if words else None, marked(text, words)
        return
    classify = await classifier(pipe, open_pipeline)
    score = _score(await classify(text, top_k=None, truncation=True))
    yield score, Highlights(text, [])
    yield score, marked(text, await occlusion_scores(classify, text, _score, progress=progress))


async def classifier(
    pipe: TextClassificationPipeline, open_pipeline: OpenPipeline
) -> TextClassificationPipeline | PooledClassifiers:
    """What answers: the model that was chosen, a larger one of the site together with the built-in one."""
    if pipe.folder.id not in LARGER:
        return pipe
    own, other = LARGER[pipe.folder.id]
    return PooledClassifiers([(pipe, own), (await open_pipeline("text-classification", BUILT_IN), other)])


def _score(answers: Sequence[LabelScore]) -> float:
    """The mean of what the labels are worth: of two labels the probability of the positive one.

    >>> _score([{"label": "negative", "score": 0.25}, {"label": "positive", "score": 0.75}])
    0.75
    >>> _score([{"label": "1 star", "score": 0.0}, *({"label": f"{n} stars", "score": 0.5} for n in (4, 5))])
    0.875
    """
    stars = [int(found[1]) for a in answers if (found := re.fullmatch(r"(\d) stars?", a["label"]))]
    total = 0.0
    for answer in answers:
        label = answer["label"].lower()
        worth = next((value for name, value in _WORTH.items() if label.startswith(name)), None)
        if len(stars) == len(answers) > 1:
            worth = (int(label[0]) - 1) / (max(stars) - 1)
        if worth is None:
            raise ModelError(
                "The model's labels are no sentiment.",
                expected="negative, neutral, positive; or 1 star to 5 stars",
                received=", ".join(a["label"] for a in answers),
            )
        total += worth * answer["score"]
    return min(total, 1.0)


_NEGATIVE = {"en": "negative", "zh": "负面"}
_POSITIVE = {"en": "positive", "zh": "正面"}

task = Task(
    id="sentiment",
    kind="text-classification",
    model=BUILT_IN,
    group="texts",
    title={"en": "Sentiment", "zh": "情感"},
    description={
        "en": "How a review feels, while you type, in English or Chinese, and which words say so. It has "
        "learned from reviews of films and of goods: irony it does not hear. A larger model, under Settings, "
        "is right more often and hears negation, too.",
        "zh": "边输入边判断评论是好评还是差评（中文或英文），并标出依据的词。"
        "模型学自影评和商品评论，听不出反话。"
        "“设置”中可选更大的模型，更准确，也能理解否定。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=8,
            max_length=100_000,
            placeholder={"en": "Write or paste a review", "zh": "写下或粘贴一段评论"},
        )
    ],
    outputs=[
        Meter({"en": "Score", "zh": "得分"}, low=_NEGATIVE, high=_POSITIVE),
        HighlightedText({"en": "The words that carried it", "zh": "依据的词"}, low=_NEGATIVE, high=_POSITIVE),
    ],
    examples=[
        Example(
            {"en": "A film", "zh": "影评（英文）"},
            [
                "The first hour drags and the jokes fall flat, but the ending is wonderful and the music "
                "alone is worth the ticket. I would see it again."
            ],
        ),
        Example(
            {"en": "Negation", "zh": "否定（英文）"}, ["Not bad at all. I could not have asked for more."]
        ),
        Example(
            {"en": "In Chinese", "zh": "中文书评"},
            ["书的内容很好，孩子非常喜欢，可惜包装太差，送到时封面已经破了。"],
        ),
    ],
    fn=sentiment,
    live=True,
    own_model="folder",
    choices=list(LARGER),
)
