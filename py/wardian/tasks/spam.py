"""Is it spam? A mail's score as one types or pastes, and the words that carried it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import HighlightedText, Highlights, Meter, Textbox
from wardian.pipelines.attribution import exact_scores
from wardian.task import Example, Task
from wardian.tasks._marked_words import marked

if TYPE_CHECKING:
    from wardian.pipelines.text_classification import TextClassificationPipeline


async def spam(text: str, pipe: TextClassificationPipeline) -> tuple[float | None, Highlights]:
    """The probability that a mail, its subject and text, is spam; and what its words add to the logit."""
    words = await exact_scores(pipe, text, "spam") or []
    if not words:
        # No known word: there is nothing to go by, and 0.5 would sound like an answer.
        return None, Highlights(text, [])
    answers = {answer["label"]: answer["score"] for answer in await pipe(text, top_k=None)}
    return answers["spam"], marked(text, words)


_HAM = {"en": "no spam", "zh": "正常"}
_SPAM = {"en": "spam", "zh": "垃圾邮件"}

task = Task(
    id="spam",
    kind="text-classification",
    model="spam-en",
    group="texts",
    title={"en": "Is it spam?", "zh": "是垃圾邮件吗？"},
    description={
        "en": "Paste a mail in English: how likely it is spam, and which words say so. The model has learned "
        "from mails of 2002; of the tricks of today it knows what has not changed.",
        "zh": "粘贴一封英文邮件：它是垃圾邮件的可能性，以及依据的词。模型学自 2002 年的邮件，"
        "只认得至今未变的伎俩。",
    },
    inputs=[
        Textbox(
            {"en": "Mail", "zh": "邮件"},
            lines=10,
            max_length=100_000,
            placeholder={"en": "Subject and text", "zh": "主题与正文"},
        )
    ],
    outputs=[
        Meter({"en": "Probability of spam", "zh": "垃圾邮件的概率"}, low=_HAM, high=_SPAM, alarming="high"),
        HighlightedText(
            {"en": "The words that carried it", "zh": "依据的词"}, low=_HAM, high=_SPAM, alarming="high"
        ),
    ],
    examples=[
        Example(
            {"en": "An offer", "zh": "推销（英文）"},
            [
                "Congratulations! You have been selected\n\nClick here to claim your FREE prize. This is a "
                "limited offer, 100% guaranteed, and it costs you no money!"
            ],
        ),
        Example(
            {"en": "From a colleague", "zh": "同事来信（英文）"},
            [
                "Thursday\n\nHi Anna, shall we meet on Thursday at ten to go through the report? I have put "
                "the tables into the second part, and the tests run again.\n\nTom"
            ],
        ),
        Example(
            {"en": "A newsletter", "zh": "新闻邮件（英文）"},
            [
                "This week\n\nIn our newsletter: three recipes for the weekend, and 20% off all cookbooks "
                "until Sunday. To unsubscribe, click here."
            ],
        ),
    ],
    fn=spam,
    live=True,
)
