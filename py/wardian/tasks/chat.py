"""Chat: a conversation with a small language model, on this device."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Literal

from wardian.components import Conversation, Dialogue, Reply, ReplyText
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.generation.text_stream import TextDelta
    from wardian.pipelines.base import Progress
    from wardian.pipelines.text_generation import TextGenerationPipeline

#: Settings that are about drawing, and mean nothing to a greedy search.
_DRAWING = ("temperature", "top_p", "top_k", "seed")


async def chat(
    dialogue: Dialogue, pipe: TextGenerationPipeline, progress: Progress | None = None
) -> AsyncGenerator[ReplyText, None]:
    """The answer to the last message, all of it so far each time."""
    options: dict[str, Any] = dict(dialogue.settings)
    if not options["do_sample"]:
        options = {name: value for name, value in options.items() if name not in _DRAWING}
    prompt = await pipe.prompt(dialogue.messages, pipe.settings(**options))
    text = ""
    async for delta in pipe.stream(prompt, progress=progress, **options):
        text += delta.text
        yield ReplyText(
            text=text,
            tokens=delta.tokens,
            seconds=delta.seconds,
            first_token_seconds=delta.first_token_seconds,
            context_used=len(prompt.ids) + delta.tokens,
            context_limit=pipe.context or 0,
            dropped=prompt.dropped,
            finish_reason=_reason(delta),
        )


def _reason(delta: TextDelta) -> Literal["stop", "length"] | None:
    if delta.finish_reason is None:
        return None
    return "length" if delta.finish_reason == "length" else "stop"


def _example(en: str, zh: str, question: str) -> Example:
    return Example({"en": en, "zh": zh}, [{"messages": [{"role": "user", "content": question}]}])


task = Task(
    id="chat",
    kind="text-generation",
    model="SmolLM2-135M-Instruct",
    group="texts",
    title={"en": "Chat", "zh": "聊天"},
    description={
        "en": "A language model of 135 million weights answers on this device, word by word. It is small: it "
        "writes fluently, in English, and is often wrong about facts.",
        "zh": "一个 1.35 亿参数的语言模型，在这台设备上逐词作答。它很小：英文流畅，但常把事实说错。",
    },
    inputs=[
        Conversation(
            {"en": "Conversation", "zh": "对话"},
            placeholder={"en": "Write a message", "zh": "写一条消息"},
            defaults={"temperature": 0.5, "repetition_penalty": 1.1},
        )
    ],
    outputs=[Reply({"en": "Answer", "zh": "回答"})],
    examples=[
        _example("Explain something", "解释一件事", "Explain photosynthesis to a child in three sentences."),
        _example("Write a letter", "写一封信", "Write a polite e-mail that asks for a day off next Friday."),
        _example("A bit of code", "一段代码", "Write a Python function that counts the vowels in a word."),
    ],
    fn=chat,
    own_model="folder",
    packages=["jinja2"],
)
