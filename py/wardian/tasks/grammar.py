"""Mend my grammar: edits of an English text, each for the visitor to accept or reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.components import EditedText, Edits, Textbox
from wardian.pipelines.mending import mend
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.token_classification import TokenClassificationPipeline


async def grammar(
    text: str, pipe: TokenClassificationPipeline, progress: Progress | None = None
) -> EditedText:
    """The text and what the tagger would change in it."""
    return EditedText(text, await mend(text, pipe, progress=progress))


task = Task(
    id="grammar",
    kind="token-classification",
    model="quire-grammar",
    group="texts",
    title={"en": "Mend my grammar", "zh": "英文改错"},
    description={
        "en": "Words that sound alike, apostrophes, forms of verbs: changes to an English text, shown in "
        "their place, for you to accept or reject. It overlooks more than it gets wrong, and does not spell.",
        "zh": "检查英文中的同音词、撇号和动词形式，修改就地显示，由你逐一接受或拒绝。"
        "漏掉的比改错的多，不检查拼写。",
    },
    inputs=[
        Textbox(
            {"en": "Text", "zh": "文本"},
            lines=8,
            max_length=50_000,
            placeholder={"en": "Write or paste English text", "zh": "写下或粘贴英文"},
        )
    ],
    outputs=[Edits({"en": "Changes", "zh": "修改"})],
    examples=[
        Example(
            {"en": "A message", "zh": "一条留言"},
            [
                "Hi Anna! 🙂\nIts to late to call now, but I dont think there going to come. He have three "
                "more days, and the the train is faster then the bus.\n\nYour right about the weather."
            ],
        ),
        Example(
            {"en": "Forms of verbs", "zh": "动词形式"},
            ["She has went home. The boys is in the garden, and they has ate the cake."],
        ),
        Example(
            {"en": "What it overlooks", "zh": "它会漏掉的"},
            ["I go to school yesterday. She bought a apple, and he recieved car. It’s fine, isn’t it?"],
        ),
    ],
    fn=grammar,
    own_model="folder",
)
