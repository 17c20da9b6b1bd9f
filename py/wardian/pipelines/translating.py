"""A text of any length translated: sentence by sentence, as such models were trained, its paragraphs kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardian.preprocessing.fitting import cut_to_fit
from wardian.preprocessing.sentences import split_sentences

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.translation import TranslationPipeline

__all__ = ["TranslatedSoFar", "translate"]

#: Tokens of an answer for one of the source, where the model's own configuration says nothing.
_GROWTH = 3


@dataclass(frozen=True, slots=True)
class TranslatedSoFar:
    """The translation of the first `done` of a text's `sentences`."""

    text: str
    done: int
    sentences: int


async def translate(
    text: str,
    pipe: TranslationPipeline,
    *,
    src_lang: str | None = None,
    tgt_lang: str | None = None,
    progress: Progress | None = None,
) -> AsyncGenerator[TranslatedSoFar, None]:
    """The translation as it grows by sentences. What is too long for the model is cut at words.

    Calls `progress("translate", sentences done, sentences)`. Raises what the pipeline raises.
    """
    options: dict[str, Any] = {}
    if src_lang is not None or tgt_lang is not None:
        options = {"src_lang": src_lang, "tgt_lang": tgt_lang}
    limited = bool({"max_length", "max_new_tokens"} & pipe.defaults.keys())
    spans = split_sentences(text)
    found, end = "", 0
    for number, span in enumerate(spans):
        if progress is not None:
            progress("translate", number, len(spans))
        found += _between(text[end : span[0]])
        end = span[1]
        answers = []
        for part in cut_to_fit(" ".join(text[slice(*span)].split()), lambda one: pipe.fits(one, **options)):
            tokens = len(pipe.tokenizer.encode(part).ids)
            room: dict[str, Any] = {} if limited else {"max_new_tokens": _GROWTH * tokens + 20}
            [answer] = await pipe(part, **options, **room)
            answers.append(answer["translation_text"].strip())
        found += " ".join(answers)
        yield TranslatedSoFar(found, number + 1, len(spans))


def _between(gap: str) -> str:
    """What stands between two sentences: ends of lines as they are, or else a space.

    >>> _between("  "), _between(" \\n\\n  "), _between("")
    (' ', '\\n\\n', '')
    """
    return "\n" * gap.count("\n") or (" " if gap else "")
