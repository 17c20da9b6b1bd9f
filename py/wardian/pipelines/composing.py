"""An answer in words from the passages that were found, and which sentence of them each of its own is like.

A model of this size cites at random, so it is not asked to: what a sentence rests on is found by comparing it
with the sentences of the passages. So nothing but a passage that was given can be cited, and a sentence that
is like none of them is known as such.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wardian.pipelines.document_search import DocumentIndex, FoundPassage, embed_passages
from wardian.pipelines.writing_summaries import whole_sentences
from wardian.preprocessing.sentences import split_sentences

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline
    from wardian.pipelines.text_generation import TextGenerationPipeline

__all__ = ["Composed", "ComposedSentence", "compose_answer"]

#: Passages that the model reads: three of a hundred words are read in half a minute.
PASSAGES = 3

#: The cosine from which a sentence counts as resting on another: a round number, below which the sentences of
#: one document are often about different things.
LIKE = 0.5

_ASKED = "Answer the question in one or two short sentences. Use only what the passages say."


@dataclass(frozen=True, slots=True)
class ComposedSentence:
    """A sentence of an answer, and the sentence that it is most like: its range in passage number `passage`
    of those that were found, best first. None, both, where it is like none.
    """

    text: str
    passage: int | None = None
    sentence: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer so far; while it is being written (not `done`) it is one text without citations."""

    sentences: tuple[ComposedSentence, ...]
    done: bool = False


async def compose_answer(
    question: str,
    found: Sequence[FoundPassage],
    index: DocumentIndex,
    writer: TextGenerationPipeline,
    embedder: FeatureExtractionPipeline,
    *,
    progress: Progress | None = None,
) -> AsyncGenerator[Composed, None]:
    """The answer that `writer` composes from the first PASSAGES of `found`, as it comes.

    The last one has its sentences with what they rest on. Passages are those of `index`, which `embedder` has
    embedded already.
    """
    given = found[:PASSAGES]
    passages = "\n\n".join(" ".join(one.passage.text.split()) for one in given)
    messages = [{"role": "user", "content": f"{_ASKED}\n\n{passages}\n\nQuestion: {question}"}]
    options: dict[str, Any] = {"do_sample": False, "repetition_penalty": 1.05, "max_new_tokens": 80}
    text = ""
    async with aclosing(writer.stream(messages, progress=progress, **options)) as deltas:
        async for delta in deltas:
            text += delta.text
            if delta.finish_reason is None:
                yield Composed((ComposedSentence(text.lstrip()),))
            else:
                text = whole_sentences(text, cut=delta.finish_reason == "length")
    sentences = [text[start:end] for start, end in split_sentences(text)]
    yield Composed(tuple(await _cited(sentences, given, index, embedder)), done=True)


async def _cited(
    sentences: list[str],
    given: Sequence[FoundPassage],
    index: DocumentIndex,
    embedder: FeatureExtractionPipeline,
) -> list[ComposedSentence]:
    """Each sentence with the most similar one of the given passages."""
    if not sentences:
        return []
    rows = await embed_passages(index, embedder)
    known = [
        (number, span, row)
        for number, one in enumerate(given)
        for span, row in zip(one.passage.sentences, rows[one.index][1:], strict=True)
    ]
    prompt = "passage" if "passage" in embedder.prompts else None
    embedded = await embedder(sentences, pooling=embedder.pooling, normalize=True, prompt_name=prompt)
    cosines = embedded @ np.stack([row for *_, row in known]).T
    cited = []
    for text, likeness in zip(sentences, cosines, strict=True):
        number, span, _ = known[int(likeness.argmax())]
        supported = float(likeness.max()) >= LIKE
        cited.append(ComposedSentence(text, number, span) if supported else ComposedSentence(text))
    return cited
