"""Summaries in a model's own words: of a long document part by part."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardian.errors import InputError
from wardian.preprocessing.documents.passages import DocumentPassage
from wardian.preprocessing.fitting import join_to_fit
from wardian.preprocessing.sentences import split_sentences
from wardian.preprocessing.text import count_words

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.summarization import SummarizationPipeline
    from wardian.pipelines.text_generation import TextGenerationPipeline

__all__ = ["WrittenSummary", "write_by_chat", "write_by_summarizer"]

#: Words of a part: more would be read for half a minute before the first word is written.
PART_WORDS = 500

#: Beyond that a small model would write for a quarter of an hour.
MOST_PARTS = 60

#: Of an average sentence, with some to spare.
_TOKENS = 40

#: Low, since a summary has to repeat words of its text: with 1.1 the model leaves the text for inventions,
#: without any it turns in circles.
_PENALTY = 1.05


@dataclass(frozen=True, slots=True)
class WrittenSummary:
    """A summary so far, of a document that is read in so many `parts`: a paragraph for each."""

    text: str
    parts: int
    done: bool = False


async def write_by_chat(
    passages: Sequence[DocumentPassage],
    pipe: TextGenerationPipeline,
    sentences: int,
    *,
    progress: Progress | None = None,
) -> AsyncGenerator[WrittenSummary, None]:
    """A summary of about so many sentences by a model that converses, as it writes; one at least for a part.

    The summaries of parts are not summarised again: models as small as these lose what they are about.
    Calls `progress("summarise", parts read, parts)`. Raises InputError for more than MOST_PARTS parts.
    """
    parts = _parts(passages)
    _require_few(len(parts), passages)
    each = max(1, round(sentences / len(parts)))
    what = "this text" if len(parts) == 1 else "this part of a longer text"
    asked = f"Summarize {what} in {'one sentence' if each == 1 else f'{each} sentences'}:"
    written: list[str] = []
    for number, part in enumerate(parts):
        if progress is not None:
            progress("summarise", number, len(parts))
        text = ""
        async for text, done in _written(pipe, asked, part, each):
            last = done and number + 1 == len(parts)
            yield WrittenSummary("\n\n".join([*written, text]), len(parts), last)
        written.append(text)


async def write_by_summarizer(
    passages: Sequence[DocumentPassage],
    pipe: SummarizationPipeline,
    sentences: int,
    *,
    progress: Progress | None = None,
) -> AsyncGenerator[WrittenSummary, None]:
    """The summaries that a model of its own kind gives of a document's parts, one after the other.

    How long they are the model's `generation_config.json` says; where it does not, `sentences` does. Calls
    `progress("summarise", parts done, parts)`.
    """
    parts = join_to_fit([passage.text for passage in passages], pipe.fits)
    options: dict[str, Any] = {}
    if not {"max_length", "max_new_tokens"} & pipe.defaults.keys():
        options["max_new_tokens"] = _TOKENS * max(1, sentences // len(parts))
    done: list[str] = []
    for number, part in enumerate(parts):
        if progress is not None:
            progress("summarise", number, len(parts))
        [answer] = await pipe(part, **options)
        done.append(answer["summary_text"].strip())
        yield WrittenSummary("\n\n".join(done), len(parts), done=len(done) == len(parts))


async def _written(
    pipe: TextGenerationPipeline, asked: str, text: str, sentences: int
) -> AsyncGenerator[tuple[str, bool], None]:
    """The answer so far, and whether that is all of it. One that was cut off ends with its last sentence."""
    messages = [{"role": "user", "content": f"{asked}\n\n{text}"}]
    options: dict[str, Any] = {
        "do_sample": False,
        "repetition_penalty": _PENALTY,
        "max_new_tokens": _TOKENS * sentences + 20,
    }
    answer = ""
    async with aclosing(pipe.stream(messages, **options)) as deltas:
        async for delta in deltas:
            answer += delta.text
            if delta.finish_reason is not None:
                yield whole_sentences(answer, cut=delta.finish_reason == "length"), True
            else:
                yield answer.lstrip(), False


def whole_sentences(text: str, *, cut: bool) -> str:
    """A text without what surrounds it, and, where it was cut off, without its last, unfinished sentence.

    >>> whole_sentences(" It rains. It will ra", cut=True), whole_sentences(" It ra", cut=True)
    ('It rains.', 'It ra')
    """
    spans = split_sentences(text)
    if cut and len(spans) > 1 and text.rstrip()[-1] not in ".!?":
        text = text[: spans[-2][1]]
    return text.strip()


def _parts(passages: Sequence[DocumentPassage]) -> list[str]:
    """Neighbouring passages together, as far as they have PART_WORDS words."""
    return join_to_fit(
        [passage.text for passage in passages],
        lambda text: count_words(text, 0, len(text)) <= PART_WORDS,
        separator="\n\n",
    )


def _require_few(parts: int, passages: Sequence[DocumentPassage]) -> None:
    if parts > MOST_PARTS:
        words = sum(count_words(one.text, 0, len(one.text)) for one in passages)
        raise InputError(
            "The document is too long to be rewritten by a small model.",
            expected=f"at most {MOST_PARTS * PART_WORDS:,} words",
            received=f"{words:,} words",
            hint="Pick its sentences instead, or give a part of it.",
        )
